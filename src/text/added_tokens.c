/* added_tokens.c: the list, and finding its tokens in a text. */
#include "text/added_tokens.h"
#include "base/alloc.h"
#include "text/char_classes.h"

#include <stdlib.h>
#include <string.h>

static int by_id(const void *pa, const void *pb) {
  const rn_added_token *a = pa, *b = pb;
  return (a->id > b->id) - (a->id < b->id);
}

static rn_status check_unique(rn_added_tokens *added, const char *where, rn_error *err) {
  for (int64_t i = 0; i < added->n; i++) {
    const rn_added_token *t = &added->at[i];
    bool inserted;
    if (i > 0 && t->id == t[-1].id)
      return rn_error_set(err, RN_ERROR_DATA, "%s: \"%.80s\" and \"%.80s\" have the same id %d", where, t[-1].text, t->text, t->id);
    if (!rn_map_insert(added->by_text, t->text, t->size, i, &inserted))
      return rn_error_set(err, RN_ERROR_MEMORY, "%s: out of memory", where);
    if (!inserted) return rn_error_set(err, RN_ERROR_DATA, "%s: \"%.80s\" is there twice", where, t->text);
  }
  return RN_OK;
}

/* The two tries; a normalized token is looked for as the normalizer leaves it. */
static rn_status build_tries(rn_added_tokens *added, const rn_normalizer *steps, int64_t n_steps, rn_error *err) {
  rn_trie_entry *entries = rn_alloc_zero((size_t)added->n, sizeof *entries);
  rn_normalize_work work = {0};
  rn_aligned_buffer texts = {0};
  size_t n = 0;
  rn_status status = entries ? RN_OK : RN_ERROR_MEMORY;
  for (int64_t i = 0; status == RN_OK && i < added->n; i++) {
    const rn_added_token *t = &added->at[i];
    if (!t->normalized && !t->hidden && t->size) entries[n++] = (rn_trie_entry){t->text, t->size, (int32_t)i};
  }
  if (status == RN_OK && !rn_token_trie_init(&added->original, entries, n)) status = RN_ERROR_MEMORY;
  n = 0;
  for (int64_t i = 0; status == RN_OK && i < added->n; i++) {
    const rn_added_token *t = &added->at[i];
    rn_aligned text = {t->text, t->size, NULL, NULL, 0};
    if (!t->normalized || t->hidden) continue;
    status = rn_normalize(steps, n_steps, &work, text, &text, err);
    if (status == RN_OK && text.size) entries[n++] = (rn_trie_entry){NULL, text.size, (int32_t)i};
    if (status == RN_OK) rn_aligned_put(&texts, text.data, text.size, 0, 0);
  }
  size_t at = 0;
  for (size_t i = 0; i < n && !texts.failed; at += entries[i++].size) entries[i].key = texts.data + at;
  if (status == RN_OK && (texts.failed || !rn_token_trie_init(&added->normalized, entries, n))) status = RN_ERROR_MEMORY;
  rn_aligned_buffer_free(&texts);
  rn_normalize_work_free(&work);
  rn_free(entries);
  return status == RN_ERROR_MEMORY ? rn_error_set(err, status, "out of memory for %lld added tokens", (long long)added->n) : status;
}

rn_status rn_added_tokens_init(rn_added_tokens *added, rn_added_token *tokens, int64_t n, const rn_normalizer *steps, int64_t n_steps,
                               const char *where, rn_error *err) {
  *added = (rn_added_tokens){.at = tokens, .n = n, .by_text = rn_map_new()};
  if (!added->by_text) return rn_error_set(err, RN_ERROR_MEMORY, "%s: out of memory", where);
  if (n) qsort(tokens, (size_t)n, sizeof *tokens, by_id);
  rn_status status = check_unique(added, where, err);
  return status == RN_OK ? build_tries(added, steps, n_steps, err) : status;
}

void rn_added_tokens_free(rn_added_tokens *added) {
  for (int64_t i = 0; i < added->n; i++) rn_free(added->at[i].text);
  rn_free(added->at);
  rn_map_free(added->by_text);
  rn_token_trie_free(&added->original);
  rn_token_trie_free(&added->normalized);
}

const rn_added_token *rn_added_tokens_by_id(const rn_added_tokens *added, int64_t id) {
  if (!added->n || id < added->at[0].id || id > added->at[added->n - 1].id) return NULL;
  return bsearch(&(rn_added_token){.id = (int32_t)id}, added->at, (size_t)added->n, sizeof *added->at, by_id);
}

/* ---- in a text ---- */

static void push(rn_segments *s, size_t begin, size_t end, int64_t token) {
  if (begin == end || s->failed) return;
  if (s->n == s->capacity) {
    size_t capacity = 2 * s->capacity + 16;
    rn_segment *at = rn_realloc(s->at, capacity * sizeof *at);
    s->failed = !at;
    if (!at) return;
    s->at = at;
    s->capacity = capacity;
  }
  s->at[s->n++] = (rn_segment){begin, end, token};
}

static size_t char_before(const char *text, size_t at) {
  do at--;
  while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80);
  return at;
}

static bool inside_word(const char *text, size_t size, size_t begin, size_t end) {
  size_t next;
  bool before = begin > 0 && rn_char_is_word(rn_char_at(text, char_before(text, begin), &next));
  return before || (end < size && rn_char_is_word(rn_char_at(text, end, &next)));
}

/* The longest token at a place; its end, or 0. */
static size_t longest_at(const rn_token_trie *trie, const char *text, size_t size, size_t at, int64_t *token) {
  size_t end = 0;
  uint32_t node = 0;
  for (size_t i = at; i < size && (node = rn_token_trie_child(trie, node, (unsigned char)text[i])); i++)
    if (trie->value[node] >= 0) end = i + 1, *token = trie->value[node];
  return end;
}

void rn_added_tokens_find(const rn_added_tokens *added, const rn_token_trie *trie, const char *text, size_t size, rn_segments *out) {
  size_t from = 0; /* of the text not given yet */
  out->n = 0;
  for (size_t at = 0; trie->n > 1 && at < size;) {
    size_t end = 0, next;
    int64_t found = -1;
    if (!trie->start[(unsigned char)text[at]] || !(end = longest_at(trie, text, size, at, &found))) {
      at++;
      continue;
    }
    const rn_added_token *t = &added->at[found];
    size_t begin = at;
    at = end;
    if (t->single_word && inside_word(text, size, begin, end)) continue;
    while (t->lstrip && begin > from && rn_char_is_space(rn_char_at(text, char_before(text, begin), &next)))
      begin = char_before(text, begin);
    while (t->rstrip && end < size && rn_char_is_space(rn_char_at(text, end, &next))) end = next;
    if (begin < from) begin = from; /* the token before took the white space between them */
    push(out, from, begin, -1);
    push(out, begin, end, found);
    from = at = end;
  }
  push(out, from, size, -1);
}
