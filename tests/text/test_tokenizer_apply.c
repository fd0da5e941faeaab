/* test_tokenizer_apply.c: what files do wrong and the words for it; threads; sampling; long pieces; the patterns by hand against PCRE2;
 * normalization of parts against that of the whole. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text_buffer.h"
#include "text/normalize.h"
#include "text/pretokenize.h"
#include "tensor/context.h"
#include "text/tokenizer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <utf8proc.h>

static rn_context *ctx;

static int setup(void **state) { return rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return 0;
}

static rn_tokenizer *parse(const char *json) {
  rn_tokenizer *t = NULL;
  rn_context_clear(ctx);
  if (rn_tokenizer_parse(ctx, json, strlen(json), "t.json", &t) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return t;
}

static rn_tokens encode(const rn_tokenizer *t, const char *text, const rn_tokenize_options *options) {
  rn_tokens out;
  rn_context_clear(ctx);
  if (rn_tokenizer_encode(ctx, t, text, strlen(text), options, &out) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return out;
}

static char *decode(const rn_tokenizer *t, const rn_tokens *tokens) {
  char *out;
  assert_int_equal(rn_tokenizer_decode(ctx, t, tokens->ids, tokens->n, false, &out, NULL), RN_OK);
  return out;
}

/* ---- files ---- */

#define BPE(more) "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"]" more "}"
#define WORDS(parts) "{" parts "\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"u\",\"vocab\":{\"u\":0,\"a\":1}}}"

static void test_refused(void **state) {
  static const char *const cases[][2] = {
      {"", "t.json:1:0"},
      {"[]", "expected an object"},
      {"{}", "\"model\" is missing"},
      {"{\"model\":{\"type\":5}}", "model: \"type\" should be a string"},
      {BPE(",\"unk_token\":7") "}", "\"unk_token\" should be a token"},
      {BPE(",\"byte_fallback\":\"yes\"") "}", "\"byte_fallback\" should be true or false"},
      {"{\"model\":{\"type\":\"Unigram\",\"unk_id\":-1,\"vocab\":[[\"a\",-1]]}}", "\"unk_id\" should be a whole number from 0"},
      {BPE("") ",\"added_tokens\":{}}", "\"added_tokens\" should be an array"},
      {"{\"model\":{\"type\":\"HMM\"}}", "the model \"HMM\" is not known here"},
      {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1},\"merges\":[\"a b\"]}}",
       "merge 0, \"a\" and \"b\": \"ab\" is not in the vocabulary"},
      {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a c\"]}}", "\"c\" is not in the vocabulary"},
      {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"abc\"]}}", "merge 0 should be two tokens"},
      {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":0},\"merges\":[]}}", "\"b\" has the id 0 of \"a\""},
      {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}}", "the id of \"a\" is -1"},
      {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":2000000000},\"merges\":[]}}", "the id of \"a\" is 2000000000"},
      {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0.5},\"merges\":[]}}", "the id of \"a\" is no whole number"},
      {"{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]}}", "the vocabulary is empty"},
      {"{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"x\",\"vocab\":{\"a\":0}}}",
       "unk_token is \"x\", which is not in the vocabulary"},
      {"{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",-1],[\"b\"]]}}", "entry 1 of \"vocab\" should be a token and its score"},
      {"{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",-1],[\"a\",-2]]}}", "\"a\" is there twice, as 0 and 1"},
      {"{\"model\":{\"type\":\"Unigram\",\"unk_id\":7,\"vocab\":[[\"a\",-1]]}}", "\"unk_id\" is beyond the vocabulary"},
      {WORDS("\"normalizer\":{\"type\":\"Foo\"},"), "the normalizer \"Foo\" is not known here"},
      {WORDS("\"pre_tokenizer\":{\"type\":\"Foo\"},"), "the pre-tokenizer \"Foo\" is not known here"},
      {WORDS("\"post_processor\":{\"type\":\"Foo\"},"), "the post-processor \"Foo\" is not known here"},
      {WORDS("\"decoder\":{\"type\":\"Foo\"},"), "the decoder \"Foo\" is not known here"},
      {WORDS("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"}},"),
       "Split: at byte 1 of \"(\": missing closing parenthesis"},
      {WORDS("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[a&&b]\"}},"), "&&, is not known"},
      {WORDS("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\"x\"},\"behavior\":\"Eaten\"},"),
       "\"behavior\" should be Removed, "},
      {WORDS("\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"!\"},"), "should be base64"},
      {WORDS("\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"},"), "a table of characters of 3 bytes"},
      {WORDS("\"added_tokens\":[{\"id\":1,\"content\":\"x\"}],"), "\"x\" has the id 1 of \"a\""},
      {WORDS("\"added_tokens\":[{\"id\":5,\"content\":\"a\"}],"), "\"a\" has the id 5, in the vocabulary 1"},
      {WORDS("\"added_tokens\":[{\"id\":5,\"content\":\"x\"},{\"id\":5,\"content\":\"y\"}],"), "\"x\" and \"y\" have the same id 5"},
      {WORDS("\"added_tokens\":[{\"content\":\"x\"}],"), "a \"content\" and an \"id\""},
      {WORDS("\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"s\",9],\"cls\":[\"c\",1]},"), "there is no token 9"},
      {WORDS("\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"z\"}}]},"),
       "has no ids in \"special_tokens\""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rn_tokenizer *t;
    rn_context_clear(ctx);
    assert_int_equal(rn_tokenizer_parse(ctx, cases[i][0], strlen(cases[i][0]), "t.json", &t), RN_ERROR_DATA);
    assert_null(t);
    if (strncmp(rn_context_error(ctx), "t.json", 6) || !strstr(rn_context_error(ctx), cases[i][1]))
      fail_msg("%s:\n  got      %s\n  expected %s", cases[i][0], rn_context_error(ctx), cases[i][1]);
  }
}

static void write_file(const char *path, const char *text) { assert_int_equal(rn_file_write(path, text, strlen(text), NULL), RN_OK); }

/* GPT-2's pair by either name and by its folder; BERT's list; what is missing or wrong in them. */
static void test_files(void **state) {
  char folder[] = "/tmp/rondo-tokenizer-XXXXXX", path[64];
  rn_tokenizer *t;
  assert_non_null(mkdtemp(folder));
  rn_context_clear(ctx);
  assert_int_equal(rn_tokenizer_open(ctx, folder, &t), RN_ERROR_IO);
  assert_non_null(strstr(rn_context_error(ctx), "no tokenizer in this folder"));
#define IN(name) (snprintf(path, sizeof path, "%s/%s", folder, name), path)
  write_file(IN("my_vocab.json"), "{\"a\":0,\"b\":1,\"ab\":2,\"<|endoftext|>\":3}");
  rn_context_clear(ctx);
  assert_int_equal(rn_tokenizer_open(ctx, path, &t), RN_ERROR_IO); /* no merges beside it */
  write_file(IN("my_merges.txt"), "#version: 0.2\na b\n");
  rn_context_clear(ctx);
  assert_int_equal(rn_tokenizer_open(ctx, path, &t), RN_OK);
  rn_tokens got = encode(t, "ab<|endoftext|>b", NULL);
  assert_int_equal(got.n, 3);
  assert_int_equal(got.ids[0], 2);
  assert_int_equal(got.ids[1], 3);
  assert_int_equal(rn_tokenizer_special(t, RN_ROLE_EOS), 3);
  assert_true(rn_tokenizer_is_special(t, 3));
  rn_tokens_free(&got);
  rn_tokenizer_free(t);
  write_file(IN("my_merges.txt"), "#version: 0.2\na b c\n");
  rn_context_clear(ctx);
  assert_int_equal(rn_tokenizer_open(ctx, path, &t), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "my_merges.txt:2: expected two tokens"));

  write_file(IN("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n##re\n");
  rn_context_clear(ctx);
  assert_int_equal(rn_tokenizer_open(ctx, folder, &t), RN_OK);
  got = encode(t, "There the x", &(rn_tokenize_options){.specials = true});
  static const int32_t expected[] = {2, 4, 5, 4, 1, 3};
  assert_int_equal(got.n, 6);
  assert_memory_equal(got.ids, expected, sizeof expected);
  assert_int_equal(got.n_unknown, 1);
  rn_tokens_free(&got);
  assert_int_equal(rn_tokenizer_save(ctx, t, IN("tokenizer.json")), RN_OK);
  rn_tokenizer_free(t);
  assert_int_equal(rn_tokenizer_open(ctx, folder, &t), RN_OK);
  assert_int_equal(rn_tokenizer_type_of(t), RN_TOKENIZER_WORDPIECE);
  rn_tokenizer_free(t);
  write_file(IN("vocab.txt"), "[UNK]\na\na\n");
  rn_context_clear(ctx);
  assert_int_equal(rn_tokenizer_open(ctx, path, &t), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "vocab.txt:3: \"a\" is there already"));
  assert_int_equal(rn_file_write(IN("vocab.txt"), "[UNK]\na\0b\n", 10, NULL), RN_OK); /* from fuzzing */
  rn_context_clear(ctx);
  assert_int_equal(rn_tokenizer_open(ctx, path, &t), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "vocab.txt:2: a NUL"));
  write_file(IN("vocab.txt"), "just a text\n");
  rn_context_clear(ctx);
  assert_int_equal(rn_tokenizer_open(ctx, path, &t), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "there is no [UNK]"));
  rn_context_clear(ctx);
  assert_int_equal(rn_folder_remove(folder, NULL), RN_OK);
}

/* ---- encoding ---- */

/* A byte-level tokenizer with all bytes and a few merges; `model` goes on the model's options. */
static rn_tokenizer *byte_level(const char *model) {
  rn_text json = {0};
  rn_text_puts(&json, "{\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false},\"decoder\":{\"type\":\"ByteLevel\"},"
                      "\"model\":{\"type\":\"BPE\",");
  rn_text_puts(&json, model);
  rn_text_puts(&json, "\"merges\":[\"a b\",\"b a\",\"ab ab\",\"\xC4\xA0 a\",\"abab a\"],\"vocab\":{");
  for (int b = 0; b < 256; b++) {
    char letter[5] = "";
    rn_normalize_work work = {0};
    rn_aligned out, in = {&(char){(char)b}, 1, NULL, NULL, 0};
    rn_normalizer bytes = {.type = RN_NORMALIZE_BYTES};
    assert_int_equal(rn_normalize(&bytes, 1, &work, in, &out, NULL), RN_OK);
    memcpy(letter, out.data, out.size);
    rn_text_printf(&json, "\"%s%s\":%d,", letter[0] == '"' || letter[0] == '\\' ? "\\" : "", letter, b);
    rn_normalize_work_free(&work);
  }
  rn_text_puts(&json, "\"ab\":256,\"ba\":257,\"abab\":258,\"\xC4\xA0"
                      "a\":259,\"ababa\":260}}}");
  rn_tokenizer *t = parse(json.data);
  rn_text_free(&json);
  return t;
}

static void assert_same(const rn_tokens *a, const rn_tokens *b) {
  assert_int_equal(a->n, b->n);
  assert_memory_equal(a->ids, b->ids, (size_t)a->n * sizeof *a->ids);
  assert_memory_equal(a->begin, b->begin, (size_t)a->n * sizeof *a->begin);
  assert_memory_equal(a->end, b->end, (size_t)a->n * sizeof *a->end);
}

/* Any bytes come back; the offsets cover them in order; threads and sampling change nothing that they should not. */
static void test_threads(void **state) {
  rn_tokenizer *t = byte_level("");
  rn_text text = {0};
  rn_random random = rn_random_init(1, 2);
  for (int i = 0; i < 60000; i++) {
    static const char *const parts[] = {"ab", "a", " ", "\n", "  \n", "12", "it's", "\xE6\x97\xA5", ".\n", "x\ny", "\xff", " ab"};
    rn_text_puts(&text, parts[rn_random_below(&random, sizeof parts / sizeof *parts)]);
  }
  rn_context *four;
  assert_int_equal(rn_context_new(&(rn_context_options){.n_threads = 4}, &four, NULL, 0), RN_OK);
  rn_pool_keep_whole(four->pool);
  for (int sampled = 0; sampled < 2; sampled++) {
    rn_tokenize_options options = {.sample = sampled ? 0.3f : 0, .seed = 7};
    rn_tokens one = encode(t, text.data, &options), other;
    assert_int_equal(rn_tokenizer_encode(four, t, text.data, text.size, &options, &other), RN_OK);
    assert_same(&one, &other);
    assert_int_equal(one.n_invalid, other.n_invalid);
    assert_true(one.n_invalid > 1000);
    for (int64_t i = 0; i < one.n; i++)
      assert_true(one.begin[i] < one.end[i] && (i == 0 || one.end[i - 1] <= one.begin[i] || one.begin[i] == one.begin[i - 1]));
    rn_tokens_free(&one);
    rn_tokens_free(&other);
  }
  rn_context_free(four);
  rn_text_free(&text);
  rn_tokenizer_free(t);
}

static void test_merges(void **state) {
  rn_tokenizer *t = byte_level("");
  rn_tokens got = encode(t, "ababab ababa", NULL); /* ab ab ab: the leftmost two join first; a whole token comes of its merges alone */
  static const int32_t expected[] = {258, 256, 32, 260};
  assert_int_equal(got.n, 4);
  assert_memory_equal(got.ids, expected, sizeof expected);
  rn_tokens_free(&got);
  rn_tokenizer_free(t);

  t = byte_level("\"ignore_merges\":true,");
  got = encode(t, "ababa", NULL);
  assert_int_equal(got.n, 1);
  assert_int_equal(got.ids[0], 260);
  rn_tokens_free(&got);
  rn_tokenizer_free(t);
}

/* One piece of a megabyte takes n log n steps, and gives what many short ones do. */
static void test_long_piece(void **state) {
  rn_tokenizer *t = byte_level("");
  size_t size = 1 << 20;
  char *text = rn_alloc(size + 1);
  for (size_t i = 0; i < size; i++) text[i] = "ab"[i % 2];
  text[size] = '\0';
  clock_t start = clock(); /* of this process alone, however busy the machine is: in the square of its length it would take hours */
  rn_tokens got = encode(t, text, NULL);
  assert_true((clock() - start) / CLOCKS_PER_SEC < 60);
  assert_int_equal(got.n, size / 4);
  for (int64_t i = 0; i < got.n; i++) assert_int_equal(got.ids[i], 258);
  rn_tokens_free(&got);
  rn_free(text);
  rn_tokenizer_free(t);
}

/* BPE dropout: at p = 1 no merge is made, in between some are; the seed decides. Unigram: both segmentations come, by their share. */
static void test_sampling(void **state) {
  rn_tokenizer *t = byte_level("");
  const char *text = "abababab abab ababab";
  rn_tokens none = encode(t, text, &(rn_tokenize_options){.sample = 1, .seed = 1});
  rn_tokens some = encode(t, text, &(rn_tokenize_options){.sample = 0.4f, .seed = 1});
  rn_tokens same = encode(t, text, &(rn_tokenize_options){.sample = 0.4f, .seed = 1});
  rn_tokens all = encode(t, text, NULL);
  assert_int_equal(none.n, strlen(text));
  assert_true(some.n < none.n && some.n > all.n);
  assert_same(&some, &same);
  char *back = decode(t, &some);
  assert_string_equal(back, text);
  rn_tokenizer_text_free(back);
  rn_tokens_free(&none);
  rn_tokens_free(&some);
  rn_tokens_free(&same);
  rn_tokens_free(&all);
  rn_tokenizer_free(t);

  /* p("ab") = 0.5, p("a") p("b") = 0.25: two thirds of the draws at alpha 1, 4/5 at alpha 2 */
  t = parse("{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",-0.6931471805599453],[\"b\",-0.6931471805599453],[\"ab\",-0."
            "6931471805599453]]}}");
  for (int alpha = 1; alpha <= 2; alpha++) {
    int whole = 0;
    for (uint64_t seed = 0; seed < 2000; seed++) {
      rn_tokens got = encode(t, "ab", &(rn_tokenize_options){.sample = (float)alpha, .seed = seed});
      whole += got.n == 1;
      rn_tokens_free(&got);
    }
    assert_in_range(whole, alpha == 1 ? 1260 : 1540, alpha == 1 ? 1410 : 1660);
  }
  rn_tokenizer_free(t);
}

static void test_unknown(void **state) {
  rn_tokenizer *t = parse(BPE("") "}");
  rn_tokens got = encode(t, "b?a", NULL); /* left out, and counted */
  assert_int_equal(got.n, 2);
  assert_int_equal(got.n_unknown, 1);
  assert_int_equal(got.begin[1], 2);
  rn_tokens_free(&got);
  rn_tokenizer_free(t);

  t = parse("{\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"},\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}}}");
  rn_tokens out;
  assert_int_equal(rn_tokenizer_encode(ctx, t, "a\na oak", 7, NULL, &out), RN_ERROR_DATA);
  assert_string_equal(rn_context_error(ctx), "2:3: \"oak\" is not in the vocabulary, and it has no unknown token");
  assert_null(out.ids);
  char *text;
  rn_context_clear(ctx);
  assert_int_equal(rn_tokenizer_decode(ctx, t, &(int32_t){3}, 1, false, &text, NULL), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "there is no token 3: ids are 0 to 0"));
  rn_tokenizer_free(t);
}

/* A pattern that would try without end is stopped. */
static void test_limits(void **state) {
  rn_tokenizer *t =
      parse(WORDS("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(a+)+(a+)+[bc]\"},\"behavior\":\"Isolated\"},"));
  char text[3000];
  rn_tokens out;
  memset(text, 'a', sizeof text);
  clock_t start = clock();
  assert_int_equal(rn_tokenizer_encode(ctx, t, text, sizeof text, NULL, &out), RN_ERROR_DATA);
  assert_true((clock() - start) / CLOCKS_PER_SEC < 30);
  assert_string_equal(rn_context_error(ctx), "1:1: the pattern fails at byte 0 of a text of 3000: match limit exceeded");
  rn_tokenizer_free(t);
}

/* Ten times a letter by ten is a text by ten thousand millions: a file of 1 kB is not to fill the memory. */
static void test_growth(void **state) {
  rn_text json = {0};
  rn_text_puts(&json, "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[");
  for (int i = 0; i < 10; i++)
    rn_text_printf(&json, "%s{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aaaaaaaaaa\"}", i ? "," : "");
  rn_text_puts(&json, "]},\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"u\",\"vocab\":{\"u\":0,\"a\":1}}}");
  rn_tokenizer *t = parse(json.data);
  rn_tokens out;
  rn_tokenize_options options = {.name = "t.txt", .lines_before = 7};
  assert_int_equal(rn_tokenizer_encode(ctx, t, "b\naaa", 5, &options, &out), RN_ERROR_DATA);
  assert_string_equal(rn_context_error(ctx), "t.txt:8:1: what the tokenizer replaces makes 5 bytes of text longer than 1048896");
  rn_tokenizer_free(t);
  rn_text_free(&json);

  t = parse(WORDS("\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789"
                  "abcdef0123456789abcdef\"},"));
  rn_tokenizer *back = parse(WORDS("\"decoder\":{\"type\":\"Sequence\",\"decoders\":["
                                   "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"},"
                                   "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"a\"},\"content\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}]},"));
  int32_t ids[2000];
  char *decoded;
  for (int i = 0; i < 2000; i++) ids[i] = 1;
  assert_int_equal(rn_tokenizer_decode(ctx, back, ids, 2000, false, &decoded, NULL), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "makes the text of 2000 tokens longer than 1176576 bytes"));
  rn_tokenizer_free(back);
  char blanks[100000];
  memset(blanks, ' ', sizeof blanks);
  rn_context_clear(ctx);
  assert_int_equal(rn_tokenizer_encode(ctx, t, blanks, sizeof blanks, NULL, &out), RN_ERROR_DATA);
  rn_tokenizer_free(t);
}

typedef struct pieces {
  rn_text text;
  int n;
} pieces;

static bool collect(void *user, const char *piece, size_t size) {
  pieces *p = user;
  rn_text_append(&p->text, piece, size);
  rn_text_puts(&p->text, "|");
  return ++p->n < 4;
}

static void test_pieces(void **state) {
  rn_tokenizer *t = byte_level("");
  pieces got = {0};
  assert_int_equal(rn_tokenizer_pieces(t, "it's \xC3\xA9 12", 10, collect, &got, NULL), RN_OK);
  assert_string_equal(got.text.data, "it|'s|\xC4\xA0\xC3\x83\xC2\xA9|\xC4\xA0"
                                     "12|");
  rn_text_free(&got.text);
  rn_tokenizer_free(t);
}

/* ---- against PCRE2 and utf8proc ---- */

static const char *const chars[] = {"a",
                                    "B",
                                    "s",
                                    "S",
                                    "'",
                                    "'s",
                                    "'LL",
                                    "\xC5\xBF",
                                    " ",
                                    "  ",
                                    "\n",
                                    "\r",
                                    "\t",
                                    "1",
                                    "23",
                                    "\xC2\xBD",
                                    ".",
                                    "!?",
                                    "_",
                                    "\xC3\xA9",
                                    "e\xCC\x81",
                                    "\xC2\xA0",
                                    "\xE3\x80\x80",
                                    "\xE6\x97\xA5",
                                    "\xF0\x9F\x91\x8D",
                                    "\xC2\x85",
                                    "\xE2\x80\xA8",
                                    "\xCC\xA3",
                                    "\xCC\x81",
                                    "\xEA\xB0\x80",
                                    "\xE1\x84\x80",
                                    "\xE1\x85\xA1",
                                    "\xE1\x86\xA8",
                                    "\xEF\xBE\xA1",
                                    "\xEF\xBF\x82",
                                    "\xEF\xAC\x81",
                                    "\xE2\x84\xAB",
                                    "\xE0\xA4\x95",
                                    "\xE0\xA4\xBF",
                                    "\xE1\xA0\x8E"};

static size_t hostile(rn_random *r, char *out) {
  size_t n = 0;
  for (uint64_t i = 0, m = 1 + rn_random_below(r, 12); i < m; i++) {
    const char *c = chars[rn_random_below(r, sizeof chars / sizeof *chars)];
    memcpy(out + n, c, strlen(c));
    n += strlen(c);
  }
  out[n] = '\0';
  return n;
}

static void test_patterns(void **state) {
  static const char cl100k[] = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| "
                               "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  const char *const regexes[] = {rn_gpt2_regex, cl100k};
  rn_random r = rn_random_init(3, 4);
  for (int k = 0; k < 2; k++) {
    rn_pretokenizer hand = {.behavior = RN_CUT_ISOLATED}, regex = {.type = RN_PRETOKEN_CUT_PATTERN, .behavior = RN_CUT_ISOLATED};
    assert_int_equal(rn_pretokenizer_pattern(regexes[k], strlen(regexes[k]), &hand, NULL), RN_OK);
    assert_int_not_equal(hand.type, RN_PRETOKEN_CUT_PATTERN);
    assert_int_equal(rn_pattern_new(regexes[k], strlen(regexes[k]), &regex.pattern, NULL), RN_OK);
    rn_pretoken_work a = {0}, b = {0};
    for (int i = 0; i < 20000; i++) {
      char text[128];
      rn_aligned in = {text, hostile(&r, text), NULL, NULL, 0};
      assert_int_equal(rn_pretokenize(&hand, 1, &a, in, NULL), RN_OK);
      assert_int_equal(rn_pretokenize(&regex, 1, &b, in, NULL), RN_OK);
      if (a.pieces.n != b.pieces.n || memcmp(a.pieces.at, b.pieces.at, a.pieces.n * sizeof *a.pieces.at) != 0)
        fail_msg("%d: \"%s\"", k, text);
    }
    rn_pretoken_work_free(&a);
    rn_pretoken_work_free(&b);
    rn_pretokenizer_free(&regex);
  }
}

/* Normalized in runs, a text is what utf8proc makes of the whole; where bytes come from never goes backwards. */
static void test_normalization(void **state) {
  static const int options[] = {UTF8PROC_COMPOSE, UTF8PROC_DECOMPOSE, UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
                                UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT};
  rn_random r = rn_random_init(5, 6);
  rn_normalize_work work = {0};
  for (int i = 0; i < 20000; i++) {
    char text[128];
    rn_aligned in = {text, hostile(&r, text), NULL, NULL, 0}, out;
    rn_normalizer step = {.type = (rn_normalizer_type)(i % 4)};
    assert_int_equal(rn_normalize(&step, 1, &work, in, &out, NULL), RN_OK);
    utf8proc_uint8_t *whole = NULL;
    utf8proc_ssize_t n = utf8proc_map((utf8proc_uint8_t *)text, (utf8proc_ssize_t)in.size, &whole, UTF8PROC_STABLE | options[i % 4]);
    if (n != (utf8proc_ssize_t)out.size || memcmp(whole, out.data, out.size) != 0) fail_msg("%d: \"%s\"", i % 4, text);
    for (size_t k = 0; k < out.size; k++) {
      assert_true(rn_aligned_begin(&out, k) < rn_aligned_end(&out, k) && rn_aligned_end(&out, k) <= in.size);
      assert_true(k == 0 || rn_aligned_begin(&out, k - 1) <= rn_aligned_begin(&out, k));
    }
    free(whole);
  }
  rn_normalize_work_free(&work);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_refused),  cmocka_unit_test(test_files),         cmocka_unit_test(test_threads),
      cmocka_unit_test(test_merges),   cmocka_unit_test(test_long_piece),    cmocka_unit_test(test_sampling),
      cmocka_unit_test(test_unknown),  cmocka_unit_test(test_limits),        cmocka_unit_test(test_growth),   cmocka_unit_test(test_pieces),
      cmocka_unit_test(test_patterns), cmocka_unit_test(test_normalization),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
