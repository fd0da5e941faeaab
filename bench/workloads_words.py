"""workloads_words.py: two workloads of bench_peers of which a side is a whole process: learning a tokenizer, and looking at vectors.

A peer that is not there is said, and its cells stay empty."""
import os
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def has(python, module):
    return subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0


def measured(command, **environment):
    """Seconds of the whole process, the most memory in megabytes, and what it printed."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env={**os.environ, **environment})
        start = time.perf_counter()
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - start
        out.seek(0)
        if status:
            raise SystemExit(f"error: {' '.join(command)} ends with {os.waitstatus_to_exitcode(status)}")
        return took, usage.ru_maxrss / 1024, out.read()


# ---- learning a tokenizer ----

def peer_of_training(python, name, text, vocab, threads):
    """Seconds and megabytes as the peer's script says them: from start to file, imports apart."""
    said = measured([python, os.path.join(HERE, "peers_tokenizer_train.py"), name, text, vocab, threads])[2]
    seconds, megabytes = said.split(": ")[1].split(", ")
    return float(seconds.split()[0]), float(megabytes.split()[0])


def tokenizer_train(build, python):
    """LEARN: a text, not compressed. Unigram learns from its first 10 MB."""
    rondo, text = os.path.join(build, "rondo"), os.environ["LEARN"]
    with tempfile.TemporaryDirectory() as folder:
        part = os.path.join(folder, "part")
        with open(text, "rb") as whole, open(part, "wb") as out:
            out.write(whole.read(10_000_000))
        rows = [("BPE of characters", "youtokentome", ["--no-byte-level", "--coverage", "1"], text, "30000"),
                ("BPE of bytes", "tokenizers", [], text, "30000"),
                ("unigram, of 10 MB", "sentencepiece", ["--type", "unigram"], part, "8000")]
        print("\n| learning a tokenizer | threads | Rondo, s | MB | the peer, s | MB | times |\n|---|---|---|---|---|---|---|")
        for name, peer, options, of, vocab in rows:
            there = has(python, peer)
            for threads in ("1", "2"):
                took, most, _ = measured([rondo, "tokenizer", "train", of, "--vocab", vocab, *options, "-t", threads, "-q",
                                          "-o", os.path.join(folder, "tok.json")])
                theirs = peer_of_training(python, peer, of, vocab, threads) if there else None
                cells = f"{theirs[0]:.2f} | {theirs[1]:.0f} | {theirs[0] / took:.2f}" if theirs else " | | "
                print(f"| {name}, {int(vocab):,}; {peer} | {threads} | {took:.2f} | {most:.0f} | {cells} |", flush=True)
        for peer in (row[1] for row in rows):
            if not has(python, peer):
                print(f"\n({python} has no {peer}: its cells are empty)")


# ---- looking at vectors ----

def maps(build, python, x, labels):
    """t-SNE: the time of each program, and how good its map is, told by one measure for all."""
    ours, peers = os.path.join(build, "bench", "bench_vectors"), os.path.join(HERE, "peers_vectors.py")
    sides = {"Rondo": [ours, "tsne"]}
    if os.environ.get("FITSNE"):
        sides["FIt-SNE"] = [python, peers, "fitsne"]
    else:
        print("\n(FITSNE names no folder of fast_tsne: it is left out)")
    for name, module, job in (("openTSNE", "openTSNE", "opentsne"), ("scikit-learn", "sklearn", "sklearn")):
        if has(python, module):
            sides[name] = [python, peers, job]
        else:
            print(f"\n({python} has no {module}: it is left out)")
    print("\n| t-SNE, 1,000 iterations | s | its map |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, command in sides.items():
            at = os.path.join(folder, "map.f32")
            said = measured([*command, x, at])[2].strip().splitlines()[-1]
            seconds = next(float(a) for a, b in zip(said.split(), said.split()[1:]) if b.startswith("s"))
            quality = measured([ours, "divergence", x, at, *labels])[2].strip()
            print(f"| {name} | {seconds:.2f} | {quality} |", flush=True)


def vectors(build, python):
    """VECTORS: a matrix X.npy for the map, :LABELS behind it; PIXELS: another one for the principal components."""
    ours, pixels = os.path.join(build, "bench", "bench_vectors"), os.environ.get("PIXELS")
    x, *labels = (os.path.abspath(path) for path in os.environ["VECTORS"].split(":"))
    maps(build, python, x, labels)
    print("\n| 50 principal components | s |\n|---|---|")
    if not pixels:
        print("\n(PIXELS names no matrix for them)")
    else:
        print(f"| Rondo | {measured([ours, 'pca', pixels, '50'])[2].strip()} |", flush=True)
        if has(python, "sklearn"):
            for line in measured([python, os.path.join(HERE, "peers_vectors.py"), "pca", pixels])[2].splitlines():
                print(f"| scikit-learn, {line.replace(': ', ' | ', 1)} |", flush=True)
    print(f"\nThe 10 nearest of 400,000 x 300: {measured([ours, 'nn', '400000', '300'])[2].strip()}")
