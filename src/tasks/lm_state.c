/* lm_state.c: carried states. */
#include "tasks/lm_state.h"
#include "base/alloc.h"
#include <string.h>

rn_status rn_lm_state_init(rn_context *ctx, const rn_lm *lm, int64_t n_seqs, rn_lm_state *out) {
  int64_t P = rn_lm_hidden(lm), H = rn_lm_cell(lm), layers = lm->rnn.options.n_layers;
  *out = (rn_lm_state){.lm = lm, .n_seqs = n_seqs, .fresh = true};
  out->block = rn_alloc_zero((size_t)(layers * n_seqs), (size_t)(P + H) * sizeof(float));
  if (!out->block) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the states of %lld streams", (long long)n_seqs);
  float *next = out->block;
  for (int64_t l = 0; l < layers; l++) {
    out->h[l] = next;
    next += n_seqs * P;
    if (H > 0) out->c[l] = next;
    next += n_seqs * H;
  }
  return RN_OK;
}

void rn_lm_state_free(rn_lm_state *state) {
  rn_free(state->block);
  *state = (rn_lm_state){0};
}

const rn_stack_state *rn_lm_state_read(const rn_lm_state *s, rn_graph *g, rn_stack_state *in) {
  if (s->fresh) return NULL;
  *in = (rn_stack_state){0};
  for (int l = 0; l < s->lm->rnn.options.n_layers; l++) {
    in->h[l] = rn_constant(g, s->h[l], 2, (int64_t[]){s->n_seqs, rn_lm_hidden(s->lm)}, NULL);
    if (s->c[l]) in->c[l] = rn_constant(g, s->c[l], 2, (int64_t[]){s->n_seqs, rn_lm_cell(s->lm)}, NULL);
  }
  return in;
}

void rn_lm_state_keep(rn_lm_state *s, const rn_stack_state *out) {
  for (int l = 0; l < s->lm->rnn.options.n_layers; l++) {
    memcpy(s->h[l], out->h[l]->data, (size_t)(s->n_seqs * rn_lm_hidden(s->lm)) * sizeof(float));
    if (s->c[l]) memcpy(s->c[l], out->c[l]->data, (size_t)(s->n_seqs * rn_lm_cell(s->lm)) * sizeof(float));
  }
  s->fresh = false;
}
