/* bench.h: the machine's limits, and how near to them each operation comes. */
#ifndef RONDO_BENCH_H
#define RONDO_BENCH_H

#include <rondo/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What some threads can do at best, measured. */
typedef struct rn_machine_rates {
  double peak;   /* FLOP/s of multiply-adds (2 FLOP each) that never leave the registers */
  double matrix; /* FLOP/s of the best square matrix product */
  double read;   /* bytes/s of summing an array larger than every cache */
  double triad;  /* bytes/s of y += a x over such arrays: two reads and a write */
} rn_machine_rates;

typedef struct rn_machine {
  const char *isa;
  int n_threads;
  rn_machine_rates one, all; /* one thread, and all n_threads */
} rn_machine;

/* Measures, in about so many seconds. Errors: RN_ERROR_MEMORY, RN_ERROR_STOPPED. */
RN_API rn_status rn_bench_machine(rn_context *ctx, double seconds, rn_machine *out);

/* An operation on one of the sizes it has in real use, on all threads of the context. */
typedef struct rn_bench_row {
  const char *op, *name;             /* "lstm", "2500 rows of 128" */
  double forward, backward;          /* seconds */
  double forward_bound, backward_bound; /* seconds that the machine needs at best */
  bool matrix;                       /* what bounds it: matrix products at machine.all.matrix, or else memory: copying as many bytes as it
                                        must read and write, measured at that size, be it in a cache or not */
} rn_bench_row;
/* Return false to stop. */
typedef bool (*rn_bench_fn)(void *user, const rn_bench_row *row);

/* Times every operation whose name contains `filter` (NULL: all), about `seconds` each. Errors: RN_ERROR_MEMORY, RN_ERROR_STOPPED. */
RN_API rn_status rn_bench_ops(rn_context *ctx, const rn_machine *machine, const char *filter, double seconds, rn_bench_fn emit, void *user);

#ifdef __cplusplus
}
#endif
#endif
