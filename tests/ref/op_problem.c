/* op_problem.c: drawing the numbers of a case, and what the reference makes of them. */
#include "base/random.h"
#include "ref/op_check.h"

#include <stdio.h>
#include <string.h>

#define MAX_IN RN_NODE_MAX_IN
#define MAX_OUT RN_NODE_MAX_OUT
#define ALL_BELOW 400 /* inputs of at most so many elements are checked in every element */
#define DRAWN 200     /* of larger ones, so many are drawn */

static bool given(const rn_case_input *in) { return in->rank > 0; }

int64_t rn_case_size(const rn_case_input *in) {
  int64_t n = given(in) ? 1 : 0;
  for (int i = 0; i < in->rank; i++) n *= in->shape[i];
  return n;
}

static int64_t size_of(int rank, const int64_t *shape) {
  int64_t n = 1;
  for (int i = 0; i < rank; i++) n *= shape[i];
  return n;
}

int64_t rn_problem_out_size(const rn_problem *p, int i) { return size_of(p->out_rank[i], p->out_shape[i]); }

static float *draw(rn_random *random, int64_t n, float low, float high) {
  float *p = malloc(((size_t)n + 1) * sizeof *p);
  if (low == 0 && high == 0) low = -1, high = 1;
  for (int64_t i = 0; i < n; i++) p[i] = low + (high - low) * rn_random_uniform(random);
  return p;
}

static void draw_ids(rn_problem *p, rn_random *random) {
  const rn_op_case *c = p->a_case;
  p->ids = malloc(((size_t)c->n_ids + 1) * sizeof *p->ids);
  for (int64_t i = 0; i < c->n_ids; i++) {
    int32_t id = (int32_t)rn_random_below(random, (uint64_t)c->ids_below);
    p->ids[i] = c->ids_ignore && i % 5 == 4 ? -1 : id;
  }
}

static void lay_out_sequences(rn_problem *p) {
  const rn_op_case *c = p->a_case;
  int64_t *offset = calloc((size_t)c->n_lengths + 1, sizeof *offset);
  for (int s = 0; s < c->n_lengths; s++) offset[s + 1] = offset[s] + c->lengths[s];
  p->seqs = (rn_ragged){.n_seqs = c->n_lengths, .offset = offset};
}

/* The shapes of the outputs, from the operation itself. */
static bool learn_shapes(rn_problem *p, char *why, size_t size) {
  const rn_op_case *c = p->a_case;
  rn_context *ctx;
  if (rn_context_new(NULL, &ctx, why, size) != RN_OK) return false;
  rn_graph *g = rn_graph_new(ctx);
  rn_tensor *in[MAX_IN] = {0};
  rn_graph_begin(g, RN_INFER, 1, 1);
  for (int i = 0; i < MAX_IN; i++)
    if (p->in[i]) in[i] = rn_constant(g, p->in[i], c->in[i].rank, c->in[i].shape, i == 0 && p->seqs.n_seqs ? &p->seqs : NULL);
  const rn_node *node = rn_graph_apply(g, p->op, in, MAX_IN, p->ids, c->n_ids, c->attrs);
  bool ok = rn_graph_status(g) == RN_OK;
  if (!ok) snprintf(why, size, "%s", rn_context_error(ctx));
  for (int i = 0; ok && i < MAX_OUT; i++) {
    if (!(p->has_out[i] = node->out[i] != NULL)) continue;
    p->out_rank[i] = node->out[i]->rank;
    memcpy(p->out_shape[i], node->out[i]->shape, sizeof p->out_shape[i]);
  }
  rn_graph_free(g);
  rn_context_free(ctx);
  return ok;
}

bool rn_problem_make(rn_problem *p, const rn_op *op, const rn_op_case *c, char *why, size_t size) {
  rn_random random = rn_random_init(7, rn_random_stream(op->name) + rn_random_stream(c->name));
  *p = (rn_problem){.op = op, .a_case = c};
  lay_out_sequences(p);
  for (int i = 0; i < MAX_IN; i++)
    if (given(&c->in[i])) p->in[i] = draw(&random, rn_case_size(&c->in[i]), c->in[i].low, c->in[i].high);
  draw_ids(p, &random);
  if (!learn_shapes(p, why, size)) return false;
  for (int i = 0; i < MAX_OUT; i++)
    if (p->has_out[i]) p->cotangent[i] = draw(&random, rn_problem_out_size(p, i), 0, 0);
  return true;
}

/* ---- the reference ---- */

static rn_ref ref_arguments(const rn_problem *p) {
  const rn_op_case *c = p->a_case;
  rn_ref r = {.seqs = p->seqs.n_seqs ? &p->seqs : NULL, .ids = p->ids, .n_ids = c->n_ids, .attrs = c->attrs};
  for (int i = 0; i < MAX_IN; i++) {
    if (!p->in[i]) continue;
    int64_t n = rn_case_size(&c->in[i]);
    r.in[i].rank = c->in[i].rank;
    memcpy(r.in[i].shape, c->in[i].shape, sizeof c->in[i].shape);
    r.in[i].data = malloc(((size_t)n + 1) * sizeof(double));
    for (int64_t k = 0; k < n; k++) r.in[i].data[k] = p->in[i][k];
  }
  for (int i = 0; i < MAX_OUT; i++) {
    if (!p->has_out[i]) continue;
    r.out[i].rank = p->out_rank[i];
    memcpy(r.out[i].shape, p->out_shape[i], sizeof p->out_shape[i]);
    r.out[i].data = calloc((size_t)rn_problem_out_size(p, i) + 1, sizeof(double));
  }
  return r;
}

/* <cotangent, reference(inputs)> */
static double value(const rn_problem *p, rn_ref_fn ref, const rn_ref *r) {
  double sum = 0;
  ref(r);
  for (int i = 0; i < MAX_OUT; i++)
    for (int64_t k = 0; p->has_out[i] && k < rn_problem_out_size(p, i); k++) sum += p->cotangent[i][k] * r->out[i].data[k];
  return sum;
}

/* (f(x + e) - f(x - e)) / 2e: in double precision good to about nine digits */
static double central_difference(const rn_problem *p, rn_ref_fn ref, const rn_ref *r, double *x) {
  const double e = 1e-5, at = *x;
  *x = at + e;
  double above = value(p, ref, r);
  *x = at - e;
  double below = value(p, ref, r);
  *x = at;
  return (above - below) / (2 * e);
}

void rn_problem_refer(rn_problem *p, rn_ref_fn ref) {
  rn_ref r = ref_arguments(p);
  rn_random random = rn_random_init(8, rn_random_stream(p->a_case->name));
  for (int i = 0; i < MAX_IN; i++) {
    if (!p->in[i]) continue;
    int64_t n = rn_case_size(&p->a_case->in[i]);
    p->grad[i] = malloc(((size_t)n + 1) * sizeof(double));
    for (int64_t k = 0; k < n; k++) p->grad[i][k] = n <= ALL_BELOW ? central_difference(p, ref, &r, &r.in[i].data[k]) : (double)NAN;
    for (int d = 0; n > ALL_BELOW && d < DRAWN; d++) {
      int64_t k = (int64_t)rn_random_below(&random, (uint64_t)n);
      p->grad[i][k] = central_difference(p, ref, &r, &r.in[i].data[k]);
    }
  }
  ref(&r);
  for (int i = 0; i < MAX_OUT; i++) p->y[i] = r.out[i].data; /* kept */
  for (int i = 0; i < MAX_IN; i++) free(r.in[i].data);
}

void rn_problem_free(rn_problem *p) {
  free((void *)p->seqs.offset);
  free(p->ids);
  for (int i = 0; i < MAX_IN; i++) free(p->in[i]), free(p->grad[i]);
  for (int i = 0; i < MAX_OUT; i++) free(p->cotangent[i]), free(p->y[i]);
}
