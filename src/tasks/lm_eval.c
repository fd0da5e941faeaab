/* lm_eval.c: how well a language model predicts a text.
 *
 *     nats per token = -1/N sum log p(w_t | w_1 .. w_{t-1}),   perplexity = exp of that,   bits per character = nats / characters / ln 2 */
#include "base/alloc.h"
#include "tasks/lm_state.h"
#include <math.h>

static void finish(rn_lm_metrics *m) {
  m->nats_per_token = m->n_tokens > 0 ? m->nats / (double)m->n_tokens : 0;
  m->perplexity = exp(m->nats_per_token);
  m->bits_per_char = m->n_chars > 0 ? m->nats / (double)m->n_chars / M_LN2 : NAN;
}

/* Tokens that a stream reads before those it counts: see rn_lm_eval_options. */
enum { WARM = 64 };

rn_status rn_lm_eval(rn_context *ctx, const rn_model *model, const char *text, size_t size, const rn_lm_eval_options *options,
                     rn_lm_metrics *out) {
  rn_lm_eval_options o = options ? *options : (rn_lm_eval_options){0};
  *out = (rn_lm_metrics){0};
  const rn_lm *lm = rn_lm_of(ctx, model);
  if (!lm) return RN_ERROR_ARGUMENT;
  o.lines |= lm->config.lines;
  rn_encoding encoding;
  rn_status status = rn_vocab_encode(ctx, model->vocab, text, size, &encoding);
  if (status != RN_OK) return status;
  int32_t eos = rn_vocab_eos(model->vocab);
  int64_t most = encoding.n > WARM ? encoding.n / WARM : 1, n_streams = o.n_streams < 1 ? 1 : o.n_streams < most ? o.n_streams : most;
  rn_graph *g = rn_graph_new(ctx);
  if (!g) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for an evaluation");
  else if (encoding.n < 1 || (eos < 0 && encoding.n < 2))
    status = rn_context_fail(ctx, RN_ERROR_DATA, "the text has %lld symbols: there is nothing to predict", (long long)encoding.n);
  else if (o.lines && eos < 0)
    status = rn_context_fail(ctx, RN_ERROR_ARGUMENT, "lines are asked for, but the vocabulary has no end of line");
  else if (o.lines) status = rn_lm_sum_lines(lm, g, eos, encoding.ids, encoding.n, &out->nats, &out->n_tokens);
  else status = rn_lm_sum_nats(lm, g, eos, encoding.ids, encoding.n, n_streams, WARM, &out->nats, &out->n_tokens);
  out->n_unknown = encoding.n_unknown;
  out->n_invalid = encoding.n_invalid;
  out->n_chars = rn_vocab_level(model->vocab) == RN_LEVEL_CHAR ? out->n_tokens : encoding.n_chars;
  finish(out);
  rn_graph_free(g);
  rn_encoding_free(&encoding);
  return status;
}

/* -log p of each id of a line, chunk by chunk, and their sum. */
static rn_status score_ids(const rn_lm *lm, rn_graph *g, int32_t eos, const rn_encoding *line, float *nats, int64_t max_n,
                           rn_lm_metrics *out) {
  enum { CHUNK = 256 };
  int32_t inputs[CHUNK];
  rn_lm_state state;
  rn_context *ctx = rn_graph_context(g);
  rn_status status = rn_lm_state_init(ctx, lm, 1, &state);
  int64_t first = eos < 0; /* without an eos nothing predicts the first symbol */
  if (first && nats && max_n > 0) nats[0] = 0;
  for (int64_t from = first; status == RN_OK && from < line->n; from += CHUNK) {
    if (rn_context_stopping(ctx)) {
      status = rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped");
      break;
    }
    int64_t n = line->n - from < CHUNK ? line->n - from : CHUNK;
    for (int64_t i = 0; i < n; i++) inputs[i] = from + i > 0 ? line->ids[from + i - 1] : eos;
    rn_stack_state in, end;
    rn_ragged seqs = {1, (int64_t[]){0, n}};
    rn_graph_begin(g, RN_INFER, 0, 0);
    rn_tensor *h = rn_lm_features(lm, g, inputs, &seqs, rn_lm_state_read(&state, g, &in), &end);
    rn_tensor *log_p = rn_softmax(g, rn_layer_linear_apply(&lm->out, g, h, RN_NONE), true);
    if ((status = rn_graph_status(g)) != RN_OK) break;
    int64_t n_words = rn_tensor_cols(log_p);
    for (int64_t i = 0; i < n; i++) {
      float loss = -log_p->data[i * n_words + line->ids[from + i]];
      if (nats && from + i < max_n) nats[from + i] = loss;
      out->nats += loss;
    }
    out->n_tokens += n;
    rn_lm_state_keep(&state, &end);
  }
  rn_lm_state_free(&state);
  return status;
}

rn_status rn_lm_score(rn_context *ctx, const rn_model *model, const char *line, size_t size, rn_lm_metrics *out, float *nats, int64_t max_n,
                      int64_t *n) {
  *out = (rn_lm_metrics){0};
  if (n) *n = 0;
  const rn_lm *lm = rn_lm_of(ctx, model);
  if (!lm) return RN_ERROR_ARGUMENT;
  rn_encoding encoding;
  rn_status status = rn_vocab_encode(ctx, model->vocab, line, size, &encoding);
  if (status != RN_OK) return status;
  rn_graph *g = rn_graph_new(ctx);
  status = g ? score_ids(lm, g, rn_vocab_eos(model->vocab), &encoding, nats, max_n, out)
             : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a score");
  if (n) *n = encoding.n;
  out->n_unknown = encoding.n_unknown;
  out->n_invalid = encoding.n_invalid;
  out->n_chars = encoding.n_chars;
  finish(out);
  rn_graph_free(g);
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
