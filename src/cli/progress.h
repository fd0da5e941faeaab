/* progress.h: what training shows while it runs. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli.h"

#define PROGRESS_HISTORY 512

typedef struct progress {
  const cli *c;
  const char *unit; /* "tok" */
  bool perplexity;  /* show exp(loss) */
  bool live;        /* standard error is a terminal: one line, drawn again and again */
  double drawn;     /* when, in seconds */
  int columns;
  double history[PROGRESS_HISTORY]; /* of the recorded loss, for the spark line */
  int n_history;
} progress;

void progress_init(progress *p, const cli *c, const char *unit, bool perplexity);
/* An rn_train_fn; user is the progress. */
void progress_observe(void *user, const rn_train_event *event);

#endif
