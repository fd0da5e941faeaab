/* report.h: a page about one or several runs: one HTML file that needs nothing else. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli.h"

/* Writes the page of the runs (folders) to a file; output NULL: report.html in the first run's folder. Returns an exit code, after
 * printing what went wrong. The context serves to open the first run's model. */
int report_write(cli *c, const char *const *runs, int n_runs, const char *output);

#endif
