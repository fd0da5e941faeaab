/* embed.c: see embed.h. */
#include "embed.h"

#include <stdlib.h>
#include <string.h>

bool embed_open(cli *c, rn_vectors *out, int *code) {
  if (rn_vectors_open(c->ctx, c->options.args[0], NULL, out) != RN_OK) {
    *code = cli_fail_context(c);
    return false;
  }
  int64_t limit = opt_int(&c->options, "vocab-limit");
  if (limit > 0 && limit < out->n) out->n = limit;
  return true;
}

enum { N_NEAR = 3, FURTHEST = 3 }; /* suggestions; edits that still look like a slip */

/* The words spelt most alike; of equals the first, which are the most frequent in files as they are. */
static void suggest(const rn_vectors *v, const char *word) {
  int64_t best[N_NEAR];
  int edits[N_NEAR], n = 0, length = (int)strlen(word), furthest = length / 2 < FURTHEST ? length / 2 : FURTHEST;
  for (int64_t row = 0; row < v->n; row++) {
    rn_string other = rn_vectors_word(v, row);
    if (abs((int)other.size - length) > furthest || other.size >= 48) continue;
    char copy[48];
    memcpy(copy, other.data, other.size);
    copy[other.size] = '\0';
    int d = cli_edits(word, copy), at = n;
    if (d > furthest) continue;
    while (at > 0 && edits[at - 1] > d) at--;
    if (at == N_NEAR) continue;
    if (n < N_NEAR) n++;
    memmove(best + at + 1, best + at, (size_t)(n - at - 1) * sizeof *best);
    memmove(edits + at + 1, edits + at, (size_t)(n - at - 1) * sizeof *edits);
    best[at] = row, edits[at] = d;
  }
  char list[160] = "";
  for (int i = 0; i < n; i++) {
    rn_string near = rn_vectors_word(v, best[i]);
    snprintf(list + strlen(list), sizeof list - strlen(list), "%s%.*s", i ? ", " : "; did you mean: ", EMBED_SHOW(near));
  }
  cli_fail(EXIT_DATA, "'%s' is none of the %lld words%s%s", word, (long long)v->n, list, n ? "?" : "");
}

bool embed_word(cli *c, const rn_vectors *v, const char *word, int64_t *row, float *out) {
  size_t size = strlen(word);
  *row = rn_vectors_find_folded(v, (rn_string){word, size});
  if (*row >= v->n) *row = -1; /* beyond --vocab-limit */
  if (*row >= 0) {
    rn_string known = rn_vectors_word(v, *row);
    return rn_vectors_get(v, known.data, known.size, out);
  }
  if (v->subwords && rn_vectors_get(v, word, size, out)) {
    cli_say(c, "'%s' is none of the %lld words: its vector is made of its n-grams", word, (long long)v->n);
    return true;
  }
  suggest(v, word);
  return false;
}

json_t *embed_json(const rn_vectors *v, int64_t row) {
  rn_string word = rn_vectors_word(v, row);
  return cli_json_text(word.data, word.size);
}
