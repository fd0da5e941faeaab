/* bench_ops.c: every operation on its sizes of real use, beside what the machine could do. */
#include "base/alloc.h"
#include "base/random.h"
#include "ops/attrs.h"
#include "ops/op.h"
#include "tasks/bench_clock.h"
#include <rondo/bench.h>
#include <string.h>

typedef struct bench {
  rn_context *ctx;
  rn_graph *g;
  const rn_op *op;
  const rn_op_case *c;
  float *data[RN_NODE_MAX_IN], *cotangent;
  int32_t *ids;
  int64_t offset[RN_CASE_MAX_LENGTHS + 1];
  rn_ragged seqs;
  const rn_node *node;
  float *copy_from, *copy_to;
  int64_t copy_size;
} bench;

static int64_t case_size(const rn_case_input *in) {
  int64_t n = in->rank > 0;
  for (int i = 0; i < in->rank; i++) n *= in->shape[i];
  return n;
}

/* ---- what must be done ---- */

/* FLOPs of the matrix products of a forward pass: each row of the batch meets each matrix of weights once. Backward does twice as many: the
 * gradients of x and of the weights. */
static double matrix_flops(const bench *b) {
  const rn_case_input *in = b->c->in;
  double weights = 0;
  if (b->op == &rn_op_linear || b->op == &rn_op_conv1d) weights = (double)case_size(&in[1]);
  if (b->op == &rn_op_rnn || b->op == &rn_op_gru || b->op == &rn_op_lstm)
    for (int i = RN_IN_WEIGHTS; i < RN_NODE_MAX_IN; i++) {
      int which = (i - RN_IN_WEIGHTS) % RN_W_COUNT;
      if (which == RN_W_IH || which == RN_W_HH || which == RN_W_HR) weights += (double)case_size(&in[i]);
    }
  return 2.0 * (double)(b->c->n_ids ? b->c->n_ids : in[0].shape[0]) * weights;
}

/* Floats that must be read and written at least: forward, the inputs and the outputs; backward, the gradients of both. An operation that
 * picks rows or columns reads as many as it writes. */
static int64_t floats_moved(const bench *b) {
  int64_t in = 0, out = 0;
  for (int i = 0; i < RN_NODE_MAX_OUT; i++)
    if (b->node->out[i]) out += rn_tensor_size(b->node->out[i]);
  if (b->op == &rn_op_embedding || b->op == &rn_op_rows || b->op == &rn_op_slice) return 2 * out;
  if (b->op == &rn_op_embedding_bag) return b->c->n_ids * b->c->in[0].shape[1] + out;
  for (int i = 0; i < RN_NODE_MAX_IN; i++) in += case_size(&b->c->in[i]);
  return in + out;
}

static void run_copy(void *arg) {
  bench *b = arg;
  b->ctx->backend->scale(b->ctx->pool, b->copy_size, 1.0f, b->copy_from, b->copy_to);
}

/* Seconds that moving so many floats takes here, half of them read and half written. */
static rn_status copy_time(bench *b, int64_t floats, double seconds, double *out) {
  b->copy_size = floats / 2;
  b->copy_from = rn_alloc_aligned((size_t)b->copy_size * sizeof(float));
  b->copy_to = rn_alloc_aligned((size_t)b->copy_size * sizeof(float));
  rn_status status = RN_OK;
  if (!b->copy_from || !b->copy_to) status = rn_context_fail(b->ctx, RN_ERROR_MEMORY, "out of memory for the benchmark");
  else {
    memset(b->copy_from, 0, (size_t)b->copy_size * sizeof(float));
    *out = bench_least(seconds, run_copy, b);
  }
  rn_free(b->copy_from);
  rn_free(b->copy_to);
  return status;
}

/* ---- what is done ---- */

static rn_status case_open(bench *b) {
  rn_random random = rn_random_init(1, rn_random_stream(b->c->name));
  bool ok = true;
  for (int i = 0; i < RN_NODE_MAX_IN; i++) {
    const rn_case_input *in = &b->c->in[i];
    if (in->rank == 0) continue;
    int64_t n = case_size(in);
    float low = in->low, high = in->high;
    if (low == 0 && high == 0) low = -1, high = 1;
    b->data[i] = rn_alloc_aligned((size_t)n * sizeof(float));
    ok = ok && b->data[i];
    for (int64_t k = 0; k < n && ok; k++) b->data[i][k] = low + (high - low) * rn_random_uniform(&random);
  }
  b->ids = rn_alloc((size_t)b->c->n_ids * sizeof *b->ids);
  ok = ok && b->ids;
  for (int64_t i = 0; i < b->c->n_ids && ok; i++) b->ids[i] = (int32_t)rn_random_below(&random, (uint64_t)b->c->ids_below);
  for (int i = 0; i < b->c->n_lengths; i++) b->offset[i + 1] = b->offset[i] + b->c->lengths[i];
  b->seqs = (rn_ragged){b->c->n_lengths, b->offset};
  return ok ? RN_OK : rn_context_fail(b->ctx, RN_ERROR_MEMORY, "out of memory for the benchmark");
}

static void case_close(bench *b) {
  for (int i = 0; i < RN_NODE_MAX_IN; i++) rn_free(b->data[i]);
  rn_free(b->cotangent);
  rn_free(b->ids);
}

/* A pass of this one operation. The node is NULL when it failed. */
static rn_status run_forward(bench *b, double *seconds) {
  rn_tensor *in[RN_NODE_MAX_IN] = {0};
  rn_graph_begin(b->g, RN_TRAIN, 1, 1);
  for (int i = 0; i < RN_NODE_MAX_IN; i++)
    if (b->data[i])
      in[i] = rn_variable(b->g, b->data[i], b->c->in[i].rank, b->c->in[i].shape, i == 0 && b->seqs.n_seqs > 0 ? &b->seqs : NULL);
  double start = rn_now();
  b->node = rn_graph_apply(b->g, b->op, in, RN_NODE_MAX_IN, b->ids, b->c->n_ids, b->c->attrs);
  *seconds = rn_now() - start;
  return rn_graph_status(b->g);
}

static rn_status run_backward(bench *b, double *seconds) {
  double start = rn_now();
  rn_status status = rn_graph_backward_from(b->g, b->node->out[0], b->cotangent);
  *seconds = rn_now() - start;
  return status;
}

static rn_status measure(bench *b, double seconds, rn_bench_row *row) {
  double forward = 0, backward = 0, start = rn_now();
  rn_status status = run_forward(b, &forward);
  if (status != RN_OK) return status;
  int64_t n = rn_tensor_size(b->node->out[0]);
  b->cotangent = rn_alloc_aligned((size_t)n * sizeof(float));
  if (!b->cotangent) return rn_context_fail(b->ctx, RN_ERROR_MEMORY, "out of memory for the benchmark");
  for (int64_t i = 0; i < n; i++) b->cotangent[i] = 1e-3f;
  row->forward = row->backward = INFINITY;
  for (int runs = 0; status == RN_OK && (runs < 3 || rn_now() - start < seconds); runs++) {
    status = run_forward(b, &forward);
    if (status == RN_OK) status = run_backward(b, &backward);
    if (forward < row->forward) row->forward = forward;
    if (backward < row->backward) row->backward = backward;
  }
  return status;
}

static rn_status bench_case(bench *b, const rn_machine *machine, double seconds, rn_bench_row *row) {
  *row = (rn_bench_row){.op = b->op->name, .name = b->c->name};
  rn_status status = case_open(b);
  if (status == RN_OK) status = measure(b, seconds, row);
  double flops = matrix_flops(b);
  row->matrix = flops > 0;
  if (row->matrix) {
    row->forward_bound = flops / machine->all.matrix;
    row->backward_bound = 2 * flops / machine->all.matrix;
  } else if (status == RN_OK) {
    status = copy_time(b, floats_moved(b), seconds / 4, &row->forward_bound);
    row->backward_bound = row->forward_bound;
  }
  case_close(b);
  return status;
}

rn_status rn_bench_ops(rn_context *ctx, const rn_machine *machine, const char *filter, double seconds, rn_bench_fn emit, void *user) {
  rn_graph *g = rn_graph_new(ctx);
  if (!g) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the benchmark");
  rn_status status = RN_OK;
  bool go_on = true;
  for (const rn_op *const *op = rn_ops; *op && go_on && status == RN_OK; op++)
    for (int i = 0; i < (*op)->n_cases && go_on && status == RN_OK; i++) {
      if (!(*op)->cases[i].bench || (filter && !strstr((*op)->name, filter))) continue;
      bench b = {.ctx = ctx, .g = g, .op = *op, .c = &(*op)->cases[i]};
      rn_bench_row row;
      status = bench_case(&b, machine, seconds, &row);
      if (status == RN_OK && rn_context_stopping(ctx)) status = rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped");
      if (status == RN_OK) go_on = emit(user, &row);
    }
  rn_graph_free(g);
  return status;
}
