/* params.c: parameter sets. Values lie in one block, gradients in another of the same layout: optimisers, checkpoints and the global norm
 * see two long vectors. Every parameter begins on a cache line and the padding is zero, so that it changes no norm. */
#include "nn/params.h"
#include "base/alloc.h"
#include "base/map.h"
#include "ops/touched.h"
#include <fnmatch.h>
#include <string.h>

enum { ALIGN = 16 }; /* floats in a cache line */

struct rn_params {
  rn_context *ctx;
  rn_param **at;
  int64_t n, capacity;
  rn_map *index;         /* name -> i */
  int64_t size;          /* floats in a block */
  float *values, *grads; /* blocks; NULL for a set whose values are borrowed */
  float **owned;         /* [n] rn_params_own */
  rn_error error;        /* of the declarations */
  rn_param harmless;
};

rn_params *rn_params_new(rn_context *context) {
  rn_params *p = rn_alloc_zero(1, sizeof *p);
  if (!p) return NULL;
  p->ctx = context;
  p->harmless = (rn_param){.name = "", .tensor = {.rank = 2}};
  p->index = rn_map_new();
  if (!p->index) {
    rn_free(p);
    return NULL;
  }
  return p;
}

void rn_params_free(rn_params *p) {
  if (!p) return;
  for (int64_t i = 0; i < p->n; i++) {
    rn_free((char *)p->at[i]->name);
    rn_free(p->at[i]->touched);
    rn_free(p->at[i]->place);
    rn_free(p->at[i]);
    if (p->owned) rn_free(p->owned[i]);
  }
  rn_free(p->owned);
  rn_free(p->at);
  rn_map_free(p->index);
  rn_free(p->values);
  rn_free(p->grads);
  rn_free(p);
}

void rn_params_fail(rn_params *p, const char *format, ...) {
  va_list args;
  va_start(args, format);
  rn_error_setv(&p->error, RN_ERROR_ARGUMENT, format, args);
  va_end(args);
}

rn_status rn_params_check(rn_params *p) {
  if (p->error.status == RN_OK) return RN_OK;
  return rn_context_fail(p->ctx, p->error.status, "%s", p->error.text);
}

static rn_param *out_of_memory(rn_params *p) {
  rn_error_set(&p->error, RN_ERROR_MEMORY, "out of memory declaring parameters");
  return &p->harmless;
}

/* Elements of a shape; -1 when it is not one that a machine could hold. */
static int64_t count_elements(int rank, const int64_t *shape) {
  int64_t n = 1;
  if (rank < 0 || rank > RN_MAX_RANK) return -1;
  for (int i = 0; i < rank; i++)
    if (shape[i] < 1 || __builtin_mul_overflow(n, shape[i], &n) || n > INT64_MAX / 64) return -1;
  return n;
}

rn_param *rn_params_add(rn_params *p, const char *name, int rank, const int64_t *shape, rn_init init) {
  if (p->error.status != RN_OK) return &p->harmless;
  int64_t n = count_elements(rank, shape);
  if (n < 0) {
    rn_params_fail(p, "parameter %s: its sizes make no sense", name);
    return &p->harmless;
  }
  if (p->n == p->capacity) {
    int64_t capacity = p->capacity ? 2 * p->capacity : 16;
    rn_param **at = rn_realloc(p->at, (size_t)capacity * sizeof *at);
    if (!at) return out_of_memory(p);
    p->at = at;
    p->capacity = capacity;
  }
  bool inserted = false;
  if (!rn_map_insert(p->index, name, strlen(name), p->n, &inserted)) return out_of_memory(p);
  if (!inserted) {
    rn_params_fail(p, "parameter %s is declared twice", name);
    return &p->harmless;
  }
  rn_param *param = rn_alloc_zero(1, sizeof *param);
  char *copy = rn_strdup(name);
  if (!param || !copy) {
    rn_free(param);
    rn_free(copy);
    return out_of_memory(p);
  }
  *param = (rn_param){.name = copy, .tensor = {.rank = rank, .param = param}, .init = init, .offset = p->size};
  memcpy(param->tensor.shape, shape, (size_t)rank * sizeof *shape);
  p->at[p->n++] = param;
  if (__builtin_add_overflow(p->size, (n + ALIGN - 1) / ALIGN * ALIGN, &p->size) || p->size > INT64_MAX / 64)
    rn_params_fail(p, "the parameters do not fit into memory");
  return param;
}

/* A zeroed block in the layout of the set. */
static float *new_block(const rn_params *p) {
  float *block = rn_alloc_aligned((size_t)p->size * sizeof(float) + 64);
  if (block) memset(block, 0, (size_t)p->size * sizeof(float));
  return block;
}

static rn_status no_memory(rn_params *p) {
  return rn_context_fail(p->ctx, RN_ERROR_MEMORY, "out of memory for %lld parameters", (long long)rn_params_elements(p));
}

static rn_status add_gradients(rn_params *p) {
  if (!(p->grads = new_block(p))) return no_memory(p);
  for (int64_t i = 0; i < p->n; i++) {
    rn_param *param = p->at[i];
    param->tensor.grad = p->grads + param->offset;
    param->tensor.needs_grad = !param->frozen;
    if (!param->sparse) continue;
    size_t rows = (size_t)param->tensor.shape[0];
    param->touched = rn_alloc_zero(rows + 1, sizeof *param->touched);
    param->place = rn_alloc_zero(rows, sizeof *param->place);
    if (!param->touched || !param->place) return no_memory(p);
  }
  return RN_OK;
}

rn_status rn_params_build(rn_params *p, uint64_t seed, bool with_grad) {
  rn_status status = rn_params_check(p);
  if (status != RN_OK) return status;
  if (!(p->values = new_block(p))) return no_memory(p);
  for (int64_t i = 0; i < p->n; i++) {
    p->at[i]->tensor.data = p->values + p->at[i]->offset;
    if (!rn_param_draw(p->at[i], seed)) return no_memory(p);
  }
  return with_grad ? add_gradients(p) : RN_OK;
}

void rn_params_borrow(rn_params *p, int64_t i, const float *values) { p->at[i]->tensor.data = (float *)values; }

float *rn_params_own(rn_params *p, int64_t i) {
  if (!p->owned && !(p->owned = rn_alloc_zero((size_t)p->n, sizeof *p->owned))) return NULL;
  if (!p->owned[i]) p->owned[i] = rn_alloc_aligned((size_t)rn_tensor_size(&p->at[i]->tensor) * sizeof(float));
  return p->at[i]->tensor.data = p->owned[i];
}

rn_status rn_params_make_trainable(rn_params *p) {
  if (!p->values) {
    if (!(p->values = new_block(p))) return no_memory(p);
    for (int64_t i = 0; i < p->n; i++) {
      rn_tensor *t = &p->at[i]->tensor;
      memcpy(p->values + p->at[i]->offset, t->data, (size_t)rn_tensor_size(t) * sizeof(float));
      t->data = p->values + p->at[i]->offset;
    }
  }
  return p->grads ? RN_OK : add_gradients(p);
}

int64_t rn_params_count(const rn_params *p) { return p->n; }
int64_t rn_params_size(const rn_params *p) { return p->size; }
rn_param *rn_params_at(const rn_params *p, int64_t i) { return p->at[i]; }
float *rn_params_values(const rn_params *p) { return p->values; }
float *rn_params_grads(const rn_params *p) { return p->grads; }

int64_t rn_params_elements(const rn_params *p) {
  int64_t n = 0;
  for (int64_t i = 0; i < p->n; i++) n += rn_tensor_size(&p->at[i]->tensor);
  return n;
}

rn_param *rn_params_find(const rn_params *p, const char *name) {
  const int64_t *i = rn_map_find(p->index, name, strlen(name));
  return i ? p->at[*i] : NULL;
}

void rn_params_zero_grad(rn_params *p) {
  if (!p->grads) return;
  for (int64_t i = 0; i < p->n; i++) {
    rn_param *param = p->at[i];
    int64_t rows = rn_tensor_rows(&param->tensor), n = param->place && param->n_touched >= 0 ? param->n_touched : rows;
    memset(param->tensor.grad, 0, (size_t)(n * rn_tensor_cols(&param->tensor)) * sizeof(float));
    if (!param->place) continue;
    if (param->n_touched < 0) memset(param->place, 0, (size_t)rows * sizeof *param->place);
    for (int64_t r = 0; r < param->n_touched; r++) param->place[param->touched[r]] = 0;
    param->n_touched = 0;
  }
}

void rn_params_spread_grads(rn_params *p) {
  for (int64_t i = 0; p->grads && i < p->n; i++) rn_param_spread_grad(p->at[i]);
}

void rn_params_freeze(rn_params *p, const char *pattern, int64_t *matched) {
  *matched = 0;
  for (int64_t i = 0; i < p->n; i++) {
    if (fnmatch(pattern, p->at[i]->name, 0) != 0) continue;
    p->at[i]->frozen = true;
    p->at[i]->tensor.needs_grad = false;
    (*matched)++;
  }
}
