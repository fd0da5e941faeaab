/* tagger_answer.c: from scores to labels and their probabilities.
 *
 *     crf        y = argmax_y score(y) (Viterbi),     p(y_t = k | x) by forward and backward
 *     softmax    y_t = argmax_k s_t[k],               p(y_t = k | x) = softmax(s_t)[k]
 *
 * A chunk's tags are of the scheme that is learned, its labels of the scheme of the data. A label's probability is the sum of those of the
 * tags that most often are written so; the answered tag's goes to the answered label. */
#include "base/alloc.h"
#include "ops/op.h"
#include "tasks/tagger_state.h"
#include <rondo/decode.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_ROWS = 4096 }; /* of sequences of about one length: then the steps of a recurrent layer all have as many rows */

typedef struct run {
  const rn_tagger_model *net;
  rn_graph *g;
  const rn_ragged *seqs; /* of the data set */
  rn_tagger_answers *answers;
} run;

/* ---- a batch of scores ---- */

static rn_status emissions_of_words(const run *w, const int64_t *pick, int64_t n, rn_tensor **out) {
  rn_ragged seqs = {n, NULL};
  int64_t *offset = rn_graph_alloc(w->g, (size_t)(n + 1) * sizeof *offset), n_rows = 0;
  for (int64_t i = 0; i < n; i++) n_rows += rn_ragged_length(w->seqs, pick[i]);
  rn_string *words = rn_graph_alloc(w->g, (size_t)n_rows * sizeof *words);
  if (!offset || !words) return rn_graph_status(w->g);
  offset[0] = 0;
  for (int64_t i = 0; i < n; i++) {
    int64_t length = rn_ragged_length(w->seqs, pick[i]);
    if (length > 0) memcpy(words + offset[i], w->answers->sequences->words + w->seqs->offset[pick[i]], (size_t)length * sizeof *words);
    offset[i + 1] = offset[i] + length;
  }
  seqs.offset = offset;
  rn_tensor *share;
  int32_t *row;
  rn_status status = rn_word_shares_find(w->answers->words, w->g, words, n_rows, &share, &row);
  if (status == RN_OK) *out = rn_tagger_emissions_of_shares(w->net, w->g, share, row, &seqs);
  return status;
}

static rn_status emissions_of(const run *w, const int64_t *pick, int64_t n, rn_tensor **out) {
  if (w->answers->words) return emissions_of_words(w, pick, n, out);
  *out = rn_tagger_emissions(w->net, w->g, w->answers->encoded, pick, n, 0, 0);
  return rn_graph_status(w->g);
}

static rn_crf_scores crf_scores(const run *w, const rn_tensor *emissions) {
  rn_tagger_chain chain = rn_tagger_chain_of(w->net, w->g);
  return (rn_crf_scores){*emissions->seqs,        rn_tensor_cols(emissions), emissions->data,
                         chain.transitions->data, chain.start->data,         chain.end->data};
}

static void best_of_each(const rn_tensor *emissions, int32_t *tags) {
  int64_t K = rn_tensor_cols(emissions);
  for (int64_t r = 0; r < rn_tensor_rows(emissions); r++) {
    const float *s = emissions->data + r * K;
    tags[r] = 0;
    for (int64_t k = 1; k < K; k++)
      if (s[k] > s[tags[r]]) tags[r] = (int32_t)k;
  }
}

/* tags [n_rows], and p [n_rows, K] where it is wanted; *p is memory of the pass. */
static rn_status decode(const run *w, rn_tensor *emissions, int32_t *tags, const float **p) {
  rn_context *ctx = rn_graph_context(w->g);
  bool wanted = w->answers->probability;
  if (!w->net->config.crf) {
    best_of_each(emissions, tags);
    if (wanted) *p = rn_softmax(w->g, emissions, false)->data;
    return rn_graph_status(w->g);
  }
  rn_crf_scores scores = crf_scores(w, emissions);
  float *marginals = wanted ? rn_graph_alloc(w->g, (size_t)rn_tensor_size(emissions) * sizeof *marginals) : NULL;
  rn_status status = rn_graph_status(w->g);
  if (status == RN_OK) status = rn_crf_decode(ctx, &scores, tags, NULL);
  if (status == RN_OK && wanted) status = rn_crf_marginals(ctx, &scores, marginals, NULL);
  *p = marginals;
  return status;
}

static rn_status add_loss(run *w, rn_tensor *emissions, const int64_t *pick, int64_t n) {
  int64_t n_rows = rn_tensor_rows(emissions);
  int32_t *target = rn_graph_alloc(w->g, (size_t)n_rows * sizeof *target), *next = target;
  for (int64_t i = 0; target && i < n; i++)
    for (int64_t r = w->seqs->offset[pick[i]]; r < w->seqs->offset[pick[i] + 1]; r++) *next++ = w->answers->tags[r];
  const rn_tensor *loss = rn_tagger_loss(w->net, w->g, emissions, target);
  if (rn_graph_status(w->g) != RN_OK) return rn_graph_status(w->g);
  w->answers->nats += loss->data[0] * (double)n_rows;
  w->answers->n_counted += n_rows;
  return RN_OK;
}

/* ---- what becomes of it ---- */

/* One sequence: what was found at rows from .. of the batch becomes rows to .. of the answers. */
static void keep(const run *w, int64_t from, int64_t to, int64_t n, const int32_t *tags, const int32_t *labels, const float *p) {
  int64_t K = w->net->labels.n_tags, n_labels = rn_label_set_size(w->net->labels.labels);
  for (int64_t t = 0; t < n; t++) {
    w->answers->labels[to + t] = labels[from + t];
    if (!p) continue;
    float *out = w->answers->probability + (to + t) * n_labels;
    for (int64_t l = 0; l < n_labels; l++) out[l] = 0;
    for (int64_t k = 0; k < K; k++) out[k == tags[from + t] ? labels[from + t] : w->net->labels.label_of[k]] += p[(from + t) * K + k];
  }
}

static rn_status answer_batch(run *w, const int64_t *pick, int64_t n, bool known) {
  rn_graph_begin(w->g, RN_INFER, 0, 0);
  rn_tensor *emissions = NULL;
  rn_status status = emissions_of(w, pick, n, &emissions);
  if (status != RN_OK) return status;
  int64_t n_rows = rn_tensor_rows(emissions);
  int32_t *tags = rn_graph_alloc(w->g, (size_t)n_rows * sizeof *tags), *labels = rn_graph_alloc(w->g, (size_t)n_rows * sizeof *labels);
  const float *p = NULL;
  status = rn_graph_status(w->g);
  if (status == RN_OK && known) status = add_loss(w, emissions, pick, n);
  if (status == RN_OK) status = decode(w, emissions, tags, &p);
  if (status != RN_OK) return status;
  for (int64_t r = 0; r < n_rows; r++) labels[r] = tags[r];
  status = rn_tagger_labels_decode(rn_graph_context(w->g), &w->net->labels, emissions->seqs, labels);
  for (int64_t i = 0; status == RN_OK && i < n; i++)
    keep(w, emissions->seqs->offset[i], w->seqs->offset[pick[i]], rn_ragged_length(emissions->seqs, i), tags, labels, p);
  return status;
}

/* ---- all sequences ---- */

typedef struct place {
  int64_t seq, length;
  bool known; /* its tags are */
} place;

/* Of one length together; and those with a loss apart from those without. */
static int by_length(const void *a, const void *b) {
  const place *x = a, *y = b;
  if (x->known != y->known) return x->known ? -1 : 1;
  if (x->length != y->length) return x->length < y->length ? -1 : 1;
  return x->seq < y->seq ? -1 : 1;
}

static void sort_places(const run *w, place *places, int64_t n) {
  const rn_ragged *seqs = w->seqs;
  const int32_t *tags = w->answers->tags;
  for (int64_t s = 0; s < n; s++) {
    int64_t length = rn_ragged_length(seqs, s);
    places[s] = (place){s, length, tags && length > 0 && tags[seqs->offset[s]] >= 0};
  }
  qsort(places, (size_t)n, sizeof *places, by_length);
}

rn_status rn_tagger_answer(const rn_tagger_model *net, rn_graph *g, rn_tagger_answers *answers) {
  rn_context *ctx = rn_graph_context(g);
  run w = {net, g, answers->words ? &answers->sequences->seqs : &answers->encoded->seqs, answers};
  int64_t n_seqs = w.seqs->n_seqs;
  place *places = rn_alloc_zero((size_t)n_seqs, sizeof *places);
  int64_t *pick = rn_alloc_zero((size_t)n_seqs, sizeof *pick);
  rn_status status = places && pick ? RN_OK : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld sequences", (long long)n_seqs);
  if (status == RN_OK) sort_places(&w, places, n_seqs);
  answers->nats = 0;
  answers->n_counted = 0;
  for (int64_t first = 0, n; status == RN_OK && first < n_seqs; first += n) {
    int64_t n_rows = 0;
    for (n = 0; first + n < n_seqs; n++) {
      const place *next = &places[first + n];
      if (n > 0 && (n_rows + next->length > BATCH_ROWS || next->known != places[first].known)) break;
      n_rows += next->length;
      pick[n] = next->seq;
    }
    status = rn_context_stopping(ctx) ? rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped") : answer_batch(&w, pick, n, places[first].known);
  }
  rn_free(places);
  rn_free(pick);
  return status;
}
