/* test_nplm.c: the neural probabilistic language model: its equation, its contexts, learning, and running along. */
#include "base/alloc.h"
#include "tasks/nplm_walk.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "descend.h"

static rn_context *ctx;

static int setup(void **state) { return rn_context_new(&(rn_context_options){.n_threads = 2}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return 0;
}

static const char text[] = "the cat saw the dog\nthe dog saw a cat\na cat saw the cat\n";

static rn_model *make(const char *words, rn_level level, rn_nplm_config config) {
  rn_vocab *vocab = NULL;
  rn_model *m = NULL;
  rn_vocab_options options = {.level = level, .min_count = 1, .unk = true};
  assert_int_equal(rn_vocab_build(ctx, words, strlen(words), &options, &vocab), RN_OK);
  assert_int_equal(rn_nplm_new(ctx, &config, vocab, 1, &m), RN_OK);
  return m;
}

static rn_nplm_config tiny(bool direct) {
  return (rn_nplm_config){.order = 3, .embed = 4, .hidden = 5, .direct = direct, .init = {.kind = RN_INIT_UNIFORM, .scale = 0.5f}};
}

static const float *weights(const rn_model *m, const char *name) { return rn_params_find(rn_model_params(m), name)->tensor.data; }

/* y of one context by the equation, W and U in their places of out.weight. */
static void by_equation(const rn_model *m, const int32_t *nearest_first, double *y) {
  const rn_nplm *nplm = rn_nplm_of(ctx, m);
  int64_t I = 8, h = 5, V = rn_vocab_size(rn_model_vocab(m)), width = rn_nplm_width(&nplm->config);
  const float *C = weights(m, "embed.weight"), *H = weights(m, "hidden.weight"), *d = weights(m, "hidden.bias");
  const float *out = weights(m, "out.weight"), *b = weights(m, "out.bias");
  double x[8], a[5];
  for (int i = 0; i < I; i++) x[i] = C[nearest_first[i / 4] * 4 + i % 4];
  for (int j = 0; j < h; j++) {
    a[j] = d[j];
    for (int i = 0; i < I; i++) a[j] += H[j * I + i] * x[i];
    a[j] = tanh(a[j]);
  }
  for (int64_t v = 0; v < V; v++) {
    y[v] = b[v];
    for (int i = 0; nplm->config.direct && i < I; i++) y[v] += out[v * width + i] * x[i];
    for (int j = 0; j < h; j++) y[v] += out[v * width + width - h + j] * a[j];
  }
}

static void test_equation(void **state) {
  for (int direct = 0; direct < 2; direct++) {
    rn_model *m = make(text, RN_LEVEL_WORD, tiny(direct));
    rn_lm_session *s;
    const float *scores;
    double y[16];
    assert_true(rn_lm_is(m));
    assert_int_equal(rn_lm_session_new(ctx, m, &s), RN_OK);
    assert_int_equal(rn_lm_session_feed(s, (int32_t[]){1, 4, 2}, 3, &scores), RN_OK);
    by_equation(m, (int32_t[]){2, 4}, y);
    for (int64_t v = 0; v < rn_vocab_size(rn_model_vocab(m)); v++) assert_true(fabs(scores[v] - y[v]) < 1e-5);
    rn_lm_session_free(s);
    rn_model_free(m);
  }
}

static void test_contexts(void **state) {
  rn_nplm nplm = {.config = {.order = 4}};
  const int32_t ids[] = {5, 6, 9, 7, 8};
  const int64_t position[] = {4, 1};
  int32_t context[6], across[] = {7, 5, 9, 9, 6, 9}, within[] = {7, 5, 9, 9, 9, 9};
  rn_nplm_contexts(&nplm, ids, false, 9, position, 2, context);
  assert_memory_equal(context, across, sizeof across);
  rn_nplm_contexts(&nplm, ids, true, 9, position, 2, context); /* 9 ends a line: what is before it is not seen */
  assert_memory_equal(context, within, sizeof within);
}

/* A text at once, by score, and one word after the other; of lines too. */
static void test_evaluations_agree(void **state) {
  for (int lines = 0; lines < 2; lines++) {
    rn_nplm_config config = tiny(true);
    config.lines = lines;
    rn_model *m = make(text, RN_LEVEL_WORD, config);
    rn_lm_metrics whole, scored;
    rn_encoding ids;
    rn_lm_session *s;
    const float *scores;
    float each[64];
    double nats = 0;
    assert_int_equal(rn_lm_eval(ctx, m, text, strlen(text), NULL, &whole), RN_OK);
    assert_int_equal(rn_vocab_encode(ctx, rn_model_vocab(m), text, strlen(text), &ids), RN_OK);
    assert_int_equal(rn_lm_session_new(ctx, m, &s), RN_OK);
    int32_t id = rn_vocab_eos(rn_model_vocab(m));
    for (int64_t i = 0; i < ids.n; i++) {
      double sum = 0;
      assert_int_equal(rn_lm_session_feed(s, &id, 1, &scores), RN_OK);
      for (int64_t w = 0; w < rn_vocab_size(rn_model_vocab(m)); w++) sum += exp(scores[w]);
      id = ids.ids[i];
      nats -= scores[id] - log(sum);
    }
    assert_int_equal(whole.n_tokens, ids.n);
    assert_true(fabs(whole.nats - nats) < 1e-4);
    assert_int_equal(rn_lm_score(ctx, m, text, strlen(text), &scored, each, 64, NULL), RN_OK);
    if (!lines) assert_true(fabs(scored.nats - nats) < 1e-4);
    rn_lm_session_free(s);
    rn_encoding_free(&ids);
    rn_model_free(m);
  }
}

/* With two letters before it each letter is known; each is seen once an epoch. */
static void test_learns(void **state) {
  static const char rhyme[] = "abacabadabacaba\nabacabadabacaba\nabacabadabacaba\n";
  rn_nplm_config config = tiny(false);
  config.order = 9;
  config.hidden = 20;
  rn_model *m = make(rhyme, RN_LEVEL_CHAR, config);
  rn_encoding ids;
  rn_task *task;
  rn_score score;
  assert_int_equal(rn_vocab_encode(ctx, rn_model_vocab(m), rhyme, strlen(rhyme), &ids), RN_OK);
  rn_nplm_data data = {.train = ids.ids, .n_train = ids.n, .valid = ids.ids, .n_valid = ids.n, .batch = 5, .lines = true};
  assert_int_equal(rn_nplm_task_new(ctx, m, &data, &task), RN_OK);
  assert_int_equal(task->steps_per_epoch, (ids.n + 4) / 5);
  rn_nplm_config back;
  assert_int_equal(rn_nplm_config_of(ctx, m, &back), RN_OK);
  assert_true(back.lines && back.order == 9);
  assert_true(descend(ctx, task, 150, 0.3f) < 0.1);
  rn_graph *g = rn_graph_new(ctx);
  assert_int_equal(task->validate(task->self, g, &score), RN_OK);
  assert_true(score.n == ids.n && score.nats < 0.1);
  assert_non_null(task->sample(task->self, g));
  rn_graph_free(g);
  rn_nplm_task_free(task);
  rn_encoding_free(&ids);
  rn_model_free(m);
}

static void refuses(rn_nplm_config config, const char *words) {
  rn_vocab *vocab;
  rn_model *m;
  rn_vocab_options options = rn_vocab_options_default(RN_LEVEL_WORD);
  assert_int_equal(rn_vocab_build(ctx, text, strlen(text), &options, &vocab), RN_OK);
  assert_int_equal(rn_nplm_new(ctx, &config, vocab, 1, &m), RN_ERROR_ARGUMENT);
  if (!strstr(rn_context_error(ctx), words)) fail_msg("%s", rn_context_error(ctx));
  rn_context_clear(ctx);
}

static void test_errors(void **state) {
  rn_nplm_config config = tiny(false);
  config.order = 1;
  refuses(config, "an order of 2 to 9 is possible");
  config.order = 10;
  refuses(config, "an order of 2 to 9 is possible");
  config = tiny(false);
  config.hidden = 0;
  refuses(config, "0 hidden units: 1 to 65536 are possible");
  config = tiny(false);
  config.dropout = 1;
  refuses(config, "dropout rates of 0 to below 1");
  rn_model *m = make("ab", RN_LEVEL_CHAR, tiny(false));
  rn_task *task;
  rn_nplm_data data = {.train = (int32_t[]){1, 7}, .n_train = 2, .batch = 1};
  assert_int_equal(rn_nplm_task_new(ctx, m, &data, &task), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "training id 1 is 7"));
  rn_context_clear(ctx);
  data = (rn_nplm_data){.train = (int32_t[]){1, 2}, .n_train = 2, .batch = 1, .lines = true};
  assert_int_equal(rn_nplm_task_new(ctx, m, &data, &task), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "no end of line"));
  rn_context_clear(ctx);
  rn_model_free(m);
}

static bool append(void *user, const char *piece, size_t size) {
  strncat(user, piece, size);
  return true;
}

static void test_memory_faults(void **state) {
  static const int32_t ids[] = {1, 2, 3, 1, 2};
  for (uint64_t n = 1;; n++) {
    char out[256] = "";
    rn_lm_metrics metrics;
    rn_model *m = NULL;
    rn_vocab *vocab;
    rn_task *task = NULL;
    rn_sampling how = rn_sampling_default();
    rn_vocab_options options = rn_vocab_options_default(RN_LEVEL_CHAR);
    rn_nplm_config config = tiny(true);
    rn_context_clear(ctx);
    assert_int_equal(rn_vocab_build(ctx, text, strlen(text), &options, &vocab), RN_OK);
    rn_alloc_fail_after(n);
    rn_status status = rn_nplm_new(ctx, &config, vocab, 1, &m);
    if (status == RN_OK) status = rn_lm_eval(ctx, m, text, strlen(text), NULL, &metrics);
    if (status == RN_OK) status = rn_lm_generate(ctx, m, "the", 3, 5, false, &how, append, out);
    if (status == RN_OK)
      status = rn_nplm_task_new(ctx, m, &(rn_nplm_data){.train = ids, .n_train = 5, .valid = ids, .n_valid = 5, .batch = 2}, &task);
    rn_graph *g = status == RN_OK ? rn_graph_new(ctx) : NULL;
    if (status == RN_OK && !g) status = RN_ERROR_MEMORY;
    if (g) {
      rn_step s = {0};
      rn_score score;
      rn_graph_begin(g, RN_TRAIN, 1, 0);
      task->step(task->self, g, 0, 0, &s);
      status = rn_graph_backward(g, s.loss);
      if (status == RN_OK) status = task->validate(task->self, g, &score);
    }
    rn_alloc_fail_after(0);
    rn_graph_free(g);
    rn_nplm_task_free(task);
    rn_model_free(m);
    if (status == RN_OK) break;
    if (status != RN_ERROR_MEMORY) fail_msg("allocation %d: %s: %s", (int)n, rn_status_name(status), rn_context_error(ctx));
  }
  rn_context_clear(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_equation), cmocka_unit_test(test_contexts), cmocka_unit_test(test_evaluations_agree),
      cmocka_unit_test(test_learns),   cmocka_unit_test(test_errors),   cmocka_unit_test(test_memory_faults),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
