/* alias.h: drawing from a list of weights in constant time.                                                     Walker 1977, Vose 1991 */
#ifndef RN_BASE_ALIAS_H
#define RN_BASE_ALIAS_H

#include <stdbool.h>
#include <stdint.h>

/* n equal boxes, each shared by its own number and one other. */
typedef struct rn_alias {
  int64_t n;
  struct rn_alias_box {
    uint32_t own; /* share of the box that is its own number's, of 2^32 */
    int32_t other;
  } * box;
} rn_alias;

/* Of weights >= 0 with a sum above 0, n at most 2^31 - 1. False when out of memory. Free with rn_alias_free, which leaves zeros. */
bool rn_alias_init(rn_alias *alias, const double *weights, int64_t n);
void rn_alias_free(rn_alias *alias);

/* What a random word of 32 bits draws: the high bits of word * n choose the box and the low bits, which are uniform to one in 2^32 / n,
 * the side. */
static inline int32_t rn_alias_draw(const rn_alias *alias, uint32_t word) {
  uint64_t product = (uint64_t)word * (uint64_t)alias->n;
  const struct rn_alias_box *box = &alias->box[product >> 32];
  return (uint32_t)product <= box->own ? (int32_t)(product >> 32) : box->other;
}

#endif
