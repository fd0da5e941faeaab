"""Golden numbers of the metrics: what scikit-learn, seqeval and the definition of the conlleval script say.

    python tools/golden/make_metrics.py tests/golden/metrics.json

needs scikit-learn and seqeval from PyPI. tests/train/test_metrics_golden.c reads the file without Python.
"""

import json
import random
import re
import sys

import numpy as np
from seqeval.metrics.sequence_labeling import get_entities
from sklearn import metrics

draw = random.Random(1)


# ---- labels ----


def averages(expected, predicted, **rest):
    return {
        how: [float(x) for x in metrics.precision_recall_fscore_support(expected, predicted, average=how, zero_division=0, **rest)[:3]]
        for how in ("micro", "macro", "weighted")
    }


def labels_case(n, n_labels, used, right):
    """n rows of `used` of n_labels labels, predicted rightly with this chance."""
    expected = [draw.randrange(used) for _ in range(n)]
    predicted = [e if draw.random() < right else draw.randrange(n_labels) for e in expected]
    error = np.abs(np.array(expected) - np.array(predicted))
    each = metrics.precision_recall_fscore_support(expected, predicted, labels=range(n_labels), zero_division=0)
    return {
        "n_labels": n_labels,
        "expected": expected,
        "predicted": predicted,
        "confusion": metrics.confusion_matrix(expected, predicted, labels=range(n_labels)).ravel().tolist(),
        "accuracy": float(metrics.accuracy_score(expected, predicted)),
        "mean_absolute_error": float(metrics.mean_absolute_error(expected, predicted)),
        "within_one": float(np.mean(error <= 1)),
        "by_label": np.stack(each[:3], 1).ravel().tolist(),
        **averages(expected, predicted),
    }


def multilabel_case(n, n_labels):
    expected = np.array([[int(draw.random() < (l + 1) / (n_labels + 4)) for l in range(n_labels)] for _ in range(n)])
    predicted = np.array([[int(draw.random() < (0.8 if e else 0.15)) for e in row] for row in expected])
    return {
        "n_labels": n_labels,
        "expected": expected.ravel().tolist(),
        "predicted": predicted.ravel().tolist(),
        **averages(expected, predicted),
    }


# ---- rankings ----


def ranking_case(n, levels):
    """Scores on so many levels: few make many ties."""
    positive = [int(draw.random() < 0.3) for _ in range(n)]
    score = [draw.randrange(levels) / levels + 0.25 * p for p in positive]
    score = [float(np.float32(s)) for s in score]
    return {
        "score": score,
        "positive": positive,
        "roc_auc": float(metrics.roc_auc_score(positive, score)),
        "average_precision": float(metrics.average_precision_score(positive, score)),
    }


def macro_case(n, n_labels):
    expected = [draw.randrange(n_labels) for _ in range(n)]
    scores = np.array([[draw.randrange(1, 9) + 5 * (e == l) for l in range(n_labels)] for e in expected], dtype=np.float64)
    scores = np.float32(scores / scores.sum(1, keepdims=True))
    one_hot = np.eye(n_labels)[expected]
    return {
        "n_labels": n_labels,
        "expected": expected,
        "scores": [float(s) for s in scores.ravel()],
        "roc_auc": float(np.mean([metrics.roc_auc_score(one_hot[:, l], scores[:, l]) for l in range(n_labels)])),
        "average_precision": float(metrics.average_precision_score(one_hot, scores, average="macro")),
    }


# ---- spans ----


def parse(tag):
    found = re.match(r"^([^-]*)-(.*)$", tag)
    return found.groups() if found else (tag, "")


def ends(before, now):
    pairs = ("BB", "BO", "IB", "IO", "EE", "EI", "EO")
    return before[0] + now[0] in pairs or (before[0] not in ("O", ".") and before[1] != now[1])


def starts(before, now):
    pairs = ("BB", "IB", "OB", "OI", "EE", "EI", "OE")
    return before[0] + now[0] in pairs or (now[0] not in ("O", ".") and before[1] != now[1])


def conlleval_spans(tags):
    """Tjong Kim Sang's script, version of 2004-01-26: its tables of what ends and starts a chunk."""
    spans, begin, before = [], None, ("O", "")
    for i, tag in enumerate(tags + ["O"]):
        now = parse(tag)
        if begin is not None and ends(before, now):
            spans.append((before[1], begin, i - 1))
            begin = None
        if starts(before, now):
            begin = i
        before = now
    return spans


def percentages(correct, found, expected):
    precision = 100 * correct / found if found else 0
    recall = 100 * correct / expected if expected else 0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0


def conlleval_report(expected, found, n_tokens, n_right):
    """What the script prints for lists of sets of spans."""

    def count(kind):
        chosen = [({s for s in e if kind in (None, s[0])}, {s for s in f if kind in (None, s[0])}) for e, f in zip(expected, found)]
        return sum(len(e & f) for e, f in chosen), sum(len(f) for _, f in chosen), sum(len(e) for e, _ in chosen)

    correct, n_found, n_expected = count(None)
    text = f"processed {n_tokens} tokens with {n_expected} phrases; found: {n_found} phrases; correct: {correct}.\n"
    if n_tokens:
        numbers = percentages(correct, n_found, n_expected)
        text += f"accuracy: {100 * n_right / n_tokens:6.2f}%; "
        text += "precision: {:6.2f}%; recall: {:6.2f}%; FB1: {:6.2f}\n".format(*numbers)
    for kind in sorted({s[0] for spans in expected + found for s in spans}):
        correct, n_found, n_expected = count(kind)
        numbers = percentages(correct, n_found, n_expected)
        text += "{:>17}: precision: {:6.2f}%; recall: {:6.2f}%; FB1: {:6.2f}  {}\n".format(kind, *numbers, n_found)
    return text


def spans_case(places, n_seqs, longest, right):
    """Random sequences, almost all of them ill-formed, and mostly right predictions. Tags without S are read by the script's own rule,
    and by seqeval's, which must agree; with S by seqeval's."""
    tags = ["O"] + [f"{place}-{kind}" for place in places for kind in ("PER", "LOC", "A-B")]
    expected = [[draw.choice(tags) for _ in range(draw.randrange(longest + 1))] for _ in range(n_seqs)]
    predicted = [[t if draw.random() < right else draw.choice(tags) for t in seq] for seq in expected]

    def read(seq):
        spans = {(kind, a, b) for kind, a, b in get_entities(seq)}
        assert "S" in places or "E" in places or spans == set(conlleval_spans(seq)), seq
        return spans

    pairs = [(a, b) for e, p in zip(expected, predicted) for a, b in zip(e, p)]
    report = conlleval_report([read(s) for s in expected], [read(s) for s in predicted], len(pairs), sum(a == b for a, b in pairs))
    return {
        "tags": tags,
        "offset": np.cumsum([0] + [len(s) for s in expected]).tolist(),
        "expected": [tags.index(t) for s in expected for t in s],
        "predicted": [tags.index(t) for s in predicted for t in s],
        "report": report,
    }


cases = {
    "labels": [labels_case(1, 1, 1, 1), labels_case(50, 3, 3, 0.7), labels_case(200, 5, 4, 0.5), labels_case(40, 7, 3, 0.8)],
    "multilabel": [multilabel_case(30, 4), multilabel_case(60, 9)],
    "ranking": [ranking_case(20, 4), ranking_case(100, 10), ranking_case(100, 10**6), ranking_case(60, 1)],
    "macro": [macro_case(30, 3), macro_case(60, 5)],
    "spans": [
        spans_case("BI", 60, 20, 0.8),
        spans_case("I", 20, 15, 0.6),
        spans_case("BIES", 60, 20, 0.85),
        spans_case("BI", 1, 0, 1),
        spans_case("BI", 10, 6, 0.1),
    ],
}
with open(sys.argv[1], "w") as out:
    out.write("{\n" + ",\n".join(f'"{k}": [\n' + ",\n".join(json.dumps(c) for c in v) + "\n]" for k, v in cases.items()) + "\n}\n")
