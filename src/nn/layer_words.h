/* layer_words.h: a word as a vector: of itself, of its letters, and of how it is written.       Lample et al. 2016, Ma & Hovy 2016
 *
 *     x_t = [ embed[w_t], characters(letters of w_t), casing[c_t] ]
 *
 * or, by pieces, 1/n sum_j embed[p_j] over the pieces p_1 .. p_n of w_t in place of embed[w_t].
 *
 * Parameters: "embed.weight", "characters.embed.weight", "characters.rnn...." or "characters.conv.weight" and ".bias",
 * "casing.weight". */
#ifndef RN_NN_LAYER_WORDS_H
#define RN_NN_LAYER_WORDS_H

#include <rondo/nn.h>

typedef struct rn_words_options {
  int64_t n_words, embed; /* embed 0: no embedding of words */
  bool pieces;            /* the n_words are pieces of words */
  rn_characters characters;
  int64_t n_letters, char_embed, char_hidden; /* char_hidden: units of each direction, or filters */
  int64_t n_casings, casing;                  /* casing 0: not told apart by that */
  rn_init init;                               /* of every weight; RN_INIT_DEFAULT: of embeddings uniform +-sqrt(3 / width), else by layer */
} rn_words_options;

typedef struct rn_layer_words {
  rn_words_options options;
  rn_layer_embedding embed, letters, casing; /* weight NULL where there is none */
  rn_layer_stack rnn;                        /* RN_CHARACTERS_LSTM */
  rn_layer_conv1d conv;                      /* RN_CHARACTERS_CNN */
  int64_t width;                             /* of x_t; 0: nothing is read of a word */
} rn_layer_words;

/* The words of a batch. Words that are spelled alike are one form, whose letters are read once. */
typedef struct rn_word_rows {
  rn_ragged seqs;
  const int32_t *word, *casing, *form; /* [rows of seqs]; NULL where no part of the layer reads them */
  rn_ragged letters_of, pieces_of;     /* by form */
  const int32_t *letters, *pieces;
} rn_word_rows;

/* Sizes are checked by the caller; char_embed and char_hidden are at least 1 where there are characters. */
void rn_layer_words_init(rn_layer_words *l, rn_params *p, const rn_words_options *options);
/* -> [rows of seqs, width], with these sequences. */
rn_tensor *rn_layer_words_apply(const rn_layer_words *l, rn_graph *g, const rn_word_rows *rows);

#endif
