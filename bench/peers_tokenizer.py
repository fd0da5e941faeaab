"""peers_tokenizer.py NAME TOKENIZER TEXT [ROUNDS]: the peers' twin of bench_tokenizer: megabytes of a text per second from text to ids.

NAME: tokenizers (Hugging Face; TOKENIZER is a tokenizer.json or the folder of GPT-2's files), tiktoken (that folder: encoder.json and
vocab.bpe, whatever stands before those names), youtokentome (TOKENIZER is a number of tokens; it learns them from the text first). One
thread, unless THREADS is set. Each gets the text in the way that is the fastest for it: whole, or in lines."""
import glob
import os
import statistics
import sys
import tempfile
import time

THREADS = int(os.environ.get("THREADS", "1"))
os.environ["RAYON_NUM_THREADS"] = str(THREADS)
os.environ["TOKENIZERS_PARALLELISM"] = "true" if THREADS > 1 else "false"
GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""


def gpt2_files(folder):
    return [glob.glob(os.path.join(folder, "*" + end))[0] for end in ("vocab.bpe", "encoder.json")]


def encoder(name, path, text):
    """A function that encodes the whole text and returns how many ids that are."""
    lines = text.splitlines(keepends=True)
    if name == "tokenizers":
        from tokenizers import ByteLevelBPETokenizer, Tokenizer

        tokenizer = ByteLevelBPETokenizer(*gpt2_files(path)[::-1])._tokenizer if os.path.isdir(path) else Tokenizer.from_file(path)
        parts = ["".join(lines[i : i + 200]) for i in range(0, len(lines), 200)]
        return lambda: sum(len(e.ids) for e in tokenizer.encode_batch_fast(parts, add_special_tokens=False))
    if name == "tiktoken":
        import tiktoken
        from tiktoken.load import data_gym_to_mergeable_bpe_ranks

        ranks = data_gym_to_mergeable_bpe_ranks(*gpt2_files(path))
        encoding = tiktoken.Encoding("gpt2", pat_str=GPT2, mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 50256})
        if THREADS == 1:
            return lambda: len(encoding.encode_ordinary(text))
        parts = ["".join(lines[i::THREADS]) for i in range(THREADS)]
        return lambda: sum(map(len, encoding.encode_ordinary_batch(parts, num_threads=THREADS)))
    import youtokentome

    with tempfile.TemporaryDirectory() as folder:
        corpus, model = os.path.join(folder, "text"), os.path.join(folder, "model")
        with open(corpus, "w", encoding="utf-8") as f:
            f.write(text)
        youtokentome.BPE.train(data=corpus, model=model, vocab_size=int(path))
        bpe = youtokentome.BPE(model=model, n_threads=THREADS)
    return lambda: sum(map(len, bpe.encode(lines)))


def main(name, path, text_path, rounds=5):
    with open(text_path, encoding="utf-8", errors="replace", newline="") as f:
        text = f.read()
    encode, size = encoder(name, path, text), os.path.getsize(text_path)
    rates = []
    for i in range(int(rounds) + 1):  # the first one warms up
        start = time.perf_counter()
        n = encode()
        if i:
            rates.append(size * 1e-6 / (time.perf_counter() - start))
    middle = statistics.median(rates)
    print(f"{middle:.1f} MB/s (spread {100 * (max(rates) - min(rates)) / middle:.0f} %), {n} tokens")


main(*sys.argv[1:])
