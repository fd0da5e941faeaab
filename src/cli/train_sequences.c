/* train_sequences.c: see train_sequences.h. */
#include "train_sequences.h"
#include "report.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- the data ---- */

static int open_file(sequences_run *r, sequences_file *file, const char *what, const char *path) {
  cli *c = r->c;
  rn_sequences_options options;
  char sequences[32], rows[32];
  if (!path) return EXIT_DONE;
  if (!data_options(c, r->input, r->kind->per_row, &options)) return EXIT_USAGE;
  options.split = train_input(c).split;
  options.tokenizer = r->tokenizer;
  if (rn_sequences_open(c->ctx, path, &options, &file->sequences) != RN_OK) return cli_fail_context(c);
  file->path = path;
  const rn_sequences *s = &file->sequences;
  cli_say(c, "%s: %s sequences, %s %s", what, text_count(sequences, sizeof sequences, s->seqs.n_seqs),
          text_count(rows, sizeof rows, s->seqs.offset[s->seqs.n_seqs]), data_rows_name(r->input));
  if (s->n_bad > 0) cli_warn("%s: %" PRId64 " bad lines are left out", path, s->n_bad);
  if (file != &r->train && s->hash == r->train.sequences.hash)
    cli_warn("%s is the training data: how good a model is there says nothing about other data", path);
  return EXIT_DONE;
}

static int open_vectors(sequences_run *r) {
  cli *c = r->c;
  const char *path = opt_text(&c->options, "vectors");
  char words[32];
  if (!path) return EXIT_DONE;
  if (r->input != RN_INPUT_WORDS) return cli_fail(EXIT_USAGE, "--vectors: %s have no word vectors", data_rows_name(r->input));
  rn_vectors_options options = rn_vectors_options_default();
  if (rn_vectors_open(c->ctx, path, &options, &r->vectors) != RN_OK) return cli_fail_context(c);
  r->vectors_path = path;
  train_adopt_number(c, "embed", (double)r->vectors.dim, CLI_DEFAULT);
  if (opt_int(&c->options, "embed") != r->vectors.dim)
    return cli_fail(EXIT_USAGE, "--embed %s: the vectors of %s have %" PRId64 " numbers", opt_text(&c->options, "embed"), path,
                    r->vectors.dim);
  cli_say(c, "vectors: %s words, %" PRId64 " numbers each", text_count(words, sizeof words, r->vectors.n), r->vectors.dim);
  return EXIT_DONE;
}

static int open_tokenizer(sequences_run *r) {
  const cli_options *o = &r->c->options;
  if (opt_text(o, "tokenizer") && r->input != RN_INPUT_WORDS)
    return cli_fail(EXIT_USAGE, "--tokenizer: %s are no text", data_rows_name(r->input));
  if (opt_text(o, "tokenizer") && opt_text(o, "vectors"))
    return cli_fail(EXIT_USAGE, "--vectors are of words, and the tokens of --tokenizer are not: one or the other");
  return train_tokenizer(r->c, &r->tokenizer);
}

/* The language models whose states are read beside the words. */
static int open_context(sequences_run *r) {
  cli *c = r->c;
  const cli_options *o = &c->options;
  const char *path = opt_text(o, "context");
  if (!path) return EXIT_DONE;
  if (r->input != RN_INPUT_WORDS) return cli_fail(EXIT_USAGE, "--context: %s are no text", data_rows_name(r->input));
  if (o->verb == VERB_TRAIN_CLASSIFIER && opt_text(o, "tokenizer"))
    return cli_fail(EXIT_USAGE, "--context is of words, and the rows of --tokenizer are its tokens: one or the other");
  if (rn_model_open(c->ctx, path, &r->context) != RN_OK) return cli_fail_context(c);
  if (!rn_bilm_is(r->context))
    return cli_fail(EXIT_DATA, "--context %s: it is %s, where one is needed that `rondo train bilm` made", path,
                    cli_kind_noun(rn_model_kind(r->context)));
  char symbols[32], weights[32];
  cli_say(c, "context: %s symbols, %s weights, which stay as they are",
          text_count(symbols, sizeof symbols, rn_vocab_size(rn_model_vocab(r->context))),
          text_count(weights, sizeof weights, rn_params_elements(rn_model_params(r->context))));
  return EXIT_DONE;
}

/* Said before the training, not after it. */
static int check_nearest(const sequences_run *r) {
  const sequences_file *files[] = {&r->train, &r->valid, &r->test};
  int code = EXIT_DONE;
  for (int i = 0; i < 3 && opt_bool(&r->c->options, "nearest") && !code; i++) {
    if (files[i]->path) code = nearest_baseline_check(r->c, r->input, files[i]->path, &files[i]->sequences);
  }
  return code;
}

static int open_data(sequences_run *r) {
  const cli_options *o = &r->c->options;
  int code = open_tokenizer(r);
  if (!code) code = open_file(r, &r->train, "training", opt_text(o, "data"));
  if (!code) code = open_file(r, &r->valid, "validation", opt_text(o, "valid"));
  if (!code) code = open_file(r, &r->test, "test", opt_text(o, "test"));
  if (!code) code = check_nearest(r);
  if (!code) code = open_vectors(r);
  return code ? code : open_context(r);
}

static void close_data(sequences_run *r) {
  sequences_file *files[] = {&r->train, &r->valid, &r->test};
  for (int i = 0; i < 3; i++) {
    if (files[i]->path) rn_sequences_free(&files[i]->sequences);
  }
  if (r->vectors_path) rn_vectors_free(&r->vectors);
  rn_tokenizer_free(r->tokenizer);
  rn_model_free(r->context);
}

int64_t *train_order(const sequences_run *r) {
  const rn_sequences *s = &r->train.sequences;
  const cli_options *o = &r->c->options;
  int64_t n = s->seqs.n_seqs, *order = cli_alloc((size_t)n * sizeof *order);
  /* Sentences of a text stand beside their like: of these the last are the ones least known. */
  bool drawn = !r->kind->per_row && (!r->valid.path || opt_int(o, "folds") > 0);
  if (drawn) rn_sequences_order((uint64_t)opt_int(o, "seed"), n, order);
  for (int64_t i = 0; !drawn && i < n; i++) order[i] = i;
  return order;
}

static json_t *describe(const char *path, const rn_sequences *s) {
  char hash[24];
  snprintf(hash, sizeof hash, "%016" PRIx64, s->hash);
  return json_pack("{s:o, s:I, s:I, s:s}", "path", cli_json_text(path, strlen(path)), "sequences", (json_int_t)s->seqs.n_seqs, "tokens",
                   (json_int_t)s->seqs.offset[s->seqs.n_seqs], "xxh3", hash);
}

/* Owned by the caller, as the model keeps it. */
static char *describe_data(const sequences_run *r, const rn_sequences *train, const rn_sequences *valid) {
  json_t *object = json_pack("{s:o, s:o}", "train", describe(r->train.path, train), "reading", data_options_json(r->c));
  if (valid) json_object_set_new(object, "valid", describe(r->valid.path ? r->valid.path : r->train.path, valid));
  if (r->test.path) json_object_set_new(object, "test", describe(r->test.path, &r->test.sequences));
  if (r->vectors_path) {
    json_object_set_new(
        object, "vectors",
        json_pack("{s:o, s:I}", "path", cli_json_text(r->vectors_path, strlen(r->vectors_path)), "words", (json_int_t)r->vectors.n));
  }
  char *words = json_dumps(object, JSON_COMPACT);
  json_decref(object);
  return words;
}

/* ---- one training ---- */

void trained_free(trained *t) {
  evaluation_free(&t->valid);
  evaluation_free(&t->test);
  rn_model_free(t->model);
}

static void say_model(const sequences_run *r, const rn_model *model) {
  const cli *c = r->c;
  static const char *const nouns[] = {[RN_LEVEL_CHAR] = "characters", [RN_LEVEL_WORD] = "words", [RN_LEVEL_TOKEN] = "tokens"};
  char symbols[32], words[64] = "", weights[32];
  const rn_vocab *vocab = rn_model_vocab(model);
  if (vocab)
    snprintf(words, sizeof words, "%s %s, ", text_count(symbols, sizeof symbols, rn_vocab_size(vocab)), nouns[rn_vocab_level(vocab)]);
  cli_say(c, "model: %s%" PRId64 " labels, %s weights; seed %s, %d threads, %s", words, r->kind->n_labels(model),
          text_count(weights, sizeof weights, rn_params_elements(rn_model_params(model))), opt_text(&c->options, "seed"),
          rn_context_threads(c->ctx), rn_context_isa(c->ctx));
}

/* How good the model is on a data set, and what there is to compare it with. */
static int measure(sequences_run *r, const rn_model *model, const rn_sequences *train, const rn_sequences *data, evaluation *out) {
  rn_context *ctx = r->c->ctx;
  rn_status status = evaluation_new(ctx, model, data, out);
  if (status == RN_OK) status = evaluation_add_baseline(ctx, model, train, data, out);
  return status == RN_OK ? EXIT_DONE : cli_fail_context(r->c);
}

/* From a training and a validation part to a model that is as good as it becomes. */
static int train_parts(sequences_run *r, const rn_sequences *train, const rn_sequences *valid, const char *folder, trained *out) {
  cli *c = r->c;
  const cli_options *o = &c->options;
  rn_input_building building = {.max_words = opt_int(o, "vocab"),
                                .min_count = opt_int(o, "min-count"),
                                .vectors = r->vectors_path ? &r->vectors : NULL,
                                .tokenizer = r->tokenizer,
                                .context = r->context};
  rn_task *task = NULL;
  int code = r->kind->new_model(c, train, &building, &out->model);
  if (!code) say_model(r, out->model);
  if (!code) code = train_init_weights(c, out->model);
  if (!code && r->kind->new_task(c, out->model, train, valid, &task) != RN_OK) code = cli_fail_context(c);
  if (!code) {
    char *data = describe_data(r, train, valid);
    if (folder && (opt_bool(o, "force") || opt_bool(o, "resume"))) evaluation_remove(folder);
    code = train_run(c, folder, task, data, false, &out->result);
    free(data);
  }
  if (task) r->kind->free_task(task);
  if (!code && valid) code = measure(r, out->model, train, valid, &out->valid);
  if (!code && r->test.path) code = measure(r, out->model, train, &r->test.sequences, &out->test);
  if (code || !folder) return code;
  const rn_sequences *shown = valid ? valid : r->test.path ? &r->test.sequences : NULL;
  if (!evaluation_write(c->ctx, folder, out->model, train, shown, &out->valid, &out->test)) return EXIT_RUN;
  return report_write(c, &folder, 1, NULL); /* again, now with what it is worth */
}

int64_t train_n_valid(const sequences_run *r, int64_t n) {
  return r->valid.path ? 0 : (int64_t)((double)n * opt_float(&r->c->options, "valid-fraction"));
}

int train_on(sequences_run *r, const int64_t *pick, int64_t n, const char *folder, trained *out) {
  cli *c = r->c;
  const rn_sequences *all = &r->train.sequences;
  bool quiet = c->quiet, muted = c->muted;
  int64_t n_valid = train_n_valid(r, n);
  rn_sequences train = {0}, valid = {0};
  *out = (trained){0};
  if (!r->valid.path && opt_float(&c->options, "valid-fraction") > 0 && n_valid == 0)
    cli_warn("%" PRId64 " sequences are too few to keep a part for validation: the last model is kept instead of the best", n);
  if (rn_sequences_pick(c->ctx, all, pick, n - n_valid, &train) != RN_OK) return cli_fail_context(c);
  if (n_valid > 0 && rn_sequences_pick(c->ctx, all, pick + n - n_valid, n_valid, &valid) != RN_OK) {
    rn_sequences_free(&train);
    return cli_fail_context(c);
  }
  if (!folder) c->quiet = c->muted = true;
  int code = train_parts(r, &train, r->valid.path ? &r->valid.sequences : n_valid > 0 ? &valid : NULL, folder, out);
  c->quiet = quiet;
  c->muted = muted;
  rn_sequences_free(&train);
  if (n_valid > 0) rn_sequences_free(&valid);
  return code;
}

int train_nearest(const sequences_run *r, const int64_t *pick, int64_t n, trained *out) {
  cli *c = r->c;
  if (!opt_bool(&c->options, "nearest")) return EXIT_DONE;
  const rn_sequences *all = &r->train.sequences, *v = &r->valid.sequences, *t = &r->test.sequences;
  int64_t n_valid = train_n_valid(r, n);
  nearest_part train = {all, pick, n - n_valid};
  nearest_part valid = r->valid.path ? (nearest_part){v, NULL, v->seqs.n_seqs} : (nearest_part){all, pick + n - n_valid, n_valid};
  nearest_part test = {t, NULL, t->seqs.n_seqs};
  if (nearest_baseline_add(&out->nearest_valid, c->ctx, &train, &valid) != RN_OK) return cli_fail_context(c);
  return nearest_baseline_add(&out->nearest_test, c->ctx, &train, &test) == RN_OK ? EXIT_DONE : cli_fail_context(c);
}

/* ---- afterwards ---- */

static json_t *part_json(const evaluation *e, const nearest_baseline *nearest) {
  json_t *object = evaluation_json(e);
  if (nearest->n > 0) json_object_set_new(object, "nearest", nearest_baseline_json(nearest));
  return object;
}

json_t *trained_json(const sequences_run *r, const char *folder, const trained *t) {
  const rn_train_result *result = &t->result;
  json_t *object = json_pack("{s:s, s:o, s:s, s:I, s:I, s:s, s:o}", "event", "result", "run", cli_json_text(folder, strlen(folder)), "seed",
                             opt_text(&r->c->options, "seed"), "steps", (json_int_t)result->steps, "best_step",
                             (json_int_t)result->best_step, "why", result->why, "seconds", cli_json_real(result->seconds));
  if (evaluation_any(&t->valid)) json_object_set_new(object, "valid", part_json(&t->valid, &t->nearest_valid));
  if (evaluation_any(&t->test)) json_object_set_new(object, "test", part_json(&t->test, &t->nearest_test));
  return object;
}

/* A line for one data set, and below it those of what there is to compare it with. */
static void put_headline(const char *name, const evaluation *e, const nearest_baseline *nearest) {
  char words[128];
  printf("%-11s %s\n", name, evaluation_headline(e, words, sizeof words));
  if (e->baseline) printf("%-11s %s\n", "", evaluation_baseline_line(e, words, sizeof words));
  if (nearest->n > 0) printf("%-11s %s\n", "nearest", nearest_baseline_line(nearest, words, sizeof words));
}

static void put_result(const sequences_run *r, const trained *t) {
  const cli *c = r->c;
  char steps[32], took[32];
  if (!c->quiet) fputc('\n', stderr);
  printf("%-11s %s\n", "run", r->folder);
  printf("%-11s %s in %s (%s)\n", "steps", text_count(steps, sizeof steps, t->result.steps),
         text_time(took, sizeof took, t->result.seconds), t->result.why);
  if (evaluation_any(&t->valid)) put_headline("validation", &t->valid, &t->nearest_valid);
  if (evaluation_any(&t->test)) {
    put_headline("test", &t->test, &t->nearest_test);
    putchar('\n');
    evaluation_put(stdout, &t->test);
  }
  fflush(stdout);
  cli_say(c,
          "\nWhat to type next:\n"
          "  rondo %s %s %s\n"
          "  rondo eval %s %s\n"
          "and look at %s/report.html",
          r->kind->per_row ? "tag" : "classify", r->folder, r->input == RN_INPUT_WORDS ? "< lines.txt" : "NEW-DATA", r->folder,
          r->test.path ? r->test.path : "TEST-DATA", r->folder);
}

static int train_once(sequences_run *r) {
  trained t;
  int64_t *order = train_order(r);
  int code = train_on(r, order, r->train.sequences.seqs.n_seqs, r->folder, &t);
  if (!code) code = train_nearest(r, order, r->train.sequences.seqs.n_seqs, &t);
  if (!code) {
    if (evaluation_any(&t.test)) evaluation_warn(&t.test, r->test.path);
    if (r->c->json) cli_put_json(trained_json(r, r->folder, &t));
    else put_result(r, &t);
  }
  trained_free(&t);
  free(order);
  return code;
}

/* --init-from a model of this kind: its shape. One of another kind, or a state dict, has none to give. */
static void adopt_model(cli *c, const sequences_kind *kind) {
  const char *path = opt_text(&c->options, "init-from");
  rn_model *model;
  if (!path) return;
  if (rn_model_open(c->ctx, path, &model) == RN_OK) {
    if (strcmp(rn_model_kind(model), kind->name) == 0) kind->adopt_model(c, model);
    if (data_tokenizer(model)) cli_options_adopt(&c->options, "tokenizer", path, CLI_MODEL);
    rn_model_free(model);
  }
  rn_context_clear(c->ctx); /* what is wrong with the file is said when its weights are wanted */
}

int train_sequences(cli *c, const sequences_kind *kind) {
  const cli_options *o = &c->options;
  if (o->n_args == 1) cli_options_adopt(&c->options, "data", o->args[0], CLI_FLAG);
  sequences_run r = {.c = c, .kind = kind, .folder = train_folder(c, kind->name)};
  bool repeats = train_repeats_wanted(c);
  char *first = repeats ? train_repeats_first(c, r.folder) : cli_copy(r.folder);
  int code = first && train_adopt_run(c, first) ? EXIT_DONE : EXIT_USAGE;
  if (!code) adopt_model(c, kind);
  r.input = data_input(c);
  if (!code) kind->adopt(c, r.input);
  if (!code && opt_bool(o, "dump-config")) {
    train_dump_config(c);
  } else if (!code && !opt_text(o, "data")) {
    if (opt_bool(o, "resume")) code = cli_fail(EXIT_USAGE, "which data? %s/config.yaml does not say; give the options of before", first);
    else code = cli_fail(EXIT_USAGE, "which data? for example: %s", kind->example);
  } else if (!code) {
    cli_seed(c);
    code = open_data(&r);
    if (!code) code = repeats ? train_repeats(&r) : train_once(&r);
  }
  close_data(&r);
  free(first);
  free(r.folder);
  return code;
}
