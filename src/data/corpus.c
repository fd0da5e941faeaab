/* corpus.c: a whole text file in memory. It is used where it lies in the mapping; only text with CRLF line ends is copied. */
#define _GNU_SOURCE /* memmem */
#include "base/alloc.h"
#include "base/file.h"
#include "base/utf8.h"
#include "tensor/context.h"
#include <rondo/data.h>
#include <string.h>

typedef struct owner {
  rn_bytes file;
  char *copy;
} owner;

/* Drops the CR of every CRLF; returns how many there were. */
static int64_t drop_returns(char *text, size_t *size) {
  size_t written = 0;
  for (size_t i = 0; i < *size; i++)
    if (!(text[i] == '\r' && i + 1 < *size && text[i + 1] == '\n')) text[written++] = text[i];
  int64_t n = (int64_t)(*size - written);
  *size = written;
  return n;
}

static rn_status read_lines(rn_context *ctx, const char *name, owner *own, rn_corpus *out) {
  if (!memmem(out->text, out->size, "\r\n", 2)) return RN_OK;
  if (!(own->copy = rn_alloc(out->size))) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %s", name);
  memcpy(own->copy, out->text, out->size);
  int64_t n = drop_returns(own->copy, &out->size);
  out->text = own->copy;
  rn_context_log(ctx, RN_LOG_WARNING, "%s: %lld CRLF line ends are read as LF", name, (long long)n);
  return RN_OK;
}

rn_status rn_corpus_open(rn_context *ctx, const char *path, rn_corpus *out) {
  const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
  *out = (rn_corpus){0};
  owner *own = rn_alloc_zero(1, sizeof *own);
  if (!own) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %s", name);
  rn_error error = {0};
  rn_status status = rn_bytes_open(path, 0, &own->file, &error);
  if (status != RN_OK) {
    rn_free(own);
    return rn_context_fail(ctx, status, "%s", error.text);
  }
  *out = (rn_corpus){.text = own->file.data, .size = own->file.size, .hash = rn_hash(own->file.data, own->file.size), .owner = own};
  if (out->size >= 3 && memcmp(out->text, "\xef\xbb\xbf", 3) == 0) {
    out->text += 3;
    out->size -= 3;
    rn_context_log(ctx, RN_LOG_WARNING, "%s: a byte order mark at its beginning is skipped", name);
  }
  if (out->size == 0) status = rn_context_fail(ctx, RN_ERROR_DATA, "%s: the file is empty", name);
  if (status == RN_OK) status = read_lines(ctx, name, own, out);
  if (status != RN_OK) {
    rn_corpus_close(out);
    return status;
  }
  size_t first = 0;
  int64_t bad = rn_utf8_count_bad(out->text, out->size, &first);
  if (bad > 0) {
    int64_t line, column;
    rn_utf8_place(out->text, out->text + first, &line, &column);
    rn_context_log(ctx, RN_LOG_WARNING, "%s:%lld:%lld: not UTF-8, the first of %lld such parts: each is read as U+FFFD", name,
                   (long long)line, (long long)column, (long long)bad);
  }
  return RN_OK;
}

void rn_corpus_close(rn_corpus *corpus) {
  owner *own = corpus->owner;
  if (own) {
    rn_free(own->copy);
    rn_bytes_close(&own->file);
    rn_free(own);
  }
  *corpus = (rn_corpus){0};
}
