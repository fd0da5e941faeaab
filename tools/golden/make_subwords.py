#!/usr/bin/env python3
"""Writes tests/golden/subwords.json: what Hugging Face's tokenizers (0.23) learn of tests/golden/subwords.txt.

Byte-level BPE alone: where letters get a prefix or a suffix, their trainer numbers them in the order of a hash map, which decides ties."""
import json
import os

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

here = os.path.join(os.path.dirname(__file__), "..", "..", "tests", "golden")
text = os.path.join(here, "subwords.txt")

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
alphabet = pre_tokenizers.ByteLevel.alphabet()
tokenizer.train([text], trainers.BpeTrainer(vocab_size=700, min_frequency=2, initial_alphabet=alphabet, special_tokens=["<|end|>"],
                                            show_progress=False))
model = json.loads(tokenizer.to_str())["model"]
vocab = sorted(model["vocab"], key=model["vocab"].get)
with open(os.path.join(here, "subwords.json"), "w") as out:
  json.dump({"vocab": vocab, "merges": model["merges"]}, out, ensure_ascii=False, separators=(",", ":"))
