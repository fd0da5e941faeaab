/* tagger_eval.c: how good answers are, a tagger's or others. Labels that only the data has are counted as well: they are never answered. */
#include "base/alloc.h"
#include "tasks/tagger_state.h"

typedef struct eval {
  rn_tagger_scores scores; /* first: freed by its own address */
  rn_tagger_truth truth;
  const char **names;
  int32_t *predicted; /* [n_rows] */
  rn_counts *of_seq;  /* [n_seqs] rows that are right, and rows: what an accuracy is drawn from */
} eval;

void rn_tagger_scores_free(rn_tagger_scores *scores) {
  if (!scores) return;
  eval *e = scores->owner;
  rn_tagger_truth_free(&e->truth);
  rn_tag_set_free(scores->tags);
  rn_span_scores_free(scores->spans);
  rn_free(scores->confusion);
  rn_free(e->names);
  rn_free(e->predicted);
  rn_free(e->of_seq);
  rn_free(e);
}

static bool make_room(eval *e, const rn_sequences *data) {
  rn_tagger_scores *s = &e->scores;
  s->n_labels = rn_map_size(e->truth.names);
  s->confusion = rn_alloc_zero((size_t)s->n_labels * (size_t)s->n_labels, sizeof *s->confusion);
  e->predicted = rn_alloc_zero((size_t)s->n_rows, sizeof *e->predicted);
  e->of_seq = rn_alloc_zero((size_t)data->seqs.n_seqs, sizeof *e->of_seq);
  e->names = rn_alloc_zero((size_t)s->n_labels, sizeof *e->names);
  for (int64_t k = 0; e->names && k < s->n_labels; k++) e->names[k] = rn_map_key(e->truth.names, k, NULL, NULL);
  s->names = e->names;
  return s->confusion && e->predicted && e->of_seq && e->names;
}

static rn_status measure_rows(rn_context *ctx, eval *e, const rn_sequences *data) {
  rn_tagger_scores *s = &e->scores;
  for (int64_t q = 0; q < data->seqs.n_seqs; q++) {
    rn_counts *c = &e->of_seq[q];
    c->found = c->expected = rn_ragged_length(&data->seqs, q);
    for (int64_t r = data->seqs.offset[q]; r < data->seqs.offset[q + 1]; r++) c->correct += e->predicted[r] == e->truth.expected[r];
  }
  rn_status status = rn_confusion_add(ctx, s->n_rows, e->truth.expected, e->predicted, s->n_labels, s->confusion);
  s->accuracy = rn_confusion_accuracy(s->n_labels, s->confusion);
  return status;
}

static rn_status measure_spans(rn_context *ctx, eval *e, const rn_sequences *data) {
  rn_tagger_scores *s = &e->scores;
  rn_status status = rn_tag_set_new(ctx, s->names, s->n_labels, &s->tags);
  return status == RN_OK ? rn_span_scores_new(ctx, s->tags, &data->seqs, e->truth.expected, e->predicted, &s->spans) : status;
}

static rn_status measure(rn_context *ctx, const rn_tagger_model *net, const rn_sequences *data, rn_tagger_predict predict, void *user,
                         eval *e) {
  rn_status status = rn_tagger_truth_init(ctx, net, data, &e->truth);
  if (status == RN_OK && !make_room(e, data)) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for scores");
  if (status == RN_OK) status = predict(user, data, e->predicted, &e->scores.n_unknown);
  if (status == RN_OK) status = measure_rows(ctx, e, data);
  if (status == RN_OK && net->labels.chunks) status = measure_spans(ctx, e, data);
  if (status != RN_OK) return status;
  const rn_counts *of_seq = e->scores.spans ? e->scores.spans->by_seq : e->of_seq;
  return rn_bootstrap(ctx, data->seqs.n_seqs, rn_statistic_f1, of_seq, NULL, &e->scores.interval);
}

rn_status rn_tagger_scores_new(rn_context *ctx, const rn_tagger_model *net, const rn_sequences *sequences, rn_tagger_predict predict,
                               void *user, rn_tagger_scores **out) {
  *out = NULL;
  eval *e = rn_alloc_zero(1, sizeof *e);
  if (!e) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for scores");
  e->scores =
      (rn_tagger_scores){.n_model_labels = rn_label_set_size(net->labels.labels), .n_rows = rn_ragged_rows(&sequences->seqs), .owner = e};
  rn_status status = measure(ctx, net, sequences, predict, user, e);
  if (status == RN_OK) *out = &e->scores;
  else rn_tagger_scores_free(&e->scores);
  return status;
}

static rn_status predict(void *user, const rn_sequences *data, int32_t *labels, int64_t *n_unknown) {
  rn_tagger *t = user;
  const rn_input *input = &t->net->input;
  rn_status status = RN_OK;
  *n_unknown = 0;
  for (int64_t r = 0; input->lexicon && data->words && r < rn_ragged_rows(&data->seqs) && status == RN_OK; r++) {
    int64_t key;
    status = rn_input_key(t->ctx, input, data->words[r], &key);
    *n_unknown += key < 0;
  }
  return status == RN_OK ? rn_tagger_run(t, data, labels, NULL) : status;
}

rn_status rn_tagger_eval(rn_tagger *t, const rn_sequences *sequences, rn_tagger_scores **out) {
  return rn_tagger_scores_new(t->ctx, t->net, sequences, predict, t, out);
}
