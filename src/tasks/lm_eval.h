/* lm_eval.h: from a text to what a kind of language model predicts, and from its prediction to metrics. */
#ifndef RN_TASKS_LM_EVAL_H
#define RN_TASKS_LM_EVAL_H

#include "tasks/lm_kind.h"

/* Encodes a text for an evaluation; free the encoding also after a failure. Errors: RN_ERROR_DATA (too short, an unknown symbol where there
 * is no <unk>), RN_ERROR_ARGUMENT (not a language model; lines, but no end of line). */
rn_status rn_lm_read(rn_context *ctx, const rn_model *model, const char *text, size_t size, const rn_lm_eval_options *options,
                     rn_encoding *encoding, rn_lm_text *out);
/* The same whatever the model is, with lines where the options say so alone. */
rn_status rn_lm_read_text(rn_context *ctx, const rn_vocab *vocab, const char *text, size_t size, const rn_lm_eval_options *options,
                          rn_encoding *encoding, rn_lm_text *out);
rn_lm_metrics rn_lm_metrics_of(const rn_model *model, const rn_encoding *encoding, double nats, int64_t n_counted);

#endif
