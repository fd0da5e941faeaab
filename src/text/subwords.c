/* subwords.c: see subwords.h. The brackets are not written around the word but read as if they were. */
#include "text/subwords.h"
#include "base/utf8.h"

static char byte_at(const char *word, size_t size, size_t i) { return i == 0 ? '<' : i == size + 1 ? '>' : word[i - 1]; }

/* Bytes of the letter at i of "<word>". */
static size_t letter_at(const char *word, size_t size, size_t i) {
  size_t used = 1;
  if (i > 0 && i <= size) rn_utf8_decode(word + i - 1, size - (i - 1), &used, NULL);
  return used;
}

void rn_subwords(const char *word, size_t size, int64_t min, int64_t max, void (*each)(void *user, uint32_t hash), void *user) {
  size_t whole = size + 2;
  for (size_t first = 0; first < whole; first += letter_at(word, size, first)) {
    uint32_t hash = RN_SUBWORD_SEED;
    size_t end = first;
    for (int64_t n = 1; n <= max && end < whole; n++) {
      for (size_t next = end + letter_at(word, size, end); end < next; end++) hash = rn_subword_hash_byte(hash, byte_at(word, size, end));
      if (n >= min && !(n == 1 && (first == 0 || end == whole))) each(user, hash);
    }
  }
}
