#!/usr/bin/env python3
"""peers_embeddings.py: gensim and fastText on the text, settings and threads of bench_embeddings; a line of JSON each.

usage: peers_embeddings.py TEXT [--peer gensim|fasttext] [--model skipgram|cbow] [--threads N] [--epochs N] [--save FILE]

Words per second are of training alone: reading and counting come before."""
import argparse
import json
import time

parser = argparse.ArgumentParser()
parser.add_argument("text")
parser.add_argument("--peer", default="gensim", choices=["gensim", "fasttext"])
parser.add_argument("--model", default="skipgram", choices=["skipgram", "cbow"])
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--epochs", type=int, default=1)
parser.add_argument("--subwords", action="store_true")
parser.add_argument("--save")
args = parser.parse_args()
lr = 0.025 if args.model == "skipgram" else 0.05


def run_gensim():
    from gensim.models import Word2Vec
    from gensim.models.word2vec import LineSentence
    sentences = LineSentence(args.text)
    model = Word2Vec(vector_size=100, window=5, negative=5, sample=1e-3, min_count=5, workers=args.threads, epochs=args.epochs,
                     sg=int(args.model == "skipgram"), alpha=lr, min_alpha=lr * 1e-4, seed=1)
    model.build_vocab(sentences)
    sentences = list(sentences)  # in memory, as ours
    start = time.perf_counter()
    trained, raw = model.train(sentences, total_examples=model.corpus_count, epochs=args.epochs)
    seconds = time.perf_counter() - start
    if args.save:
        model.wv.save_word2vec_format(args.save)
    return model.corpus_total_words * args.epochs, seconds


def run_fasttext():
    import fasttext
    start = time.perf_counter()
    model = fasttext.train_unsupervised(args.text, model=args.model, lr=lr, dim=100, ws=5, epoch=args.epochs,
                                        minCount=5, neg=5, t=1e-3, thread=args.threads, minn=3 if args.subwords else 0,
                                        maxn=6 if args.subwords else 0, verbose=0)
    seconds = time.perf_counter() - start
    words, counts = model.get_words(include_freq=True)
    if args.save:
        with open(args.save, "w") as out:
            for word in words:
                out.write(word + " " + " ".join("%.6g" % x for x in model.get_word_vector(word)) + "\n")
    return int(sum(counts)) * args.epochs, seconds


words, seconds = run_gensim() if args.peer == "gensim" else run_fasttext()
print(json.dumps({"peer": args.peer, "model": args.model, "threads": args.threads, "words": words, "seconds": round(seconds, 2),
                  "words_per_second": round(words / seconds)}))
