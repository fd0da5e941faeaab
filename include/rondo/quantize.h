/* quantize.h: vectors in fewer bits. */
#ifndef RONDO_QUANTIZE_H
#define RONDO_QUANTIZE_H

#include <rondo/data_vectors.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Each row by itself:
 *   8 bits: x_k = s q_k,  q_k = round(x_k / s) in -127 .. 127,  s = max |x| / 127
 *   1 bit:  x_k = s sign(x_k),                                  s = mean |x|        (the sign of 0 is +)
 *
 * *out: the vectors as they are after that, to be compared or used. Free with rn_vectors_free. Errors: RN_ERROR_ARGUMENT: other bits than 8
 * and 1; RN_ERROR_MEMORY. */
RN_API rn_status rn_vectors_quantize(rn_context *ctx, const rn_vectors *vectors, int bits, rn_vectors *out);
/* Writes the bits as a model file (a folder, or .safetensors), which rn_vectors_open reads: embedding.scale [V] float and embedding.int8
 * [V, dim], or embedding.bits [V, (dim + 7) / 8], whose byte k holds columns 8 k to 8 k + 7 from its lowest bit on. Errors: as
 * rn_vectors_save. */
RN_API rn_status rn_vectors_save_quantized(rn_context *ctx, const rn_vectors *vectors, int bits, const char *path);
/* How many of each row's k nearest, by cosine, are among its k nearest after; mean over up to `most` rows, evenly spread.
 *   rows, after [n, dim] */
RN_API rn_status rn_neighbour_overlap(rn_context *ctx, int64_t n, int64_t dim, const float *rows, const float *after, int64_t k,
                                      int64_t most, double *overlap);

#ifdef __cplusplus
}
#endif
#endif
