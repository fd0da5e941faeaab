/* arena.h: memory that is given back all at once. Grows by chunks; after a reset it is one chunk as large as everything the last
 * round needed, so that a second round of the same shape allocates nothing. */
#ifndef RN_BASE_ARENA_H
#define RN_BASE_ARENA_H

#include <stddef.h>

typedef struct rn_arena rn_arena;

rn_arena *rn_arena_new(void); /* NULL when out of memory */
void rn_arena_free(rn_arena *arena);
void *rn_arena_alloc(rn_arena *arena, size_t size); /* 64-byte aligned, uninitialised; NULL when out of memory */
void *rn_arena_alloc_zero(rn_arena *arena, size_t size);
char *rn_arena_printf(rn_arena *arena, const char *format, ...);
void rn_arena_reset(rn_arena *arena);
size_t rn_arena_used(const rn_arena *arena); /* bytes handed out since the last reset */

/* Scratch inside a round: everything allocated after the mark is given back by the release (marks nest). */
typedef struct rn_arena_mark { size_t chunk, used; } rn_arena_mark;
rn_arena_mark rn_arena_save(const rn_arena *arena);
void rn_arena_release(rn_arena *arena, rn_arena_mark mark);

#endif
