/* arena.c: chunks in a row; an allocation moves a mark forward, a reset moves it back to the start. */
#include "base/arena.h"
#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Under AddressSanitizer what is not handed out is poisoned: using memory of the last round is then an error that is seen. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, size) ((void)(p), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(p, size) ((void)(p), (void)(size))
#endif

#define ALIGNMENT 64
#define FIRST_CHUNK ((size_t)64 << 10)

typedef struct chunk {
  char *data;
  size_t size, used;
  size_t before; /* bytes used by the chunks before this one, when it became the current one */
} chunk;

struct rn_arena {
  chunk *chunks;
  size_t n_chunks, capacity;
  size_t current; /* the chunk that allocations come from; those after it are empty */
  size_t peak;    /* the most bytes in use at once since the arena was made: the size of the one chunk after a reset */
};

rn_arena *rn_arena_new(void) { return rn_alloc_zero(1, sizeof(rn_arena)); }

/* Gives back all but the first `used` bytes of a chunk. */
static void chunk_cut(chunk *c, size_t used) {
  ASAN_POISON_MEMORY_REGION(c->data + used, c->size - used);
  c->used = used;
}

static void chunks_free(rn_arena *arena) {
  for (size_t i = 0; i < arena->n_chunks; i++) rn_free(arena->chunks[i].data);
  arena->n_chunks = arena->current = 0;
}

void rn_arena_free(rn_arena *arena) {
  if (!arena) return;
  chunks_free(arena);
  rn_free(arena->chunks);
  rn_free(arena);
}

size_t rn_arena_used(const rn_arena *arena) {
  if (!arena->n_chunks) return 0;
  const chunk *c = &arena->chunks[arena->current];
  return c->before + c->used;
}

static chunk *chunk_add(rn_arena *arena, size_t size) {
  if (arena->n_chunks == arena->capacity) {
    size_t capacity = arena->capacity ? 2 * arena->capacity : 8;
    chunk *chunks = rn_realloc(arena->chunks, capacity * sizeof *chunks);
    if (!chunks) return NULL;
    arena->chunks = chunks;
    arena->capacity = capacity;
  }
  char *data = rn_alloc_aligned(size);
  if (!data) return NULL;
  chunk *c = &arena->chunks[arena->n_chunks++];
  *c = (chunk){.data = data, .size = size};
  chunk_cut(c, 0);
  return c;
}

/* Makes a chunk with room for `size` more bytes the current one: one of the empty ones, else a new one. */
static chunk *chunk_with_room(rn_arena *arena, size_t size) {
  size_t used = rn_arena_used(arena), total = 0;
  for (size_t i = 0; i < arena->n_chunks; i++) {
    chunk *c = &arena->chunks[i];
    total += c->size;
    if (i < arena->current || c->size - c->used < size) continue;
    if (i != arena->current) c->before = used;
    arena->current = i;
    return c;
  }
  /* At least as much again as there is, so that the number of chunks stays logarithmic. */
  size_t wanted = total > FIRST_CHUNK ? total : FIRST_CHUNK;
  chunk *c = chunk_add(arena, size > wanted ? size : wanted);
  if (!c && size < wanted) c = chunk_add(arena, size);
  if (!c) return NULL;
  c->before = used;
  arena->current = arena->n_chunks - 1;
  return c;
}

void *rn_arena_alloc(rn_arena *arena, size_t size) {
  if (size > SIZE_MAX / 2) return NULL;
  size_t wanted = size;
  size = size ? (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1) : ALIGNMENT;
  chunk *c = chunk_with_room(arena, size);
  if (!c) return NULL;
  void *p = c->data + c->used;
  ASAN_UNPOISON_MEMORY_REGION(p, wanted);
  c->used += size;
  if (c->before + c->used > arena->peak) arena->peak = c->before + c->used;
  return p;
}

void *rn_arena_alloc_zero(rn_arena *arena, size_t size) {
  void *p = rn_arena_alloc(arena, size);
  return p ? memset(p, 0, size) : NULL;
}

char *rn_arena_printf(rn_arena *arena, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  char *text = n < 0 ? NULL : rn_arena_alloc(arena, (size_t)n + 1);
  if (text) vsnprintf(text, (size_t)n + 1, format, again);
  va_end(again);
  va_end(args);
  return text;
}

void rn_arena_reset(rn_arena *arena) {
  if (arena->n_chunks > 1) {
    /* The old ones go first: the two together may be more than there is. When even the one does not fit, the arena is empty and
     * grows anew. */
    chunks_free(arena);
    chunk_add(arena, arena->peak);
  }
  if (arena->n_chunks) chunk_cut(&arena->chunks[0], 0);
}

rn_arena_mark rn_arena_save(const rn_arena *arena) {
  if (!arena->n_chunks) return (rn_arena_mark){0, 0};
  return (rn_arena_mark){arena->current, arena->chunks[arena->current].used};
}

void rn_arena_release(rn_arena *arena, rn_arena_mark mark) {
  if (!arena->n_chunks) return;
  for (size_t i = mark.chunk + 1; i <= arena->current; i++) chunk_cut(&arena->chunks[i], 0);
  arena->current = mark.chunk;
  chunk_cut(&arena->chunks[mark.chunk], mark.used);
}
