/* test_lm.c: training, evaluating, scoring and generating with a language model, on texts that can be learned in a second. */
#include "base/alloc.h"
#include "tasks/lm_state.h"
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "descend.h"

static rn_context *ctx;
static int n_warnings;

static void count_warning(void *user, rn_log_level level, const char *line) { n_warnings += level == RN_LOG_WARNING; }
static int setup(void **state) { return rn_context_new(&(rn_context_options){.n_threads = 2, .log = count_warning}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return 0;
}

static rn_model *make(const char *text, rn_level level, rn_lm_config config, bool unk) {
  rn_vocab *vocab = NULL;
  rn_model *m = NULL;
  rn_vocab_options options = {.level = level, .min_count = 1, .unk = unk};
  rn_context_clear(ctx);
  assert_int_equal(rn_vocab_build(ctx, text, strlen(text), &options, &vocab), RN_OK);
  assert_int_equal(rn_lm_new(ctx, &config, vocab, 1, &m), RN_OK);
  return m;
}

static rn_lm_config tiny(rn_cell cell, int layers, int64_t hidden) {
  rn_lm_config c = rn_lm_config_default(RN_LEVEL_CHAR);
  c.stack.cell = cell;
  c.stack.n_layers = layers;
  c.stack.n_hidden = hidden;
  return c;
}

static const char *const alphabet = "abcdefgh\nabcdefgh\nabcdefgh\nabcdefgh\nabcdefgh\nabcdefgh\nabcdefgh\nabcdefgh\nabcdefgh\nabcdefgh\n";

static bool append(void *user, const char *text, size_t size) {
  strncat(user, text, size);
  return true;
}

static void learn(rn_cell cell, bool lines, rn_lm_loss loss, float lr) {
  rn_model *m = make(alphabet, RN_LEVEL_CHAR, tiny(cell, 2, 24), true);
  rn_encoding text;
  rn_task *task = NULL;
  assert_int_equal(rn_vocab_encode(ctx, m->vocab, alphabet, strlen(alphabet), &text), RN_OK);
  rn_lm_data data = {.train = text.ids,
                     .n_train = text.n,
                     .valid = text.ids,
                     .n_valid = text.n,
                     .loss = loss,
                     .batches = {.batch = 2, .bptt = 6, .lines = lines, .eos = rn_vocab_eos(m->vocab)}};
  assert_int_equal(rn_lm_task_new(ctx, m, &data, &task), RN_OK);
  double nats = descend(ctx, task, 60, lr);
  if (!(nats < 0.1)) fail_msg("%s%s: %g nats after training", rn_cell_name(cell), lines ? " by lines" : "", nats);

  rn_graph *g = rn_graph_new(ctx);
  rn_score score;
  rn_lm_metrics metrics;
  assert_int_equal(task->validate(task->self, g, &score), RN_OK);
  if (!(score.value < 0.15 && score.n == text.n))
    fail_msg("%s%s: %g nats in validation", rn_cell_name(cell), lines ? " by lines" : "", score.value);
  assert_int_equal(rn_lm_eval(ctx, m, alphabet, strlen(alphabet), &(rn_lm_eval_options){.lines = lines}, &metrics), RN_OK);
  assert_int_equal(metrics.n_tokens, text.n);
  assert_true(metrics.perplexity < 1.2 && metrics.bits_per_char < 0.2);
  assert_true(rn_lm_unigram_nats(m->vocab, text.ids, text.n) > 2);
  rn_graph_free(g);

  char out[64] = "";
  rn_sampling greedy = rn_sampling_default();
  greedy.temperature = 0;
  assert_int_equal(rn_lm_generate(ctx, m, "ab", 2, 9, false, &greedy, append, out), RN_OK);
  assert_string_equal(out, "cdefgh\nab");
  out[0] = 0;
  assert_int_equal(rn_lm_generate(ctx, m, "ab", 2, 9, true, &greedy, append, out), RN_OK);
  assert_string_equal(out, "cdefgh");

  rn_lm_metrics right, wrong;
  float nats_of[8];
  int64_t n;
  assert_int_equal(rn_lm_score(ctx, m, "abcdefgh", 8, &right, nats_of, 8, &n), RN_OK);
  assert_int_equal(rn_lm_score(ctx, m, "abcdhgfe", 8, &wrong, NULL, 0, NULL), RN_OK);
  assert_true(right.nats < 1 && wrong.nats > right.nats + 2);
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += nats_of[i];
  assert_true(n == 8 && fabs(sum - right.nats) < 1e-4);
  rn_lm_task_free(task);
  rn_encoding_free(&text);
  rn_model_free(m);
}

static void test_learns(void **state) {
  learn(RN_CELL_LSTM, false, RN_LM_LOSS_SUM, 0.5f);
  learn(RN_CELL_LSTM, true, RN_LM_LOSS_SUM, 0.5f);
  learn(RN_CELL_GRU, false, RN_LM_LOSS_MEAN, 1.5f);
  learn(RN_CELL_TANH, false, RN_LM_LOSS_SUM, 0.05f);
}

static void test_words(void **state) {
  const char *text = "the cat sat on the mat\nthe dog sat on the cat\n";
  rn_model *m = make(text, RN_LEVEL_WORD, tiny(RN_CELL_LSTM, 1, 8), true);
  rn_lm_metrics metrics;
  assert_int_equal(rn_lm_eval(ctx, m, "the bird sat\n", 13, NULL, &metrics), RN_OK);
  assert_int_equal(metrics.n_tokens, 4);
  assert_int_equal(metrics.n_unknown, 1);
  assert_int_equal(metrics.n_chars, 13);
  assert_true(fabs(metrics.bits_per_char - metrics.nats / 13 / log(2)) < 1e-9);
  char out[4096] = "";
  rn_sampling how = rn_sampling_default();
  assert_int_equal(rn_lm_generate(ctx, m, "the cat", 7, 60, false, &how, append, out), RN_OK);
  assert_null(strstr(out, "<unk>"));
  assert_true(out[0] == ' ' || out[0] == '\n');
  rn_model_free(m);
}

/* -log p of each token sums to what there is without asking for each; a text in parts gives nearly the same. */
static void check_each(const rn_model *m, const rn_encoding *ids, int64_t n_streams, double nats) {
  float *each = rn_alloc_zero((size_t)ids->n, sizeof *each);
  rn_lm_text text = {.ids = ids->ids, .n = ids->n, .start = rn_vocab_eos(m->vocab), .n_streams = n_streams, .warm = 64};
  rn_lm_prediction with = {.each = each}, without = {0};
  const rn_lm_kind *kind = rn_lm_kind_of(ctx, m);
  assert_int_equal(kind->predict(ctx, m, &text, &with), RN_OK);
  assert_int_equal(kind->predict(ctx, m, &text, &without), RN_OK);
  double sum = 0;
  for (int64_t i = 0; i < ids->n; i++) sum += each[i];
  assert_int_equal(with.n_counted, ids->n);
  assert_int_equal(without.n_counted, ids->n);
  assert_true(fabs(with.nats - without.nats) < 1e-5 * nats && fabs(with.nats - sum) < 1e-9 * nats);
  assert_true(fabs(with.nats - nats) < (n_streams > 1 ? 1e-2 : 1e-5) * nats);
  rn_free(each);
}

/* The three ways of summing -log p over a text agree: whole, chunked by a session, in warmed-up streams (nearly). */
static void test_evaluations_agree(void **state) {
  char text[3001];
  for (int i = 0; i < 3000; i++) text[i] = "abcdef \n"[(i * 7 + i / 13) % 8];
  text[3000] = 0;
  rn_model *m = make(text, RN_LEVEL_CHAR, tiny(RN_CELL_LSTM, 2, 16), true);
  rn_encoding ids;
  rn_lm_metrics whole, scored;
  assert_int_equal(rn_vocab_encode(ctx, m->vocab, text, 3000, &ids), RN_OK);
  assert_int_equal(rn_lm_eval(ctx, m, text, 3000, NULL, &whole), RN_OK);
  assert_int_equal(rn_lm_score(ctx, m, text, 3000, &scored, NULL, 0, NULL), RN_OK);
  assert_true(fabs(whole.nats - scored.nats) < 1e-2);
  for (int64_t n_streams = 1; n_streams <= 10000; n_streams *= 10) { /* more than the text has room for are as many as it has */
    assert_int_equal(rn_lm_eval(ctx, m, text, 3000, &(rn_lm_eval_options){.n_streams = n_streams}, &scored), RN_OK);
    assert_int_equal(scored.n_tokens, whole.n_tokens);
    assert_true(n_streams == 1 ? scored.nats == whole.nats : fabs(whole.nats - scored.nats) < 1e-2 * whole.nats);
  }
  check_each(m, &ids, 1, whole.nats);
  check_each(m, &ids, 7, whole.nats);

  rn_lm_session *s = NULL;
  const float *logits;
  assert_int_equal(rn_lm_session_new(ctx, m, &s), RN_OK);
  float one_by_one[16], in_one_go[16];
  int64_t V = rn_vocab_size(m->vocab);
  for (int i = 0; i < 300; i++) assert_int_equal(rn_lm_session_feed(s, ids.ids + i, 1, &logits), RN_OK);
  memcpy(one_by_one, logits, (size_t)V * sizeof(float));
  rn_lm_session_reset(s);
  assert_int_equal(rn_lm_session_feed(s, ids.ids, 300, &logits), RN_OK);
  memcpy(in_one_go, logits, (size_t)V * sizeof(float));
  for (int64_t v = 0; v < V; v++) assert_true(fabsf(one_by_one[v] - in_one_go[v]) < 1e-4f);

  assert_int_equal(rn_lm_session_feed(s, ids.ids, 1, &logits), RN_OK); /* nothing is allocated symbol by symbol */
  uint64_t before = rn_alloc_count();
  for (int i = 0; i < 50; i++) assert_int_equal(rn_lm_session_feed(s, ids.ids + i, 1, &logits), RN_OK);
  assert_int_equal(rn_alloc_count() - before, 0);
  assert_int_equal(rn_lm_session_feed(s, &(int32_t){99}, 1, &logits), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  rn_lm_session_free(s);
  rn_encoding_free(&ids);
  rn_model_free(m);
}

/* What a hidden vector stands for must come in order, each position once. */
static rn_status count_hidden(void *user, int64_t first, int64_t n, const float *h) {
  int64_t *next = user;
  assert_int_equal(first, *next);
  assert_true(isfinite(h[0]));
  *next += n;
  return RN_OK;
}

/* Lines in batches are lines one by one; a line longer than a batch, and a last one without its end, count as well. */
static void test_lines_agree(void **state) {
  static char text[6001];
  for (int i = 0; i < 6000; i++) text[i] = i % 50 == 17 && (i < 600 || i > 4000) ? '\n' : (char)('a' + i * i % 7);
  rn_model *m = make(text, RN_LEVEL_CHAR, tiny(RN_CELL_GRU, 1, 12), true);
  rn_lm_metrics lines, one;
  rn_encoding ids;
  double nats = 0;
  int64_t n = 0, at = 0;
  float *each = rn_alloc_zero(6000, sizeof *each), of_line[6000];
  assert_int_equal(rn_vocab_encode(ctx, m->vocab, text, 6000, &ids), RN_OK);
  rn_lm_text whole = {.ids = ids.ids, .n = ids.n, .start = rn_vocab_eos(m->vocab), .lines = true, .n_streams = 1};
  rn_lm_prediction prediction = {.each = each, .hidden = count_hidden, .user = &at};
  assert_int_equal(rn_lm_kind_of(ctx, m)->predict(ctx, m, &whole, &prediction), RN_OK);
  assert_int_equal(at, 6000);
  assert_int_equal(rn_lm_eval(ctx, m, text, 6000, &(rn_lm_eval_options){.lines = true}, &lines), RN_OK);
  for (const char *begin = text, *end; *begin; begin = end) {
    end = strchr(begin, '\n');
    end = end ? end + 1 : begin + strlen(begin);
    assert_int_equal(rn_lm_score(ctx, m, begin, (size_t)(end - begin), &one, of_line, 6000, NULL), RN_OK);
    for (int64_t i = 0; i < one.n_tokens; i++) assert_true(fabsf(each[n + i] - of_line[i]) < 1e-4f);
    nats += one.nats;
    n += one.n_tokens;
  }
  assert_int_equal(lines.n_tokens, 6000);
  assert_int_equal(n, 6000);
  assert_true(fabs(nats - lines.nats) < 1e-5 * nats && fabs(nats - prediction.nats) < 1e-5 * nats);
  rn_free(each);
  rn_encoding_free(&ids);
  rn_model_free(m);
}

static void test_prompts(void **state) {
  rn_sampling how = rn_sampling_default();
  char out[1024] = "", again[1024] = "";
  rn_model *m = make("aabb\n", RN_LEVEL_CHAR, tiny(RN_CELL_GRU, 1, 8), false);
  n_warnings = 0;
  assert_int_equal(rn_lm_generate(ctx, m, "aX\xff\xe4\xb8\xad", 6, 20, false, &how, append, out), RN_OK); /* dropped, with a warning */
  assert_int_equal(n_warnings, 1);
  assert_int_equal(strlen(out), 20);
  assert_int_equal(rn_lm_generate(ctx, m, "a", 1, 20, false, &how, append, again), RN_OK);
  assert_string_equal(out, again); /* the same seed, the same text */
  out[0] = again[0] = 0;
  assert_int_equal(rn_lm_generate(ctx, m, "", 0, 5, false, &how, append, out), RN_OK);
  assert_int_equal(strlen(out), 5);
  assert_int_equal(rn_lm_generate(ctx, m, "", 0, 0, false, &how, append, again), RN_OK);
  assert_string_equal(again, "");
  rn_model_free(m);
  m = make("xxxx", RN_LEVEL_CHAR, tiny(RN_CELL_LSTM, 1, 4), false); /* a vocabulary of one, without an end of line */
  out[0] = 0;
  assert_int_equal(rn_lm_generate(ctx, m, "", 0, 5, false, &how, append, out), RN_OK);
  assert_string_equal(out, "xxxxx");
  rn_lm_metrics metrics;
  assert_int_equal(rn_lm_eval(ctx, m, "xxx", 3, NULL, &metrics), RN_OK);
  assert_int_equal(metrics.n_tokens, 2);
  assert_int_equal(rn_lm_eval(ctx, m, "x", 1, NULL, &metrics), RN_ERROR_DATA);
  rn_context_clear(ctx);
  assert_int_equal(rn_lm_eval(ctx, m, "", 0, NULL, &metrics), RN_ERROR_DATA);
  rn_context_clear(ctx);
  assert_int_equal(rn_lm_eval(ctx, m, "xy", 2, NULL, &metrics), RN_ERROR_DATA);
  rn_context_clear(ctx);
  rn_model_free(m);
}

/* A symbol fed again has the same scores to the bit as in a session that has not seen it: one that is given only the states. */
static void test_symbols_seen_before(void **state) {
  for (rn_cell cell = RN_CELL_TANH; cell <= RN_CELL_LSTM; cell++) {
    rn_model *m = make(alphabet, RN_LEVEL_CHAR, tiny(cell, 2, 40), false); /* 9 symbols: fewer than inputs */
    int32_t n_words = rn_vocab_size(m->vocab);
    rn_lm_session *s;
    rn_graph *g = rn_graph_new(ctx);
    const rn_lm *lm = rn_lm_of(ctx, m);
    rn_lm_state carried;
    assert_int_equal(rn_lm_session_new(ctx, m, &s), RN_OK);
    assert_int_equal(rn_lm_state_init(ctx, lm, 1, &carried), RN_OK);
    for (int i = 0; i < 50; i++) {
      int32_t id = i * i % n_words;
      const float *scores;
      rn_stack_state in, out;
      assert_int_equal(rn_lm_session_feed(s, &id, 1, &scores), RN_OK);
      rn_graph_begin(g, RN_INFER, 0, 0);
      rn_tensor *plain = rn_lm_logits(m, g, &id, &(rn_ragged){1, (int64_t[]){0, 1}}, rn_lm_state_read(&carried, g, &in), &out);
      assert_int_equal(rn_graph_status(g), RN_OK);
      assert_memory_equal(scores, plain->data, (size_t)n_words * sizeof(float));
      rn_lm_state_keep(&carried, &out);
    }
    rn_lm_state_free(&carried);
    rn_graph_free(g);
    rn_lm_session_free(s);
    rn_model_free(m);
  }
}

/* The second half of an epoch, with the states of the first put back by hand, is the second half. */
static void test_carried_state_is_whole(void **state) {
  rn_model *m = make(alphabet, RN_LEVEL_CHAR, tiny(RN_CELL_LSTM, 2, 8), true);
  rn_encoding text;
  rn_graph *g = rn_graph_new(ctx);
  rn_task *a = NULL, *b = NULL;
  rn_step sa, sb;
  assert_int_equal(rn_vocab_encode(ctx, m->vocab, alphabet, strlen(alphabet), &text), RN_OK);
  rn_lm_data data = {.train = text.ids, .n_train = text.n, .batches = {.batch = 3, .bptt = 5}};
  assert_int_equal(rn_lm_task_new(ctx, m, &data, &a), RN_OK);
  assert_int_equal(rn_lm_task_new(ctx, m, &data, &b), RN_OK);
  assert_null(a->validate);
  for (int64_t i = 0; i < 2; i++) {
    rn_graph_begin(g, RN_TRAIN, 1, 0);
    a->step(a->self, g, 0, i, &sa);
    a->after(a->self, g);
  }
  assert_int_equal(a->n_state(a->self), 4);
  for (int i = 0; i < a->n_state(a->self); i++) {
    const char *name;
    float *from, *to;
    int64_t n, m_to;
    a->state(a->self, i, &name, &from, &n);
    b->state(b->self, i, &name, &to, &m_to);
    assert_int_equal(n, m_to);
    memcpy(to, from, (size_t)n * sizeof(float));
  }
  rn_graph_begin(g, RN_TRAIN, 1, 0);
  a->step(a->self, g, 0, 2, &sa);
  double nats = sa.nats;
  rn_graph_begin(g, RN_TRAIN, 1, 0);
  b->step(b->self, g, 0, 2, &sb);
  assert_true(nats == sb.nats);
  assert_non_null(a->sample(a->self, g));
  rn_lm_task_free(a);
  rn_lm_task_free(b);
  rn_graph_free(g);
  rn_encoding_free(&text);
  rn_model_free(m);
}

/* After the first pass of a shape, a training step allocates nothing. */
static void steps_allocate_nothing(float dropout_input, int64_t bptt) {
  char text_of_all[512] = "";
  for (int i = 0; i < 5; i++) strcat(text_of_all, alphabet);
  rn_lm_config config = tiny(RN_CELL_LSTM, 2, 16);
  config.dropout_input = dropout_input;
  config.stack.dropout = config.dropout_output = config.dropout_embed = 0.2f;
  config.stack.learned_state = true;
  rn_model *m = make(alphabet, RN_LEVEL_CHAR, config, true);
  rn_encoding text;
  rn_task *task = NULL;
  rn_graph *g = rn_graph_new(ctx);
  assert_int_equal(rn_vocab_encode(ctx, m->vocab, text_of_all, strlen(text_of_all), &text), RN_OK);
  rn_lm_data data = {.train = text.ids, .n_train = text.n, .batches = {.batch = 2, .bptt = bptt}};
  assert_int_equal(rn_lm_task_new(ctx, m, &data, &task), RN_OK);
  uint64_t before = 0;
  for (int64_t i = 0; i < 8; i++) {
    rn_step s;
    if (i == 3) before = rn_alloc_count(); /* by now every shape has been met */
    rn_params_zero_grad(m->params);
    rn_graph_begin(g, RN_TRAIN, 1, (uint64_t)i);
    task->step(task->self, g, 0, i, &s);
    assert_int_equal(rn_graph_backward(g, s.loss), RN_OK);
    task->after(task->self, g);
  }
  assert_int_equal(rn_alloc_count() - before, 0);
  rn_lm_task_free(task);
  rn_graph_free(g);
  rn_encoding_free(&text);
  rn_model_free(m);
}

static void test_steps_allocate_nothing(void **state) {
  steps_allocate_nothing(0.2f, 4);
  steps_allocate_nothing(0, 20); /* symbols come often, and each is multiplied once */
}

typedef struct reader {
  const rn_model *model;
  char text[128];
  rn_status status;
} reader;

static void *read_model(void *arg) {
  reader *r = arg;
  rn_context *own = NULL;
  rn_sampling how = rn_sampling_default();
  r->status = rn_context_new(&(rn_context_options){.n_threads = 1}, &own, NULL, 0);
  if (r->status == RN_OK) r->status = rn_lm_generate(own, r->model, "abc", 3, 100, false, &how, append, r->text);
  rn_context_free(own);
  return NULL;
}

/* One model, a context for each thread. */
static void test_many_threads(void **state) {
  enum { THREADS = 4 };
  rn_model *m = make(alphabet, RN_LEVEL_CHAR, tiny(RN_CELL_GRU, 2, 16), true);
  reader readers[THREADS] = {0};
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) {
    readers[i].model = m;
    assert_int_equal(pthread_create(&threads[i], NULL, read_model, &readers[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(readers[i].status, RN_OK);
    assert_string_equal(readers[i].text, readers[0].text);
  }
  rn_model_free(m);
}

static void test_memory_faults(void **state) {
  rn_model *m = make(alphabet, RN_LEVEL_CHAR, tiny(RN_CELL_LSTM, 1, 8), true);
  rn_encoding text;
  rn_sampling how = rn_sampling_default();
  assert_int_equal(rn_vocab_encode(ctx, m->vocab, alphabet, strlen(alphabet), &text), RN_OK);
  rn_lm_data data = {.train = text.ids, .n_train = text.n, .batches = {.batch = 2, .bptt = 6}};
  for (uint64_t n = 1;; n++) {
    char out[64] = "";
    rn_lm_metrics metrics;
    rn_task *task = NULL;
    rn_context_clear(ctx);
    rn_alloc_fail_after(n);
    rn_status status = rn_lm_generate(ctx, m, "ab", 2, 5, false, &how, append, out);
    if (status == RN_OK) status = rn_lm_eval(ctx, m, "abc\n", 4, NULL, &metrics);
    if (status == RN_OK) status = rn_lm_score(ctx, m, "abc", 3, &metrics, NULL, 0, NULL);
    if (status == RN_OK) status = rn_lm_task_new(ctx, m, &data, &task);
    rn_graph *g = status == RN_OK ? rn_graph_new(ctx) : NULL;
    if (status == RN_OK && !g) status = RN_ERROR_MEMORY;
    if (g) {
      rn_step s = {0};
      rn_graph_begin(g, RN_TRAIN, 1, 0);
      task->step(task->self, g, 0, 0, &s);
      status = rn_graph_backward(g, s.loss);
    }
    rn_alloc_fail_after(0);
    rn_graph_free(g);
    rn_lm_task_free(task);
    if (status == RN_OK) break;
    if (status != RN_ERROR_MEMORY) fail_msg("allocation %d: %s: %s", (int)n, rn_status_name(status), rn_context_error(ctx));
  }
  rn_context_clear(ctx);
  rn_encoding_free(&text);
  rn_model_free(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_learns),
      cmocka_unit_test(test_words),
      cmocka_unit_test(test_evaluations_agree),
      cmocka_unit_test(test_lines_agree),
      cmocka_unit_test(test_prompts),
      cmocka_unit_test(test_symbols_seen_before),
      cmocka_unit_test(test_carried_state_is_whole),
      cmocka_unit_test(test_steps_allocate_nothing),
      cmocka_unit_test(test_many_threads),
      cmocka_unit_test(test_memory_faults),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
