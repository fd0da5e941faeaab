/* word_shares.c: see word_shares.h. When the memory is full, all is forgotten, and what comes often is soon met again. */
#include "tasks/word_shares.h"
#include "base/alloc.h"
#include "base/map.h"
#include "nn/shares.h"
#include "ops/op.h"
#include <string.h>

struct rn_word_shares {
  const rn_tagger_model *net;
  rn_map *met;       /* word to row of the table */
  float *table;      /* [capacity, width] */
  int64_t capacity, width;
  int64_t n_made;    /* rows that are filled: all of `met`, but after an error */
  int64_t max_bytes; /* of shares; a batch of more new words than that is remembered whole, until the next */
};

static bool fits(const rn_tagger_model *net) {
  const rn_input_config *c = &net->config.input;
  return c->kind == RN_INPUT_WORDS && c->positions == 0 && c->context == 0 && rn_layer_stack_shares(&net->rnn);
}

static rn_status out_of_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a tagger's words"); }

rn_status rn_word_shares_new(rn_context *ctx, const rn_tagger_model *net, int64_t max_bytes, rn_word_shares **out) {
  *out = NULL;
  if (!fits(net)) return RN_OK;
  rn_word_shares *s = rn_alloc_zero(1, sizeof *s);
  rn_map *met = rn_map_new();
  if (!s || !met) {
    rn_free(s);
    rn_map_free(met);
    return out_of_memory(ctx);
  }
  const rn_stack_options *o = &net->rnn.options;
  int64_t width = (o->bidirectional ? 2 : 1) * rn_cell_gates(o->cell) * o->n_hidden;
  *s = (rn_word_shares){.net = net, .met = met, .width = width, .max_bytes = max_bytes};
  *out = s;
  return RN_OK;
}

void rn_word_shares_free(rn_word_shares *s) {
  if (!s) return;
  rn_map_free(s->met);
  rn_free(s->table);
  rn_free(s);
}

static bool forget(rn_word_shares *s) {
  rn_map_free(s->met);
  s->met = rn_map_new();
  s->n_made = 0;
  return s->met;
}

/* row[i] of every word; the new ones, in the order of their rows, into fresh. Returns how many these are, or -1: out of memory. */
static int64_t look_up(rn_word_shares *s, const rn_string *words, int64_t n, int32_t *row, rn_string *fresh) {
  int64_t n_fresh = 0;
  for (int64_t i = 0; i < n; i++) {
    bool is_new;
    const int64_t *at = rn_map_insert(s->met, words[i].data, words[i].size, rn_map_size(s->met), &is_new);
    if (!at) return -1;
    row[i] = (int32_t)*at;
    if (is_new) fresh[n_fresh++] = words[i];
  }
  return n_fresh;
}

static bool make_room(rn_word_shares *s, int64_t n) {
  if (n <= s->capacity) return true;
  int64_t capacity = n > 2 * s->capacity ? n : 2 * s->capacity;
  size_t bytes;
  float *table = rn_mul_size((size_t)capacity, (size_t)s->width * sizeof *table, &bytes) ? rn_realloc(s->table, bytes) : NULL;
  if (!table) return false;
  s->table = table;
  s->capacity = capacity;
  return true;
}

/* Reads the new words as one sequence, and multiplies. */
static rn_status make(rn_word_shares *s, rn_graph *g, const rn_string *fresh, int64_t n) {
  rn_context *ctx = rn_graph_context(g);
  const rn_sequences list = {.input = RN_INPUT_WORDS, .seqs = {1, (int64_t[]){0, n}}, .words = fresh};
  rn_encoded *encoded;
  rn_status status = rn_encoded_new(ctx, &s->net->input, &list, &encoded);
  if (status != RN_OK) return status;
  const rn_tensor *share = rn_layer_stack_share(&s->net->rnn, g, rn_input_apply(&s->net->input, g, encoded, (int64_t[]){0}, 1, 0, 0));
  rn_encoded_free(encoded);
  if (rn_graph_status(g) != RN_OK) return rn_graph_status(g);
  if (!make_room(s, s->n_made + n)) return out_of_memory(ctx);
  memcpy(s->table + s->n_made * s->width, share->data, (size_t)(n * s->width) * sizeof *s->table);
  s->n_made += n;
  return RN_OK;
}

rn_status rn_word_shares_find(rn_word_shares *s, rn_graph *g, const rn_string *words, int64_t n, rn_tensor **share, int32_t **row) {
  rn_context *ctx = rn_graph_context(g);
  bool full = s->n_made * s->width * (int64_t)sizeof *s->table >= s->max_bytes;
  if ((full || !s->met || s->n_made != rn_map_size(s->met)) && !forget(s)) return out_of_memory(ctx);
  rn_string *fresh = rn_graph_alloc(g, (size_t)n * sizeof *fresh);
  *row = rn_graph_alloc(g, (size_t)n * sizeof **row);
  if (rn_graph_status(g) != RN_OK) return rn_graph_status(g);
  int64_t n_fresh = look_up(s, words, n, *row, fresh);
  rn_status status = n_fresh < 0 ? out_of_memory(ctx) : n_fresh > 0 ? make(s, g, fresh, n_fresh) : RN_OK;
  if (status == RN_OK) *share = rn_constant(g, s->table, 2, (int64_t[]){s->n_made, s->width}, NULL);
  return status;
}
