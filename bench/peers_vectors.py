"""peers_vectors.py JOB X.npy MAP.f32: what bench_vectors does, by the programs people use. JOB: opentsne, fitsne (whose folder FITSNE
names), sklearn: a map, 1,000 iterations at perplexity 30; pca: 50 components by scikit-learn's solvers. THREADS (2)."""
import os
import sys
import time

threads = os.environ.setdefault("THREADS", "2")
os.environ.update(OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads)
import numpy as np

job, path = sys.argv[1:3]
x = np.load(path)
n_jobs = int(threads)


def timed(f):
    start = time.perf_counter()
    result = f()
    return result, time.perf_counter() - start


if job == "pca":
    from sklearn.decomposition import PCA

    for solver in ("randomized", "covariance_eigh"):
        runs = [timed(lambda: PCA(50, svd_solver=solver, random_state=i).fit(x)) for i in range(5)]
        seconds = sorted(s for _, s in runs)
        share = runs[0][0].explained_variance_ratio_.sum()
        print(f"{solver}: {seconds[2]:.3f} s ({seconds[0]:.3f} to {seconds[4]:.3f}), explained variance {share:.6f}")
    sys.exit()
if job == "opentsne":
    import openTSNE

    options = dict(perplexity=30, early_exaggeration_iter=250, n_jobs=n_jobs, initialization="pca", random_state=42)
    openTSNE.TSNE(n_iter=1, **{**options, "early_exaggeration_iter": 1}).fit(x[:500])  # imports and first calls are not timed
    y, seconds = timed(lambda: np.asarray(openTSNE.TSNE(n_iter=750, **options).fit(x)))
elif job == "fitsne":
    sys.path.insert(0, os.environ["FITSNE"])
    os.chdir(os.environ["FITSNE"])
    from fast_tsne import fast_tsne

    y, seconds = timed(lambda: fast_tsne(x.astype("f8"), perplexity=30, max_iter=1000, learning_rate=len(x) / 12, initialization="pca",
                                         nthreads=n_jobs, seed=42))
else:
    from sklearn.manifold import TSNE

    y, seconds = timed(lambda: TSNE(2, perplexity=30, init="pca", random_state=42, n_jobs=n_jobs, max_iter=1000).fit_transform(x))
np.ascontiguousarray(y, "f4").tofile(sys.argv[3])
print(f"{job}: {seconds:.2f} s")
