/* cpu_convolution.c: a convolution over time as one matrix product.
 *
 *   y_i = b + sum_k W_k x_{i s + (k - p) d}          k < K; x is zero outside its sequence
 *
 * Rows of x lie one after the other, so the K rows under a window are a single row of K I floats that begins inside x: the product reads
 * them there, and nothing is written K times. Two things are in the way, a window that reaches over the end of its sequence, and
 * dilation, which skips rows. So x is copied once, into lanes: a convolution of dilation d is d plain ones, each over every d-th row, and
 * around each lane are rows of zeros, as many as a window can reach over.
 *
 *   sequences a b c d e | f g, K = 3, d = 2, p = 1:      0 a c e 0 b d 0 f 0 g 0
 *
 *   y   = A W'^T + b        A [n', K I]: row i is the window of y_i in the lanes of x        W'[o, k, i] = W[o, i, k]
 *   dW' += dy^T A
 *   dx  += D V              D [n, K O]: row t is the window of x_t in the lanes of dy        V[k, o, i] = W'[o, K - 1 - k, i]
 *
 * In the lanes of dy, y_i lies where x_{i s} lay: with a stride there are rows of zeros in between. */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_gemm.h"
#include "kernels/cpu/cpu_kernels.h"
#include "kernels/cpu/cpu_piece.h"

typedef struct lanes {
  const rn_convolution *c;
  int64_t n_x, n_y;        /* rows of x, of y */
  int64_t gap, n;          /* rows of zeros around a lane, rows in all */
  int32_t *place;          /* [n_x] the row of the lanes where x_t lies */
  int32_t *source;         /* [n] the row of x, or of dy, that lies there; -1: zeros */
  int32_t *window;         /* the row of the lanes where the window of y_i, or of x_t, begins */
  int32_t *flipped;        /* [K O] row (k, o) of V as a row of W' */
  float *rows;             /* the lanes themselves */
  float *weight, *dweight; /* W', dW' */
  void *product;           /* scratch of the products */
} lanes;

/* ---- the products ---- */

static rn_product product_y(const lanes *l) {
  const rn_convolution *c = l->c;
  int64_t k = c->width * c->n_in;
  return (rn_product){.g = {.trans_b = true,
                            .m = l->n_y,
                            .n = c->n_out,
                            .k = k,
                            .a = l->rows,
                            .lda = c->n_in,
                            .b = l->weight,
                            .ldb = k,
                            .c = c->y,
                            .ldc = c->n_out,
                            .bias = c->bias},
                      .a_row = l->window};
}

static rn_product product_dweight(const lanes *l) {
  const rn_convolution *c = l->c;
  int64_t n = c->width * c->n_in;
  return (rn_product){.g = {.trans_a = true,
                            .m = c->n_out,
                            .n = n,
                            .k = l->n_y,
                            .a = c->dy,
                            .lda = c->n_out,
                            .b = l->rows,
                            .ldb = c->n_in,
                            .c = l->dweight,
                            .ldc = n},
                      .b_row = l->window};
}

static rn_product product_dx(const lanes *l) {
  const rn_convolution *c = l->c;
  return (rn_product){.g = {.accumulate = true,
                            .m = l->n_x,
                            .n = c->n_in,
                            .k = c->width * c->n_out,
                            .a = l->rows,
                            .lda = c->n_out,
                            .b = l->weight,
                            .ldb = c->n_in,
                            .c = c->dx,
                            .ldc = c->n_in},
                      .a_row = l->window,
                      .b_row = l->flipped};
}

/* ---- memory ---- */

static lanes lanes_of(const rn_convolution *c) {
  int64_t before = c->before, after = c->width - 1 - before, n_lanes = 0;
  for (int64_t s = 0; s < c->n_seqs; s++) {
    int64_t length = c->offset[s + 1] - c->offset[s];
    n_lanes += length < c->dilation ? length : c->dilation;
  }
  lanes l = {.c = c, .n_x = c->offset[c->n_seqs], .n_y = c->y_offset[c->n_seqs], .gap = before > after ? before : after};
  l.n = l.n_x + l.gap * (n_lanes + 1);
  return l;
}

static void lay_out(lanes *l, bool backward, int n_threads, piece *p) {
  const rn_convolution *c = l->c;
  rn_product y = product_y(l), dweight = product_dweight(l), dx = product_dx(l);
  size_t product = RN_K(product_scratch)(backward ? &dweight : &y, n_threads), more = RN_K(product_scratch)(&dx, n_threads);
  l->place = take_ints(p, l->n_x);
  l->source = take_ints(p, l->n);
  l->window = take_ints(p, l->n_x); /* y has no more rows than x */
  l->rows = take_floats(p, l->n * (backward && c->n_out > c->n_in ? c->n_out : c->n_in));
  l->weight = take_floats(p, c->n_out * c->n_in * c->width);
  if (backward) {
    l->dweight = take_floats(p, c->n_out * c->n_in * c->width);
    l->flipped = take_ints(p, c->width * c->n_out);
  }
  l->product = take(p, 1, backward && more > product ? more : product);
}

size_t RN_K(convolution_scratch)(const rn_convolution *c, bool backward, int n_threads) {
  lanes l = lanes_of(c);
  piece p = {0};
  lay_out(&l, backward, n_threads, &p);
  return p.used;
}

/* ---- laying in lanes ---- */

static void place_rows(const lanes *l) {
  const rn_convolution *c = l->c;
  int64_t at = l->gap;
  for (int64_t s = 0; s < c->n_seqs; s++) {
    int64_t first = c->offset[s], end = c->offset[s + 1];
    for (int64_t lane = first; lane < end && lane < first + c->dilation; lane++, at += l->gap)
      for (int64_t row = lane; row < end; row += c->dilation) l->place[row] = (int32_t)at++;
  }
}

/* A: window of y_i from x_{i s} on, p rows back. */
static void lay_x(rn_pool *pool, const lanes *l) {
  const rn_convolution *c = l->c;
  memset(l->source, -1, (size_t)l->n * sizeof *l->source);
  for (int64_t t = 0; t < l->n_x; t++) l->source[l->place[t]] = (int32_t)t;
  for (int64_t s = 0; s < c->n_seqs; s++)
    for (int64_t i = c->y_offset[s], t = c->offset[s]; i < c->y_offset[s + 1]; i++, t += c->stride)
      l->window[i] = l->place[t] - (int32_t)c->before;
  RN_K(gather_rows)(pool, l->n, c->n_in, c->x, l->source, l->rows);
}

/* D: x_t was seen by windows up to K - 1 - p rows back. */
static void lay_dy(rn_pool *pool, const lanes *l) {
  const rn_convolution *c = l->c;
  memset(l->source, -1, (size_t)l->n * sizeof *l->source);
  for (int64_t s = 0; s < c->n_seqs; s++)
    for (int64_t i = c->y_offset[s], t = c->offset[s]; i < c->y_offset[s + 1]; i++, t += c->stride) l->source[l->place[t]] = (int32_t)i;
  for (int64_t t = 0; t < l->n_x; t++) l->window[t] = l->place[t] - (int32_t)(c->width - 1 - c->before);
  RN_K(gather_rows)(pool, l->n, c->n_out, c->dy, l->source, l->rows);
}

/* ---- weights ---- */

/* to[o, j, i] (+)= from[o, i, j] */
typedef struct swap {
  int64_t n_i, n_j;
  const float *from;
  float *to;
  bool accumulate;
} swap;

static void swap_chunk(void *arg, int64_t begin, int64_t end) {
  const swap *a = arg;
  for (int64_t o = begin; o < end; o++) {
    const float *from = a->from + o * a->n_i * a->n_j;
    float *to = a->to + o * a->n_i * a->n_j;
    for (int64_t j = 0; j < a->n_j; j++)
      for (int64_t i = 0; i < a->n_i; i++) {
        float *out = to + j * a->n_i + i;
        *out = (a->accumulate ? *out : 0) + from[i * a->n_j + j];
      }
  }
}

static void swap_last(rn_pool *pool, int64_t n, swap a) { rows_for(pool, n, a.n_i * a.n_j, RN_CHUNK, swap_chunk, &a); }

/* ---- the entries ---- */

static lanes begin(rn_pool *pool, const rn_convolution *c, bool backward, void *scratch) {
  lanes l = lanes_of(c);
  lay_out(&l, backward, rn_pool_size(pool), &(piece){.base = scratch});
  place_rows(&l);
  swap_last(pool, c->n_out, (swap){c->n_in, c->width, c->weight, l.weight, false});
  return l;
}

void RN_K(convolution)(rn_pool *pool, const rn_convolution *c, void *scratch) {
  lanes l = begin(pool, c, false, scratch);
  lay_x(pool, &l);
  rn_product y = product_y(&l);
  RN_K(product)(pool, &y, l.product);
}

void RN_K(convolution_grad)(rn_pool *pool, const rn_convolution *c, void *scratch) {
  lanes l = begin(pool, c, true, scratch);
  if (c->dweight) {
    lay_x(pool, &l);
    rn_product dweight = product_dweight(&l);
    RN_K(product)(pool, &dweight, l.product);
    swap_last(pool, c->n_out, (swap){c->width, c->n_in, l.dweight, c->dweight, true});
  }
  if (c->dx) {
    lay_dy(pool, &l);
    for (int64_t k = 0; k < c->width; k++)
      for (int64_t o = 0; o < c->n_out; o++) l.flipped[k * c->n_out + o] = (int32_t)(o * c->width + c->width - 1 - k);
    rn_product dx = product_dx(&l);
    RN_K(product)(pool, &dx, l.product);
  }
}
