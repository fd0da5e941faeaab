"""peers_torch.py WORKLOAD [WAY]: PyTorch's twin of bench_train: the same networks, batches and updates, at PyTorch's fastest settings.

It talks like bench_train: one line "ready NAME ..." once it is warm; then for each line "go SECONDS" on standard input it runs for about
that long and answers "rate TOKENS_PER_SECOND"; the end of input ends it, with "peak KILOBYTES" as its last words.

A workload may have several ways to be written in PyTorch (one-hot or embedded input, dense or sparse gradients, packed or padded
batches, oneDNN's fused LSTM or not). Each is timed for a moment first, and the fastest is kept, so that the comparison is with the best;
WAY names one instead, for a peak that holds nothing but that one. "peak" gives a second number: what the process held after the imports.
"""
import os
import resource
import sys
import time
import warnings

THREADS = int(os.environ.get("THREADS", "2"))
warnings.simplefilter("ignore")
import torch  # noqa: E402
import torch.nn as nn  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence  # noqa: E402

torch.set_num_threads(THREADS)
torch.set_num_interop_threads(1)
torch.set_flush_denormal(True)
torch.manual_seed(1)


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


IMPORTED = peak()
CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


def detach(state):
    return tuple(t.detach() for t in state) if isinstance(state, tuple) else state.detach()


def clip(parameters, limit):
    """Global norm, also over sparse gradients, which nn.utils.clip_grad_norm_ refuses."""
    grads = []
    for p in parameters:
        if p.grad.is_sparse:
            p.grad = p.grad.coalesce()
            grads.append(p.grad._values())
        else:
            grads.append(p.grad)
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(grads)))
    torch._foreach_mul_(grads, torch.clamp(limit / (norm + 1e-6), max=1.0))


class Update:
    """Clip and one SGD step: fused where the gradients are dense, PyTorch's plain one for a sparse table."""

    def __init__(self, module, sparse, lr=0.1):
        self.parameters = list(module.parameters())
        tables = [m.weight for m in module.modules() if isinstance(m, nn.Embedding)] if sparse else []
        dense = [p for p in self.parameters if all(p is not t for t in tables)]
        self.optimizers = [torch.optim.SGD(dense, lr=lr, fused=True)]
        if tables:
            self.optimizers.append(torch.optim.SGD(tables, lr=lr))

    def zero(self):
        for p in self.parameters:
            p.grad = None

    def __call__(self):
        clip(self.parameters, 5.0)
        for o in self.optimizers:
            o.step()


def language_model(cell, vocab, hidden, batch, steps, dropout=0.0):
    """Two layers, truncated backpropagation with carried states: forward, loss, backward, clip, update."""

    def variant(onehot, sparse):
        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.embed = None if onehot else nn.Embedding(vocab, hidden, sparse=sparse)
                self.rnn = CELLS[cell](vocab if onehot else hidden, hidden, 2, dropout=dropout)
                self.drop = nn.Dropout(dropout) if dropout else nn.Identity()
                self.out = nn.Linear(hidden, vocab)

            def forward(self, ids, state):
                x = F.one_hot(ids, vocab).float() if onehot else self.drop(self.embed(ids))
                y, state = self.rnn(x, state)
                return self.out(self.drop(y)), state

        model = Model()
        update = Update(model, sparse)
        data = torch.randint(0, vocab, (50, steps + 1, batch))
        carried = {"state": None, "i": 0}

        def step():
            d = data[carried["i"] % 50]
            carried["i"] += 1
            update.zero()
            logits, state = model(d[:-1], carried["state"])
            carried["state"] = detach(state)
            F.cross_entropy(logits.view(-1, vocab), d[1:].reshape(-1)).backward()
            update()

        return step

    ways = {"embedding": lambda: variant(False, False)}
    if vocab < 1000:
        ways["one-hot"] = lambda: variant(True, False)
    else:
        ways["sparse embedding"] = lambda: variant(False, True)
    return ways, batch * steps


def ragged_lengths(n_batches, n_seqs):
    """The lengths of bench_train: 5 .. 50 by a multiplicative generator, so that both sides see the same batches."""
    seed, out = 12345, []
    for _ in range(n_batches):
        row = []
        for _ in range(n_seqs):
            seed = (seed * 1103515245 + 12345) % 2**31
            row.append(5 + (seed >> 8) % 46)
        out.append(row)
    return out


def bidirectional(vocab=20000, size=100, classes=17, n_seqs=32):
    lengths = ragged_lengths(40, n_seqs)
    tokens = sum(map(sum, lengths)) / len(lengths)

    def variant(packed, sparse):
        class Tagger(nn.Module):
            def __init__(self):
                super().__init__()
                self.embed = nn.Embedding(vocab, size, sparse=sparse)
                self.rnn = nn.LSTM(size, size, bidirectional=True, batch_first=True)
                self.out = nn.Linear(2 * size, classes)

        model = Tagger()
        update = Update(model, sparse)
        batches = []
        for row in lengths:
            n = torch.tensor(row)
            ids = torch.randint(0, vocab, (n_seqs, max(row)))
            targets = torch.randint(0, classes, ids.shape)
            targets[torch.arange(max(row))[None] >= n[:, None]] = -100
            batches.append((ids, targets, n))
        at = [0]

        def step():
            ids, targets, n = batches[at[0] % len(batches)]
            at[0] += 1
            update.zero()
            x = model.embed(ids)
            if packed:
                y, _ = model.rnn(pack_padded_sequence(x, n, batch_first=True, enforce_sorted=False))
                y, _ = pad_packed_sequence(y, batch_first=True)
            else:
                y, _ = model.rnn(x)
            F.cross_entropy(model.out(y).view(-1, classes), targets.view(-1), ignore_index=-100).backward()
            update()

        return step

    ways = {}
    for packed in (True, False):
        for sparse in (True, False):
            name = ("packed" if packed else "padded") + (", sparse embedding" if sparse else "")
            ways[name] = lambda packed=packed, sparse=sparse: variant(packed, sparse)
    return ways, tokens


def generation(vocab=65, hidden=512, chunk=50):
    """One character at a time from a two-layer LSTM: logits, softmax, one draw."""

    def fused(mkldnn):
        rnn, out = nn.LSTM(vocab, hidden, 2).eval(), nn.Linear(hidden, vocab).eval()
        at = {"x": torch.zeros(1, 1, dtype=torch.long), "state": None}

        def step():
            with torch.inference_mode(), torch.backends.mkldnn.flags(enabled=mkldnn):
                for _ in range(chunk):
                    y, at["state"] = rnn(F.one_hot(at["x"], vocab).float(), at["state"])
                    at["x"] = torch.multinomial(F.softmax(out(y[0]), -1), 1)

        return step

    def cells():
        embed = nn.Embedding(vocab, hidden)
        one, two, out = nn.LSTMCell(hidden, hidden), nn.LSTMCell(hidden, hidden), nn.Linear(hidden, vocab)
        zero = (torch.zeros(1, hidden), torch.zeros(1, hidden))
        at = {"x": torch.zeros(1, dtype=torch.long), "a": zero, "b": zero}

        def step():
            with torch.inference_mode():
                for _ in range(chunk):
                    at["a"] = one(embed(at["x"]), at["a"])
                    at["b"] = two(at["a"][0], at["b"])
                    at["x"] = torch.multinomial(F.softmax(out(at["b"][0]), -1), 1)[0]

        return step

    ways = {"nn.LSTM, oneDNN": lambda: fused(True), "nn.LSTM": lambda: fused(False), "nn.LSTMCell": cells}
    return ways, chunk


def matrix(n=1536):
    a, b = torch.randn(n, n), torch.randn(n, n)
    return {"mm": lambda: lambda: torch.mm(a, b)}, 2.0 * n**3


def first_character(path):
    """What a script that loads a model and prints a character does, from the start of the process. Makes the model the first time."""
    if not os.path.exists(path):
        torch.save(nn.LSTM(65, 512, 2).state_dict(), path)
        return
    rnn, out = nn.LSTM(65, 512, 2).eval(), nn.Linear(512, 65).eval()
    rnn.load_state_dict(torch.load(path, mmap=True, weights_only=True))
    with torch.inference_mode():
        y, _ = rnn(torch.zeros(1, 1, 65))
        print(torch.multinomial(F.softmax(out(y[0]), -1), 1).item())


WORKLOADS = {
    "matrix": matrix,
    "ptb-small": lambda: language_model("lstm", 10000, 200, 20, 20),
    "ptb-medium": lambda: language_model("lstm", 10000, 650, 20, 35, 0.5),
    "bilstm": bidirectional,
    "generate": generation,
}
for c in CELLS:
    for h in (128, 512):
        WORKLOADS[f"char{h}-{c}"] = lambda c=c, h=h: language_model(c, 65, h, 50, 50)


def timed(step, seconds):
    start, n = time.perf_counter(), 0
    while True:
        step()
        n += 1
        took = time.perf_counter() - start
        if took >= seconds:
            return n / took


def main(name, way=None):
    if name == "first":
        return first_character(way)
    ways, tokens = WORKLOADS[name]()
    if way:
        ways = {way: ways[way]}
    best, best_rate, best_name = None, 0.0, ""
    for way, make in ways.items():
        step = make()
        step()
        rate = max(timed(step, 0.4) for _ in range(2)) if len(ways) > 1 else 1.0
        if rate > best_rate:
            best, best_rate, best_name = step, rate, way
        del step
    print(f"ready torch {torch.__version__} {best_name}", flush=True)
    for line in sys.stdin:
        print(f"rate {timed(best, float(line.split()[1])) * tokens}", flush=True)
    print(f"peak {peak()} {IMPORTED}", flush=True)


main(*sys.argv[1:])
