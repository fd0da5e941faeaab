"""make_tokenizers.py FOLDER: golden files of the tokenizers: tokenizer_NAME.json, each with a small tokenizer that Hugging Face's
tokenizers or SentencePiece trained on our own pages, and what it makes of hostile texts: ids, the bytes each stands for, and the text of the ids.

Needs tokenizers and sentencepiece from PyPI."""
import base64
import glob
import io
import json
import os
import sys
import tempfile

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
TEXTS = [
    "", " ", "   ", "a", "Hello, world!", "it's WE'RE i'll don't", "hello   world  ", "\n\n", "a\n\nb \n c", "tab\tand\r\nline\r\n",
    "\u00a0blank\u00a0 \u3000wide", "naïve café e\u0301 n\u0303", "Å Å", "ﬁ ① ½", "ｆｕｌｌ １２３", "日本語 漢字 한국어", "Привет, Ёжик",
    "e\u0323\u0301 ½\u0323 ﬁ\u0301 \r\n", "العربية שלום", "हिन्दी ไทย", "👨‍👩‍👧 👍🏽 🇩🇪", "a\u200bb\u200d", "\ufeffmark", "nul\x00here", "\x01\x7f", "\ufffd", "<s> </s> <unk> [MASK]",
    "a <mask>  b<mask>", "<|endoftext|>x <|endoftext|>", "İstanbul ẞ ΑΣ", "▁under▁ _score_", "3.14 1234567", "#!? $100 (a+b)", "x" * 70, "ab" * 80,
    "<0x41> <0xE6>", "the training of a model", "##ing ##", "a\u0323\u0301\u0300b", "don't do not . , ?", "\u2028\u2029\u0085",
]
SPECIALS = ["<unk>", "<s>", "</s>"]


def pages():
    """Lines of the pages of this repository."""
    lines = []
    for path in sorted(glob.glob(os.path.join(ROOT, "docs", "guide", "*.md"))) + [os.path.join(ROOT, "docs", "architecture.md")]:
        with open(path, encoding="utf-8") as f:
            lines += [line for line in f.read().splitlines() if line.strip()]
    return lines


def in_bytes(text, begin, end):
    return [len(text[:begin].encode()), len(text[:end].encode())]


def save(folder, name, content, cases):
    with open(os.path.join(folder, f"tokenizer_{name}.json"), "w", encoding="utf-8") as f:
        json.dump({**content, "cases": cases}, f, ensure_ascii=True, separators=(",", ":"))
        f.write("\n")


def save_huggingface(folder, name, tokenizer, specials=False, offsets=True):
    cases = []
    for text in TEXTS:
        e = tokenizer.encode(text, add_special_tokens=specials)
        case = {"text": text, "ids": e.ids, "decoded": tokenizer.decode(e.ids)}
        if offsets:
            case["offsets"] = [in_bytes(text, *o) if not m else None for o, m in zip(e.offsets, e.special_tokens_mask)]
        cases.append(case)
    save(folder, name, {"specials": specials, "tokenizer": json.loads(tokenizer.to_str())}, cases)


def byte_level(lines, pre_tokenizer, normalizer=None):
    t = Tokenizer(models.BPE())
    if normalizer:
        t.normalizer = normalizer
    t.pre_tokenizer, t.decoder = pre_tokenizer, decoders.ByteLevel()
    t.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=500, special_tokens=["<|endoftext|>"], show_progress=False,
                                                     initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return t


def huggingface(folder, lines):
    save_huggingface(folder, "gpt2", byte_level(lines, pre_tokenizers.ByteLevel(add_prefix_space=False)))
    split = [pre_tokenizers.Split(Regex(CL100K), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    t = byte_level(lines, pre_tokenizers.Sequence(split), normalizers.NFC())
    t.post_processor = processors.TemplateProcessing(single="<|endoftext|> $A", pair="$A $B", special_tokens=[("<|endoftext|>", 0)])
    save_huggingface(folder, "llama3", t, specials=True, offsets=False)

    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer, t.pre_tokenizer = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    t.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=500, show_progress=False,
                                                           special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    t.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    save_huggingface(folder, "bert", t, specials=True, offsets=False)

    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    t.pre_tokenizer, t.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    t.train_from_iterator(lines, trainers.UnigramTrainer(vocab_size=400, special_tokens=SPECIALS, unk_token="<unk>", show_progress=False))
    save_huggingface(folder, "unigram", t, offsets=False)

    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    bytes_ = [f"<0x{b:02X}>" for b in range(256)]
    t.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=700, special_tokens=SPECIALS + bytes_, show_progress=False))
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    parts = json.loads(t.to_str())
    parts["pre_tokenizer"] = None
    parts["added_tokens"] = [a for a in parts["added_tokens"] if a["content"] in SPECIALS]
    save_huggingface(folder, "llama", Tokenizer.from_str(json.dumps(parts)))

    t = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    t.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()])
    t.pre_tokenizer, t.decoder = pre_tokenizers.Whitespace(), decoders.BPEDecoder()
    t.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=400, special_tokens=["<unk>"], end_of_word_suffix="</w>", show_progress=False))
    save_huggingface(folder, "sennrich", t, offsets=False)

    t = Tokenizer(models.WordLevel(unk_token="<unk>"))
    t.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.Strip(), normalizers.Lowercase()])
    steps = [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Digits(True), pre_tokenizers.Punctuation("merged_with_previous"),
             pre_tokenizers.Split(Regex("(?=ab)|o"), "merged_with_next")]
    t.pre_tokenizer = pre_tokenizers.Sequence(steps)
    t.train_from_iterator(lines, trainers.WordLevelTrainer(vocab_size=400, special_tokens=["<unk>"], show_progress=False))
    t.add_special_tokens([AddedToken("<mask>", lstrip=True), AddedToken("</s>", rstrip=True)])
    t.add_tokens([AddedToken("the", single_word=True, normalized=False)])
    save_huggingface(folder, "words", t)


def field(message, number):
    """The last block of that number in a protocol-buffer message."""
    at, found = 0, b""

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte, at = message[at], at + 1
            value, shift = value | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = varint()
        size = varint() if key & 7 == 2 else {1: 8, 5: 4}.get(key & 7, 0)
        if key & 7 == 0:
            varint()
        if key == number << 3 | 2:
            found = message[at : at + size]
        at += size
    return found


def converted(folder, sp, charsmap):
    """A SentencePiece model in Hugging Face's terms, as XLM-R's tokenizer.json is."""
    t = Tokenizer(models.Unigram([(sp.id_to_piece(i), sp.get_score(i)) for i in range(sp.get_piece_size())], unk_id=sp.unk_id()))
    t.normalizer = normalizers.Sequence([normalizers.Precompiled(charsmap), normalizers.Replace(Regex(" {2,}"), " ")])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    t.decoder = decoders.Metaspace()
    t.add_special_tokens(SPECIALS)
    save_huggingface(folder, "xlmr", t, offsets=False)


def sentencepieces(folder, lines):
    with tempfile.TemporaryDirectory() as scratch:
        rules = os.path.join(scratch, "rules.tsv")  # a small table of characters, in place of 200 kB of NFKC
        with open(rules, "w", encoding="utf-8") as f:
            f.writelines(f"{' '.join(f'{ord(c):X}' for c in a)}\t{' '.join(f'{ord(c):X}' for c in b)}\n" for a, b in
                         [("\t", " "), ("\n", " "), ("\r", " "), ("\u00a0", " "), ("\u3000", " "), ("ﬁ", "fi"), ("e\u0301", "é"), ("①", "1"),
                          ("\x01", ""), ("½", "1⁄2")])
        settings = {
            "unigram": {"model_type": "unigram", "vocab_size": 400},
            "unigram_bytes": {"model_type": "unigram", "vocab_size": 700, "byte_fallback": True, "user_defined_symbols": ["<mask>", "model"],
                              "control_symbols": ["<ctl>"]},
            "bpe": {"model_type": "bpe", "vocab_size": 400, "remove_extra_whitespaces": False},
            "bpe_bytes": {"model_type": "bpe", "vocab_size": 700, "byte_fallback": True, "split_digits": True, "add_dummy_prefix": False},
            "suffix": {"model_type": "unigram", "vocab_size": 300, "treat_whitespace_as_suffix": True},
        }
        for name, options in settings.items():
            model = io.BytesIO()
            sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_writer=model, hard_vocab_limit=False, minloglevel=2,
                                                     normalization_rule_tsv=rules, character_coverage=0.999, num_threads=1, **options)
            sp = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
            cases = [{"text": text, "ids": sp.encode(text)} for text in TEXTS]
            save(folder, f"sentencepiece_{name}", {"model": base64.b64encode(model.getvalue()).decode()}, cases)
            if name == "unigram":
                converted(folder, sp, field(field(model.getvalue(), 3), 2))


def main(folder):
    lines = pages()
    huggingface(folder, lines)
    sentencepieces(folder, lines)


main(sys.argv[1])
