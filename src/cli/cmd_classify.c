/* cmd_classify.c: rondo classify: labels for lines of text, or for other sequences. */
#include "attention_text.h"
#include "data_options.h"
#include "line_batch.h"
#include "terminal.h"

#include <stdlib.h>
#include <string.h>

typedef struct classify_job {
  cli *c;
  const rn_model *model;
  rn_classifier *classifier;
  rn_classifier_config config;
  int64_t n_labels, *ranked; /* [n_labels] */
  bool attention, color;
  line_words lines;
  /* Room for so many sequences, and so many rows. */
  float *probability, *weights;
  rn_string *words;
  int64_t n_room, capacity;
} classify_job;

/* ---- an answer ---- */

/* Labels that are answered, the best first, into job->ranked; returns how many. */
static int64_t rank(const classify_job *job, const float *p) {
  int64_t *list = job->ranked, n = job->n_labels, top = opt_int(&job->c->options, "top");
  bool given = opt_given(&job->c->options, "top");
  for (int64_t i = 0; i < n; i++) { /* insertion: of equals the first label stays first */
    int64_t at = i;
    while (at > 0 && p[list[at - 1]] < p[i]) list[at] = list[at - 1], at--;
    list[at] = i;
  }
  if (job->config.labels == RN_LABELS_MULTI && !given) {
    int64_t yes = 0;
    while (yes < n && p[list[yes]] >= 0.5f) yes++;
    return yes;
  }
  if (job->config.labels == RN_LABELS_ORDINAL && !given) {
    list[0] = rn_classifier_answer(job->model, p);
    return 1;
  }
  return top < n ? top : n;
}

static json_t *answer_json(const classify_job *job, const float *p, int64_t n) {
  json_t *list = json_array();
  for (int64_t i = 0; i < n; i++) {
    const char *label = rn_classifier_label(job->model, job->ranked[i]);
    json_array_append_new(
        list, json_pack("{s:o, s:o}", "label", cli_json_text(label, strlen(label)), "probability", cli_json_real(p[job->ranked[i]])));
  }
  return json_pack("{s:o}", "labels", list);
}

/* Label and probability of each answer, by tabs; "-" where no label is likely enough. */
static void put_answer(const classify_job *job, const rn_string *text, const float *p, const rn_string *words, int64_t n_words,
                       const float *weights) {
  int64_t n = rank(job, p);
  if (job->c->json) {
    json_t *object = answer_json(job, p, n);
    if (text) json_object_set_new(object, "text", cli_json_text(text->data, text->size));
    if (weights) json_object_set_new(object, "attention", attention_text_json(words, n_words, weights));
    cli_put_json(object);
    return;
  }
  if (n == 0) fputc('-', stdout);
  for (int64_t i = 0; i < n; i++) printf("%s%s\t%.4f", i ? "\t" : "", rn_classifier_label(job->model, job->ranked[i]), p[job->ranked[i]]);
  fputc('\n', stdout);
  if (weights) attention_text_put(stdout, words, n_words, weights, job->color);
}

static void make_room(classify_job *job, int64_t n) {
  if (n <= job->capacity) return;
  job->capacity = 2 * n;
  job->words = cli_realloc(job->words, (size_t)job->capacity * sizeof *job->words);
  if (job->attention) job->weights = cli_realloc(job->weights, (size_t)job->capacity * sizeof *job->weights);
}

/* ---- lines of text ---- */

/* Nothing said, nothing answered. */
static void put_nothing(const classify_job *job, rn_string text) {
  if (job->c->json) cli_put_json(json_pack("{s:[], s:o}", "labels", "text", cli_json_text(text.data, text.size)));
  else putchar('\n');
}

static int classify_lines(void *user, const cli_line *lines, int64_t n) {
  classify_job *job = user;
  rn_sequences s;
  int code = line_words_split(job->c, &job->lines, lines, n, &s);
  if (code) return code;
  if (n > job->n_room) {
    job->n_room = n;
    job->probability = cli_realloc(job->probability, (size_t)(n * job->n_labels) * sizeof *job->probability);
  }
  make_room(job, s.seqs.offset[n]);
  if (rn_classifier_run(job->classifier, &s, job->probability, job->attention ? job->weights : NULL) != RN_OK)
    return cli_fail_context(job->c);
  for (int64_t i = 0; i < n; i++) {
    int64_t from = s.seqs.offset[i], n_words = rn_ragged_length(&s.seqs, i);
    if (n_words == 0) put_nothing(job, s.texts[i]);
    else
      put_answer(job, &s.texts[i], job->probability + i * job->n_labels, s.words + from, n_words,
                 job->attention ? job->weights + from : NULL);
  }
  return EXIT_DONE;
}

/* ---- files of numbers, bases and frames ---- */

static void put_sequences(classify_job *job, const rn_sequences *s, const float *probability, const float *weights) {
  char *room = NULL;
  for (int64_t q = 0; q < s->seqs.n_seqs && !ferror(stdout); q++) {
    int64_t from = s->seqs.offset[q], n = weights ? rn_ragged_length(&s->seqs, q) : 0;
    make_room(job, n);
    room = cli_realloc(room, (size_t)n * DATA_ROW_ROOM);
    for (int64_t i = 0; i < n; i++) job->words[i] = data_row_word(s, q, from + i, room + i * DATA_ROW_ROOM);
    put_answer(job, s->texts ? &s->texts[q] : NULL, probability + q * job->n_labels, job->words, n, weights ? weights + from : NULL);
  }
  free(room);
}

static int classify_file(classify_job *job, const char *path) {
  cli *c = job->c;
  rn_sequences_options options;
  rn_sequences s;
  if (!data_options(c, job->config.input.kind, false, &options)) return EXIT_USAGE;
  options.unlabelled = !opt_text(&c->options, "label"); /* a file that has labels says where; they are passed over */
  if (rn_sequences_open(c->ctx, path, &options, &s) != RN_OK) return cli_fail_context(c);
  float *probability = cli_alloc((size_t)(s.seqs.n_seqs * job->n_labels) * sizeof *probability);
  float *weights = job->attention ? cli_alloc((size_t)s.seqs.offset[s.seqs.n_seqs] * sizeof *weights) : NULL;
  int code = EXIT_DONE;
  if (rn_classifier_run(job->classifier, &s, probability, weights) != RN_OK) code = cli_fail_context(c);
  else put_sequences(job, &s, probability, weights);
  free(weights);
  free(probability);
  rn_sequences_free(&s);
  return code;
}

int cmd_classify(cli *c) {
  const cli_options *o = &c->options;
  const char *path = o->n_args > 1 ? o->args[1] : "-";
  int code = EXIT_DONE;
  rn_model *model = cli_open_model(c, "classifier", &code);
  if (!model) return code;
  classify_job job = {.c = c,
                      .model = model,
                      .n_labels = rn_classifier_n_labels(model),
                      .attention = opt_bool(o, "attention"),
                      .color = terminal_color(stdout)};
  job.ranked = cli_alloc((size_t)job.n_labels * sizeof *job.ranked);
  if (rn_classifier_config_of(c->ctx, model, &job.config) != RN_OK || rn_classifier_open(c->ctx, model, &job.classifier) != RN_OK) {
    code = cli_fail_context(c);
  } else if (job.attention && job.config.kind != RN_CLASSIFIER_ATTENTION) {
    code = cli_fail(EXIT_USAGE, "--attention: %s is a classifier of --model %s, which has none", o->args[0],
                    rn_classifier_kind_name(job.config.kind));
  } else {
    job.lines = (line_words){.split = job.config.input.split, .tokenizer = data_tokenizer(model)};
    code = job.config.input.kind == RN_INPUT_WORDS ? line_batches(c, path, classify_lines, &job) : classify_file(&job, path);
  }
  line_words_free(&job.lines);
  free(job.ranked);
  free(job.probability);
  free(job.weights);
  free(job.words);
  rn_classifier_free(job.classifier);
  rn_model_free(model);
  return code;
}
