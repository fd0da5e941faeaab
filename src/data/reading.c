/* reading.c: a labelled file line by line, and the list of what is wrong in it. */
#include "data/reading.h"
#include "base/alloc.h"
#include "base/utf8.h"
#include "tensor/context.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROOM ((size_t)64 << 10)

rn_reading *rn_reading_new(rn_context *ctx, const char *path, bool skip_bad) {
  rn_reading *r = rn_alloc_zero(1, sizeof *r);
  rn_arena *arena = rn_arena_new();
  const char *name = arena ? rn_arena_printf(arena, "%s", strcmp(path, "-") == 0 ? "standard input" : path) : NULL;
  if (!r || !name) {
    rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %s", path);
    rn_arena_free(arena);
    rn_free(r);
    return NULL;
  }
  *r = (rn_reading){.ctx = ctx, .name = name, .arena = arena, .skip_bad = skip_bad};
  return r;
}

rn_reading *rn_reading_open(rn_context *ctx, const char *path, bool skip_bad) {
  rn_reading *r = rn_reading_new(ctx, path, skip_bad);
  if (!r) return NULL;
  if (rn_corpus_open(ctx, path, &r->corpus) != RN_OK) {
    rn_reading_free(r);
    return NULL;
  }
  r->next = r->corpus.text;
  return r;
}

void rn_reading_free(rn_reading *r) {
  if (!r) return;
  rn_corpus_close(&r->corpus);
  rn_arena_free(r->arena);
  rn_free(r);
}

bool rn_reading_next(rn_reading *r) {
  const char *end = r->corpus.text + r->corpus.size;
  if (r->next == end || r->no_memory || (!r->skip_bad && r->n_bad == RN_MAX_BAD_LINES)) return false;
  const char *newline = memchr(r->next, '\n', (size_t)(end - r->next));
  r->line = (rn_string){r->next, (size_t)((newline ? newline : end) - r->next)};
  r->next = newline ? newline + 1 : end;
  r->line_number++;
  return true;
}

void *rn_reading_array(rn_reading *r, size_t count, size_t size) {
  size_t bytes;
  void *p = rn_mul_size(count, size, &bytes) ? rn_arena_alloc(r->arena, bytes) : NULL;
  if (!p) r->no_memory = true;
  return p;
}

rn_string rn_reading_keep(rn_reading *r, const char *bytes, size_t size) {
  if (size > r->room_left) {
    size_t room = size > ROOM / 4 ? size : ROOM; /* a long one gets its own */
    char *p = rn_reading_array(r, room, 1);
    if (!p) return (rn_string){"", 0};
    if (room == size) return (rn_string){memcpy(p, bytes, size), size};
    r->room = p;
    r->room_left = room;
  }
  rn_string kept = {r->room, size};
  if (size) memcpy(r->room, bytes, size);
  r->room += size;
  r->room_left -= size;
  return kept;
}

/* Of a place in the text; of another, the current line. */
static void place_of(const rn_reading *r, const char *where, int64_t *line, int64_t *column) {
  bool inside = where >= r->corpus.text && where <= r->corpus.text + r->corpus.size;
  *line = r->line_number;
  *column = 1;
  if (inside) rn_utf8_place(r->corpus.text, where, line, column);
}

void rn_reading_bad(rn_reading *r, const char *where, const char *format, ...) {
  int64_t line, column;
  if (r->n_bad++ >= RN_MAX_BAD_LINES) return;
  place_of(r, where, &line, &column);
  va_list args;
  va_start(args, format);
  char words[256];
  vsnprintf(words, sizeof words, format, args);
  va_end(args);
  char *text = rn_arena_printf(r->arena, "%s:%lld:%lld: %s", r->name, (long long)line, (long long)column, words);
  if (!text) r->no_memory = true;
  else r->bad[r->n_bad - 1] = (rn_string){text, strlen(text)};
}

/* The words about all bad lines, whole lines of them, as many as an error holds. */
static rn_status fail_bad(rn_reading *r) {
  char all[sizeof r->ctx->error.text];
  size_t at = 0;
  int64_t told = 0;
  for (; told < r->n_bad && told < RN_MAX_BAD_LINES && at + r->bad[told].size + 32 < sizeof all; told++)
    at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", told ? "\n" : "", r->bad[told].data);
  if (told < r->n_bad) snprintf(all + at, sizeof all - at, "\nand %lld more", (long long)(r->n_bad - told));
  return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s", all);
}

rn_status rn_reading_end(rn_reading *r) {
  if (r->no_memory) return rn_context_fail(r->ctx, RN_ERROR_MEMORY, "out of memory for %s", r->name);
  if (!r->n_bad) return RN_OK;
  if (!r->skip_bad) return fail_bad(r);
  for (int64_t i = 0; i < r->n_bad && i < RN_MAX_BAD_LINES; i++) rn_context_log(r->ctx, RN_LOG_WARNING, "%s", r->bad[i].data);
  rn_context_log(r->ctx, RN_LOG_WARNING, "%s: %lld bad lines are left out", r->name, (long long)r->n_bad);
  return RN_OK;
}

size_t rn_reading_count(const rn_reading *r, const char *set) {
  bool counts[256] = {['\n'] = true};
  for (; *set; set++) counts[(unsigned char)*set] = true;
  size_t n = 1; /* a last line without its newline */
  for (size_t i = 0; i < r->corpus.size; i++) n += counts[(unsigned char)r->corpus.text[i]];
  return n;
}

void rn_strings_push(rn_reading *r, rn_strings *list, rn_string s) {
  if (list->n == list->capacity) {
    int64_t capacity = list->capacity ? 2 * list->capacity : 16;
    rn_string *at = rn_reading_array(r, (size_t)capacity, sizeof *at);
    if (!at) return;
    if (list->n) memcpy(at, list->at, (size_t)list->n * sizeof *at);
    *list = (rn_strings){at, list->n, capacity};
  }
  list->at[list->n++] = s;
}

bool rn_column_number(const char *text, int64_t n_columns, int64_t *column) {
  char *end;
  long n = strtol(text, &end, 10);
  if (!*text || *end || n == 0 || labs(n) > n_columns) return false;
  *column = n > 0 ? n - 1 : n_columns + n;
  return true;
}

bool rn_path_ends(const char *path, const char *extension) {
  size_t size = strlen(path), n = strlen(extension);
  if (size > 3 && strcasecmp(path + size - 3, ".gz") == 0) size -= 3;
  else if (size > 4 && strcasecmp(path + size - 4, ".zst") == 0) size -= 4;
  return size >= n && strncasecmp(path + size - n, extension, n) == 0;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

rn_string rn_string_trim(rn_string s) {
  while (s.size && is_blank(s.data[0])) s.data++, s.size--;
  while (s.size && is_blank(s.data[s.size - 1])) s.size--;
  return s;
}

int rn_string_shown(rn_string s) {
  size_t n = s.size < 40 ? s.size : 40;
  while (n > 0 && n < s.size && ((unsigned char)s.data[n] & 0xc0) == 0x80) n--;
  return (int)n;
}

bool rn_string_is(rn_string s, const char *word) { return s.size == strlen(word) && memcmp(s.data, word, s.size) == 0; }
