/* aligned_text.h: a text on its way through normalization, and where each of its bytes comes from. */
#ifndef RN_TEXT_ALIGNED_TEXT_H
#define RN_TEXT_ALIGNED_TEXT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Byte i stands for the bytes [begin[i], end[i]) of the original text; where begin is NULL, for [base + i, base + i + 1). */
typedef struct rn_aligned {
  const char *data;
  size_t size;
  const size_t *begin, *end;
  size_t base;
} rn_aligned;

static inline size_t rn_aligned_begin(const rn_aligned *t, size_t i) { return t->begin ? t->begin[i] : t->base + i; }
static inline size_t rn_aligned_end(const rn_aligned *t, size_t i) { return t->begin ? t->end[i] : t->base + i + 1; }
rn_aligned rn_aligned_slice(const rn_aligned *t, size_t begin, size_t end);

/* Where a step writes its text. Failure is sticky: after one failed allocation, or beyond the limit, appends do nothing. */
typedef struct rn_aligned_buffer {
  char *data;
  size_t *begin, *end;
  size_t size, capacity;
  size_t limit; /* of size; 0: none */
  bool failed, too_long;
} rn_aligned_buffer;

/* Empties it for what a step makes of a text of `size` bytes. The files that steps come from are not trusted: a few replacements of a
 * letter by a thousand would fill any memory, and so there is a limit, far beyond what normalization does to any text. */
void rn_aligned_begin_step(rn_aligned_buffer *b, size_t size);
/* What to say of a buffer that failed. */
rn_status rn_aligned_failed(const rn_aligned_buffer *b, size_t size, rn_error *err);

void rn_aligned_buffer_free(rn_aligned_buffer *b);
rn_aligned rn_aligned_view(const rn_aligned_buffer *b);
/* Appends n bytes, each of which stands for [begin, end). */
void rn_aligned_put(rn_aligned_buffer *b, const char *bytes, size_t n, size_t begin, size_t end);
void rn_aligned_put_code(rn_aligned_buffer *b, uint32_t code, size_t begin, size_t end);
/* Appends the bytes [begin, end) of another text with their alignment. */
void rn_aligned_copy(rn_aligned_buffer *b, const rn_aligned *from, size_t begin, size_t end);

/* Parts of a text, in order. */
typedef struct rn_range {
  size_t begin, end;
} rn_range;
typedef struct rn_ranges {
  rn_range *at;
  size_t n, capacity;
  bool failed;
} rn_ranges;
bool rn_ranges_grow(rn_ranges *r);
static inline void rn_ranges_push(rn_ranges *r, size_t begin, size_t end) {
  if (r->n == r->capacity && !rn_ranges_grow(r)) return;
  r->at[r->n++] = (rn_range){begin, end};
}

#endif
