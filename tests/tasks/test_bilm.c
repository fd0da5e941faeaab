/* test_bilm.c: two language models that read a text from both ends: each is a model of its own, of the text in its own order. */
#include "base/check.h"
#include "models/model_bilm.h"
#include "tasks/lm_state.h"
#include <math.h>

#include "descend.h"

static rn_context *ctx;
static char said[512];

static void keep_log(void *user, rn_log_level level, const char *line) { snprintf(said, sizeof said, "%s", line); }
static int setup(void **state) {
  rn_context_options options = {.n_threads = 2, .log = keep_log};
  return folder_setup(state) == 0 ? (int)rn_context_new(&options, &ctx, NULL, 0) : -1;
}
static int teardown(void **state) {
  rn_context_free(ctx);
  return folder_teardown(state);
}

static const char text[] = "the cat sat on the mat .\na dog saw the cat .\nthe dog ran .\n";

static rn_vocab *words(void) {
  rn_vocab_options options = {.level = RN_LEVEL_WORD, .min_count = 1, .unk = true};
  rn_vocab *vocab;
  assert_int_equal(rn_vocab_build(ctx, text, strlen(text), &options, &vocab), RN_OK);
  return vocab;
}

static rn_lm_config tiny(int layers) {
  rn_lm_config c = rn_lm_config_default(RN_LEVEL_WORD);
  c.stack.n_layers = layers;
  c.stack.n_hidden = 8;
  return c;
}

static rn_model *make(rn_lm_config config) {
  rn_model *m;
  assert_int_equal(rn_bilm_new(ctx, &config, words(), 1, &m), RN_OK);
  return m;
}

static void test_parameters(void **state) {
  rn_model *m = make(tiny(2));
  static const char *const names[] = {"embed.weight", "forward.weight_ih_l0", "forward.weight_hh_l1", "backward.weight_ih_l0",
                                      "backward.bias_hh_l1", "out.weight", "out.bias"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_non_null(rn_params_find(m->params, names[i]));
  assert_int_equal(rn_params_count(m->params), 1 + 2 * 8 + 2); /* one embedding and one output */
  const rn_lm *direction = m->self;
  assert_ptr_equal(direction[RN_FORWARD].embed.weight, direction[RN_BACKWARD].embed.weight);
  assert_ptr_equal(direction[RN_FORWARD].out.weight, direction[RN_BACKWARD].out.weight);
  assert_ptr_not_equal(direction[RN_FORWARD].rnn.layer[0][0].weight_ih, direction[RN_BACKWARD].rnn.layer[0][0].weight_ih);
  assert_true(rn_bilm_is(m) && !rn_lm_is(m));

  const char *path = in_folder("bilm.safetensors");
  rn_model *again;
  rn_lm_config config;
  assert_int_equal(rn_model_save(ctx, m, path), RN_OK);
  assert_int_equal(rn_model_open(ctx, path, &again), RN_OK);
  assert_int_equal(rn_bilm_config_of(ctx, again, &config), RN_OK);
  assert_true(config.embed == 8 && config.stack.n_layers == 2);
  rn_bilm_metrics a, b;
  assert_int_equal(rn_bilm_eval(ctx, m, text, strlen(text), NULL, &a), RN_OK);
  assert_int_equal(rn_bilm_eval(ctx, again, text, strlen(text), NULL, &b), RN_OK);
  assert_true(a.forward.nats == b.forward.nats && a.backward.nats == b.backward.nats && a.nats_per_token == b.nats_per_token);
  rn_model_free(again);
  rn_model_free(m);
}

/* Direction d of m as a language model of its own. */
static rn_model *alone(const rn_model *m, int d) {
  const char *const stacks[] = {"forward", "backward"};
  rn_lm_config config;
  rn_model *lm;
  assert_int_equal(rn_bilm_config_of(ctx, m, &config), RN_OK);
  assert_int_equal(rn_lm_new(ctx, &config, words(), 2, &lm), RN_OK);
  for (int64_t i = 0; i < rn_params_count(lm->params); i++) {
    rn_param *p = rn_params_at(lm->params, i);
    char name[64];
    snprintf(name, sizeof name, "%s%s", strncmp(p->name, "rnn", 3) == 0 ? stacks[d] : "", p->name + (strncmp(p->name, "rnn", 3) ? 0 : 3));
    const rn_param *from = rn_params_find(m->params, name);
    assert_non_null(from);
    memcpy(p->tensor.data, from->tensor.data, (size_t)rn_tensor_size(&p->tensor) * sizeof(float));
  }
  return lm;
}

/* Forward is a language model of the text, backward one of the text from its end; of the lines so, where lines are read. */
static void test_is_two_models(void **state) {
  static const char whole[] = ". ran dog the\n. cat the saw dog a\n. mat the on sat cat the\n";
  static const char by_lines[] = ". mat the on sat cat the\n. cat the saw dog a\n. ran dog the\n";
  rn_model *m = make(tiny(2)), *forward = alone(m, RN_FORWARD), *backward = alone(m, RN_BACKWARD);
  for (int lines = 0; lines < 2; lines++) {
    rn_lm_eval_options how = {.lines = lines};
    const char *reversed = lines ? by_lines : whole;
    rn_bilm_metrics both;
    rn_lm_metrics one;
    assert_int_equal(rn_bilm_eval(ctx, m, text, strlen(text), &how, &both), RN_OK);
    assert_int_equal(rn_lm_eval(ctx, forward, text, strlen(text), &how, &one), RN_OK);
    assert_true(one.nats == both.forward.nats && one.n_tokens == both.forward.n_tokens);
    assert_int_equal(rn_lm_eval(ctx, backward, reversed, strlen(reversed), &how, &one), RN_OK);
    assert_true(one.nats == both.backward.nats && one.n_tokens == both.backward.n_tokens);
    assert_true(fabs(both.nats_per_token - (both.forward.nats + both.backward.nats) / 2 / (double)one.n_tokens) < 1e-12);
  }
  rn_model_free(forward);
  rn_model_free(backward);
  rn_model_free(m);
}

static void test_reverse(void **state) {
  const int32_t ids[] = {1, 2, 3, 0, 4, 0, 0, 5, 6};
  int32_t out[9];
  rn_lm_ids_reverse(ids, 9, 0, true, out);
  assert_memory_equal(out, ((int32_t[]){3, 2, 1, 0, 4, 0, 0, 6, 5}), sizeof out);
  rn_lm_ids_reverse(ids, 7, 0, false, out);
  assert_memory_equal(out, ((int32_t[]){0, 4, 0, 3, 2, 1, 0}), 7 * sizeof *out);
  rn_lm_ids_reverse(ids, 9, 0, false, out);
  assert_memory_equal(out, ((int32_t[]){6, 5, 0, 0, 4, 0, 3, 2, 1}), sizeof out);
  rn_lm_ids_reverse(ids, 3, -1, true, out);
  assert_memory_equal(out, ((int32_t[]){3, 2, 1}), 3 * sizeof *out);
  rn_lm_ids_reverse(ids, 0, 0, true, out);
}

/* The states of a sequence do not depend on what else is in the batch, and the last layer's are what the output reads. */
static void test_states(void **state) {
  rn_model *m = make(tiny(2));
  const rn_lm *lm = &((const rn_lm *)m->self)[RN_BACKWARD];
  const int32_t ids[] = {3, 1, 4, 1, 5, 2, 6};
  const rn_ragged both = {2, (int64_t[]){0, 3, 7}}, second = {1, (int64_t[]){0, 4}};
  rn_graph *g = rn_graph_new(ctx), *own = rn_graph_new(ctx);
  rn_tensor *of_both[3], *of_second[3];
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_graph_begin(own, RN_INFER, 0, 0);
  rn_lm_states(lm, g, ids, &both, of_both);
  rn_lm_states(lm, own, ids + 3, &second, of_second);
  assert_int_equal(rn_graph_status(g), RN_OK);
  for (int l = 0; l < 3; l++)
    for (int i = 0; i < 4 * 8; i++) assert_true(fabsf(of_both[l]->data[3 * 8 + i] - of_second[l]->data[i]) < 1e-6f);
  const float *embed = lm->embed.weight->tensor.data;
  for (int i = 0; i < 7; i++) assert_memory_equal(of_both[0]->data + 8 * i, embed + 8 * ids[i], 8 * sizeof(float));
  const rn_tensor *h = rn_lm_features(lm, g, ids, &both, NULL, NULL);
  for (int i = 0; i < 7 * 8; i++) assert_true(fabsf(of_both[2]->data[i] - h->data[i]) < 1e-6f);
  rn_graph_free(g);
  rn_graph_free(own);
  rn_model_free(m);
}

static rn_task *new_task(rn_model *m, const rn_encoding *ids, bool lines) {
  rn_lm_data data = {.train = ids->ids, .n_train = ids->n, .valid = ids->ids, .n_valid = ids->n,
                     .batches = {.batch = 2, .bptt = 4, .lines = lines, .eos = rn_vocab_eos(m->vocab)}};
  rn_task *task;
  assert_int_equal(rn_lm_task_new(ctx, m, &data, &task), RN_OK);
  return task;
}

static void learn(bool lines) {
  rn_model *m = make(tiny(1));
  rn_encoding ids;
  rn_score score;
  rn_bilm_metrics metrics;
  assert_int_equal(rn_vocab_encode(ctx, m->vocab, text, strlen(text), &ids), RN_OK);
  rn_task *task = new_task(m, &ids, lines);
  assert_null(task->sample); /* it writes nothing */
  descend(ctx, task, 150, 1.0f);
  rn_graph *g = rn_graph_new(ctx);
  assert_int_equal(task->validate(task->self, g, &score), RN_OK);
  assert_true(strstr(said, "forward") && strstr(said, "backward"));
  assert_int_equal(rn_bilm_eval(ctx, m, text, strlen(text), NULL, &metrics), RN_OK); /* by lines where it was trained so */
  assert_true(fabs(score.value - metrics.nats_per_token) < 1e-6);
  if (!(metrics.forward.perplexity < 2.2 && metrics.backward.perplexity < 2.2))
    fail_msg("lines %d: perplexity %g, %g", lines, metrics.forward.perplexity, metrics.backward.perplexity);
  rn_graph_free(g);
  rn_lm_task_free(task);
  rn_encoding_free(&ids);
  rn_model_free(m);
}

static void test_learns(void **state) {
  learn(false);
  learn(true);
}

/* A task that is given the states of another goes on as that one would: both directions are among them. */
static void test_carried_states(void **state) {
  rn_model *m = make(tiny(2));
  rn_encoding ids;
  rn_step sa, sb;
  rn_graph *g = rn_graph_new(ctx);
  assert_int_equal(rn_vocab_encode(ctx, m->vocab, text, strlen(text), &ids), RN_OK);
  rn_task *a = new_task(m, &ids, false), *b = new_task(m, &ids, false);
  rn_graph_begin(g, RN_TRAIN, 1, 0);
  a->step(a->self, g, 0, 0, &sa);
  a->after(a->self, g);
  assert_int_equal(a->n_state(a->self), 2 * 2 * 2);
  for (int i = 0; i < 8; i++) {
    const char *name;
    char first[32];
    float *from, *to;
    int64_t n, n_to;
    a->state(a->self, i, &name, &from, &n);
    snprintf(first, sizeof first, "%s", name);
    assert_int_equal(strncmp(name, "backward_", 9) == 0, i >= 4);
    b->state(b->self, i, &name, &to, &n_to);
    assert_string_equal(first, name);
    assert_int_equal(n, n_to);
    memcpy(to, from, (size_t)n * sizeof *to);
  }
  rn_graph_begin(g, RN_TRAIN, 1, 1);
  a->step(a->self, g, 0, 1, &sa);
  rn_graph_begin(g, RN_TRAIN, 1, 1);
  b->step(b->self, g, 0, 1, &sb);
  assert_true(sa.nats == sb.nats && sa.n_tokens == sb.n_tokens);
  rn_lm_task_free(a);
  rn_lm_task_free(b);
  rn_graph_free(g);
  rn_encoding_free(&ids);
  rn_model_free(m);
}

static void refuse(rn_lm_config config, rn_vocab *vocab, const char *why) {
  rn_model *m;
  assert_int_equal(rn_bilm_new(ctx, &config, vocab, 1, &m), RN_ERROR_ARGUMENT);
  assert_null(m);
  if (!strstr(rn_context_error(ctx), why)) fail_msg("%s", rn_context_error(ctx));
  rn_context_clear(ctx);
}

static void test_refuses(void **state) {
  rn_lm_config c = tiny(1);
  c.embed = 5;
  refuse(c, words(), "embed (5) must equal hidden or proj (8)");
  refuse(tiny(16), words(), "16 layers: 1 to 15 are possible");
  c = tiny(1);
  c.stack.bidirectional = true;
  refuse(c, words(), "would see the words it is to predict");
  rn_vocab_options options = {.level = RN_LEVEL_CHAR, .min_count = 1};
  rn_vocab *letters;
  assert_int_equal(rn_vocab_build(ctx, "abc", 3, &options, &letters), RN_OK);
  refuse(tiny(1), letters, "an end of line, from which both directions begin");

  rn_model *m = make(tiny(1)), *lm = alone(m, RN_FORWARD);
  rn_lm_metrics metrics;
  rn_bilm_metrics both;
  rn_lm_session *session;
  assert_int_equal(rn_lm_score(ctx, m, "the cat", 7, &metrics, NULL, 0, NULL), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "reads from both ends, and so has no probability of a text"));
  rn_context_clear(ctx);
  assert_int_equal(rn_lm_session_new(ctx, m, &session), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  assert_int_equal(rn_bilm_eval(ctx, lm, text, strlen(text), NULL, &both), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "this is a model of kind \"lm\""));
  rn_context_clear(ctx);
  rn_model_free(lm);
  rn_model_free(m);
}

static void test_memory_faults(void **state) {
  rn_model *m = make(tiny(1));
  rn_encoding ids;
  assert_int_equal(rn_vocab_encode(ctx, m->vocab, text, strlen(text), &ids), RN_OK);
  rn_lm_data data = {.train = ids.ids, .n_train = ids.n, .batches = {.batch = 2, .bptt = 4}};
  rn_status status = RN_ERROR_MEMORY;
  for (uint64_t n = 1; status != RN_OK; n++) {
    rn_task *task = NULL;
    rn_bilm_metrics metrics;
    rn_model *other = NULL;
    rn_lm_config config = tiny(1);
    rn_vocab *vocab = words();
    rn_alloc_fail_after(n);
    status = rn_bilm_new(ctx, &config, vocab, 1, &other);
    if (status == RN_OK) status = rn_lm_task_new(ctx, m, &data, &task);
    if (status == RN_OK) status = rn_bilm_eval(ctx, m, text, strlen(text), NULL, &metrics);
    rn_alloc_fail_after(0);
    assert_true(status == RN_OK || status == RN_ERROR_MEMORY);
    rn_lm_task_free(task);
    rn_model_free(other);
    rn_context_clear(ctx);
  }
  rn_encoding_free(&ids);
  rn_model_free(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_parameters), cmocka_unit_test(test_is_two_models),  cmocka_unit_test(test_reverse),
      cmocka_unit_test(test_states),     cmocka_unit_test(test_learns),         cmocka_unit_test(test_carried_states),
      cmocka_unit_test(test_refuses),    cmocka_unit_test(test_memory_faults),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
