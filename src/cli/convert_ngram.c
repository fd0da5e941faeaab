/* convert_ngram.c: see convert_ngram.h. */
#include "convert_ngram.h"
#include "terminal.h"

#include <stdlib.h>
#include <string.h>

static bool ends(const char *path, const char *with) {
  size_t n = strlen(path), m = strlen(with);
  return n >= m && strcmp(path + n - m, with) == 0;
}

static bool is_arpa(const char *path) { return ends(path, ".arpa") || ends(path, ".arpa.gz") || ends(path, ".arpa.zst"); }

bool convert_is_ngram(const char *from, const char *to) { return is_arpa(from) || ends(to, ".arpa"); }

static int say(cli *c, const rn_model *model, const char *from, const char *to) {
  rn_ngram_config config;
  int64_t n = 0;
  char number[32];
  if (rn_ngram_config_of(c->ctx, model, &config) != RN_OK) return cli_fail_context(c);
  for (int i = 0; i < config.order; i++) n += config.count[i];
  if (c->json)
    cli_put_json(json_pack("{s:o, s:o, s:i, s:I}", "from", cli_json_text(from, strlen(from)), "to", cli_json_text(to, strlen(to)), "order",
                           config.order, "ngrams", (json_int_t)n));
  else cli_say(c, "%s: %s n-grams of up to %d words", to, text_count(number, sizeof number, n), config.order);
  return EXIT_DONE;
}

/* An ARPA file into a run folder, or into a model file alone. */
static int read_arpa(cli *c, const char *from, const char *to, rn_model **model) {
  if (ends(to, ".safetensors")) {
    if (rn_ngram_read_arpa(c->ctx, from, model) == RN_OK) rn_model_save(c->ctx, *model, to);
  } else {
    rn_ngram_result result;
    rn_train_options how = rn_train_options_default();
    how.folder = to;
    rn_ngram_train_run(c->ctx, from, NULL, NULL, &how, model, &result);
  }
  return cli_fail_context(c);
}

int convert_ngram(cli *c) {
  const char *from = c->options.args[0], *to = c->options.args[1];
  rn_model *model = NULL;
  int code = EXIT_DONE;
  if (is_arpa(from)) {
    code = read_arpa(c, from, to, &model);
  } else if (rn_model_open(c->ctx, from, &model) != RN_OK || rn_ngram_write_arpa(c->ctx, model, to) != RN_OK) {
    code = cli_fail_context(c);
  }
  if (!code) code = say(c, model, from, to);
  rn_model_free(model);
  return code;
}
