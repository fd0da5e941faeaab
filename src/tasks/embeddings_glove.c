/* embeddings_glove.c: GloVe: pairs of words in blocks, and the order in which the blocks are gone through.
 *
 * Words are dealt into GROUPS groups, and pairs into a block for each two groups. Blocks that have no group in common have no row in
 * common: they are learned from at the same time, by any number of threads, without seeing each other (Gemulla et al. 2011). A round is a
 * set of such blocks; GROUPS rounds, in an order drawn for each epoch, go through all of them:
 *
 *     round 0          the blocks (p, p)
 *     round r > 0      (p, q) with p + q = r mod (GROUPS - 1), and the last group with the one that is left: as teams play in a league
 *
 * In a block the pairs come in an order drawn for each epoch; its rows are few enough to stay in the cache. */
#include "base/alloc.h"
#include "base/random.h"
#include "base/spill.h"
#include "data/cooccurrence.h"
#include "tasks/embeddings_learner.h"
#include <math.h>
#include <string.h>

enum {
  GROUPS = 16, /* even */
  N_BLOCKS = GROUPS * (GROUPS + 1) / 2,
  CHUNK = 2048 /* pairs that are kept together, in memory or in the file */
};

typedef struct chunk {
  rn_glove_pair *at; /* in memory, or NULL: */
  uint64_t place;    /* in the file */
} chunk;

typedef struct block {
  int64_t n, n_chunks, capacity;
  chunk *chunks;         /* whole ones */
  rn_glove_pair *filling; /* [CHUNK], the first n % CHUNK of which are taken */
} block;

typedef struct glove {
  rn_context *ctx;
  const rn_word_ids *text;
  const rn_embeddings_options *options;
  rn_glove shape;
  float *table; /* [V, 4, width] */
  float *dense; /* of a model that looks at it */
  block blocks[N_BLOCKS];
  int64_t n_pairs, largest, n_in_memory;
  rn_spill *spill;
  /* the round that is being learned from: */
  int64_t epoch, round;
  int members[GROUPS]; /* its blocks */
  rn_glove_pair *room[GROUPS]; /* [largest] for each of them; rounds > 0 have half as many */
  double loss[GROUPS];
  rn_error error[GROUPS];
} glove;

/* ---- pairs ---- */

static int block_of(int p, int q) { return p < q ? q * (q + 1) / 2 + p : p * (p + 1) / 2 + q; }

static rn_status no_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for pairs of neighbours"); }

/* Puts away a chunk that is full. */
static rn_status put_chunk(glove *g, block *b) {
  if (b->n_chunks == b->capacity) {
    int64_t capacity = b->capacity ? 2 * b->capacity : 16;
    chunk *chunks = rn_realloc(b->chunks, (size_t)capacity * sizeof *chunks);
    if (!chunks) return no_memory(g->ctx);
    b->chunks = chunks;
    b->capacity = capacity;
  }
  chunk *c = &b->chunks[b->n_chunks++];
  *c = (chunk){0};
  if ((g->n_in_memory + CHUNK) * (int64_t)sizeof(rn_glove_pair) <= g->options->memory) {
    g->n_in_memory += CHUNK;
    if (!(c->at = rn_alloc(CHUNK * sizeof *c->at))) return no_memory(g->ctx);
    memcpy(c->at, b->filling, CHUNK * sizeof *c->at);
    return RN_OK;
  }
  rn_error error = {0};
  if (!g->spill) rn_spill_open(g->options->temporary, &g->spill, &error);
  if (g->spill) c->place = rn_spill_size(g->spill);
  if (error.status == RN_OK) rn_spill_write(g->spill, b->filling, CHUNK * sizeof *b->filling, &error);
  return error.status == RN_OK ? RN_OK : rn_context_fail(g->ctx, error.status, "%s", error.text);
}

static rn_status take_pair(void *self, int32_t i, int32_t j, double x) {
  glove *g = self;
  block *b = &g->blocks[block_of(i % GROUPS, j % GROUPS)];
  if (b->n > 0 && b->n % CHUNK == 0) {
    rn_status status = put_chunk(g, b);
    if (status != RN_OK) return status;
  }
  double f = x < g->options->x_max ? pow(x / g->options->x_max, g->options->alpha) : 1;
  b->filling[b->n++ % CHUNK] = (rn_glove_pair){i, j, (float)log(x), (float)f};
  g->n_pairs++;
  if (b->n > g->largest) g->largest = b->n;
  return RN_OK;
}

/* All pairs of a block, side by side. */
static bool read_block(const glove *g, const block *b, rn_glove_pair *out, rn_error *err) {
  for (int64_t k = 0; k < b->n_chunks; k++, out += CHUNK) {
    const chunk *c = &b->chunks[k];
    if (c->at) memcpy(out, c->at, CHUNK * sizeof *out);
    else if (rn_spill_read(g->spill, c->place, out, CHUNK * sizeof *out, err) != RN_OK) return false;
  }
  memcpy(out, b->filling, (size_t)(b->n - b->n_chunks * CHUNK) * sizeof *out);
  return true;
}

/* ---- rounds ---- */

/* The blocks of a round: returns how many. */
static int find_members(int round, int *members) {
  int n = 0;
  if (round == 0) {
    for (int p = 0; p < GROUPS; p++) members[n++] = block_of(p, p);
    return n;
  }
  for (int p = 0; p < GROUPS - 1; p++) {
    int q = (round - p + GROUPS - 1) % (GROUPS - 1);
    if (p < q) members[n++] = block_of(p, q);
    else if (p == q) members[n++] = block_of(p, GROUPS - 1);
  }
  return n;
}

static void shuffle(rn_glove_pair *pairs, int64_t n, uint64_t seed, uint64_t stream) {
  uint32_t words[4] = {0};
  for (int64_t i = n - 1; i > 0; i--) {
    if ((n - 1 - i) % 4 == 0) rn_philox(seed, stream, (uint64_t)(n - 1 - i) / 4, words);
    int64_t k = (int64_t)((uint64_t)words[(n - 1 - i) % 4] * (uint64_t)(i + 1) >> 32);
    rn_glove_pair swap = pairs[i];
    pairs[i] = pairs[k];
    pairs[k] = swap;
  }
}

static void learn_block(void *arg, int64_t m) {
  glove *g = arg;
  const block *b = &g->blocks[g->members[m]];
  g->loss[m] = 0;
  if (!read_block(g, b, g->room[m], &g->error[m])) return;
  shuffle(g->room[m], b->n, g->options->seed, rn_random_stream("pairs") + (uint64_t)(g->epoch * N_BLOCKS + g->members[m]));
  g->loss[m] = g->ctx->backend->glove(&g->shape, b->n, g->room[m], g->table);
}

/* Step `first` of an epoch is its first-th round, in the order drawn. */
static rn_status advance(void *self, int64_t epoch, int64_t first, int64_t n, double *loss, int64_t *n_losses) {
  glove *g = self;
  int64_t order[GROUPS];
  rn_random r = rn_random_init(g->options->seed, rn_random_stream("rounds") + (uint64_t)epoch);
  for (int i = 0; i < GROUPS; i++) order[i] = i;
  rn_random_shuffle(&r, order, GROUPS);
  g->epoch = epoch;
  for (int64_t k = first; k < first + n; k++) {
    int members = find_members((int)order[k], g->members);
    rn_pool_for(g->ctx->pool, members, learn_block, g);
    for (int m = 0; m < members; m++) {
      if (g->error[m].status != RN_OK) return rn_context_fail(g->ctx, g->error[m].status, "%s", g->error[m].text);
      *loss += g->loss[m];
      *n_losses += g->blocks[g->members[m]].n;
    }
  }
  return RN_OK;
}

static double rate(void *self, int64_t step) {
  const glove *g = self;
  return g->options->lr;
}

/* ---- the table ---- */

/* w, c and b uniform in +-1/(2 dim), sums of squares 1, so that the first steps have length lr. */
static void draw_row(void *arg, int64_t v) {
  glove *g = arg;
  int64_t width = g->shape.width, dim = g->shape.dim;
  float *row = g->table + v * 4 * width;
  rn_random r = rn_random_init(g->options->seed, rn_random_stream("embedding.weight") + (uint64_t)v);
  memset(row, 0, (size_t)(2 * width) * sizeof(float));
  for (int64_t k = 0; k <= dim; k++) row[k] = (rn_random_uniform(&r) - 0.5f) / (float)dim;
  for (int64_t k = 0; k <= dim; k++) row[width + k] = (rn_random_uniform(&r) - 0.5f) / (float)dim;
  row[width + dim + 1] = row[width + dim];
  row[dim + 1] = row[width + dim] = 1;
  for (int64_t k = 0; k < 2 * width; k++) row[2 * width + k] = 1;
}

static void release(void *self) {
  glove *g = self;
  rn_free(g->dense);
  g->dense = NULL;
}

/* w + c: the two sides of a symmetric count differ only in where they began, and their mean is the better for it. */
static rn_status bind(void *self, rn_model *model) {
  glove *g = self;
  int64_t n = rn_vocab_size(g->text->vocab), dim = g->shape.dim, width = g->shape.width;
  g->dense = rn_alloc((size_t)(n * dim) * sizeof(float));
  if (!g->dense) return rn_context_fail(g->ctx, RN_ERROR_MEMORY, "out of memory for the model");
  for (int64_t v = 0; v < n; v++)
    for (int64_t k = 0; k < dim; k++) g->dense[v * dim + k] = g->table[v * 4 * width + k] + g->table[(v * 4 + 1) * width + k];
  rn_params_borrow(model->params, ((const rn_embeddings_model *)model->self)->words, g->dense);
  return RN_OK;
}

static void glove_free(void *self) {
  glove *g = self;
  release(g);
  for (int k = 0; k < N_BLOCKS; k++) {
    block *b = &g->blocks[k];
    for (int64_t c = 0; c < b->n_chunks; c++) rn_free(b->chunks[c].at);
    rn_free(b->chunks);
    rn_free(b->filling);
  }
  for (int m = 0; m < GROUPS; m++) rn_free(g->room[m]);
  rn_spill_close(g->spill);
  rn_free(g->table);
  rn_free(g);
}

static rn_status prepare(glove *g) {
  const rn_embeddings_options *o = g->options;
  int64_t n = rn_vocab_size(g->text->vocab);
  size_t bytes;
  g->shape = (rn_glove){.dim = o->dim, .width = (o->dim + 2 + 15) / 16 * 16, .lr = (float)o->lr};
  if (!rn_mul_size((size_t)n, (size_t)(4 * g->shape.width) * sizeof(float), &bytes) || !(g->table = rn_alloc_aligned(bytes)))
    return rn_context_fail(g->ctx, RN_ERROR_MEMORY, "out of memory for %lld vectors of %lld numbers", (long long)n, (long long)o->dim);
  for (int k = 0; k < N_BLOCKS; k++)
    if (!(g->blocks[k].filling = rn_alloc(CHUNK * sizeof(rn_glove_pair)))) return no_memory(g->ctx);
  rn_status status = rn_cooccurrence_count(g->ctx, g->text, o->window, o->memory, o->temporary, take_pair, g);
  if (status != RN_OK) return status;
  if (g->n_pairs == 0) return rn_context_fail(g->ctx, RN_ERROR_DATA, "no two words of the text stand in one line: there are no neighbours");
  for (int m = 0; m < GROUPS; m++)
    if (!(g->room[m] = rn_alloc((size_t)g->largest * sizeof(rn_glove_pair)))) return no_memory(g->ctx);
  rn_pool_for(g->ctx->pool, n, draw_row, g);
  return RN_OK;
}

rn_status rn_embeddings_glove_new(rn_context *ctx, const rn_word_ids *text, const rn_embeddings_options *o, rn_embeddings_learner *out) {
  glove *g = rn_alloc_zero(1, sizeof *g);
  if (!g) return no_memory(ctx);
  g->ctx = ctx, g->text = text, g->options = o;
  rn_status status = prepare(g);
  if (status != RN_OK) {
    glove_free(g);
    return status;
  }
  *out = (rn_embeddings_learner){.self = g,
                                 .steps_per_epoch = GROUPS,
                                 .steps_at_once = 1,
                                 .tokens_per_step = (double)g->n_pairs / GROUPS,
                                 .config = {.loss = "squares"},
                                 .advance = advance,
                                 .rate = rate,
                                 .bind = bind,
                                 .release = release,
                                 .free = glove_free};
  return RN_OK;
}
