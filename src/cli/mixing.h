/* mixing.h: --mix and its kin: other language models beside the one that a command was given. */
#ifndef CLI_MIXING_H
#define CLI_MIXING_H

#include "cli.h"

typedef struct mixing {
  rn_model *mixture; /* NULL: nothing is mixed */
  int n;             /* components */
  char *name[RN_MIXTURE_MAX];
  rn_model *model[RN_MIXTURE_MAX]; /* those that were opened for it, from 1 on */
} mixing;

/* Any option that wants a mixture. */
bool mixing_asked(const cli *c);
/* Mixes `model` with what the options name, and finds the weights. Returns an exit code, after printing what went wrong. Close it also
 * then, and before the model. */
int mixing_open(cli *c, const rn_model *model, mixing *out);
void mixing_close(mixing *m);
/* What a command is to use: the mixture, or the model. */
const rn_model *mixing_model(const mixing *m, const rn_model *model);

#endif
