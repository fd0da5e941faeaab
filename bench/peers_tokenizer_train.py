"""peers_tokenizer_train.py NAME TEXT VOCAB [THREADS]: a peer learns a tokenizer of a text: seconds, and megabytes of memory at most.

NAME: youtokentome (BPE of characters), tokenizers (Hugging Face's byte-level BPE), sentencepiece (unigram). Ours: rondo tokenizer train TEXT
--vocab VOCAB with --no-byte-level --coverage 1; as it is; with --type unigram, each under `/usr/bin/time -v`."""
import os
import resource
import sys
import tempfile
import time


def main(name, text, vocab, threads="1"):
    os.environ["RAYON_NUM_THREADS"] = threads
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if int(threads) > 1 else "false"
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model")
        if name == "youtokentome":
            import youtokentome

            start = time.perf_counter()
            youtokentome.BPE.train(data=text, vocab_size=int(vocab), model=model, n_threads=int(threads))
        elif name == "tokenizers":
            from tokenizers import Tokenizer, models, pre_tokenizers, trainers

            tokenizer = Tokenizer(models.BPE())
            tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
            trainer = trainers.BpeTrainer(vocab_size=int(vocab), min_frequency=2, show_progress=False,
                                          initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
            start = time.perf_counter()
            tokenizer.train([text], trainer)
            tokenizer.save(model)
        else:
            import sentencepiece

            start = time.perf_counter()
            sentencepiece.SentencePieceTrainer.train(input=text, model_prefix=model, vocab_size=int(vocab), model_type="unigram",
                                                     num_threads=int(threads), minloglevel=2, input_sentence_size=0)
        seconds = time.perf_counter() - start
    print(f"{name}: {seconds:.2f} s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


main(*sys.argv[1:])
