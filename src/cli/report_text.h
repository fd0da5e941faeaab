/* report_text.h: a piece of the validation text, coloured by what each token cost the model. */
#ifndef CLI_REPORT_TEXT_H
#define CLI_REPORT_TEXT_H

#include "report_run.h"

/* Writes nothing where the text is not there any more. Errors stay in the context. */
void report_text_write(FILE *out, rn_context *ctx, const report_run *run, const rn_model *model);

#endif
