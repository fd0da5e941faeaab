/* bilm_eval.c: how well a text is predicted from its left and from its right. */
#include "base/alloc.h"
#include "models/model_bilm.h"
#include "tasks/lm_eval.h"
#include "tasks/lm_state.h"

static rn_status walk(rn_context *ctx, const rn_lm *lm, const rn_lm_text *text, rn_lm_prediction *out) {
  rn_graph *g = rn_graph_new(ctx);
  rn_status status = g ? rn_lm_walk(lm, g, text, out) : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for an evaluation");
  rn_graph_free(g);
  return status;
}

static rn_status eval(rn_context *ctx, const rn_model *model, const rn_encoding *encoding, rn_lm_text *text, rn_bilm_metrics *out) {
  const rn_lm *direction = model->self;
  rn_lm_prediction forward = {0}, backward = {0};
  int32_t *reversed = rn_alloc_zero((size_t)text->n, sizeof *reversed);
  if (!reversed) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the text from its end");
  rn_lm_ids_reverse(text->ids, text->n, text->start, text->lines, reversed);
  rn_status status = walk(ctx, &direction[RN_FORWARD], text, &forward);
  text->ids = reversed;
  if (status == RN_OK) status = walk(ctx, &direction[RN_BACKWARD], text, &backward);
  rn_free(reversed);
  if (status != RN_OK) return status;
  out->forward = rn_lm_metrics_of(model, encoding, forward.nats, forward.n_counted);
  out->backward = rn_lm_metrics_of(model, encoding, backward.nats, backward.n_counted);
  out->nats_per_token = (out->forward.nats_per_token + out->backward.nats_per_token) / 2;
  return RN_OK;
}

rn_status rn_bilm_eval(rn_context *ctx, const rn_model *model, const char *text, size_t size, const rn_lm_eval_options *options,
                       rn_bilm_metrics *out) {
  rn_lm_eval_options o = options ? *options : (rn_lm_eval_options){0};
  rn_lm_config config;
  rn_encoding encoding = {0};
  rn_lm_text ids;
  *out = (rn_bilm_metrics){0};
  rn_status status = rn_bilm_config_of(ctx, model, &config);
  if (status != RN_OK) return status;
  o.lines |= config.lines;
  status = rn_lm_read_text(ctx, model->vocab, text, size, &o, &encoding, &ids);
  if (status == RN_OK) status = eval(ctx, model, &encoding, &ids, out);
  rn_encoding_free(&encoding);
  return status;
}
