/* lm_shared.c: see lm_shared.h. */
#include "tasks/lm_shared.h"
#include <string.h>

/* -log p of each counted target, and their sum. */
static void put_each(const rn_tensor *log_p, const int32_t *targets, const int64_t *position, rn_lm_prediction *out) {
  int64_t n_words = rn_tensor_cols(log_p);
  for (int64_t r = 0; r < rn_tensor_rows(log_p); r++) {
    if (targets[r] < 0) continue;
    float loss = -log_p->data[r * n_words + targets[r]];
    out->each[position[r]] = loss;
    out->nats += loss;
  }
}

rn_status rn_lm_predict_rows(rn_graph *g, const rn_layer_linear *layer, rn_tensor *h, const int32_t *targets, const int64_t *position,
                             rn_lm_prediction *out) {
  rn_tensor *logits = rn_layer_linear_apply(layer, g, h, RN_NONE);
  if (!out->each) { /* which stores no probability */
    rn_tensor *loss = rn_cross_entropy(g, logits, targets, &(rn_cross_entropy_options){.sum = true});
    if (rn_graph_status(g) == RN_OK) out->nats += loss->data[0];
  } else {
    rn_tensor *log_p = rn_softmax(g, logits, true);
    if (rn_graph_status(g) == RN_OK) put_each(log_p, targets, position, out);
  }
  if (rn_graph_status(g) != RN_OK || !out->hidden) return rn_graph_status(g);
  return out->hidden(out->user, position[0], rn_tensor_rows(h), h->data);
}

rn_status rn_lm_check_ids(rn_context *ctx, const rn_model *model, const char *what, const int32_t *ids, int64_t n) {
  int64_t n_words = rn_vocab_size(model->vocab);
  for (int64_t i = 0; i < n; i++)
    if (ids[i] < 0 || ids[i] >= n_words)
      return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%s id %lld is %d; the vocabulary has %lld symbols", what, (long long)i, ids[i],
                             (long long)n_words);
  return RN_OK;
}

static bool append(void *user, const char *text, size_t size) {
  rn_text_append(user, text, size);
  return true;
}

const char *rn_lm_sample(rn_context *ctx, const rn_model *model, rn_text *text) {
  rn_sampling how = rn_sampling_default();
  how.temperature = 0.8f;
  int64_t length = rn_vocab_level(model->vocab) == RN_LEVEL_CHAR ? 240 : 50;
  rn_text_clear(text);
  rn_text_puts(text, "");
  rn_status status = rn_lm_generate(ctx, model, "", 0, length, false, &how, append, text);
  if (status == RN_ERROR_STOPPED) rn_context_clear(ctx); /* that is for the loop to say */
  return status == RN_OK && !text->failed ? text->data : NULL;
}
