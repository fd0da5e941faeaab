/* report_run.h: what a run folder says about a run. */
#ifndef CLI_REPORT_RUN_H
#define CLI_REPORT_RUN_H

#include "cli.h"

/* Points of a curve. */
typedef struct curve {
  double *x, *y;
  int n, capacity;
} curve;

/* ||dL/dh_t|| of a layer at one training step. */
typedef struct trace {
  int64_t step;
  int layer;
  bool reverse;
  double *norm;
  int n;
} trace;

typedef struct sample {
  int64_t step;
  char *text;
} sample;

typedef struct report_run {
  char *path, *name;   /* the folder, and the last part of its path */
  char *command;       /* the command line, or NULL */
  cli_options options; /* of config.yaml */
  bool has_options;
  curve train, valid, rate, norm, speed; /* loss, validation loss, learning rate, gradient norm, tokens per second, by step */
  curve score;                           /* what decides of a validation, where that is not the loss */
  char *metric;                          /* its name, or NULL */
  json_t *evaluation;                    /* evaluation.json, or NULL */
  trace *traces;
  int n_traces;
  sample *samples;
  int n_samples;
  double seconds, best, best_score; /* NaN when not known; best: what decides, smaller is better */
  int64_t steps, best_step, epochs;
} report_run;

/* False, after printing why, when the folder has no metrics. */
bool report_run_open(report_run *run, const char *path);
void report_run_close(report_run *run);
/* At most n points, each the mean of its neighbours. */
curve curve_thin(const curve *c, int n);
void curve_free(curve *c);

#endif
