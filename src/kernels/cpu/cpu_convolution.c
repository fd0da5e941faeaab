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
  int32_t *place;          /* [n_x] x_t lies in row gap + place[t] */
  int32_t *window;         /* [n_y] place of x_{i s}, to which y_i belongs */
  int32_t *flipped;        /* [K O] row (k, o) of V as a row of W' */
  float *rows;             /* the lanes themselves */
  float *weight, *dweight; /* W', dW' */
  void *product;           /* scratch of the products */
} lanes;

/* ---- the products ---- */

static rn_product product_y(const lanes *l, const float *a) {
  const rn_convolution *c = l->c;
  int64_t k = c->width * c->n_in;
  return (rn_product){.g = {.trans_b = true,
                            .m = l->n_y,
                            .n = c->n_out,
                            .k = k,
                            .a = a,
                            .lda = c->n_in,
                            .b = l->weight,
                            .ldb = k,
                            .c = c->y,
                            .ldc = c->n_out,
                            .bias = c->bias,
                            .packed = c->packed},
                      .a_row = l->window};
}

static rn_product product_dweight(const lanes *l, const float *a) {
  const rn_convolution *c = l->c;
  int64_t n = c->width * c->n_in;
  return (rn_product){.g = {.trans_a = true,
                            .m = c->n_out,
                            .n = n,
                            .k = l->n_y,
                            .a = c->dy,
                            .lda = c->n_out,
                            .b = a,
                            .ldb = c->n_in,
                            .c = l->dweight,
                            .ldc = n},
                      .b_row = l->window};
}

static rn_product product_dx(const lanes *l, const float *d) {
  const rn_convolution *c = l->c;
  return (rn_product){.g = {.accumulate = true,
                            .m = l->n_x,
                            .n = c->n_in,
                            .k = c->width * c->n_out,
                            .a = d,
                            .lda = c->n_out,
                            .b = l->weight,
                            .ldb = c->n_in,
                            .c = c->dx,
                            .ldc = c->n_in},
                      .a_row = l->place,
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
  rn_product y = product_y(l, NULL), dweight = product_dweight(l, NULL), dx = product_dx(l, NULL);
  size_t product = RN_K(product_scratch)(backward ? &dweight : &y, n_threads), more = RN_K(product_scratch)(&dx, n_threads);
  l->place = take_ints(p, l->n_x);
  l->window = c->stride == 1 ? l->place : take_ints(p, l->n_y);
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

static void find_places(const lanes *l) {
  const rn_convolution *c = l->c;
  int64_t at = 0;
  for (int64_t s = 0; s < c->n_seqs; s++) {
    int64_t first = c->offset[s], end = c->offset[s + 1];
    for (int64_t lane = first; lane < end && lane < first + c->dilation; lane++, at += l->gap)
      for (int64_t row = lane; row < end; row += c->dilation) l->place[row] = (int32_t)at++;
    for (int64_t i = c->y_offset[s], t = first; c->stride > 1 && i < c->y_offset[s + 1]; i++, t += c->stride) l->window[i] = l->place[t];
  }
}

/* The zeros before the first lane and after every lane. */
static void clear_gaps(const lanes *l, int64_t n) {
  const rn_convolution *c = l->c;
  size_t size = (size_t)(l->gap * n) * sizeof(float);
  float *to = l->rows;
  memset(to, 0, size);
  for (int64_t s = 0; s < c->n_seqs; s++) {
    int64_t length = c->offset[s + 1] - c->offset[s], n_lanes = length < c->dilation ? length : c->dilation;
    for (int64_t lane = 0; lane < n_lanes; lane++) {
      to += (l->gap + length / n_lanes + (lane < length % n_lanes)) * n;
      memset(to, 0, size);
    }
  }
}

/* Rows [m, n] into the lanes, each to its place. */
typedef struct laying {
  const lanes *l;
  int64_t n;
  const float *from;
  const int32_t *place;
} laying;

/* Rows that stay neighbours are copied together. */
static void lay_chunk(void *arg, int64_t begin, int64_t end) {
  const laying *a = arg;
  for (int64_t r = begin, past; r < end; r = past) {
    for (past = r + 1; past < end && a->place[past] == a->place[past - 1] + 1;) past++;
    memcpy(a->l->rows + (a->l->gap + a->place[r]) * a->n, a->from + r * a->n, (size_t)((past - r) * a->n) * sizeof(float));
  }
}

/* A: a window of x begins p rows before the row it belongs to. */
static const float *lay_x(rn_pool *pool, const lanes *l) {
  laying a = {.l = l, .n = l->c->n_in, .from = l->c->x, .place = l->place};
  clear_gaps(l, a.n);
  rows_for(pool, l->n_x, a.n, RN_CHUNK, lay_chunk, &a);
  return l->rows + (l->gap - l->c->before) * a.n;
}

/* D: a window of dy begins K - 1 - p rows before. */
static const float *lay_dy(rn_pool *pool, const lanes *l) {
  laying a = {.l = l, .n = l->c->n_out, .from = l->c->dy, .place = l->window};
  if (l->c->stride == 1) clear_gaps(l, a.n);
  else memset(l->rows, 0, (size_t)(l->n * a.n) * sizeof(float));
  rows_for(pool, l->n_y, a.n, RN_CHUNK, lay_chunk, &a);
  return l->rows + (l->gap - (l->c->width - 1 - l->c->before)) * a.n;
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
  find_places(&l);
  if (!c->packed || backward) swap_last(pool, c->n_out, (swap){c->n_in, c->width, c->weight, l.weight, false});
  return l;
}

void RN_K(convolution)(rn_pool *pool, const rn_convolution *c, void *scratch) {
  lanes l = begin(pool, c, false, scratch);
  rn_product y = product_y(&l, lay_x(pool, &l));
  RN_K(product)(pool, &y, l.product);
}

void RN_K(convolution_grad)(rn_pool *pool, const rn_convolution *c, void *scratch) {
  lanes l = begin(pool, c, true, scratch);
  if (c->dweight) {
    rn_product dweight = product_dweight(&l, lay_x(pool, &l));
    RN_K(product)(pool, &dweight, l.product);
    swap_last(pool, c->n_out, (swap){c->width, c->n_in, l.dweight, c->dweight, true});
  }
  if (c->dx) {
    for (int64_t k = 0; k < c->width; k++)
      for (int64_t o = 0; o < c->n_out; o++) l.flipped[k * c->n_out + o] = (int32_t)(o * c->width + c->width - 1 - k);
    rn_product dx = product_dx(&l, lay_dy(pool, &l));
    RN_K(product)(pool, &dx, l.product);
  }
}

/* The panels of W', and behind them W' itself, of which they are made. */
static rn_product product_to_pack(const rn_convolution *c, float *weight) {
  lanes l = {.c = c, .weight = weight};
  return product_y(&l, NULL);
}

size_t RN_K(convolution_pack_size)(const rn_convolution *c) {
  rn_product y = product_to_pack(c, NULL);
  return (size_t)(RN_K(product_pack_floats)(&y) + c->n_out * c->n_in * c->width) * sizeof(float);
}

void RN_K(convolution_pack)(const rn_convolution *c, float *packed) {
  rn_product y = product_to_pack(c, NULL);
  float *weight = packed + RN_K(product_pack_floats)(&y);
  swap_last(NULL, c->n_out, (swap){c->n_in, c->width, c->weight, weight, false});
  y = product_to_pack(c, weight);
  RN_K(product_pack)(&y, packed);
}
