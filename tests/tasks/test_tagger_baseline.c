/* test_tagger_baseline.c: what a row's symbol alone says, by tables that were counted by hand. */
#include "base/check.h"
#include <math.h>
#include <rondo/tagger.h>

static rn_context *ctx;

static int setup(void **state) {
  if (folder_setup(state) != 0) return -1;
  return (int)rn_context_new(NULL, &ctx, NULL, 0);
}
static int teardown(void **state) {
  rn_context_free(ctx);
  return folder_teardown(state);
}

static rn_sequences read_file(rn_input_kind kind, const char *text) {
  const char *path = in_folder(kind == RN_INPUT_WORDS ? "data.conll" : "data.tsv");
  rn_sequences s;
  rn_sequences_options o = rn_sequences_options_default(kind, true);
  assert_ok(rn_file_write(path, text, strlen(text), NULL), NULL);
  rn_context_clear(ctx);
  if (rn_sequences_open(ctx, path, &o, &s) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return s;
}

static rn_model *make(const rn_sequences *train, bool fold, int64_t min_count) {
  rn_tagger_config c = rn_tagger_config_default(train->input);
  rn_model *m = NULL;
  c.stack.n_hidden = 2;
  c.input.fold = fold && train->input == RN_INPUT_WORDS;
  if (rn_tagger_new(ctx, &c, train, &(rn_input_building){.min_count = min_count}, 1, &m) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return m;
}

static rn_tagger_scores *score(const rn_model *m, const rn_sequences *train, const rn_sequences *s, int64_t k) {
  rn_tagger_scores *scores = NULL;
  rn_context_clear(ctx);
  if (rn_tagger_baseline(ctx, m, train, s, k, &scores) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return scores;
}

static int64_t confused(const rn_tagger_scores *s, const char *expected, const char *predicted) {
  int64_t e = -1, p = -1;
  for (int64_t k = 0; k < s->n_labels; k++) {
    if (strcmp(s->names[k], expected) == 0) e = k;
    if (strcmp(s->names[k], predicted) == 0) p = k;
  }
  assert_true(e >= 0 && p >= 0);
  return s->confusion[e * s->n_labels + p];
}

/* the: D D V; Run: N, run: V V, and folded one word; tie: V D; of all, N and V four times each and D three times. */
static const char *const words_train = "the D\ndogs N\nRun N\n\nthe D\nthe V\nrun V\nrun V\ntie V\n\ntie D\na N\nb N\n\n";

static void test_words(void **state) {
  rn_sequences train = read_file(RN_INPUT_WORDS, words_train);
  rn_sequences data = read_file(RN_INPUT_WORDS, "the D\nRun V\nrun V\ntie V\n\nzebra V\ndogs X\n\n");
  for (int fold = 0; fold <= 1; fold++) {
    rn_model *m = make(&train, fold, 1);
    rn_tagger_scores *s = score(m, &train, &data, 0);
    assert_int_equal(s->n_rows, 6);
    assert_int_equal(s->n_unknown, 1);
    assert_int_equal(s->n_model_labels, 3);
    assert_int_equal(s->n_labels, 4); /* X, which is never answered */
    assert_int_equal(confused(s, "D", "D"), 1);
    assert_int_equal(confused(s, "V", "D"), 1);            /* tie: V and D once each, and D is first */
    assert_int_equal(confused(s, "V", "N"), fold ? 1 : 2); /* zebra was not seen; Run as it is written is N */
    assert_int_equal(confused(s, "V", "V"), fold ? 2 : 1);
    assert_int_equal(confused(s, "X", "N"), 1);
    assert_true(fabs(s->accuracy - (fold ? 3 : 2) / 6.0) < 1e-12 && s->interval.value == s->accuracy);
    assert_null(s->spans);
    rn_tagger_scores_free(s);
    rn_model_free(m);
  }
  /* A word that training had once is not in this vocabulary: the most frequent label. Those left: the, run. */
  rn_model *m = make(&train, true, 3);
  rn_tagger_scores *s = score(m, &train, &data, 0);
  assert_int_equal(s->n_unknown, 3);
  assert_int_equal(confused(s, "V", "N"), 2);
  assert_int_equal(confused(s, "V", "V"), 2);
  rn_tagger_scores_free(s);
  rn_model_free(m);
  rn_sequences_free(&data);
  rn_sequences_free(&train);
}

/* Chunks are counted as those of a tagger are; labels that the model lacks teach nothing. */
static void test_chunks(void **state) {
  rn_sequences train = read_file(RN_INPUT_WORDS, "Anna B-PER\nSmith I-PER\nwaits O\n. O\n\nRome B-LOC\n. O\n\n");
  rn_sequences data = read_file(RN_INPUT_WORDS, "Anna B-PER\nSmith I-PER\nin O\nRome B-LOC\n\nSmith B-NEW\n. O\n\n");
  rn_model *m = make(&train, true, 1);
  rn_tagger_scores *s = score(m, &train, &data, 0);
  assert_int_equal(s->spans->all.expected, 3);
  assert_int_equal(s->spans->all.found, 3); /* the last one is I-PER by itself */
  assert_int_equal(s->spans->all.correct, 2);
  assert_true(fabs(s->interval.value - 2 / 3.0) < 1e-12);
  rn_tagger_scores_free(s);
  s = score(m, &data, &data, 0); /* of Smith's labels one is none of the model's */
  assert_int_equal(confused(s, "I-PER", "I-PER"), 1);
  assert_int_equal(confused(s, "B-NEW", "I-PER"), 1);
  rn_tagger_scores_free(s);
  rn_model_free(m);
  rn_sequences_free(&data);
  rn_sequences_free(&train);
}

/* Three bases around: ACG -> x twice, y once; at the ends two of them, counted wherever they stand. */
static void test_dna(void **state) {
  rn_sequences train = read_file(RN_INPUT_DNA, "yxyyyxy\tACGAACG\nyyyy\tACGG\n");
  rn_model *m = make(&train, false, 1);
  /* C between A and G: x x y, so x. A before C: y y y. G behind C: y y y. */
  rn_sequences data = read_file(RN_INPUT_DNA, "xxx\tACG\n");
  rn_tagger_scores *s = score(m, &train, &data, 3);
  assert_int_equal(confused(s, "x", "x"), 1);
  assert_int_equal(confused(s, "x", "y"), 2);
  rn_tagger_scores_free(s);
  rn_sequences_free(&data);

  /* At the beginning C before A is asked for, which training has in the middle alone: z. C before T: y y y. */
  rn_sequences inner = read_file(RN_INPUT_DNA, "yzyyyzyyyyyy\tTCAGGGCTGCTG\nyyy\tCTC\n");
  rn_model *of_inner = make(&inner, false, 1);
  data = read_file(RN_INPUT_DNA, "zz\tCA\nyz\tCT\n");
  s = score(of_inner, &inner, &data, 3);
  assert_int_equal(confused(s, "z", "z"), 1);
  assert_int_equal(confused(s, "z", "y"), 2);
  assert_int_equal(confused(s, "y", "y"), 1);
  rn_tagger_scores_free(s);
  rn_sequences_free(&data);
  rn_model_free(of_inner);
  rn_sequences_free(&inner);

  /* Bases that never stood so: the most frequent label. */
  data = read_file(RN_INPUT_DNA, "xxx\tTTT\nxxx\tANG\n");
  s = score(m, &train, &data, 0);
  assert_int_equal(confused(s, "x", "y"), 6);
  rn_tagger_scores_free(s);
  rn_sequences_free(&data);
  /* N is read as R is: both are sets. */
  rn_sequences sets = read_file(RN_INPUT_DNA, "yxy\tARG\nyyy\tACG\nyyy\tACG\n");
  data = read_file(RN_INPUT_DNA, "yxy\tANG\nyxy\tACG\n");
  s = score(m, &sets, &data, 3);
  assert_int_equal(confused(s, "x", "x"), 1);
  assert_int_equal(confused(s, "x", "y"), 1);
  rn_tagger_scores_free(s);
  rn_sequences_free(&data);
  rn_sequences_free(&sets);

  /* One base is itself alone; of two, the other stands behind. C: x x y, and the same before G. The rest: y. */
  data = read_file(RN_INPUT_DNA, "yxyy\tACGT\n");
  for (int64_t k = 1; k <= 2; k++) {
    s = score(m, &train, &data, k);
    assert_int_equal(confused(s, "x", "x"), 1);
    assert_int_equal(confused(s, "y", "y"), 3);
    rn_tagger_scores_free(s);
  }
  rn_sequences_free(&data);
  rn_model_free(m);
  rn_sequences_free(&train);
}

static rn_sequences series(float *values, const rn_string *labels, const int64_t *offset) {
  return (rn_sequences){.input = RN_INPUT_SERIES, .per_row = true, .seqs = {2, offset}, .n_vars = 1, .values = values, .labels = labels};
}

static void test_series(void **state) {
  float values[] = {1, 2, 3, 4, 5};
  const rn_string labels[] = {{"up", 2}, {"down", 4}, {"up", 2}, {"down", 4}, {"down", 4}};
  rn_sequences train = series(values, labels, (int64_t[]){0, 2, 5});
  rn_model *m = make(&train, false, 1);
  rn_tagger_scores *s = score(m, &train, &train, 0);
  assert_true(s->accuracy == 0.6);
  assert_int_equal(confused(s, "up", "down"), 2);
  rn_tagger_scores_free(s);
  rn_model_free(m);
}

static void refuse(const rn_model *m, const rn_sequences *train, const rn_sequences *s, int64_t k, rn_status status, const char *words) {
  rn_tagger_scores *scores;
  rn_context_clear(ctx);
  assert_int_equal(rn_tagger_baseline(ctx, m, train, s, k, &scores), status);
  assert_null(scores);
  if (!strstr(rn_context_error(ctx), words)) fail_msg("'%s' does not say '%s'", rn_context_error(ctx), words);
  rn_context_clear(ctx);
}

static void test_errors(void **state) {
  rn_sequences words = read_file(RN_INPUT_WORDS, words_train), dna = read_file(RN_INPUT_DNA, "yxy\tACG\n"), bare = words;
  rn_model *m = make(&words, true, 1);
  bare.labels = NULL;
  refuse(m, &words, &dna, 0, RN_ERROR_ARGUMENT, "a model of words cannot read dna");
  refuse(m, &dna, &words, 0, RN_ERROR_ARGUMENT, "a model of words cannot read dna");
  refuse(m, &words, &words, 32, RN_ERROR_ARGUMENT, "32 bases");
  refuse(m, &words, &words, -1, RN_ERROR_ARGUMENT, "-1 bases");
  refuse(m, &bare, &words, 0, RN_ERROR_DATA, "no label for each row");
  refuse(m, &words, &bare, 0, RN_ERROR_DATA, "no label for each row");

  /* Every allocation may fail. */
  rn_tagger_scores *scores;
  rn_status status = RN_ERROR_MEMORY;
  for (uint64_t i = 1; status != RN_OK; i++) {
    assert_true(i < 1000);
    rn_alloc_fail_after(i);
    status = rn_tagger_baseline(ctx, m, &words, &words, 0, &scores);
    rn_alloc_fail_after(0);
    assert_true(status == RN_OK || status == RN_ERROR_MEMORY);
    rn_context_clear(ctx);
  }
  rn_tagger_scores_free(scores);
  rn_model_free(m);
  rn_sequences_free(&words);
  rn_sequences_free(&dna);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_chunks), cmocka_unit_test(test_dna),
                                     cmocka_unit_test(test_series), cmocka_unit_test(test_errors)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
