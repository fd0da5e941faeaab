/* cmd_bench.c: rondo bench: what the machine can do, and how near to it each operation comes. */
#include "cli.h"
#include "terminal.h"

#define MACHINE_SECONDS 10 /* of --seconds each: for eight rates */

static void put_rates(const char *name, const rn_machine_rates *r) {
  printf("%-12s %8.1f GFLOP/s %9.1f GFLOP/s %9.1f GB/s %9.1f GB/s\n", name, r->peak / 1e9, r->matrix / 1e9, r->read / 1e9, r->triad / 1e9);
}

static json_t *rates_json(const rn_machine_rates *r) {
  return json_pack("{s:o, s:o, s:o, s:o}", "peak_flops", cli_json_real(r->peak), "matrix_flops", cli_json_real(r->matrix), "read_bytes",
                   cli_json_real(r->read), "triad_bytes", cli_json_real(r->triad));
}

static void put_machine(const cli *c, const rn_machine *m) {
  if (c->json) {
    cli_put_json(
        json_pack("{s:s, s:i, s:o, s:o}", "isa", m->isa, "threads", m->n_threads, "one", rates_json(&m->one), "all", rates_json(&m->all)));
    return;
  }
  char name[32];
  snprintf(name, sizeof name, "%d threads", m->n_threads);
  printf("%-12s %16s %17s %14s %14s\n", m->isa, "peak", "matrix product", "read", "triad");
  put_rates("one thread", &m->one);
  put_rates(name, &m->all);
  printf("\n%-20s %-30s %12s %12s  %-6s %9s\n", "operation", "size", "forward us", "backward us", "bound", "share");
  fflush(stdout);
}

typedef struct rows {
  const cli *c;
  int n;
} rows;

/* The share of the bound: 1 is as fast as the machine allows. */
static bool put_row(void *user, const rn_bench_row *row) {
  rows *r = user;
  const cli *c = r->c;
  r->n++;
  double took = row->forward + row->backward, bound = row->forward_bound + row->backward_bound;
  if (c->json) {
    cli_put_json(json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:s}", "op", row->op, "size", row->name, "forward", cli_json_real(row->forward),
                           "backward", cli_json_real(row->backward), "forward_bound", cli_json_real(row->forward_bound), "backward_bound",
                           cli_json_real(row->backward_bound), "bound", row->matrix ? "matrix" : "memory"));
  } else {
    printf("%-20s %-30s %12.1f %12.1f  %-6s %7.0f %%\n", row->op, row->name, 1e6 * row->forward, 1e6 * row->backward,
           row->matrix ? "matrix" : "memory", took > 0 ? 100 * bound / took : 0);
  }
  return fflush(stdout) == 0 && !rn_context_stopping(c->ctx);
}

int cmd_bench(cli *c) {
  const char *filter = c->options.n_args > 0 ? c->options.args[0] : NULL;
  double seconds = opt_float(&c->options, "seconds");
  rn_machine machine;
  if (rn_bench_machine(c->ctx, MACHINE_SECONDS * seconds, &machine) != RN_OK) return cli_fail_context(c);
  put_machine(c, &machine);
  rows shown = {.c = c};
  if (rn_bench_ops(c->ctx, &machine, filter, seconds, put_row, &shown) != RN_OK) return cli_fail_context(c);
  if (shown.n == 0) return cli_fail(EXIT_USAGE, "no operation is called '%s'; without a name rondo bench shows them all", filter);
  return cli_signal_code();
}
