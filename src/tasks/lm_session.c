/* lm_session.c: a running state over a language model of any kind, and what is drawn from it. */
#include "base/alloc.h"
#include "tasks/lm_kind.h"
#include <string.h>

struct rn_lm_session {
  rn_context *ctx;
  const rn_model *model;
  const rn_lm_kind *kind;
  void *state; /* the kind's own */
};

rn_status rn_lm_session_new(rn_context *ctx, const rn_model *model, rn_lm_session **out) {
  *out = NULL;
  const rn_lm_kind *kind = rn_lm_kind_of(ctx, model);
  if (!kind) return RN_ERROR_ARGUMENT;
  rn_lm_session *s = rn_alloc_zero(1, sizeof *s);
  if (!s) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a session");
  *s = (rn_lm_session){.ctx = ctx, .model = model, .kind = kind};
  rn_status status = kind->state_new(ctx, model, &s->state);
  if (status == RN_OK) *out = s;
  else rn_lm_session_free(s);
  return status;
}

void rn_lm_session_free(rn_lm_session *s) {
  if (!s) return;
  s->kind->state_free(s->state);
  rn_free(s);
}

void rn_lm_session_reset(rn_lm_session *s) { s->kind->state_reset(s->state); }

rn_status rn_lm_session_feed(rn_lm_session *s, const int32_t *ids, int64_t n, const float **logits) {
  int64_t n_words = rn_vocab_size(s->model->vocab);
  if (n < 1) return rn_context_fail(s->ctx, RN_ERROR_ARGUMENT, "at least one id is to be fed");
  for (int64_t i = 0; i < n; i++)
    if (ids[i] < 0 || ids[i] >= n_words)
      return rn_context_fail(s->ctx, RN_ERROR_ARGUMENT, "id %d is outside of the vocabulary of %lld symbols", ids[i], (long long)n_words);
  return s->kind->state_feed(s->state, ids, n, logits);
}

/* The ids of a prompt behind the eos that a text begins from. At least one: where there is no eos and no known symbol, the most
 * frequent symbol stands in. */
static rn_status prompt_ids(rn_lm_session *s, const char *text, size_t size, rn_encoding *out) {
  const rn_vocab *vocab = s->model->vocab;
  int32_t eos = rn_vocab_eos(vocab);
  rn_status status = rn_vocab_encode_prompt(s->ctx, vocab, text, size, out);
  if (status != RN_OK) return status;
  if (out->n_unknown > 0)
    rn_context_log(s->ctx, RN_LOG_WARNING, "%lld symbols of the prompt are not in the vocabulary: %s", (long long)out->n_unknown,
                   rn_vocab_unk(vocab) >= 0 ? "read as <unk>" : "dropped");
  if (eos < 0 && out->n > 0) return RN_OK;
  int32_t *ids = rn_realloc(out->ids, (size_t)(out->n + 1) * sizeof *ids);
  if (!ids) {
    rn_encoding_free(out);
    return rn_context_fail(s->ctx, RN_ERROR_MEMORY, "out of memory for the prompt");
  }
  memmove(ids + 1, ids, (size_t)out->n * sizeof *ids);
  ids[0] = eos >= 0 ? eos : rn_vocab_size(vocab) > 1 && rn_vocab_unk(vocab) == 0 ? 1 : 0;
  out->ids = ids;
  out->n++;
  return RN_OK;
}

/* *last: the last id fed. */
static rn_status feed_prompt(rn_lm_session *s, const char *text, size_t size, const float **logits, int32_t *last) {
  rn_encoding prompt;
  rn_status status = prompt_ids(s, text, size, &prompt);
  if (status != RN_OK) return status;
  *last = prompt.ids[prompt.n - 1];
  status = rn_lm_session_feed(s, prompt.ids, prompt.n, logits);
  rn_encoding_free(&prompt);
  return status;
}

rn_status rn_lm_session_prompt(rn_lm_session *s, const char *text, size_t size, const float **logits) {
  int32_t last;
  return feed_prompt(s, text, size, logits, &last);
}

/* ---- generating ---- */

/* Draws behind the prompt, `last` being its last id. */
static rn_status draw(rn_lm_session *s, const float *logits, int32_t last, int64_t length, bool until_eos, const rn_sampling *how,
                      float *scratch, rn_text_fn emit, void *user) {
  const rn_vocab *vocab = s->model->vocab;
  rn_vocab_writer *writer;
  rn_string text;
  bool goes_on = true;
  rn_status status = rn_vocab_writer_new(s->ctx, vocab, last, &writer);
  for (int64_t i = 0; i < length && goes_on && status == RN_OK; i++) {
    if (rn_context_stopping(s->ctx)) status = rn_context_fail(s->ctx, RN_ERROR_STOPPED, "stopped");
    if (status != RN_OK) break;
    int32_t id = rn_sample(logits, rn_vocab_size(vocab), how, (uint64_t)i, scratch);
    if (until_eos && id == rn_vocab_eos(vocab)) break;
    status = rn_vocab_writer_put(writer, id, &text);
    if (status == RN_OK && text.size) goes_on = emit(user, text.data, text.size);
    if (status == RN_OK && goes_on && i + 1 < length) status = rn_lm_session_feed(s, &id, 1, &logits);
  }
  if (status == RN_OK && goes_on) status = rn_vocab_writer_put(writer, -1, &text); /* what was held back */
  if (status == RN_OK && goes_on && text.size) emit(user, text.data, text.size);
  rn_vocab_writer_free(writer);
  return status;
}

rn_status rn_lm_generate(rn_context *ctx, const rn_model *model, const char *prompt, size_t prompt_size, int64_t length, bool until_eos,
                         const rn_sampling *sampling, rn_text_fn emit, void *user) {
  rn_lm_session *s;
  rn_status status = rn_lm_session_new(ctx, model, &s);
  if (status != RN_OK) return status;
  rn_sampling how = *sampling;
  if (how.reject == RN_REJECT_UNK) how.reject = rn_vocab_unk(model->vocab);
  const float *logits;
  int32_t last;
  float *scratch = rn_alloc_zero((size_t)rn_vocab_size(model->vocab), 2 * sizeof *scratch);
  status = scratch ? feed_prompt(s, prompt, prompt_size, &logits, &last)
                   : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for generating");
  if (status == RN_OK) status = draw(s, logits, last, length, until_eos, &how, scratch, emit, user);
  rn_free(scratch);
  rn_lm_session_free(s);
  return status;
}
