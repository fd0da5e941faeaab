/* cpu_math.h: exp, tanh and the logistic function on a vector, without branches. Right for infinities and NaN; a result below
 * the smallest normal number is flushed to zero. tests/kernels/test_math.c measures the errors over every float. */
#ifndef RN_KERNELS_CPU_CPU_MATH_H
#define RN_KERNELS_CPU_CPU_MATH_H

#include "kernels/cpu/vec.h"

/* e^x = 2^n e^r with n = round(x log2 e) and r = x - n ln 2, |r| <= ln(2) / 2.
 * Adding 1.5 2^23 rounds to an integer and leaves it in the low bits of the sum; 23 bits further left it is an exponent. */
#define V_ROUNDER 12582912.0f

/* The 2^n of above, as what must be added to the bits of a float in [1/2, 2) to multiply it by 2^n. */
RN_INLINE vu v_exp_shift(vf rounded) { return (vu)rounded << 23; }
RN_INLINE vf v_exp_power(vf rounded) { return (vf)(v_exp_shift(rounded) + (127u << 23)); } /* 2^n itself */

/* For |x| < 128 ln 2: e^r - 1, and the rounded sum whose low bits hold n. ln 2 is taken in two parts, the first of so few bits that n
 * times it is exact. The polynomial is the best of its degree in relative error; its terms are paired so that few wait for another. */
RN_INLINE vf v_exp_fraction(vf x, vf *rounded) {
  *rounded = x * 1.44269504f + V_ROUNDER;
  vf n = *rounded - V_ROUNDER;
  vf r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  vf s = r * r, q = r * 8.36874545e-3f + 4.16683890e-2f;
  vf p = r * 1.66665211e-1f + 4.99999940e-1f;
  q = s * 1.38145406e-3f + q;
  p = s * q + p;
  return s * p + r;
}

RN_INLINE vf v_exp(vf x) {
  const float lowest = -87.3365447f, highest = 88.7228317f; /* ln of the smallest normal number, of the largest number */
  vf rounded, f = v_exp_fraction(v_min(v_set(highest), v_max(v_set(lowest), x)), &rounded);
  vf y = (vf)((vu)(f + 1.0f) + v_exp_shift(rounded));
  y = v_select(x <= v_set(highest), y, x * __builtin_inff()); /* infinity, and NaN of NaN */
  return v_from_bits(v_bits(y) & ~(x < v_set(lowest)));
}

/* e^x for x <= 0, as softmax needs it. Multiplying by 2^n keeps NaN without a select, and n = -127 gives zero. */
RN_INLINE vf v_exp_negative(vf x) {
  vf rounded, f = v_exp_fraction(v_max(v_set(-88.0f), x), &rounded);
  vf power = v_exp_power(rounded);
  return f * power + power;
}

/* sigma(x) = 1 / (1 + e^-x). Here n = 128 gives infinity: below -88.4, where the result would be denormal, it is 0. */
RN_INLINE vf v_sigmoid(vf x) {
  vf rounded, f = v_exp_fraction(v_min(v_set(88.9f), v_max(v_set(-80.0f), -x)), &rounded);
  vf power = v_exp_power(rounded);
  return 1.0f / (1.0f + (1.0f + f) * power);
}

/* |x| < 0.9: x + x^3 P(x^2); else 1 - 2 / (e^2|x| + 1), which keeps no relative accuracy near 0 but needs none there. From 9.02 on
 * the result is 1. */
RN_INLINE vf v_tanh(vf x) {
  vf a = v_abs(x), rounded, f = v_exp_fraction(v_min(v_set(18.04f), a + a), &rounded);
  vf power = v_exp_power(rounded);
  vf large = 1.0f - 2.0f / (f * power + (power + 1.0f));
  vf s = x * x, p = s * 1.30395801e-3f + -6.86005224e-3f;
  p = p * s + 2.09041238e-2f;
  p = p * s + -5.37214875e-2f;
  p = p * s + 1.33303598e-1f;
  p = p * s + -3.33332121e-1f;
  vf y = v_select(a < v_set(0.9f), p * s * a + a, large);
  return v_from_bits(v_bits(y) | (v_bits(x) & INT32_MIN));
}

#endif
