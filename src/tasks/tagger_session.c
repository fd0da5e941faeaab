/* tagger_session.c: a tagger at work. */
#include "base/alloc.h"
#include "ops/op.h"
#include "tasks/tagger_state.h"

rn_status rn_tagger_open(rn_context *ctx, const rn_model *model, rn_tagger **out) {
  *out = NULL;
  const rn_tagger_model *net = rn_tagger_of(ctx, model);
  if (!net) return RN_ERROR_ARGUMENT;
  rn_tagger *t = rn_alloc_zero(1, sizeof *t);
  rn_graph *graph = rn_graph_new(ctx);
  if (!t || !graph) {
    rn_free(t);
    rn_graph_free(graph);
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a tagger");
  }
  rn_graph_keep_weights(graph);
  *t = (rn_tagger){ctx, model, net, graph, NULL};
  rn_status status = rn_word_shares_new(ctx, net, RN_WORD_SHARES_BYTES, &t->words);
  if (status == RN_OK) *out = t;
  else rn_tagger_free(t);
  return status;
}

void rn_tagger_free(rn_tagger *t) {
  if (!t) return;
  rn_graph_free(t->graph);
  rn_word_shares_free(t->words);
  rn_free(t);
}

rn_status rn_tagger_run(rn_tagger *t, const rn_sequences *sequences, int32_t *labels, float *probability) {
  rn_tagger_answers answers = {.sequences = sequences, .words = t->words, .labels = labels, .probability = probability};
  if (t->words && sequences->input == RN_INPUT_WORDS) return rn_tagger_answer(t->net, t->graph, &answers);
  answers.words = NULL;
  rn_encoded *encoded;
  rn_status status = rn_encoded_new(t->ctx, &t->net->input, sequences, &encoded);
  if (status != RN_OK) return status;
  answers.encoded = encoded;
  status = rn_tagger_answer(t->net, t->graph, &answers);
  rn_encoded_free(encoded);
  return status;
}

rn_status rn_tagger_words(rn_tagger *t, const rn_string *words, int64_t n, int32_t *labels, float *probability) {
  const rn_sequences one = {.input = RN_INPUT_WORDS, .per_row = true, .seqs = {1, (int64_t[]){0, n}}, .words = words};
  return rn_tagger_run(t, &one, labels, probability);
}
