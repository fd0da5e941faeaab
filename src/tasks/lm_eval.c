/* lm_eval.c: how well a language model predicts a text.
 *
 *     nats per token = -1/N sum log p(w_t | w_1 .. w_{t-1}),   perplexity = exp of that,   bits per character = nats / characters / ln 2 */
#include "base/alloc.h"
#include "tasks/lm_eval.h"
#include <math.h>
#include <string.h>

rn_lm_metrics rn_lm_metrics_of(const rn_model *model, const rn_encoding *e, double nats, int64_t n_counted) {
  int64_t n_chars = rn_vocab_level(model->vocab) == RN_LEVEL_CHAR ? n_counted : e->n_chars;
  double nats_per_token = n_counted > 0 ? nats / (double)n_counted : 0;
  return (rn_lm_metrics){.nats = nats,
                         .n_tokens = n_counted,
                         .n_unknown = e->n_unknown,
                         .n_invalid = e->n_invalid,
                         .n_chars = n_chars,
                         .nats_per_token = nats_per_token,
                         .perplexity = exp(nats_per_token),
                         .bits_per_char = n_chars > 0 ? nats / (double)n_chars / M_LN2 : NAN};
}

/* Tokens that a stream reads before those it counts: see rn_lm_eval_options. */
enum { WARM = 64 };

rn_status rn_lm_read_text(rn_context *ctx, const rn_vocab *vocab, const char *text, size_t size, const rn_lm_eval_options *o,
                          rn_encoding *encoding, rn_lm_text *out) {
  rn_status status = rn_vocab_encode(ctx, vocab, text, size, encoding);
  if (status != RN_OK) return status;
  int64_t n = encoding->n, most = n > WARM ? n / WARM : 1, n_streams = o->n_streams < 1 ? 1 : o->n_streams < most ? o->n_streams : most;
  int32_t eos = rn_vocab_eos(vocab);
  *out = (rn_lm_text){.ids = encoding->ids, .n = n, .start = eos, .lines = o->lines, .n_streams = n_streams, .warm = WARM};
  if (n < 1 || (eos < 0 && n < 2))
    return rn_context_fail(ctx, RN_ERROR_DATA, "the text has %lld symbols: there is nothing to predict", (long long)n);
  if (o->lines && eos < 0) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "lines are asked for, but the vocabulary has no end of line");
  return RN_OK;
}

rn_status rn_lm_read(rn_context *ctx, const rn_model *model, const char *text, size_t size, const rn_lm_eval_options *options,
                     rn_encoding *encoding, rn_lm_text *out) {
  rn_lm_eval_options o = options ? *options : (rn_lm_eval_options){0};
  const rn_lm_kind *kind = rn_lm_kind_of(ctx, model);
  *encoding = (rn_encoding){0};
  if (!kind) return RN_ERROR_ARGUMENT;
  o.lines |= kind->lines && kind->lines(model);
  return rn_lm_read_text(ctx, model->vocab, text, size, &o, encoding, out);
}

rn_status rn_lm_eval(rn_context *ctx, const rn_model *model, const char *text, size_t size, const rn_lm_eval_options *options,
                     rn_lm_metrics *out) {
  *out = (rn_lm_metrics){0};
  rn_encoding encoding;
  rn_lm_text ids;
  rn_lm_prediction p = {0};
  rn_status status = rn_lm_read(ctx, model, text, size, options, &encoding, &ids);
  if (status == RN_OK) status = rn_lm_kind_of(ctx, model)->predict(ctx, model, &ids, &p);
  if (status == RN_OK) *out = rn_lm_metrics_of(model, &encoding, p.nats, p.n_counted);
  rn_encoding_free(&encoding);
  return status;
}

rn_status rn_lm_score(rn_context *ctx, const rn_model *model, const char *line, size_t size, rn_lm_metrics *out, float *nats, int64_t max_n,
                      int64_t *n) {
  *out = (rn_lm_metrics){0};
  if (n) *n = 0;
  const rn_lm_kind *kind = rn_lm_kind_of(ctx, model);
  if (!kind) return RN_ERROR_ARGUMENT;
  rn_encoding encoding;
  rn_status status = rn_vocab_encode(ctx, model->vocab, line, size, &encoding);
  if (status != RN_OK) return status;
  /* Also where nobody asks for each: the sum is the same then. */
  rn_lm_prediction p = {.each = rn_alloc_zero((size_t)encoding.n, sizeof *p.each)};
  rn_lm_text ids = {.ids = encoding.ids, .n = encoding.n, .start = rn_vocab_eos(model->vocab), .n_streams = 1};
  status = p.each ? kind->predict(ctx, model, &ids, &p) : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a score");
  if (status == RN_OK && nats) memcpy(nats, p.each, (size_t)(max_n < encoding.n ? max_n : encoding.n) * sizeof *nats);
  if (n) *n = encoding.n;
  *out = rn_lm_metrics_of(model, &encoding, p.nats, p.n_counted);
  rn_free(p.each);
  rn_encoding_free(&encoding);
  return status;
}

/* p(w) = (count(w) + 1) / (sum of counts + V): with one added (Laplace), no symbol of the vocabulary is impossible. */
double rn_lm_unigram_nats(const rn_vocab *vocab, const int32_t *ids, int64_t n) {
  int64_t n_words = rn_vocab_size(vocab);
  double total = (double)n_words, nats = 0;
  for (int32_t id = 0; id < n_words; id++) total += (double)rn_vocab_count(vocab, id);
  for (int64_t i = 0; i < n; i++) nats -= log(((double)rn_vocab_count(vocab, ids[i]) + 1) / total);
  return n > 0 ? nats / (double)n : 0;
}
