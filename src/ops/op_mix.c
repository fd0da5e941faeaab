/* op_mix.c: layers into one, each as much as is learned.                                                          Peters et al. 2018
 *
 *   y = gamma sum_j a_j x_j,   a = softmax(s)          x_j [n, D]   s [K]   gamma [1]   ->   y [n, D]
 *
 *   dx_j += gamma a_j dy
 *   dgamma += sum_j a_j (dy . x_j)
 *   ds_j += gamma a_j (dy . x_j - sum_u a_u (dy . x_u)) */
#include "ops/attrs.h"
#include "ops/op.h"

enum { S, GAMMA, X };
enum { MAX_LAYERS = 16 };

static int n_layers(const rn_node *node) { return ((const rn_mix_attrs *)node->attrs)->n; }

static rn_status shape(rn_node *node) {
  int n = n_layers(node);
  char first[128], this[128];
  if (n < 1 || n > MAX_LAYERS) return rn_node_fail(node, "%d tensors; it takes 1 to %d", n, MAX_LAYERS);
  rn_status status = rn_node_check(node, S, "s", -1);
  if (status == RN_OK) status = rn_node_check(node, GAMMA, "gamma", -1);
  if (status != RN_OK) return status;
  if (rn_tensor_size(node->in[S]) != n || rn_tensor_size(node->in[GAMMA]) != 1)
    return rn_node_fail(node, "s is %s and gamma %s for %d layers", rn_shape_text(node->in[S], first, sizeof first),
                        rn_shape_text(node->in[GAMMA], this, sizeof this), n);
  for (int j = 0; j < n; j++) {
    status = rn_node_check(node, X + j, "x", -1);
    if (status != RN_OK) return status;
    const rn_tensor *x0 = node->in[X], *x = node->in[X + j];
    if (rn_tensor_rows(x) != rn_tensor_rows(x0) || rn_tensor_cols(x) != rn_tensor_cols(x0))
      return rn_node_fail(node, "x[%d] is %s but x[0] is %s", j, rn_shape_text(x, this, sizeof this),
                          rn_shape_text(x0, first, sizeof first));
  }
  node->outputs_free = true;
  return rn_node_output(node, 0, 2, (int64_t[]){rn_tensor_rows(node->in[X]), rn_tensor_cols(node->in[X])}, node->in[X]->seqs);
}

static void shares(const rn_node *node, float *a) {
  rn_node_backend(node)->softmax(NULL, 1, n_layers(node), node->in[S]->data, a, false);
}

/* Backward: dy x_j, element by element. */
static size_t scratch_size(const rn_node *node, bool backward) {
  return backward ? (size_t)rn_tensor_size(node->in[X]) * sizeof(float) : 0;
}

static void forward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  float a[MAX_LAYERS], gamma = node->in[GAMMA]->data[0];
  shares(node, a);
  for (int j = 0; j < n_layers(node); j++)
    (j == 0 ? k->scale : k->axpy)(rn_node_pool(node), rn_tensor_size(node->in[X]), gamma * a[j], node->in[X + j]->data,
                                  node->out[0]->data);
}

static void backward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  rn_pool *pool = rn_node_pool(node);
  const float *dy = rn_node_dy(node, 0);
  float *ds = rn_node_grad(node, S), *dgamma = rn_node_grad(node, GAMMA), a[MAX_LAYERS], gamma = node->in[GAMMA]->data[0];
  double product[MAX_LAYERS], mean = 0; /* dy . x_j, and its mean by a */
  int n = n_layers(node);
  int64_t size = rn_tensor_size(node->in[X]);
  shares(node, a);
  for (int j = 0; j < n; j++) {
    float *dx = rn_node_grad(node, X + j);
    if (dx) k->axpy(pool, size, gamma * a[j], dy, dx);
    k->binary(pool, RN_MUL, size, dy, node->in[X + j]->data, scratch);
    product[j] = k->sum(pool, size, scratch);
    mean += a[j] * product[j];
  }
  if (dgamma) dgamma[0] += (float)mean;
  for (int j = 0; ds && j < n; j++) ds[j] += (float)(gamma * a[j] * (product[j] - mean));
}

static bool supported(const rn_backend *k) { return k->softmax && k->scale && k->axpy && k->binary && k->sum; }

static const rn_op_case cases[] = {
    {.name = "three layers",
     .in = {RN_CASE_VECTOR(3), RN_CASE_VECTOR(1), RN_CASE_MATRIX(5, 7), RN_CASE_MATRIX(5, 7), RN_CASE_MATRIX(5, 7)},
     .attrs = &(rn_mix_attrs){3}},
    {.name = "one layer", .in = {RN_CASE_VECTOR(1), RN_CASE_VECTOR(1), RN_CASE_MATRIX(4, 33)}, .attrs = &(rn_mix_attrs){1}},
    {.name = "scores far apart",
     .in = {{.rank = 1, .shape = {2}, .low = -8, .high = 8}, RN_CASE_VECTOR(1), RN_CASE_MATRIX(6, 3), RN_CASE_MATRIX(6, 3)},
     .attrs = &(rn_mix_attrs){2}},
    {.name = "no rows", .in = {RN_CASE_VECTOR(2), RN_CASE_VECTOR(1), RN_CASE_MATRIX(0, 7), RN_CASE_MATRIX(0, 7)}, .attrs = &(rn_mix_attrs){2}},
    {.name = "3 of 2500x512",
     .bench = true,
     .in = {RN_CASE_VECTOR(3), RN_CASE_VECTOR(1), RN_CASE_MATRIX(2500, 512), RN_CASE_MATRIX(2500, 512), RN_CASE_MATRIX(2500, 512)},
     .attrs = &(rn_mix_attrs){3}},
};

RN_OP(mix, sizeof(rn_mix_attrs), shape, NULL, scratch_size, forward, backward, supported, cases);

rn_tensor *rn_mix(rn_graph *g, rn_tensor *const *x, int n, rn_tensor *s, rn_tensor *gamma) {
  int given = n < 0 ? 0 : n < MAX_LAYERS ? n : MAX_LAYERS; /* `shape` refuses the rest with words */
  rn_tensor *in[X + MAX_LAYERS] = {s, gamma};
  for (int j = 0; j < given; j++) in[X + j] = x[j];
  return rn_graph_apply(g, &rn_op_mix, in, X + given, NULL, 0, &(rn_mix_attrs){n})->out[0];
}
