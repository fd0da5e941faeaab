/* input.h: what a tagger or classifier reads: rows of floats, made from words, numbers or bases.
 *
 *     word:     x_t = [ embed[id(w_t)], characters(w_t), casing[how w_t is written] ]
 *               x_t = [ 1/n sum_j embed[p_j], .. ], p_1 .. p_n = pieces(w_t)           by a tokenizer: no word is unknown
 *     token:    x_t = [ embed[id_t] ]
 *     context:  x_t = [ x_t, gamma sum_j softmax(s)_j h_{t,j} ], the states h of a bidirectional language model (Peters et al. 2018)
 *     numbers:  x_t = [ (v_t - mean) / deviation, 0 where missing; 1 where missing, for variables that have gaps ]
 *     base:     x_t = probabilities of A C G T
 *     any:      x_t = [ x_t, sin and cos of 2 pi t / 8, 2 pi t / 16, 2 pi t / 32, ... ]    with positions (after Vaswani et al. 2017)
 */
#ifndef RONDO_INPUT_H
#define RONDO_INPUT_H

#include <rondo/data_vectors.h>
#include <rondo/model.h>
#include <rondo/sequences.h>

#ifdef __cplusplus
extern "C" {
#endif

RN_API const char *rn_characters_name(rn_characters kind); /* "none", "lstm", "cnn": kinds.h */
RN_API bool rn_characters_parse(const char *name, rn_characters *out);

typedef struct rn_input_config {
  rn_input_kind kind;
  int64_t positions;     /* columns that say where row t of its sequence stands: an even number; 0: none. For sequences that lie one upon
                          * the other, as sites on DNA do */
  /* Words. */
  rn_split split;        /* how a text is cut that comes without words: what the training data was cut by. RN_SPLIT_TOKENS: rows are the
                          * tokens of the building's tokenizer */
  bool fold;             /* words are looked up in lower case with 0 for every digit (Collobert et al. 2011) */
  int64_t embed;         /* width of the word embedding; 0: none */
  rn_characters characters;
  int64_t char_embed;    /* width of a letter's embedding */
  int64_t char_hidden;   /* what the characters give: units of each direction, or filters */
  int64_t casing;        /* width of the embedding of how a word is written (aaa Aaa AAA AaA 12 1a ...); 0: none */
  float unk_rate;        /* in training, how often a word that was seen once is read as <unk>, so that <unk> is learned */
  bool freeze_embed;     /* pretrained vectors stay as they are */
  int64_t context;       /* columns of contextual vectors beside all that; 0: none. Set by the building */
  /* Numbers. */
  bool standardise;      /* by mean and deviation of the training part, which are stored in the model */
} rn_input_config;
RN_API rn_input_config rn_input_config_default(rn_input_kind kind);
/* What goes with a tokenizer: nothing is folded, nothing read as <unk>; rows that are its tokens have no letters and no casing.
 *   rows  RN_SPLIT_TOKENS; else rows are words, and a word's embedding is the mean of those of its pieces */
RN_API void rn_input_config_use_tokenizer(rn_input_config *config, bool rows);

/* What is learned before any weight, from the training part or elsewhere. */
typedef struct rn_input_building {
  int64_t max_words, min_count; /* vocabulary: the most frequent ones (0: all), and those seen so often (0: 1) */
  const rn_vectors *vectors;    /* pretrained: its words join the vocabulary, as they are written or folded; NULL: none */
  const rn_tokenizer *tokenizer; /* NULL, or whose tokens are the vocabulary; the model holds a copy. See rn_input_config_use_tokenizer */
  const rn_model *context;      /* NULL, or of kind "bilm": words are also read by its states. The model holds a copy that stays as it is */
} rn_input_building;

#ifdef __cplusplus
}
#endif
#endif
