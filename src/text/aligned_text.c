/* aligned_text.c: growing texts with the origin of each byte. */
#include "text/aligned_text.h"
#include "base/alloc.h"
#include "base/utf8.h"

#include <string.h>

rn_aligned rn_aligned_slice(const rn_aligned *t, size_t begin, size_t end) {
  rn_aligned s = {t->data + begin, end - begin, NULL, NULL, t->base + begin};
  if (t->begin) s.begin = t->begin + begin, s.end = t->end + begin;
  return s;
}

void rn_aligned_buffer_free(rn_aligned_buffer *b) {
  rn_free(b->data);
  rn_free(b->begin);
  rn_free(b->end);
  *b = (rn_aligned_buffer){0};
}

rn_aligned rn_aligned_view(const rn_aligned_buffer *b) { return (rn_aligned){b->data, b->size, b->begin, b->end, 0}; }

#define LIMIT(size) ((1u << 20) + 64 * (size))

void rn_aligned_begin_step(rn_aligned_buffer *b, size_t size) {
  b->size = 0;
  b->limit = size < SIZE_MAX / 128 ? LIMIT(size) : SIZE_MAX;
}

rn_status rn_aligned_failed(const rn_aligned_buffer *b, size_t size, rn_error *err) {
  if (!b->too_long) return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for %zu bytes of text", size);
  return rn_error_set(err, RN_ERROR_DATA, "what the tokenizer replaces makes %zu bytes of text longer than %zu", size, b->limit);
}

/* Makes room for n more bytes. */
static bool reserve(rn_aligned_buffer *b, size_t n) {
  if (b->failed) return false;
  b->failed = b->too_long = b->limit && n > b->limit - b->size;
  if (b->failed) return false;
  if (b->capacity - b->size >= n) return true;
  size_t need, bytes, capacity = b->capacity + b->capacity / 2 + 256;
  b->failed = !rn_add_size(b->size, n, &need);
  if (capacity < need) capacity = need;
  b->failed = b->failed || !rn_mul_size(capacity, sizeof *b->begin, &bytes);
  if (b->failed) return false;
  char *data = rn_realloc(b->data, capacity);
  if (data) b->data = data;
  size_t *begin = rn_realloc(b->begin, bytes);
  if (begin) b->begin = begin;
  size_t *end = rn_realloc(b->end, bytes);
  if (end) b->end = end;
  b->failed = !data || !begin || !end;
  if (!b->failed) b->capacity = capacity;
  return !b->failed;
}

void rn_aligned_put(rn_aligned_buffer *b, const char *bytes, size_t n, size_t begin, size_t end) {
  if (!reserve(b, n)) return;
  for (size_t i = 0; i < n; i++) {
    b->data[b->size] = bytes[i];
    b->begin[b->size] = begin;
    b->end[b->size++] = end;
  }
}

void rn_aligned_put_code(rn_aligned_buffer *b, uint32_t code, size_t begin, size_t end) {
  char bytes[4];
  rn_aligned_put(b, bytes, rn_utf8_encode(code, bytes), begin, end);
}

void rn_aligned_copy(rn_aligned_buffer *b, const rn_aligned *from, size_t begin, size_t end) {
  size_t n = end - begin;
  if (n == 0 || !reserve(b, n)) return;
  memcpy(b->data + b->size, from->data + begin, n);
  for (size_t i = 0; i < n; i++) {
    b->begin[b->size + i] = rn_aligned_begin(from, begin + i);
    b->end[b->size + i] = rn_aligned_end(from, begin + i);
  }
  b->size += n;
}

bool rn_ranges_grow(rn_ranges *r) {
  size_t capacity = 2 * r->capacity + 256, bytes;
  rn_range *at = r->failed || !rn_mul_size(capacity, sizeof *at, &bytes) ? NULL : rn_realloc(r->at, bytes);
  r->failed = !at;
  if (!at) return false;
  r->at = at;
  r->capacity = capacity;
  return true;
}
