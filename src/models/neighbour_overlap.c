/* neighbour_overlap.c: how many neighbours stay neighbours (quantize.h). */
#include <rondo/neighbours.h>
#include <rondo/quantize.h>

#include "base/alloc.h"
#include "tensor/context.h"
#include <string.h>

rn_status rn_neighbour_overlap(rn_context *ctx, int64_t n, int64_t dim, const float *rows, const float *after, int64_t k, int64_t most,
                               double *overlap) {
  int64_t m = n < most ? n : most, asked = k + 1; /* a row is its own nearest */
  float *query = rn_alloc_aligned((size_t)m * (size_t)dim * sizeof *query), *score = rn_alloc_aligned((size_t)(m * asked) * sizeof *score);
  int64_t *near[2] = {rn_alloc_aligned((size_t)(m * asked) * sizeof **near), rn_alloc_aligned((size_t)(m * asked) * sizeof **near)};
  rn_status status = query && score && near[0] && near[1] ? RN_OK : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for neighbours");
  for (int which = 0; status == RN_OK && which < 2; which++) {
    const float *from = which ? after : rows;
    for (int64_t i = 0; i < m; i++) memcpy(query + i * dim, from + i * n / m * dim, (size_t)dim * sizeof *query);
    status = rn_neighbours(ctx, RN_NEAR_COSINE, n, dim, from, m, query, asked, near[which], score);
  }
  int64_t same = 0, all = 0;
  for (int64_t i = 0; status == RN_OK && i < m; i++)
    for (int64_t a = 0; a < asked; a++) {
      int64_t row = near[0][i * asked + a];
      if (row < 0 || row == i * n / m) continue;
      all++;
      for (int64_t b = 0; b < asked; b++) same += near[1][i * asked + b] == row;
    }
  *overlap = all ? (double)same / (double)all : 1;
  rn_free(query);
  rn_free(score);
  rn_free(near[0]);
  rn_free(near[1]);
  return status;
}
