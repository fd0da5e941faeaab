/* graph.c: a pass: memory, sticky errors, and running operations while recording them. */
#include "ops/graph_state.h"

#include "base/alloc.h"
#include "base/random.h"
#include <stdio.h>
#include <string.h>

/* ---- life ---- */

rn_graph *rn_graph_new(rn_context *context) {
  static const int64_t no_offset[1] = {0};
  static float no_data[16]; /* never written: the tensor has no elements */
  rn_graph *g = rn_alloc_zero(1, sizeof *g);
  if (!g) return NULL;
  g->context = context;
  g->arena = rn_arena_new();
  g->scratch = rn_arena_new();
  if (!g->arena || !g->scratch) {
    rn_graph_free(g);
    return NULL;
  }
  g->nothing_seqs = (rn_ragged){.n_seqs = 0, .offset = no_offset};
  g->nothing_tensor = (rn_tensor){.rank = 2, .data = no_data, .seqs = &g->nothing_seqs};
  g->nothing.graph = g;
  for (int i = 0; i < RN_NODE_MAX_OUT; i++) g->nothing.out[i] = &g->nothing_tensor;
  return g;
}

void rn_graph_free(rn_graph *g) {
  if (!g) return;
  rn_arena_free(g->arena);
  rn_arena_free(g->scratch);
  for (kept *k = g->kept, *next; k; k = next) {
    next = k->next;
    rn_free(k->data);
    rn_free(k);
  }
  rn_free(g);
}

void rn_graph_begin(rn_graph *g, rn_mode mode, uint64_t seed, uint64_t step) {
  rn_arena_reset(g->arena);
  rn_arena_reset(g->scratch);
  g->mode = mode;
  g->seed = seed;
  g->step = step;
  g->n_dropouts = 0;
  g->status = RN_OK;
  g->last = NULL;
  g->spares = NULL;
  g->traces = NULL;
  g->overwritten = false;
}

rn_status rn_graph_status(const rn_graph *g) { return g->status; }
rn_context *rn_graph_context(const rn_graph *g) { return g->context; }
rn_mode rn_graph_mode(const rn_graph *g) { return g->mode; }
size_t rn_graph_memory(const rn_graph *g) { return rn_arena_used(g->arena); }
uint64_t rn_graph_seed(const rn_graph *g) { return g->seed; }

/* 2^16 dropouts a step are more than any model has. */
uint64_t rn_graph_dropout_stream(rn_graph *g) { return rn_random_stream("dropout") + (g->step << 16) + g->n_dropouts++; }

void rn_graph_trace(rn_graph *g, rn_trace_fn trace, void *user) {
  g->trace = trace;
  g->trace_user = user;
}

/* ---- errors ---- */

/* The first error of the pass stays; the context keeps the words of its own first error. */
static rn_status fail_with(rn_graph *g, rn_status status, const char *text) {
  if (g->status == RN_OK) {
    rn_context_fail(g->context, status, "%s", text);
    g->status = status;
  }
  return g->status;
}

rn_status rn_graph_fail(rn_graph *g, rn_status status, const char *format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return fail_with(g, status, text);
}

rn_status rn_node_fail(rn_node *node, const char *format, ...) {
  char text[1024];
  int used = snprintf(text, sizeof text, "%s: ", node->op->name);
  va_list args;
  va_start(args, format);
  vsnprintf(text + used, sizeof text - (size_t)used, format, args);
  va_end(args);
  return fail_with(node->graph, RN_ERROR_ARGUMENT, text);
}

rn_status rn_node_check(rn_node *node, int i, const char *name, int64_t cols) {
  const rn_tensor *t = node->in[i];
  char shape[128];
  if (!t) return rn_node_fail(node, "%s is missing", name);
  if (cols >= 0 && rn_tensor_cols(t) != cols)
    return rn_node_fail(node, "%s is %s but must have %lld columns", name, rn_shape_text(t, shape, sizeof shape), (long long)cols);
  return RN_OK;
}

rn_status rn_node_check_ids(rn_node *node, const char *name, int64_t below, bool negatives) {
  for (int64_t i = 0; i < node->n_ids; i++)
    if (node->ids[i] >= below || (node->ids[i] < 0 && !negatives))
      return rn_node_fail(node, "%s[%lld] is %d, outside 0 .. %lld", name, (long long)i, node->ids[i], (long long)below - 1);
  return RN_OK;
}

/* ---- memory ---- */

void *rn_graph_alloc(rn_graph *g, size_t size) {
  void *p = rn_arena_alloc(g->arena, size);
  if (!p) rn_graph_fail(g, RN_ERROR_MEMORY, "out of memory: a pass of %zu bytes needs %zu more", rn_arena_used(g->arena), size);
  return p;
}

void *rn_graph_scratch(rn_graph *g, size_t size) {
  if (size == 0) return NULL;
  void *p = rn_arena_alloc(g->scratch, size);
  if (!p) rn_graph_fail(g, RN_ERROR_MEMORY, "out of memory: %zu bytes of scratch", size);
  return p;
}

static void *copy_into_pass(rn_graph *g, const void *data, size_t size) {
  void *p = rn_graph_alloc(g, size);
  if (p && size) memcpy(p, data, size);
  return p;
}

const rn_ragged *rn_graph_ragged(rn_graph *g, const rn_ragged *seqs) {
  if (!seqs) return NULL;
  if (g->status != RN_OK) return &g->nothing_seqs;
  rn_status status = rn_ragged_check(g->context, seqs);
  if (status != RN_OK) {
    g->status = status;
    return &g->nothing_seqs;
  }
  rn_ragged *copy = rn_graph_alloc(g, sizeof *copy);
  int64_t *offset = copy ? copy_into_pass(g, seqs->offset, (size_t)(seqs->n_seqs + 1) * sizeof *offset) : NULL;
  if (!offset) return &g->nothing_seqs;
  *copy = (rn_ragged){.n_seqs = seqs->n_seqs, .offset = offset};
  return copy;
}

void rn_graph_keep_weights(rn_graph *g) { g->keeps = true; }

void *rn_node_kept(rn_node *node, const rn_tensor *weight, size_t size, bool *fresh) {
  rn_graph *g = node->graph;
  *fresh = false;
  if (!g->keeps || g->mode != RN_INFER || !weight->param || g->status != RN_OK) return NULL;
  for (kept *k = g->kept; k; k = k->next)
    if (k->op == node->op && k->weight == weight && k->size == size) return k->data;
  kept *k = rn_alloc_zero(1, sizeof *k);
  void *data = k ? rn_alloc_aligned(size) : NULL;
  if (!data) {
    rn_free(k);
    rn_graph_fail(g, RN_ERROR_MEMORY, "out of memory for %zu bytes of packed weights", size);
    return NULL;
  }
  *k = (kept){.next = g->kept, .op = node->op, .weight = weight, .size = size, .data = data};
  g->kept = k;
  *fresh = true;
  return data;
}

/* ---- tensors ---- */

/* The floats of a shape, or false when they overflow or a size is negative. */
static bool shape_bytes(int rank, const int64_t *shape, size_t *bytes) {
  size_t n = sizeof(float);
  for (int i = 0; i < rank; i++)
    if (shape[i] < 0 || !rn_mul_size(n, (size_t)shape[i], &n)) return false;
  *bytes = n;
  return true;
}

static rn_tensor *tensor_new(rn_graph *g, float *data, int rank, const int64_t *shape, const rn_ragged *seqs) {
  rn_tensor *t = rn_graph_alloc(g, sizeof *t);
  if (!t) return NULL;
  *t = (rn_tensor){.rank = rank, .data = data, .seqs = seqs};
  if (rank > 0) memcpy(t->shape, shape, (size_t)rank * sizeof *shape); /* a scalar's shape may be NULL */
  return t;
}

static rn_tensor *leaf(rn_graph *g, const float *data, int rank, const int64_t *shape, const rn_ragged *seqs, bool needs_grad) {
  if (g->status != RN_OK) return &g->nothing_tensor;
  size_t bytes;
  if (rank < 0 || rank > RN_MAX_RANK || !shape_bytes(rank, shape, &bytes)) {
    rn_graph_fail(g, RN_ERROR_ARGUMENT, "a tensor of rank %d, with a size below 0 or too large", rank);
    return &g->nothing_tensor;
  }
  const rn_ragged *copy = rn_graph_ragged(g, seqs);
  if (g->status == RN_OK && copy && (rank == 0 || rn_ragged_rows(copy) != shape[0]))
    rn_graph_fail(g, RN_ERROR_ARGUMENT, "a tensor of %lld rows for sequences of %lld rows", rank ? (long long)shape[0] : 1LL,
                  (long long)rn_ragged_rows(copy));
  if (g->status != RN_OK) return &g->nothing_tensor;
  rn_tensor *t = tensor_new(g, (float *)data, rank, shape, copy); /* never written: only outputs of operations are */
  if (!t) return &g->nothing_tensor;
  t->needs_grad = needs_grad;
  return t;
}

rn_tensor *rn_constant(rn_graph *g, const float *data, int rank, const int64_t *shape, const rn_ragged *seqs) {
  return leaf(g, data, rank, shape, seqs, false);
}

rn_tensor *rn_variable(rn_graph *g, const float *data, int rank, const int64_t *shape, const rn_ragged *seqs) {
  return leaf(g, data, rank, shape, seqs, true);
}

rn_status rn_node_output(rn_node *node, int i, int rank, const int64_t *shape, const rn_ragged *seqs) {
  rn_graph *g = node->graph;
  size_t bytes;
  if (!shape_bytes(rank, shape, &bytes)) return rn_node_fail(node, "the result is too large");
  float *data = rn_graph_alloc(g, bytes);
  rn_tensor *t = data ? tensor_new(g, data, rank, shape, seqs) : NULL;
  if (!t) return g->status;
  t->needs_grad = node->train;
  t->maker = node;
  node->out[i] = t;
  return RN_OK;
}

/* ---- operations ---- */

const rn_backend *rn_node_backend(const rn_node *node) { return node->graph->context->backend; }
rn_pool *rn_node_pool(const rn_node *node) { return node->graph->context->pool; }

static void count_use(rn_tensor *t) {
  for (int i = 0; t->maker && i < RN_NODE_MAX_OUT; i++)
    if (t->maker->out[i] == t) t->maker->n_uses[i]++;
}

static rn_status run(rn_graph *g, rn_node *node) {
  rn_status status = node->op->shape(node);
  if (status != RN_OK) return status;
  size_t saved = node->op->saved_size ? node->op->saved_size(node) : 0;
  if (saved && !(node->saved = rn_graph_alloc(g, saved))) return g->status;

  rn_arena_mark mark = rn_arena_save(g->scratch);
  void *scratch = rn_graph_scratch(g, node->op->scratch_size ? node->op->scratch_size(node, false) : 0);
  if (g->status == RN_OK) node->op->forward(node, scratch);
  rn_arena_release(g->scratch, mark);
  return g->status;
}

rn_node *rn_graph_apply(rn_graph *g, const rn_op *op, rn_tensor *const *in, int n_in, const int32_t *ids, int64_t n_ids,
                        const void *attrs) {
  if (g->status != RN_OK) return &g->nothing;
  rn_node *node = rn_graph_alloc(g, sizeof *node);
  if (!node) return &g->nothing;
  *node = (rn_node){.op = op, .graph = g, .n_ids = n_ids};
  for (int i = 0; i < n_in; i++) {
    node->in[i] = in[i];
    if (in[i] && in[i]->needs_grad && g->mode == RN_TRAIN) node->train = true;
  }
  if (!op->supported(g->context->backend)) {
    rn_graph_fail(g, RN_ERROR_UNSUPPORTED, "%s: the device \"%s\" has no such operation", op->name, g->context->backend->name);
    return &g->nothing;
  }
  if (ids) node->ids = copy_into_pass(g, ids, (size_t)n_ids * sizeof *ids);
  if (attrs) node->attrs = copy_into_pass(g, attrs, op->attrs_size);
  if (g->status != RN_OK || run(g, node) != RN_OK) return &g->nothing;

  for (int i = 0; i < n_in; i++)
    if (in[i]) count_use(in[i]);
  if (node->train) {
    node->before = g->last;
    g->last = node;
  }
  return node;
}
