/* cpu_kernels.h: the entries of the CPU's table besides matrix products and recurrences. kernels/backend.h says what each computes. */
#ifndef RN_KERNELS_CPU_KERNELS_H
#define RN_KERNELS_CPU_KERNELS_H

#include "kernels/backend.h"
#include "kernels/cpu/vec.h"

/* cpu_elementwise.c */
void RN_K(unary)(rn_pool *pool, rn_activation f, int64_t n, const float *x, float *y);
void RN_K(unary_grad)(rn_pool *pool, rn_activation f, int64_t n, const float *x, const float *y, const float *dy, float *dx);
void RN_K(binary)(rn_pool *pool, rn_binary f, int64_t n, const float *a, const float *b, float *y);
void RN_K(axpy)(rn_pool *pool, int64_t n, float alpha, const float *x, float *y);
void RN_K(scale)(rn_pool *pool, int64_t n, float alpha, const float *x, float *y);
void RN_K(mul_add)(rn_pool *pool, int64_t n, const float *a, const float *b, float *y);

/* cpu_rows.c */
void RN_K(add_row)(rn_pool *pool, int64_t m, int64_t n, const float *x, const float *row, float *y);
void RN_K(sum_rows)(rn_pool *pool, int64_t m, int64_t n, const float *x, int64_t ldx, float *row);
void RN_K(gather_rows)(rn_pool *pool, int64_t m, int64_t n, const float *table, const int32_t *ids, float *y);
void RN_K(scatter_add_rows)(rn_pool *pool, int64_t m, int64_t n, const float *dy, const int32_t *ids, float *table);
void RN_K(copy_cols)(rn_pool *pool, int64_t m, int64_t n, const float *x, int64_t ldx, float *y, int64_t ldy, bool accumulate);

/* cpu_layer_norm.c */
void RN_K(layer_norm)(rn_pool *pool, int64_t m, int64_t n, float eps, const float *x, const float *gain, const float *bias, float *y,
                      float *saved);
void RN_K(layer_norm_grad)(rn_pool *pool, int64_t m, int64_t n, const float *x, const float *gain, const float *saved, const float *dy,
                           float *dx, float *dgain, float *dbias);

/* cpu_dropout.c */
void RN_K(dropout)(rn_pool *pool, int64_t m, int64_t n, float rate, uint64_t seed, uint64_t stream, const int32_t *row_of, const float *x,
                   float *y, bool accumulate);

/* cpu_softmax.c */
void RN_K(softmax)(rn_pool *pool, int64_t m, int64_t n, const float *x, float *y, bool log_form);
void RN_K(xent)(rn_pool *pool, const rn_xent *a, const float *logits, float *loss, float *saved);
void RN_K(xent_grad)(rn_pool *pool, const rn_xent *a, const float *logits, const float *saved, const float *dloss, float *dlogits,
                     bool accumulate);

/* cpu_sigmoid_entropy.c */
void RN_K(sigmoid_xent)(rn_pool *pool, int64_t m, int64_t n, const float *x, const float *z, const float *weight, float *loss);
void RN_K(sigmoid_xent_grad)(rn_pool *pool, int64_t m, int64_t n, const float *x, const float *z, const float *weight, float dloss,
                             float *dx, float *dz);

/* cpu_crf.c */
size_t RN_K(crf_scratch)(const rn_chain *a);
void RN_K(crf)(rn_pool *pool, const rn_chain *a, void *scratch);

/* cpu_pool_time.c */
void RN_K(pool_time)(rn_pool *pool, rn_pooling how, int64_t n_seqs, const int64_t *offset, int64_t n, const float *x, float *y,
                     int32_t *argmax);
void RN_K(pool_time_grad)(rn_pool *pool, rn_pooling how, int64_t n_seqs, const int64_t *offset, int64_t n, const int32_t *argmax,
                          const float *dy, float *dx);

/* cpu_convolution.c */
size_t RN_K(convolution_scratch)(const rn_convolution *c, bool backward, int n_threads);
void RN_K(convolution)(rn_pool *pool, const rn_convolution *c, void *scratch);
void RN_K(convolution_grad)(rn_pool *pool, const rn_convolution *c, void *scratch);
size_t RN_K(convolution_pack_size)(const rn_convolution *c);
void RN_K(convolution_pack)(const rn_convolution *c, float *packed);

/* cpu_bags.c */
void RN_K(bags)(rn_pool *pool, const rn_bags *b, const float *table, float *y);
void RN_K(bags_grad)(rn_pool *pool, const rn_bags *b, const float *table, const float *dy, float *dtable, float *dweight);

/* cpu_glove.c */
double RN_K(glove)(const rn_glove *g, int64_t n, const rn_glove_pair *pair, float *table);

/* cpu_windows.c */
size_t RN_K(windows_scratch)(const rn_windows *batch, int64_t n_batches);
void RN_K(windows)(rn_pool *pool, const rn_windows *batch, int64_t n_batches, float *in, float *out, double *loss, void *scratch);

/* cpu_reduce.c */
double RN_K(sum)(rn_pool *pool, int64_t n, const float *x);
double RN_K(sum_squares)(rn_pool *pool, int64_t n, const float *x);

/* cpu_update.c */
void RN_K(update)(rn_pool *pool, const rn_update *u, int64_t n, float *w, const float *g, float *m, float *v);
void RN_K(update_rows)(const rn_update *u, int64_t n_rows, const int32_t *row, int64_t n, float *w, const float *g, float *m, float *v);

/* cpu_distance.c */
float RN_K(squared_distance)(int64_t n, const float *x, const float *y);
size_t RN_K(dtw_scratch)(int64_t n);
float RN_K(dtw)(int64_t d, int64_t n, const float *x, int64_t m, const float *y, float limit, void *scratch);

/* cpu_peak.c */
double RN_K(peak)(int64_t n);

#endif
