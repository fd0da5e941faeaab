/* data.h: a corpus, and its batches. What is labelled is read by data_conll.h and its neighbours. */
#ifndef RONDO_DATA_H
#define RONDO_DATA_H

#include <rondo/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A whole text file in memory: mapped, or unpacked when it is .gz or .zst; "-" is standard input. A UTF-8 BOM is skipped and CRLF
 * line ends are read as LF (both logged as warnings). Errors: RN_ERROR_IO, RN_ERROR_DATA (empty). */
typedef struct rn_corpus {
  const char *text;
  size_t size;
  uint64_t hash; /* XXH3 of the file's bytes (after unpacking) */
  void *owner;   /* private */
} rn_corpus;
RN_API rn_status rn_corpus_open(rn_context *ctx, const char *path, rn_corpus *out);
RN_API void rn_corpus_close(rn_corpus *corpus);

/* Batches of next-token prediction: targets are inputs shifted by one. Everything about batch i is a function of the options and i
 * alone, so a position is one number. */
typedef struct rn_lm_batches rn_lm_batches;
typedef struct rn_lm_batches_options {
  int64_t batch;   /* streams side by side, or lines per batch */
  int64_t bptt;    /* steps per batch (streams); 0: whole streams */
  bool lines;      /* one ragged sequence per line (split after eos) instead of contiguous streams with carried state */
  int32_t eos;     /* lines: the id that ends one, and that each begins from */
  uint64_t seed;   /* lines: their order is shuffled by (seed, epoch); lengths are mixed */
} rn_lm_batches_options;
typedef struct rn_lm_batch {
  const int32_t *ids;     /* [n_rows] */
  const int32_t *targets; /* [n_rows] */
  rn_ragged seqs;
  bool fresh;             /* states start anew: the first batch of streams, or any batch of lines */
} rn_lm_batch;
/* ids must outlive it. Errors: RN_ERROR_DATA when there are fewer than 2 ids. A text shorter than batch * bptt gets fewer, shorter
 * streams (logged). */
RN_API rn_status rn_lm_batches_new(rn_context *ctx, const int32_t *ids, int64_t n, const rn_lm_batches_options *options,
                                   rn_lm_batches **out);
RN_API void rn_lm_batches_free(rn_lm_batches *batches);
RN_API int64_t rn_lm_batches_count(const rn_lm_batches *batches); /* per epoch */
/* Batch i of an epoch; the arrays belong to `batches` and hold until the next call. */
RN_API rn_lm_batch rn_lm_batches_get(rn_lm_batches *batches, int64_t epoch, int64_t i);
/* The text as it is read from its end, or, with lines, each of its lines so. The last eos stays the last; eos -1: there is none.
 *   ids, out  [n] */
RN_API void rn_lm_ids_reverse(const int32_t *ids, int64_t n, int32_t eos, bool lines, int32_t *out);

#ifdef __cplusplus
}
#endif
#endif
