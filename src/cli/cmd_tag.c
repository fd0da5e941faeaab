/* cmd_tag.c: rondo tag: a label for each word of lines of text, or for each row of other sequences. */
#include "data_options.h"
#include "line_batch.h"
#include "tagged_text.h"
#include "terminal.h"

#include <stdlib.h>

typedef enum answer_format { ANSWER_TEXT, ANSWER_CONLL, ANSWER_JSONL, ANSWER_HTML } answer_format; /* as --format has them */

typedef struct tag_job {
  cli *c;
  const rn_model *model;
  rn_tagger *tagger;
  tag_names names;
  answer_format format;
  bool color, probabilities;
  line_words lines;
  /* Room for so many rows of an answer. */
  int64_t capacity;
  rn_string *words;
  int32_t *labels;
  float *probability;
} tag_job;

static void put(const tag_job *job, const tagged_text *t) {
  switch (job->format) {
  case ANSWER_TEXT: tagged_text_put(stdout, &job->names, t, job->color); break;
  case ANSWER_CONLL: tagged_text_put_conll(stdout, &job->names, t); break;
  case ANSWER_JSONL: cli_put_json(tagged_text_json(&job->names, t)); break;
  case ANSWER_HTML: tagged_text_put_html(stdout, &job->names, t); break;
  }
}

/* ---- lines of text ---- */

static void make_room(tag_job *job, int64_t n) {
  if (n <= job->capacity) return;
  job->capacity = 2 * n;
  job->words = cli_realloc(job->words, (size_t)job->capacity * sizeof *job->words);
  job->labels = cli_realloc(job->labels, (size_t)job->capacity * sizeof *job->labels);
  if (job->probabilities)
    job->probability = cli_realloc(job->probability, (size_t)(job->capacity * job->names.n_labels) * sizeof *job->probability);
}

static int tag_lines(void *user, const cli_line *lines, int64_t n) {
  tag_job *job = user;
  rn_sequences s;
  int code = line_words_split(job->c, &job->lines, lines, n, &s);
  if (code) return code;
  make_room(job, s.seqs.offset[n]);
  if (rn_tagger_run(job->tagger, &s, job->labels, job->probability) != RN_OK) return cli_fail_context(job->c);
  for (int64_t i = 0; i < n; i++) {
    int64_t from = s.seqs.offset[i];
    const float *p = job->probability ? job->probability + from * job->names.n_labels : NULL;
    put(job, &(tagged_text){s.texts[i], s.words + from, rn_ragged_length(&s.seqs, i), job->labels + from, p, false});
  }
  return EXIT_DONE;
}

/* ---- files of numbers and bases ---- */

static void put_sequences(tag_job *job, const rn_sequences *s, const int32_t *labels, const float *probability) {
  char *room = NULL;
  for (int64_t q = 0; q < s->seqs.n_seqs && !ferror(stdout); q++) {
    int64_t from = s->seqs.offset[q], n = rn_ragged_length(&s->seqs, q);
    make_room(job, n);
    room = cli_realloc(room, (size_t)n * DATA_ROW_ROOM);
    for (int64_t i = 0; i < n; i++) job->words[i] = data_row_word(s, q, from + i, room + i * DATA_ROW_ROOM);
    put(job, &(tagged_text){.words = job->words,
                            .n = n,
                            .labels = labels + from,
                            .probability = probability ? probability + from * job->names.n_labels : NULL,
                            .letters = s->input == RN_INPUT_DNA});
  }
  free(room);
}

static int tag_file(tag_job *job, rn_input_kind input, const char *path) {
  cli *c = job->c;
  rn_sequences_options options;
  rn_sequences s;
  if (!data_options(c, input, true, &options)) return EXIT_USAGE;
  options.unlabelled = true;
  if (rn_sequences_open(c->ctx, path, &options, &s) != RN_OK) return cli_fail_context(c);
  int64_t n = s.seqs.offset[s.seqs.n_seqs];
  int32_t *labels = cli_alloc((size_t)n * sizeof *labels);
  float *probability = job->probabilities ? cli_alloc((size_t)(n * job->names.n_labels) * sizeof *probability) : NULL;
  int code = EXIT_DONE;
  if (rn_tagger_run(job->tagger, &s, labels, probability) != RN_OK) code = cli_fail_context(c);
  else put_sequences(job, &s, labels, probability);
  free(probability);
  free(labels);
  rn_sequences_free(&s);
  return code;
}

int cmd_tag(cli *c) {
  const cli_options *o = &c->options;
  const char *path = o->n_args > 1 ? o->args[1] : "-";
  int code = EXIT_DONE;
  rn_model *model = cli_open_model(c, "tagger", &code);
  if (!model) return code;
  rn_tagger_config config;
  tag_job job = {.c = c,
                 .model = model,
                 .format = c->json ? ANSWER_JSONL : (answer_format)opt_choice(o, "format"),
                 .color = terminal_color(stdout),
                 .probabilities = opt_bool(o, "probabilities")};
  if (rn_tagger_config_of(c->ctx, model, &config) != RN_OK || tag_names_init(c->ctx, model, &job.names) != RN_OK ||
      rn_tagger_open(c->ctx, model, &job.tagger) != RN_OK) {
    code = cli_fail_context(c);
  } else {
    job.lines = (line_words){.split = config.input.split, .tokenizer = data_tokenizer(model)};
    if (opt_given(o, "split")) rn_split_parse(opt_text(o, "split"), &job.lines.split);
    if (job.format == ANSWER_HTML) tagged_text_begin_page(stdout, &job.names, path[0] == '-' && !path[1] ? "Tagged" : path);
    code = config.input.kind == RN_INPUT_WORDS ? line_batches(c, path, tag_lines, &job) : tag_file(&job, config.input.kind, path);
    if (job.format == ANSWER_HTML) tagged_text_end_page(stdout);
  }
  line_words_free(&job.lines);
  free(job.words);
  free(job.labels);
  free(job.probability);
  tag_names_free(&job.names);
  rn_tagger_free(job.tagger);
  rn_model_free(model);
  return code;
}
