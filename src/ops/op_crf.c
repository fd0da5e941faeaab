/* op_crf.c: the loss of a linear-chain conditional random field (Lafferty et al. 2001; Lample et al. 2016).
 *
 *   score(y) = start[y_0] + sum_t e_t[y_t] + sum_t transition[y_t, y_{t+1}] + end[y_last]
 *
 *   loss = 1/N sum over sequences (log sum_y' e^score(y') - score(y))            N = rows
 *
 * The gradient of a score is what the model expects of it less what the targets have: de_t[k] = p(y_t = k) - [target_t = k]. Forward has
 * all that such an expectation takes, so it leaves the gradient in `saved`, and backward only scales it. */
#include "ops/op.h"

#include <math.h>

enum { EMISSIONS, TRANSITIONS, START, END };

/* Every step of the targets is allowed: the loss would be infinite. */
static rn_status check_targets(rn_node *node) {
  const rn_tensor *e = node->in[EMISSIONS], *start = node->in[START], *end = node->in[END];
  const int32_t *y = node->ids;
  int64_t K = rn_tensor_cols(e);
  for (int64_t s = 0; s < e->seqs->n_seqs; s++) {
    int64_t first = e->seqs->offset[s], last = e->seqs->offset[s + 1] - 1;
    if (first > last) continue;
    if (start && start->data[y[first]] == -INFINITY)
      return rn_node_fail(node, "targets[%lld] is %d, which may not begin a sequence", (long long)first, y[first]);
    if (end && end->data[y[last]] == -INFINITY)
      return rn_node_fail(node, "targets[%lld] is %d, which may not end a sequence", (long long)last, y[last]);
    for (int64_t r = first + 1; r <= last; r++)
      if (node->in[TRANSITIONS]->data[y[r - 1] * K + y[r]] == -INFINITY)
        return rn_node_fail(node, "targets[%lld] is %d, which may not follow %d", (long long)r, y[r], y[r - 1]);
  }
  return RN_OK;
}

static rn_status shape(rn_node *node) {
  static const char *const names[] = {"emissions", "transitions", "start", "end"};
  rn_status status = rn_node_check(node, EMISSIONS, names[EMISSIONS], -1);
  if (status != RN_OK) return status;
  const rn_tensor *e = node->in[EMISSIONS];
  char text[128];
  if (e->rank != 2 || e->shape[1] < 1) return rn_node_fail(node, "emissions is %s, not [n, labels]", rn_shape_text(e, text, sizeof text));
  if (!e->seqs) return rn_node_fail(node, "emissions has no sequences");
  int64_t K = e->shape[1];
  if ((status = rn_node_check(node, TRANSITIONS, names[TRANSITIONS], K)) != RN_OK) return status;
  for (int i = TRANSITIONS; i <= END; i++) {
    const rn_tensor *t = node->in[i];
    if (t && (t->rank != (i == TRANSITIONS ? 2 : 1) || t->shape[0] != K))
      return rn_node_fail(node, "%s is %s for %lld labels", names[i], rn_shape_text(t, text, sizeof text), (long long)K);
  }
  if ((status = rn_node_check_ids(node, "targets", K, false)) != RN_OK) return status;
  if ((status = check_targets(node)) != RN_OK) return status;
  return rn_node_output(node, 0, 0, NULL, NULL);
}

/* The gradients of the sum of the losses, one after the other. */
static int64_t n_grads(const rn_node *node) {
  int64_t K = rn_tensor_cols(node->in[EMISSIONS]);
  return node->n_ids * K + K * K + 2 * K;
}

static rn_chain kernel_arguments(const rn_node *node) {
  const rn_tensor *e = node->in[EMISSIONS];
  int64_t K = rn_tensor_cols(e);
  rn_chain a = {.n_seqs = e->seqs->n_seqs, .n_labels = K, .offset = e->seqs->offset, .emission = e->data, .target = node->ids};
  a.transition = node->in[TRANSITIONS]->data;
  a.start = node->in[START] ? node->in[START]->data : NULL;
  a.end = node->in[END] ? node->in[END]->data : NULL;
  if (node->train) {
    a.demission = node->saved;
    a.dtransition = a.demission + node->n_ids * K;
    a.dstart = a.dtransition + K * K;
    a.dend = a.dstart + K;
  }
  return a;
}

static size_t saved_size(const rn_node *node) { return node->train ? (size_t)n_grads(node) * sizeof(float) : 0; }

/* The loss of each sequence, and the kernel's own. */
static size_t losses_size(const rn_node *node) { return ((size_t)node->in[EMISSIONS]->seqs->n_seqs * sizeof(double) + 63) / 64 * 64; }
static size_t scratch_size(const rn_node *node, bool backward) {
  rn_chain a = kernel_arguments(node);
  return backward ? 0 : losses_size(node) + rn_node_backend(node)->crf_scratch(&a);
}

static void forward(rn_node *node, void *scratch) {
  rn_chain a = kernel_arguments(node);
  a.loss = scratch;
  rn_node_backend(node)->crf(rn_node_pool(node), &a, (char *)scratch + losses_size(node));
  double sum = 0;
  for (int64_t s = 0; s < a.n_seqs; s++) sum += a.loss[s];
  node->out[0]->data[0] = node->n_ids ? (float)(sum / (double)node->n_ids) : 0;
}

static void backward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  const float *saved = node->saved;
  float d = node->n_ids ? rn_node_dy(node, 0)[0] / (float)node->n_ids : 0;
  for (int i = EMISSIONS; i <= END; i++) {
    bool fresh;
    float *grad = rn_node_grad_fresh(node, i, &fresh);
    int64_t n = i == EMISSIONS || i == TRANSITIONS ? rn_tensor_size(node->in[i]) : rn_tensor_cols(node->in[EMISSIONS]);
    if (grad) (fresh ? k->scale : k->axpy)(rn_node_pool(node), n, d, saved, grad);
    saved += n;
  }
}

static bool supported(const rn_backend *k) { return k->crf_scratch && k->crf && k->scale && k->axpy; }

#define CHAIN(n, K) .in = {RN_CASE_MATRIX(n, K), RN_CASE_MATRIX(K, K), RN_CASE_VECTOR(K), RN_CASE_VECTOR(K)}, .n_ids = n, .ids_below = K
#define STEEP(n, K, size)                                                                                                                  \
  .in = {{.rank = 2, .shape = {n, K}, .low = -(size), .high = size}, RN_CASE_MATRIX(K, K), RN_CASE_VECTOR(K), RN_CASE_VECTOR(K)},          \
  .n_ids = n, .ids_below = K
static const rn_op_case cases[] = {
    {.name = "ragged", RN_CASE_LENGTHS(5, 3, 0, 1, 7, 2), CHAIN(13, 5)},
    {.name = "one sequence", RN_CASE_LENGTHS(1, 9), CHAIN(9, 3)},
    {.name = "of length one", RN_CASE_LENGTHS(3, 1, 1, 1), CHAIN(3, 9)},
    {.name = "two labels", RN_CASE_LENGTHS(2, 4, 5), CHAIN(9, 2)},
    {.name = "many labels", RN_CASE_LENGTHS(2, 3, 4), CHAIN(7, 19)},
    {.name = "a hundred labels", RN_CASE_LENGTHS(2, 3, 1), CHAIN(4, 100)},
    {.name = "no start, no end", RN_CASE_LENGTHS(2, 4, 5), .in = {RN_CASE_MATRIX(9, 4), RN_CASE_MATRIX(4, 4)}, .n_ids = 9, .ids_below = 4},
    {.name = "steep", RN_CASE_LENGTHS(3, 4, 1, 5), STEEP(10, 4, 20)},
    {.name = "too steep for probabilities", RN_CASE_LENGTHS(3, 4, 1, 5), STEEP(10, 4, 10000)},
    {.name = "empty sequences", RN_CASE_LENGTHS(2, 0, 0), CHAIN(0, 4)},
    {.name = "pieces", RN_CASE_EQUAL_LENGTHS(40, 5), CHAIN(200, 13)},
    {.name = "2500 of 9", .bench = true, RN_CASE_EQUAL_LENGTHS(50, 50), CHAIN(2500, 9)},
    {.name = "1500 of 17", .bench = true, RN_CASE_EQUAL_LENGTHS(60, 25), CHAIN(1500, 17)},
    {.name = "640 of 50", .bench = true, RN_CASE_EQUAL_LENGTHS(32, 20), CHAIN(640, 50)},
};

RN_OP(crf, 0, shape, saved_size, scratch_size, forward, backward, supported, cases);

rn_tensor *rn_crf(rn_graph *g, rn_tensor *emissions, rn_tensor *transitions, rn_tensor *start, rn_tensor *end, const int32_t *targets) {
  rn_tensor *in[] = {emissions, transitions, start, end};
  return rn_graph_apply(g, &rn_op_crf, in, 4, targets, emissions ? rn_tensor_rows(emissions) : 0, NULL)->out[0];
}
