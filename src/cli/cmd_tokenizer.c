/* cmd_tokenizer.c: rondo tokenizer encode and decode: lines of text to lines of ids, and back. */
#include "cli.h"
#include "line_batch.h"
#include "terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct coder {
  cli *c;
  rn_tokenizer *tokenizer;
  rn_tokenize_options how;
  bool tokens;   /* in place of ids */
  bool specials; /* decode: they are written */
  int64_t line;  /* decode: of the file */
  int64_t n_lines, n_unknown, n_dropped, n_invalid;
  int32_t *ids;
  int64_t capacity;
} coder;

static const char *token_of(const coder *k, int32_t id, size_t *size) {
  const char *token = rn_tokenizer_token(k->tokenizer, id, size);
  if (!token) *size = 0;
  return token ? token : "";
}

/* ---- encode ---- */

static void put_encoding_json(const coder *k, const rn_tokens *t) {
  json_t *ids = json_array(), *tokens = json_array(), *offsets = json_array();
  for (int64_t i = 0; i < t->n; i++) {
    size_t size;
    const char *token = token_of(k, t->ids[i], &size);
    json_array_append_new(ids, json_integer(t->ids[i]));
    json_array_append_new(tokens, cli_json_text(token, size));
    json_array_append_new(offsets, json_pack("[I, I]", (json_int_t)t->begin[i], (json_int_t)t->end[i]));
  }
  cli_put_json(json_pack("{s:o, s:o, s:o}", "ids", ids, "tokens", tokens, "offsets", offsets));
}

static void put_encoding(const coder *k, const rn_tokens *t) {
  for (int64_t i = 0; i < t->n; i++) {
    if (i > 0) putchar(' ');
    if (k->tokens) {
      size_t size;
      const char *token = token_of(k, t->ids[i], &size);
      fwrite(token, 1, size, stdout);
    } else {
      printf("%d", t->ids[i]);
    }
  }
  putchar('\n');
}

static int encode_line(void *user, const cli_line *line) {
  coder *k = user;
  rn_tokens tokens;
  k->how.lines_before = k->n_lines;
  if (rn_tokenizer_encode(k->c->ctx, k->tokenizer, line->text, line->size, &k->how, &tokens) != RN_OK) return cli_fail_context(k->c);
  if (k->c->json) put_encoding_json(k, &tokens);
  else put_encoding(k, &tokens);
  k->n_lines++;
  k->how.seed++; /* other lines are cut by other draws */
  k->n_unknown += tokens.n_unknown;
  k->n_dropped += tokens.n_dropped;
  k->n_invalid += tokens.n_invalid;
  rn_tokens_free(&tokens);
  return EXIT_DONE;
}

static int open_tokenizer(cli *c, coder *k) {
  *k = (coder){.c = c};
  return rn_tokenizer_open(c->ctx, c->options.args[0], &k->tokenizer) == RN_OK ? EXIT_DONE : cli_fail_context(c);
}

static const char *input_path(const cli *c) { return c->options.n_args > 1 ? c->options.args[1] : "-"; }

int cmd_tokenizer_encode(cli *c) {
  coder k;
  int code = open_tokenizer(c, &k);
  if (code) return code;
  k.how = rn_tokenize_options_default();
  k.how.specials = opt_bool(&c->options, "frame");
  k.how.sample = (float)opt_float(&c->options, "sample");
  k.how.seed = cli_seed(c);
  k.how.name = input_path(c);
  k.tokens = opt_bool(&c->options, "tokens");
  code = line_each(c, input_path(c), encode_line, &k);
  if (!code && k.n_dropped > 0)
    cli_warn("%lld symbols are left out: they are not in the vocabulary, which has no unknown token", (long long)k.n_dropped);
  else if (!code && k.n_unknown > 0) cli_say(c, "%lld tokens in %lld lines are unknown", (long long)k.n_unknown, (long long)k.n_lines);
  if (!code && k.n_invalid > 0) cli_warn("%lld parts that are not UTF-8 were read as U+FFFD", (long long)k.n_invalid);
  rn_tokenizer_free(k.tokenizer);
  return code;
}

/* ---- decode ---- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == ',' || c == '\r' || c == '[' || c == ']'; }

/* The ids of a line: whole numbers between blanks or commas, perhaps in brackets. */
static int read_ids(coder *k, const cli_line *line, int64_t *n) {
  const char *at = line->text, *end = line->text + line->size;
  *n = 0;
  for (;;) {
    while (at < end && is_blank(*at)) at++;
    if (at == end) return EXIT_DONE;
    char *after = NULL;
    errno = 0;
    long id = strtol(at, &after, 10);
    long long line_number = (long long)k->line, column = (long long)(at - line->text) + 1;
    if (after == at || (after < end && !is_blank(*after)))
      return cli_fail(EXIT_DATA, "%s:%lld:%lld: expected ids, whole numbers with blanks between them", input_path(k->c), line_number,
                      column);
    size_t size;
    if (errno || id < 0 || id > INT32_MAX || !rn_tokenizer_token(k->tokenizer, (int32_t)id, &size))
      return cli_fail(EXIT_DATA, "%s:%lld:%lld: there is no token %.*s; %s has %lld", input_path(k->c), line_number, column,
                      (int)(after - at), at, k->c->options.args[0], (long long)rn_tokenizer_size(k->tokenizer));
    if (*n == k->capacity) {
      k->capacity = 2 * k->capacity + 64;
      k->ids = cli_realloc(k->ids, (size_t)k->capacity * sizeof *k->ids);
    }
    k->ids[(*n)++] = (int32_t)id;
    at = after;
  }
}

static int decode_line(void *user, const cli_line *line) {
  coder *k = user;
  int64_t n;
  char *text;
  size_t size;
  k->line++;
  int code = read_ids(k, line, &n);
  if (code) return code;
  if (rn_tokenizer_decode(k->c->ctx, k->tokenizer, k->ids, n, k->specials, &text, &size) != RN_OK) return cli_fail_context(k->c);
  if (k->c->json) {
    cli_put_json(json_pack("{s:o}", "text", cli_json_text(text, size)));
  } else {
    fwrite(text, 1, size, stdout);
    putchar('\n');
  }
  rn_tokenizer_text_free(text);
  return EXIT_DONE;
}

int cmd_tokenizer_decode(cli *c) {
  coder k;
  int code = open_tokenizer(c, &k);
  if (code) return code;
  k.specials = opt_bool(&c->options, "specials");
  code = line_each(c, input_path(c), decode_line, &k);
  free(k.ids);
  rn_tokenizer_free(k.tokenizer);
  return code;
}
