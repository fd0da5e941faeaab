/* cpu_fft.c: Fourier transforms of many columns at once (Stockham's form of Cooley and Tukey's: it sorts as it goes).
 *
 * A transform of length n = r m, r one of 4, 2, 3, 5, is a pass over its s = 1 interleaved sequences
 *
 *   y_{q + s (r p + j)} = w^{j p} sum_i x_{q + s (p + i m)} e^{-2 pi i i j / r},   w = e^{-2 pi i / (r m)},  q < s, p < m, j < r
 *
 * which leaves s r sequences of length m, until m is 1. A number is RN_FFT_LANES real and as many imaginary parts, each lane a transform
 * of its own, so that nothing is ever shuffled within a register. */
#include "kernels/cpu/cpu_space.h"
#include <math.h>

enum { LANES = RN_FFT_LANES, NUMBER = 2 * LANES, STEP = RN_VL < LANES ? RN_VL : LANES };

typedef struct cvf { /* a complex number in each lane of a register */
  vf re, im;
} cvf;

RN_INLINE cvf c_load(const float *p) { return (cvf){v_load(p), v_load(p + LANES)}; }
RN_INLINE void c_store(float *p, cvf a) { v_store(p, a.re), v_store(p + LANES, a.im); }
RN_INLINE cvf c_add(cvf a, cvf b) { return (cvf){a.re + b.re, a.im + b.im}; }
RN_INLINE cvf c_sub(cvf a, cvf b) { return (cvf){a.re - b.re, a.im - b.im}; }
RN_INLINE cvf c_scale(cvf a, float s) { return (cvf){a.re * s, a.im * s}; }
RN_INLINE cvf c_mul_i(cvf a) { return (cvf){-a.im, a.re}; }
RN_INLINE cvf c_mul(cvf a, float re, float im) { return (cvf){a.re * re - a.im * im, a.re * im + a.im * re}; }

/* y_j = sum_i x_i e^{-2 pi i i j / r} */
RN_INLINE void butterfly(int r, const cvf *x, cvf *y) {
  if (r == 2) {
    y[0] = c_add(x[0], x[1]), y[1] = c_sub(x[0], x[1]);
  } else if (r == 3) {
    const float half_sqrt_3 = 0.866025404f;
    cvf sum = c_add(x[1], x[2]), turn = c_scale(c_mul_i(c_sub(x[2], x[1])), half_sqrt_3), middle = c_sub(x[0], c_scale(sum, 0.5f));
    y[0] = c_add(x[0], sum), y[1] = c_add(middle, turn), y[2] = c_sub(middle, turn);
  } else if (r == 4) {
    cvf a = c_add(x[0], x[2]), b = c_sub(x[0], x[2]), c = c_add(x[1], x[3]), d = c_mul_i(c_sub(x[3], x[1]));
    y[0] = c_add(a, c), y[1] = c_add(b, d), y[2] = c_sub(a, c), y[3] = c_sub(b, d);
  } else {
    const float cos_1 = 0.309016994f, cos_2 = -0.809016994f, sin_1 = 0.951056516f, sin_2 = 0.587785252f; /* of 2 pi / 5 and 4 pi / 5 */
    cvf a = c_add(x[1], x[4]), b = c_add(x[2], x[3]), c = c_mul_i(c_sub(x[4], x[1])), d = c_mul_i(c_sub(x[3], x[2]));
    cvf e = c_add(x[0], c_add(c_scale(a, cos_1), c_scale(b, cos_2))), f = c_add(x[0], c_add(c_scale(a, cos_2), c_scale(b, cos_1)));
    cvf g = c_add(c_scale(c, sin_1), c_scale(d, sin_2)), h = c_sub(c_scale(c, sin_2), c_scale(d, sin_1));
    y[0] = c_add(x[0], c_add(a, b));
    y[1] = c_add(e, g), y[2] = c_add(f, h), y[3] = c_sub(f, h), y[4] = c_sub(e, g);
  }
}

/* One pass; the root w^{jp} is twiddle number j p s of all n. */
RN_INLINE void pass(int r, int64_t m, int64_t s, const float *twiddles, const float *x, float *y) {
  for (int64_t p = 0; p < m; p++) {
    const float *root[5];
    for (int j = 1; j < r; j++) root[j] = twiddles + 2 * j * p * s;
    for (int64_t q = 0; q < s; q++)
      for (int lane = 0; lane < LANES; lane += STEP) {
        cvf in[5], out[5];
        for (int i = 0; i < r; i++) in[i] = c_load(x + (q + s * (p + i * m)) * NUMBER + lane);
        butterfly(r, in, out);
        for (int j = 0; j < r; j++)
          c_store(y + (q + s * (r * p + j)) * NUMBER + lane, j == 0 ? out[0] : c_mul(out[j], root[j][0], root[j][1]));
      }
  }
}

void RN_K(fft_twiddles)(int64_t n, float *twiddles) {
  for (int64_t k = 0; k < n; k++) {
    double angle = -2 * M_PI * (double)k / (double)n;
    twiddles[2 * k] = (float)cos(angle), twiddles[2 * k + 1] = (float)sin(angle);
  }
}

void RN_K(fft)(int64_t n, const float *twiddles, float *x, float *other) {
  float *from = x, *to = other;
  for (int64_t s = 1, left = n; left > 1;) {
    int r = left % 4 == 0 ? 4 : left % 2 == 0 ? 2 : left % 3 == 0 ? 3 : 5;
    left /= r;
    if (r == 4) pass(4, left, s, twiddles, from, to);
    else if (r == 2) pass(2, left, s, twiddles, from, to);
    else if (r == 3) pass(3, left, s, twiddles, from, to);
    else pass(5, left, s, twiddles, from, to);
    s *= r;
    float *swap = from;
    from = to, to = swap;
  }
  if (from != x) memcpy(x, from, (size_t)n * NUMBER * sizeof(float));
}
