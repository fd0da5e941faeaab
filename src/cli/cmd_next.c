/* cmd_next.c: rondo next: the ranking of the next token. */
#include "mixing.h"
#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BAR_COLUMNS 30

typedef struct candidate {
  double probability;
  int32_t id;
} candidate;

/* The most probable first; equals by id. */
static int compare(const void *a, const void *b) {
  const candidate *x = a, *y = b;
  if (x->probability != y->probability) return x->probability < y->probability ? 1 : -1;
  return (x->id > y->id) - (x->id < y->id);
}

/* p_i = exp(l_i - max) / sum_j exp(l_j - max) */
static candidate *rank(const float *logits, int64_t n) {
  candidate *list = cli_alloc((size_t)n * sizeof *list);
  double max = -INFINITY, sum = 0;
  for (int64_t i = 0; i < n; i++) max = fmax(max, logits[i]);
  for (int64_t i = 0; i < n; i++) sum += exp(logits[i] - max);
  for (int64_t i = 0; i < n; i++) list[i] = (candidate){exp(logits[i] - max) / sum, (int32_t)i};
  qsort(list, (size_t)n, sizeof *list, compare);
  return list;
}

static void put(const cli *c, const rn_vocab *vocab, const candidate *list, int64_t n) {
  char token[256], bar[4 * BAR_COLUMNS + 1];
  int width = 5;
  for (int64_t i = 0; i < n; i++) {
    size_t size = 0;
    const char *symbol = rn_vocab_symbol(vocab, list[i].id, &size);
    int columns = text_columns(text_quoted(token, sizeof token, symbol, size));
    if (columns > width) width = columns < 30 ? columns : 30;
  }
  for (int64_t i = 0; i < n; i++) {
    size_t size = 0;
    const char *symbol = rn_vocab_symbol(vocab, list[i].id, &size);
    if (c->json) {
      cli_put_json(json_pack("{s:I, s:o, s:o, s:i}", "rank", (json_int_t)(i + 1), "token", cli_json_text(symbol, size), "probability",
                             cli_json_real(list[i].probability), "id", list[i].id));
      continue;
    }
    text_quoted(token, sizeof token, symbol, size);
    int pad = width - text_columns(token);
    printf("%4lld  %s%*s  %8.5f  %s\n", (long long)(i + 1), token, pad > 0 ? pad : 0, "", list[i].probability,
           text_bar(bar, sizeof bar, list[i].probability / list[0].probability, BAR_COLUMNS));
  }
}

int cmd_next(cli *c) {
  int code = EXIT_DONE;
  rn_model *model = cli_open_model(c, "lm", &code);
  if (!model) return code;
  const char *prompt = opt_text(&c->options, "prompt");
  const rn_vocab *vocab = rn_model_vocab(model);
  rn_lm_session *session = NULL;
  const float *logits = NULL;
  mixing mix;
  code = mixing_open(c, model, &mix);
  if (!code && (rn_lm_session_new(c->ctx, mixing_model(&mix, model), &session) != RN_OK ||
                rn_lm_session_prompt(session, prompt, strlen(prompt), &logits) != RN_OK))
    code = cli_fail_context(c);
  if (!code) {
    int64_t n = opt_int(&c->options, "top"), size = rn_vocab_size(vocab);
    candidate *list = rank(logits, size);
    put(c, vocab, list, n < size ? n : size);
    free(list);
  }
  rn_lm_session_free(session);
  mixing_close(&mix);
  rn_model_free(model);
  return code;
}
