/* metrics_spans.c: which spans are right. See metrics.h. */
#include <rondo/metrics.h>

#include "base/alloc.h"
#include "tensor/context.h"

static rn_status check_ids(rn_context *ctx, const rn_tag_set *tags, const rn_ragged *seqs, const int32_t *ids, const char *which) {
  for (int64_t r = 0; r < rn_ragged_rows(seqs); r++) {
    if (ids[r] >= 0 && ids[r] < rn_tag_set_size(tags)) continue;
    return rn_context_fail(ctx, RN_ERROR_DATA, "span scores: row %lld is %s as tag %d, but there are %lld tags", (long long)r, which,
                           (int)ids[r], (long long)rn_tag_set_size(tags));
  }
  return RN_OK;
}

/* One sequence: both lists are in order, and spans of one list never meet. */
static void count_seq(rn_span_scores *s, int64_t seq, const rn_span *expected, int64_t n_expected, const rn_span *found, int64_t n_found) {
  rn_counts *c = &s->by_seq[seq];
  c->expected = n_expected;
  c->found = n_found;
  for (int64_t i = 0; i < n_expected; i++) s->by_type[expected[i].type].expected++;
  for (int64_t i = 0; i < n_found; i++) s->by_type[found[i].type].found++;
  for (int64_t i = 0, k = 0; i < n_expected && k < n_found;) {
    if (expected[i].begin == found[k].begin && expected[i].end == found[k].end && expected[i].type == found[k].type) {
      c->correct++;
      s->by_type[expected[i].type].correct++;
    }
    if (expected[i].begin <= found[k].begin) i++;
    else k++;
  }
  s->all.correct += c->correct;
  s->all.found += c->found;
  s->all.expected += c->expected;
}

rn_status rn_span_scores_new(rn_context *ctx, const rn_tag_set *tags, const rn_ragged *seqs, const int32_t *expected,
                             const int32_t *predicted, rn_span_scores **out) {
  *out = NULL;
  rn_status status = check_ids(ctx, tags, seqs, expected, "expected");
  if (status == RN_OK) status = check_ids(ctx, tags, seqs, predicted, "predicted");
  if (status != RN_OK) return status;

  int64_t longest = 0;
  for (int64_t q = 0; q < seqs->n_seqs; q++) longest = rn_ragged_length(seqs, q) > longest ? rn_ragged_length(seqs, q) : longest;
  rn_span_scores *s = rn_alloc_zero(1, sizeof *s);
  rn_span *spans = rn_alloc_zero((size_t)longest, 2 * sizeof *spans), *found = spans + longest;
  if (s) {
    s->n_types = rn_tag_set_n_types(tags);
    s->n_seqs = seqs->n_seqs;
    s->by_type = rn_alloc_zero((size_t)s->n_types, sizeof *s->by_type);
    s->by_seq = rn_alloc_zero((size_t)s->n_seqs, sizeof *s->by_seq);
  }
  if (!s || !spans || !s->by_type || !s->by_seq) {
    rn_free(spans);
    rn_span_scores_free(s);
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the scores of %lld sequences", (long long)seqs->n_seqs);
  }
  for (int64_t q = 0; q < seqs->n_seqs; q++) {
    int64_t first = seqs->offset[q], n = rn_ragged_length(seqs, q);
    int64_t n_expected = rn_spans_read(tags, expected + first, n, spans), n_found = rn_spans_read(tags, predicted + first, n, found);
    count_seq(s, q, spans, n_expected, found, n_found);
    for (int64_t r = first; r < first + n; r++) s->n_right += expected[r] == predicted[r];
    s->n_tokens += n;
  }
  rn_free(spans);
  *out = s;
  return RN_OK;
}

void rn_span_scores_free(rn_span_scores *s) {
  if (!s) return;
  rn_free(s->by_type);
  rn_free(s->by_seq);
  rn_free(s);
}
