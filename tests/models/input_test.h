/* input_test.h: what the tests of inputs share: an input of its own, in a model without an architecture, and the failing of each
 * allocation on its way. */
#ifndef RN_TESTS_INPUT_TEST_H
#define RN_TESTS_INPUT_TEST_H

#include "base/check.h"
#include "models/input.h"

static rn_context *ctx;

#define S(text)                                                                                                                            \
  { text, sizeof(text) - 1 }

typedef struct reader {
  rn_model model;
  rn_input input;
  json_t *config;
} reader;

/* building NULL: all words, no vectors. */
static rn_status reader_open(reader *r, const rn_input_config *config, const rn_input_building *building, const rn_sequences *train) {
  *r = (reader){0};
  r->model.params = rn_params_new(ctx);
  if (!r->model.params) return RN_ERROR_MEMORY;
  if (!(r->config = rn_input_learn(ctx, config, building, train, &r->model.vocab))) return rn_context_status(ctx);
  rn_status status = rn_input_init(ctx, &r->input, &r->model, r->config, (rn_init){0});
  return status == RN_OK ? rn_params_build(r->model.params, 1, true) : status;
}

static void reader_close(reader *r) {
  rn_input_free(&r->input);
  rn_params_free(r->model.params);
  rn_vocab_free(r->model.vocab);
  json_decref(r->config);
}

/* Learning the input, encoding `data`, whose first two sequences a pass reads: each allocation fails once, and is told. */
static void assert_memory_faults(const rn_input_config *config, const rn_input_building *building, const rn_sequences *train,
                                 const rn_sequences *data) {
  for (uint64_t n = 1;; n++) {
    reader r;
    rn_encoded *e = NULL;
    rn_context_clear(ctx);
    rn_alloc_fail_after(n);
    rn_status status = reader_open(&r, config, building, train);
    if (status == RN_OK) status = rn_encoded_new(ctx, &r.input, data, &e);
    rn_graph *g = status == RN_OK ? rn_graph_new(ctx) : NULL;
    if (status == RN_OK && !g) status = RN_ERROR_MEMORY;
    if (g) {
      rn_graph_begin(g, RN_TRAIN, 0, 0);
      rn_input_apply(&r.input, g, e, (const int64_t[]){0, 1}, 2, 0, 0);
      status = rn_graph_status(g);
    }
    rn_alloc_fail_after(0);
    rn_graph_free(g);
    rn_encoded_free(e);
    reader_close(&r);
    if (status == RN_OK) break;
    if (status != RN_ERROR_MEMORY) fail_msg("allocation %d: %s: %s", (int)n, rn_status_name(status), rn_context_error(ctx));
  }
  rn_context_clear(ctx);
}

#endif
