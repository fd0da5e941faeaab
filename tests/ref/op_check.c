/* op_check.c: running a case and judging what came out. Drawing and referring are in op_problem.c. */
#include "ref/op_check.h"

#include <stdio.h>
#include <string.h>

#define MAX_IN RN_NODE_MAX_IN
#define MAX_OUT RN_NODE_MAX_OUT

/* ---- running ---- */

static float *copy_floats(const float *data, int64_t n) {
  float *p = calloc((size_t)n + 1, sizeof *p);
  if (data && n) memcpy(p, data, (size_t)n * sizeof *p);
  return p;
}

/* sum over outputs of <cotangent, y>, as a scalar of the pass */
static rn_tensor *inner_products(const rn_problem *p, rn_graph *g, const rn_node *node) {
  rn_tensor *total = NULL;
  for (int i = 0; i < MAX_OUT; i++) {
    if (!p->has_out[i]) continue;
    rn_tensor *y = node->out[i], *c = rn_constant(g, p->cotangent[i], y->rank, y->shape, NULL), *s = rn_sum(g, rn_mul(g, y, c));
    total = total ? rn_add(g, total, s) : s;
  }
  return total;
}

static void run_backward(const rn_problem *p, rn_graph *g, const rn_node *node, rn_walks walks) {
  if (walks == RN_WALKS_NONE) return;
  if (walks == RN_WALKS_AT_ONCE) {
    rn_graph_backward(g, inner_products(p, g, node));
    return;
  }
  for (int times = walks == RN_WALKS_TWICE ? 2 : 1; times > 0; times--)
    for (int i = 0; i < MAX_OUT; i++)
      if (p->has_out[i]) rn_graph_backward_from(g, node->out[i], p->cotangent[i]);
}

bool rn_problem_run(const rn_problem *p, const char *isa, int n_threads, rn_walks walks, rn_outcome *out, char *why, size_t size) {
  const rn_op_case *c = p->a_case;
  rn_context_options options = {.n_threads = n_threads, .isa = isa};
  rn_context *ctx;
  *out = (rn_outcome){0};
  if (rn_context_new(&options, &ctx, why, size) != RN_OK) return false;
  rn_graph *g = rn_graph_new(ctx);
  rn_tensor *in[MAX_IN] = {0};

  rn_graph_begin(g, walks == RN_WALKS_NONE ? RN_INFER : RN_TRAIN, 42, 1);
  for (int i = 0; i < MAX_IN; i++)
    if (p->in[i]) in[i] = rn_variable(g, p->in[i], c->in[i].rank, c->in[i].shape, i == 0 && p->seqs.n_seqs ? &p->seqs : NULL);
  rn_node *node = rn_graph_apply(g, p->op, in, MAX_IN, p->ids, c->n_ids, c->attrs);
  if (rn_graph_status(g) == RN_OK) {
    for (int i = 0; i < MAX_OUT; i++)
      if (p->has_out[i]) out->y[i] = copy_floats(node->out[i]->data, rn_problem_out_size(p, i));
    run_backward(p, g, node, walks);
    for (int i = 0; i < MAX_IN; i++)
      if (in[i] && walks != RN_WALKS_NONE) out->grad[i] = copy_floats(in[i]->grad, rn_case_size(&c->in[i]));
  }
  bool ok = rn_graph_status(g) == RN_OK;
  if (!ok) snprintf(why, size, "%s", rn_context_error(ctx));
  rn_graph_free(g);
  rn_context_free(ctx);
  return ok;
}

void rn_outcome_free(rn_outcome *o) {
  for (int i = 0; i < MAX_OUT; i++) free(o->y[i]);
  for (int i = 0; i < MAX_IN; i++) free(o->grad[i]);
}

/* ---- judging ---- */

bool rn_outcome_same(const rn_problem *p, const rn_outcome *a, const rn_outcome *b, char *why, size_t size) {
  for (int i = 0; i < MAX_OUT; i++)
    if (a->y[i] && memcmp(a->y[i], b->y[i], (size_t)rn_problem_out_size(p, i) * sizeof(float)) != 0) {
      snprintf(why, size, "output %d depends on the number of threads", i);
      return false;
    }
  for (int i = 0; i < MAX_IN; i++)
    if (a->grad[i] && memcmp(a->grad[i], b->grad[i], (size_t)rn_case_size(&p->a_case->in[i]) * sizeof(float)) != 0) {
      snprintf(why, size, "the gradient of input %d depends on the number of threads", i);
      return false;
    }
  return true;
}

/* Are got[0..n) near wanted, relative to the value and to the root mean square of all? NAN is wanted where nothing is. */
static bool near(const float *got, const float *wanted, const double *wanted_double, int64_t n, double factor, double tolerance,
                 double absolute, const char *what, int which, char *why, size_t size) {
  double sum = 0, counted = 0;
  for (int64_t i = 0; i < n; i++) {
    double w = wanted ? wanted[i] * factor : wanted_double[i] * factor;
    if (!isnan(w)) sum += w * w, counted++;
  }
  double rms = counted > 0 ? sqrt(sum / counted) : 0;
  for (int64_t i = 0; i < n; i++) {
    double w = wanted ? wanted[i] * factor : wanted_double[i] * factor;
    if (!isfinite(got[i])) {
      snprintf(why, size, "%s %d: element %lld is %g", what, which, (long long)i, (double)got[i]);
      return false;
    }
    if (isnan(w) || fabs(got[i] - w) <= tolerance * (fabs(w) + rms) + absolute) continue;
    snprintf(why, size, "%s %d: element %lld is %.9g, expected %.9g (rms %.3g)", what, which, (long long)i, (double)got[i], w, rms);
    return false;
  }
  return true;
}

bool rn_outcome_close(const rn_problem *p, const rn_outcome *a, const rn_outcome *b, double factor, double tolerance, char *why,
                      size_t size) {
  for (int i = 0; i < MAX_OUT; i++)
    if (p->has_out[i] && !near(a->y[i], b->y[i], NULL, rn_problem_out_size(p, i), 1, tolerance, 1e-6, "output", i, why, size)) return false;
  for (int i = 0; i < MAX_IN; i++)
    if (p->in[i] && !near(a->grad[i], b->grad[i], NULL, rn_case_size(&p->a_case->in[i]), factor, tolerance, 1e-6, "gradient", i, why, size))
      return false;
  return true;
}

bool rn_outcome_judge(const rn_problem *p, const rn_outcome *o, char *why, size_t size) {
  double tolerance = p->a_case->tolerance > 0 ? p->a_case->tolerance : 2e-3, largest = 0, any = 0;
  for (int i = 0; i < MAX_OUT; i++) {
    if (!p->has_out[i]) continue;
    any += (double)rn_problem_out_size(p, i) * (i == 0);
    if (!near(o->y[i], NULL, p->y[i], rn_problem_out_size(p, i), 1, 1e-5, 1e-6, "output", i, why, size)) return false;
  }
  for (int i = 0; i < MAX_IN; i++) {
    if (!o->grad[i]) continue;
    int64_t n = rn_case_size(&p->a_case->in[i]);
    if (!near(o->grad[i], NULL, p->grad[i], n, 1, tolerance, 1e-6, "gradient", i, why, size)) return false;
    for (int64_t k = 0; k < n; k++) largest = fmax(largest, fabs(o->grad[i][k]));
    any *= n > 0 || i > 0;
  }
  if (o->grad[0] && any > 0 && largest == 0) {
    snprintf(why, size, "all gradients are zero");
    return false;
  }
  return true;
}

/* ---- a whole case ---- */

static bool check_isa(const rn_problem *p, const char *isa, char *why, size_t size) {
  rn_outcome one = {0}, other = {0};
  bool ok = rn_problem_run(p, isa, 1, RN_WALKS_EACH, &one, why, size) && rn_outcome_judge(p, &one, why, size);
  for (int n_threads = 2; ok && n_threads <= 3; n_threads++) {
    ok = rn_problem_run(p, isa, n_threads, RN_WALKS_EACH, &other, why, size) && rn_outcome_same(p, &other, &one, why, size);
    rn_outcome_free(&other);
  }
  for (rn_walks walks = RN_WALKS_AT_ONCE; ok && walks <= RN_WALKS_NONE; walks++) {
    if (walks == RN_WALKS_TWICE) continue; /* compared with once, below */
    ok = rn_problem_run(p, isa, 1, walks, &other, why, size) && rn_outcome_judge(p, &other, why, size);
    rn_outcome_free(&other);
  }
  other = (rn_outcome){0};
  if (ok) ok = rn_problem_run(p, isa, 1, RN_WALKS_TWICE, &other, why, size) && rn_outcome_close(p, &other, &one, 2, 1e-5, why, size);
  rn_outcome_free(&other);
  rn_outcome_free(&one);
  return ok;
}

bool rn_op_check(const rn_op *op, rn_ref_fn ref, const rn_op_case *c, char *why, size_t size) {
  rn_problem p;
  char words[512] = "";
  const char *isa = "";
  bool ok = rn_problem_make(&p, op, c, words, sizeof words);
  if (ok) rn_problem_refer(&p, ref);
  for (const char *const *name = rn_backend_cpu_names(); ok && *name; name++) ok = check_isa(&p, isa = *name, words, sizeof words);
  if (!ok) snprintf(why, size, "%s, %s, %s: %s", op->name, c->name, isa, words);
  rn_problem_free(&p);
  return ok;
}
