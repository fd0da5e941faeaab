/* embeddings_parts.c: tables cut into parts by columns. */
#include "base/alloc.h"
#include "tasks/embeddings_learner.h"
#include <string.h>

enum { PART = 48, FILL = 8 };

rn_status rn_vector_parts_init(rn_context *ctx, rn_vector_parts *t, int64_t n, int64_t dim) {
  int64_t n_parts = dim / PART > 1 ? dim / PART : 1, part = (dim + n_parts - 1) / n_parts;
  *t = (rn_vector_parts){.n = n, .dim = dim, .n_parts = (dim + part - 1) / part, .part = part, .width = (part + FILL - 1) / FILL * FILL};
  size_t bytes;
  if (rn_mul_size((size_t)n, (size_t)(t->n_parts * t->width) * sizeof(float), &bytes)) t->at = rn_alloc_aligned(bytes);
  if (!t->at) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld vectors of %lld numbers", (long long)n, (long long)dim);
  memset(t->at, 0, bytes);
  return RN_OK;
}

/* Columns first .. first + *n - 1 of a row, which part p has. */
static float *piece_of(const rn_vector_parts *t, int64_t row, int64_t p, int64_t *first, int64_t *n) {
  *first = p * t->part;
  *n = t->dim - *first < t->part ? t->dim - *first : t->part;
  return t->at + (p * t->n + row) * t->width;
}

void rn_vector_parts_get(const rn_vector_parts *t, int64_t row, float *out) {
  for (int64_t p = 0, first, n; p < t->n_parts; p++) {
    const float *from = piece_of(t, row, p, &first, &n);
    memcpy(out + first, from, (size_t)n * sizeof(float));
  }
}

void rn_vector_parts_set(rn_vector_parts *t, int64_t row, const float *values) {
  for (int64_t p = 0, first, n; p < t->n_parts; p++) {
    float *to = piece_of(t, row, p, &first, &n);
    memcpy(to, values + first, (size_t)n * sizeof(float));
  }
}

float *rn_vector_parts_dense(const rn_vector_parts *t) {
  float *out = rn_alloc((size_t)t->n * (size_t)t->dim * sizeof(float)); /* no more than there is already */
  for (int64_t row = 0; out && row < t->n; row++) rn_vector_parts_get(t, row, out + row * t->dim);
  return out;
}
