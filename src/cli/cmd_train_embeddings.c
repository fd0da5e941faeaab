/* cmd_train_embeddings.c: rondo train embeddings: a text in, a vector for each of its words out. */
#include "progress.h"
#include "report.h"
#include "terminal.h"
#include "train_setup.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "3-6", or "0" for none. */
static bool parse_subword(const char *text, rn_embeddings_options *o) {
  int min, max, used = 0;
  if (strcmp(text, "0") == 0) return true;
  if (sscanf(text, "%d-%d%n", &min, &max, &used) != 2 || text[used] || min < 1 || max < min || max > 64) return false;
  o->min_subword = min;
  o->max_subword = max;
  return true;
}

/* Options that have no number of their own take that of the kind of model, which is written into the configuration. */
static int64_t by_kind(cli *c, const char *name, int64_t value) {
  if (opt_int(&c->options, name) == 0) train_adopt_number(c, name, (double)value, CLI_DEFAULT);
  return opt_int(&c->options, name);
}

static int read_options(cli *c, rn_embeddings_options *out) {
  const cli_options *o = &c->options;
  rn_embeddings_kind kind = RN_SKIPGRAM;
  rn_embeddings_kind_parse(opt_text(o, "model"), &kind);
  rn_embeddings_options e = rn_embeddings_options_default(kind);
  e.dim = opt_int(o, "dim");
  e.window = by_kind(c, "window", e.window);
  e.epochs = by_kind(c, "epochs", e.epochs);
  e.negatives = opt_int(o, "negatives");
  e.hierarchical = opt_choice(o, "loss") == 1;
  e.sample = opt_float(o, "sample");
  if (opt_float(o, "lr") == 0) train_adopt_number(c, "lr", e.lr, CLI_DEFAULT);
  e.lr = opt_float(o, "lr");
  e.buckets = opt_int(o, "buckets");
  e.x_max = opt_float(o, "x-max");
  e.alpha = opt_float(o, "alpha");
  e.min_count = opt_int(o, "min-count");
  e.max_vocab = opt_int(o, "max-vocab");
  e.phrases = opt_int(o, "phrases");
  e.phrase_threshold = opt_float(o, "phrase-threshold");
  e.memory = opt_int(o, "memory");
  e.temporary = opt_text(o, "temporary");
  e.seed = cli_seed(c);
  if (!parse_subword(opt_text(o, "subword"), &e))
    return cli_fail(EXIT_USAGE, "--subword %s: must be the shortest and the longest run of letters, as 3-6, or 0", opt_text(o, "subword"));
  if (kind == RN_GLOVE && e.max_subword > 0) return cli_fail(EXIT_USAGE, "--subword: for skipgram and cbow; glove has whole words only");
  if (kind == RN_GLOVE && e.hierarchical) return cli_fail(EXIT_USAGE, "--loss hierarchical: for skipgram and cbow; glove fits counts");
  *out = e;
  return EXIT_DONE;
}

static char *describe_data(const char *path, const rn_embeddings_text_info *info) {
  char hash[24];
  snprintf(hash, sizeof hash, "%016" PRIx64, info->hash);
  json_t *object = json_pack("{s:o, s:I, s:s, s:I, s:I, s:I, s:I}", "path", cli_json_text(path, strlen(path)), "bytes",
                             (json_int_t)info->n_bytes, "xxh3", hash, "tokens", (json_int_t)info->n_tokens, "types",
                             (json_int_t)info->n_types, "words", (json_int_t)info->n_words, "trained", (json_int_t)info->n_trained);
  char *text = json_dumps(object, JSON_COMPACT);
  json_decref(object);
  return text;
}

static void say_text(const cli *c, const rn_embeddings_text_info *info, const rn_embeddings_options *o) {
  char tokens[32], types[32], words[32], phrases[32];
  cli_say(c, "text: %s words, %s of them distinct; %s that come %" PRId64 " times or more are learned, %.1f%% of the text",
          text_count(tokens, sizeof tokens, info->n_tokens), text_count(types, sizeof types, info->n_types),
          text_count(words, sizeof words, info->n_words), o->min_count,
          100.0 * (double)info->n_trained / (double)(info->n_tokens - info->n_phrases));
  if (o->phrases > 0) cli_say(c, "phrases: %s places where words were joined", text_count(phrases, sizeof phrases, info->n_phrases));
}

static void finish(cli *c, const char *folder, const rn_embeddings_text *text, const rn_train_result *result) {
  rn_embeddings_text_info info = rn_embeddings_text_describe(text);
  char words[32], took[32];
  if (c->json) {
    cli_put_json(json_pack("{s:s, s:o, s:I, s:I, s:s, s:o, s:o}", "event", "result", "run", cli_json_text(folder, strlen(folder)), "words",
                           (json_int_t)info.n_words, "steps", (json_int_t)result->steps, "why", result->why, "seconds",
                           cli_json_real(result->seconds), "loss", cli_json_real(result->best)));
    return;
  }
  if (!c->quiet) fputc('\n', stderr);
  printf("%-11s %s\n", "run", folder);
  printf("%-11s %s words in %s (%s)\n", "vectors", text_count(words, sizeof words, info.n_words),
         text_time(took, sizeof took, result->seconds), result->why);
  if (isfinite(result->best)) printf("%-11s %.4f\n", "loss", result->best);
  fflush(stdout);
  cli_say(c,
          "\nWhat to type next:\n"
          "  rondo embed nn %s WORD\n"
          "  rondo embed analogy %s man king woman\n"
          "  rondo convert %s vectors.txt\n"
          "  rondo train classifier DATA --vectors %s",
          folder, folder, folder, folder);
}

static int learn(cli *c, const char *folder, const rn_embeddings_options *options, const rn_embeddings_text *text) {
  const cli_options *o = &c->options;
  rn_embeddings_text_info info = rn_embeddings_text_describe(text);
  say_text(c, &info, options);
  cli_say(c, "model: %s, %" PRId64 " numbers a word; seed %" PRId64 ", %d threads, %s", rn_embeddings_kind_name(options->kind),
          options->dim, opt_int(o, "seed"), rn_context_threads(c->ctx), rn_context_isa(c->ctx));
  rn_train_options run = rn_train_options_default();
  char *command = train_command_line(c), *values = cli_options_yaml(o, false), *config = cli_format("# %s\n\n%s", command, values);
  char *data = describe_data(opt_text(o, "data"), &info);
  run.folder = folder;
  run.command = command;
  run.config_yaml = config;
  run.data_json = data;
  run.log_every = opt_int(o, "log-every");
  run.max_seconds = opt_float(o, "max-time");
  run.resume = opt_bool(o, "resume");
  run.force = opt_bool(o, "force");
  progress shown;
  progress_init(&shown, c, options->kind == RN_GLOVE ? "pairs" : "words", false);
  rn_train_result result = {0};
  rn_status status = rn_embeddings_train(c->ctx, text, options, &run, progress_observe, &shown, NULL, &result);
  free(data);
  free(config);
  free(values);
  free(command);
  int code = cli_fail_context(c);
  if (status == RN_ERROR_STOPPED && options->kind != RN_GLOVE) cli_say(c, "to go on: rondo train embeddings -o %s --resume", folder);
  if (status == RN_OK || status == RN_ERROR_STOPPED) {
    rn_context_clear(c->ctx);
    report_write(c, &folder, 1, NULL);
  }
  if (!code) finish(c, folder, text, &result);
  return code;
}

int cmd_train_embeddings(cli *c) {
  const cli_options *o = &c->options;
  rn_embeddings_options options;
  rn_embeddings_text *text = NULL;
  if (o->n_args == 1) cli_options_adopt(&c->options, "data", o->args[0], CLI_FLAG);
  char *folder = train_folder(c, "embeddings");
  int code = train_adopt_run(c, folder) ? EXIT_DONE : EXIT_USAGE;
  if (!code) code = read_options(c, &options);
  if (!code && opt_bool(o, "dump-config")) {
    train_dump_config(c);
  } else if (!code && !opt_text(o, "data")) {
    code = cli_fail(EXIT_USAGE, "which text? for example: rondo train embeddings corpus.txt");
  } else if (!code) {
    if (rn_embeddings_text_open(c->ctx, opt_text(o, "data"), &options, &text) != RN_OK) code = cli_fail_context(c);
    else code = learn(c, folder, &options, text);
  }
  rn_embeddings_text_free(text);
  free(folder);
  return code;
}
