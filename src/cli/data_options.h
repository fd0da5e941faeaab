/* data_options.h: how labelled data is read, from the options that all who read it share. */
#ifndef CLI_DATA_OPTIONS_H
#define CLI_DATA_OPTIONS_H

#include "cli.h"

/* --format, --column, --text, --label, --where, --id, --time, --split, --skip-bad. False after printing why: a format that such sequences
 * are not written in. The strings are those of the options. */
/* What a model's texts are cut by, with RN_SPLIT_TOKENS; NULL: it has none. */
const rn_tokenizer *data_tokenizer(const rn_model *model);
bool data_options(const cli *c, rn_input_kind input, bool per_row, rn_sequences_options *out);

/* --input. */
rn_input_kind data_input(const cli *c);
/* What a tagger or classifier reads. */
rn_status data_input_of(rn_context *ctx, const rn_model *model, rn_input_config *out);

/* What was said of the data, for the model to keep; and what a model says of its data, where nothing else was said. */
json_t *data_options_json(const cli *c);
void data_options_adopt(cli *c, const rn_model *model);

/* "words", "steps", "bases", "frames": the rows of a sequence. */
const char *data_rows_name(rn_input_kind input);

/* A row as a word: the word itself, a base, or numbers and '?' for what is missing, written into `room`. */
enum { DATA_ROW_ROOM = 128 };
rn_string data_row_word(const rn_sequences *s, int64_t sequence, int64_t row, char room[DATA_ROW_ROOM]);

#endif
