/* charsmap.h: SentencePiece's table of replacements ("precompiled_charsmap"): a double-array trie from the UTF-8 of what is replaced to a
 * place in a block of NUL-terminated replacements. */
#ifndef RN_TEXT_CHARSMAP_H
#define RN_TEXT_CHARSMAP_H

#include "base/error.h"

typedef struct rn_charsmap rn_charsmap;

/* From its bytes, which are copied: [u32 size of the trie][the trie's u32 units][replacements]. Errors: RN_ERROR_DATA, RN_ERROR_MEMORY. */
rn_status rn_charsmap_new(const void *bytes, size_t size, rn_charsmap **out, rn_error *err);
void rn_charsmap_free(rn_charsmap *map); /* NULL is allowed */
/* The replacement of the longest entry (or of the shortest) that text begins with; *used is that entry's size. NULL when there is none. */
const char *rn_charsmap_find(const rn_charsmap *map, const char *text, size_t size, bool shortest, size_t *used, size_t *replacement_size);

#endif
