/* adding.h: the adding problem, the classic measure of how far back a recurrent network can see.  Hochreiter & Schmidhuber 1997;
 * Le, Jaitly & Hinton 2015
 *
 *     x_t = (value, marker)     value uniform in [0, 1), marker 1 at one step of the first half and one of the second, else 0
 *     target = the sum of the two marked values
 *
 * Always guessing 1 gives a mean squared error of 1/6 (Le et al. quote 0.1767, of their test set). A network that solves it has carried
 * the first marked value over half the sequence or more. */
#ifndef RONDO_ADDING_H
#define RONDO_ADDING_H

#include <rondo/train.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rn_adding_options {
  rn_stack_options stack;  /* cell, layers, hidden units, ...; n_in is set to 2. Not bidirectional: the answer is read at the last step */
  int64_t length;          /* steps of a sequence, at least 2. 200 */
  int64_t batch;           /* sequences of a training step. 50 */
  int64_t steps_per_epoch; /* 500; every step has new sequences */
  int64_t n_valid;         /* held-out sequences. 1000 */
  uint64_t seed;           /* of the weights and of the sequences. 42 */
} rn_adding_options;
/* One layer of 128 units. */
RN_API rn_adding_options rn_adding_options_default(rn_cell cell);

/* A model (of kind "regressor": stack, then a linear layer on the last step) and the task that rn_train runs; its metric is the mean
 * squared error. Both are freed by rn_adding_task_free. Errors: RN_ERROR_ARGUMENT, RN_ERROR_MEMORY. */
RN_API rn_status rn_adding_task_new(rn_context *ctx, const rn_adding_options *options, rn_task **out);
RN_API void rn_adding_task_free(rn_task *task); /* NULL is allowed */
/* Sequence `i` of a stream of its own, as the task draws them: x [length, 2]; returns the target. */
RN_API float rn_adding_draw(uint64_t seed, bool valid, int64_t i, int64_t length, float *x);

#ifdef __cplusplus
}
#endif
#endif
