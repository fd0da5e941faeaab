"""The other way: saves the state dict of PyTorch layers as safetensors, for `rondo train lm --init-from`.

    python tools/golden/torch_state_dict.py torch.safetensors --cell lstm --layers 2 --hidden 128
    rondo train lm book.txt -o runs/book --cell lstm --layers 2 --hidden 128 --init-from torch.safetensors

needs torch and safetensors from PyPI. Here the layers are new, with the weights PyTorch draws; in a script of your own, give save_file the
state dict of a trained model. Names may carry a prefix of yours ("encoder.weight_ih_l0"): the tensors are matched by name and shape. Rows
of an embedding belong to a vocabulary that such a file does not have, so embeddings and output layers are taken only where shapes agree.
"""

import argparse

import torch
from safetensors.torch import save_file

LAYERS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", help="the file to write")
    parser.add_argument("--cell", choices=sorted(LAYERS), default="lstm")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--embed", type=int, help="columns of the first layer's input [as hidden]")
    parser.add_argument("--seed", type=int, default=42)
    a = parser.parse_args()

    torch.manual_seed(a.seed)
    model = torch.nn.ModuleDict({"rnn": LAYERS[a.cell](a.embed or a.hidden, a.hidden, a.layers)})
    save_file(model.state_dict(), a.path)
    for name, tensor in model.state_dict().items():
        print(name, list(tensor.shape))


if __name__ == "__main__":
    main()
