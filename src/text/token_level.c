/* token_level.c: a text as subword ids, with an eos at the end of each line where the tokenizer would lose it. */
#include "text/token_level.h"
#include "base/alloc.h"

#include <string.h>

void rn_token_level_free(rn_token_level *level) { rn_tokenizer_free(level->tokenizer); }

/* Whether a line end comes back from ids, and its id where it is one token (-1: it is not). */
static rn_status probe_line_end(rn_context *ctx, const rn_tokenizer *t, bool *kept, int32_t *id) {
  rn_tokens tokens;
  char *text = NULL;
  rn_status status = rn_tokenizer_encode(ctx, t, "\n", 1, NULL, &tokens);
  *kept = false;
  *id = -1;
  if (status != RN_OK) return status;
  status = rn_tokenizer_decode(ctx, t, tokens.ids, tokens.n, false, &text, NULL);
  if (status == RN_OK) *kept = strchr(text, '\n') != NULL;
  if (*kept && tokens.n == 1) *id = tokens.ids[0];
  rn_tokenizer_text_free(text);
  rn_tokens_free(&tokens);
  return status;
}

rn_status rn_token_level_init(rn_context *ctx, rn_tokenizer *tokenizer, rn_token_level *out) {
  *out = (rn_token_level){.tokenizer = tokenizer, .unk = rn_tokenizer_special(tokenizer, RN_ROLE_UNK)};
  out->eos = rn_tokenizer_special(tokenizer, RN_ROLE_EOS);
  bool kept;
  int32_t line_end;
  rn_status status = probe_line_end(ctx, tokenizer, &kept, &line_end);
  out->lines = !kept && out->eos >= 0;
  if (out->eos < 0) out->eos = line_end;
  if (status != RN_OK) rn_token_level_free(out);
  return status;
}

/* ---- a text to ids ---- */

static int64_t count_lines(const char *text, size_t size, bool prompt) {
  int64_t n = 0;
  for (size_t i = 0; i < size; i++) n += text[i] == '\n';
  return n + (!prompt && size > 0 && text[size - 1] != '\n');
}

/* An eos for each line end, before the first token that reaches beyond it. */
static void put_eos(const rn_token_level *level, const rn_tokens *tokens, const char *text, size_t size, bool prompt, rn_encoding *out) {
  size_t at = 0;
  for (int64_t i = 0; i < tokens->n; i++) {
    for (; at < size && (int64_t)at + 1 < tokens->end[i]; at++)
      if (text[at] == '\n') out->ids[out->n++] = level->eos;
    out->ids[out->n++] = tokens->ids[i];
  }
  for (; at < size; at++)
    if (text[at] == '\n') out->ids[out->n++] = level->eos;
  if (!prompt && size > 0 && text[size - 1] != '\n') out->ids[out->n++] = level->eos;
}

rn_status rn_token_level_encode(rn_context *ctx, const rn_token_level *level, const char *text, size_t size, bool prompt,
                                const rn_tokenize_options *options, rn_encoding *out) {
  rn_tokens tokens;
  rn_status status = rn_tokenizer_encode(ctx, level->tokenizer, text, size, options, &tokens);
  if (status != RN_OK) return status;
  int64_t n_lines = level->lines ? count_lines(text, size, prompt) : 0;
  out->n_unknown = tokens.n_unknown;
  out->n = 0;
  out->ids = rn_alloc((size_t)(tokens.n + n_lines) * sizeof *out->ids);
  if (!out->ids) {
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld ids", (long long)(tokens.n + n_lines));
  } else if (level->lines) {
    put_eos(level, &tokens, text, size, prompt, out);
  } else {
    if (tokens.n) memcpy(out->ids, tokens.ids, (size_t)tokens.n * sizeof *out->ids);
    out->n = tokens.n;
  }
  rn_tokens_free(&tokens);
  return status;
}

/* ---- ids to a text ---- */

/* NULL: out of memory, or an id without a token, which is nothing to be shown. */
static char *decode_run(const rn_token_level *level, const int32_t *ids, int64_t n, size_t *size) {
  rn_context quiet = {0};
  char *text = NULL;
  rn_tokenizer_decode(&quiet, level->tokenizer, ids, n, true, &text, size);
  return text;
}

static size_t shared_prefix(const char *a, const char *b) {
  size_t n = 0;
  while (a[n] && a[n] == b[n]) n++;
  while (n > 0 && ((unsigned char)b[n] & 0xc0) == 0x80) n--; /* not amid a character */
  return n;
}

char *rn_token_level_decode(const rn_token_level *level, int32_t previous, const int32_t *ids, int64_t n, size_t *size) {
  bool begins = previous < 0 || (level->lines && previous == level->eos);
  int32_t *all = rn_alloc((size_t)(n + 1) * sizeof *all);
  if (!all) return NULL;
  all[0] = previous;
  memcpy(all + 1, ids, (size_t)n * sizeof *all);
  size_t whole_size;
  char *whole = decode_run(level, all + begins, n + !begins, &whole_size), *before = begins ? NULL : decode_run(level, all, 1, size);
  size_t skip = whole && before ? shared_prefix(before, whole) : 0;
  char *out = whole ? rn_strndup(whole + skip, whole_size - skip) : NULL;
  *size = out ? whole_size - skip : 0;
  rn_tokenizer_text_free(whole);
  rn_tokenizer_text_free(before);
  rn_free(all);
  return out;
}
