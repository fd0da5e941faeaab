/* cmd_train_ngram.c: rondo train ngram: a text in, a model of its n-grams out. */
#include "terminal.h"
#include "train_setup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "0,0,1" or "0 0 1": for each order; the last stands for those that are not said. False after printing why. */
static bool read_prune(const char *text, int64_t prune[RN_NGRAM_MAX_ORDER]) {
  int n = 0;
  for (const char *at = text; text && *at;) {
    char *end;
    long long count = strtoll(at, &end, 10);
    if (end == at || count < 0 || count > 1000000000 || n == RN_NGRAM_MAX_ORDER || !strchr(", ", *end)) {
      cli_fail(EXIT_USAGE, "--prune %s: expected counts, one for each order, as 0,0,1", text);
      return false;
    }
    prune[n++] = count;
    at = end + strspn(end, ", ");
  }
  for (; n > 0 && n < RN_NGRAM_MAX_ORDER; n++) prune[n] = prune[n - 1];
  return true;
}

static bool ngram_options(const cli *c, const rn_tokenizer *tokenizer, rn_ngram_options *out) {
  const cli_options *o = &c->options;
  *out = rn_ngram_options_default(tokenizer ? RN_LEVEL_TOKEN : opt_choice(o, "level") == 1 ? RN_LEVEL_WORD : RN_LEVEL_CHAR);
  out->tokenizer = tokenizer;
  out->order = (int)opt_int(o, "order");
  rn_ngram_smoothing_parse(opt_text(o, "smoothing"), &out->smoothing);
  out->alpha = opt_float(o, "alpha");
  if (opt_given(o, "lines")) out->lines = opt_bool(o, "lines");
  out->vocab.max_size = opt_int(o, "vocab");
  out->vocab.min_count = opt_int(o, "min-count");
  out->memory = opt_int(o, "memory");
  return read_prune(opt_text(o, "prune"), out->prune);
}

/* ---- afterwards ---- */

typedef struct measured {
  const char *name, *path;
  double nats; /* per token; NaN: not measured */
} measured;

/* --test, once, with the model that is done. */
static int measure_test(cli *c, const rn_model *model, measured *out) {
  rn_corpus corpus;
  rn_lm_metrics m;
  *out = (measured){"test", opt_text(&c->options, "test"), NAN};
  if (!out->path) return EXIT_DONE;
  if (rn_corpus_open(c->ctx, out->path, &corpus) != RN_OK) return cli_fail_context(c);
  if (rn_lm_eval(c->ctx, model, corpus.text, corpus.size, NULL, &m) == RN_OK) out->nats = m.nats_per_token;
  rn_corpus_close(&corpus);
  return cli_fail_context(c);
}

static void put_counts(const rn_ngram_config *config) {
  char number[32];
  printf("%-11s", "n-grams");
  for (int i = 0; i < config->order; i++)
    printf(" %s of %d%s", text_count(number, sizeof number, config->count[i]), i + 1, i + 1 < config->order ? "," : "\n");
}

static void put_measured(const measured *m, const rn_ngram_config *config) {
  if (!isfinite(m->nats)) return;
  printf("%-11s perplexity %.*f, %.4f nats per token%s\n", m->name, m->nats > 4.6 ? 2 : 4, exp(m->nats), m->nats,
         config->smoothing == RN_NGRAM_STUPID_BACKOFF ? " (of scores, which are no probabilities)" : "");
}

static json_t *result_json(const char *folder, const rn_ngram_config *config, const rn_ngram_result *result, const measured m[2]) {
  json_t *counts = json_array();
  for (int i = 0; i < config->order; i++) json_array_append_new(counts, json_integer(config->count[i]));
  json_t *object = json_pack("{s:s, s:o, s:I, s:I, s:o, s:o}", "event", "result", "run", cli_json_text(folder, strlen(folder)), "tokens",
                             (json_int_t)result->text.n_tokens, "unknown", (json_int_t)result->text.n_unknown, "ngrams", counts, "seconds",
                             cli_json_real(result->seconds));
  for (int i = 0; i < 2; i++)
    if (isfinite(m[i].nats))
      json_object_set_new(object, i ? "test" : "valid",
                          json_pack("{s:o, s:o}", "nats_per_token", cli_json_real(m[i].nats), "perplexity", cli_json_real(exp(m[i].nats))));
  return object;
}

static void finish(cli *c, const char *folder, const rn_model *model, const rn_ngram_result *result, const measured m[2]) {
  rn_ngram_config config;
  char number[32], took[32];
  rn_ngram_config_of(c->ctx, model, &config);
  if (c->json) {
    cli_put_json(result_json(folder, &config, result, m));
    return;
  }
  printf("%-11s %s\n", "run", folder);
  put_counts(&config);
  if (result->text.n_tokens > 0) printf("%-11s %s\n", "tokens", text_count(number, sizeof number, result->text.n_tokens));
  printf("%-11s %s\n", "time", text_time(took, sizeof took, result->seconds));
  for (int i = 0; i < 2; i++) put_measured(&m[i], &config);
  fflush(stdout);
  cli_say(c,
          "\nWhat to type next:\n"
          "  rondo eval %s other.txt\n"
          "  rondo next %s --prompt \"%s\"\n"
          "  rondo generate %s --length 60",
          folder, folder, rn_vocab_level(rn_model_vocab(model)) == RN_LEVEL_CHAR ? "in th" : "in the", folder);
}

static int train(cli *c, const char *folder, const char *path, const rn_tokenizer *tokenizer) {
  const cli_options *o = &c->options;
  rn_ngram_options options;
  rn_ngram_result result;
  rn_model *model = NULL;
  measured m[2] = {{"validation", opt_text(o, "valid"), NAN}};
  if (!ngram_options(c, tokenizer, &options)) return EXIT_USAGE;
  bool arpa = opt_bool(o, "arpa");
  char *command = train_command_line(c), *values = cli_options_yaml(o, false), *config = cli_format("# %s\n\n%s", command, values);
  rn_train_options how = rn_train_options_default();
  how.folder = folder;
  how.force = opt_bool(o, "force");
  how.command = command;
  how.config_yaml = config;
  rn_status status = rn_ngram_train_run(c->ctx, path, m[0].path, arpa ? NULL : &options, &how, &model, &result);
  free(config);
  free(values);
  free(command);
  if (status != RN_OK) return cli_fail_context(c);
  if (result.text.n_runs > 0)
    cli_say(c, "%lld sorted runs went to the disk: --memory 4G would have them in memory", (long long)result.text.n_runs);
  m[0].nats = result.valid;
  int code = measure_test(c, model, &m[1]);
  if (!code) finish(c, folder, model, &result, m);
  rn_model_free(model);
  return code;
}

int cmd_train_ngram(cli *c) {
  const cli_options *o = &c->options;
  if (o->n_args == 1) cli_options_adopt(&c->options, "data", o->args[0], CLI_FLAG);
  if (opt_bool(o, "dump-config")) {
    train_dump_config(c);
    return EXIT_DONE;
  }
  const char *path = opt_text(o, "data");
  if (!path) return cli_fail(EXIT_USAGE, "which text? for example: rondo train ngram book.txt");
  if (opt_bool(o, "arpa") && opt_text(o, "tokenizer"))
    return cli_fail(EXIT_USAGE, "--tokenizer: an ARPA file has its tokens already, which --arpa takes as they are");
  char *folder = train_folder(c, "ngram");
  rn_tokenizer *tokenizer;
  int code = train_tokenizer(c, &tokenizer);
  if (!code) code = train(c, folder, path, tokenizer);
  rn_tokenizer_free(tokenizer);
  free(folder);
  return code;
}
