/* ngram.h: n-gram language models: counted, smoothed, kept as a trie that is mapped from its file. lm.h's functions run them. */
#ifndef RONDO_NGRAM_H
#define RONDO_NGRAM_H

#include <rondo/tokenizer.h>
#include <rondo/train.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RN_NGRAM_MAX_ORDER = 8, RN_NGRAM_BINS = 16 };

typedef enum rn_ngram_smoothing {
  /* Interpolated modified Kneser-Ney (Chen & Goodman 1998). a(h w) is the count of an n-gram of the highest order, or of one that begins a
   * line; else of how many words stand before it. D(a) is D1, D2, D3+ by a = 1, 2, more:
   *     p(w | h) = (a(h w) - D(a)) / a(h) + gamma(h) p(w | h'),   gamma(h) = sum_w D(a(h w)) / a(h),   p() = 1/V at the end
   *     Y = n1 / (n1 + 2 n2),  Dk = k - (k + 1) Y n_{k+1} / n_k   from the n_k n-grams of a = k, for each order
   * Where these do not exist, as in small texts, 0.5, 1 and 1.5 stand in. */
  RN_NGRAM_KNESER_NEY,
  /* Stupid backoff (Brants et al. 2007): S(w | h) = c(h w) / c(h), or alpha S(w | h') where h w was not seen. Scores, not probabilities:
   * they sum to more than 1. */
  RN_NGRAM_STUPID_BACKOFF,
  /* Deleted interpolation (Jelinek & Mercer 1980), weights by bins of how frequent a context is and by order:
   *     p(w | h) = lambda_b c(h w) / c(h) + (1 - lambda_b) p(w | h'),   b = floor(log2 c(h)),   p() = 1/V at the end
   * The weights are fitted by EM to the text itself, each token left out of the counts when it is predicted. */
  RN_NGRAM_JELINEK_MERCER,
  RN_NGRAM_READ /* as an ARPA file says */
} rn_ngram_smoothing;
RN_API const char *rn_ngram_smoothing_name(rn_ngram_smoothing smoothing); /* "kneser-ney", "stupid-backoff", "jelinek-mercer", "arpa" */
RN_API bool rn_ngram_smoothing_parse(const char *name, rn_ngram_smoothing *out);

/* What a model is. */
typedef struct rn_ngram_config {
  int order;
  rn_ngram_smoothing smoothing;
  bool lines;                                       /* each line is predicted on its own; else the text is one stream */
  double alpha;                                     /* of stupid backoff */
  int64_t prune[RN_NGRAM_MAX_ORDER];                /* n-grams seen so often or less were left out */
  double discount[RN_NGRAM_MAX_ORDER][3];           /* D1, D2, D3+ of each order, of Kneser-Ney */
  double weight[RN_NGRAM_MAX_ORDER][RN_NGRAM_BINS]; /* lambda of each order and bin, of Jelinek-Mercer */
  int64_t count[RN_NGRAM_MAX_ORDER];                /* n-grams of each order */
} rn_ngram_config;
/* Errors: the model is not of n-grams. */
RN_API rn_status rn_ngram_config_of(rn_context *ctx, const rn_model *model, rn_ngram_config *out);

typedef struct rn_ngram_options {
  int order; /* 1 to 8; 5 */
  rn_ngram_smoothing smoothing;
  double alpha; /* 0.4 */
  bool lines;   /* default: words true, characters and tokens false */
  /* n-grams of order i + 1 that the text holds prune[i] times or less are left out; prune[0] is 0, and none is less than the one before. */
  int64_t prune[RN_NGRAM_MAX_ORDER];
  rn_vocab_options vocab;
  const rn_tokenizer *tokenizer; /* NULL, or what the text is cut by, in place of `vocab`; the model holds a copy */
  int64_t memory;        /* bytes for counting; more n-grams go to a temporary file, in sorted runs. The model itself is in memory: about 30
                            bytes for each distinct n-gram while it is made. 1 GiB */
  const char *temporary; /* the folder of temporary files; NULL: the working folder */
} rn_ngram_options;
RN_API rn_ngram_options rn_ngram_options_default(rn_level level);

typedef struct rn_ngram_text { /* what was counted */
  int64_t n_tokens, n_unknown, n_bytes;
  uint64_t hash;  /* XXH3 of the text */
  int64_t n_runs; /* that went to the disk */
} rn_ngram_text;
/* Counts the n-grams of a text file (plain, .gz, .zst, "-") as it streams by and makes a model of them, the same for any number of threads.
 * about: may be NULL. Errors: RN_ERROR_ARGUMENT (options that make no sense), RN_ERROR_DATA (no text), RN_ERROR_IO, RN_ERROR_MEMORY. */
RN_API rn_status rn_ngram_train(rn_context *ctx, const char *path, const rn_ngram_options *options, rn_model **out, rn_ngram_text *about);

typedef struct rn_ngram_result {
  rn_ngram_text text;
  double valid; /* nats per token of the validation text; NaN: there is none */
  double seconds;
} rn_ngram_result;
/* The same into a run folder, as rn_train has it: model.safetensors, config.yaml, README.md, metrics.jsonl. Of `how`, the folder (NULL:
 * nothing is written; else also that of temporary files), force, command and config_yaml are read.
 *   valid    a text to measure the model on; NULL: none
 *   options  NULL: path is an ARPA file, which is read as it is
 * Errors: RN_ERROR_ARGUMENT also where the folder is not empty and force is not set. */
RN_API rn_status rn_ngram_train_run(rn_context *ctx, const char *path, const char *valid, const rn_ngram_options *options,
                                    const rn_train_options *how, rn_model **out, rn_ngram_result *result);

/* The ARPA format (SRILM's and KenLM's text files, plain, .gz or .zst). <s> and </s> are read as the line end. n-grams whose end is not
 * there are added with the probability that backing off gives them. Errors: RN_ERROR_DATA with line and column: a section is missing or
 * holds another number of n-grams than was said, a probability is positive or none, an n-gram stands there twice, the beginning of an
 * n-gram is not an n-gram, a word is not among the unigrams; RN_ERROR_IO, RN_ERROR_MEMORY. */
RN_API rn_status rn_ngram_read_arpa(rn_context *ctx, const char *path, rn_model **out);
/* Written beside, flushed and renamed. Errors: RN_ERROR_ARGUMENT: not of n-grams; a symbol that is white space, which the format cannot
 * hold; RN_ERROR_IO. */
RN_API rn_status rn_ngram_write_arpa(rn_context *ctx, const rn_model *model, const char *path);

#ifdef __cplusplus
}
#endif
#endif
