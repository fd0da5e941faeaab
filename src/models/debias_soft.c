/* debias_soft.c: the map of soft debiasing. With X = T^T T the objective is
 *
 *   f(X) = tr(A (X - I) A (X - I)) + lambda sum_l (X b_l)^T M (X b_l),      A = W W^T, M = N N^T
 *
 * which is quadratic in X and convex. In the basis of A's eigenvectors, with eigenvalues a, and with E = X - I,
 *
 *   f(E) = sum_ij a_i a_j E_ij^2 + lambda sum_l (b_l + E b_l)^T M (b_l + E b_l)
 *   gradient / 2 = a_i a_j E_ij + lambda / 2 sum_l (u_l b_l^T + b_l u_l^T),     u_l = M (b_l + E b_l)
 *
 * so that a step of conjugate gradients costs no product of matrices. T is the square root of X; where rounding or a large lambda made an
 * eigenvalue of X negative, 0 is the nearest that has one. */
#include "models/debias_soft.h"
#include "base/alloc.h"
#include "kernels/eigen.h"
#include "tensor/context.h"
#include <math.h>
#include <string.h>

enum { MAX_STEPS = 500 };

typedef struct problem {
  int64_t n, k;
  double lambda;
  const double *a; /* [n] eigenvalues of A, none below a small share of the largest */
  double *m, *b;   /* [n, n], [k, n] in their basis */
  double *v, *u;   /* [n] */
} problem;

static double dot(int64_t n, const double *x, const double *y) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

static void times(int64_t n, const double *m, const double *x, double *y) {
  for (int64_t i = 0; i < n; i++) y[i] = dot(n, m + i * n, x);
}

/* out = half of the gradient at E; `constant` 0 leaves its constant part out. */
static void gradient(const problem *p, const double *e, double constant, double *out) {
  int64_t n = p->n;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) out[i * n + j] = p->a[i] * p->a[j] * e[i * n + j];
  for (int64_t l = 0; l < p->k; l++) {
    const double *b = p->b + l * n;
    times(n, e, b, p->v);
    for (int64_t i = 0; i < n; i++) p->v[i] += constant * b[i];
    times(n, p->m, p->v, p->u);
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = 0; j < n; j++) out[i * n + j] += 0.5 * p->lambda * (p->u[i] * b[j] + b[i] * p->u[j]);
  }
}

/* z = r over the diagonal of the Hessian. */
static void precondition(const problem *p, const double *r, double *z) {
  int64_t n = p->n;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) {
      double diagonal = p->a[i] * p->a[j];
      for (int64_t l = 0; l < p->k; l++) {
        const double *b = p->b + l * n;
        diagonal += 0.5 * p->lambda * (p->m[i * n + i] * b[j] * b[j] + p->m[j * n + j] * b[i] * b[i]);
      }
      z[i * n + j] = r[i * n + j] / diagonal;
    }
}

/* Conjugate gradients; e is zero at first. room [4, n, n] */
static void solve(const problem *p, double *e, double *room) {
  int64_t size = p->n * p->n;
  double *r = room, *z = r + size, *d = z + size, *hd = d + size;
  gradient(p, e, 1, r);
  for (int64_t i = 0; i < size; i++) r[i] = -r[i];
  precondition(p, r, z);
  memcpy(d, z, (size_t)size * sizeof *d);
  double rz = dot(size, r, z), first = rz;
  for (int step = 0; step < MAX_STEPS && rz > 1e-16 * first; step++) {
    gradient(p, d, 0, hd);
    double alpha = rz / dot(size, d, hd);
    for (int64_t i = 0; i < size; i++) e[i] += alpha * d[i], r[i] -= alpha * hd[i];
    precondition(p, r, z);
    double next = dot(size, r, z), beta = next / rz;
    for (int64_t i = 0; i < size; i++) d[i] = z[i] + beta * d[i];
    rz = next;
  }
}

/* out = V m V^T (into the basis whose vectors are the rows of V) or V^T m V (out of it). room [n, n] */
static void change_basis(int64_t n, const double *v, bool into, const double *m, double *room, double *out) {
  memset(room, 0, (size_t)(n * n) * sizeof *room);
  memset(out, 0, (size_t)(n * n) * sizeof *out);
  for (int64_t i = 0; i < n; i++)
    for (int64_t k = 0; k < n; k++) {
      double x = into ? v[i * n + k] : v[k * n + i];
      for (int64_t j = 0; j < n; j++) room[i * n + j] += x * m[k * n + j];
    }
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) {
      if (into) {
        out[i * n + j] = dot(n, room + i * n, v + j * n);
      } else {
        double x = room[i * n + j];
        for (int64_t k = 0; k < n; k++) out[i * n + k] += x * v[j * n + k];
      }
    }
}

/* The root of x = V^T diag(l) V, which is replaced by V. */
static bool square_root(int64_t n, double *x, double *l, double *room, double *out) {
  if (!rn_eigen_symmetric(n, x, l, room)) return false;
  memset(room, 0, (size_t)(n * n) * sizeof *room);
  for (int64_t i = 0; i < n; i++) room[i * n + i] = l[i] > 0 ? sqrt(l[i]) : 0;
  double *scaled = room; /* diag(root) V */
  for (int64_t i = 0; i < n; i++) {
    double root = room[i * n + i];
    for (int64_t j = 0; j < n; j++) scaled[i * n + j] = root * x[i * n + j];
  }
  memset(out, 0, (size_t)(n * n) * sizeof *out);
  for (int64_t k = 0; k < n; k++)
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = 0; j < n; j++) out[i * n + j] += x[k * n + i] * scaled[k * n + j];
  return true;
}

rn_status rn_debias_map(rn_context *ctx, int64_t dim, double *all, const double *neutral, int64_t k, const float *b, double lambda,
                        double *t) {
  size_t size = (size_t)dim * (size_t)dim;
  double *room = rn_alloc_zero(7 * size + (size_t)(k + 4) * (size_t)dim, sizeof *room);
  if (!room) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a map of %lld columns", (long long)dim);
  double *m = room + 4 * size, *e = m + size, *x = e + size, *basis = x + size, *a = basis + (size_t)k * (size_t)dim, *v = a + dim;
  problem p = {dim, k, lambda, a, m, basis, v, v + dim};
  bool good = rn_eigen_symmetric(dim, all, a, v);
  if (good) {
    for (int64_t i = 0; i < dim; i++) a[i] = a[i] > 1e-9 * a[0] ? a[i] : 1e-9 * a[0];
    change_basis(dim, all, true, neutral, room, m);
    for (int64_t l = 0; l < k; l++)
      for (int64_t i = 0; i < dim; i++)
        for (int64_t j = 0; j < dim; j++) basis[l * dim + i] += all[i * dim + j] * (double)b[l * dim + j];
    solve(&p, e, room);
    for (int64_t i = 0; i < dim; i++) e[i * dim + i] += 1;
    change_basis(dim, all, false, e, room, x);
    good = square_root(dim, x, a, room, t);
  }
  rn_free(room);
  return good ? RN_OK : rn_context_fail(ctx, RN_ERROR_DATA, "soft debiasing: a value is not finite");
}
