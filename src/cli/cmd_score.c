/* cmd_score.c: rondo score: how probable each line is. */
#include "line_batch.h"
#include "mixing.h"
#include "terminal.h"

#include <stdlib.h>

typedef struct scorer {
  cli *c;
  const rn_model *model;
  bool per_token, color;
  float *nats; /* of the line's tokens, where they are wanted; NULL: they are not */
  int64_t capacity;
  int64_t n_tokens, n_unknown; /* of all lines */
} scorer;

/* Colours of the 256-colour cube from calm to alarming, for 0 to 8 nats and more. */
static const int heat[] = {28, 64, 100, 136, 172, 166, 160, 124};

static void put_tokens(const scorer *s, const rn_encoding *encoding, int64_t n) {
  const rn_vocab *vocab = rn_model_vocab(s->model);
  for (int64_t i = 0; i < n; i++) {
    size_t size = 0;
    const char *symbol = rn_vocab_symbol(vocab, encoding->ids[i], &size);
    char words[256];
    if (!s->color) {
      printf("%.4f\t%s\n", -s->nats[i], text_quoted(words, sizeof words, symbol, size));
      continue;
    }
    int level = s->nats[i] < 0 ? 0 : s->nats[i] >= 8 ? 7 : (int)s->nats[i];
    size_t length = rn_vocab_decode(vocab, i > 0 ? encoding->ids[i - 1] : -1, encoding->ids[i], words, sizeof words);
    if (length == 1 && *words == '\n') printf("\033[38;5;%dm⏎\033[0m", heat[level]);
    else printf("\033[38;5;%dm%.*s\033[0m", heat[level], (int)length, words);
  }
  putchar('\n');
}

static json_t *tokens_json(const scorer *s, const rn_encoding *encoding, int64_t n) {
  json_t *list = json_array();
  for (int64_t i = 0; i < n; i++) {
    size_t size = 0;
    const char *symbol = rn_vocab_symbol(rn_model_vocab(s->model), encoding->ids[i], &size);
    json_array_append_new(list,
                          json_pack("{s:o, s:o}", "token", cli_json_text(symbol, size), "log_probability", cli_json_real(-s->nats[i])));
  }
  return list;
}

static int score_line(void *user, const cli_line *line) {
  scorer *s = user;
  rn_context *ctx = s->c->ctx;
  rn_lm_metrics m;
  rn_encoding encoding = {0};
  int64_t n = 0;
  /* A token is at least a byte, and the end of the line may be one more. */
  if (s->per_token && (int64_t)line->size + 2 > s->capacity) {
    s->capacity = 2 * (int64_t)line->size + 64;
    s->nats = cli_realloc(s->nats, (size_t)s->capacity * sizeof *s->nats);
  }
  if (rn_lm_score(ctx, s->model, line->text, line->size, &m, s->nats, s->capacity, &n) != RN_OK) return cli_fail_context(s->c);
  if (s->per_token && rn_vocab_encode(ctx, rn_model_vocab(s->model), line->text, line->size, &encoding) != RN_OK)
    return cli_fail_context(s->c);
  if (encoding.n < n) n = encoding.n;
  if (s->c->json) {
    json_t *object =
        json_pack("{s:o, s:I, s:o, s:I, s:o}", "log_probability", cli_json_real(0 - m.nats), "tokens", (json_int_t)m.n_tokens, "perplexity",
                  cli_json_real(m.perplexity), "unknown", (json_int_t)m.n_unknown, "text", cli_json_text(line->text, line->size));
    if (s->per_token) json_object_set_new(object, "per_token", tokens_json(s, &encoding, n));
    cli_put_json(object);
  } else {
    printf("%.4f\t%lld\t%.4f\t", 0 - m.nats, (long long)m.n_tokens, m.perplexity);
    fwrite(line->text, 1, line->size, stdout);
    putchar('\n');
    if (s->per_token) put_tokens(s, &encoding, n);
  }
  rn_encoding_free(&encoding);
  s->n_tokens += m.n_tokens;
  s->n_unknown += m.n_unknown;
  return EXIT_DONE;
}

int cmd_score(cli *c) {
  int code = EXIT_DONE;
  rn_model *model = cli_open_model(c, "lm", &code);
  if (!model) return code;
  mixing mix;
  code = mixing_open(c, model, &mix);
  scorer s = {.c = c, .model = mixing_model(&mix, model), .per_token = opt_bool(&c->options, "per-token"), .color = terminal_color(stdout)};
  if (!code) code = line_each(c, c->options.n_args > 1 ? c->options.args[1] : "-", score_line, &s);
  if (!code && s.n_unknown > 0)
    cli_say(c, "%lld of %lld tokens are unknown: each is scored as <unk>, which may be likelier than any word", (long long)s.n_unknown,
            (long long)s.n_tokens);
  free(s.nats);
  mixing_close(&mix);
  rn_model_free(model);
  return code;
}
