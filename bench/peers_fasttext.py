"""peers_fasttext.py TRAIN VALID NGRAMS BUCKETS EPOCHS [LR]: fastText's twin of bench_bag: 50 wide, rate LR (0.5) falling to 0, THREADS threads.

Prints the words per second of processor time of EPOCHS epochs less a quarter of them, so that reading the file and the first draws do not
count, and the accuracy on VALID, with the mean absolute error where labels are numbers. TRAIN and VALID are label<TAB>text."""
import os
import sys
import tempfile
import time

import fasttext


def labelled(path, folder):
    """The file as fastText wants it, and how many words it has."""
    out, words = os.path.join(folder, os.path.basename(path) + ".ft"), 0
    with open(path, encoding="utf-8") as lines, open(out, "w", encoding="utf-8") as f:
        for line in lines:
            label, text = line.rstrip("\n").split("\t", 1)
            words += len(text.split())
            f.write(f"__label__{label} {text}\n")
    return out, words


def distance(model, path):
    """The mean of |answer - label|, or None where these are no numbers."""
    total = n = 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            label, text = line[9:].split(" ", 1)
            answer = model.f.predict(text, 1, 0.0, "strict")[0][1][9:]  # past the module's own predict, which wants an older NumPy
            if not (label.isdigit() and answer.isdigit()):
                return None
            total, n = total + abs(int(label) - int(answer)), n + 1
    return total / n


def main(train, valid, ngrams, buckets, epochs, lr=0.5):
    with tempfile.TemporaryDirectory() as folder:
        path, words = labelled(train, folder)
        took = {}
        for n in (epochs // 4, epochs):
            start = time.process_time()
            model = fasttext.train_supervised(path, dim=50, wordNgrams=ngrams, bucket=buckets, lr=lr, epoch=n, verbose=0, minn=0, maxn=0,
                                              thread=int(os.environ.get("THREADS", "1")))
            took[n] = time.process_time() - start
        rate = (epochs - epochs // 4) * words / (took[epochs] - took[epochs // 4])
        held = labelled(valid, folder)[0]
        error = distance(model, held)
        print(f"{rate / 1e6:.2f} M words/s; accuracy {model.test(held)[1]:.4f}" + (f", mean absolute error {error:.3f}" if error is not None else ""))


main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]), *map(float, sys.argv[6:]))
