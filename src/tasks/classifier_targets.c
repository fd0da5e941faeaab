/* classifier_targets.c: the labels of sequences as numbers. */
#include "base/alloc.h"
#include "tasks/classifier_state.h"

rn_status rn_targets_init(rn_context *ctx, const rn_classifier_net *net, const rn_sequences *s, rn_targets *out) {
  int64_t n = s->seqs.n_seqs, n_labels = rn_label_set_size(net->labels);
  bool multi = net->config.labels == RN_LABELS_MULTI;
  *out = (rn_targets){0};
  rn_status status = rn_classifier_labels_check(ctx, net->config.labels, s);
  if (status != RN_OK) return status;
  if (multi) out->has = rn_alloc_zero((size_t)n, (size_t)n_labels);
  else out->id = rn_alloc_zero((size_t)n, sizeof *out->id);
  if (!out->has && !out->id) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the labels of %lld sequences", (long long)n);
  for (int64_t i = 0; i < n; i++)
    for (int64_t l = s->label_of.offset[i]; l < s->label_of.offset[i + 1]; l++) {
      int64_t id = rn_label_set_find(net->labels, s->labels[l]);
      out->n_unknown += id < 0;
      if (!multi) out->id[i] = (int32_t)id;
      else if (id >= 0) out->has[i * n_labels + id] = 1;
    }
  return RN_OK;
}

void rn_targets_free(rn_targets *t) {
  rn_free(t->id);
  rn_free(t->has);
  *t = (rn_targets){0};
}
