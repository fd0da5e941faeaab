/* test_word_ids.c: texts as ids, phrases, and neighbours counted against a plain count; in memory and by way of files. */
#include "base/alloc.h"
#include "base/file.h"
#include "data/cooccurrence.h"
#include "data/word_ids.h"
#include "base/random.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char path[64];

static rn_context *context(int n_threads) {
  rn_context *ctx;
  rn_context_options o = rn_context_options_default();
  o.n_threads = n_threads;
  assert_int_equal(rn_context_new(&o, &ctx, NULL, 0), RN_OK);
  return ctx;
}

static void write_text(const char *text, size_t size) { assert_int_equal(rn_file_write(path, text, size, NULL), RN_OK); }

static rn_word_ids_options plain(int64_t min_count) {
  return (rn_word_ids_options){.min_count = min_count, .phrase_threshold = 1, .memory = 1 << 20, .folder = "/tmp"};
}

/* The words of a text, line ends as "/". */
static void spell(rn_context *ctx, const rn_word_ids *ids, char *out) {
  int32_t room[1000];
  const int32_t *id = rn_word_ids_read(ctx, ids, 0, ids->n, room);
  *out = 0;
  for (int64_t i = 0; i < ids->n; i++) sprintf(out + strlen(out), "%s ", id[i] < 0 ? "/" : rn_vocab_symbol(ids->vocab, id[i], NULL));
}

static void reads(void **state) {
  rn_context *ctx = context(1);
  static const char text[] = "\xef\xbb\xbf" "b a a\tb\r\nrare\n\n\xff a\0b \xff";
  rn_word_ids_options o = plain(2);
  rn_word_ids ids;
  char words[400];
  write_text(text, sizeof text - 1);
  assert_int_equal(rn_word_ids_open(ctx, path, &o, &ids), RN_OK);
  spell(ctx, &ids, words);
  assert_string_equal(words, "b a a b / / / \xef\xbf\xbd a b \xef\xbf\xbd / ");
  assert_true(ids.n_types == 4 && ids.n_tokens == 9 && ids.n_words == 8 && rn_vocab_size(ids.vocab) == 3);
  assert_string_equal(rn_vocab_symbol(ids.vocab, 0, NULL), "b"); /* of equal counts the first seen */
  assert_int_equal(rn_vocab_count(ids.vocab, 1), 3);
  rn_word_ids_free(&ids);
  o.max_vocab = 2;
  assert_int_equal(rn_word_ids_open(ctx, path, &o, &ids), RN_OK);
  spell(ctx, &ids, words);
  assert_string_equal(words, "b a a b / / / a b / ");
  rn_word_ids_free(&ids);
  rn_context_free(ctx);
}

static void joins_phrases(void **state) {
  rn_context *ctx = context(1);
  char text[20000] = "";
  for (int i = 0; i < 40; i++) strcat(text, i % 2 ? "we saw new york city and left\n" : "they left and we saw it\n");
  for (int i = 0; i < 40; i++) strcat(text, i % 2 ? "it and we\n" : "city it left york\n");
  write_text(text, strlen(text));
  rn_word_ids_options o = plain(1);
  rn_word_ids ids;
  o.phrases = 1, o.phrase_threshold = 4;
  assert_int_equal(rn_word_ids_open(ctx, path, &o, &ids), RN_OK);
  /* N = 400, n(new york) = n(new) = 20, n(york) = 40: 400 (20 - 5) / (20 40) = 7.5 */
  assert_true(rn_vocab_find(ids.vocab, "new_york", 8) >= 0);
  assert_int_equal(rn_vocab_find(ids.vocab, "new", 3), -1); /* each of its places is in the phrase */
  assert_int_equal(rn_vocab_count(ids.vocab, rn_vocab_find(ids.vocab, "york", 4)), 20);
  int64_t total = 0;
  for (int32_t v = 0; v < rn_vocab_size(ids.vocab); v++) total += rn_vocab_count(ids.vocab, v);
  assert_true(total == ids.n_words && ids.n_words == ids.n_tokens - ids.n_phrases);
  rn_word_ids_free(&ids);
  o.phrases = 2;
  assert_int_equal(rn_word_ids_open(ctx, path, &o, &ids), RN_OK);
  /* from left to right: "we_saw new_york" comes before "new_york city" */
  assert_int_equal(rn_vocab_count(ids.vocab, rn_vocab_find(ids.vocab, "we_saw_new_york", 15)), 20);
  assert_int_equal(rn_vocab_find(ids.vocab, "new_york", 8), -1);
  rn_word_ids_free(&ids);
  o.phrase_threshold = 1e6;
  assert_int_equal(rn_word_ids_open(ctx, path, &o, &ids), RN_OK);
  assert_int_equal(ids.n_phrases, 0);
  rn_word_ids_free(&ids);
  rn_context_free(ctx);
}

static void refuses(void **state) {
  const struct {
    const char *text, *words;
    int64_t min_count;
  } cases[] = {{"", "no words", 1},
               {" \n\n \t", "no words", 1},
               {"a a a a\na", "one word alone, \"a\"", 1},
               {"a b c d e", "of 5 distinct words none comes 2 times (the most frequent: 1)", 2},
               {"a a a b c", "only one word comes 2 times", 2}};
  for (int k = 0; k < 5; k++) {
    rn_context *ctx = context(1);
    rn_word_ids_options o = plain(cases[k].min_count);
    rn_word_ids ids;
    write_text(cases[k].text, strlen(cases[k].text));
    assert_int_equal(rn_word_ids_open(ctx, path, &o, &ids), RN_ERROR_DATA);
    if (!strstr(rn_context_error(ctx), cases[k].words)) fail_msg("%s", rn_context_error(ctx));
    rn_context_free(ctx);
  }
  rn_context *ctx = context(1);
  rn_word_ids_options o = plain(1);
  rn_word_ids ids;
  assert_int_equal(rn_word_ids_open(ctx, "/tmp/there/is/no/such", &o, &ids), RN_ERROR_IO);
  rn_context_free(ctx);
}

/* ---- neighbours ---- */

enum { N_WORDS = 30, LENGTH = 4000 };
typedef struct counts {
  double x[N_WORDS][N_WORDS];
  const rn_vocab *vocab;
} counts;

static int word_number(const rn_vocab *vocab, int32_t id) { return atoi(rn_vocab_symbol(vocab, id, NULL) + 1); }

static rn_status take(void *user, int32_t i, int32_t j, double x) {
  counts *c = user;
  assert_true(i <= j);
  double *at = &c->x[word_number(c->vocab, i)][word_number(c->vocab, j)];
  assert_true(*at == 0); /* each pair once */
  *at = x;
  return RN_OK;
}

static void counts_neighbours(void **state) {
  static int words[LENGTH];
  static char text[LENGTH * 5];
  static counts want, first;
  rn_random r = rn_random_init(3, 3);
  int window = 7;
  char *at = text;
  memset(&want, 0, sizeof want);
  for (int i = 0; i < LENGTH; i++) {
    words[i] = i % 97 == 96 ? -1 : (int)(rn_random_below(&r, N_WORDS) * rn_random_below(&r, N_WORDS) / N_WORDS);
    at += words[i] < 0 ? sprintf(at, "\n") : sprintf(at, "w%d ", words[i]);
    for (int d = 1; d <= window && i - d >= 0 && words[i] >= 0 && words[i - d] >= 0; d++) {
      want.x[words[i]][words[i - d]] += 1.0 / d;
      want.x[words[i - d]][words[i]] += 1.0 / d;
    }
  }
  write_text(text, (size_t)(at - text));
  for (int how = 0; how < 6; how++) { /* threads 1 to 3, ids and runs in memory and in files */
    rn_context *ctx = context(1 + how % 3);
    rn_word_ids_options o = plain(1);
    rn_word_ids ids;
    o.memory = how < 3 ? 1 << 20 : 0;
    assert_int_equal(rn_word_ids_open(ctx, path, &o, &ids), RN_OK);
    counts got = {.vocab = ids.vocab};
    assert_int_equal(rn_cooccurrence_count(ctx, &ids, window, how < 3 ? 1 << 26 : 0, "/tmp", take, &got), RN_OK);
    for (int a = 0; a < N_WORDS; a++)
      for (int b = 0; b < N_WORDS; b++) {
        double sum = a == b ? got.x[a][b] : got.x[a][b] + got.x[b][a];
        if (fabs(sum - want.x[a][b]) > 1e-9) fail_msg("w%d w%d: %g, not %g", a, b, sum, want.x[a][b]);
      }
    if (how == 0) first = got;
    else assert_memory_equal(first.x, got.x, sizeof got.x);
    rn_word_ids_free(&ids);
    rn_context_free(ctx);
  }
}

/* A text of more words than have a table, so that pairs are sorted and merged: many runs, from a file, give what one gives. */
typedef struct digest {
  double sum;
  int64_t n, last_i, last_j;
} digest;
static rn_status add(void *user, int32_t i, int32_t j, double x) {
  digest *d = user;
  d->sum += x * (1 + (i * 31 + j) % 101);
  d->n++;
  return RN_OK;
}

static void merges_runs(void **state) {
  enum { WORDS = 6000, TOKENS = 150000 };
  char *text = malloc(TOKENS * 7), *at = text;
  rn_random r = rn_random_init(5, 5);
  for (int i = 0; i < TOKENS; i++) at += sprintf(at, "%d ", (int)rn_random_below(&r, WORDS));
  write_text(text, (size_t)(at - text));
  free(text);
  digest got[2] = {{0}, {0}};
  for (int how = 0; how < 2; how++) {
    rn_context *ctx = context(2);
    rn_word_ids_options o = plain(1);
    rn_word_ids ids;
    o.memory = how ? 0 : 1 << 26;
    assert_int_equal(rn_word_ids_open(ctx, path, &o, &ids), RN_OK);
    assert_int_equal(rn_word_ids_in_memory(&ids), !how);
    assert_int_equal(rn_cooccurrence_count(ctx, &ids, 4, how ? 0 : (int64_t)1 << 30, "/tmp", add, &got[how]), RN_OK);
    rn_word_ids_free(&ids);
    rn_context_free(ctx);
  }
  assert_true(got[0].n == got[1].n && got[0].n > 400000);
  assert_true(got[0].sum == got[1].sum);
}

static rn_status count_nothing(void *user, int32_t i, int32_t j, double x) { return RN_OK; }

static void memory_may_fail(void **state) {
  char text[4000] = "";
  for (int i = 0; i < 60; i++) strcat(text, "a b c \xff\nb a d ");
  write_text(text, strlen(text));
  rn_word_ids_options o = plain(1);
  o.phrases = 1;
  for (uint64_t n = 1;; n++) {
    rn_context *ctx = context(1);
    rn_word_ids ids;
    rn_alloc_fail_after(n);
    rn_status status = rn_word_ids_open(ctx, path, &o, &ids);
    if (status == RN_OK) status = rn_cooccurrence_count(ctx, &ids, 3, 1 << 20, "/tmp", count_nothing, NULL);
    rn_alloc_fail_after(0);
    rn_word_ids_free(&ids);
    if (status != RN_OK) assert_int_equal(status, RN_ERROR_MEMORY);
    rn_context_free(ctx);
    if (status == RN_OK) break;
    assert_true(n < 1000);
  }
}

static void disks_may_be_full(void **state) {
  char *text = malloc(400000), *at = text;
  for (int i = 0; i < 80000; i++) at += sprintf(at, "w%d ", i % 50);
  write_text(text, (size_t)(at - text));
  free(text);
  rn_context *ctx = context(1);
  rn_word_ids_options o = plain(1);
  rn_word_ids ids;
  o.memory = 0;
  rn_file_fail_after(1000, 28); /* ENOSPC */
  rn_status status = rn_word_ids_open(ctx, path, &o, &ids);
  rn_file_fail_after(0, 0);
  assert_int_equal(status, RN_ERROR_IO);
  assert_non_null(strstr(rn_context_error(ctx), "disk full"));
  rn_context_free(ctx);
}

int main(void) {
  snprintf(path, sizeof path, "/tmp/rn_test_word_ids_%d", (int)getpid());
  const struct CMUnitTest tests[] = {cmocka_unit_test(reads),       cmocka_unit_test(joins_phrases),   cmocka_unit_test(refuses),
                                     cmocka_unit_test(counts_neighbours), cmocka_unit_test(merges_runs), cmocka_unit_test(memory_may_fail),
                                     cmocka_unit_test(disks_may_be_full)};
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  unlink(path);
  return failed;
}
