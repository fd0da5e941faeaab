/* cpu_crf_log.c: forward-backward in logarithms: K^2 exponentials a step, and nothing can underflow. For the sequences that cpu_crf.c
 * gives up: scores of thousands, transitions that nearly forbid, labels forbidden at one place.
 *
 *   log alpha_t[j] = e_t[j] + log sum_i exp(log alpha_{t-1}[i] + transition[i, j])          log alpha_0 = start + e_0
 *   log beta_t[i] = log sum_j exp(transition[i, j] + e_{t+1}[j] + log beta_{t+1}[j])        log beta_last = end */
#include "kernels/cpu/cpu_crf.h"

#include <math.h>

static double log_sum_exp(int64_t n, const double *x) {
  double max = -INFINITY, sum = 0;
  for (int64_t i = 0; i < n; i++) max = x[i] > max ? x[i] : max;
  if (max == -INFINITY) return max;
  for (int64_t i = 0; i < n; i++) sum += exp(x[i] - max);
  return max + log(sum);
}

/* x = x - max x; returns the maximum. Of a row without an allowed label nothing is taken. */
static double take_out_max(int64_t n, double *x) {
  double max = -INFINITY;
  for (int64_t i = 0; i < n; i++) max = x[i] > max ? x[i] : max;
  if (!isfinite(max)) return 0;
  for (int64_t i = 0; i < n; i++) x[i] -= max;
  return max;
}

/* log alpha, the largest of each row 0; returns what was taken out. */
static double forward(const crf *c, int64_t first, int64_t length, double *term) {
  const rn_chain *a = c->chain;
  int64_t K = c->K;
  double taken = 0;
  for (int64_t t = first; t < first + length; t++) {
    double *alpha = c->alpha + t * c->ld;
    for (int64_t j = 0; j < K; j++) {
      for (int64_t i = 0; t > first && i < K; i++) term[i] = alpha[i - c->ld] + a->transition[i * K + j];
      double from = t > first ? log_sum_exp(K, term) : a->start ? a->start[j] : 0;
      alpha[j] = from + a->emission[t * K + j];
    }
    taken += take_out_max(K, alpha);
  }
  return taken;
}

/* p(y_t = i, y_{t+1} = j) = exp(log alpha_t[i] + transition[i, j] + e_{t+1}[j] + log beta_{t+1}[j] - joint) */
static void add_transitions(const crf *c, int64_t t, double joint, const double *next, double *sum) {
  const rn_chain *a = c->chain;
  const double *alpha = c->alpha + t * c->ld;
  for (int64_t i = 0; i < c->K; i++)
    for (int64_t j = 0; j < c->K; j++)
      sum[i * c->ld + j] += exp(alpha[i] + a->transition[i * c->K + j] + a->emission[(t + 1) * c->K + j] + next[j] - joint);
}

/* log beta in the place of w, the largest of each row 0; the marginals from each row as it was before:
 *   p(y_t = i) = exp(log alpha_t[i] + log beta_t[i] - joint)          joint = log sum_i exp(log alpha_t[i] + log beta_t[i]) */
static void backward(const crf *c, int64_t first, int64_t length, const crf_sums *sums) {
  const rn_chain *a = c->chain;
  int64_t K = c->K, last = first + length - 1;
  double *term = sums->row;
  for (int64_t t = last; t >= first; t--) {
    const double *alpha = c->alpha + t * c->ld;
    double *beta = c->w + t * c->ld, *next = beta + c->ld;
    for (int64_t i = 0; i < K; i++) {
      for (int64_t j = 0; t < last && j < K; j++) term[j] = next[j] + a->emission[(t + 1) * K + j] + a->transition[i * K + j];
      beta[i] = t < last ? log_sum_exp(K, term) : a->end ? a->end[i] : 0;
    }
    for (int64_t i = 0; i < K; i++) term[i] = alpha[i] + beta[i];
    double joint = log_sum_exp(K, term);
    for (int64_t i = 0; i < K; i++) term[i] = exp(term[i] - joint);
    crf_put(c, t, term);
    if (t < last && a->dtransition) add_transitions(c, t, joint, next, sums->transition);
    take_out_max(K, beta);
  }
}

double RN_K(crf_log)(const crf *c, int64_t first, int64_t length, const crf_sums *sums) {
  const rn_chain *a = c->chain;
  double *row = sums->row, taken = forward(c, first, length, row);
  for (int64_t k = 0; k < c->K; k++) row[k] = c->alpha[(first + length - 1) * c->ld + k] + (a->end ? a->end[k] : 0);
  double log_z = taken + log_sum_exp(c->K, row);
  if (a->demission) backward(c, first, length, sums);
  return log_z;
}
