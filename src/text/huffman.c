/* huffman.c: the shortest binary code for words that come so and so often. */
#include "text/huffman.h"
#include "base/alloc.h"
#include <stdlib.h>

typedef struct leaf {
  int64_t count;
  int32_t word;
} leaf;

static int rarest_first(const void *a, const void *b) {
  const leaf *x = a, *y = b;
  if (x->count != y->count) return x->count < y->count ? -1 : 1;
  return x->word < y->word ? -1 : 1;
}

typedef struct inner {
  int64_t count;
  int32_t parent; /* ~parent: on its other side */
} inner;

/* Joins the two rarest of what is left, n - 1 times. Inner nodes are made by rising counts, so that the rarest is always the first of the
 * sorted leaves or the first of the nodes. above [n]: of each word, as inner.parent. */
static void join(const leaf *leaves, int64_t n, inner *nodes, int32_t *above) {
  int64_t next_leaf = 0, next_node = 0;
  for (int32_t made = 0; made < n - 1; made++) {
    nodes[made] = (inner){0};
    for (int side = 0; side < 2; side++) {
      int32_t place = side ? ~made : made;
      if (next_node == made || (next_leaf < n && leaves[next_leaf].count <= nodes[next_node].count)) {
        above[leaves[next_leaf].word] = place;
        nodes[made].count += leaves[next_leaf++].count;
      } else {
        nodes[next_node].parent = place;
        nodes[made].count += nodes[next_node++].count;
      }
    }
  }
}

static int32_t node_of(int32_t place) { return place < 0 ? ~place : place; }

/* The way down is the way up, backwards; the root is the last node. */
static bool walk(rn_huffman *t, const inner *nodes, const int32_t *above) {
  int32_t root = (int32_t)t->n - 2;
  for (int64_t v = 0; v < t->n; v++) {
    int64_t length = 1;
    for (int32_t at = above[v]; node_of(at) != root; at = nodes[node_of(at)].parent) length++;
    t->offset[v + 1] = t->offset[v] + length;
  }
  if (!(t->step = rn_alloc((size_t)t->offset[t->n] * sizeof *t->step))) return false;
  for (int64_t v = 0; v < t->n; v++) {
    int32_t at = above[v];
    for (int64_t i = t->offset[v + 1] - 1; i >= t->offset[v]; i--) {
      t->step[i] = at;
      at = nodes[node_of(at)].parent;
    }
  }
  return true;
}

bool rn_huffman_init(rn_huffman *t, const int64_t *count, int64_t n) {
  *t = (rn_huffman){.n = n, .offset = rn_alloc_zero((size_t)n + 1, sizeof *t->offset)};
  leaf *leaves = rn_alloc((size_t)n * sizeof *leaves);
  inner *nodes = rn_alloc((size_t)n * sizeof *nodes);
  int32_t *above = rn_alloc((size_t)n * sizeof *above);
  bool ok = t->offset && leaves && nodes && above;
  for (int64_t v = 0; ok && v < n; v++) leaves[v] = (leaf){count[v], (int32_t)v};
  if (ok) {
    qsort(leaves, (size_t)n, sizeof *leaves, rarest_first);
    join(leaves, n, nodes, above);
    ok = walk(t, nodes, above);
  }
  rn_free(leaves);
  rn_free(nodes);
  rn_free(above);
  if (!ok) rn_huffman_free(t);
  return ok;
}

void rn_huffman_free(rn_huffman *t) {
  rn_free(t->offset);
  rn_free(t->step);
  *t = (rn_huffman){0};
}
