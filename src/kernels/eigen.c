/* eigen.c: the symmetric eigenproblem: Householder's reduction to a tridiagonal matrix, then QL steps with Wilkinson's shift (Golub and
 * Van Loan, Matrix Computations, section 8.3). Rows are what is worked on throughout, since rows lie together. */
#include "kernels/eigen.h"
#include <math.h>

static double dot(int64_t n, const double *x, const double *y) {
  double sum[4] = {0};
  int64_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (int k = 0; k < 4; k++) sum[k] += x[i + k] * y[i + k];
  for (; i < n; i++) sum[0] += x[i] * y[i];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void add(int64_t n, double alpha, const double *x, double *y) {
  for (int64_t i = 0; i < n; i++) y[i] += alpha * x[i];
}

/* Reflections H = I - tau v v^T, each of which empties row i of A left of the subdiagonal, from the last row on:
 *
 *   x = A[i, 0 .. i-1],  v = x + sign(x_{i-1}) |x| e_{i-1},  tau = 2 / v.v,  A <- H A H = A - v w^T - w v^T,
 *   p = tau A v,  w = p - (tau / 2) (p.v) v
 *
 * d and e become the diagonal and the subdiagonal, e_i beside d_{i-1} and d_i. Row i keeps v, and A[i, i] tau. */
static void reduce(int64_t n, double *a, double *d, double *e) {
  for (int64_t i = n - 1; i >= 1; i--) {
    double *v = a + i * n, norm = sqrt(dot(i, v, v)), last = v[i - 1];
    d[i] = v[i];
    e[i] = last > 0 ? -norm : norm;
    double rest = norm * norm - last * last;
    if (i == 1 || !(rest > 0)) { /* nothing to empty */
      e[i] = last;
      v[i] = 0;
      continue;
    }
    v[i - 1] -= e[i];
    double tau = 2 / dot(i, v, v), *p = e; /* e_0 .. e_{i-1} are not known yet */
    for (int64_t r = 0; r < i; r++) p[r] = 0;
    for (int64_t r = 0; r < i; r++) { /* p = A v by the lower half of A */
      p[r] += dot(r + 1, a + r * n, v);
      add(r, v[r], a + r * n, p);
    }
    for (int64_t r = 0; r < i; r++) p[r] *= tau;
    add(i, -0.5 * tau * dot(i, p, v), v, p);
    for (int64_t r = 0; r < i; r++) {
      add(r + 1, -v[r], p, a + r * n);
      add(r + 1, -p[r], v, a + r * n);
    }
    v[i] = tau;
  }
  d[0] = a[0];
  e[0] = 0;
}

/* A becomes Q^T = H_2 H_3 .. H_{n-1}, where tridiagonal = Q^T A Q: the reflections from the first on, each on the block that those before
 * it have made. */
static void accumulate(int64_t n, double *a) {
  for (int64_t i = 0; i < n; i++) {
    double *v = a + i * n, tau = v[i];
    if (i > 0 && tau != 0)
      for (int64_t r = 0; r < i; r++) add(i, -tau * dot(i, v, a + r * n), v, a + r * n);
    for (int64_t r = 0; r < i; r++) v[r] = a[r * n + i] = 0;
    v[i] = 1;
  }
}

/* Rotations that make e zero; they turn pairs of neighbouring rows of V. */
static bool rotate(int64_t n, double *v, double *d, double *e) {
  enum { MAX_STEPS = 60 };
  for (int64_t i = 1; i < n; i++) e[i - 1] = e[i];
  e[n - 1] = 0;
  for (int64_t l = 0; l < n; l++) {
    for (int step = 0;; step++) {
      int64_t m = l;
      while (m < n - 1 && fabs(e[m]) > 1e-16 * (fabs(d[m]) + fabs(d[m + 1]))) m++;
      if (m == l) break;
      if (step == MAX_STEPS) return false;
      double g = (d[l + 1] - d[l]) / (2 * e[l]), r = hypot(g, 1); /* the shift: the eigenvalue of the first 2 x 2 block nearest to d_l */
      g = d[m] - d[l] + e[l] / (g + copysign(r, g));
      double sine = 1, cosine = 1, p = 0;
      int64_t i = m - 1;
      for (; i >= l; i--) {
        double f = sine * e[i], b = cosine * e[i];
        e[i + 1] = r = hypot(f, g);
        if (r == 0) { /* the matrix falls apart here */
          d[i + 1] -= p;
          e[m] = 0;
          break;
        }
        sine = f / r, cosine = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * sine + 2 * cosine * b;
        p = sine * r;
        d[i + 1] = g + p;
        g = cosine * r - b;
        double *x = v + i * n, *y = x + n;
        for (int64_t k = 0; k < n; k++) {
          double t = y[k];
          y[k] = sine * x[k] + cosine * t;
          x[k] = cosine * x[k] - sine * t;
        }
      }
      if (r == 0 && i >= l) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return true;
}

static void sort(int64_t n, double *v, double *d) {
  for (int64_t i = 0; i < n; i++) {
    int64_t best = i;
    for (int64_t j = i + 1; j < n; j++)
      if (d[j] > d[best]) best = j;
    if (best == i) continue;
    double t = d[i];
    d[i] = d[best], d[best] = t;
    for (int64_t k = 0; k < n; k++) t = v[i * n + k], v[i * n + k] = v[best * n + k], v[best * n + k] = t;
  }
}

bool rn_eigen_symmetric(int64_t n, double *a, double *value, double *scratch) {
  if (n == 0) return true;
  reduce(n, a, value, scratch);
  accumulate(n, a);
  for (int64_t i = 0; i < n; i++)
    if (!isfinite(value[i]) || !isfinite(scratch[i])) return false;
  if (!rotate(n, a, value, scratch)) return false;
  sort(n, a, value);
  return true;
}
