/* tsne.c: see tsne.h. */
#include <rondo/tsne.h>

#include "base/alloc.h"
#include "base/random.h"
#include "kernels/space.h"
#include "models/tsne_affinities.h"
#include "tensor/context.h"
#include <math.h>
#include <rondo/pca.h>
#include <string.h>

enum { SMALL = 2000, EARLY = 250, OBSERVED = 50, MARGIN = 4, MAX_NODES = 2048 };
#define MOMENTUM 0.8f
#define SPACING (1.0f / 3) /* of the grid: the kernel is 1 wide, whatever the size of the map */

rn_tsne_options rn_tsne_options_default(void) {
  return (rn_tsne_options){.perplexity = 30, .iterations = 1000, .exaggeration = 12, .seed = 42};
}

typedef struct descent {
  rn_context *ctx;
  const rn_space_kernels *space;
  bool exact;
  int64_t n;
  rn_affinities p;
  float *y;                          /* [n, 2] the caller's map */
  float *gradient, *velocity, *gain; /* [n, 2] */
  float *pairs;                      /* exact: [3, n] */
  rn_grid grid;
  void *scratch; /* of the grid */
} descent;

/* ---- repulsion ---- */

static rn_status no_memory(const descent *d) {
  return rn_context_fail(d->ctx, RN_ERROR_MEMORY, "out of memory for a map of %lld rows", (long long)d->n);
}

/* A grid that the map fits in. It grows with the map, by more than is needed, since its spectra cost as much as several iterations; a map
 * too wide for the largest gets wider spacings. */
static rn_status fit_grid(descent *d) {
  float low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
  for (int64_t i = 0; i < 2 * d->n; i++) {
    low[i % 2] = d->y[i] < low[i % 2] ? d->y[i] : low[i % 2];
    high[i % 2] = d->y[i] > high[i % 2] ? d->y[i] : high[i % 2];
  }
  float side = fmaxf(high[0] - low[0], high[1] - low[1]);
  if (!isfinite(side)) return rn_context_fail(d->ctx, RN_ERROR_DIVERGED, "t-SNE: the map is not finite; try a smaller learning rate");
  float spacing = fmaxf(SPACING, side / (MAX_NODES - 2 * MARGIN));
  int64_t nodes = (int64_t)(side / spacing) + 2 * MARGIN;
  if (d->grid.size < 2 * nodes || d->grid.spacing < spacing) {
    nodes += nodes / 8;
    d->grid.size = d->space->grid_size(nodes < MAX_NODES ? nodes : MAX_NODES);
    d->grid.spacing = spacing > SPACING ? 1.25f * spacing : spacing;
    rn_free(d->grid.spectra);
    rn_free(d->scratch);
    d->grid.spectra = rn_alloc_aligned(d->space->grid_spectra(d->grid.size) * sizeof(float));
    d->scratch = rn_alloc_aligned(d->space->grid_scratch(d->n, d->grid.size, rn_pool_size(d->ctx->pool)));
    if (!d->grid.spectra || !d->scratch) return no_memory(d);
    d->space->grid_prepare(d->ctx->pool, &d->grid, d->scratch);
  }
  for (int k = 0; k < 2; k++) d->grid.origin[k] = low[k] - 2 * d->grid.spacing;
  return RN_OK;
}

/* gradient = -1 / Z sum_j q_ij^2 (y_i - y_j), q not divided by Z. */
static rn_status repel(descent *d, double *z) {
  rn_status status = d->exact ? RN_OK : fit_grid(d);
  if (status != RN_OK) return status;
  *z = d->exact ? d->space->repulsion(d->ctx->pool, d->n, d->y, d->gradient, d->pairs)
                : d->space->grid_repulsion(d->ctx->pool, d->n, &d->grid, d->y, d->gradient, d->scratch);
  d->ctx->backend->scale(d->ctx->pool, 2 * d->n, (float)(-1 / *z), d->gradient, d->gradient);
  return RN_OK;
}

/* ---- the descent ---- */

/* KL = sum p log p - sum p log q + log Z, q not divided by Z. */
static double divergence_of(const descent *d, double loss, double z) {
  double entropy = 0;
  for (int64_t i = 0; i < d->p.offset[d->n]; i++)
    if (d->p.p[i] > 0) entropy += (double)d->p.p[i] * log(d->p.p[i]);
  return entropy + loss + log(z);
}

static void centre(descent *d) {
  double sum[2] = {0};
  for (int64_t i = 0; i < 2 * d->n; i++) sum[i % 2] += d->y[i];
  for (int64_t i = 0; i < 2 * d->n; i++) d->y[i] -= (float)(sum[i % 2] / (double)d->n);
}

static rn_status descend(descent *d, const rn_tsne_options *o) {
  int64_t early = o->iterations < 4 * EARLY ? o->iterations / 4 : EARLY;
  for (int64_t i = 0; i < 2 * d->n; i++) d->velocity[i] = 0, d->gain[i] = 1;
  for (int64_t i = 1; i <= o->iterations; i++) {
    bool first = i <= early, observed = o->observe && i % OBSERVED == 0;
    double p_scale = first ? o->exaggeration : 1, auto_lr = fmax((double)d->n * (first ? 1 / o->exaggeration : 4), 200);
    double lr = o->learning_rate > 0 ? o->learning_rate : auto_lr;
    double z = 1;
    rn_status status = repel(d, &z);
    if (status != RN_OK) return status;
    double loss =
        d->space->attraction(d->ctx->pool, d->n, d->p.offset, d->p.neighbour, d->p.p, d->y, (float)p_scale, d->gradient, observed);
    if (observed && !o->observe(o->user, i, divergence_of(d, loss, z)))
      return rn_context_fail(d->ctx, RN_ERROR_STOPPED, "stopped after %lld of %lld iterations", (long long)i, (long long)o->iterations);
    if (rn_context_stopping(d->ctx))
      return rn_context_fail(d->ctx, RN_ERROR_STOPPED, "stopped after %lld of %lld iterations", (long long)i, (long long)o->iterations);
    d->space->descend(d->ctx->pool, 2 * d->n, d->gradient, (float)lr, MOMENTUM, d->gain, d->velocity, d->y);
    centre(d);
  }
  return RN_OK;
}

/* ---- beginning ---- */

static rn_status begin(descent *d, int64_t dim, const float *rows, const rn_tsne_options *o) {
  if (o->random_start || dim < 2) {
    rn_random random = rn_random_init(o->seed, rn_random_stream("tsne"));
    for (int64_t i = 0; i < 2 * d->n; i++) d->y[i] = 1e-4f * rn_random_normal(&random);
    return RN_OK;
  }
  rn_pca pca;
  rn_pca_options po = rn_pca_options_default(2);
  po.seed = o->seed;
  rn_status status = rn_pca_fit(d->ctx, d->n, dim, rows, &po, &pca);
  if (status != RN_OK) return status;
  status = rn_pca_project(d->ctx, &pca, d->n, rows, d->y);
  float scale = pca.variance[0] > 0 ? (float)(1e-4 / sqrt(pca.variance[0])) : 0;
  for (int64_t i = 0; i < 2 * d->n; i++) d->y[i] *= scale;
  rn_pca_free(&pca);
  return status;
}

static bool exact_for(rn_tsne_method method, int64_t n) { return method == RN_TSNE_EXACT || (method == RN_TSNE_AUTO && n <= SMALL); }

/* Takes P over. */
static void descent_free(descent *d) {
  rn_affinities_free(&d->p);
  rn_free(d->gradient);
  rn_free(d->velocity);
  rn_free(d->gain);
  rn_free(d->pairs);
  rn_free(d->grid.spectra);
  rn_free(d->scratch);
}

static rn_status descent_new(rn_context *ctx, int64_t n, int64_t dim, const float *rows, double perplexity, rn_tsne_method method,
                             descent *d) {
  *d = (descent){.ctx = ctx, .space = ctx->backend->space, .exact = exact_for(method, n), .n = n};
  rn_status status = rn_affinities_new(ctx, n, dim, rows, perplexity, method, &d->p);
  if (status != RN_OK) return status;
  size_t bytes = 2 * (size_t)n * sizeof(float);
  d->gradient = rn_alloc_aligned(bytes);
  d->velocity = rn_alloc_aligned(bytes);
  d->gain = rn_alloc_aligned(bytes);
  d->pairs = rn_alloc_aligned(3 * (size_t)n * sizeof(float));
  return d->gradient && d->velocity && d->gain && d->pairs ? RN_OK : no_memory(d);
}

/* Q pair by pair, whatever the descent did. */
static double exact_divergence(descent *d) {
  double z = d->space->repulsion(d->ctx->pool, d->n, d->y, d->gradient, d->pairs);
  double loss = d->space->attraction(d->ctx->pool, d->n, d->p.offset, d->p.neighbour, d->p.p, d->y, 1, d->gradient, true);
  return divergence_of(d, loss, z);
}

rn_status rn_tsne(rn_context *ctx, int64_t n, int64_t dim, const float *rows, const rn_tsne_options *options, float *map,
                  double *divergence) {
  descent d;
  rn_status status = descent_new(ctx, n, dim, rows, options->perplexity, options->method, &d);
  d.y = map;
  if (status == RN_OK) status = begin(&d, dim, rows, options);
  if (status == RN_OK) status = descend(&d, options);
  if (divergence && (status == RN_OK || status == RN_ERROR_STOPPED)) *divergence = exact_divergence(&d);
  descent_free(&d);
  return status;
}

rn_status rn_tsne_divergence(rn_context *ctx, int64_t n, int64_t dim, const float *rows, double perplexity, rn_tsne_method method,
                             const float *map, double *divergence) {
  descent d;
  rn_status status = descent_new(ctx, n, dim, rows, perplexity, method, &d);
  d.y = (float *)map; /* only read */
  if (status == RN_OK) *divergence = exact_divergence(&d);
  descent_free(&d);
  return status;
}
