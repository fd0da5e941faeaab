/* cmd_train_lm.c: rondo train lm: a text in, a language model out. */
#include "terminal.h"
#include "train_setup.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Tokens of the sample at the end: about as much text of either level. */
#define SAMPLE_CHARACTERS 300
#define SAMPLE_WORDS 60

/* A text and its ids. */
typedef struct text {
  rn_corpus corpus; /* not opened where the text is a part of another */
  const char *path, *start;
  size_t size;
  rn_encoding encoding;
} text;

typedef struct lm_run {
  cli *c;
  char *folder;
  text train, valid, test;
  rn_model *model;
  rn_task *task;
} lm_run;

/* ---- the data ---- */

static int open_text(cli *c, text *t, const char *path) {
  if (rn_corpus_open(c->ctx, path, &t->corpus) != RN_OK) return cli_fail_context(c);
  t->path = path;
  t->start = t->corpus.text;
  t->size = t->corpus.size;
  return EXIT_DONE;
}

static int encode_text(cli *c, const rn_vocab *vocab, text *t, const char *what) {
  if (rn_vocab_encode(c->ctx, vocab, t->start, t->size, &t->encoding) != RN_OK) return cli_fail_context(c);
  const rn_encoding *e = &t->encoding;
  char tokens[32];
  if (e->n_unknown > 0) {
    cli_say(c, "%s: %s tokens, %.2f%% unknown", what, text_count(tokens, sizeof tokens, e->n), 100.0 * (double)e->n_unknown / (double)e->n);
  } else {
    cli_say(c, "%s: %s tokens", what, text_count(tokens, sizeof tokens, e->n));
  }
  return EXIT_DONE;
}

static int open_data(lm_run *r, rn_vocab **vocab) {
  cli *c = r->c;
  const cli_options *o = &c->options;
  const char *valid = opt_text(o, "valid"), *test = opt_text(o, "test");
  int code = open_text(c, &r->train, opt_text(o, "data"));
  if (!code && valid) code = open_text(c, &r->valid, valid);
  if (!code && test) code = open_text(c, &r->test, test);
  if (code) return code;
  if (valid && r->valid.corpus.hash == r->train.corpus.hash)
    cli_warn("%s is the training text: its perplexity says nothing about other texts", valid);
  if (test && r->test.corpus.hash == r->train.corpus.hash)
    cli_warn("%s is the training text: its perplexity says nothing about other texts", test);
  if (!valid) {
    size_t at = train_split(r->train.start, r->train.size, opt_float(o, "valid-fraction"));
    r->valid.path = r->train.path;
    r->valid.start = r->train.start + at;
    r->valid.size = r->train.size - at;
    r->train.size = at;
  }
  if (r->train.size == 0)
    return cli_fail(EXIT_DATA, "%s: of %zu bytes none are left to train on beside the validation; more text is needed, or --valid",
                    r->train.path, r->valid.size);
  rn_vocab_options vo = rn_vocab_options_default(opt_choice(o, "level") == 1 ? RN_LEVEL_WORD : RN_LEVEL_CHAR);
  vo.max_size = opt_int(o, "vocab");
  vo.min_count = opt_int(o, "min-count");
  if (rn_vocab_build(c->ctx, r->train.start, r->train.size, &vo, vocab) != RN_OK) return cli_fail_context(c);
  code = encode_text(c, *vocab, &r->train, "training");
  if (!code && r->train.encoding.n == r->train.encoding.n_unknown)
    cli_warn("every symbol of %s is unknown, and there is nothing to learn: lower --min-count, or raise --vocab", r->train.path);
  if (!code && r->valid.size > 0) code = encode_text(c, *vocab, &r->valid, "validation");
  if (!code && test) code = encode_text(c, *vocab, &r->test, "test");
  if (!code && r->valid.encoding.n < 2) {
    if (valid || opt_float(o, "valid-fraction") > 0)
      cli_warn("%s is too short to keep a part for validation: the last model is kept instead of the best", r->train.path);
    r->valid.encoding.n = 0;
  }
  if (code) rn_vocab_free(*vocab), *vocab = NULL;
  return code;
}

static json_t *describe_text(const text *t) {
  json_t *object = json_pack("{s:o, s:I, s:I, s:I}", "path", cli_json_text(t->path, strlen(t->path)), "bytes", (json_int_t)t->size,
                             "tokens", (json_int_t)t->encoding.n, "unknown", (json_int_t)t->encoding.n_unknown);
  if (t->corpus.text) {
    char hash[24];
    snprintf(hash, sizeof hash, "%016" PRIx64, t->corpus.hash);
    json_object_set_new(object, "xxh3", json_string(hash));
  }
  return object;
}

static char *describe_data(const lm_run *r) {
  json_t *object = json_pack("{s:o}", "train", describe_text(&r->train));
  if (r->valid.encoding.n > 0) json_object_set_new(object, "valid", describe_text(&r->valid));
  if (r->test.path) json_object_set_new(object, "test", describe_text(&r->test));
  char *words = json_dumps(object, JSON_COMPACT);
  json_decref(object);
  return words;
}

/* ---- the model ---- */

static void adopt_config(cli *c, const rn_lm_config *config) {
  train_adopt_stack(c, &config->stack, CLI_MODEL);
  train_adopt_number(c, "embed", (double)config->embed, CLI_MODEL);
  train_adopt_switch(c, "tie", config->tie, CLI_MODEL);
}

/* --init-from a model of ours: its shape, where nothing else says otherwise. A state dict has none to give. */
static void adopt_model(cli *c) {
  const char *path = opt_text(&c->options, "init-from");
  rn_model *model;
  rn_lm_config config;
  if (!path) return;
  if (rn_model_open(c->ctx, path, &model) == RN_OK) {
    const rn_vocab *vocab = rn_model_vocab(model);
    if (rn_lm_config_of(c->ctx, model, &config) == RN_OK) adopt_config(c, &config);
    if (vocab) cli_options_adopt(&c->options, "level", rn_vocab_level(vocab) == RN_LEVEL_WORD ? "word" : "char", CLI_MODEL);
    rn_model_free(model);
  }
  rn_context_clear(c->ctx); /* what is wrong with the file is said when its weights are wanted */
}

static rn_lm_config lm_config(const cli *c, rn_level level) {
  const cli_options *o = &c->options;
  rn_lm_config config = rn_lm_config_default(level);
  config.stack = train_stack(c);
  config.embed = opt_int(o, "embed");
  config.tie = opt_bool(o, "tie");
  config.dropout_embed = (float)opt_float(o, "dropout-embed");
  config.dropout_input = train_dropout(c, "dropout-input");
  config.dropout_output = train_dropout(c, "dropout-output");
  config.init = train_init(c);
  return config;
}

static int build(lm_run *r) {
  cli *c = r->c;
  const cli_options *o = &c->options;
  rn_vocab *vocab = NULL;
  int code = open_data(r, &vocab);
  if (code) return code;
  rn_lm_config config = lm_config(c, rn_vocab_level(vocab));
  char symbols[32], weights[32];
  text_count(symbols, sizeof symbols, rn_vocab_size(vocab));
  if (rn_lm_new(c->ctx, &config, vocab, cli_seed(c), &r->model) != RN_OK) return cli_fail_context(c);
  cli_say(c, "model: %d x %" PRId64 " %s, %s symbols, %s weights; seed %" PRId64 ", %d threads, %s", config.stack.n_layers,
          config.stack.n_hidden, rn_cell_name(config.stack.cell), symbols,
          text_count(weights, sizeof weights, rn_params_elements(rn_model_params(r->model))), opt_int(o, "seed"),
          rn_context_threads(c->ctx), rn_context_isa(c->ctx));
  if ((code = train_init_weights(c, r->model))) return code;
  rn_lm_data data = {
      .train = r->train.encoding.ids,
      .n_train = r->train.encoding.n,
      .valid = r->valid.encoding.ids,
      .n_valid = r->valid.encoding.n,
      .batches = {.batch = opt_int(o, "batch"),
                  .bptt = opt_int(o, "bptt"),
                  .lines = opt_bool(o, "lines"),
                  .eos = rn_vocab_eos(rn_model_vocab(r->model)),
                  .seed = cli_seed(c)},
      .loss = rn_lm_loss_default(train_optimizer_kind(c)),
  };
  rn_lm_loss_parse(opt_text(o, "loss"), &data.loss); /* "auto" leaves it */
  if (rn_lm_task_new(c->ctx, r->model, &data, &r->task) != RN_OK) return cli_fail_context(c);
  return EXIT_DONE;
}

/* ---- afterwards ---- */

static bool collect(void *user, const char *piece, size_t size) { return fwrite(piece, 1, size, user) == size; }

/* A sample of the finished model. Owned by the caller. */
static char *write_sample(const lm_run *r) {
  const rn_vocab *vocab = rn_model_vocab(r->model);
  rn_sampling how = rn_sampling_default();
  how.temperature = 0.8f;
  how.reject = rn_vocab_unk(vocab);
  how.seed = (uint64_t)opt_int(&r->c->options, "seed");
  char *sample = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&sample, &size);
  if (!out) return cli_copy("");
  int64_t length = rn_vocab_level(vocab) == RN_LEVEL_WORD ? SAMPLE_WORDS : SAMPLE_CHARACTERS;
  rn_lm_generate(r->c->ctx, r->model, "", 0, length, false, &how, collect, out);
  fclose(out);
  return sample;
}

static void put_measure(const char *name, double nats, double baseline, const text *t) {
  double bits = nats * (double)t->encoding.n / (double)t->encoding.n_chars / log(2);
  printf("%-11s perplexity %.*f, %.4f nats per token, %.4f bits per character\n", name, nats > 4.6 ? 2 : 4, exp(nats), nats, bits);
  printf("%-11s perplexity %.*f, guessing by frequency alone\n", "", baseline > 4.6 ? 2 : 4, exp(baseline));
}

static json_t *measure_json(double nats, double baseline) {
  json_t *object = json_pack("{s:o, s:o}", "nats_per_token", cli_json_real(nats), "perplexity", cli_json_real(exp(nats)));
  if (isfinite(baseline)) json_object_set_new(object, "baseline_perplexity", cli_json_real(exp(baseline)));
  return object;
}

static int finish(lm_run *r, const rn_train_result *result) {
  cli *c = r->c;
  const rn_vocab *vocab = rn_model_vocab(r->model);
  rn_lm_metrics test = {0};
  rn_lm_eval_options how = {.lines = opt_bool(&c->options, "lines")};
  if (r->test.path && rn_lm_eval(c->ctx, r->model, r->test.start, r->test.size, &how, &test) != RN_OK) return cli_fail_context(c);
  char *sample = write_sample(r), steps[32], took[32];
  if (rn_context_status(c->ctx) != RN_OK) return free(sample), cli_fail_context(c);
  double baseline = r->valid.encoding.n ? rn_lm_unigram_nats(vocab, r->valid.encoding.ids, r->valid.encoding.n) : NAN;
  if (c->json) {
    json_t *object = json_pack("{s:s, s:o, s:I, s:I, s:s, s:o, s:o}", "event", "result", "run", cli_json_text(r->folder, strlen(r->folder)),
                               "steps", (json_int_t)result->steps, "best_step", (json_int_t)result->best_step, "why", result->why,
                               "seconds", cli_json_real(result->seconds), "sample", cli_json_text(sample, strlen(sample)));
    if (r->valid.encoding.n) { json_object_set_new(object, "valid", measure_json(result->best, baseline)); }
    if (r->test.path) json_object_set_new(object, "test", measure_json(test.nats_per_token, NAN));
    cli_put_json(object);
    free(sample);
    return EXIT_DONE;
  }
  if (!c->quiet) fputc('\n', stderr);
  printf("%-11s %s\n", "run", r->folder);
  printf("%-11s %s in %s (%s)\n", "steps", text_count(steps, sizeof steps, result->steps), text_time(took, sizeof took, result->seconds),
         result->why);
  if (r->valid.encoding.n) put_measure("validation", result->best, baseline, &r->valid);
  if (r->test.path) put_measure("test", test.nats_per_token, rn_lm_unigram_nats(vocab, r->test.encoding.ids, r->test.encoding.n), &r->test);
  printf("\n%s\n", sample);
  free(sample);
  fflush(stdout);
  cli_say(c,
          "\nWhat to type next:\n"
          "  rondo generate %s --prompt \"%s\" --length 400\n"
          "  rondo next %s --prompt \"%s\"\n"
          "  rondo info %s\n"
          "and look at %s/report.html",
          r->folder, rn_vocab_level(vocab) == RN_LEVEL_WORD ? "the" : "The", r->folder,
          rn_vocab_level(vocab) == RN_LEVEL_WORD ? "in the" : "in th", r->folder, r->folder);
  return EXIT_DONE;
}

static int train(lm_run *r) {
  char *data = describe_data(r);
  rn_train_result result = {0};
  int code = train_run(r->c, r->folder, r->task, data, true, &result);
  free(data);
  return code ? code : finish(r, &result);
}

int cmd_train_lm(cli *c) {
  lm_run r = {.c = c};
  const cli_options *o = &c->options;
  if (o->n_args == 1) cli_options_adopt(&c->options, "data", o->args[0], CLI_FLAG);
  r.folder = train_folder(c, "lm");
  int code = train_adopt_run(c, r.folder) ? EXIT_DONE : EXIT_USAGE;
  if (!code) adopt_model(c);
  if (!code && opt_bool(o, "dump-config")) {
    train_dump_config(c);
  } else if (!code && !opt_text(o, "data")) {
    if (opt_bool(o, "resume")) code = cli_fail(EXIT_USAGE, "which text? %s/config.yaml does not say; give the options of before", r.folder);
    else code = cli_fail(EXIT_USAGE, "which text? for example: rondo train lm book.txt");
  } else if (!code && opt_bool(o, "bidirectional")) {
    code = cli_fail(EXIT_USAGE,
                    "--bidirectional: a language model predicts the next token, and reading from the right would show it the answer");
  } else if (!code) {
    code = build(&r);
    if (!code) code = train(&r);
  }
  rn_lm_task_free(r.task);
  rn_model_free(r.model);
  text *texts[] = {&r.train, &r.valid, &r.test};
  for (int i = 0; i < 3; i++) {
    rn_encoding_free(&texts[i]->encoding);
    if (texts[i]->corpus.text) rn_corpus_close(&texts[i]->corpus);
  }
  free(r.folder);
  return code;
}
