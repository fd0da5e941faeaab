/* train_alphabet.c: the characters that a tokenizer is made of. */
#include "text/train_alphabet.h"
#include "base/alloc.h"
#include "base/utf8.h"
#include "text/byte_letters.h"

#include <stdlib.h>

#define N_CODES 0x110000

static rn_status no_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the alphabet"); }

static bool alphabet_new(rn_alphabet *a) {
  *a = (rn_alphabet){.count = rn_alloc_zero(N_CODES, sizeof *a->count)};
  return a->count;
}

void rn_alphabet_free(rn_alphabet *a) {
  rn_free(a->count);
  rn_free(a->letter);
  *a = (rn_alphabet){0};
}

/* Lists the characters that have a count, in order. */
static bool list_letters(rn_alphabet *a) {
  a->n = 0;
  for (uint32_t code = 0; code < N_CODES; code++) a->n += a->count[code] > 0;
  rn_free(a->letter);
  if (!(a->letter = rn_alloc((size_t)a->n * sizeof *a->letter))) return false;
  int64_t n = 0;
  for (uint32_t code = 0; code < N_CODES; code++)
    if (a->count[code] > 0) a->letter[n++] = code;
  return true;
}

typedef struct letter_count {
  uint32_t letter;
  int64_t count;
} letter_count;

static int by_count(const void *pa, const void *pb) {
  const letter_count *a = pa, *b = pb;
  if (a->count != b->count) return a->count > b->count ? -1 : 1;
  return a->letter < b->letter ? -1 : 1;
}

/* Takes the rarest away: what is left is `coverage` of the text or more. */
static bool leave_out(rn_alphabet *a, double coverage, int64_t min_count) {
  letter_count *sorted = rn_alloc((size_t)a->n * sizeof *sorted);
  if (!sorted) return false;
  double total = 0, covered = 0;
  for (int64_t i = 0; i < a->n; i++) {
    sorted[i] = (letter_count){a->letter[i], a->count[a->letter[i]]};
    total += (double)sorted[i].count;
  }
  qsort(sorted, (size_t)a->n, sizeof *sorted, by_count);
  for (int64_t i = 0; i < a->n; i++) {
    bool kept = covered < coverage * total && sorted[i].count >= min_count;
    covered += (double)sorted[i].count;
    if (!kept) a->count[sorted[i].letter] = 0;
    a->n_left_out += !kept;
  }
  rn_free(sorted);
  return list_letters(a);
}

rn_status rn_alphabet_init(rn_context *ctx, const rn_word_counts *words, double coverage, int64_t min_count, rn_alphabet *out) {
  bool ok = alphabet_new(out);
  for (int64_t i = 0; ok && i < words->n; i++) {
    const rn_word_count *w = &words->at[i];
    for (size_t at = 0, used; at < w->size; at += used) out->count[rn_utf8_decode(w->word + at, w->size - at, &used, NULL)] += w->count;
  }
  if (ok) out->count[0] = 0; /* U+0000 can stand in no file */
  if (ok && list_letters(out) && leave_out(out, coverage, min_count)) return RN_OK;
  rn_alphabet_free(out);
  return no_memory(ctx);
}

rn_status rn_alphabet_init_bytes(rn_context *ctx, rn_alphabet *out) {
  bool ok = alphabet_new(out);
  for (int byte = 0; ok && byte < 256; byte++) out->count[rn_byte_letter((uint8_t)byte)] = 1;
  if (ok && list_letters(out)) return RN_OK;
  rn_alphabet_free(out);
  return no_memory(ctx);
}

int rn_alphabet_run(const rn_alphabet *a, const rn_word_count *w, size_t *at, uint32_t *run, bool *begins, bool *ends) {
  int n = 0;
  *begins = *at == 0;
  while (*at < w->size) {
    size_t used;
    uint32_t code = rn_utf8_decode(w->word + *at, w->size - *at, &used, NULL);
    if (a->count[code] > 0) run[n++] = code;
    else if (n > 0) break;
    else *begins = false;
    *at += used;
  }
  *ends = *at >= w->size;
  return n;
}
