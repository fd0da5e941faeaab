/* strands.h: DNA as it is, and read on the other strand. */
#ifndef RN_DATA_STRANDS_H
#define RN_DATA_STRANDS_H

#include "tensor/context.h"
#include <rondo/sequences.h>

/* Sequences of bases 0 .. n - 1, and after them, n .. 2 n - 1, the same ones on the other strand, in its own direction; without labels.
 * Nothing of `dna` is needed any more. Free with rn_strands_free. Errors: RN_ERROR_ARGUMENT (no DNA), RN_ERROR_MEMORY. */
rn_status rn_strands_init(rn_context *ctx, const rn_sequences *dna, rn_sequences *out);
void rn_strands_free(rn_sequences *strands);

#endif
