/* layer_words.c: see layer_words.h.
 *
 *     lstm:  characters(w) = [last state of the LSTM forwards, last state of the one backwards]
 *     cnn:   characters(w) = largest over i of conv(letters)_i, by filter */
#include "nn/layer_words.h"
#include "nn/params.h"
#include "ops/op.h"
#include <math.h>

enum { CONV_WIDTH = 3 };

/* Of variance 1 / width, so that x W^T begins with the variance of W's rows whatever the width (He et al. 2015; Ma & Hovy 2016). */
static void add_table(rn_layer_embedding *l, rn_params *p, const char *name, int64_t rows, int64_t width, rn_init init) {
  if (init.kind == RN_INIT_DEFAULT) init = (rn_init){.kind = RN_INIT_UNIFORM, .scale = sqrtf(3 / (float)width)};
  rn_layer_embedding_init(l, p, name, rows, width, init);
}

static void add_lstm(rn_layer_words *l, rn_params *p) {
  rn_stack_options stack = rn_stack_options_default();
  stack.n_in = l->options.char_embed;
  stack.n_hidden = l->options.char_hidden;
  stack.bidirectional = true;
  stack.init_ih = stack.init_hh = l->options.init;
  rn_layer_stack_init(&l->rnn, p, "characters.rnn", &stack);
}

void rn_layer_words_init(rn_layer_words *l, rn_params *p, const rn_words_options *options) {
  const rn_words_options *o = options;
  *l = (rn_layer_words){.options = *o};
  if (o->embed > 0) add_table(&l->embed, p, "embed", o->n_words, o->embed, o->init);
  if (o->characters != RN_CHARACTERS_NONE) add_table(&l->letters, p, "characters.embed", o->n_letters, o->char_embed, o->init);
  if (o->characters == RN_CHARACTERS_LSTM) add_lstm(l, p);
  if (o->characters == RN_CHARACTERS_CNN)
    rn_layer_conv1d_init(&l->conv, p, "characters.conv", o->char_embed, o->char_hidden, CONV_WIDTH, o->init);
  if (o->casing > 0) add_table(&l->casing, p, "casing", o->n_casings, o->casing, o->init);
  l->width = o->embed + o->casing;
  if (o->characters != RN_CHARACTERS_NONE) l->width += o->characters == RN_CHARACTERS_LSTM ? 2 * o->char_hidden : o->char_hidden;
}

/* The last states of both directions for each row of the batch: those of form f are rows f and n_forms + f. Puts two tensors. */
static int put_lstm(const rn_layer_words *l, rn_graph *g, const rn_word_rows *w, const rn_ragged *seqs, rn_tensor **parts) {
  int64_t n = rn_ragged_rows(seqs), n_forms = w->letters_of.n_seqs;
  int32_t *backward = rn_graph_alloc(g, (size_t)n * sizeof *backward);
  rn_stack_state last = {0};
  rn_layer_stack_apply_ids(&l->rnn, &l->letters, g, w->letters, &w->letters_of, NULL, &last);
  for (int64_t r = 0; backward && r < n; r++) backward[r] = (int32_t)n_forms + w->form[r];
  parts[0] = rn_rows(g, last.h[0], w->form, n, seqs);
  parts[1] = rn_rows(g, last.h[0], backward, n, seqs);
  return 2;
}

static int put_convolution(const rn_layer_words *l, rn_graph *g, const rn_word_rows *w, const rn_ragged *seqs, rn_tensor **parts) {
  rn_tensor *x = rn_layer_embedding_apply(&l->letters, g, w->letters, rn_ragged_rows(&w->letters_of), &w->letters_of);
  rn_tensor *y = rn_layer_conv1d_apply(&l->conv, g, x, NULL);
  parts[0] = rn_rows(g, rn_pool_time(g, y, RN_MAX), w->form, rn_ragged_rows(seqs), seqs);
  return 1;
}

/* The mean of its pieces' embeddings, of each form once. */
static rn_tensor *mean_of_pieces(const rn_layer_words *l, rn_graph *g, const rn_word_rows *w, const rn_ragged *seqs) {
  rn_tensor *forms = rn_embedding_bag(g, &l->embed.weight->tensor, w->pieces, NULL, &w->pieces_of, RN_BAG_MEAN);
  return rn_rows(g, forms, w->form, rn_ragged_rows(seqs), seqs);
}

rn_tensor *rn_layer_words_apply(const rn_layer_words *l, rn_graph *g, const rn_word_rows *w) {
  const rn_ragged *seqs = rn_graph_ragged(g, &w->seqs);
  int64_t n = rn_ragged_rows(seqs);
  rn_tensor *parts[4];
  int n_parts = 0;
  if (l->options.pieces) parts[n_parts++] = mean_of_pieces(l, g, w, seqs);
  else if (l->embed.weight) parts[n_parts++] = rn_layer_embedding_apply(&l->embed, g, w->word, n, seqs);
  if (l->options.characters == RN_CHARACTERS_LSTM) n_parts += put_lstm(l, g, w, seqs, parts + n_parts);
  if (l->options.characters == RN_CHARACTERS_CNN) n_parts += put_convolution(l, g, w, seqs, parts + n_parts);
  if (l->casing.weight) parts[n_parts++] = rn_layer_embedding_apply(&l->casing, g, w->casing, n, seqs);
  return n_parts == 1 ? parts[0] : rn_concat(g, parts, n_parts);
}
