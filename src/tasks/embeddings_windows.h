/* embeddings_windows.h: from the ids of a text to the batches of windows that word vectors are learned from. */
#ifndef RN_TASKS_EMBEDDINGS_WINDOWS_H
#define RN_TASKS_EMBEDDINGS_WINDOWS_H

#include "base/alias.h"
#include "data/word_ids.h"
#include "kernels/backend.h"
#include "text/huffman.h"
#include <rondo/embeddings.h>

/* A batch is what is left of RN_WINDOWS_TOKENS ids of the text, of an epoch, when frequent words have been thinned out: a function of
 * (options, epoch, number of the batch) alone, so that batches can be made by any thread, in any order, and again. */
#define RN_WINDOWS_TOKENS 200
#define RN_WINDOWS_AT_ONCE 64 /* batches that are made side by side */

typedef struct rn_window_plan rn_window_plan;

/* Options and text must outlive it. Errors: RN_ERROR_MEMORY. */
rn_status rn_window_plan_new(rn_context *ctx, const rn_word_ids *text, const rn_embeddings_options *options, rn_window_plan **out);
void rn_window_plan_free(rn_window_plan *plan); /* NULL is allowed */
int64_t rn_window_plan_batches(const rn_window_plan *plan); /* of an epoch */
/* Batches first .. first + n - 1 of an epoch, n <= RN_WINDOWS_AT_ONCE, on the context's threads, valid until the next call: everything but
 * the fields that say how wide rows are, what bags words have and how crowded they are, and whether the loss is wanted. NULL after an error
 * in the context. */
rn_windows *rn_window_plan_make(rn_window_plan *plan, int64_t epoch, int64_t first, int64_t n);
/* Rows of the output table. */
int64_t rn_window_plan_outputs(const rn_window_plan *plan);
/* Pairs of an input and a target that are expected to meet, in a batch, on word v's input. */
double rn_window_plan_crowd(const rn_window_plan *plan, int32_t v);

#endif
