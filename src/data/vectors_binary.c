/* vectors_binary.c: word2vec's binary format:
 *
 *     "WORDS WIDTH\n" | word ' ' float .. float ['\n'] | word ' ' ..                      little-endian floats of 32 bits */
#include "base/cursor.h"
#include "base/file.h"
#include "data/vectors.h"
#include "tensor/context.h"
#include <math.h>
#include <string.h>

#define MAX_HEADER ((size_t)64)
#define MAX_WORD ((size_t)1 << 20)

typedef struct source {
  rn_context *ctx;
  const char *path;
  rn_cursor c;
  int64_t n; /* words, by the header */
} source;

/* Whatever is wrong, with the number of the word and its first byte. */
static rn_status fail_at(const source *s, int64_t i, size_t byte, const char *what) {
  return rn_context_fail(s->ctx, RN_ERROR_DATA, "%s: word %lld of %lld, at byte %zu: %s", s->path, (long long)i + 1, (long long)s->n, byte,
                         what);
}

static rn_status read_header(source *s, rn_vector_table *t) {
  const char *text = (const char *)s->c.data, *newline = memchr(text, '\n', s->c.size < MAX_HEADER ? s->c.size : MAX_HEADER);
  if (s->c.size >= 4 && memcmp(text, "\xba\x16\x4f\x2f", 4) == 0)
    return rn_context_fail(s->ctx, RN_ERROR_DATA, "%s: a fastText model, not word2vec's binary vectors; use its .vec file", s->path);
  if (!newline || !rn_vectors_header((rn_string){text, (size_t)(newline - text)}, &s->n, &t->dim))
    return rn_context_fail(s->ctx, RN_ERROR_DATA, "%s: not word2vec's binary vectors: expected a first line \"WORDS WIDTH\"", s->path);
  rn_cursor_take(&s->c, (size_t)(newline - text) + 1);
  /* A word has a byte at least, and a blank. */
  if ((uint64_t)s->n > rn_cursor_left(&s->c) / ((size_t)t->dim * sizeof(float) + 2))
    return rn_context_fail(s->ctx, RN_ERROR_DATA, "%s: cut short: %zu bytes are too few for %lld words of %lld numbers", s->path, s->c.size,
                           (long long)s->n, (long long)t->dim);
  return RN_OK;
}

static void skip_newlines(rn_cursor *c) {
  while (rn_cursor_left(c) && c->data[c->at] == '\n' && rn_cursor_take(c, 1)) continue;
}

/* One word and its vector; *bad says what is wrong with them where the next one can still be read. */
static rn_status read_word(source *s, int64_t i, const rn_vectors_options *o, rn_vector_table *t, const char **bad) {
  rn_cursor *c = &s->c;
  skip_newlines(c);
  size_t begin = c->at, left = rn_cursor_left(c);
  const char *text = (const char *)c->data + begin, *blank = memchr(text, ' ', left < MAX_WORD ? left : MAX_WORD);
  if (!blank) return fail_at(s, i, begin, left < MAX_WORD ? "the file ends in the middle of it" : "no blank after it");
  rn_string word = {text, (size_t)(blank - text)};
  rn_cursor_take(c, word.size + 1);
  const void *numbers = rn_cursor_take(c, (size_t)t->dim * sizeof(float));
  if (!numbers) return fail_at(s, i, begin, "the file ends in the middle of its vector");
  if (!rn_vector_wanted(o, word)) return RN_OK;
  if (!word.size || rn_vector_known(t, word)) {
    *bad = word.size ? "it has a vector already" : "it is empty";
    return o->skip_bad ? RN_OK : fail_at(s, i, begin, *bad);
  }
  float *vector = rn_vector_room(t);
  if (!vector) return rn_context_fail(s->ctx, RN_ERROR_MEMORY, "out of memory for %s", s->path);
  rn_cursor v = rn_cursor_init(numbers, (size_t)t->dim * sizeof(float));
  for (int64_t k = 0; k < t->dim; k++)
    if (!isfinite(vector[k] = rn_cursor_f32(&v))) *bad = "its vector is not finite";
  if (*bad) return o->skip_bad ? RN_OK : fail_at(s, i, begin, *bad);
  return rn_vector_add(t, word) ? RN_OK : rn_context_fail(s->ctx, RN_ERROR_MEMORY, "out of memory for %s", s->path);
}

static rn_status read_words(source *s, const rn_vectors_options *o, rn_vector_table *t) {
  rn_status status = read_header(s, t);
  for (int64_t i = 0; status == RN_OK && i < s->n; i++) {
    const char *bad = NULL;
    status = read_word(s, i, o, t, &bad);
    t->n_in_file++;
    t->n_bad += bad != NULL;
  }
  skip_newlines(&s->c);
  if (status == RN_OK && rn_cursor_left(&s->c))
    status = rn_context_fail(s->ctx, RN_ERROR_DATA, "%s: %zu bytes after its %lld words", s->path, rn_cursor_left(&s->c), (long long)s->n);
  if (status == RN_OK && t->n_bad) rn_context_log(s->ctx, RN_LOG_WARNING, "%s: %lld bad words are left out", s->path, (long long)t->n_bad);
  return status;
}

rn_status rn_vectors_read_binary(rn_context *ctx, const char *path, const rn_vectors_options *o, rn_vector_table *t, uint64_t *hash) {
  rn_bytes file;
  rn_error error = {0};
  rn_status status = rn_bytes_open(path, 0, &file, &error);
  if (status != RN_OK) return rn_context_fail(ctx, status, "%s", error.text);
  *hash = rn_hash(file.data, file.size);
  source s = {.ctx = ctx, .path = path, .c = rn_cursor_init(file.data, file.size)};
  status = read_words(&s, o, t);
  rn_bytes_close(&file);
  return status;
}
