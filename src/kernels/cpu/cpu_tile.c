/* cpu_tile.c: the tile of cpu_tile.h compiled for every size. */
#include "kernels/cpu/cpu_tile.h"

#define TILE(mr, nv) \
  case mr * 4 + nv: tile_sized(t, mr, nv); break;
#define TILES(mr) TILE(mr, 1) TILE(mr, 2) TILE(mr, 3)

void RN_K(tile)(const rn_tile *t, int mr, int nv) {
  switch (mr * 4 + nv) {
    TILES(1)
    TILES(2)
    TILES(3)
    TILES(4)
#if RN_MR == 8
    TILES(5)
    TILES(6)
    TILES(7)
    TILES(8)
#endif
  }
}
