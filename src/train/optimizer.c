/* optimizer.c: from gradients to parameters.
 *
 *   clip by norm    s = min(1, clip / ||g||),  ||g||^2 the sum over every parameter, in double, in a fixed order      Pascanu et al. 2013
 *   update          w <- update(w, s g, m, v)                                                the formulas are the backend's (cpu_update.c)
 *   average         a <- d a + (1 - d) w,  d = min(average, (1 + t) / (10 + t)):  the first steps are forgotten soon   Polyak & Juditsky
 * 1992
 */
#include "train/optimizer.h"
#include "base/alloc.h"
#include "ops/touched.h"
#include <math.h>
#include <string.h>

static const struct {
  const char *name;
  float lr, eps;
  bool m, v;
} kinds[] = {
    [RN_SGD] = {"sgd", 1.0f, 1e-8f, false, false},        [RN_MOMENTUM] = {"momentum", 0.1f, 1e-8f, true, false},
    [RN_NESTEROV] = {"nesterov", 0.1f, 1e-8f, true, false}, [RN_ADAGRAD] = {"adagrad", 0.05f, 1e-10f, false, true},
    [RN_RMSPROP] = {"rmsprop", 0.001f, 1e-8f, false, true}, [RN_ADAM] = {"adam", 0.001f, 1e-8f, true, true},
    [RN_ADAMW] = {"adamw", 0.001f, 1e-8f, true, true},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

rn_optimizer_options rn_optimizer_options_default(rn_optimizer_kind kind) {
  return (rn_optimizer_options){
      .kind = kind, .lr = kinds[kind].lr, .momentum = 0.9f, .beta1 = 0.9f, .beta2 = 0.999f, .alpha = 0.99f, .eps = kinds[kind].eps};
}

bool rn_optimizer_parse(const char *name, rn_optimizer_kind *out) {
  for (int i = 0; i < N_KINDS; i++)
    if (strcmp(name, kinds[i].name) == 0) {
      *out = (rn_optimizer_kind)i;
      return true;
    }
  return false;
}

const char *rn_optimizer_name(rn_optimizer_kind kind) { return (unsigned)kind < N_KINDS ? kinds[kind].name : "unknown"; }

static float *block_new(int64_t n) {
  float *block = rn_alloc_aligned((size_t)n * sizeof(float));
  if (block) memset(block, 0, (size_t)n * sizeof(float));
  return block;
}

static rn_status options_check(rn_context *ctx, const rn_optimizer_options *o) {
  if ((unsigned)o->kind >= N_KINDS) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "optimizer: unknown kind %d", (int)o->kind);
  const struct {
    const char *name;
    float value, below;
  } range[] = {{"lr", o->lr, INFINITY},           {"momentum", o->momentum, 1},       {"beta1", o->beta1, 1},
               {"beta2", o->beta2, 1},            {"alpha", o->alpha, 1},             {"eps", o->eps, INFINITY},
               {"weight decay", o->weight_decay, INFINITY}, {"clip norm", o->clip_norm, INFINITY}, {"clip value", o->clip_value, INFINITY},
               {"average", o->average, 1}};
  for (size_t i = 0; i < sizeof range / sizeof range[0]; i++)
    if (!(range[i].value >= 0 && range[i].value < range[i].below))
      return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "optimizer: %s is %g; it must be at least 0 and below %g", range[i].name,
                             (double)range[i].value, (double)range[i].below);
  return RN_OK;
}

rn_status rn_optimizer_new(rn_context *ctx, rn_params *params, const rn_optimizer_options *options, rn_optimizer **out) {
  *out = NULL;
  rn_status status = options_check(ctx, options);
  if (status != RN_OK) return status;
  if (!rn_params_grads(params)) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "optimizer: the parameters were built without gradients");
  rn_optimizer *o = rn_alloc_zero(1, sizeof *o);
  if (!o) return rn_context_fail(ctx, RN_ERROR_MEMORY, "optimizer: out of memory");
  int64_t n = rn_params_size(params);
  *o = (rn_optimizer){.ctx = ctx, .params = params, .options = *options};
  bool m = kinds[options->kind].m, v = kinds[options->kind].v, average = options->average > 0;
  if (m) o->m = block_new(n);
  if (v) o->v = block_new(n);
  if (average) o->average = block_new(n);
  if ((m && !o->m) || (v && !o->v) || (average && !o->average)) {
    rn_optimizer_free(o);
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "optimizer: out of memory for the moments of %lld parameters", (long long)n);
  }
  if (average) memcpy(o->average, rn_params_values(params), (size_t)n * sizeof(float));
  *out = o;
  return RN_OK;
}

void rn_optimizer_free(rn_optimizer *optimizer) {
  if (!optimizer) return;
  rn_free(optimizer->m);
  rn_free(optimizer->v);
  rn_free(optimizer->average);
  rn_free(optimizer);
}

/* Only some rows of its gradient are not zero. */
static bool is_sparse(const rn_param *p) { return p->sparse && p->n_touched >= 0; }

/* What there is of a gradient: all of it, or the rows that were touched, one after the other. */
static double gradient_sum_squares(const rn_optimizer *o, const rn_param *p) {
  const rn_tensor *t = &p->tensor;
  int64_t n = is_sparse(p) ? p->n_touched * rn_tensor_cols(t) : rn_tensor_size(t);
  return o->ctx->backend->sum_squares(o->ctx->pool, n, t->grad);
}

static rn_status gradient_norm(const rn_optimizer *o, double *norm) {
  double sum = 0;
  for (int64_t i = 0; i < rn_params_count(o->params); i++) {
    const rn_param *p = rn_params_at(o->params, i);
    if (p->frozen) continue;
    double own = gradient_sum_squares(o, p);
    if (!isfinite(own)) {
      *norm = own;
      return rn_context_fail(o->ctx, RN_ERROR_DIVERGED, "the gradient of '%s' is not finite", p->name);
    }
    sum += own;
  }
  *norm = sqrt(sum);
  return RN_OK;
}

static float *at(float *block, int64_t offset) { return block ? block + offset : NULL; }

static void update_range(rn_pool *pool, const rn_optimizer *o, const rn_update *u, int64_t offset, int64_t n) {
  o->ctx->backend->update(pool, u, n, rn_params_values(o->params) + offset, rn_params_grads(o->params) + offset, at(o->m, offset),
                          at(o->v, offset));
}

/* Touched rows are shared out in blocks, whose number depends on theirs alone: a row is too little work to meet the other threads for. */
enum { MAX_BLOCKS = 32, ROWS_MIN = 16 };
typedef struct row_blocks {
  const rn_optimizer *o;
  const rn_param *p;
  const rn_update *u;
  int64_t n;
} row_blocks;

static void block_update(void *arg, int64_t block) {
  const row_blocks *b = arg;
  const rn_optimizer *o = b->o;
  const rn_param *p = b->p;
  int64_t begin = p->n_touched * block / b->n, end = p->n_touched * (block + 1) / b->n, cols = rn_tensor_cols(&p->tensor);
  o->ctx->backend->update_rows(b->u, end - begin, p->touched + begin, cols, p->tensor.data, p->tensor.grad + begin * cols,
                               at(o->m, p->offset), at(o->v, p->offset));
}

static void update_touched(const rn_optimizer *o, const rn_update *u, const rn_param *p) {
  int64_t n = (p->n_touched + ROWS_MIN - 1) / ROWS_MIN;
  row_blocks b = {.o = o, .p = p, .u = u, .n = n < MAX_BLOCKS ? n : MAX_BLOCKS};
  rn_pool_for(o->ctx->pool, b.n, block_update, &b);
}

static void update_param(const rn_optimizer *o, const rn_update *u, rn_param *p) {
  /* A zero gradient moves nothing in plain SGD and Adagrad; everywhere else moments or decay go on moving untouched rows. */
  bool same = u->weight_decay == 0 && (u->kind == RN_SGD || u->kind == RN_ADAGRAD);
  if (is_sparse(p) && (same || o->options.lazy)) {
    update_touched(o, u, p);
    return;
  }
  rn_param_spread_grad(p);
  update_range(o->ctx->pool, o, u, p->offset, rn_tensor_size(&p->tensor));
}

static void average_param(const rn_optimizer *o, const rn_param *p) {
  const rn_backend *backend = o->ctx->backend;
  double t = (double)o->steps, decay = fmin(o->options.average, (1 + t) / (10 + t));
  int64_t n = rn_tensor_size(&p->tensor);
  float *average = o->average + p->offset;
  backend->scale(o->ctx->pool, n, (float)decay, average, average);
  backend->axpy(o->ctx->pool, n, (float)(1 - decay), p->tensor.data, average);
}

rn_status rn_optimizer_step(rn_optimizer *o, float lr, double *norm) {
  double norm_here;
  rn_status status = gradient_norm(o, &norm_here);
  if (norm) *norm = norm_here;
  if (status != RN_OK) return status;
  const rn_optimizer_options *opt = &o->options;
  o->steps++;
  rn_update u = {.kind = opt->kind, .lr = lr, .momentum = opt->momentum, .beta1 = opt->beta1, .beta2 = opt->beta2, .alpha = opt->alpha,
                 .eps = opt->eps, .weight_decay = opt->weight_decay, .clip_value = opt->clip_value, .step = o->steps,
                 .grad_scale = opt->clip_norm > 0 && norm_here > opt->clip_norm ? (float)(opt->clip_norm / norm_here) : 1.0f};
  for (int64_t i = 0; i < rn_params_count(o->params); i++) {
    rn_param *p = rn_params_at(o->params, i);
    if (p->frozen) continue;
    update_param(o, &u, p);
    if (o->average) average_param(o, p);
  }
  return RN_OK;
}

void rn_optimizer_swap_average(rn_optimizer *o) {
  if (!o->average) return;
  for (int64_t k = 0; k < rn_params_count(o->params); k++) {
    const rn_param *p = rn_params_at(o->params, k);
    float *w = p->tensor.data, *average = o->average + p->offset;
    for (int64_t i = 0, n = p->frozen ? 0 : rn_tensor_size(&p->tensor); i < n; i++) {
      float t = w[i];
      w[i] = average[i];
      average[i] = t;
    }
  }
}
