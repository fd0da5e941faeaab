/* op_linear.c
 *
 *   y = act(x W^T + b)                x [n, I]   W [O, I]   b [O] or absent   ->   y [n, O]
 *
 *   dz = dy * act'                    the gradient before the activation
 *   dx += dz W        dW += dz^T x        db += sum over rows of dz
 *
 * The activation is applied where z was written. Most have a derivative that is a function of y; those that need z keep a copy. */
#include "ops/attrs.h"
#include "ops/op.h"

#include <string.h>

enum { X, WEIGHT, BIAS };

static const rn_linear_attrs *attrs(const rn_node *node) { return node->attrs; }
static bool needs_z(rn_activation act) { return act == RN_GELU || act == RN_SQUARE; }

static rn_status shape(rn_node *node) {
  const rn_tensor *x = node->in[X], *w = node->in[WEIGHT], *b = node->in[BIAS];
  rn_status status = rn_node_check(node, X, "x", -1);
  if (status == RN_OK) status = rn_node_check(node, WEIGHT, "weight", -1);
  if (status != RN_OK) return status;
  char x_text[128], w_text[128];
  rn_shape_text(x, x_text, sizeof x_text);
  rn_shape_text(w, w_text, sizeof w_text);
  if (w->rank != 2 || rn_tensor_cols(x) != w->shape[1])
    return rn_node_fail(node, "x is %s but weight %s takes %lld columns", x_text, w_text, (long long)rn_tensor_cols(w));
  if (b && rn_tensor_size(b) != w->shape[0])
    return rn_node_fail(node, "bias has %lld values but weight %s gives %lld", (long long)rn_tensor_size(b), w_text,
                        (long long)w->shape[0]);
  if ((unsigned)attrs(node)->act >= RN_ACTIVATION_COUNT) return rn_node_fail(node, "there is no activation %d", (int)attrs(node)->act);
  node->outputs_free = attrs(node)->act == RN_NONE;
  return rn_node_output(node, 0, 2, (int64_t[]){rn_tensor_rows(x), w->shape[0]}, x->seqs);
}

static size_t y_bytes(const rn_node *node) { return (size_t)rn_tensor_size(node->out[0]) * sizeof(float); }
static size_t saved_size(const rn_node *node) { return node->train && needs_z(attrs(node)->act) ? y_bytes(node) : 0; }

/* z = x W^T + b */
static rn_gemm product(const rn_node *node) {
  const rn_tensor *x = node->in[X], *w = node->in[WEIGHT], *b = node->in[BIAS];
  int64_t n_in = w->shape[1], n_out = w->shape[0];
  return (rn_gemm){.trans_b = true,
                   .m = rn_tensor_rows(x),
                   .n = n_out,
                   .k = n_in,
                   .a = x->data,
                   .lda = n_in,
                   .b = w->data,
                   .ldb = n_in,
                   .c = node->out[0]->data,
                   .ldc = n_out,
                   .bias = b ? b->data : NULL};
}

/* dx = dz W */
static rn_gemm product_dx(const rn_node *node, const float *dz, float *dx, bool accumulate) {
  rn_gemm g = product(node);
  return (rn_gemm){.accumulate = accumulate, .m = g.m, .n = g.k, .k = g.n, .a = dz, .lda = g.n, .b = g.b, .ldb = g.k, .c = dx, .ldc = g.k};
}

/* dW = dz^T x */
static rn_gemm product_dw(const rn_node *node, const float *dz, float *dw, bool accumulate) {
  rn_gemm g = product(node);
  return (rn_gemm){.trans_a = true,
                   .accumulate = accumulate,
                   .m = g.n,
                   .n = g.k,
                   .k = g.m,
                   .a = dz,
                   .lda = g.n,
                   .b = g.a,
                   .ldb = g.k,
                   .c = dw,
                   .ldc = g.k};
}

/* Scratch of backward: dz where there is an activation, then the products'. */
static size_t dz_bytes(const rn_node *node) { return attrs(node)->act == RN_NONE ? 0 : (y_bytes(node) + 63) / 64 * 64; }

static size_t scratch_size(const rn_node *node, bool backward) {
  const rn_backend *k = rn_node_backend(node);
  int n_threads = rn_pool_size(rn_node_pool(node));
  rn_gemm y = product(node), dx = product_dx(node, NULL, NULL, true), dw = product_dw(node, NULL, NULL, true);
  if (!backward) return k->gemm_scratch(&y, n_threads);
  size_t a = k->gemm_scratch(&dx, n_threads), b = k->gemm_scratch(&dw, n_threads);
  return dz_bytes(node) + (a > b ? a : b);
}

static void forward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  rn_gemm g = product(node);
  bool fresh;
  float *packed = rn_node_kept(node, node->in[WEIGHT], k->gemm_pack_size(&g), &fresh);
  if (fresh) k->gemm_pack(&g, packed);
  g.packed = packed;
  rn_activation act = attrs(node)->act;
  if (node->saved) g.c = node->saved;
  k->gemm(rn_node_pool(node), &g, scratch);
  if (act != RN_NONE) k->unary(rn_node_pool(node), act, g.m * g.n, g.c, node->out[0]->data);
}

static void backward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  rn_pool *pool = rn_node_pool(node);
  rn_activation act = attrs(node)->act;
  const float *y = node->out[0]->data, *dz = rn_node_dy(node, 0);
  int64_t n = rn_tensor_rows(node->out[0]), n_out = rn_tensor_cols(node->out[0]);
  if (act != RN_NONE) {
    float *masked = scratch;
    memset(masked, 0, y_bytes(node));
    k->unary_grad(pool, act, n * n_out, node->saved ? node->saved : y, y, dz, masked);
    dz = masked;
    scratch = (char *)scratch + dz_bytes(node);
  }
  bool fresh;
  float *dx = rn_node_grad_fresh(node, X, &fresh);
  if (dx) {
    rn_gemm g = product_dx(node, dz, dx, !fresh);
    k->gemm(pool, &g, scratch);
  }
  float *dw = rn_node_grad_fresh(node, WEIGHT, &fresh);
  if (dw) {
    rn_gemm g = product_dw(node, dz, dw, !fresh);
    k->gemm(pool, &g, scratch);
  }
  float *db = rn_node_grad(node, BIAS);
  if (db) k->sum_rows(pool, n, n_out, dz, n_out, db);
}

static bool supported(const rn_backend *k) {
  return k->gemm && k->gemm_scratch && k->gemm_pack && k->gemm_pack_size && k->unary && k->unary_grad && k->sum_rows;
}

static const rn_op_case cases[] = {
    {.name = "bias", .in = {RN_CASE_MATRIX(7, 5), RN_CASE_MATRIX(9, 5), RN_CASE_VECTOR(9)}, .attrs = &(rn_linear_attrs){RN_NONE}},
    {.name = "no bias", .in = {RN_CASE_MATRIX(4, 3), RN_CASE_MATRIX(2, 3)}, .attrs = &(rn_linear_attrs){RN_NONE}},
    {.name = "one by one", .in = {RN_CASE_MATRIX(1, 1), RN_CASE_MATRIX(1, 1), RN_CASE_VECTOR(1)}, .attrs = &(rn_linear_attrs){RN_NONE}},
    {.name = "wide", .in = {RN_CASE_MATRIX(3, 17), RN_CASE_MATRIX(33, 17), RN_CASE_VECTOR(33)}, .attrs = &(rn_linear_attrs){RN_NONE}},
    {.name = "tall", .in = {RN_CASE_MATRIX(65, 6), RN_CASE_MATRIX(5, 6), RN_CASE_VECTOR(5)}, .attrs = &(rn_linear_attrs){RN_NONE}},
    {.name = "tanh", .in = {RN_CASE_MATRIX(5, 4), RN_CASE_MATRIX(7, 4), RN_CASE_VECTOR(7)}, .attrs = &(rn_linear_attrs){RN_TANH}},
    {.name = "sigmoid", .in = {RN_CASE_MATRIX(5, 4), RN_CASE_MATRIX(7, 4), RN_CASE_VECTOR(7)}, .attrs = &(rn_linear_attrs){RN_SIGMOID}},
    {.name = "relu", .in = {RN_CASE_MATRIX(5, 4), RN_CASE_MATRIX(7, 4), RN_CASE_VECTOR(7)}, .attrs = &(rn_linear_attrs){RN_RELU}},
    {.name = "gelu", .in = {RN_CASE_MATRIX(5, 4), RN_CASE_MATRIX(7, 4), RN_CASE_VECTOR(7)}, .attrs = &(rn_linear_attrs){RN_GELU}},
    {.name = "exp", .in = {RN_CASE_MATRIX(5, 4), RN_CASE_MATRIX(7, 4), RN_CASE_VECTOR(7)}, .attrs = &(rn_linear_attrs){RN_EXP}},
    {.name = "square", .in = {RN_CASE_MATRIX(5, 4), RN_CASE_MATRIX(7, 4), RN_CASE_VECTOR(7)}, .attrs = &(rn_linear_attrs){RN_SQUARE}},
    {.name = "ragged",
     RN_CASE_LENGTHS(3, 2, 0, 3),
     .in = {RN_CASE_MATRIX(5, 4), RN_CASE_MATRIX(7, 4)},
     .attrs = &(rn_linear_attrs){RN_TANH}},
    {.name = "no rows", .in = {RN_CASE_MATRIX(0, 4), RN_CASE_MATRIX(7, 4), RN_CASE_VECTOR(7)}, .attrs = &(rn_linear_attrs){RN_TANH}},
    {.name = "2500x128 to 65",
     .bench = true,
     .in = {RN_CASE_MATRIX(2500, 128), RN_CASE_MATRIX(65, 128), RN_CASE_VECTOR(65)},
     .attrs = &(rn_linear_attrs){RN_NONE}},
    {.name = "400x200 to 10000",
     .bench = true,
     .in = {RN_CASE_MATRIX(400, 200), RN_CASE_MATRIX(10000, 200), RN_CASE_VECTOR(10000)},
     .attrs = &(rn_linear_attrs){RN_NONE}},
};

RN_OP(linear, sizeof(rn_linear_attrs), shape, saved_size, scratch_size, forward, backward, supported, cases);

rn_tensor *rn_linear(rn_graph *g, rn_tensor *x, rn_tensor *weight, rn_tensor *bias, rn_activation act) {
  rn_tensor *in[] = {x, weight, bias};
  return rn_graph_apply(g, &rn_op_linear, in, 3, NULL, 0, &(rn_linear_attrs){act})->out[0];
}
