/* tagger_truth.c: the labels of a data set by number, and as a tagger learns them. */
#include "base/alloc.h"
#include "tasks/tagger_state.h"
#include <string.h>

void rn_tagger_truth_free(rn_tagger_truth *t) {
  rn_map_free(t->names);
  rn_free(t->expected);
  rn_free(t->tags);
  *t = (rn_tagger_truth){0};
}

static bool name_labels(const rn_tagger_model *net, const rn_sequences *s, rn_tagger_truth *t) {
  const rn_label_set *labels = net->labels.labels;
  if (!(t->names = rn_map_new())) return false;
  for (int64_t k = 0; k < rn_label_set_size(labels); k++) {
    const char *name = rn_label_set_name(labels, k);
    if (!rn_map_insert(t->names, name, strlen(name), k, NULL)) return false;
  }
  for (int64_t r = 0; r < rn_ragged_rows(&s->seqs); r++) {
    const int64_t *id = rn_map_insert(t->names, s->labels[r].data, s->labels[r].size, rn_map_size(t->names), NULL);
    if (!id) return false;
    t->expected[r] = (int32_t)*id;
  }
  return true;
}

/* Labels that the model lacks mean nothing to it: while the others are rewritten, any label stands in for them. */
static rn_status find_tags(rn_context *ctx, const rn_tagger_model *net, const rn_sequences *s, rn_tagger_truth *t) {
  int64_t n_labels = rn_label_set_size(net->labels.labels);
  for (int64_t r = 0; r < rn_ragged_rows(&s->seqs); r++) t->tags[r] = t->expected[r] < n_labels ? t->expected[r] : 0;
  rn_status status = rn_tagger_labels_encode(ctx, &net->labels, &s->seqs, t->tags);
  for (int64_t q = 0; q < s->seqs.n_seqs; q++) {
    int64_t first = s->seqs.offset[q], end = s->seqs.offset[q + 1], n_new = 0;
    for (int64_t r = first; r < end; r++) {
      if (t->expected[r] < n_labels) continue;
      if (t->first_new < 0) t->first_new = r;
      n_new++;
    }
    t->n_new += n_new;
    for (int64_t r = first; n_new > 0 && r < end; r++) t->tags[r] = -1;
  }
  return status;
}

rn_status rn_tagger_truth_init(rn_context *ctx, const rn_tagger_model *net, const rn_sequences *s, rn_tagger_truth *out) {
  *out = (rn_tagger_truth){.first_new = -1};
  if (!s->labels || !s->per_row) return rn_context_fail(ctx, RN_ERROR_DATA, "the data has no label for each row");
  size_t n_rows = (size_t)rn_ragged_rows(&s->seqs);
  out->expected = rn_alloc_zero(n_rows, sizeof *out->expected);
  out->tags = rn_alloc_zero(n_rows, sizeof *out->tags);
  rn_status status = out->expected && out->tags && name_labels(net, s, out)
                         ? find_tags(ctx, net, s, out)
                         : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %zu labels", n_rows);
  if (status != RN_OK) rn_tagger_truth_free(out);
  return status;
}
