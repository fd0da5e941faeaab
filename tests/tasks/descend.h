/* descend.h: plain gradient descent, for the tests of tasks. */
#ifndef RN_TESTS_DESCEND_H
#define RN_TESTS_DESCEND_H

#include "base/check.h"
#include <rondo/train.h>

/* Plain gradient descent over a task, as the loop does it: nats per token of the last epoch. */
static double descend(rn_context *ctx, rn_task *task, int64_t epochs, float lr) {
  rn_graph *g = rn_graph_new(ctx);
  rn_params *p = rn_model_params(task->model);
  double nats = 0;
  for (int64_t epoch = 0; epoch < epochs; epoch++) {
    int64_t n = 0;
    nats = 0;
    for (int64_t i = 0; i < task->steps_per_epoch; i++) {
      rn_step s;
      rn_params_zero_grad(p);
      rn_graph_begin(g, RN_TRAIN, 1, (uint64_t)(epoch * task->steps_per_epoch + i));
      task->step(task->self, g, epoch, i, &s);
      assert_int_equal(rn_graph_backward(g, s.loss), RN_OK);
      rn_params_spread_grads(p);
      for (int64_t k = 0; k < rn_params_size(p); k++) rn_params_values(p)[k] -= lr * rn_params_grads(p)[k];
      if (task->after) task->after(task->self, g);
      nats += s.nats;
      n += s.n_tokens;
    }
    nats /= (double)n;
  }
  rn_graph_free(g);
  return nats;
}

#endif
