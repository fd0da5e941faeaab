/* backward.c: gradient buffers, and the walk over the tape from the newest record to the oldest.
 *
 * A record's backward is called once, when every later one has added what it has to add to the gradients of its outputs; after that those
 * gradients are dead, and their memory serves the records still to come. So a pass holds about as many gradient buffers as its widest
 * place needs, not one for each result. */
#include "ops/graph_state.h"
#include "ops/touched.h"

#include <math.h>
#include <rondo/nn.h>
#include <string.h>

/* ---- buffers ---- */

static size_t grad_bytes(const rn_tensor *t) {
  size_t bytes = (size_t)rn_tensor_size(t) * sizeof(float);
  return bytes < sizeof(spare) ? sizeof(spare) : bytes;
}

/* The smallest spare buffer that is large enough, else new memory. */
static float *buffer_take(rn_graph *g, size_t size) {
  spare **best = NULL;
  for (spare **s = &g->spares; *s; s = &(*s)->next)
    if ((*s)->size >= size && (!best || (*s)->size < (*best)->size)) best = s;
  if (!best) return rn_graph_alloc(g, size);
  spare *found = *best;
  *best = found->next;
  return (float *)found;
}

static void buffer_give(rn_graph *g, float *buffer, size_t size) {
  spare *s = (spare *)buffer;
  *s = (spare){.next = g->spares, .size = size};
  g->spares = s;
}

/* Parameters bring their own buffer; one that has none is frozen or for inference. */
static bool wants_grad(const rn_tensor *t) { return t && t->needs_grad && (t->grad || !t->param); }

/* Every row of a table has a gradient now. */
static void touch_all(rn_tensor *t) {
  if (t->param) rn_param_spread_grad(t->param);
}

float *rn_node_grad_fresh(rn_node *node, int i, bool *fresh) {
  rn_tensor *t = node->in[i];
  *fresh = false;
  if (!wants_grad(t)) return NULL;
  touch_all(t);
  if (t->grad) return t->grad;
  *fresh = true;
  return t->grad = buffer_take(node->graph, grad_bytes(t));
}

float *rn_node_grad(rn_node *node, int i) {
  bool fresh;
  float *grad = rn_node_grad_fresh(node, i, &fresh);
  if (grad && fresh) memset(grad, 0, grad_bytes(node->in[i]));
  return grad;
}

float *rn_node_grad_rows(rn_node *node, int i, const int32_t **row) {
  rn_tensor *t = node->in[i];
  rn_param *p = t ? t->param : NULL;
  *row = node->ids;
  if (!p || !wants_grad(t)) return rn_node_grad(node, i);
  if (!p->sparse || p->n_touched < 0) return t->grad;
  int32_t *at = rn_graph_alloc(node->graph, (size_t)node->n_ids * sizeof *at);
  if (!at) return NULL;
  rn_param_touch(p, node->ids, node->n_ids, at);
  *row = at;
  return t->grad;
}

/* Is this node the only reader of t, and does the record that made t not read it again? */
static bool last_reader(const rn_tensor *t) {
  const rn_node *maker = t->maker;
  if (!maker || !maker->outputs_free) return false;
  for (int i = 0; i < RN_NODE_MAX_OUT; i++)
    if (maker->out[i] == t) return maker->n_uses[i] == 1;
  return false;
}

float *rn_node_grad_reuse(rn_node *node, int i, bool *fresh) {
  rn_tensor *t = node->in[i];
  if (!wants_grad(t) || t->grad || !last_reader(t) || grad_bytes(t) != (size_t)rn_tensor_size(t) * sizeof(float))
    return rn_node_grad_fresh(node, i, fresh);
  *fresh = true;
  node->graph->overwritten = true;
  return t->grad = t->data;
}

/* ---- the walk ---- */

static bool has_grad(const rn_node *node) {
  for (int i = 0; i < RN_NODE_MAX_OUT; i++)
    if (rn_node_dy(node, i)) return true;
  return false;
}

static void run_backward(rn_graph *g, rn_node *node) {
  rn_arena_mark mark = rn_arena_save(g->scratch);
  void *scratch = rn_graph_scratch(g, node->op->scratch_size ? node->op->scratch_size(node, true) : 0);
  if (g->status == RN_OK) node->op->backward(node, scratch);
  rn_arena_release(g->scratch, mark);
}

static void give_back_grads(rn_graph *g, rn_node *node) {
  for (int i = 0; i < RN_NODE_MAX_OUT; i++) {
    rn_tensor *out = node->out[i];
    if (!out || !out->grad) continue;
    buffer_give(g, out->grad, grad_bytes(out));
    out->grad = NULL;
  }
}

/* In the order of the forward pass: records are prepended while walking back. */
static void report_traces(rn_graph *g) {
  int layer = -1;
  const rn_node *node = NULL;
  for (trace_record *t = g->traces; t; t = t->next) {
    if (t->node != node) layer++;
    node = t->node;
    for (int64_t i = 0; i < t->n_steps; i++) t->norm2[i] = sqrt(t->norm2[i]);
    g->trace(g->trace_user, layer, t->reverse, t->n_steps, t->norm2);
  }
  g->traces = NULL;
}

double *rn_node_trace(rn_node *node, bool reverse, int64_t n_steps) {
  rn_graph *g = node->graph;
  if (!g->trace) return NULL;
  trace_record *t = rn_graph_alloc(g, sizeof *t);
  double *norm2 = t ? rn_graph_alloc(g, (size_t)n_steps * sizeof *norm2) : NULL;
  if (!norm2) return NULL;
  memset(norm2, 0, (size_t)n_steps * sizeof *norm2);
  *t = (trace_record){.next = g->traces, .node = node, .reverse = reverse, .n_steps = n_steps, .norm2 = norm2};
  g->traces = t;
  return norm2;
}

/* Seeds y with dy, or with one where dy is NULL, and walks. */
static rn_status walk(rn_graph *g, rn_tensor *y, const float *dy) {
  if (g->status != RN_OK) return g->status;
  if (g->overwritten)
    return rn_graph_fail(g, RN_ERROR_ARGUMENT, "backward: this pass was differentiated and its scores overwritten; begin a new pass");
  if (!y || g->mode != RN_TRAIN || !wants_grad(y))
    return rn_graph_fail(g, RN_ERROR_ARGUMENT,
                         "backward: the result depends on nothing that needs a gradient, or the pass is not RN_TRAIN");

  rn_node seed = {.graph = g, .in = {y}};
  float *grad = rn_node_grad(&seed, 0);
  if (!grad) return g->status;
  int64_t n = rn_tensor_size(y);
  for (int64_t i = 0; i < n; i++) grad[i] += dy ? dy[i] : 1.0f;

  g->traces = NULL;
  for (rn_node *node = g->last; node && g->status == RN_OK; node = node->before) {
    if (!has_grad(node)) continue;
    run_backward(g, node);
    give_back_grads(g, node);
  }
  if (g->status == RN_OK) report_traces(g);
  return g->status;
}

rn_status rn_graph_backward(rn_graph *g, rn_tensor *loss) {
  if (g->status == RN_OK && loss && rn_tensor_size(loss) != 1) {
    char shape[128];
    return rn_graph_fail(g, RN_ERROR_ARGUMENT, "backward: the loss is %s, not one number", rn_shape_text(loss, shape, sizeof shape));
  }
  return walk(g, loss, NULL);
}

rn_status rn_graph_backward_from(rn_graph *g, rn_tensor *y, const float *dy) { return walk(g, y, dy); }
