/* train_input.c: what a tagger or classifier reads, from its options and back. */
#include "train_sequences.h"

rn_input_config train_input(const cli *c) {
  const cli_options *o = &c->options;
  rn_input_config config = rn_input_config_default(data_input(c));
  config.positions = opt_int(o, "positions");
  rn_split_parse(opt_text(o, "split"), &config.split);
  if (opt_text(o, "tokenizer") && o->verb == VERB_TRAIN_CLASSIFIER) config.split = RN_SPLIT_TOKENS;
  config.fold = opt_bool(o, "fold");
  config.embed = opt_int(o, "embed");
  rn_characters_parse(opt_text(o, "chars"), &config.characters);
  config.char_embed = opt_int(o, "char-embed");
  config.char_hidden = opt_int(o, "char-hidden");
  config.casing = opt_int(o, "casing");
  config.unk_rate = (float)opt_float(o, "unk-rate");
  config.freeze_embed = opt_bool(o, "freeze-embed");
  return config;
}

void train_adopt_input(cli *c, const rn_input_config *input, cli_source source) {
  train_adopt_switch(c, "fold", input->fold, source);
  train_adopt_number(c, "embed", (double)input->embed, source);
  cli_options_adopt(&c->options, "chars", rn_characters_name(input->characters), source);
  train_adopt_number(c, "char-embed", (double)input->char_embed, source);
  train_adopt_number(c, "char-hidden", (double)input->char_hidden, source);
  train_adopt_number(c, "casing", (double)input->casing, source);
  train_adopt_number(c, "unk-rate", input->unk_rate, source);
  if (source == CLI_DEFAULT) return; /* which kind it is, the user said */
  cli_options_adopt(&c->options, "input", rn_input_kind_name(input->kind), source);
  if (input->split != RN_SPLIT_TOKENS) cli_options_adopt(&c->options, "split", rn_split_name(input->split), source);
  train_adopt_number(c, "positions", (double)input->positions, source);
}

void train_adopt_dropout(cli *c, float between, float before, float after) {
  if (opt_given(&c->options, "dropout")) return; /* which is that of all three */
  train_adopt_number(c, "dropout", between, CLI_DEFAULT);
  train_adopt_number(c, "dropout-input", before, CLI_DEFAULT);
  train_adopt_number(c, "dropout-output", after, CLI_DEFAULT);
}
