/* text_run.c: see text_run.h. */
#include "text_run.h"
#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Tokens of the sample at the end, by level: about as much text. */
static const int sample_lengths[] = {[RN_LEVEL_CHAR] = 300, [RN_LEVEL_WORD] = 60, [RN_LEVEL_TOKEN] = 80};

int text_run_begin(cli *c, const char *name, text_run *out) {
  *out = (text_run){.c = c};
  if (c->options.n_args == 1) cli_options_adopt(&c->options, "data", c->options.args[0], CLI_FLAG);
  out->folder = train_folder(c, name);
  return train_adopt_run(c, out->folder) ? EXIT_DONE : EXIT_USAGE;
}

bool text_run_wanted(const text_run *r, int *code) {
  const cli_options *o = &r->c->options;
  if (opt_bool(o, "dump-config")) {
    train_dump_config(r->c);
    return false;
  }
  if (opt_text(o, "data")) return true;
  if (opt_bool(o, "resume")) *code = cli_fail(EXIT_USAGE, "which text? %s/config.yaml does not say; give the options of before", r->folder);
  else *code = cli_fail(EXIT_USAGE, "which text? for example: rondo train %s book.txt", r->c->command->subject);
  return false;
}

void text_run_close(text_run *r) {
  rn_model_free(r->model);
  run_text *texts[] = {&r->train, &r->valid, &r->test};
  for (int i = 0; i < 3; i++) {
    rn_encoding_free(&texts[i]->encoding);
    if (texts[i]->corpus.text) rn_corpus_close(&texts[i]->corpus);
  }
  free(r->folder);
}

/* ---- the data ---- */

static int open_text(cli *c, run_text *t, const char *path) {
  if (rn_corpus_open(c->ctx, path, &t->corpus) != RN_OK) return cli_fail_context(c);
  t->path = path;
  t->start = t->corpus.text;
  t->size = t->corpus.size;
  return EXIT_DONE;
}

static int encode_text(cli *c, const rn_vocab *vocab, run_text *t, const char *what) {
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

/* Of the tokens of --tokenizer, or of the symbols of the training text. */
static int make_vocab(text_run *r, rn_vocab **vocab) {
  cli *c = r->c;
  const cli_options *o = &c->options;
  rn_tokenizer *tokenizer;
  rn_vocab_options vo = rn_vocab_options_default(opt_choice(o, "level") == 1 ? RN_LEVEL_WORD : RN_LEVEL_CHAR);
  vo.max_size = opt_int(o, "vocab");
  vo.min_count = opt_int(o, "min-count");
  int code = train_tokenizer(c, &tokenizer);
  if (code) return code;
  rn_status status = tokenizer ? rn_vocab_from_tokenizer(c->ctx, tokenizer, vocab)
                               : rn_vocab_build(c->ctx, r->train.start, r->train.size, &vo, vocab);
  return status == RN_OK ? EXIT_DONE : cli_fail_context(c);
}

int text_run_open(text_run *r, rn_vocab **vocab) {
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
  code = make_vocab(r, vocab);
  if (!code) code = encode_text(c, *vocab, &r->train, "training");
  if (!code && rn_vocab_level(*vocab) == RN_LEVEL_TOKEN) rn_vocab_count_ids(*vocab, r->train.encoding.ids, r->train.encoding.n);
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

static json_t *describe_text(const run_text *t) {
  json_t *object = json_pack("{s:o, s:I, s:I, s:I}", "path", cli_json_text(t->path, strlen(t->path)), "bytes", (json_int_t)t->size,
                             "tokens", (json_int_t)t->encoding.n, "unknown", (json_int_t)t->encoding.n_unknown);
  if (t->corpus.text) {
    char hash[24];
    snprintf(hash, sizeof hash, "%016" PRIx64, t->corpus.hash);
    json_object_set_new(object, "xxh3", json_string(hash));
  }
  return object;
}

static char *describe_data(const text_run *r) {
  json_t *object = json_pack("{s:o}", "train", describe_text(&r->train));
  if (r->valid.encoding.n > 0) json_object_set_new(object, "valid", describe_text(&r->valid));
  if (r->test.path) json_object_set_new(object, "test", describe_text(&r->test));
  char *words = json_dumps(object, JSON_COMPACT);
  json_decref(object);
  return words;
}

void text_run_say_model(const text_run *r, const char *words) {
  char symbols[32], weights[32];
  cli_say(r->c, "model: %s, %s symbols, %s weights; seed %" PRId64 ", %d threads, %s", words,
          text_count(symbols, sizeof symbols, rn_vocab_size(rn_model_vocab(r->model))),
          text_count(weights, sizeof weights, rn_params_elements(rn_model_params(r->model))), opt_int(&r->c->options, "seed"),
          rn_context_threads(r->c->ctx), rn_context_isa(r->c->ctx));
}

/* ---- afterwards ---- */

static bool collect(void *user, const char *piece, size_t size) { return fwrite(piece, 1, size, user) == size; }

/* Nats per token of the test text; of a model that reads from both ends, the mean of both. */
static rn_status measure_test(const text_run *r, double *nats) {
  rn_lm_eval_options how = {.lines = opt_bool(&r->c->options, "lines")};
  rn_lm_metrics one;
  rn_bilm_metrics two;
  rn_status status = rn_bilm_is(r->model) ? rn_bilm_eval(r->c->ctx, r->model, r->test.start, r->test.size, &how, &two)
                                          : rn_lm_eval(r->c->ctx, r->model, r->test.start, r->test.size, &how, &one);
  if (status == RN_OK) *nats = rn_bilm_is(r->model) ? two.nats_per_token : one.nats_per_token;
  return status;
}

/* A sample of the finished model; "" of one that writes none. Owned by the caller. */
static char *write_sample(const text_run *r) {
  const rn_vocab *vocab = rn_model_vocab(r->model);
  rn_sampling how = rn_sampling_default();
  how.temperature = 0.8f;
  how.reject = rn_vocab_unk(vocab);
  how.seed = (uint64_t)opt_int(&r->c->options, "seed");
  char *sample = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&sample, &size);
  if (!out) return cli_copy("");
  if (rn_lm_is(r->model))
    rn_lm_generate(r->c->ctx, r->model, "", 0, sample_lengths[rn_vocab_level(vocab)], false, &how, collect, out);
  fclose(out);
  return sample;
}

static void put_measure(const char *name, double nats, double baseline, const run_text *t) {
  double bits = nats * (double)t->encoding.n / (double)t->encoding.n_chars / log(2);
  printf("%-11s perplexity %.*f, %.4f nats per token, %.4f bits per character\n", name, nats > 4.6 ? 2 : 4, exp(nats), nats, bits);
  printf("%-11s perplexity %.*f, guessing by frequency alone\n", "", baseline > 4.6 ? 2 : 4, exp(baseline));
}

static json_t *measure_json(double nats, double baseline) {
  json_t *object = json_pack("{s:o, s:o}", "nats_per_token", cli_json_real(nats), "perplexity", cli_json_real(exp(nats)));
  if (isfinite(baseline)) json_object_set_new(object, "baseline_perplexity", cli_json_real(exp(baseline)));
  return object;
}

static void say_next(const text_run *r) {
  cli *c = r->c;
  rn_level level = rn_vocab_level(rn_model_vocab(r->model));
  if (rn_bilm_is(r->model))
    cli_say(c,
            "\nWhat to type next:\n"
            "  rondo train tagger train.conll --context %s\n"
            "  rondo eval %s other.txt\n"
            "  rondo info %s\n"
            "and look at %s/report.html",
            r->folder, r->folder, r->folder, r->folder);
  else
    cli_say(c,
            "\nWhat to type next:\n"
            "  rondo generate %s --prompt \"%s\" --length 400\n"
            "  rondo next %s --prompt \"%s\"\n"
            "  rondo info %s\n"
            "and look at %s/report.html",
            r->folder, level == RN_LEVEL_WORD ? "the" : "The", r->folder, level == RN_LEVEL_CHAR ? "in th" : "in the", r->folder,
            r->folder);
}

static int finish(text_run *r, const rn_train_result *result) {
  cli *c = r->c;
  const rn_vocab *vocab = rn_model_vocab(r->model);
  double test = NAN;
  if (r->test.path && measure_test(r, &test) != RN_OK) return cli_fail_context(c);
  char *sample = write_sample(r), steps[32], took[32];
  if (rn_context_status(c->ctx) != RN_OK) return free(sample), cli_fail_context(c);
  double baseline = r->valid.encoding.n ? rn_lm_unigram_nats(vocab, r->valid.encoding.ids, r->valid.encoding.n) : NAN;
  if (c->json) {
    json_t *object = json_pack("{s:s, s:o, s:I, s:I, s:s, s:o, s:o}", "event", "result", "run", cli_json_text(r->folder, strlen(r->folder)),
                               "steps", (json_int_t)result->steps, "best_step", (json_int_t)result->best_step, "why", result->why,
                               "seconds", cli_json_real(result->seconds), "sample", cli_json_text(sample, strlen(sample)));
    if (r->valid.encoding.n) { json_object_set_new(object, "valid", measure_json(result->best, baseline)); }
    if (r->test.path) json_object_set_new(object, "test", measure_json(test, NAN));
    cli_put_json(object);
    free(sample);
    return EXIT_DONE;
  }
  if (!c->quiet) fputc('\n', stderr);
  printf("%-11s %s\n", "run", r->folder);
  printf("%-11s %s in %s (%s)\n", "steps", text_count(steps, sizeof steps, result->steps), text_time(took, sizeof took, result->seconds),
         result->why);
  if (r->valid.encoding.n) put_measure("validation", result->best, baseline, &r->valid);
  if (r->test.path) put_measure("test", test, rn_lm_unigram_nats(vocab, r->test.encoding.ids, r->test.encoding.n), &r->test);
  if (rn_lm_is(r->model)) printf("\n%s\n", sample);
  free(sample);
  fflush(stdout);
  say_next(r);
  return EXIT_DONE;
}

int text_run_train(text_run *r) {
  char *data = describe_data(r);
  rn_train_result result = {0};
  int code = train_run(r->c, r->folder, r->task, data, true, &result);
  free(data);
  return code ? code : finish(r, &result);
}
