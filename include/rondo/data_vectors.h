/* data_vectors.h: word vectors: pretrained ones in the layouts people have, and those of `rondo train embeddings`. */
#ifndef RONDO_DATA_VECTORS_H
#define RONDO_DATA_VECTORS_H

#include <rondo/data.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rn_vectors_format {
  RN_VECTORS_GUESS,    /* a folder or .safetensors is MODEL, .npy NPY, .bin BINARY or, by its first bytes, FASTTEXT; else TEXT */
  RN_VECTORS_TEXT,     /* word2vec's text, fastText's .vec (a first line of two whole numbers: words and width), GloVe's (none) */
  RN_VECTORS_BINARY,   /* word2vec's: that line, then each word, a blank, little-endian floats, perhaps a newline */
  RN_VECTORS_FASTTEXT, /* fastText's model with its n-grams, version 11 or 12, or the older one without a version */
  RN_VECTORS_NPY,      /* NumPy's matrix X.npy and beside it its words, a line each: X.words */
  RN_VECTORS_MODEL,    /* our model file of kind "embeddings": embedding.weight [V, dim], perhaps ngrams.weight [buckets, dim]; its
                          configuration says subword_min, subword_max, buckets */
} rn_vectors_format;

/* Without a header the width is the first line's, and a word may hold blanks: it is what stands before the last `width` numbers. */
typedef struct rn_vectors_options {
  rn_vectors_format format;
  /* Whether a word is wanted; NULL: all are. Only vectors that are wanted take memory; of the others, only the width is checked. */
  bool (*keep)(void *user, const char *word, size_t size);
  void *user;
  bool skip_bad; /* bad lines are left out and counted */
} rn_vectors_options;
RN_API rn_vectors_options rn_vectors_options_default(void);

typedef struct rn_vectors {
  int64_t n, dim;        /* words kept, and the width of a vector */
  const float *values;   /* [n, dim], in the order of the file */
  int64_t n_in_file;     /* words that were read */
  int64_t n_bad;         /* lines that were bad and are left out */
  uint64_t hash;         /* of the file */
  const int64_t *counts; /* [n] how often a word was seen in training; NULL where the file does not say */
  bool subwords;         /* unknown words have vectors, too: the mean of their n-grams' */
  void *owner;           /* private */
} rn_vectors;

/* Reads a file. Free with rn_vectors_free. Errors: RN_ERROR_DATA: a vector of another width, no number, NaN, infinity, a word that comes
 * twice, fewer words than the header says, the end in the middle of one; each with line and column, or with its number and byte in a
 * binary file. No word kept is no error. RN_ERROR_IO, RN_ERROR_MEMORY. */
RN_API rn_status rn_vectors_open(rn_context *ctx, const char *path, const rn_vectors_options *options, rn_vectors *out);
RN_API void rn_vectors_free(rn_vectors *vectors);
RN_API int64_t rn_vectors_find(const rn_vectors *vectors, const char *word, size_t size); /* its row; -1 when absent */
RN_API rn_string rn_vectors_word(const rn_vectors *vectors, int64_t row);
/* The vector of a word into out [dim]: its row, or else the mean of its n-grams' rows (Bojanowski et al. 2017). False where it has neither.
 */
RN_API bool rn_vectors_get(const rn_vectors *vectors, const char *word, size_t size, float *out);

/* Words and a matrix as vectors, copied: what was computed, ready to be saved.
 *   values [n, dim]; words of `like` row by row, and its counts
 * Errors: RN_ERROR_MEMORY. */
RN_API rn_status rn_vectors_with_values(rn_context *ctx, const rn_vectors *like, const float *values, rn_vectors *out);
/* Writes vectors so that each number reads back as the same float: beside, flushed, renamed. GUESS: by the path: .bin BINARY, .txt TEXT
 * without a first line, .vec TEXT with it, .npy NPY (and the words to X.words), .safetensors or a folder MODEL. N-grams are not written.
 * Errors: RN_ERROR_ARGUMENT (another ending, FASTTEXT), RN_ERROR_DATA (a word that the format cannot hold), RN_ERROR_IO, RN_ERROR_MEMORY.
 */
RN_API rn_status rn_vectors_save(rn_context *ctx, const rn_vectors *vectors, const char *path, rn_vectors_format format);

#ifdef __cplusplus
}
#endif
#endif
