/* sequences.h: what each kind of input fills of rn_sequences. Every array is in the memory of the reading that owns them. */
#ifndef RN_DATA_SEQUENCES_H
#define RN_DATA_SEQUENCES_H

#include "data/reading.h"
#include <rondo/sequences.h>

/* Texts to words, and paths of NPY files to frames. On failure `out` is to be freed as well. */
rn_status rn_sequences_words(rn_context *ctx, const char *path, const rn_sequences_options *o, rn_sequences *out);
rn_status rn_sequences_frames(rn_context *ctx, const char *path, const rn_sequences_options *o, rn_sequences *out);

/* Labelled texts as sequences of nothing yet: texts, lines, labels. */
void rn_sequences_of_labelled(const rn_labelled *l, rn_sequences *out);
/* Sequences pick[0 .. n) of `all`, with the arrays of their rows in the memory of r, which becomes the owner. */
void rn_sequences_gather(rn_reading *r, const rn_sequences *all, const int64_t *pick, int64_t n, rn_sequences *out);
/* At the end of reading: as rn_reading_end; then those without a row, which have been told, are left out. */
rn_status rn_sequences_end(rn_reading *r, rn_sequences *out);

#endif
