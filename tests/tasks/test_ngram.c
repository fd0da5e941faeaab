/* N-gram models against their definition: every count and every probability by going through the text, in double precision. */
#include "base/alloc.h"
#include "base/file.h"
#include "models/ngram.h"
#include <math.h>
#include <rondo/lm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { MAX_LINES = 64, MAX_LENGTH = 16, ORDER = 3 };

static rn_context *ctx;
static char folder[64], text_path[96], model_path[96], arpa_path[96];

static int setup(void **state) {
  strcpy(folder, "/tmp/rondo-ngram-XXXXXX");
  if (!mkdtemp(folder)) return -1;
  snprintf(text_path, sizeof text_path, "%s/text.txt", folder);
  snprintf(model_path, sizeof model_path, "%s/model.safetensors", folder);
  snprintf(arpa_path, sizeof arpa_path, "%s/model.arpa", folder);
  return rn_context_new(&(rn_context_options){.n_threads = 2}, &ctx, NULL, 0);
}
static int teardown(void **state) {
  rn_context_free(ctx);
  return rn_folder_remove(folder, NULL) == RN_OK ? 0 : -1;
}

static rn_ngram_options options(int order) {
  rn_ngram_options o = rn_ngram_options_default(RN_LEVEL_WORD);
  o.order = order;
  o.vocab.min_count = 1;
  o.temporary = folder;
  return o;
}

static rn_model *train(const char *text, const rn_ngram_options *o) {
  rn_model *model;
  assert_int_equal(rn_file_write(text_path, text, strlen(text), NULL), RN_OK);
  assert_int_equal(rn_ngram_train(ctx, text_path, o, &model, NULL), RN_OK);
  return model;
}

/* Lines of a few words, each likelier after some than after others. */
static char *draw_text(int n_lines) {
  char *text = malloc((size_t)n_lines * 64 + 1), *at = text;
  uint32_t x = 7, last = 0;
  for (int line = 0; line < n_lines; line++) {
    int length = 1 + (int)(x >> 16) % 9;
    for (int i = 0; i < length; i++) {
      x = x * 1103515245u + 12345u;
      last = (x >> 16) % 3 ? (last * 5 + (x >> 20) % 2) % 11 : (x >> 18) % 11;
      at += sprintf(at, "%sw%u", i ? " " : "", last);
    }
    *at++ = '\n';
  }
  *at = 0;
  return text;
}

/* ---- the definition ---- */

typedef struct naive {
  int32_t line[MAX_LINES][MAX_LENGTH]; /* <s> w_1 .. w_n </s> */
  int length[MAX_LINES], n_lines, order;
  int32_t eos;
  int64_t n_words;
  double discount[ORDER][3];
} naive;

static bool stands(const naive *t, int line, int i, const int32_t *g, int n) {
  if (i + n > t->length[line] || (n == 1 && i == 0)) return false; /* <s> alone is no word */
  return memcmp(t->line[line] + i, g, (size_t)n * sizeof *g) == 0;
}

/* How often g is in the text; *before: behind how many different words. */
static int count(const naive *t, const int32_t *g, int n, int *before) {
  bool seen[64] = {false};
  int times = 0;
  *before = 0;
  for (int line = 0; line < t->n_lines; line++)
    for (int i = 0; i < t->length[line]; i++) {
      if (!stands(t, line, i, g, n)) continue;
      times++;
      if (i == 0 || seen[t->line[line][i - 1]]) continue;
      seen[t->line[line][i - 1]] = true;
      ++*before;
    }
  return times;
}

static int adjusted(const naive *t, const int32_t *g, int n) {
  int before, times = count(t, g, n, &before);
  return n == t->order || (n > 1 && g[0] == t->eos) ? times : before;
}

static bool is_first(const naive *t, int line, int i, int n) {
  const int32_t *g = t->line[line] + i;
  for (int l = 0; l <= line; l++)
    for (int k = 0; k < (l < line ? t->length[l] : i); k++)
      if (stands(t, l, k, g, n)) return false;
  return stands(t, line, i, g, n);
}

static void find_discounts(naive *t) {
  for (int n = 1; n <= t->order; n++) {
    double c[5] = {0}, *d = t->discount[n - 1];
    for (int line = 0; line < t->n_lines; line++)
      for (int i = 0; i < t->length[line]; i++)
        if (is_first(t, line, i, n)) {
          int a = adjusted(t, t->line[line] + i, n);
          if (a < 5) c[a]++;
        }
    double y = c[1] / (c[1] + 2 * c[2]);
    bool good = c[1] > 0 && c[2] > 0 && c[3] > 0;
    for (int k = 1; k <= 3 && good; k++) {
      d[k - 1] = k - (k + 1) * y * c[k + 1] / c[k];
      good = d[k - 1] >= 0 && d[k - 1] <= k;
    }
    if (!good) memcpy(d, (double[]){0.5, 1, 1.5}, 3 * sizeof *d);
  }
}

/* p(w | h), h of n words */
static double naive_p(const naive *t, const int32_t *h, int n, int32_t w) {
  int32_t g[ORDER];
  double sum = 0, mass = 0, own = 0;
  if (n > 0) memcpy(g, h, (size_t)n * sizeof *g);
  for (g[n] = 0; g[n] < t->n_words; g[n]++) {
    int a = adjusted(t, g, n + 1);
    double d = a ? t->discount[n][a < 3 ? a - 1 : 2] : 0;
    sum += a;
    mass += d;
    if (g[n] == w) own = a - d;
  }
  double shorter = n > 0 ? naive_p(t, h + 1, n - 1, w) : 1 / (double)t->n_words;
  return sum > 0 ? (own + mass * shorter) / sum : shorter;
}

static naive naive_of(const rn_model *model, const char *text, int order) {
  naive t = {.order = order};
  rn_encoding e;
  const rn_vocab *vocab = rn_model_vocab(model);
  assert_int_equal(rn_vocab_encode(ctx, vocab, text, strlen(text), &e), RN_OK);
  t.eos = rn_vocab_eos(vocab);
  t.n_words = rn_vocab_size(vocab);
  t.length[0] = 1;
  t.line[0][0] = t.eos;
  for (int64_t i = 0; i < e.n; i++) {
    t.line[t.n_lines][t.length[t.n_lines]++] = e.ids[i];
    if (e.ids[i] != t.eos) continue;
    t.n_lines++;
    t.line[t.n_lines][0] = t.eos;
    t.length[t.n_lines] = 1;
  }
  rn_encoding_free(&e);
  find_discounts(&t);
  return t;
}

/* ---- tests ---- */

static void test_as_defined(void **state) {
  char *text = draw_text(MAX_LINES - 2);
  for (int order = 1; order <= ORDER; order++) {
    rn_ngram_options o = options(order);
    rn_model *model = train(text, &o);
    naive t = naive_of(model, text, order);
    rn_ngram_config config;
    assert_int_equal(rn_ngram_config_of(ctx, model, &config), RN_OK);
    for (int i = 0; i < order; i++)
      for (int k = 0; k < 3; k++) assert_true(fabs(config.discount[i][k] - t.discount[i][k]) < 1e-12);
    const rn_ngram *g = rn_ngram_of(ctx, model);
    for (int line = 0; line < t.n_lines; line += 7) {
      rn_ngram_state s = rn_ngram_start(g);
      for (int i = 1; i < t.length[line]; i++) {
        int n = i < order - 1 ? i : order - 1;
        for (int32_t w = 0; w < t.n_words; w++) {
          rn_ngram_state copy = s;
          double want = naive_p(&t, t.line[line] + i - n, n, w), got = exp(rn_ngram_next(g, &copy, w));
          assert_true(fabs(want - got) < 1e-6);
        }
        rn_ngram_next(g, &s, t.line[line][i]);
      }
    }
    rn_model_free(model);
  }
  free(text);
}

/* Whatever was pruned, and behind words never seen together: every distribution sums to 1, and the walk over all words says what each
 * question does. */
static void check_distributions(const rn_model *model, const int32_t *ids, int n) {
  const rn_ngram *g = rn_ngram_of(ctx, model);
  float *scores = malloc((size_t)g->n_words * sizeof *scores);
  rn_ngram_state s = rn_ngram_start(g);
  for (int i = 0; i < n; i++) {
    double sum = 0;
    rn_ngram_scores(g, &s, scores);
    for (int32_t w = 0; w < g->n_words; w++) {
      rn_ngram_state copy = s;
      assert_true(fabsf(scores[w] - rn_ngram_next(g, &copy, w)) < 1e-5f);
      sum += exp(scores[w]);
    }
    if (g->config.smoothing != RN_NGRAM_STUPID_BACKOFF) assert_true(fabs(sum - 1) < 1e-5);
    rn_ngram_next(g, &s, ids[i]);
  }
  free(scores);
}

/* ---- deleted interpolation ---- */

static int occurrences(const naive *t, const int32_t *h, int n, int32_t w) {
  int32_t g[ORDER];
  int before;
  if (n > 0) memcpy(g, h, (size_t)n * sizeof *g);
  g[n] = w;
  return count(t, g, n + 1, &before);
}

/* p(w | h), h of n words, with `out` tokens h w left out. */
static double interpolated(const naive *t, const double weight[][RN_NGRAM_BINS], const int32_t *h, int n, int32_t w, int out) {
  double shorter = n > 0 ? interpolated(t, weight, h + 1, n - 1, w, out) : 1 / (double)t->n_words;
  int sum = -out, bin = 0;
  for (int32_t v = 0; v < t->n_words; v++) sum += occurrences(t, h, n, v);
  if (sum < 1) return shorter;
  while (bin < RN_NGRAM_BINS - 1 && sum >> (bin + 1)) bin++;
  return weight[n][bin] * (occurrences(t, h, n, w) - out) / sum + (1 - weight[n][bin]) * shorter;
}

/* log of what the text has, each token left out when it is asked for. */
static double left_out(const naive *t, const double weight[][RN_NGRAM_BINS]) {
  double sum = 0;
  for (int line = 0; line < t->n_lines; line++)
    for (int i = 1; i < t->length[line]; i++) {
      int n = i < t->order - 1 ? i : t->order - 1;
      sum += log(interpolated(t, weight, t->line[line] + i - n, n, t->line[line][i], 1));
    }
  return sum;
}

/* Probabilities are as defined, and no weight predicts what is left out better where it is a little larger or smaller. */
static void test_deleted_interpolation(void **state) {
  char *text = draw_text(24);
  for (int order = 1; order <= ORDER; order++) {
    rn_ngram_options o = options(order);
    o.smoothing = RN_NGRAM_JELINEK_MERCER;
    rn_model *model = train(text, &o);
    naive t = naive_of(model, text, order);
    rn_ngram_config config;
    rn_ngram_config_of(ctx, model, &config);
    const rn_ngram *g = rn_ngram_of(ctx, model);
    for (int line = 0; line < t.n_lines; line += 9) {
      rn_ngram_state s = rn_ngram_start(g);
      for (int i = 1; i < t.length[line]; i++) {
        int n = i < order - 1 ? i : order - 1;
        for (int32_t w = 0; w < t.n_words; w++) {
          rn_ngram_state copy = s;
          double want = interpolated(&t, config.weight, t.line[line] + i - n, n, w, 0);
          assert_true(fabs(want - exp(rn_ngram_next(g, &copy, w))) < 1e-6);
        }
        rn_ngram_next(g, &s, t.line[line][i]);
      }
    }
    double best = left_out(&t, config.weight);
    for (int n = 0; n < order; n++)
      for (int b = 0; b < 4; b++)
        for (int down = 0; down < 2; down++) {
          double was = config.weight[n][b], moved = was + (down ? -0.05 : 0.05);
          if (moved < 0 || moved > 0.999) continue;
          config.weight[n][b] = moved;
          assert_true(left_out(&t, config.weight) <= best + 1e-2);
          config.weight[n][b] = was;
        }
    rn_model_free(model);
  }
  free(text);
}

static const int32_t wandering[] = {2, 3, 4, 0, 5, 6, 7, 2, 2, 8, 9, 10, 11, 3, 4, 5};
enum { N_WANDERING = sizeof wandering / sizeof *wandering };

static void test_distributions(void **state) {
  char *text = draw_text(300);
  for (int kind = 0; kind < 7; kind++) {
    rn_ngram_options o = options(kind == 4 ? 8 : 4);
    if (kind == 1) o.prune[2] = o.prune[3] = 1;
    if (kind == 2) o.prune[1] = 1, o.prune[2] = o.prune[3] = 3;
    if (kind == 3) o.smoothing = RN_NGRAM_STUPID_BACKOFF;
    if (kind > 4) o.smoothing = RN_NGRAM_JELINEK_MERCER;
    if (kind == 6) o.prune[2] = 1, o.prune[3] = 2;
    rn_model *model = train(text, &o);
    check_distributions(model, wandering, N_WANDERING);
    rn_model_free(model);
  }
  free(text);
}

static void test_pruned_counts(void **state) {
  rn_ngram_options o = options(2);
  o.prune[1] = 1;
  rn_model *model = train("a b\na b\na c\n", &o);
  rn_ngram_config config;
  rn_ngram_config_of(ctx, model, &config);
  assert_int_equal(config.count[0], 5); /* a b c <eos> <unk> */
  assert_int_equal(config.count[1], 3); /* <s> a, a b, b </s> */
  rn_model_free(model);
}

/* S(b | a) = 2/3; S(c | b) = 0.4 c(c)/N, N = 9 with the line ends. */
static void test_stupid_backoff(void **state) {
  rn_ngram_options o = options(3);
  o.smoothing = RN_NGRAM_STUPID_BACKOFF;
  rn_model *model = train("a b\na b\na c\n", &o);
  const rn_ngram *g = rn_ngram_of(ctx, model);
  int32_t a = rn_vocab_find(rn_model_vocab(model), "a", 1), b = rn_vocab_find(rn_model_vocab(model), "b", 1),
          c = rn_vocab_find(rn_model_vocab(model), "c", 1);
  rn_ngram_state s = rn_ngram_start(g);
  assert_true(fabs(exp(rn_ngram_next(g, &s, a)) - 1) < 1e-6);
  rn_ngram_state here = s;
  assert_true(fabs(exp(rn_ngram_next(g, &here, b)) - 2. / 3) < 1e-6);
  assert_true(fabs(exp(rn_ngram_next(g, &here, c)) - 0.4 * 0.4 / 9) < 1e-6);
  /* behind c two words were read, and none is a context: twice 0.4 for what comes of its own */
  assert_true(fabs(exp(rn_ngram_next(g, &here, a)) - 0.4 * 0.4 * 3 / 9) < 1e-6);
  rn_model_free(model);
}

static void check_threads_and_disk(rn_ngram_smoothing smoothing) {
  char *text = draw_text(20000);
  uint64_t hash[3];
  assert_int_equal(rn_file_write(text_path, text, strlen(text), NULL), RN_OK);
  for (int i = 0; i < 3; i++) {
    rn_context *own;
    rn_model *model;
    rn_ngram_text about;
    rn_bytes file;
    rn_ngram_options o = options(5);
    o.memory = i == 2 ? 0 : o.memory;
    o.smoothing = smoothing;
    assert_int_equal(rn_context_new(&(rn_context_options){.n_threads = i == 0 ? 1 : 3}, &own, NULL, 0), RN_OK);
    assert_int_equal(rn_ngram_train(own, text_path, &o, &model, &about), RN_OK);
    assert_int_equal(about.n_runs > 1, i == 2);
    assert_int_equal(rn_model_save(own, model, model_path), RN_OK);
    assert_int_equal(rn_bytes_open(model_path, 0, &file, NULL), RN_OK);
    hash[i] = rn_hash(file.data, file.size);
    rn_bytes_close(&file);
    rn_model_free(model);
    rn_context_free(own);
  }
  assert_int_equal(hash[0], hash[1]);
  assert_int_equal(hash[0], hash[2]);
  free(text);
}

static void test_threads_and_disk_change_nothing(void **state) {
  check_threads_and_disk(RN_NGRAM_KNESER_NEY);
  check_threads_and_disk(RN_NGRAM_JELINEK_MERCER);
}

static double nats_of(const rn_model *model, const char *text) {
  rn_lm_metrics m;
  assert_int_equal(rn_lm_eval(ctx, model, text, strlen(text), NULL, &m), RN_OK);
  return m.nats;
}

/* Opened again, by way of an ARPA file, and each line by itself. */
static void test_there_and_back(void **state) {
  static const char *const others = "w1 w2 w3\n\nw3 never w5 w5 w6 w7 w8\nw0\n";
  char *text = draw_text(200);
  for (int stream = 0; stream < 2; stream++) {
    rn_ngram_options o = options(4);
    o.lines = !stream;
    rn_model *model = train(text, &o), *again;
    double want = nats_of(model, others);
    assert_int_equal(rn_model_save(ctx, model, model_path), RN_OK);
    assert_int_equal(rn_model_open(ctx, model_path, &again), RN_OK);
    assert_true(nats_of(again, others) == want);
    rn_model_free(again);
    assert_int_equal(rn_ngram_write_arpa(ctx, model, arpa_path), RN_OK);
    assert_int_equal(rn_ngram_read_arpa(ctx, arpa_path, &again), RN_OK);
    assert_true(fabs(nats_of(again, others) - want) < 1e-4);
    rn_model_free(again);
    if (!stream) {
      double sum = 0;
      rn_lm_metrics m;
      const char *lines[] = {"w1 w2 w3", "", "w3 never w5 w5 w6 w7 w8", "w0"};
      for (int i = 0; i < 4; i++) {
        char line[64];
        snprintf(line, sizeof line, "%s\n", lines[i]);
        assert_int_equal(rn_lm_score(ctx, model, line, strlen(line), &m, NULL, 0, NULL), RN_OK);
        sum += m.nats;
      }
      assert_true(fabs(sum - want) < 1e-4);
    }
    rn_model_free(model);
  }
  free(text);
}

/* A text of several parts is worth what one walk says. */
static void test_parts(void **state) {
  char *text = draw_text(8000);
  for (int stream = 0; stream < 2; stream++) {
    rn_ngram_options o = options(5);
    o.lines = !stream;
    rn_model *model = train(text, &o);
    const rn_ngram *g = rn_ngram_of(ctx, model);
    rn_encoding e;
    assert_int_equal(rn_vocab_encode(ctx, rn_model_vocab(model), text, strlen(text), &e), RN_OK);
    assert_true(e.n > 30000);
    rn_ngram_state s = rn_ngram_start(g);
    double want = 0;
    for (int64_t i = 0; i < e.n; i++) {
      want -= rn_ngram_next(g, &s, e.ids[i]);
      if (!stream && e.ids[i] == g->start) s = rn_ngram_start(g);
    }
    assert_true(fabs(nats_of(model, text) - want) < 1e-6 * want);
    rn_encoding_free(&e);
    rn_model_free(model);
  }
  free(text);
}

static void test_odd_texts(void **state) {
  static const char *const texts[] = {
      "a", "a\n", "\n", "\n\n\n", "a a a a a a a a", "a b c d e f g h i j k l m n o p", "caf\xc3\xa9 \xff \xf0\x9f\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    for (int order = 1; order <= 8; order += 3)
      for (int level = 0; level < 2; level++) {
        rn_ngram_options o = rn_ngram_options_default(level ? RN_LEVEL_WORD : RN_LEVEL_CHAR);
        o.order = order;
        if (order == 4) o.smoothing = RN_NGRAM_JELINEK_MERCER;
        o.temporary = folder;
        rn_model *model = train(texts[i], &o);
        int32_t ids[6];
        for (int k = 0; k < 6; k++) ids[k] = (int32_t)(k % rn_vocab_size(rn_model_vocab(model)));
        check_distributions(model, ids, 6);
        rn_model_free(model);
      }
  rn_ngram_options o = options(5);
  rn_model *model;
  assert_int_equal(rn_file_write(text_path, "a \0b\0\n\0", 7, NULL), RN_OK); /* NUL is white space */
  assert_int_equal(rn_ngram_train(ctx, text_path, &o, &model, NULL), RN_OK);
  assert_int_equal(rn_vocab_size(rn_model_vocab(model)), 4);
  rn_model_free(model);
}

static void expect(const rn_ngram_options *o, rn_status status, const char *words) {
  rn_model *model;
  assert_int_equal(rn_ngram_train(ctx, text_path, o, &model, NULL), status);
  assert_null(model);
  if (!strstr(rn_context_error(ctx), words)) fail_msg("%s", rn_context_error(ctx));
  rn_context_clear(ctx);
}

static void test_refused(void **state) {
  assert_int_equal(rn_file_write(text_path, "a b\n", 4, NULL), RN_OK);
  rn_ngram_options o = options(9);
  expect(&o, RN_ERROR_ARGUMENT, "1 to 8, not 9");
  o = options(3);
  o.prune[0] = 1;
  expect(&o, RN_ERROR_ARGUMENT, "unigrams are not pruned");
  o = options(3);
  o.prune[1] = 2, o.prune[2] = 1;
  expect(&o, RN_ERROR_ARGUMENT, "without their beginning");
  o = options(3);
  o.smoothing = RN_NGRAM_STUPID_BACKOFF, o.alpha = 0;
  expect(&o, RN_ERROR_ARGUMENT, "above 0");
  o = rn_ngram_options_default(RN_LEVEL_CHAR);
  o.lines = true;
  assert_int_equal(rn_file_write(text_path, "abc", 3, NULL), RN_OK);
  expect(&o, RN_ERROR_ARGUMENT, "no line end");
}

static void check_each_allocation(const rn_ngram_options *o) {
  rn_status status = RN_ERROR_MEMORY;
  for (uint64_t i = 1; status != RN_OK; i++) {
    rn_model *model;
    rn_alloc_fail_after(i);
    status = rn_ngram_train(ctx, text_path, o, &model, NULL);
    if (status == RN_OK) status = rn_model_save(ctx, model, model_path);
    rn_alloc_fail_after(0);
    assert_true(status == RN_OK || status == RN_ERROR_MEMORY);
    rn_context_clear(ctx);
    rn_model_free(model);
  }
}

/* Whatever a file's tables say, an answer is a number; and what goes through all of them says that they make no trie. */
static void test_damaged_tables(void **state) {
  static const uint32_t wild[] = {0x80000000u, UINT32_MAX, INT32_MAX, 0x7fc00000u, 0xff800000u, 1000};
  char *text = draw_text(200);
  rn_ngram_options o = options(4);
  rn_model *model = train(text, &o);
  const rn_ngram *g = rn_ngram_of(ctx, model);
  float *scores = malloc((size_t)g->n_words * sizeof *scores);
  for (uint32_t k = 0; k < 6000; k++) {
    const rn_ngram_level *level = &g->level[k % 4];
    const void *const tables[] = {level->words, level->values, level->links, level->log_p};
    uint32_t *table = (uint32_t *)tables[k / 4 % 4], was;
    if (!table) continue;
    uint32_t *at = table + k * 7919u % (uint32_t)level->n;
    was = *at;
    *at = wild[k % 6];
    rn_ngram_state s = rn_ngram_start(g);
    for (int i = 0; i < N_WANDERING; i++) {
      rn_ngram_scores(g, &s, scores);
      for (int64_t w = 0; w < g->n_words; w++) assert_true(isfinite(scores[w]));
      assert_true(isfinite(rn_ngram_next(g, &s, wandering[i])));
    }
    *at = was;
  }
  assert_true(rn_ngram_sound(g));
  ((rn_ngram_links *)g->level[1].links)[3].suffix = -1;
  assert_false(rn_ngram_sound(g));
  assert_int_equal(rn_ngram_write_arpa(ctx, model, arpa_path), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "make no trie"));
  rn_context_clear(ctx);
  free(scores);
  rn_model_free(model);
  free(text);
}

static void test_each_allocation_failed_once(void **state) {
  char *text = draw_text(30);
  rn_ngram_options o = options(4);
  o.prune[3] = 1;
  o.memory = 0;
  assert_int_equal(rn_file_write(text_path, text, strlen(text), NULL), RN_OK);
  for (int jelinek = 0; jelinek < 2; jelinek++) {
    if (jelinek) o.smoothing = RN_NGRAM_JELINEK_MERCER;
    check_each_allocation(&o);
  }
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_as_defined),
      cmocka_unit_test(test_deleted_interpolation),
      cmocka_unit_test(test_distributions),
      cmocka_unit_test(test_pruned_counts),
      cmocka_unit_test(test_stupid_backoff),
      cmocka_unit_test(test_threads_and_disk_change_nothing),
      cmocka_unit_test(test_there_and_back),
      cmocka_unit_test(test_parts),
      cmocka_unit_test(test_odd_texts),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_damaged_tables),
      cmocka_unit_test(test_each_allocation_failed_once),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
