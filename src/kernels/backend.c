/* backend.c: which of the CPU's tables this machine can run, by the features it reports (CPUID, and XGETBV for what the system saves). */
#include "kernels/backend.h"

#include <string.h>

extern const rn_backend rn_backend_portable, rn_backend_avx2, rn_backend_avx512;
/* The widest code on narrow registers: linked into tests only, so that 16 lanes are tested where there is no AVX-512. */
extern const rn_backend rn_backend_wide __attribute__((weak));

static bool has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static bool has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}

/* A table that is linked in and that this machine runs, worst first; NULL past the last. */
static const rn_backend *backend_at(int i) {
  const rn_backend *found[5] = {&rn_backend_portable};
  int n = 1;
  if (has_avx2() && &rn_backend_wide) found[n++] = &rn_backend_wide;
  if (has_avx2()) found[n++] = &rn_backend_avx2;
  if (has_avx512()) found[n++] = &rn_backend_avx512;
  return i < n ? found[i] : NULL;
}

const rn_backend *rn_backend_cpu(const char *isa) {
  const rn_backend *best = NULL;
  for (int i = 0; backend_at(i); i++) {
    best = backend_at(i);
    if (isa && strcmp(isa, best->isa) == 0) return best;
  }
  return isa ? NULL : best;
}

/* The tables are constant, so each way through the list of what CPUID says has a constant answer. */
const char *const *rn_backend_cpu_names(void) {
  static const char *const names[2][3][5] = {
    {{"portable"}, {"portable", "avx2"}, {"portable", "avx2", "avx512"}},
    {{"portable"}, {"portable", "wide", "avx2"}, {"portable", "wide", "avx2", "avx512"}},
  };
  return names[&rn_backend_wide != NULL][has_avx512() ? 2 : has_avx2() ? 1 : 0];
}
