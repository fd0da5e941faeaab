/* input.h: what a tagger or classifier reads, for its models and tasks. See <rondo/input.h>.
 *
 *     json_t *config = rn_input_learn(ctx, &options, building, train, &vocab);   before the model: what the training part says
 *     rn_input_init(ctx, &self->input, model, config, init);                     in the architecture: checks, declares parameters
 *     rn_encoded_new(ctx, &self->input, sequences, &encoded);                    once for each data set
 *     x = rn_input_apply(&self->input, g, encoded, pick, n, seed, position);     on each pass
 */
#ifndef RN_MODELS_INPUT_H
#define RN_MODELS_INPUT_H

#include "models/input_context.h"
#include "nn/layer_words.h"
#include "text/lexicon.h"
#include "text/tokenizer_words.h"
#include <rondo/input.h>

typedef struct rn_input {
  rn_input_config config;
  const rn_vocab *vocab;   /* words: the model's */
  rn_lexicon *lexicon;     /* words: the same, and the letters; NULL for numbers */
  rn_word_pieces pieces;   /* words that are read by them (input_pieces.h) */
  rn_layer_words words;    /* words */
  rn_input_context *context; /* words; NULL: none */
  int64_t n_vars;          /* numbers in a row */
  float *mean, *deviation; /* [n_vars], or NULL */
  uint8_t *flagged;        /* [n_vars], 1: this variable has gaps, and a column says where */
  int64_t width;           /* of x_t */
  int64_t n_hashed;        /* set before rn_input_init: rows of the embedding after those of the vocabulary, of n-grams (bag_ids.h) */
} rn_input;

/* The configuration with what the training part says (letters; mean, deviation, gaps), as a new object for rn_input_init, and the
 * vocabulary, for rn_model_new (NULL for numbers). NULL after reporting into the context. */
json_t *rn_input_learn(rn_context *ctx, const rn_input_config *config, const rn_input_building *building, const rn_sequences *train,
                       rn_vocab **vocab);
/* Checks every number and declares the parameters "embed.weight", "characters...", "casing.weight". The vocabulary is model->vocab.
 * init: of every weight; RN_INIT_DEFAULT: by layer. */
rn_status rn_input_init(rn_context *ctx, rn_input *input, rn_model *model, const json_t *config, rn_init init);
/* After rn_params_build: rows of the embedding from pretrained vectors of its width: of each word its own, else that of its folded form,
 * else the first that is read as this word. *loaded counts them. */
rn_status rn_input_load_vectors(rn_context *ctx, rn_input *input, const rn_vectors *vectors, int64_t *loaded);
/* After rn_params_build: the weights of the building's bidirectional language model, where it has one. */
rn_status rn_input_load_context(rn_context *ctx, rn_model *model, const rn_input_building *building);
void rn_input_free(rn_input *input);

/* Sequences as the model reads them: of words their ids, casing and, for each distinct form once, letters; of numbers the values,
 * standardised. */
typedef struct rn_encoded {
  rn_ragged seqs;
  int32_t *word, *casing, *form; /* [n_rows]; NULL for numbers, and where the configuration has no use for them */
  uint8_t *once;                 /* [n_rows], 1: seen once in training; unk_rate of these are read as <unk> in training */
  rn_ragged letters_of;          /* letters_of.n_seqs distinct forms */
  rn_ragged pieces_of;           /* the same, where words are read by pieces */
  int32_t *letters, *pieces;
  rn_context_pieces context;     /* of words in sentences; empty without contextual vectors */
  float *values;                 /* [n_rows, width]; NULL for words */
  int64_t n_unknown;             /* words that are <unk> */
} rn_encoded;
/* Errors: RN_ERROR_ARGUMENT (sequences of another kind), RN_ERROR_DATA (another width; numbers that no float holds), RN_ERROR_MEMORY. */
rn_status rn_encoded_new(rn_context *ctx, const rn_input *input, const rn_sequences *sequences, rn_encoded **out);
void rn_encoded_free(rn_encoded *encoded);
/* Of DNA: behind the n sequences, n .. 2 n - 1, the same ones on the other strand, in its own direction. */
rn_status rn_encoded_add_other_strand(rn_context *ctx, rn_encoded *encoded);

/* A number that stands for what is read of a word, letters and casing apart; -1: it is not known. (input_pieces.c) Errors:
 * RN_ERROR_DATA (a tokenizer that fails on it), RN_ERROR_MEMORY. */
rn_status rn_input_key(rn_context *ctx, const rn_input *input, rn_string word, int64_t *key);

/* The rows of sequences pick[0 .. n) on a pass: [n_rows, width] with these sequences. In training, what is read as <unk> is a function
 * of (seed, position) alone. */
rn_tensor *rn_input_apply(const rn_input *input, rn_graph *g, const rn_encoded *encoded, const int64_t *pick, int64_t n, uint64_t seed,
                          uint64_t position);

#endif
