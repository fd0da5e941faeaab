/* classifier_session.c: a classifier at work. */
#include "base/alloc.h"
#include "ops/op.h"
#include "tasks/classifier_state.h"
#include <string.h>

rn_status rn_classifier_open(rn_context *ctx, const rn_model *model, rn_classifier **out) {
  *out = NULL;
  const rn_classifier_net *net = rn_classifier_net_of(ctx, model);
  if (!net) return RN_ERROR_ARGUMENT;
  rn_classifier *c = rn_alloc_zero(1, sizeof *c);
  rn_graph *graph = rn_graph_new(ctx);
  if (!c || !graph) {
    rn_free(c);
    rn_graph_free(graph);
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a classifier");
  }
  rn_graph_keep_weights(graph);
  *c = (rn_classifier){ctx, model, net, graph};
  *out = c;
  return RN_OK;
}

void rn_classifier_free(rn_classifier *c) {
  if (!c) return;
  rn_graph_free(c->graph);
  rn_free(c);
}

rn_status rn_classifier_run(rn_classifier *c, const rn_sequences *sequences, float *probability, float *attention) {
  if (attention && c->net->config.kind != RN_CLASSIFIER_ATTENTION)
    return rn_context_fail(c->ctx, RN_ERROR_ARGUMENT, "a classifier of kind \"%s\" has no attention to show",
                           rn_classifier_kind_name(c->net->config.kind));
  rn_classifier_rows *reading;
  rn_status status = rn_classifier_rows_new(c->ctx, c->net, c->model, sequences, &reading);
  if (status != RN_OK) return status;
  if (attention) memset(attention, 0, (size_t)rn_ragged_rows(&sequences->seqs) * sizeof *attention);
  status = rn_classifier_predict(c->net, c->graph, reading, probability, attention);
  rn_classifier_rows_free(reading);
  return status;
}

static rn_status run_words(rn_classifier *c, const char *text, size_t size, float *probability) {
  rn_split split = c->net->config.input.split;
  const rn_tokenizer *tokenizer = rn_vocab_tokenizer(c->model->vocab);
  int64_t n;
  rn_status status = rn_text_split(c->ctx, split, tokenizer, text, size, NULL, NULL, 0, &n);
  if (status != RN_OK) return status;
  rn_string *words = rn_alloc_zero((size_t)n + 1, sizeof *words);
  if (!words) return rn_context_fail(c->ctx, RN_ERROR_MEMORY, "out of memory for a text of %lld words", (long long)n);
  status = rn_text_split(c->ctx, split, tokenizer, text, size, NULL, words, n, &n);
  rn_sequences one = {.input = RN_INPUT_WORDS, .seqs = {1, (int64_t[]){0, n}}, .words = words};
  if (status == RN_OK) status = rn_classifier_run(c, &one, probability, NULL);
  rn_free(words);
  return status;
}

static rn_status run_bases(rn_classifier *c, const char *text, size_t size, float *probability) {
  float *rows = rn_alloc_zero(size + 1, 4 * sizeof *rows);
  if (!rows) return rn_context_fail(c->ctx, RN_ERROR_MEMORY, "out of memory for %zu bases", size);
  int64_t bad = rn_dna_rows(text, size, rows);
  rn_sequences one = {.input = RN_INPUT_DNA, .seqs = {1, (int64_t[]){0, (int64_t)size}}, .n_vars = 4, .values = rows};
  rn_status status = bad < 0 ? rn_classifier_run(c, &one, probability, NULL)
                             : rn_context_fail(c->ctx, RN_ERROR_DATA, "letter %lld is no base", (long long)bad + 1);
  rn_free(rows);
  return status;
}

rn_status rn_classifier_text(rn_classifier *c, const char *text, size_t size, float *probability) {
  switch (c->net->config.input.kind) {
  case RN_INPUT_WORDS: return run_words(c, text, size, probability);
  case RN_INPUT_DNA: return run_bases(c, text, size, probability);
  default:
    return rn_context_fail(c->ctx, RN_ERROR_ARGUMENT, "a classifier of %s reads no text", rn_input_kind_name(c->net->config.input.kind));
  }
}

int64_t rn_classifier_answer(const rn_model *model, const float *probability) { return rn_classifier_decide(model->self, probability); }
