/* lm_session.c: a running state over a model: one symbol in, the scores of the next out. After the first, a symbol costs no allocation:
 * the pass has one shape and the states one place.
 *
 * A step reads every weight once, and that is its cost. Of the first layer's W_ih it needs the product with one of the V rows of E. Where
 * all of these, E W_ih^T [V, G H], take no more room than W_ih [G H, I], each is kept when its symbol first comes, and read when it comes
 * again. It is the same sum in the same order, so that scores are the same to the bit. */
#include "base/alloc.h"
#include "nn/shares.h"
#include "tasks/lm_state.h"
#include <string.h>

struct rn_lm_session {
  rn_context *ctx;
  const rn_model *model;
  const rn_lm *lm;
  rn_graph *graph;
  rn_lm_state state;
  float *share; /* E W_ih^T [V, G H], rows of `known` symbols; NULL where it would be larger than W_ih */
  bool *known;  /* [V] */
};

enum { CHUNK = 256 };

static int64_t n_words(const rn_lm_session *s) { return rn_vocab_size(s->model->vocab); }
static int64_t share_size(const rn_lm *lm) { return rn_cell_gates(lm->rnn.options.cell) * lm->rnn.options.n_hidden; }

rn_status rn_lm_session_new(rn_context *ctx, const rn_model *model, rn_lm_session **out) {
  *out = NULL;
  const rn_lm *lm = rn_lm_of(ctx, model);
  if (!lm) return RN_ERROR_ARGUMENT;
  rn_lm_session *s = rn_alloc_zero(1, sizeof *s);
  if (!s) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a session");
  *s = (rn_lm_session){.ctx = ctx, .model = model, .lm = lm, .graph = rn_graph_new(ctx)};
  rn_status status = rn_lm_state_init(ctx, lm, 1, &s->state);
  bool shares = rn_layer_stack_shares(&lm->rnn) && n_words(s) <= lm->rnn.options.n_in;
  if (shares) s->share = rn_alloc_aligned((size_t)(n_words(s) * share_size(lm)) * sizeof(float));
  if (shares) s->known = rn_alloc_zero((size_t)n_words(s), sizeof *s->known);
  bool ready = s->graph && (!shares || (s->share && s->known));
  if (status == RN_OK && !ready) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a session");
  if (status != RN_OK) {
    rn_lm_session_free(s);
    return status;
  }
  *out = s;
  return RN_OK;
}

void rn_lm_session_free(rn_lm_session *s) {
  if (!s) return;
  rn_graph_free(s->graph);
  rn_lm_state_free(&s->state);
  rn_free(s->share);
  rn_free(s->known);
  rn_free(s);
}

void rn_lm_session_reset(rn_lm_session *s) { s->state.fresh = true; }

/* What the output layer reads. */
static rn_tensor *features(rn_lm_session *s, const int32_t *ids, const rn_ragged *seqs, const rn_stack_state *in, rn_stack_state *out) {
  rn_graph *g = s->graph;
  if (!s->share || rn_ragged_rows(seqs) > 1) return rn_lm_features(s->lm, g, ids, seqs, in, out);
  const rn_tensor *table = &s->lm->embed.weight->tensor;
  int64_t size = share_size(s->lm), dim = rn_tensor_cols(table);
  float *share = s->share + ids[0] * size;
  if (!s->known[ids[0]]) {
    rn_tensor *row = rn_constant(g, table->data + ids[0] * dim, 2, (int64_t[]){1, dim}, NULL);
    rn_tensor *product = rn_layer_stack_share(&s->lm->rnn, g, row);
    s->known[ids[0]] = rn_graph_status(g) == RN_OK;
    if (s->known[ids[0]]) memcpy(share, product->data, (size_t)size * sizeof(float));
  }
  rn_tensor *x = rn_constant(g, share, 2, (int64_t[]){1, size}, NULL);
  return rn_layer_stack_apply_share(&s->lm->rnn, g, x, &(int32_t){0}, seqs, in, out);
}

/* Only the last row's scores are wanted: the output layer, the largest of a word model, sees nothing else. */
static rn_status feed_chunk(rn_lm_session *s, const int32_t *ids, int64_t n, const float **logits) {
  rn_graph *g = s->graph;
  rn_stack_state in, out;
  rn_ragged seqs = {1, (int64_t[]){0, n}};
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_tensor *h = features(s, ids, &seqs, rn_lm_state_read(&s->state, g, &in), &out);
  if (n > 1) h = rn_rows(g, h, &(int32_t){(int32_t)n - 1}, 1, NULL);
  rn_tensor *scores = rn_layer_linear_apply(&s->lm->out, g, h, RN_NONE);
  rn_status status = rn_graph_status(g);
  if (status != RN_OK) return status;
  rn_lm_state_keep(&s->state, &out);
  *logits = scores->data;
  return RN_OK;
}

/* Of a model of lines: an eos, from which the next line begins with fresh states. */
static bool begins_line(const rn_lm_session *s, int32_t id) { return s->lm->config.lines && id == rn_vocab_eos(s->model->vocab); }

/* How many ids one pass may take: no eos of a model of lines but the first. */
static int64_t chunk_length(const rn_lm_session *s, const int32_t *ids, int64_t n) {
  int64_t length = 1;
  while (length < n && length < CHUNK && !begins_line(s, ids[length])) length++;
  return length;
}

rn_status rn_lm_session_feed(rn_lm_session *s, const int32_t *ids, int64_t n, const float **logits) {
  if (n < 1) return rn_context_fail(s->ctx, RN_ERROR_ARGUMENT, "at least one id is to be fed");
  for (int64_t i = 0; i < n; i++)
    if (ids[i] < 0 || ids[i] >= n_words(s))
      return rn_context_fail(s->ctx, RN_ERROR_ARGUMENT, "id %d is outside of the vocabulary of %lld symbols", ids[i],
                             (long long)n_words(s));
  rn_status status = RN_OK;
  for (int64_t from = 0, count; from < n && status == RN_OK; from += count) {
    count = chunk_length(s, ids + from, n - from);
    if (begins_line(s, ids[from])) s->state.fresh = true;
    status = feed_chunk(s, ids + from, count, logits);
  }
  return status;
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

static size_t longest_symbol(const rn_vocab *vocab) {
  size_t longest = 0, size;
  for (int32_t id = 0; id < rn_vocab_size(vocab); id++)
    if (rn_vocab_symbol(vocab, id, &size) && size > longest) longest = size;
  return longest;
}

static rn_status draw(rn_lm_session *s, const char *prompt, size_t prompt_size, int64_t length, bool until_eos, const rn_sampling *how,
                      float *scratch, char *piece, size_t room, rn_text_fn emit, void *user) {
  const rn_vocab *vocab = s->model->vocab;
  const float *logits = NULL;
  int32_t previous = -1;
  rn_status status = feed_prompt(s, prompt, prompt_size, &logits, &previous);
  for (int64_t i = 0; i < length && status == RN_OK; i++) {
    if (rn_context_stopping(s->ctx)) return rn_context_fail(s->ctx, RN_ERROR_STOPPED, "stopped");
    int32_t id = rn_sample(logits, rn_vocab_size(vocab), how, (uint64_t)i, scratch);
    if (until_eos && id == rn_vocab_eos(vocab)) break;
    size_t size = rn_vocab_decode(vocab, previous, id, piece, room);
    if (!emit(user, piece, size)) break;
    previous = id;
    if (i + 1 < length) status = rn_lm_session_feed(s, &id, 1, &logits);
  }
  return status;
}

rn_status rn_lm_generate(rn_context *ctx, const rn_model *model, const char *prompt, size_t prompt_size, int64_t length, bool until_eos,
                         const rn_sampling *sampling, rn_text_fn emit, void *user) {
  rn_lm_session *s;
  rn_status status = rn_lm_session_new(ctx, model, &s);
  if (status != RN_OK) return status;
  rn_sampling how = *sampling;
  if (how.reject == RN_REJECT_UNK) how.reject = rn_vocab_unk(model->vocab);
  size_t room = longest_symbol(model->vocab) + 2;
  float *scratch = rn_alloc_zero((size_t)rn_vocab_size(model->vocab), 2 * sizeof *scratch);
  char *piece = rn_alloc(room);
  if (scratch && piece) status = draw(s, prompt, prompt_size, length, until_eos, &how, scratch, piece, room, emit, user);
  else status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for generating");
  rn_free(scratch);
  rn_free(piece);
  rn_lm_session_free(s);
  return status;
}
