"""PyTorch computes the same: loads a language model that `rondo train lm` wrote into torch.nn layers, and compares the distribution of the
next token with `rondo next`.

    python tools/golden/torch_reads_ours.py build/rondo runs/book --prompt "the "

needs torch and safetensors from PyPI. The weights have PyTorch's names, so loading them is one call of load_state_dict.
"""

import argparse
import json
import os
import subprocess
import sys

import torch
from safetensors import safe_open


class LanguageModel(torch.nn.Module):
    def __init__(self, config, n_words):
        super().__init__()
        layers = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN, "relu": torch.nn.RNN}
        if config["cell"] not in layers or any(config[k] for k in ("peephole", "layer_norm", "residual", "skip", "learned_state")):
            sys.exit("PyTorch has no such layer: a plain rnn, relu, gru or lstm stack is needed")
        options = {"batch_first": True}
        if config["cell"] == "relu":
            options["nonlinearity"] = "relu"
        if config["proj"]:
            options["proj_size"] = config["proj"]
        self.embed = torch.nn.Embedding(n_words, config["embed"])
        self.rnn = layers[config["cell"]](config["embed"], config["hidden"], config["layers"], bias=config["bias"], **options)
        self.out = torch.nn.Linear(config["proj"] or config["hidden"], n_words)
        if config["tie"]:
            self.out.weight = self.embed.weight

    def forward(self, ids):
        return self.out(self.rnn(self.embed(ids))[0])


def read(path):
    """The model, and its vocabulary as {"level": ..., "symbols": [...]}."""
    if os.path.isdir(path):
        path = os.path.join(path, "model.safetensors")
    with safe_open(path, "pt") as file:
        weights, metadata = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()
    vocab = json.loads(metadata["rondo.vocab"])
    if "vocab.symbols" in weights:  # words, a line each
        vocab["symbols"] = bytes(weights.pop("vocab.symbols")).decode().split("\n")
        del weights["vocab.counts"]
    model = LanguageModel(json.loads(metadata["rondo.config"]), len(vocab["symbols"]))
    missing, unexpected = model.load_state_dict(weights, strict=False)
    if unexpected or set(missing) - {"out.weight"}:
        sys.exit(f"{path}: missing {missing}, unexpected {unexpected}")
    return model.eval(), vocab


def encode(vocab, text):
    """What `rondo next` feeds: the end of the line before (a newline, or <eos> for words), then the symbols of the text."""
    index = {symbol: i for i, symbol in enumerate(vocab["symbols"])}
    chars = vocab["level"] == "char"
    symbols, end = (list(text), "\n") if chars else (text.split(), "<eos>")
    start = [index[end]] if end in index else []
    return start + [index.get(s, index.get("<unk>", 0)) for s in symbols]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rondo", help="the program")
    parser.add_argument("run", help="a run folder or a model file")
    parser.add_argument("--prompt", default="the ")
    parser.add_argument("--tolerance", type=float, default=1e-5, help="of each probability")
    a = parser.parse_args()

    model, vocab = read(a.run)
    n = len(vocab["symbols"])
    with torch.no_grad():
        ours_by_torch = torch.softmax(model(torch.tensor([encode(vocab, a.prompt)]))[0, -1].double(), 0)
    command = [a.rondo, "next", a.run, "--prompt", a.prompt, "-n", str(n), "--json"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    ranked = [json.loads(line) for line in answer.stdout.splitlines()]
    ours = torch.zeros(n, dtype=torch.float64)
    for r in ranked:
        ours[r["id"]] = r["probability"]
    worst = (ours - ours_by_torch).abs().max().item()
    print(f"{n} probabilities after {a.prompt!r}; largest difference {worst:.2e}; most probable: "
          f"{vocab['symbols'][ours.argmax()]!r} by rondo, {vocab['symbols'][ours_by_torch.argmax()]!r} by PyTorch")
    sys.exit(0 if len(ranked) == n and worst <= a.tolerance else 1)


if __name__ == "__main__":
    main()
