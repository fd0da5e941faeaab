/* metrics_bootstrap.c: what a metric would have been on other sequences of the same kind. See metrics.h.
 *
 * Draw i takes its numbers from stream "bootstrap" + i, whichever thread makes it. */
#include <rondo/metrics.h>

#include "base/alloc.h"
#include "base/random.h"
#include "tensor/context.h"
#include <math.h>
#include <stdlib.h>

double rn_statistic_f1(const void *user, const int64_t *pick, int64_t n) {
  const rn_counts *by_seq = user;
  rn_counts sum = {0};
  for (int64_t i = 0; i < n; i++) {
    const rn_counts *c = &by_seq[pick[i]];
    sum = (rn_counts){sum.correct + c->correct, sum.found + c->found, sum.expected + c->expected};
  }
  return rn_f1_of(sum).f1;
}

double rn_statistic_mean(const void *user, const int64_t *pick, int64_t n) {
  const double *value = user;
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += value[pick[i]];
  return sum / (double)n;
}

rn_bootstrap_options rn_bootstrap_options_default(void) { return (rn_bootstrap_options){.draws = 1000, .level = 0.95, .seed = 42}; }

typedef struct bootstrap {
  int64_t n;
  rn_statistic statistic;
  const void *a, *b; /* the statistic of b, less that of a unless NULL */
  rn_bootstrap_options options;
  int64_t *pick; /* [workers, n] */
  double *value; /* [draws] */
} bootstrap;

static double measure(const bootstrap *boot, const int64_t *pick) {
  double b = boot->statistic(boot->b, pick, boot->n);
  return boot->a ? b - boot->statistic(boot->a, pick, boot->n) : b;
}

static void draw(void *arg, int worker, int n_workers) {
  const bootstrap *boot = arg;
  int64_t *pick = boot->pick + worker * boot->n;
  for (int64_t i = worker; i < boot->options.draws; i += n_workers) {
    rn_random random = rn_random_init(boot->options.seed, rn_random_stream("bootstrap") + (uint64_t)i);
    for (int64_t k = 0; k < boot->n; k++) pick[k] = (int64_t)rn_random_below(&random, (uint64_t)boot->n);
    boot->value[i] = measure(boot, pick);
  }
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Between the two nearest of n sorted values. */
static double percentile(const double *value, int64_t n, double share) {
  double at = share * (double)(n - 1), low = floor(at);
  int64_t i = (int64_t)low;
  return i + 1 < n ? value[i] + (at - low) * (value[i + 1] - value[i]) : value[n - 1];
}

static rn_comparison summarise(bootstrap *boot, double value) {
  int64_t n = 0, strayed = 1;
  for (int64_t i = 0; i < boot->options.draws; i++) {
    if (isnan(boot->value[i])) continue;
    strayed += fabs(boot->value[i] - value) >= fabs(value);
    boot->value[n++] = boot->value[i];
  }
  if (n == 0) return (rn_comparison){{value, NAN, NAN, NAN}, NAN};
  qsort(boot->value, (size_t)n, sizeof *boot->value, ascending);
  double tail = (1 - boot->options.level) / 2;
  rn_interval interval = {.value = value,
                          .low = percentile(boot->value, n, tail),
                          .high = percentile(boot->value, n, 1 - tail),
                          .deviation = rn_spread_of(n, boot->value).deviation};
  return (rn_comparison){interval, (double)strayed / (double)(n + 1)};
}

static rn_status run(rn_context *ctx, bootstrap *boot, rn_comparison *out) {
  const rn_bootstrap_options *o = &boot->options;
  if (boot->n < 1 || o->draws < 1 || !(o->level > 0 && o->level < 1))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                           "bootstrap: %lld draws of %lld sequences at level %g; wants at least 1, 1, and 0 < level < 1",
                           (long long)o->draws, (long long)boot->n, o->level);
  boot->pick = rn_alloc_zero((size_t)boot->n * (size_t)rn_pool_size(ctx->pool), sizeof *boot->pick);
  boot->value = rn_alloc_zero((size_t)o->draws, sizeof *boot->value);
  rn_status status = RN_OK;
  if (!boot->pick || !boot->value) {
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld draws of %lld sequences", (long long)o->draws,
                             (long long)boot->n);
  } else {
    for (int64_t k = 0; k < boot->n; k++) boot->pick[k] = k;
    double value = measure(boot, boot->pick);
    rn_pool_team(ctx->pool, draw, boot);
    *out = summarise(boot, value);
  }
  rn_free(boot->pick);
  rn_free(boot->value);
  return status;
}

rn_status rn_bootstrap(rn_context *ctx, int64_t n, rn_statistic statistic, const void *user, const rn_bootstrap_options *options,
                       rn_interval *out) {
  bootstrap boot = {.n = n, .statistic = statistic, .b = user, .options = options ? *options : rn_bootstrap_options_default()};
  rn_comparison all;
  rn_status status = run(ctx, &boot, &all);
  if (status == RN_OK) *out = all.difference;
  return status;
}

rn_status rn_bootstrap_compare(rn_context *ctx, int64_t n, rn_statistic statistic, const void *a, const void *b,
                               const rn_bootstrap_options *options, rn_comparison *out) {
  bootstrap boot = {.n = n, .statistic = statistic, .a = a, .b = b, .options = options ? *options : rn_bootstrap_options_default()};
  return run(ctx, &boot, out);
}

rn_spread rn_spread_of(int64_t n, const double *values) {
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < n; i++) sum += values[i];
  double mean = sum / (double)n;
  for (int64_t i = 0; i < n; i++) squares += (values[i] - mean) * (values[i] - mean);
  return (rn_spread){mean, n > 1 ? sqrt(squares / (double)(n - 1)) : 0};
}
