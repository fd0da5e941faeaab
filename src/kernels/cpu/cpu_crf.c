/* cpu_crf.c: the linear-chain conditional random field: log Z of each sequence, and its gradient, which is what the model expects.
 *
 *   score(y) = start[y_0] + sum_t e_t[y_t] + sum_t transition[y_t, y_{t+1}] + end[y_last]          log Z = log sum_y e^score(y)
 *
 * Forward-backward on probabilities that are scaled at each step (Rabiner 1989). With S, A, F the exponentials of start, transition and
 * end, and E_t that of e_t, each with its maximum taken out:
 *
 *   alpha_0 = S E_0 / c_0          alpha_t = (A^T alpha_{t-1}) E_t / c_t       sum alpha_t = 1
 *   beta_last = F                  beta_t = A w_{t+1}                          w_t = E_t beta_t / sum beta_t
 *
 *   log Z = sum_t log c_t + log(alpha_last . F) + the maxima
 *   p(y_t = i) = alpha_t[i] beta_t[i] / (alpha_t . beta_t)
 *   p(y_t = i, y_{t+1} = j) = alpha_t[i] A[i, j] w_{t+1}[j] / (alpha_t . beta_t)
 *
 * A step is a matrix-vector product and one row of exponentials. It is in double precision, so that a label of 10^-60 is still there if
 * forbidden transitions should make it the only one; a sequence in which something is smaller than that goes through cpu_crf_log.c. */
#include "kernels/cpu/cpu_crf.h"

#include "kernels/cpu/cpu_kernels.h"
#include "kernels/cpu/cpu_math.h"
#include "kernels/cpu/cpu_piece.h"
#include <math.h>

/* A register holds half as many doubles as floats; GCC would take vectors of two registers apart through memory. */
#define HALF (RN_VL / 2)
typedef double vd __attribute__((vector_size(8 * HALF)));
typedef double vd_memory __attribute__((vector_size(8 * HALF), aligned(8), may_alias));
typedef int64_t vl __attribute__((vector_size(8 * HALF)));
typedef float vh __attribute__((vector_size(4 * HALF)));

RN_INLINE vd vd_load(const double *p) { return *(const vd_memory *)p; }
RN_INLINE void vd_store(double *p, vd v) { *(vd_memory *)p = v; }

/* What keeps every product above the smallest double: 10^-60 e^-50 e^-80, twice. */
#define LEAST 1e-60       /* alpha and beta, as shares of their sum */
#define LEAST_FIXED -50.0 /* transition, start, end, below their largest */
#define LEAST_E -80.0f    /* emissions, below the largest of their row; and e^-80 is a normal float */

/* ---- rows ---- */

/* y = M^T v.   M [K, ld] */
static void product(int64_t K, int64_t ld, const double *M, const double *v, double *y) {
  for (int64_t j = 0; j < ld; j += HALF) {
    vd even = {0}, odd = {0};
    int64_t i = 0;
    for (; i + 1 < K; i += 2) {
      even += v[i] * vd_load(M + i * ld + j);
      odd += v[i + 1] * vd_load(M + (i + 1) * ld + j);
    }
    if (i < K) even += v[i] * vd_load(M + i * ld + j);
    vd_store(y + j, even + odd);
  }
}

RN_INLINE double lanes_sum(vd v) {
  double sum = 0;
  for (int l = 0; l < HALF; l++) sum += v[l];
  return sum;
}

static double dot(int64_t ld, const double *a, const double *b) {
  vd sum = {0};
  for (int64_t j = 0; j < ld; j += HALF) sum += vd_load(a + j) * vd_load(b + j);
  return lanes_sum(sum);
}

/* y = x y */
static void multiply(int64_t ld, const double *x, double *y) {
  for (int64_t j = 0; j < ld; j += HALF) vd_store(y + j, vd_load(x + j) * vd_load(y + j));
}

static void scale(int64_t ld, double factor, double *y) {
  for (int64_t j = 0; j < ld; j += HALF) vd_store(y + j, factor * vd_load(y + j));
}

/* y = y / sum y; returns the sum, or 0 when there is none or a share came out too small to go on with. Zeros are no reason to stop: as
 * nothing underflows, a zero is a label that no allowed path has here. */
static double normalise(int64_t ld, double *y) {
  vd sums = {0};
  vl small = {0};
  for (int64_t j = 0; j < ld; j += HALF) sums += vd_load(y + j);
  double sum = lanes_sum(sums);
  if (!(sum > 0)) return 0;
  for (int64_t j = 0; j < ld; j += HALF) {
    vd share = vd_load(y + j) * (1 / sum);
    small |= (share > 0) & (share < LEAST);
    vd_store(y + j, share);
  }
  for (int l = 0; l < HALF; l++)
    if (small[l]) return 0;
  return sum;
}

/* E = e^(x - M), zeros behind; false when some x is too far below the maximum M, or is not a number. */
static bool exponentials(int64_t K, int64_t ld, const float *x, double *E, double *max) {
  float most = x[0];
  for (int64_t k = 1; k < K; k++) most = x[k] > most ? x[k] : most;
  vi far = {0};
  for (int64_t k = 0; k < K; k += RN_VL) {
    int64_t left = K - k < RN_VL ? K - k : RN_VL;
    vf below = v_load_n(x + k, left) - most;
    far |= vi_first(left) & ~(below >= LEAST_E);
    union {
      vf all;
      vh half[2];
    } e = {v_select(vi_first(left), v_exp_negative(below), v_zero())};
    for (int h = 0; h < 2 && k + h * HALF < ld; h++) vd_store(E + k + h * HALF, __builtin_convertvector(e.half[h], vd));
  }
  for (int l = 0; l < RN_VL; l++)
    if (far[l]) return false;
  *max = most;
  return true;
}

/* ---- one sequence: false where it must be done in logarithms ---- */

/* alpha, and E in the place of w. */
static bool forward(const crf *c, int64_t first, int64_t length, double *log_z) {
  int64_t K = c->K, ld = c->ld;
  double total = c->top_start + (double)(length - 1) * c->top + c->top_end;
  for (int64_t t = first; t < first + length; t++) {
    double *alpha = c->alpha + t * ld, *E = c->w + t * ld, max;
    if (!exponentials(K, ld, c->chain->emission + t * K, E, &max)) return false;
    if (t == first) memcpy(alpha, c->S, (size_t)ld * sizeof *alpha);
    else product(K, ld, c->A, alpha - ld, alpha);
    multiply(ld, E, alpha);
    double sum = normalise(ld, alpha);
    if (sum == 0) return false;
    total += log(sum) + max;
  }
  double end = dot(ld, c->alpha + (first + length - 1) * ld, c->F);
  *log_z = total + log(end);
  return end > 0;
}

/* The marginals, and w_t / (alpha_{t-1} . beta_{t-1}) in the place of E_t. */
static bool backward(const crf *c, int64_t first, int64_t length, const crf_sums *sums) {
  int64_t ld = c->ld, last = first + length - 1;
  double *beta = sums->beta, *p = sums->row;
  memcpy(beta, c->F, (size_t)ld * sizeof *beta);
  for (int64_t t = last; t >= first; t--) {
    const double *alpha = c->alpha + t * ld;
    double *w = c->w + t * ld, joint = dot(ld, alpha, beta);
    if (t < last) scale(ld, 1 / joint, w + ld);
    memcpy(p, alpha, (size_t)ld * sizeof *p);
    multiply(ld, beta, p);
    scale(ld, 1 / joint, p);
    crf_put(c, t, p);
    if (normalise(ld, beta) == 0) return false;
    multiply(ld, beta, w);
    if (t > first) product(c->K, ld, c->A_t, w, beta);
  }
  return true;
}

/* pairs[i, j] += sum_t alpha_t[i] w_{t+1}[j] / (alpha_t . beta_t) */
static void add_pairs(const crf *c, int64_t first, int64_t length, const crf_sums *sums) {
  int64_t ld = c->ld;
  for (int64_t t = first; t + 1 < first + length; t++) {
    const double *alpha = c->alpha + t * ld, *w = c->w + (t + 1) * ld;
    for (int64_t i = 0; i < c->K; i++)
      for (int64_t j = 0; j < ld; j += HALF) {
        double *pairs = sums->pairs + i * ld + j;
        vd_store(pairs, vd_load(pairs) + alpha[i] * vd_load(w + j));
      }
  }
}

/* score(y), and what the targets take from the expected counts. */
static double follow_targets(const crf *c, int64_t first, int64_t length, const crf_sums *sums) {
  const rn_chain *a = c->chain;
  const int32_t *y = a->target + first;
  double score = a->start ? a->start[y[0]] : 0;
  if (a->end) score += a->end[y[length - 1]];
  for (int64_t t = 0; t < length; t++) {
    score += a->emission[(first + t) * c->K + y[t]];
    if (t == 0) continue;
    score += a->transition[y[t - 1] * c->K + y[t]];
    sums->transition[y[t - 1] * c->ld + y[t]] -= 1;
  }
  return score;
}

static void sequence(const crf *c, int64_t seq, const crf_sums *sums) {
  const rn_chain *a = c->chain;
  int64_t first = a->offset[seq], length = a->offset[seq + 1] - first;
  double log_z = 0;
  if (length > 0) {
    bool scaled = c->tame && forward(c, first, length, &log_z);
    if (scaled && a->demission) scaled = backward(c, first, length, sums);
    if (!scaled) log_z = RN_K(crf_log)(c, first, length, sums);
    else if (a->dtransition) add_pairs(c, first, length, sums);
    if (a->target) log_z -= follow_targets(c, first, length, sums);
    for (int64_t k = 0; a->dtransition && k < c->K; k++) {
      sums->start[k] += a->demission[first * c->K + k];
      sums->end[k] += a->demission[(first + length - 1) * c->K + k];
    }
  }
  a->loss[seq] = log_z;
}

/* ---- the batch: pieces of whole sequences, each with sums of its own, which are added in their order ---- */

#define PIECE 65536 /* multiply-adds and the like that are worth meeting another thread for */
#define MAX_PIECES 32

/* Scratch, and the sizes; with base NULL they are only counted. */
static size_t lay_out(const rn_chain *a, void *base, crf *c) {
  int64_t K = a->n_labels, ld = (K + HALF - 1) / HALF * HALF, n_rows = a->offset[a->n_seqs];
  int64_t n_pieces = n_rows * K * (3 * ld + 20) / PIECE + 1;
  *c = (crf){.chain = a, .K = K, .ld = ld, .n_pieces = n_pieces < MAX_PIECES ? n_pieces : MAX_PIECES};
  piece p = {base, 0};
  c->A = take(&p, K * ld, sizeof(double));
  c->A_t = take(&p, K * ld, sizeof(double));
  c->S = take(&p, ld, sizeof(double));
  c->F = take(&p, ld, sizeof(double));
  c->alpha = take(&p, n_rows * ld, sizeof(double));
  c->w = take(&p, n_rows * ld, sizeof(double));
  c->sums = take(&p, c->n_pieces * (2 * K + 4) * ld, sizeof(double));
  return p.used;
}

static crf_sums sums_of(const crf *c, int64_t piece) {
  int64_t matrix = c->K * c->ld;
  double *at = c->sums + piece * (2 * matrix + 4 * c->ld), *rows = at + 2 * matrix;
  return (crf_sums){at, at + matrix, rows, rows + c->ld, rows + 2 * c->ld, rows + 3 * c->ld};
}

/* The first sequence that begins at this row or later. */
static int64_t first_from(const rn_chain *a, int64_t row) {
  int64_t low = 0, high = a->n_seqs;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (a->offset[middle] < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

static void piece_run(void *arg, int64_t number) {
  const crf *c = arg;
  const rn_chain *a = c->chain;
  int64_t n_rows = a->offset[a->n_seqs], last = c->n_pieces - 1;
  int64_t end = number == last ? a->n_seqs : first_from(a, n_rows * (number + 1) / c->n_pieces);
  crf_sums sums = sums_of(c, number);
  memset(sums.pairs, 0, (size_t)((2 * c->K + 4) * c->ld) * sizeof(double));
  for (int64_t seq = first_from(a, n_rows * number / c->n_pieces); seq < end; seq++) sequence(c, seq, &sums);
}

/* E = e^(x - top), zeros behind; x NULL: zeros. Whether all that are allowed are near the top. */
static bool fixed(int64_t K, int64_t ld, const float *x, double top, double *E) {
  bool tame = true;
  memset(E, 0, (size_t)ld * sizeof *E);
  for (int64_t k = 0; k < K; k++) {
    double below = x ? x[k] - top : 0;
    tame &= below >= LEAST_FIXED || (x && x[k] == -INFINITY);
    E[k] = exp(below);
  }
  return tame;
}

static double largest(int64_t n, const float *x) {
  double most = x ? -INFINITY : 0;
  for (int64_t i = 0; x && i < n; i++) most = x[i] > most ? x[i] : most;
  return isfinite(most) ? most : 0; /* when nothing is allowed */
}

static void prepare(crf *c) {
  const rn_chain *a = c->chain;
  int64_t K = c->K, ld = c->ld;
  c->top = largest(K * K, a->transition), c->top_start = largest(K, a->start), c->top_end = largest(K, a->end);
  c->tame = fixed(K, ld, a->start, c->top_start, c->S);
  c->tame &= fixed(K, ld, a->end, c->top_end, c->F);
  memset(c->A_t, 0, (size_t)(K * ld) * sizeof *c->A_t);
  for (int64_t i = 0; i < K; i++) {
    c->tame &= fixed(K, ld, a->transition + i * K, c->top, c->A + i * ld);
    for (int64_t j = 0; j < K; j++) c->A_t[j * ld + i] = c->A[i * ld + j];
  }
}

static void add_up(const crf *c) {
  const rn_chain *a = c->chain;
  int64_t K = c->K, ld = c->ld;
  for (int64_t i = 0; i < K; i++)
    for (int64_t j = 0; j < K; j++) {
      double sum = 0;
      for (int64_t p = 0; p < c->n_pieces; p++) {
        crf_sums s = sums_of(c, p);
        sum += c->A[i * ld + j] * s.pairs[i * ld + j] + s.transition[i * ld + j];
      }
      a->dtransition[i * K + j] = (float)sum;
    }
  for (int64_t k = 0; k < K; k++) {
    double start = 0, end = 0;
    for (int64_t p = 0; p < c->n_pieces; p++) start += sums_of(c, p).start[k], end += sums_of(c, p).end[k];
    a->dstart[k] = (float)start, a->dend[k] = (float)end;
  }
}

size_t RN_K(crf_scratch)(const rn_chain *a) { return lay_out(a, NULL, &(crf){0}); }

void RN_K(crf)(rn_pool *pool, const rn_chain *a, void *scratch) {
  crf c;
  lay_out(a, scratch, &c);
  prepare(&c);
  rn_pool_for(pool, c.n_pieces, piece_run, &c);
  if (a->dtransition) add_up(&c);
}
