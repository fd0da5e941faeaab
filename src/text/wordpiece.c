/* wordpiece.c: the longest token first, from left to right (Schuster & Nakajima 2012; as in Devlin et al. 2019). */
#include "base/alloc.h"
#include "text/char_classes.h"
#include "text/subword.h"

#include <string.h>

bool rn_wordpiece_init(rn_wordpiece *w, const rn_token_table *tokens, const char *prefix, size_t prefix_size) {
  int64_t n = rn_map_size(tokens->map);
  rn_trie_entry *begins = rn_alloc_zero((size_t)n, sizeof *begins), *continues = rn_alloc_zero((size_t)n, sizeof *continues);
  size_t n_begins = 0, n_continues = 0;
  for (int64_t i = 0; begins && continues && i < n; i++) {
    size_t size;
    int64_t id;
    const char *token = rn_map_key(tokens->map, i, &size, &id);
    if (size) begins[n_begins++] = (rn_trie_entry){token, size, (int32_t)id};
    if (size > prefix_size && memcmp(token, prefix, prefix_size) == 0)
      continues[n_continues++] = (rn_trie_entry){token + prefix_size, size - prefix_size, (int32_t)id};
  }
  bool ok =
      begins && continues && rn_token_trie_init(&w->begins, begins, n_begins) && rn_token_trie_init(&w->continues, continues, n_continues);
  rn_free(begins);
  rn_free(continues);
  return ok;
}

void rn_wordpiece_free(rn_wordpiece *w) {
  rn_token_trie_free(&w->begins);
  rn_token_trie_free(&w->continues);
}

static rn_status unknown(const rn_wordpiece *w, const char *piece, size_t size, rn_subwords *out, rn_error *err) {
  if (w->unk < 0) return rn_subword_unknown(piece, size, err);
  rn_subwords_push(out, w->unk, 0, size);
  return RN_OK;
}

rn_status rn_wordpiece_encode(const rn_subword_model *model, const char *piece, size_t size, rn_subwords *out, rn_error *err) {
  const rn_wordpiece *w = &model->wordpiece;
  size_t before = out->n;
  int64_t n_chars = 0;
  for (size_t i = 0; i < size; i++) n_chars += ((unsigned char)piece[i] & 0xC0) != 0x80;
  if (n_chars > w->max_chars) return unknown(w, piece, size, out, err);
  for (size_t at = 0, end; at < size; at = end) {
    const rn_token_trie *trie = at == 0 ? &w->begins : &w->continues;
    int32_t id = -1;
    uint32_t node = 0;
    end = at;
    for (size_t i = at; i < size && (node = rn_token_trie_child(trie, node, (unsigned char)piece[i])); i++)
      if (trie->value[node] >= 0) id = trie->value[node], end = i + 1;
    if (id < 0) { /* one part that is not there, and the whole word is unknown */
      out->n = before;
      return unknown(w, piece, size, out, err);
    }
    rn_subwords_push(out, id, at, end);
  }
  return RN_OK;
}
