/* ngram_sort.c: the rows are dealt into parts by their first key, and each part, which a cache holds, is sorted by counting digits from the
 * least significant to the most (radix sort). Words are Zipf's: the parts are cut by how many rows a key has, not by its value. */
#include "data/ngram_sort.h"
#include "base/alloc.h"
#include <string.h>

enum { MAX_PARTS = 256, MIN_PART = 1 << 14, DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS };

typedef struct sorter {
  uint32_t *rows, *scratch;
  int width, keys;
  int n_digits; /* of a key */
  int64_t begin[MAX_PARTS + 1];
} sorter;

static inline void copy_row(uint32_t *to, const uint32_t *from, int width) {
  for (int k = 0; k < width; k++) to[k] = from[k];
}

/* One digit of one key, from `from` to `to`. False, with nothing done, where it is the same in all rows. */
static bool sort_by_digit(const uint32_t *from, uint32_t *to, int64_t n, int width, int key, int shift) {
  int64_t at[DIGITS] = {0}, sum = 0;
  for (int64_t i = 0; i < n; i++) at[from[i * width + key] >> shift & (DIGITS - 1)]++;
  if (at[from[key] >> shift & (DIGITS - 1)] == n) return false;
  for (int d = 0; d < DIGITS; d++) {
    int64_t count = at[d];
    at[d] = sum;
    sum += count;
  }
  for (int64_t i = 0; i < n; i++) {
    const uint32_t *row = from + i * width;
    copy_row(to + at[row[key] >> shift & (DIGITS - 1)]++ * width, row, width);
  }
  return true;
}

/* A part lies in `scratch`, where dealing has left it, and ends in `rows`. */
static void sort_part(void *arg, int64_t part) {
  sorter *s = arg;
  int64_t n = s->begin[part + 1] - s->begin[part], at = s->begin[part] * s->width;
  uint32_t *from = s->scratch + at, *to = s->rows + at;
  for (int key = s->keys - 1; n > 0 && key >= 0; key--) {
    for (int digit = 0; digit < s->n_digits; digit++) {
      if (!sort_by_digit(from, to, n, s->width, key, digit * DIGIT_BITS)) continue;
      uint32_t *swap = from;
      from = to;
      to = swap;
    }
  }
  if (n > 0 && from != s->rows + at) memcpy(s->rows + at, from, (size_t)(n * s->width) * sizeof *from);
}

/* Moves each row to its part in `scratch`. first [max + 1]: at the end the part of each key. Returns the number of parts. */
static int deal(sorter *s, int64_t n, uint32_t *first, uint32_t max) {
  int64_t at[MAX_PARTS], size = n / MAX_PARTS > MIN_PART ? n / MAX_PARTS : MIN_PART, before = 0;
  int part = 0;
  for (int64_t i = 0; i < n; i++) first[s->rows[i * s->width]]++;
  s->begin[0] = 0;
  for (int64_t key = 0; key <= max; key++) {
    int64_t count = first[key];
    if (before - s->begin[part] >= size && part + 1 < MAX_PARTS) s->begin[++part] = before;
    first[key] = (uint32_t)part;
    before += count;
  }
  s->begin[part + 1] = n;
  memcpy(at, s->begin, sizeof at);
  for (int64_t i = 0; i < n; i++) {
    const uint32_t *row = s->rows + i * s->width;
    copy_row(s->scratch + at[first[row[0]]]++ * s->width, row, s->width);
  }
  return part + 1;
}

bool rn_ngram_sort(rn_pool *pool, uint32_t *rows, uint32_t *scratch, int64_t n, int width, int keys, uint32_t max) {
  sorter s = {.rows = rows, .scratch = scratch, .width = width, .keys = keys, .n_digits = 1};
  while (s.n_digits * DIGIT_BITS < 32 && max >> (s.n_digits * DIGIT_BITS)) s.n_digits++;
  uint32_t *first = rn_alloc_zero((size_t)max + 1, sizeof *first);
  if (!first) return false;
  int n_parts = deal(&s, n, first, max);
  rn_free(first);
  rn_pool_for(pool, n_parts, sort_part, &s);
  return true;
}
