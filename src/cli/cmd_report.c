/* cmd_report.c: rondo report: see report.h. */
#include "report.h"

int cmd_report(cli *c) { return report_write(c, (const char *const *)c->options.args, c->options.n_args, opt_text(&c->options, "output")); }
