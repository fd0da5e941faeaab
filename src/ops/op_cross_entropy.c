/* op_cross_entropy.c
 *
 *   l_r = -(1 - s) w[t_r] log p_r[t_r] - s/V sum_v w[v] log p_r[v]       p_r = softmax(logits_r), s = smoothing; 0 where t_r < 0
 *
 *   loss = sum_r l_r / N        N = sum of w[t_r] over targets t_r >= 0; or 1 (sum); or the denominator given
 *
 *   dlogits_r += dloss / N * dl_r/dlogits_r
 *
 * The probabilities are never stored: backward makes them again from the logits and each row's maximum and log-sum, and where nothing else
 * reads the logits it writes the gradient over them. When every target is ignored the loss and its gradient are zero. */
#include "ops/attrs.h"
#include "ops/op.h"

static const rn_cross_entropy_options *options(const rn_node *node) { return node->attrs; }

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, 0, "logits", -1);
  if (status != RN_OK) return status;
  const rn_tensor *logits = node->in[0];
  char text[128];
  rn_shape_text(logits, text, sizeof text);
  if (logits->rank != 2 || logits->shape[1] < 1) return rn_node_fail(node, "logits is %s, not [n, classes]", text);
  if (logits->shape[0] != node->n_ids) return rn_node_fail(node, "logits is %s but there are %lld targets", text, (long long)node->n_ids);
  if (!(options(node)->smoothing >= 0 && options(node)->smoothing <= 1))
    return rn_node_fail(node, "smoothing %g is outside 0 .. 1", (double)options(node)->smoothing);
  status = rn_node_check_ids(node, "targets", logits->shape[1], true);
  if (status != RN_OK) return status;
  return rn_node_output(node, 0, 0, NULL, NULL);
}

static rn_xent kernel_arguments(const rn_node *node) {
  return (rn_xent){.n_rows = node->n_ids,
                   .n_classes = node->in[0]->shape[1],
                   .target = node->ids,
                   .weight = options(node)->weight,
                   .smoothing = options(node)->smoothing};
}

/* N */
static double denominator(const rn_node *node) {
  const rn_cross_entropy_options *o = options(node);
  if (o->denominator > 0) return o->denominator;
  if (o->sum) return 1;
  double n = 0;
  for (int64_t r = 0; r < node->n_ids; r++)
    if (node->ids[r] >= 0) n += o->weight ? o->weight[node->ids[r]] : 1;
  return n > 0 ? n : 1;
}

/* Each row's maximum and log-sum. */
static size_t saved_size(const rn_node *node) { return (size_t)node->n_ids * 2 * sizeof(float); }
/* The loss of each row, or its gradient. */
static size_t scratch_size(const rn_node *node, bool backward) { return (size_t)node->n_ids * sizeof(float); }

static void forward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  rn_xent a = kernel_arguments(node);
  k->xent(rn_node_pool(node), &a, node->in[0]->data, scratch, node->saved);
  node->out[0]->data[0] = (float)(k->sum(rn_node_pool(node), a.n_rows, scratch) / denominator(node));
}

static void backward(rn_node *node, void *scratch) {
  bool fresh;
  float *dlogits = rn_node_grad_reuse(node, 0, &fresh), *dloss = scratch;
  if (!dlogits) return;
  rn_xent a = kernel_arguments(node);
  float d = (float)(rn_node_dy(node, 0)[0] / denominator(node));
  for (int64_t r = 0; r < a.n_rows; r++) dloss[r] = d;
  rn_node_backend(node)->xent_grad(rn_node_pool(node), &a, node->in[0]->data, node->saved, dloss, dlogits, !fresh);
}

static bool supported(const rn_backend *k) { return k->xent && k->xent_grad && k->sum; }

static const float weights[] = {0.5f, 2, 1, 0.25f, 3};
#define OPTIONS(...) .attrs = &(rn_cross_entropy_options){__VA_ARGS__}
#define LOGITS(n, v) .in = {{.rank = 2, .shape = {n, v}, .low = -3, .high = 3}}, .n_ids = n, .ids_below = v
static const rn_op_case cases[] = {
    {.name = "mean", LOGITS(7, 11), OPTIONS(0)},
    {.name = "sum", LOGITS(6, 5), OPTIONS(.sum = true)},
    {.name = "denominator", LOGITS(6, 5), OPTIONS(.denominator = 2.5)},
    {.name = "ignored targets", LOGITS(12, 9), .ids_ignore = true, OPTIONS(0)},
    {.name = "smoothing", LOGITS(7, 6), OPTIONS(.smoothing = 0.1f)},
    {.name = "smoothing of one", LOGITS(4, 6), OPTIONS(.smoothing = 1)},
    {.name = "weights", LOGITS(9, 5), OPTIONS(.weight = weights)},
    {.name = "everything", LOGITS(11, 5), .ids_ignore = true, OPTIONS(.weight = weights, .smoothing = 0.2f)},
    {.name = "weighted sum", LOGITS(11, 5), .ids_ignore = true, OPTIONS(.weight = weights, .sum = true)},
    {.name = "two classes", LOGITS(5, 2), OPTIONS(0)},
    {.name = "many classes", LOGITS(3, 131), OPTIONS(.smoothing = 0.05f)},
    {.name = "large logits", .in = {{.rank = 2, .shape = {5, 9}, .low = 80, .high = 100}}, .n_ids = 5, .ids_below = 9, OPTIONS(0)},
    {.name = "no rows", .in = {RN_CASE_MATRIX(0, 5)}, .ids_below = 5, OPTIONS(0)},
    {.name = "2500 of 65", .bench = true, LOGITS(2500, 65), OPTIONS(0)},
    {.name = "400 of 10000", .bench = true, LOGITS(400, 10000), OPTIONS(0)},
};

RN_OP(cross_entropy, sizeof(rn_cross_entropy_options), shape, saved_size, scratch_size, forward, backward, supported, cases);

rn_tensor *rn_cross_entropy(rn_graph *g, rn_tensor *logits, const int32_t *targets, const rn_cross_entropy_options *o) {
  rn_cross_entropy_options defaults = {0};
  return rn_graph_apply(g, &rn_op_cross_entropy, &logits, 1, targets, logits ? rn_tensor_rows(logits) : 0, o ? o : &defaults)->out[0];
}
