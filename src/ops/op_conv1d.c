/* op_conv1d.c
 *
 *   y_i = b + sum_k W_k x_{i s + (k - p) d}       k < K, within each sequence; x is zero outside
 *
 *   x [n, I] with sequences   W [O, I, K]   b [O] or absent   ->   y [n', O], ceil(length / s) rows a sequence
 *
 * d is the dilation, s the stride; p = K - 1 when causal, so that y_i sees nothing after its own row, else (K - 1) / 2, rounded down.
 *
 *   dx_t += sum over i, k with i s + (k - p) d = t of W_k^T dy_i      dW_k += sum_i dy_i x_{i s + (k - p) d}^T      db += sum_i dy_i */
#include "ops/attrs.h"
#include "ops/op.h"

enum { X, WEIGHT, BIAS };

static const rn_conv1d_attrs *attrs(const rn_node *node) { return node->attrs; }

/* How y groups into sequences. NULL, and a sticky error, when out of memory. */
static const rn_ragged *sequences(rn_node *node) {
  const rn_ragged *x = node->in[X]->seqs;
  int64_t stride = attrs(node)->stride;
  if (stride == 1) return x;
  rn_ragged *y = rn_graph_alloc(node->graph, sizeof *y);
  int64_t *offset = y ? rn_graph_alloc(node->graph, (size_t)(x->n_seqs + 1) * sizeof *offset) : NULL;
  if (!offset) return NULL;
  offset[0] = 0;
  for (int64_t s = 0; s < x->n_seqs; s++) {
    int64_t length = rn_ragged_length(x, s);
    offset[s + 1] = offset[s] + length / stride + (length % stride > 0);
  }
  *y = (rn_ragged){.n_seqs = x->n_seqs, .offset = offset};
  return y;
}

static rn_status shape(rn_node *node) {
  const rn_tensor *x = node->in[X], *w = node->in[WEIGHT], *b = node->in[BIAS];
  const rn_conv1d_attrs *a = attrs(node);
  rn_status status = rn_node_check(node, X, "x", -1);
  if (status == RN_OK) status = rn_node_check(node, WEIGHT, "weight", -1);
  if (status != RN_OK) return status;
  char x_text[128], w_text[128];
  rn_shape_text(x, x_text, sizeof x_text);
  rn_shape_text(w, w_text, sizeof w_text);
  if (!x->seqs) return rn_node_fail(node, "x has no sequences");
  if (w->rank != 3 || w->shape[2] < 1) return rn_node_fail(node, "weight is %s, not [outputs, inputs, width]", w_text);
  if (rn_tensor_cols(x) != w->shape[1])
    return rn_node_fail(node, "x is %s but weight %s takes %lld columns", x_text, w_text, (long long)w->shape[1]);
  if (b && rn_tensor_size(b) != w->shape[0])
    return rn_node_fail(node, "bias has %lld values but weight %s gives %lld", (long long)rn_tensor_size(b), w_text,
                        (long long)w->shape[0]);
  if (a->dilation < 1 || a->stride < 1)
    return rn_node_fail(node, "dilation %lld and stride %lld must be 1 or more", (long long)a->dilation, (long long)a->stride);
  if (w->shape[2] > INT32_MAX / (rn_tensor_rows(x) + 1)) /* rows are counted in 32 bits, with those of zeros around each sequence */
    return rn_node_fail(node, "%lld rows are too many for a width of %lld", (long long)rn_tensor_rows(x), (long long)w->shape[2]);
  const rn_ragged *seqs = sequences(node);
  if (!seqs) return rn_graph_status(node->graph);
  node->outputs_free = true;
  return rn_node_output(node, 0, 2, (int64_t[]){rn_ragged_rows(seqs), w->shape[0]}, seqs);
}

/* Steps that leave every sequence are all alike; made no larger than need be, they can be added to a row's number. */
static int64_t bounded(const rn_node *node, int64_t step) {
  int64_t n = rn_tensor_rows(node->in[X]);
  return step > n ? n + 1 : step;
}

static rn_convolution arguments(const rn_node *node) {
  const rn_tensor *x = node->in[X], *w = node->in[WEIGHT], *b = node->in[BIAS], *y = node->out[0];
  int64_t width = w->shape[2];
  return (rn_convolution){.n_seqs = x->seqs->n_seqs,
                          .n_in = w->shape[1],
                          .n_out = w->shape[0],
                          .width = width,
                          .before = attrs(node)->causal ? width - 1 : (width - 1) / 2,
                          .dilation = bounded(node, attrs(node)->dilation),
                          .stride = bounded(node, attrs(node)->stride),
                          .offset = x->seqs->offset,
                          .y_offset = y->seqs->offset,
                          .x = x->data,
                          .weight = w->data,
                          .bias = b ? b->data : NULL,
                          .y = y->data};
}

static size_t scratch_size(const rn_node *node, bool backward) {
  rn_convolution c = arguments(node);
  return rn_node_backend(node)->convolution_scratch(&c, backward, rn_pool_size(rn_node_pool(node)));
}

static void forward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  rn_convolution c = arguments(node);
  bool fresh;
  float *packed = rn_node_kept(node, node->in[WEIGHT], k->convolution_pack_size(&c), &fresh);
  if (fresh) k->convolution_pack(&c, packed);
  c.packed = packed;
  k->convolution(rn_node_pool(node), &c, scratch);
}

static void backward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  rn_convolution c = arguments(node);
  c.dy = rn_node_dy(node, 0);
  c.dx = rn_node_grad(node, X);
  c.dweight = rn_node_grad(node, WEIGHT);
  if (c.dx || c.dweight) k->convolution_grad(rn_node_pool(node), &c, scratch);
  float *db = rn_node_grad(node, BIAS);
  if (db) k->sum_rows(rn_node_pool(node), rn_tensor_rows(node->out[0]), c.n_out, c.dy, c.n_out, db);
}

static bool supported(const rn_backend *k) {
  return k->convolution_scratch && k->convolution && k->convolution_grad && k->convolution_pack && k->convolution_pack_size && k->sum_rows;
}

#define SHAPES(n, i, o, k) .in = {RN_CASE_MATRIX(n, i), {.rank = 3, .shape = {(o), (i), (k)}}, RN_CASE_VECTOR(o)}
#define OPTIONS(...) .attrs = &(rn_conv1d_attrs){__VA_ARGS__}
static const rn_op_case cases[] = {
    {.name = "centred", RN_CASE_LENGTHS(3, 5, 1, 4), SHAPES(10, 3, 5, 3), OPTIONS(.dilation = 1, .stride = 1)},
    {.name = "causal", RN_CASE_LENGTHS(3, 5, 1, 4), SHAPES(10, 3, 5, 3), OPTIONS(.dilation = 1, .stride = 1, .causal = true)},
    {.name = "an even width", RN_CASE_LENGTHS(2, 6, 3), SHAPES(9, 2, 3, 4), OPTIONS(.dilation = 1, .stride = 1)},
    {.name = "one column, one output", RN_CASE_LENGTHS(2, 7, 9), SHAPES(16, 1, 1, 5), OPTIONS(.dilation = 1, .stride = 1)},
    {.name = "a width of one", RN_CASE_LENGTHS(2, 3, 4), SHAPES(7, 4, 6, 1), OPTIONS(.dilation = 2, .stride = 1)},
    {.name = "no bias",
     RN_CASE_LENGTHS(2, 4, 3),
     .in = {RN_CASE_MATRIX(7, 4), {.rank = 3, .shape = {6, 4, 3}}},
     OPTIONS(.dilation = 1, .stride = 1)},
    {.name = "empty sequences", RN_CASE_LENGTHS(5, 0, 3, 0, 0, 2), SHAPES(5, 3, 4, 3), OPTIONS(.dilation = 1, .stride = 1)},
    {.name = "shorter than the width", RN_CASE_LENGTHS(3, 2, 1, 3), SHAPES(6, 3, 4, 7), OPTIONS(.dilation = 1, .stride = 1)},
    {.name = "dilated", RN_CASE_LENGTHS(3, 9, 0, 6), SHAPES(15, 3, 4, 3), OPTIONS(.dilation = 2, .stride = 1)},
    {.name = "dilated, causal", RN_CASE_LENGTHS(3, 9, 1, 6), SHAPES(16, 3, 4, 2), OPTIONS(.dilation = 4, .stride = 1, .causal = true)},
    {.name = "dilated beyond the sequence", RN_CASE_LENGTHS(2, 3, 5), SHAPES(8, 2, 3, 3), OPTIONS(.dilation = 100, .stride = 1)},
    {.name = "strided", RN_CASE_LENGTHS(4, 7, 0, 1, 4), SHAPES(12, 3, 4, 3), OPTIONS(.dilation = 1, .stride = 2)},
    {.name = "strided, causal, dilated",
     RN_CASE_LENGTHS(3, 10, 2, 5),
     SHAPES(17, 2, 3, 3),
     OPTIONS(.dilation = 2, .stride = 3, .causal = true)},
    {.name = "a stride beyond the sequence", RN_CASE_LENGTHS(2, 3, 4), SHAPES(7, 2, 3, 3), OPTIONS(.dilation = 1, .stride = 9)},
    {.name = "wide", RN_CASE_LENGTHS(3, 9, 16, 8), SHAPES(33, 17, 25, 3), OPTIONS(.dilation = 1, .stride = 1)},
    {.name = "only empty ones", RN_CASE_LENGTHS(2, 0, 0), SHAPES(0, 3, 4, 3), OPTIONS(.dilation = 1, .stride = 1)},
    {.name = "2500x128 to 128, width 3",
     .bench = true,
     RN_CASE_EQUAL_LENGTHS(50, 50),
     SHAPES(2500, 128, 128, 3),
     OPTIONS(.dilation = 1, .stride = 1)},
    {.name = "6000x25 to 30, width 3",
     .bench = true,
     RN_CASE_EQUAL_LENGTHS(60, 100),
     SHAPES(6000, 25, 30, 3),
     OPTIONS(.dilation = 1, .stride = 1)},
    {.name = "8000x64 to 128, width 2, dilation 512, causal",
     .bench = true,
     RN_CASE_LENGTHS(1, 8000),
     SHAPES(8000, 64, 128, 2),
     OPTIONS(.dilation = 512, .stride = 1, .causal = true)},
};

RN_OP(conv1d, sizeof(rn_conv1d_attrs), shape, NULL, scratch_size, forward, backward, supported, cases);

rn_conv1d_options rn_conv1d_options_default(void) { return (rn_conv1d_options){.dilation = 1, .stride = 1}; }

rn_tensor *rn_conv1d(rn_graph *g, rn_tensor *x, rn_tensor *weight, rn_tensor *bias, const rn_conv1d_options *options) {
  rn_conv1d_options o = options ? *options : rn_conv1d_options_default();
  rn_tensor *in[] = {x, weight, bias};
  rn_conv1d_attrs attrs = {.dilation = o.dilation, .stride = o.stride, .causal = o.causal};
  return rn_activate(g, rn_graph_apply(g, &rn_op_conv1d, in, 3, NULL, 0, &attrs)->out[0], o.act);
}
