/* text_buffer.c: a growing string. */
#include "base/text_buffer.h"
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void rn_text_free(rn_text *t) {
  rn_free(t->data);
  *t = (rn_text){0};
}

void rn_text_clear(rn_text *t) {
  t->size = 0;
  if (t->data) t->data[0] = '\0';
}

/* Room for n more bytes and the NUL. */
static bool reserve(rn_text *t, size_t n) {
  size_t need;
  if (t->failed) return false;
  if (!rn_add_size(t->size, n, &need) || !rn_add_size(need, 1, &need)) return !(t->failed = true);
  if (need <= t->capacity) return true;
  size_t capacity = t->capacity > SIZE_MAX / 2 ? SIZE_MAX : 2 * t->capacity;
  if (capacity < need) capacity = need;
  if (capacity < 64) capacity = 64;
  char *data = rn_realloc(t->data, capacity);
  if (!data) return !(t->failed = true);
  t->data = data;
  t->capacity = capacity;
  return true;
}

void rn_text_append(rn_text *t, const void *bytes, size_t n) {
  if (!reserve(t, n)) return;
  if (n) memcpy(t->data + t->size, bytes, n);
  t->size += n;
  t->data[t->size] = '\0';
}

void rn_text_puts(rn_text *t, const char *s) { rn_text_append(t, s, strlen(s)); }

void rn_text_printf(rn_text *t, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  if (n < 0) t->failed = true;
  else if (reserve(t, (size_t)n)) {
    vsnprintf(t->data + t->size, (size_t)n + 1, format, again);
    t->size += (size_t)n;
  }
  va_end(again);
  va_end(args);
}
