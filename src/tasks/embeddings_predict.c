/* embeddings_predict.c: skip-gram and CBOW: the tables, and the batches that go through them. */
#include "base/alloc.h"
#include "base/random.h"
#include "tasks/embeddings_learner.h"
#include "tasks/embeddings_windows.h"
#include "text/subwords.h"
#include <math.h>
#include <string.h>

typedef struct predictor {
  rn_context *ctx;
  const rn_word_ids *text;
  const rn_embeddings_options *options;
  rn_window_plan *plan;
  rn_vector_parts in, out; /* in: the words' rows, then the n-grams' */
  float *dense_in, *dense_out; /* of a model that looks at them */
  int64_t *bag_offset;     /* [V + 1] and the rows of each word; NULL without n-grams */
  int32_t *bag;
  float *crowd;            /* rn_windows.in_crowd */
  void *scratch;
  size_t scratch_size;
} predictor;

/* ---- n-grams ---- */

typedef struct bag_filler {
  int32_t *rows; /* NULL: they are only counted */
  int64_t n, first_row, buckets;
} bag_filler;

static void add_ngram(void *user, uint32_t hash) {
  bag_filler *f = user;
  if (f->rows) f->rows[f->n] = (int32_t)(f->first_row + (int64_t)(hash % (uint64_t)f->buckets));
  f->n++;
}

static void fill_bags(const predictor *p, bag_filler *f, int64_t *offset) {
  const rn_embeddings_options *o = p->options;
  for (int32_t v = 0; v < rn_vocab_size(p->text->vocab); v++) {
    size_t size;
    const char *word = rn_vocab_symbol(p->text->vocab, v, &size);
    offset[v] = f->n;
    if (f->rows) f->rows[f->n] = v;
    f->n++;
    rn_subwords(word, size, o->min_subword, o->max_subword, add_ngram, f);
  }
  offset[rn_vocab_size(p->text->vocab)] = f->n;
}

static bool make_bags(predictor *p) {
  int64_t n = rn_vocab_size(p->text->vocab);
  bag_filler f = {.first_row = n, .buckets = p->options->buckets};
  if (!(p->bag_offset = rn_alloc((size_t)(n + 1) * sizeof *p->bag_offset))) return false;
  fill_bags(p, &f, p->bag_offset);
  f.rows = p->bag = rn_alloc((size_t)f.n * sizeof *p->bag);
  f.n = 0;
  if (f.rows) fill_bags(p, &f, p->bag_offset);
  return f.rows != NULL;
}

/* Of each word or, with n-grams, of each of its rows: what all words that have the row bring there. */
static bool make_crowd(predictor *p) {
  int64_t n = rn_vocab_size(p->text->vocab), n_rows = p->bag ? p->bag_offset[n] : n;
  float *of_row = rn_alloc_zero((size_t)p->in.n, sizeof *of_row);
  p->crowd = rn_alloc((size_t)n_rows * sizeof *p->crowd);
  for (int32_t v = 0; of_row && p->crowd && v < n; v++) {
    float own = (float)rn_window_plan_crowd(p->plan, v);
    if (!p->bag) p->crowd[v] = own;
    for (int64_t k = p->bag ? p->bag_offset[v] : 0; p->bag && k < p->bag_offset[v + 1]; k++) of_row[p->bag[k]] += own;
  }
  for (int64_t k = 0; of_row && p->crowd && p->bag && k < n_rows; k++) p->crowd[k] = of_row[p->bag[k]];
  rn_free(of_row);
  return of_row && p->crowd;
}

/* ---- the tables ---- */

/* Uniform in +-1/(2 dim), or +-1/dim with n-grams, as word2vec and fastText begin; what scores are taken with begins at zero. */
static void draw_row(void *arg, int64_t row) {
  predictor *p = arg;
  float values[RN_MAX_DIM], scale = (p->bag ? 2.0f : 1.0f) / (float)p->in.dim;
  uint64_t stream = rn_random_stream("embedding.weight"), block = (uint64_t)row * (uint64_t)((p->in.dim + 3) / 4);
  for (int64_t j = 0; j < p->in.dim; j += 4) {
    uint32_t words[4];
    rn_philox(p->options->seed, stream, block++, words);
    for (int64_t k = 0; k < 4 && j + k < p->in.dim; k++) values[j + k] = ((float)(words[k] >> 8) * 0x1p-24f - 0.5f) * scale;
  }
  rn_vector_parts_set(&p->in, row, values);
}

static rn_status advance(void *self, int64_t epoch, int64_t first, int64_t n, double *loss, int64_t *n_losses) {
  predictor *p = self;
  rn_windows *batch = rn_window_plan_make(p->plan, epoch, first, n);
  if (!batch) return rn_context_status(p->ctx);
  for (int64_t k = 0; k < n; k++) {
    batch[k].n_parts = p->in.n_parts;
    batch[k].width = p->in.width;
    batch[k].n_in = p->in.n;
    batch[k].n_out = p->out.n;
    batch[k].bag_offset = p->bag_offset;
    batch[k].bag = p->bag;
    batch[k].in_crowd = p->crowd;
  }
  batch[0].wants_loss = true; /* one in many tells enough */
  int64_t inputs = p->options->kind == RN_CBOW ? batch[0].n : 0;
  for (int64_t w = 0; p->options->kind != RN_CBOW && w < batch[0].n; w++) inputs += batch[0].end[w] - batch[0].first[w] - 1;
  *n_losses += inputs;
  size_t size = p->ctx->backend->windows_scratch(batch, n);
  if (size > p->scratch_size) {
    rn_free(p->scratch);
    p->scratch_size = size + size / 4;
    if (!(p->scratch = rn_alloc_aligned(p->scratch_size))) {
      p->scratch_size = 0;
      return rn_context_fail(p->ctx, RN_ERROR_MEMORY, "out of memory for a batch of windows");
    }
  }
  p->ctx->backend->windows(p->ctx->pool, batch, n, p->in.at, p->out.at, loss, p->scratch);
  return RN_OK;
}

static double rate(void *self, int64_t step) {
  const predictor *p = self;
  double steps = (double)rn_window_plan_batches(p->plan) * (double)p->options->epochs;
  return p->options->lr * fmax(1 - (double)step / steps, 1e-4);
}

static void release(void *self) {
  predictor *p = self;
  rn_free(p->dense_in);
  rn_free(p->dense_out);
  p->dense_in = p->dense_out = NULL;
}

static rn_status bind(void *self, rn_model *model) {
  predictor *p = self;
  const rn_embeddings_model *m = model->self;
  p->dense_in = rn_vector_parts_dense(&p->in);
  p->dense_out = rn_vector_parts_dense(&p->out);
  if (!p->dense_in || !p->dense_out) {
    release(p);
    return rn_context_fail(p->ctx, RN_ERROR_MEMORY, "out of memory for the model");
  }
  rn_params_borrow(model->params, m->words, p->dense_in);
  if (m->ngrams >= 0) rn_params_borrow(model->params, m->ngrams, p->dense_in + rn_vocab_size(p->text->vocab) * p->in.dim);
  rn_params_borrow(model->params, m->output, p->dense_out);
  return RN_OK;
}

static void take(rn_vector_parts *to, int64_t first, const rn_tensor *from) {
  for (int64_t i = 0; i < from->shape[0]; i++) rn_vector_parts_set(to, first + i, from->data + i * to->dim);
}

static rn_status restore(void *self, const rn_model *model) {
  predictor *p = self;
  const rn_embeddings_model *m = model->self;
  take(&p->in, 0, &rn_params_at(model->params, m->words)->tensor);
  if (m->ngrams >= 0) take(&p->in, rn_vocab_size(p->text->vocab), &rn_params_at(model->params, m->ngrams)->tensor);
  take(&p->out, 0, &rn_params_at(model->params, m->output)->tensor);
  return RN_OK;
}

static void predictor_free(void *self) {
  predictor *p = self;
  release(p);
  rn_window_plan_free(p->plan);
  rn_free(p->in.at);
  rn_free(p->out.at);
  rn_free(p->bag_offset);
  rn_free(p->bag);
  rn_free(p->crowd);
  rn_free(p->scratch);
  rn_free(p);
}

rn_status rn_embeddings_predict_new(rn_context *ctx, const rn_word_ids *text, const rn_embeddings_options *o, rn_embeddings_learner *out) {
  predictor *p = rn_alloc_zero(1, sizeof *p);
  if (!p) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the vectors");
  *p = (predictor){.ctx = ctx, .text = text, .options = o};
  bool subwords = o->max_subword > 0;
  int64_t n = rn_vocab_size(text->vocab), buckets = subwords ? o->buckets : 0;
  rn_status status = rn_window_plan_new(ctx, text, o, &p->plan);
  if (status == RN_OK && subwords && !make_bags(p)) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the n-grams");
  if (status == RN_OK) status = rn_vector_parts_init(ctx, &p->in, n + buckets, o->dim);
  if (status == RN_OK) status = rn_vector_parts_init(ctx, &p->out, rn_window_plan_outputs(p->plan), o->dim);
  if (status == RN_OK && !make_crowd(p)) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the vectors");
  if (status != RN_OK) {
    predictor_free(p);
    return status;
  }
  rn_pool_for(ctx->pool, p->in.n, draw_row, p);
  *out = (rn_embeddings_learner){.self = p,
                                 .steps_per_epoch = rn_window_plan_batches(p->plan),
                                 .steps_at_once = RN_WINDOWS_AT_ONCE,
                                 .tokens_per_step = RN_WINDOWS_TOKENS,
                                 .config = {.loss = o->hierarchical ? "hierarchical" : "negative",
                                            .subword_min = o->min_subword,
                                            .subword_max = o->max_subword,
                                            .buckets = buckets,
                                            .outputs = p->out.n},
                                 .advance = advance,
                                 .rate = rate,
                                 .bind = bind,
                                 .release = release,
                                 .restore = restore,
                                 .free = predictor_free};
  return RN_OK;
}
