/* strands.c: DNA as it is, and read on the other strand.
 *
 * A base is the row of probabilities A C G T; its complement, T for A and G for C, is that row backwards. So the other strand in its own
 * direction is all the numbers of a sequence backwards. */
#include "data/strands.h"
#include "base/alloc.h"
#include <string.h>

rn_status rn_strands_init(rn_context *ctx, const rn_sequences *dna, rn_sequences *out) {
  *out = (rn_sequences){.input = RN_INPUT_DNA, .n_vars = 4};
  if (dna->input != RN_INPUT_DNA || dna->n_vars != 4) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "only DNA has another strand");
  int64_t n = dna->seqs.n_seqs, n_rows = rn_ragged_rows(&dna->seqs), size = 4 * n_rows;
  float *values = rn_alloc_zero((size_t)size, 2 * sizeof *values);
  int64_t *offset = rn_alloc_zero((size_t)(2 * n + 1), sizeof *offset);
  out->values = values;
  out->seqs = (rn_ragged){2 * n, offset};
  if (!values || !offset) {
    rn_strands_free(out);
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the other strand of %lld bases", (long long)n_rows);
  }
  memcpy(values, dna->values, (size_t)size * sizeof *values);
  for (int64_t s = 0; s < n; s++) {
    int64_t first = dna->seqs.offset[s], end = dna->seqs.offset[s + 1];
    offset[s + 1] = end;
    offset[n + s + 1] = n_rows + end;
    for (int64_t k = 4 * first; k < 4 * end; k++) values[size + k] = dna->values[4 * (first + end) - 1 - k];
  }
  return RN_OK;
}

void rn_strands_free(rn_sequences *strands) {
  rn_free((float *)strands->values);
  rn_free((int64_t *)strands->seqs.offset);
  *strands = (rn_sequences){0};
}
