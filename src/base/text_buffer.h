/* text_buffer.h: a growing string. Failure is sticky: after one failed allocation `failed` stays true and appends do nothing. */
#ifndef RN_BASE_TEXT_BUFFER_H
#define RN_BASE_TEXT_BUFFER_H

#include <rondo/base.h>

typedef struct rn_text {
  char *data; /* always NUL-terminated once something was appended; NULL before */
  size_t size, capacity;
  bool failed;
} rn_text;

void rn_text_free(rn_text *t);
void rn_text_clear(rn_text *t);
void rn_text_append(rn_text *t, const void *bytes, size_t n);
void rn_text_puts(rn_text *t, const char *s);
void rn_text_printf(rn_text *t, const char *format, ...) RN_PRINTF(2, 3);

#endif
