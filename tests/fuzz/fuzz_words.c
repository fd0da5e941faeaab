/* fuzz_words.c: any bytes as a text of words: they stand in order in the text and lose nothing of it, and each can be read. */
#include "text/lexicon.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static rn_string words[4096];
  if (size == 0) return 0;
  rn_split how = data[0] % 3;
  const char *text = (const char *)data + 1, *at = text;
  int64_t n = rn_words_split(how, text, --size, words, 4096);
  if (n > (int64_t)size || rn_words_split(how, text, size, NULL, 0) != n) abort();
  for (int64_t i = 0; i < n && i < 4096; i++) {
    if (words[i].data < at || !words[i].size) abort();
    at = words[i].data + words[i].size;
    char form[RN_MAX_FORM];
    int64_t folded = rn_form(words[i].data, words[i].size, true, form, sizeof form);
    if (folded == 0 || folded > RN_MAX_FORM) abort();
    if ((unsigned)rn_lexicon_casing(words[i].data, words[i].size) >= RN_N_CASINGS) abort();
  }
  if (n <= 4096 && at > text + size) abort();
  return 0;
}
