"""Golden vectors: what PyTorch computes, in double precision, for the layers and optimisers that Rondo has in common.

    python tools/golden/make_golden.py tests/golden

needs torch and safetensors from PyPI. The files it writes are committed; tests/golden/test_golden.c reads them without Python. Each file's
metadata ("cases") lists its cases, a line each: "CASE key=value ..."; the tensors of a case are named "CASE/...".
"""

import os
import sys

import torch
from safetensors.torch import save_file
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

torch.set_default_dtype(torch.float64)


class Golden:
    def __init__(self):
        self.tensors, self.cases = {}, {}

    def add(self, case, description, **tensors):
        self.cases[case] = description
        for name, value in tensors.items():
            self.put(case, name, value)

    def put(self, case, name, value):
        value = value.detach()
        kind = torch.int32 if value.dtype in (torch.int64, torch.int32) else torch.float32
        self.tensors[f"{case}/{name}"] = value.to(kind).contiguous().clone()

    def save(self, path):
        cases = "\n".join(f"{case} {description}" for case, description in self.cases.items())
        save_file(self.tensors, path, metadata={"cases": cases})  # one key: several are written in no fixed order
        os.chmod(path, 0o644)


def representable(t):
    """The nearest floats, in double: so that what is stored is exactly what was computed with."""
    return t.float().double()


def draw(*shape):
    return representable(torch.randn(shape) * 0.6)


# ---- recurrent layers ----


def recurrent(golden, case, module, lengths, states):
    """A stack of layers over sequences of these lengths, rows concatenated; gradients from random cotangents of y, h_n and c_n."""
    lstm = isinstance(module, torch.nn.LSTM)
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(draw(*p.shape))
    xs = [draw(n, module.input_size).requires_grad_() for n in lengths]
    directions = 2 if module.bidirectional else 1
    out_size = module.proj_size or module.hidden_size
    rows = module.num_layers * directions
    h0 = draw(rows, len(lengths), out_size).requires_grad_() if states else None
    c0 = draw(rows, len(lengths), module.hidden_size).requires_grad_() if states and lstm else None
    packed = pack_padded_sequence(pad_sequence(xs), torch.tensor(lengths), enforce_sorted=False)
    given = ((h0, c0) if lstm else h0) if states else None
    y, state = module(packed, given)
    padded, _ = pad_packed_sequence(y)
    y = torch.cat([padded[:n, i] for i, n in enumerate(lengths)])
    h_n, c_n = state if lstm else (state, None)

    dy, dh_n, dc_n = draw(*y.shape), draw(*h_n.shape), draw(*c_n.shape) if lstm else None
    loss = (y * dy).sum() + (h_n * dh_n).sum() + ((c_n * dc_n).sum() if lstm else 0)
    loss.backward()
    cell = "lstm" if lstm else "gru" if isinstance(module, torch.nn.GRU) else module.nonlinearity
    golden.add(case, f"cell={cell} layers={module.num_layers} directions={directions}",
               lengths=torch.tensor(lengths), x=torch.cat(xs), y=y, h_n=h_n, dy=dy, dh_n=dh_n)
    golden.put(case, "grad.x", torch.cat([x.grad for x in xs]))
    if lstm:
        golden.put(case, "c_n", c_n)
        golden.put(case, "dc_n", dc_n)
    for name, state in (("h0", h0), ("c0", c0)):
        if state is not None:
            golden.put(case, name, state)
            golden.put(case, f"grad.{name}", state.grad)
    for name, p in module.named_parameters():
        golden.put(case, name, p)
        golden.put(case, f"grad.{name}", p.grad)


def recurrent_file(folder):
    golden = Golden()
    even, ragged = [4, 4, 4], [3, 1, 6, 2]
    recurrent(golden, "rnn_tanh", torch.nn.RNN(3, 5), even, False)
    recurrent(golden, "rnn_relu_deep_bidirectional", torch.nn.RNN(3, 4, 2, nonlinearity="relu", bidirectional=True), ragged, True)
    recurrent(golden, "gru", torch.nn.GRU(3, 5), even, False)
    recurrent(golden, "gru_deep_bidirectional", torch.nn.GRU(3, 4, 2, bidirectional=True), ragged, True)
    recurrent(golden, "gru_no_bias", torch.nn.GRU(2, 9, bias=False), ragged, True)
    recurrent(golden, "lstm", torch.nn.LSTM(3, 5), even, False)
    recurrent(golden, "lstm_deep", torch.nn.LSTM(3, 5, 2), ragged, False)
    recurrent(golden, "lstm_deep_bidirectional", torch.nn.LSTM(3, 4, 2, bidirectional=True), ragged, True)
    recurrent(golden, "lstm_projection", torch.nn.LSTM(3, 6, proj_size=2), ragged, True)
    recurrent(golden, "lstm_projection_deep_bidirectional", torch.nn.LSTM(3, 5, 2, proj_size=3, bidirectional=True), ragged, True)
    recurrent(golden, "lstm_no_bias", torch.nn.LSTM(2, 9, bias=False), even, False)
    golden.save(f"{folder}/recurrent.safetensors")


# ---- row-wise layers and losses ----


def layer(golden, case, description, function, *inputs, **others):
    """y = function(inputs) and the gradient of every input from a random cotangent; others are stored as they are."""
    inputs = [representable(i).requires_grad_() for i in inputs]
    y = function(*inputs)
    dy = draw(*y.shape)
    (y * dy).sum().backward()
    golden.add(case, description, y=y, dy=dy, **others)
    for i, value in enumerate(inputs):
        golden.put(case, f"in{i}", value)
        golden.put(case, f"grad.in{i}", value.grad)


def layers_file(folder):
    golden, f = Golden(), torch.nn.functional
    layer(golden, "linear", "op=linear", f.linear, draw(5, 7), draw(9, 7), draw(9))
    ids = torch.tensor([3, 1, 4, 1, 5, 0, 2, 6, 5])
    layer(golden, "embedding", "op=embedding", lambda table: f.embedding(ids, table), draw(7, 5), ids=ids)
    for eps in (1e-5, 0.1):
        layer(golden, f"layer_norm_{eps}", f"op=layer_norm eps={eps}", lambda x, g, b, e=eps: f.layer_norm(x, (9,), g, b, e),
              draw(6, 9), draw(9), draw(9))
    layer(golden, "tanh", "op=activate act=1", torch.tanh, 3 * draw(4, 9))
    layer(golden, "sigmoid", "op=activate act=2", torch.sigmoid, 3 * draw(4, 9))
    layer(golden, "relu", "op=activate act=3", torch.relu, 3 * draw(4, 9))
    layer(golden, "gelu", "op=activate act=4", lambda x: f.gelu(x, approximate="tanh"), 3 * draw(4, 9))
    layer(golden, "softmax", "op=softmax log=0", lambda x: f.softmax(x, 1), 3 * draw(4, 9))
    layer(golden, "log_softmax", "op=softmax log=1", lambda x: f.log_softmax(x, 1), 3 * draw(4, 9))
    layer(golden, "mean_squared_error", "op=mean_squared_error", f.mse_loss, draw(4, 9), draw(4, 9))

    weight, targets = representable(torch.rand(6) + 0.2), torch.tensor([2, 0, 5, -1, 1, 1, -1, 4])
    for name, smoothing, weighted, reduction in (("mean", 0, False, "mean"), ("sum", 0, False, "sum"), ("smoothing", 0.125, False, "mean"),
                                                 ("weights", 0, True, "mean"), ("weights_sum", 0, True, "sum"),
                                                 ("weights_smoothing", 0.125, True, "mean")):
        options = dict(ignore_index=-1, label_smoothing=smoothing, reduction=reduction, weight=weight if weighted else None)
        layer(golden, f"cross_entropy_{name}", f"op=cross_entropy smoothing={smoothing} sum={int(reduction == 'sum')}",
              lambda x, o=options: f.cross_entropy(x, targets, **o), 2 * draw(8, 6),
              ids=targets, **({"weight": weight} if weighted else {}))
    golden.save(f"{folder}/layers.safetensors")


# ---- convolutions and bags, over sequences of these lengths ----


def convolution(golden, case, lengths, inputs, outputs, width, causal=False, dilation=1, stride=1, bias=True):
    """Each sequence on its own, padded with zeros so that every row has a window."""
    before = width - 1 if causal else (width - 1) // 2
    pad = (before * dilation, (width - 1 - before) * dilation)

    def function(x, weight, bias=None):
        f = torch.nn.functional
        return torch.cat([f.conv1d(f.pad(s.T[None], pad), weight, bias, stride, 0, dilation)[0].T for s in x.split(lengths) if len(s)])

    layer(golden, case, f"op=conv1d causal={int(causal)} dilation={dilation} stride={stride}", function, draw(sum(lengths), inputs),
          draw(outputs, inputs, width), *([draw(outputs)] if bias else []), lengths=torch.tensor(lengths))


def sequences_file(folder):
    golden, f = Golden(), torch.nn.functional
    ragged = [5, 0, 1, 9]
    convolution(golden, "conv1d", ragged, 3, 7, 3)
    convolution(golden, "conv1d_even", ragged, 3, 5, 4)
    convolution(golden, "conv1d_causal", ragged, 4, 3, 3, causal=True)
    convolution(golden, "conv1d_dilated", ragged, 3, 9, 3, dilation=2)
    convolution(golden, "conv1d_dilated_beyond", ragged, 3, 4, 3, dilation=50)
    convolution(golden, "conv1d_strided", ragged, 3, 5, 5, stride=2, bias=False)
    convolution(golden, "conv1d_causal_dilated_strided", ragged, 2, 6, 2, causal=True, dilation=4, stride=3)
    convolution(golden, "conv1d_wide", [20, 13], 19, 26, 3)

    ids, offsets = torch.tensor([3, 1, 4, 1, 5, 0, 2, 6, 5, 3, 5, 1, 0, 0, 6]), torch.tensor([0, 5, 5, 6])
    for mode, weighted in (("mean", False), ("sum", False), ("sum", True)):
        layer(golden, f"embedding_bag_{mode}{'_weighted' * weighted}", f"op=embedding_bag how={int(mode == 'sum')}",
              lambda table, w=None, m=mode: f.embedding_bag(ids, table, offsets, mode=m, per_sample_weights=w),
              draw(7, 5), *([draw(15)] if weighted else []), ids=ids, lengths=torch.tensor(ragged))
    golden.save(f"{folder}/sequences.safetensors")


# ---- losses of labels that hang together, or do not exclude each other ----


def crf_loss(lengths, targets):
    """-log p(targets) by the recursion over the last label, in logarithms; the mean over rows."""
    def function(emissions, transitions, start, end):
        loss = 0
        for e, y in zip(emissions.split(lengths), targets.split(lengths)):
            if len(y) == 0:
                continue
            alpha = start + e[0]
            for row in e[1:]:
                alpha = torch.logsumexp(alpha[:, None] + transitions, 0) + row
            score = start[y[0]] + e.gather(1, y[:, None]).sum() + transitions[y[:-1], y[1:]].sum() + end[y[-1]]
            loss = loss + torch.logsumexp(alpha + end, 0) - score
        return loss / len(targets)
    return function


def ordinal_loss(targets):
    def function(score, thresholds):
        above = (targets[:, None] > torch.arange(len(thresholds))).double()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(score - thresholds, above, reduction="none")
        return loss.sum(1).mean()
    return function


def losses_file(folder):
    golden = Golden()
    for case, lengths, labels, size in (("crf", [4, 0, 1, 7], 5, 1), ("crf_steep", [3, 9], 9, 12), ("crf_one_label", [2, 3], 1, 1),
                                        ("crf_many_labels", [6, 5, 8], 21, 3)):
        targets = torch.randint(labels, (sum(lengths),))
        layer(golden, case, "op=crf", crf_loss(lengths, targets), size * draw(sum(lengths), labels), draw(labels, labels), draw(labels),
              draw(labels), ids=targets, lengths=torch.tensor(lengths))
    weight = representable(torch.rand(7) + 0.2)
    for case, weighted in (("sigmoid", None), ("sigmoid_weighted", weight)):
        layer(golden, case, "op=sigmoid_cross_entropy",
              lambda x, z, w=weighted: torch.nn.functional.binary_cross_entropy_with_logits(x, z, pos_weight=w),
              4 * draw(6, 7), torch.rand(6, 7), **({"weight": weight} if weighted is not None else {}))
    targets = torch.tensor([0, 4, 2, 1, 3, 4])
    layer(golden, "ordinal", "op=ordinal", ordinal_loss(targets), 3 * draw(6, 1), 2 * draw(4), ids=targets)
    golden.save(f"{folder}/losses.safetensors")


# ---- optimisers ----


def optimizer(golden, case, description, make):
    """Eight updates of one parameter with given gradients; w holds it before the first and after each."""
    w = torch.nn.Parameter(draw(13))
    optimiser, grads, values = make([w]), draw(8, 13), [w.detach().clone()]
    for g in grads:
        w.grad = g.clone()
        optimiser.step()
        values.append(w.detach().clone())
    golden.add(case, description, grads=grads, w=torch.stack(values))


def optimizers_file(folder):
    golden, o = Golden(), torch.optim
    optimizer(golden, "sgd", "kind=0 lr=0.1", lambda p: o.SGD(p, 0.1))
    optimizer(golden, "sgd_decay", "kind=0 lr=0.1 weight_decay=0.01", lambda p: o.SGD(p, 0.1, weight_decay=0.01))
    optimizer(golden, "momentum", "kind=1 lr=0.1 momentum=0.9", lambda p: o.SGD(p, 0.1, 0.9))
    optimizer(golden, "momentum_decay", "kind=1 lr=0.1 momentum=0.9 weight_decay=0.01", lambda p: o.SGD(p, 0.1, 0.9, weight_decay=0.01))
    optimizer(golden, "nesterov", "kind=2 lr=0.1 momentum=0.9", lambda p: o.SGD(p, 0.1, 0.9, nesterov=True))
    optimizer(golden, "adagrad", "kind=3 lr=0.05 eps=1e-10", lambda p: o.Adagrad(p, 0.05))
    optimizer(golden, "adagrad_decay", "kind=3 lr=0.05 eps=1e-10 weight_decay=0.01", lambda p: o.Adagrad(p, 0.05, weight_decay=0.01))
    optimizer(golden, "rmsprop", "kind=4 lr=0.01 alpha=0.99 eps=1e-8", lambda p: o.RMSprop(p, 0.01))
    optimizer(golden, "rmsprop_decay", "kind=4 lr=0.01 alpha=0.9 eps=1e-8 weight_decay=0.01",
              lambda p: o.RMSprop(p, 0.01, 0.9, weight_decay=0.01))
    optimizer(golden, "adam", "kind=5 lr=0.01 beta1=0.9 beta2=0.999 eps=1e-8", lambda p: o.Adam(p, 0.01))
    optimizer(golden, "adam_decay", "kind=5 lr=0.01 beta1=0.8 beta2=0.99 eps=1e-8 weight_decay=0.01",
              lambda p: o.Adam(p, 0.01, (0.8, 0.99), weight_decay=0.01))
    optimizer(golden, "adamw", "kind=6 lr=0.01 beta1=0.9 beta2=0.999 eps=1e-8 weight_decay=0.1",
              lambda p: o.AdamW(p, 0.01, weight_decay=0.1))
    golden.save(f"{folder}/optimizers.safetensors")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    torch.manual_seed(42)
    recurrent_file(sys.argv[1])
    layers_file(sys.argv[1])
    optimizers_file(sys.argv[1])
    sequences_file(sys.argv[1])
    losses_file(sys.argv[1])
