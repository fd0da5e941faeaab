/* test_tokenizer_train.c: tokenizers learned from texts: what Hugging Face learns of the same text, the same on any number of threads, and
 * texts of every odd kind. */
#include "base/check.h"
#include "base/json.h"
#include <rondo/tokenizer.h>

static rn_context *ctx, *pair; /* of one thread, and of two */
static char last_log[512];

static void keep_log(void *user, rn_log_level level, const char *line) { snprintf(last_log, sizeof last_log, "%s", line); }

static int setup(void **state) {
  rn_context_options one = {.n_threads = 1, .log = keep_log}, two = {.n_threads = 2};
  return folder_setup(state) || rn_context_new(&one, &ctx, NULL, 0) || rn_context_new(&two, &pair, NULL, 0);
}

static int teardown(void **state) {
  rn_context_free(ctx);
  rn_context_free(pair);
  return folder_teardown(state);
}

static rn_status train_file(rn_context *c, const char *path, const rn_tokenizer_options *o, rn_tokenizer **out) {
  rn_context_clear(c);
  last_log[0] = '\0';
  return rn_tokenizer_train(c, &path, 1, o, out);
}

static const char *write_corpus(const char *text, size_t size) {
  static char path[256];
  snprintf(path, sizeof path, "%s", in_folder("corpus"));
  assert_ok(rn_file_write(path, text, size, NULL), NULL);
  return path;
}

static rn_status train(const char *text, size_t size, const rn_tokenizer_options *o, rn_tokenizer **out) {
  return train_file(ctx, write_corpus(text, size), o, out);
}

static rn_tokenizer *trained(const char *text, const rn_tokenizer_options *o) {
  rn_tokenizer *t = NULL;
  if (train(text, strlen(text), o, &t) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return t;
}

static void refused(const char *text, size_t size, const rn_tokenizer_options *o, rn_status status, const char *words) {
  rn_tokenizer *t = NULL;
  assert_int_equal(train(text, size, o, &t), status);
  assert_null(t);
  if (!strstr(rn_context_error(ctx), words)) fail_msg("'%s' does not say '%s'", rn_context_error(ctx), words);
}

static bool has(const rn_tokenizer *t, const char *token) { return rn_tokenizer_find(t, token, strlen(token)) >= 0; }

static void assert_cut(const rn_tokenizer *t, const char *text, const char *expected) {
  rn_tokens tokens;
  char cut[1024] = "";
  assert_int_equal(rn_tokenizer_encode(ctx, t, text, strlen(text), NULL, &tokens), RN_OK);
  for (int64_t i = 0; i < tokens.n; i++) {
    strcat(cut, i ? " " : "");
    strcat(cut, rn_tokenizer_token(t, tokens.ids[i], NULL));
  }
  assert_string_equal(cut, expected);
  rn_tokens_free(&tokens);
}

static void assert_round_trip(const rn_tokenizer *t, const char *text, const char *expected) {
  rn_tokens tokens;
  char *back;
  assert_int_equal(rn_tokenizer_encode(ctx, t, text, strlen(text), NULL, &tokens), RN_OK);
  assert_int_equal(rn_tokenizer_decode(ctx, t, tokens.ids, tokens.n, false, &back, NULL), RN_OK);
  assert_string_equal(back, expected);
  rn_tokenizer_text_free(back);
  rn_tokens_free(&tokens);
}

/* ---- against Hugging Face ---- */

static json_t *parse(const char *text, size_t size) {
  json_t *json = NULL;
  rn_error err = {0};
  assert_ok(rn_json_parse(text, size, "json", &json, &err), &err);
  return json;
}

static void as_hugging_face(void **state) {
  rn_bytes golden;
  rn_tokenizer *t;
  rn_tokenizer_options o = rn_tokenizer_options_default(RN_TOKENIZER_BPE);
  o.vocab_size = 700;
  o.specials = (const char *const[]){"<|end|>"};
  o.n_specials = 1;
  assert_int_equal(train_file(ctx, RN_SOURCE_DIR "/tests/golden/subwords.txt", &o, &t), RN_OK);
  assert_ok(rn_bytes_open(RN_SOURCE_DIR "/tests/golden/subwords.json", 0, &golden, NULL), NULL);
  json_t *expected = parse(golden.data, golden.size), *ours = parse(rn_tokenizer_json(t), strlen(rn_tokenizer_json(t)));
  const json_t *vocab = json_object_get(expected, "vocab");
  assert_true(json_equal(json_object_get(expected, "merges"), json_object_get(json_object_get(ours, "model"), "merges")));
  assert_int_equal(json_array_size(vocab), rn_tokenizer_size(t));
  for (size_t id = 0; id < json_array_size(vocab); id++)
    assert_string_equal(rn_tokenizer_token(t, (int32_t)id, NULL), json_string_value(json_array_get(vocab, id)));
  json_decref(expected);
  json_decref(ours);
  rn_bytes_close(&golden);
  rn_tokenizer_free(t);
}

/* ---- each type ---- */

static void merges_by_hand(void **state) {
  /* low 5, lower 2, newest 6, widest 3: Sennrich et al. 2016; of equals the smaller ids, so e s before s t */
  const char *text = "low low low low low lower lower newest newest newest newest newest newest widest widest widest";
  rn_tokenizer_options o = rn_tokenizer_options_default(RN_TOKENIZER_BPE);
  o.byte_level = false;
  o.coverage = 1;
  o.vocab_size = 20;
  rn_tokenizer *t = trained(text, &o);
  assert_int_equal(rn_tokenizer_size(t), 20);
  assert_true(has(t, "t</w>") && has(t, "es") && has(t, "est</w>") && has(t, "lo"));
  assert_int_equal(rn_tokenizer_find(t, "<unk>", 5), 0);
  assert_cut(t, "lowest newer", "lo w est</w> new e r</w>");
  rn_tokenizer_free(t);
  o.min_count = 6; /* es, est</w> (9 times), lo, low: 7; new: 6, newest: 6 */
  o.vocab_size = 100;
  t = trained(text, &o);
  assert_non_null(strstr(last_log, "the text supports no more than"));
  assert_true(has(t, "newest</w>") && !has(t, "widest</w>") && !has(t, "low</w>"));
  rn_tokenizer_free(t);
}

static void overlapping_pairs(void **state) {
  rn_tokenizer_options o = rn_tokenizer_options_default(RN_TOKENIZER_BPE);
  rn_tokenizer *t = trained("aaaaa aaaaa aaaaaaa", &o);
  /* aa 14 times, aaaa 4 times; then blank aaaa and aaaa a twice each, the blank's id being the smaller */
  assert_cut(t, "aaaaaaa", "aaaa aa a");
  assert_cut(t, " aaaaa", "\xc4\xa0" "aaaa a");
  rn_tokenizer_free(t);
}

static void wordpiece(void **state) {
  rn_tokenizer_options o = rn_tokenizer_options_default(RN_TOKENIZER_WORDPIECE);
  o.vocab_size = 60;
  rn_tokenizer *t = trained("unwanted unwarranted wanted wanting Warranted, warranting! walk walked walking walks", &o);
  assert_int_equal(rn_tokenizer_find(t, "[MASK]", 6), 4);
  assert_true(has(t, "##ing") && has(t, "wa") && !has(t, "W"));
  assert_cut(t, "WALKING", "walk ##ing");
  assert_cut(t, "zebra", "[UNK]");
  assert_round_trip(t, "walking, unwanted", "walking, unwanted");
  rn_tokenizer_free(t);
}

static void unigram(void **state) {
  rn_tokenizer_options o = rn_tokenizer_options_default(RN_TOKENIZER_UNIGRAM);
  char text[20000] = "";
  static const char *const stems[] = {"walk", "talk", "paint", "order", "count"}, *const ends[] = {"", "ed", "ing", "er", "s", "ers"};
  for (int i = 0; i < 300; i++) sprintf(text + strlen(text), "%s%s ", stems[i * 7 % 5], ends[i * 11 % 6]);
  o.vocab_size = 40;
  o.byte_fallback = false;
  rn_tokenizer *t = trained(text, &o);
  assert_int_equal(rn_tokenizer_find(t, "<unk>", 5), 0);
  assert_true(has(t, "\xe2\x96\x81walk") && has(t, "\xe2\x96\x81walking")); /* all are as frequent: whole words pay best */
  for (const char *c = "walktpinorderucgs"; *c; c++) assert_true(rn_tokenizer_find(t, c, 1) >= 0); /* every letter */
  assert_round_trip(t, "talked  counters", "talked counters");
  double sum = 0, before = 0;
  json_t *json = parse(rn_tokenizer_json(t), strlen(rn_tokenizer_json(t)));
  const json_t *vocab = json_object_get(json_object_get(json, "model"), "vocab");
  for (size_t i = 3; i < json_array_size(vocab); i++) {
    double score = json_number_value(json_array_get(json_array_get(vocab, i), 1));
    assert_true(i == 3 || score <= before); /* the most probable first */
    before = score;
    sum += __builtin_exp(score);
  }
  assert_true(sum > 0.5 && sum <= 1);
  json_decref(json);
  rn_tokenizer_free(t);
}

static void words_and_characters(void **state) {
  rn_tokenizer_options o = rn_tokenizer_options_default(RN_TOKENIZER_WORD);
  o.vocab_size = 4;
  rn_tokenizer *t = trained("b a b c a b d\n", &o);
  assert_int_equal(rn_tokenizer_size(t), 4); /* <unk> </s> b a */
  assert_cut(t, "a b c", "a b <unk>");
  rn_tokenizer_free(t);
  o = rn_tokenizer_options_default(RN_TOKENIZER_CHAR);
  t = trained("abba\n", &o);
  assert_int_equal(rn_tokenizer_type_of(t), RN_TOKENIZER_CHAR);
  assert_int_equal(rn_tokenizer_size(t), 4);
  assert_cut(t, "ab\nx", "a b \n <unk>");
  assert_round_trip(t, "ab\na", "ab\na");
  rn_tokenizer_free(t);
}

static void options(void **state) {
  rn_tokenizer_options o = rn_tokenizer_options_default(RN_TOKENIZER_BPE);
  o.normalize = "lower,strip-accents";
  o.pattern = "[a-z]+|[^a-z]+";
  o.specials = (const char *const[]){"<s>", "</s>"};
  o.n_specials = 2;
  o.vocab_size = 300;
  rn_tokenizer *t = trained("Caf\xc3\xa9 CAFE cafe 12 12 12 </s> </s> </s>", &o);
  assert_true(has(t, "cafe") && !has(t, "Caf") && !has(t, "</"));
  assert_int_equal(rn_tokenizer_find(t, "</s>", 4), 1);
  rn_tokenizer_free(t);
  o = rn_tokenizer_options_default(RN_TOKENIZER_BPE);
  o.byte_level = false;
  o.byte_fallback = true;
  o.vocab_size = 280;
  t = trained("one two one two", &o);
  assert_round_trip(t, "one \xc3\xa9", "one \xc3\xa9");
  rn_tokenizer_free(t);
  o = rn_tokenizer_options_default(RN_TOKENIZER_UNIGRAM);
  o.coverage = 0.9;
  t = trained("aaaa bbbb aaaa bbbb aaaa bbbb aaaa bbbb aaaa bbbb zq", &o);
  assert_true(has(t, "a") && !has(t, "z"));
  rn_tokenizer_free(t);
}

static void options_that_make_no_sense(void **state) {
  rn_tokenizer_options o = rn_tokenizer_options_default(RN_TOKENIZER_BPE);
  o.vocab_size = 255;
  refused("a", 1, &o, RN_ERROR_ARGUMENT, "256 in all");
  o.vocab_size = -1;
  refused("a", 1, &o, RN_ERROR_ARGUMENT, "no size of a vocabulary");
  o = rn_tokenizer_options_default(RN_TOKENIZER_BPE);
  o.byte_fallback = true;
  refused("a", 1, &o, RN_ERROR_ARGUMENT, "bytes in place of unknown characters");
  o.byte_fallback = false;
  o.normalize = "nfc,upper";
  refused("a", 1, &o, RN_ERROR_ARGUMENT, "'upper' is no normalization; there are nfc");
  o.normalize = NULL;
  o.pattern = "(";
  refused("a", 1, &o, RN_ERROR_DATA, "");
  o = rn_tokenizer_options_default(RN_TOKENIZER_WORD);
  o.specials = (const char *const[]){"<s>", "<s>"};
  o.n_specials = 2;
  refused("a", 1, &o, RN_ERROR_ARGUMENT, "\"<s>\" is there twice");
  o.n_specials = 1;
  refused("a", 1, &o, RN_ERROR_ARGUMENT, "<unk> or [UNK]");
  o.specials = (const char *const[]){""};
  refused("a", 1, &o, RN_ERROR_ARGUMENT, "special token 1 is empty");
  o = rn_tokenizer_options_default(RN_TOKENIZER_UNIGRAM);
  o.coverage = 2;
  refused("a", 1, &o, RN_ERROR_ARGUMENT, "a coverage of 2 is more");
  rn_tokenizer *t;
  assert_int_equal(train_file(ctx, in_folder("none"), &o, &t), RN_ERROR_ARGUMENT);
  o.coverage = 0;
  assert_int_equal(train_file(ctx, in_folder("none"), &o, &t), RN_ERROR_IO);
  assert_int_equal(rn_tokenizer_train(ctx, NULL, 0, &o, &t), RN_ERROR_IO); /* the first error stays until it is cleared */
}

/* ---- all types on odd texts ---- */

static rn_tokenizer_options options_of(int kind) {
  rn_tokenizer_options o = rn_tokenizer_options_default(kind < 5 ? (rn_tokenizer_type)kind : RN_TOKENIZER_BPE);
  if (kind == 5) o.byte_level = false;
  if (kind != RN_TOKENIZER_CHAR) o.vocab_size = 400;
  return o;
}
enum { N_KINDS = 6 };

static void odd_texts(void **state) {
  static char blob[100000];
  for (size_t i = 0; i < sizeof blob; i++) blob[i] = "acgt"[i * i / 7 % 4]; /* one word, one line without end */
  const struct {
    const char *text;
    size_t size;
  } odd[] = {{"word", 4}, {"\0\0a\0b b\0", 8}, {"\xff\xfe\x80 a\xc3", 6}, {"a", 1}, {blob, sizeof blob}};
  for (int kind = 0; kind < N_KINDS; kind++) {
    rn_tokenizer_options o = options_of(kind);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
      rn_tokenizer *t;
      rn_tokens tokens;
      if (train(odd[i].text, odd[i].size, &o, &t) != RN_OK) fail_msg("kind %d, text %zu: %s", kind, i, rn_context_error(ctx));
      assert_int_equal(rn_tokenizer_encode(ctx, t, odd[i].text, odd[i].size, NULL, &tokens), RN_OK);
      rn_tokens_free(&tokens);
      rn_tokenizer_free(t);
    }
    refused("", 0, &o, RN_ERROR_DATA, "no text to learn from in 0 bytes");
    if (kind != RN_TOKENIZER_CHAR && kind != RN_TOKENIZER_BPE) refused(" \n\n ", 4, &o, RN_ERROR_DATA, "no text to learn from in 4 bytes");
  }
}

/* More than two blocks, of words as frequent as words are. */
static const char *large_corpus(bool distinct) {
  static char text[1200000];
  size_t at = 0;
  uint64_t x = 1;
  for (int i = 0; at < sizeof text - 40; i++) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    uint64_t number = distinct ? (uint64_t)i * 2654435761u % 4294967296u : (x >> 33) % (1 + (x >> 13) % 4000);
    at += (size_t)sprintf(text + at, "w%lluo%llu%c", (unsigned long long)number, (unsigned long long)number / 7, i % 9 ? ' ' : '\n');
  }
  return write_corpus(text, at);
}

static void the_same_on_any_number_of_threads(void **state) {
  for (int distinct = 0; distinct < 2; distinct++) {
    const char *path = large_corpus(distinct);
    for (int kind = 0; kind < N_KINDS; kind++) {
      rn_tokenizer_options o = options_of(kind);
      o.memory = distinct ? 400000 : 0;
      rn_tokenizer *a, *b;
      if (train_file(ctx, path, &o, &a) != RN_OK) fail_msg("%s", rn_context_error(ctx));
      assert_int_equal(train_file(pair, path, &o, &b), RN_OK);
      assert_string_equal(rn_tokenizer_json(a), rn_tokenizer_json(b));
      rn_tokenizer_free(a);
      rn_tokenizer_free(b);
    }
  }
}

static char all_logs[2048];
static void join_logs(void *user, rn_log_level level, const char *line) { strncat(all_logs, line, sizeof all_logs - strlen(all_logs) - 1); }

static void memory_is_capped(void **state) {
  rn_context *c;
  assert_int_equal(rn_context_new(&(rn_context_options){.n_threads = 1, .log = join_logs}, &c, NULL, 0), RN_OK);
  rn_tokenizer_options o = rn_tokenizer_options_default(RN_TOKENIZER_WORD);
  o.vocab_size = 1000000;
  o.memory = 1000000;
  rn_tokenizer *t;
  assert_int_equal(train_file(c, large_corpus(true), &o, &t), RN_OK);
  assert_non_null(strstr(all_logs, "rare pieces were dropped on the way"));
  assert_true(rn_tokenizer_size(t) * 64 < o.memory); /* each word takes that and more */
  assert_true(rn_tokenizer_size(t) * 640 > o.memory);
  rn_tokenizer_free(t);
  rn_context_free(c);
}

static void every_allocation(void **state) {
  const char *path = write_corpus("the cat sat on the mat, the cat sat", 35);
  for (int kind = 0; kind < N_KINDS; kind++) {
    rn_tokenizer_options o = options_of(kind);
    for (uint64_t n = 1;; n++) {
      rn_tokenizer *t = NULL;
      rn_context_clear(ctx);
      rn_alloc_fail_after(n);
      rn_status status = rn_tokenizer_train(ctx, &path, 1, &o, &t);
      rn_alloc_fail_after(0);
      rn_tokenizer_free(t);
      if (status == RN_OK) break;
      if (status != RN_ERROR_MEMORY) fail_msg("kind %d, allocation %d: %s", kind, (int)n, rn_context_error(ctx));
    }
  }
  rn_context_clear(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(as_hugging_face),
      cmocka_unit_test(merges_by_hand),
      cmocka_unit_test(overlapping_pairs),
      cmocka_unit_test(wordpiece),
      cmocka_unit_test(unigram),
      cmocka_unit_test(words_and_characters),
      cmocka_unit_test(options),
      cmocka_unit_test(options_that_make_no_sense),
      cmocka_unit_test(odd_texts),
      cmocka_unit_test(the_same_on_any_number_of_threads),
      cmocka_unit_test(memory_is_capped),
      cmocka_unit_test(every_allocation),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
