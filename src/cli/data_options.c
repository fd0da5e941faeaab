/* data_options.c: see data_options.h. */
#include "data_options.h"

#include <stdlib.h>
#include <string.h>

/* The choices of --format in their order, each in the readers that know it; 0 is a guess, and here: not this reader's. */
static const struct {
  rn_conll_format conll;
  rn_labelled_format labelled;
  rn_series_format series;
} formats[] = {
    {0}, /* auto */
    {.conll = RN_CONLL_COLUMNS},
    {.conll = RN_CONLL_U},
    {.labelled = RN_LABELLED_TSV},
    {.labelled = RN_LABELLED_CSV},
    {.labelled = RN_LABELLED_JSONL},
    {.labelled = RN_LABELLED_FASTTEXT},
    {.labelled = RN_LABELLED_WORDS},
    {.labelled = RN_LABELLED_FASTA},
    {.series = RN_SERIES_TS},
    {.series = RN_SERIES_WIDE},
    {.series = RN_SERIES_LONG},
    {.series = RN_SERIES_NPY},
};

/* Options that say how data is read, apart from those that say what it is for. */
static const char *const reading[] = {"format", "column", "text", "label", "where", "id", "time", "skip-bad"};

rn_input_kind data_input(const cli *c) {
  rn_input_kind input = RN_INPUT_WORDS;
  rn_input_kind_parse(opt_text(&c->options, "input"), &input);
  return input;
}

rn_status data_input_of(rn_context *ctx, const rn_model *model, rn_input_config *out) {
  rn_tagger_config tagger;
  rn_classifier_config classifier;
  bool tags = strcmp(rn_model_kind(model), "tagger") == 0;
  rn_status status = tags ? rn_tagger_config_of(ctx, model, &tagger) : rn_classifier_config_of(ctx, model, &classifier);
  if (status == RN_OK) *out = tags ? tagger.input : classifier.input;
  return status;
}

const rn_tokenizer *data_tokenizer(const rn_model *model) {
  const rn_vocab *vocab = rn_model_vocab(model);
  return vocab ? rn_vocab_tokenizer(vocab) : NULL;
}

const char *data_rows_name(rn_input_kind input) {
  static const char *const names[] = {
      [RN_INPUT_WORDS] = "words", [RN_INPUT_SERIES] = "steps", [RN_INPUT_DNA] = "bases", [RN_INPUT_FRAMES] = "frames"};
  return names[input];
}

bool data_options(const cli *c, rn_input_kind input, bool per_row, rn_sequences_options *out) {
  const cli_options *o = &c->options;
  /* `rondo tag` says with --format how it answers. */
  int format = o->verb == VERB_TAG ? 0 : opt_choice(o, "format");
  *out = rn_sequences_options_default(input, per_row);
  out->conll.format = formats[format].conll;
  out->labelled.format = formats[format].labelled;
  out->series.format = formats[format].series;
  bool series = input == RN_INPUT_SERIES, conll = input == RN_INPUT_WORDS && per_row;
  if (format && !(conll ? (int)out->conll.format : series ? (int)out->series.format : (int)out->labelled.format)) {
    cli_fail(EXIT_USAGE, "--format %s: %s%s are read from %s", opt_text(o, "format"), rn_input_kind_name(input),
             per_row ? " with a label for each row" : " with labels",
             conll    ? "conll, conllu"
             : series ? "ts, wide, long, npy"
                      : "tsv, csv, jsonl, fasttext, words, fasta");
    return false;
  }
  out->conll.column = opt_text(o, "column");
  out->labelled.text = opt_text(o, "text");
  out->labelled.label = out->series.label = opt_text(o, "label");
  out->labelled.where = opt_text(o, "where");
  if (opt_text(o, "id")) out->series.id = opt_text(o, "id");
  if (opt_text(o, "time")) out->series.time = opt_text(o, "time");
  if (opt_text(o, "split")) rn_split_parse(opt_text(o, "split"), &out->split);
  out->conll.skip_bad = out->labelled.skip_bad = out->series.skip_bad = opt_bool(o, "skip-bad");
  return true;
}

json_t *data_options_json(const cli *c) {
  json_t *object = json_object();
  for (size_t i = 0; i < sizeof reading / sizeof *reading; i++) {
    const char *text = opt_text(&c->options, reading[i]), *initial = cli_option_table[cli_option_find(c->options.verb, reading[i])].initial;
    if (text && !(initial && strcmp(text, initial) == 0)) json_object_set_new(object, reading[i], cli_json_text(text, strlen(text)));
  }
  return object;
}

void data_options_adopt(cli *c, const rn_model *model) {
  json_t *training = json_loads(rn_model_training(model), 0, NULL);
  const json_t *said = json_object_get(json_object_get(training, "data"), "reading");
  for (size_t i = 0; i < sizeof reading / sizeof *reading; i++) {
    const char *text = json_string_value(json_object_get(said, reading[i]));
    if (text) cli_options_adopt(&c->options, reading[i], text, CLI_MODEL);
  }
  json_decref(training);
}

rn_string data_row_word(const rn_sequences *s, int64_t sequence, int64_t row, char room[DATA_ROW_ROOM]) {
  if (s->input == RN_INPUT_WORDS) return s->words[row];
  if (s->input == RN_INPUT_DNA) return (rn_string){s->texts[sequence].data + (row - s->seqs.offset[sequence]), 1};
  size_t used = 0;
  for (int64_t v = 0; v < s->n_vars && used + 24 < DATA_ROW_ROOM; v++) {
    const char *comma = v ? "," : "";
    int64_t i = row * s->n_vars + v;
    if (s->missing && s->missing[i]) used += (size_t)snprintf(room + used, DATA_ROW_ROOM - used, "%s?", comma);
    else used += (size_t)snprintf(room + used, DATA_ROW_ROOM - used, "%s%.6g", comma, (double)s->values[i]);
  }
  return (rn_string){room, used};
}
