/* huffman.h: the shortest binary code for words that come so and so often.                            Huffman 1952, Morin & Bengio 2005 */
#ifndef RN_TEXT_HUFFMAN_H
#define RN_TEXT_HUFFMAN_H

#include <stdbool.h>
#include <stdint.h>

/* The n words are the leaves of a tree with n - 1 inner nodes. The way of word v from the root to its leaf is
 * step[offset[v]] .. step[offset[v + 1] - 1]: node where it turns to one side, ~node where it turns to the other. */
typedef struct rn_huffman {
  int64_t n;
  int64_t *offset; /* [n + 1] */
  int32_t *step;
} rn_huffman;

/* Of n >= 2 counts, in any order. False when out of memory. Free with rn_huffman_free, which leaves zeros. */
bool rn_huffman_init(rn_huffman *tree, const int64_t *count, int64_t n);
void rn_huffman_free(rn_huffman *tree);

#endif
