/* cpu_piece.h: a block of scratch handed out piece by piece. The code that lays it out also says how large it must be. */
#ifndef RN_KERNELS_CPU_PIECE_H
#define RN_KERNELS_CPU_PIECE_H

#include <stddef.h>
#include <stdint.h>

/* Pieces are 64-byte aligned; with base NULL they are only counted. */
typedef struct piece { char *base; size_t used; } piece;
static inline void *take(piece *p, int64_t count, size_t size) {
  size_t at = p->used;
  p->used += ((size_t)count * size + 63) / 64 * 64;
  return p->base ? p->base + at : NULL;
}
static inline float *take_floats(piece *p, int64_t count) { return take(p, count, sizeof(float)); }
static inline int32_t *take_ints(piece *p, int64_t count) { return take(p, count, sizeof(int32_t)); }

#endif
