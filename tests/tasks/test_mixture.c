/* test_mixture.c: mixtures of language models, caches, and the weights that are found for them. */
#include "base/alloc.h"
#include "tasks/lm_cache.h"
#include "tasks/lm_mixture.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static rn_context *ctx;

static int setup(void **state) { return rn_context_new(&(rn_context_options){.n_threads = 2}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return 0;
}

static const char text[] = "the cat saw the dog\nthe dog saw a cat\na cat saw the cat\n";
/* The same words, first seen in another order: other numbers. */
static const char turned[] = "a a a cat saw dog dog dog dog the\n";

static rn_model *make(const char *words, rn_cell cell, uint64_t seed) {
  rn_vocab *vocab = NULL;
  rn_model *m = NULL;
  rn_vocab_options options = {.level = RN_LEVEL_WORD, .min_count = 1, .unk = true};
  rn_lm_config config = rn_lm_config_default(RN_LEVEL_WORD);
  config.stack.cell = cell;
  config.stack.n_layers = 1;
  config.stack.n_hidden = 6;
  assert_int_equal(rn_vocab_build(ctx, words, strlen(words), &options, &vocab), RN_OK);
  assert_int_equal(rn_lm_new(ctx, &config, vocab, seed, &m), RN_OK);
  return m;
}

static int64_t size_of(const rn_model *m) { return rn_vocab_size(rn_model_vocab(m)); }

/* ---- caches ---- */

/* p of each word by the equation, over a text read so far. */
static double by_equation(const int32_t *read, int n, int size, double decay, int32_t id) {
  double mass = 0, total = 0;
  for (int i = n > size ? n - size : 0; i < n; i++) {
    double e = exp(-decay * (n - 1 - i));
    total += e;
    if (read[i] == id) mass += e;
  }
  return mass / total;
}

static void test_word_cache(void **state) {
  for (int d = 0; d < 3; d++) {
    const double decay[] = {0, 0.05, 3};
    rn_word_cache c;
    int32_t read[600];
    assert_int_equal(rn_word_cache_init(ctx, 7, 50, decay[d], &c), RN_OK);
    assert_true(fabs(rn_word_cache_p(&c, 3) - 1.0 / 7) < 1e-15); /* nothing read: all alike */
    for (int i = 0; i < 600; i++) {
      read[i] = (i * i + i / 7) % 7;
      rn_word_cache_read(&c, read[i]);
      double sum = 0, spread[7] = {0};
      rn_word_cache_spread(&c, 0.5, spread);
      for (int32_t w = 0; w < 7; w++) {
        double p = rn_word_cache_p(&c, w);
        sum += p;
        assert_true(fabs(p - by_equation(read, i + 1, 50, decay[d], w)) < 1e-9);
        assert_true(fabs(spread[w] - 0.5 * p) < 1e-15);
      }
      assert_true(fabs(sum - 1) < 1e-9);
    }
    rn_word_cache_reset(&c);
    rn_word_cache_read(&c, 2);
    assert_true(rn_word_cache_p(&c, 2) == 1);
    rn_word_cache_free(&c);
  }
}

static void test_state_cache(void **state) {
  rn_state_cache c;
  float h[40][3];
  int32_t next[40];
  const double theta = 0.7;
  assert_int_equal(rn_state_cache_init(ctx, 5, 3, 8, theta, &c), RN_OK);
  rn_state_cache_read(&c, 1); /* what nothing predicted is not remembered */
  for (int t = 0; t < 40; t++) {
    for (int k = 0; k < 3; k++) h[t][k] = sinf((float)(3 * t + k));
    next[t] = (t * t + t / 3) % 5;
    assert_int_equal(rn_state_cache_see(&c, h[t]), RN_OK);
    double mass[5] = {0}, total = 0, spread[5] = {0};
    for (int i = t > 8 ? t - 8 : 0; i < t; i++) {
      double e = exp(theta * (h[t][0] * h[i][0] + h[t][1] * h[i][1] + h[t][2] * h[i][2]));
      mass[next[i]] += e;
      total += e;
    }
    rn_state_cache_spread(&c, 0.25, spread);
    for (int32_t w = 0; w < 5; w++) {
      assert_true(fabs(rn_state_cache_p(&c, w) - (t ? mass[w] / total : 0.2)) < 1e-5);
      assert_true(fabs(spread[w] - 0.25 * rn_state_cache_p(&c, w)) < 1e-6);
    }
    rn_state_cache_read(&c, next[t]);
  }
  rn_state_cache_free(&c);
}

/* ---- mixtures ---- */

static rn_model *mix(rn_model *a, rn_model *b, const rn_mixture_options *options) {
  const rn_model *models[] = {a, b};
  rn_model *out = NULL;
  assert_int_equal(rn_mixture_new(ctx, models, b ? 2 : 1, options, &out), RN_OK);
  return out;
}

/* The probabilities of a text's ids by a session, one id after the other. */
static double by_session(const rn_model *m, const rn_encoding *ids) {
  rn_lm_session *s;
  const float *scores;
  int32_t id = rn_vocab_eos(rn_model_vocab(m));
  double nats = 0;
  assert_int_equal(rn_lm_session_new(ctx, m, &s), RN_OK);
  for (int round = 0; round < 2; round++) { /* a state that was reset is as new */
    rn_lm_session_reset(s);
    nats = 0;
    id = rn_vocab_eos(rn_model_vocab(m));
    for (int64_t i = 0; i < ids->n; i++) {
      double sum = 0;
      assert_int_equal(rn_lm_session_feed(s, &id, 1, &scores), RN_OK);
      for (int64_t w = 0; w < size_of(m); w++) sum += exp(scores[w]);
      id = ids->ids[i];
      nats -= scores[id] - log(sum);
    }
  }
  rn_lm_session_free(s);
  return nats;
}

/* A text by two models is what their own scores give, symbol by symbol; their numbers may differ. */
static void test_mixes(void **state) {
  rn_model *a = make(text, RN_CELL_LSTM, 1), *b = make(turned, RN_CELL_GRU, 2), *m;
  rn_mixture_options options = rn_mixture_options_default();
  rn_lm_metrics one, all, parts[2];
  float of_a[64], of_b[64];
  int64_t n;
  m = mix(a, b, &options);
  assert_false(rn_vocab_equal(a->vocab, b->vocab));
  assert_int_equal(rn_mixture_size(m), 2);
  assert_true(rn_lm_is(m) && rn_lm_is(a));
  assert_int_equal(rn_mixture_set_weights(ctx, m, (double[]){3, 1}, 2), RN_OK);
  assert_true(rn_mixture_weights(m)[0] == 0.75 && rn_mixture_weights(m)[1] == 0.25);
  assert_int_equal(rn_lm_score(ctx, a, text, strlen(text), &one, of_a, 64, &n), RN_OK);
  assert_int_equal(rn_lm_score(ctx, b, text, strlen(text), &one, of_b, 64, NULL), RN_OK);
  double nats = 0, nats_b = 0;
  for (int64_t i = 0; i < n; i++) {
    nats -= log(0.75 * exp(-of_a[i]) + 0.25 * exp(-of_b[i]));
    nats_b += of_b[i];
  }
  assert_int_equal(rn_mixture_eval(ctx, m, text, strlen(text), NULL, parts, &all), RN_OK);
  assert_int_equal(all.n_tokens, n);
  assert_true(fabs(all.nats - nats) < 1e-4 && fabs(parts[1].nats - nats_b) < 1e-4);
  assert_int_equal(rn_lm_eval(ctx, m, text, strlen(text), NULL, &one), RN_OK);
  assert_true(one.nats == all.nats);
  rn_model_free(m);
  rn_model_free(b);
  rn_model_free(a);
}

/* Reading a text and running along it say the same, with both caches, and whatever the order of the symbols. */
static void test_session_agrees(void **state) {
  rn_model *a = make(text, RN_CELL_LSTM, 1), *b = make(turned, RN_CELL_GRU, 2);
  for (int kind = 0; kind < 4; kind++) {
    rn_mixture_options options = {.words = kind & 1 ? 5 : 0, .decay = 0.1, .states = kind & 2 ? 7 : 0, .theta = 0.5};
    rn_model *m = mix(a, b, &options);
    rn_encoding ids;
    rn_lm_metrics whole;
    double weights[] = {0.4, 0.3, 0.2, 0.1};
    assert_int_equal(rn_mixture_set_weights(ctx, m, weights, rn_mixture_size(m)), RN_OK);
    assert_int_equal(rn_vocab_encode(ctx, rn_model_vocab(m), text, strlen(text), &ids), RN_OK);
    assert_int_equal(rn_lm_eval(ctx, m, text, strlen(text), NULL, &whole), RN_OK);
    double nats = by_session(m, &ids);
    assert_true(fabs(nats - whole.nats) < 1e-3);
    rn_encoding_free(&ids);
    rn_model_free(m);
  }
  rn_model_free(b);
  rn_model_free(a);
}

/* The fitted weights are where no step to another component gains: sum_t p_k(t) / p(t) is N for those in use, and no more for others. */
static void test_fit(void **state) {
  rn_model *a = make(text, RN_CELL_LSTM, 1), *b = make(text, RN_CELL_GRU, 7);
  rn_mixture_options options = {.words = 6};
  rn_model *m = mix(a, b, &options);
  rn_lm_metrics before, after, again;
  int64_t rounds;
  assert_int_equal(rn_lm_eval(ctx, m, text, strlen(text), NULL, &before), RN_OK);
  assert_int_equal(rn_mixture_fit(ctx, m, text, strlen(text), NULL, &rounds, &after), RN_OK);
  assert_int_equal(rn_lm_eval(ctx, m, text, strlen(text), NULL, &again), RN_OK);
  assert_true(rounds > 1 && after.nats < before.nats && after.nats == again.nats);
  double best[3], sum = 0;
  memcpy(best, rn_mixture_weights(m), sizeof best);
  for (int k = 0; k < 3; k++) sum += best[k];
  assert_true(fabs(sum - 1) < 1e-12);
  for (int k = 0; k < 3; k++) {
    double near[3];
    for (int j = 0; j < 3; j++) near[j] = 0.99 * best[j] + 0.01 * (j == k);
    assert_int_equal(rn_mixture_set_weights(ctx, m, near, 3), RN_OK);
    assert_int_equal(rn_lm_eval(ctx, m, text, strlen(text), NULL, &again), RN_OK);
    assert_true(again.nats > after.nats - 1e-5);
  }
  rn_model_free(m);
  rn_model_free(b);
  rn_model_free(a);
}

static void refuses(const rn_model *const *models, int n, rn_mixture_options options, const char *words) {
  rn_model *m = (rn_model *)1;
  assert_int_equal(rn_mixture_new(ctx, models, n, &options, &m), RN_ERROR_ARGUMENT);
  assert_null(m);
  if (!strstr(rn_context_error(ctx), words)) fail_msg("%s", rn_context_error(ctx));
  rn_context_clear(ctx);
}

static void test_errors(void **state) {
  rn_model *a = make(text, RN_CELL_LSTM, 1), *more = make("the cat saw the dog a bird\n", RN_CELL_LSTM, 1), *m;
  rn_mixture_options none = rn_mixture_options_default(), states = {.states = 5, .theta = 1};
  rn_lm_metrics metrics, parts[4];
  refuses((const rn_model *[]){a, more}, 2, none, "model 2 knows \"bird\", which the first does not");
  refuses((const rn_model *[]){more, a}, 2, none, "model 2 does not know \"bird\", which the first does");
  refuses((const rn_model *[]){a}, 1, none, "1 models and 0 caches");
  refuses((const rn_model *[]){a}, 1, (rn_mixture_options){.words = -1}, "1 models and 0 caches");
  refuses((const rn_model *[]){a}, 1, (rn_mixture_options){.words = 5, .decay = NAN}, "a decay of 0 to 100");
  m = mix(a, NULL, &states);
  refuses((const rn_model *[]){m, a}, 2, states, "a model of kind \"mixture\" does not have");
  assert_int_equal(rn_mixture_set_weights(ctx, m, (double[]){0, 0}, 2), RN_ERROR_ARGUMENT);
  assert_int_equal(rn_mixture_set_weights(ctx, m, (double[]){1, -1}, 2), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  assert_true(rn_mixture_size(a) == 0 && rn_mixture_weights(a) == NULL && rn_mixture_size(m) == 2);
  assert_int_equal(rn_mixture_eval(ctx, a, text, strlen(text), NULL, parts, &metrics), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "a mixture is needed; this is a model of kind \"lm\""));
  rn_context_clear(ctx);
  assert_int_equal(rn_model_save(ctx, m, "/tmp/never.safetensors"), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "\"mixture\" lives in memory alone"));
  rn_context_clear(ctx);
  rn_model_free(m);
  rn_model_free(more);
  rn_model_free(a);
}

static bool append(void *user, const char *piece, size_t size) {
  strncat(user, piece, size);
  return true;
}

static void test_memory_faults(void **state) {
  rn_model *a = make(text, RN_CELL_LSTM, 1), *b = make(turned, RN_CELL_GRU, 2);
  const rn_model *models[] = {a, b};
  rn_mixture_options options = {.words = 5, .states = 5, .theta = 0.5};
  rn_sampling how = rn_sampling_default();
  for (uint64_t n = 1;; n++) {
    char out[256] = "";
    rn_lm_metrics metrics;
    rn_model *m = NULL;
    rn_context_clear(ctx);
    rn_alloc_fail_after(n);
    rn_status status = rn_mixture_new(ctx, models, 2, &options, &m);
    if (status == RN_OK) status = rn_mixture_fit(ctx, m, text, strlen(text), NULL, NULL, &metrics);
    if (status == RN_OK) status = rn_lm_eval(ctx, m, text, strlen(text), NULL, &metrics);
    if (status == RN_OK) status = rn_lm_generate(ctx, m, "the", 3, 5, false, &how, append, out);
    rn_alloc_fail_after(0);
    rn_model_free(m);
    if (status == RN_OK) break;
    if (status != RN_ERROR_MEMORY) fail_msg("allocation %d: %s: %s", (int)n, rn_status_name(status), rn_context_error(ctx));
  }
  rn_context_clear(ctx);
  rn_model_free(b);
  rn_model_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_word_cache),     cmocka_unit_test(test_state_cache), cmocka_unit_test(test_mixes),
      cmocka_unit_test(test_session_agrees), cmocka_unit_test(test_fit),         cmocka_unit_test(test_errors),
      cmocka_unit_test(test_memory_faults),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
