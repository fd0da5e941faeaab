/* embeddings.h: learning word vectors from a text: skip-gram, CBOW and GloVe. */
#ifndef RONDO_EMBEDDINGS_H
#define RONDO_EMBEDDINGS_H

#include <rondo/train.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Words c are read in windows about each word w of the text; sigma is the logistic function, k wrong words n are drawn with probability
 * proportional to count^0.75.
 *
 *   SKIPGRAM  maximises  log sigma(v_c . u_w) + sum_n log sigma(-v_c . u_n)       for every c in the window      Mikolov et al. 2013
 *   CBOW      the same with v_c replaced by the mean of the window's v_c          once for each w
 *   GLOVE     minimises  f(X_ij) (v_i . u_j + b_i + b_j - log X_ij)^2             over the counts X of neighbours, each 1 / its distance
 *                        f(x) = min(1, (x / x_max)^alpha)                                                 Pennington et al. 2014
 *
 * hierarchical: instead of one right word and k wrong ones, the decisions on the way from the root of a Huffman tree to the word.
 * max_subword > 0: v_c is the mean of c's own vector and those of the runs of min_subword to max_subword letters of "<c>", hashed into a
 * table of `buckets` vectors (Bojanowski et al. 2017): words never seen have vectors, too. */
typedef enum rn_embeddings_kind { RN_SKIPGRAM, RN_CBOW, RN_GLOVE } rn_embeddings_kind;
RN_API const char *rn_embeddings_kind_name(rn_embeddings_kind kind); /* "skipgram", "cbow", "glove" */
RN_API bool rn_embeddings_kind_parse(const char *name, rn_embeddings_kind *out);

typedef struct rn_embeddings_options {
  rn_embeddings_kind kind;
  int64_t dim;        /* 100; at most 8192 */
  int64_t window;     /* words to each side, 1 to 256: at most 5, drawn anew for each word; GLOVE always 15 */
  int64_t negatives;  /* k, 5 */
  bool hierarchical;  /* false */
  double sample;      /* words that are a larger share of the text than this are left out at random; 1e-3; 0: none are */
  int64_t epochs;     /* 5; GLOVE 25 */
  double lr;          /* 0.025, CBOW and GLOVE 0.05; falls to 0, but for GLOVE, whose rule is AdaGrad */
  int64_t min_subword, max_subword, buckets; /* 0, 0: none; 2000000 */
  double x_max, alpha; /* 100, 0.75 */
  uint64_t seed;       /* 42 */

  /* The text: */
  int64_t min_count, max_vocab; /* 5: rarer words are left out; 0: no limit */
  int64_t phrases;              /* passes in which pairs of words that stand together become one, a_b; 0 */
  double phrase_threshold;      /* 100: N (n_ab - 5) / (n_a n_b) of those that do */
  int64_t memory;               /* bytes for the text's ids, and for counting neighbours; what is more goes to temporary files; 2 GiB */
  const char *temporary;        /* folder for these; NULL: the working folder */
} rn_embeddings_options;
RN_API rn_embeddings_options rn_embeddings_options_default(rn_embeddings_kind kind);

/* A text as its words' ids, with its vocabulary: read once, plain, .gz or .zst, "-": standard input. A line end ends a sentence, over
 * which no window reaches; it is no word. Errors: RN_ERROR_IO; RN_ERROR_DATA: no words, one word alone, none that comes min_count times;
 * RN_ERROR_MEMORY; RN_ERROR_ARGUMENT: options that make no sense. */
typedef struct rn_embeddings_text rn_embeddings_text;
RN_API rn_status rn_embeddings_text_open(rn_context *ctx, const char *path, const rn_embeddings_options *options, rn_embeddings_text **out);
RN_API void rn_embeddings_text_free(rn_embeddings_text *text); /* NULL is allowed */
typedef struct rn_embeddings_text_info {
  int64_t n_types, n_tokens;  /* as they stand in the text */
  int64_t n_words, n_trained; /* of the vocabulary, and their places in the text */
  int64_t n_phrases;          /* places where words were joined */
  uint64_t n_bytes, hash;
} rn_embeddings_text_info;
RN_API rn_embeddings_text_info rn_embeddings_text_describe(const rn_embeddings_text *text);

/* Learns the vectors of a text's words. The result is the same to the bit for any number of threads.
 *   run   of it folder, resume, force, config_yaml, command, data_json, log_every (batches of 200 words; GLOVE: rounds), max_seconds;
 *         NULL: none of them. A folder is left with the state after each epoch, or where it was stopped: resuming goes on from there,
 *         SKIPGRAM and CBOW to the same bits as if nothing had happened; GLOVE, whose file lacks the sums of squares, is not resumed.
 *   observe may be NULL
 *   *out  a model of kind "embeddings"; also after RN_ERROR_STOPPED. May be NULL. Free with rn_model_free
 * Model: embedding.weight [V, dim], ngrams.weight [buckets, dim] with subwords; output.weight, what scores were taken with: [V, dim], or
 * [V - 1, dim] hierarchical. GLOVE: embedding.weight alone, v + u.
 * Errors: RN_ERROR_ARGUMENT, RN_ERROR_MEMORY, RN_ERROR_IO, RN_ERROR_STOPPED, RN_ERROR_DIVERGED. */
RN_API rn_status rn_embeddings_train(rn_context *ctx, const rn_embeddings_text *text, const rn_embeddings_options *options,
                                     const rn_train_options *run, rn_train_fn observe, void *user, rn_model **out,
                                     rn_train_result *result);

#ifdef __cplusplus
}
#endif
#endif
