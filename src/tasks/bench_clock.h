/* bench_clock.h: the least time something takes: other programs only ever add to it. */
#ifndef RN_TASKS_BENCH_CLOCK_H
#define RN_TASKS_BENCH_CLOCK_H

#include "base/file.h"
#include <math.h>

/* Runs `body` for `seconds`, at least three times; the shortest run, in seconds. */
static inline double bench_least(double seconds, void (*body)(void *arg), void *arg) {
  double least = INFINITY, start = rn_now(), now = start;
  for (int runs = 0; runs < 3 || now - start < seconds; runs++) {
    double before = now;
    body(arg);
    now = rn_now();
    if (now - before < least) least = now - before;
  }
  return least;
}

#endif
