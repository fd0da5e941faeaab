/* cpu_peak.c: what the machine could do if nothing ever had to be loaded: sums in registers, twelve at a time, so that two units of
 * four cycles' latency are always busy. */
#include "kernels/cpu/cpu_kernels.h"

#define SUMS 12

double RN_K(peak)(int64_t n) {
  static const volatile float factors[2] = {0.999f, 0.001f}; /* volatile: unknown to the compiler */
  vf a = v_set(factors[0]), b = v_set(factors[1]), sum[SUMS];
#pragma GCC unroll 12
  for (int s = 0; s < SUMS; s++) sum[s] = v_set((float)s);
  for (int64_t i = 0; i < n; i++)
#pragma GCC unroll 12
    for (int s = 0; s < SUMS; s++) sum[s] = sum[s] * a + b;
  vf total = v_zero();
  for (int s = 0; s < SUMS; s++) total += sum[s];
  volatile float used = v_sum(total);
  (void)used;
  return (double)n * SUMS * RN_VL * 2;
}
