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


def read_columns(path):
    """Sentences of [(token, tag)] from the first and last column, as the tagger of bench_train reads them."""
    sentences, rows = [], []
    for line in open(path, encoding="utf-8"):
        columns = line.split()
        if columns and not line.startswith("-DOCSTART-"):
            rows.append((columns[0], columns[-1]))
        elif rows:
            sentences.append(rows)
            rows = []
    return sentences + [rows] if rows else sentences


class CRF(nn.Module):
    """Over [batch, time, tags], all sentences and tags of a step at once."""

    def __init__(self, n):
        super().__init__()
        self.pairs, self.start, self.end = nn.Parameter(torch.zeros(n, n)), nn.Parameter(torch.zeros(n)), nn.Parameter(torch.zeros(n))

    def forward(self, s, y, mask, n):
        """-log p(y | s), summed."""
        at = y.clamp(min=0)
        gold = self.start[at[:, 0]] + (s.gather(2, at[:, :, None])[:, :, 0] * mask).sum(1) + self.end[at.gather(1, n[:, None] - 1)[:, 0]]
        gold = gold + (self.pairs[at[:, :-1], at[:, 1:]] * mask[:, 1:]).sum(1)
        alpha = self.start + s[:, 0]
        for t in range(1, s.shape[1]):
            alpha = torch.where(mask[:, t, None] > 0, torch.logsumexp(alpha[:, :, None] + self.pairs, 1) + s[:, t], alpha)
        return (torch.logsumexp(alpha + self.end, 1) - gold).sum()

    def best(self, s):
        """The best tags of one sentence [time, tags]."""
        score, back = self.start + s[0], []
        for t in range(1, len(s)):
            score, before = (score[:, None] + self.pairs).max(0)
            score = score + s[t]
            back.append(before)
        at = int((score + self.end).argmax())
        tags = [at]
        for before in reversed(back):
            at = int(before[at])
            tags.append(at)
        return tags[::-1]


class TaggerModel(nn.Module):
    """Lample et al. 2016 as `rondo train tagger` has it: words 100, letters 25 by an LSTM of 25 + 25, casing 8, 100 + 100, CRF."""

    def __init__(self, n_words, n_letters, n_tags, packed, sparse):
        super().__init__()
        self.packed = packed
        self.words = nn.Embedding(n_words, 100, sparse=sparse)
        self.letters, self.casing = nn.Embedding(n_letters, 25), nn.Embedding(8, 8)
        self.spell = nn.LSTM(25, 25, bidirectional=True, batch_first=True)
        self.rnn = nn.LSTM(158, 100, bidirectional=True, batch_first=True)
        self.drop, self.out, self.crf = nn.Dropout(0.5), nn.Linear(200, n_tags), CRF(n_tags)

    def scores(self, words, letters, n_letters, casing, n):
        """words, casing [batch, time], letters [words of the batch, letters], which of them where: all but the padding."""
        real = torch.arange(words.shape[1])[None] < n[:, None]
        x = self.letters(letters)
        if self.packed:
            _, (h, _) = self.spell(pack_padded_sequence(x, n_letters, batch_first=True, enforce_sorted=False))
            spelled = torch.cat([h[0], h[1]], 1)
        else:
            y, _ = self.spell(x)
            spelled = torch.cat([y[torch.arange(len(y)), n_letters - 1, :25], y[:, 0, 25:]], 1)
        spread = spelled.new_zeros(*words.shape, 50)
        spread[real] = spelled
        x = self.drop(torch.cat([self.words(words), spread, self.casing(casing)], 2))
        if self.packed:
            y, _ = self.rnn(pack_padded_sequence(x, n, batch_first=True, enforce_sorted=False))
            y, _ = pad_packed_sequence(y, batch_first=True)
        else:
            y, _ = self.rnn(x)
        return self.out(self.drop(y)), real.float()


class TaggerData:
    """The sentences of a file as padded batches of ids."""

    def __init__(self, path, batch):
        sentences = read_columns(path)
        number = lambda items: {x: i + 1 for i, x in enumerate(sorted(items))}  # noqa: E731
        self.words = number({w for s in sentences for w, _ in s})
        self.letters = number({c for w in self.words for c in w})
        self.tags = {t: i for i, t in enumerate(sorted({t for s in sentences for _, t in s}))}
        self.sentences = sentences
        self.batches = [self.batch(sentences[i : i + batch]) for i in range(0, len(sentences), batch)]
        self.tokens = sum(map(len, sentences)) / len(self.batches)

    def batch(self, sentences):
        n = torch.tensor([len(s) for s in sentences])
        words, casing = (torch.zeros(len(sentences), int(n.max()), dtype=torch.long) for _ in range(2))
        tags = torch.full_like(words, -1)
        spelled = [w for s in sentences for w, _ in s]
        n_letters = torch.tensor([len(w) for w in spelled])
        letters = torch.zeros(len(spelled), int(n_letters.max()), dtype=torch.long)
        for i, w in enumerate(spelled):
            letters[i, : len(w)] = torch.tensor([self.letters[c] for c in w])
        for i, s in enumerate(sentences):
            words[i, : len(s)] = torch.tensor([self.words[w] for w, _ in s])
            casing[i, : len(s)] = torch.tensor([int(w[0].isupper()) + 2 * int(w.isupper()) for w, _ in s])
            tags[i, : len(s)] = torch.tensor([self.tags[t] for _, t in s])
        return (words, letters, n_letters, casing, n), tags

    def model(self, packed, sparse=True):
        return TaggerModel(len(self.words) + 1, len(self.letters) + 1, len(self.tags), packed, sparse)


def tagger(batch=16):
    data = TaggerData(os.environ["TAGGED"], batch)

    def variant(packed, sparse):
        model = data.model(packed, sparse)
        table = [model.words.weight] if sparse else []
        dense = [p for p in model.parameters() if all(p is not t for t in table)]
        optimizers = [torch.optim.Adam(dense, lr=1e-3, fused=True)] + ([torch.optim.SparseAdam(table, lr=1e-3)] if sparse else [])
        at = [0]

        def step():
            inputs, tags = data.batches[at[0] % len(data.batches)]
            at[0] += 1
            for p in model.parameters():
                p.grad = None
            scores, mask = model.scores(*inputs)
            (model.crf(scores, tags, mask, inputs[4]) / mask.sum()).backward()
            clip(list(model.parameters()), 5.0)
            for o in optimizers:
                o.step()

        return step

    ways = {}
    for packed in (True, False):
        for sparse in (True, False):
            name = ("packed" if packed else "padded") + (", sparse embedding" if sparse else "")
            ways[name] = lambda packed=packed, sparse=sparse: variant(packed, sparse)
    return ways, data.tokens


def tag_one(words=25):
    """Sentences of 25 words, one at a time, from strings to tags."""
    data = TaggerData(os.environ["TAGGED"], 16)
    rows = [row for s in data.sentences for row in s]
    sentences = [rows[i : i + words] for i in range(0, len(rows) - words, words)]

    def variant(packed):
        model = data.model(packed).eval()
        at = [0]

        def step():
            s = sentences[at[0] % len(sentences)]
            at[0] += 1
            with torch.inference_mode():
                scores, _ = model.scores(*data.batch([s])[0])
                model.crf.best(scores[0])

        return step

    return {"packed": lambda: variant(True), "padded": lambda: variant(False)}, 1


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
    "tagger": tagger,
    "tag-one": tag_one,
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
