/* lm_eval.c: how well a language model predicts a text.
 *
 *     nats per token = -1/N sum log p(w_t | w_1 .. w_{t-1}),   perplexity = exp of that,   bits per character = nats / characters / ln 2 */
#include "base/alloc.h"
#include "tasks/lm_kind.h"
#include <math.h>
#include <string.h>

static void finish(const rn_lm_prediction *p, const rn_encoding *e, int64_t n_chars, rn_lm_metrics *out) {
  double nats_per_token = p->n_counted > 0 ? p->nats / (double)p->n_counted : 0;
  *out = (rn_lm_metrics){.nats = p->nats,
                         .n_tokens = p->n_counted,
                         .n_unknown = e->n_unknown,
                         .n_invalid = e->n_invalid,
                         .n_chars = n_chars,
                         .nats_per_token = nats_per_token,
                         .perplexity = exp(nats_per_token),
                         .bits_per_char = n_chars > 0 ? p->nats / (double)n_chars / M_LN2 : NAN};
}

/* Tokens that a stream reads before those it counts: see rn_lm_eval_options. */
enum { WARM = 64 };

rn_status rn_lm_eval(rn_context *ctx, const rn_model *model, const char *text, size_t size, const rn_lm_eval_options *options,
                     rn_lm_metrics *out) {
  rn_lm_eval_options o = options ? *options : (rn_lm_eval_options){0};
  *out = (rn_lm_metrics){0};
  const rn_lm_kind *kind = rn_lm_kind_of(ctx, model);
  if (!kind) return RN_ERROR_ARGUMENT;
  o.lines |= kind->lines && kind->lines(model);
  rn_encoding encoding;
  rn_status status = rn_vocab_encode(ctx, model->vocab, text, size, &encoding);
  if (status != RN_OK) return status;
  int32_t eos = rn_vocab_eos(model->vocab);
  int64_t most = encoding.n > WARM ? encoding.n / WARM : 1, n_streams = o.n_streams < 1 ? 1 : o.n_streams < most ? o.n_streams : most;
  rn_lm_text ids = {.ids = encoding.ids, .n = encoding.n, .start = eos, .lines = o.lines, .n_streams = n_streams, .warm = WARM};
  rn_lm_prediction prediction = {0};
  if (encoding.n < 1 || (eos < 0 && encoding.n < 2))
    status = rn_context_fail(ctx, RN_ERROR_DATA, "the text has %lld symbols: there is nothing to predict", (long long)encoding.n);
  else if (o.lines && eos < 0)
    status = rn_context_fail(ctx, RN_ERROR_ARGUMENT, "lines are asked for, but the vocabulary has no end of line");
  else status = kind->predict(ctx, model, &ids, &prediction);
  finish(&prediction, &encoding, rn_vocab_level(model->vocab) == RN_LEVEL_CHAR ? prediction.n_counted : encoding.n_chars, out);
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
  rn_lm_prediction prediction = {.each = rn_alloc_zero((size_t)encoding.n, sizeof(float))};
  rn_lm_text ids = {.ids = encoding.ids, .n = encoding.n, .start = rn_vocab_eos(model->vocab), .n_streams = 1};
  status = prediction.each ? kind->predict(ctx, model, &ids, &prediction) : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a score");
  if (status == RN_OK && nats) memcpy(nats, prediction.each, (size_t)(max_n < encoding.n ? max_n : encoding.n) * sizeof *nats);
  if (n) *n = encoding.n;
  finish(&prediction, &encoding, encoding.n_chars, out);
  rn_free(prediction.each);
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
