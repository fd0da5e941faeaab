/* cmd_train_nplm.c: rondo train nplm: a word from the few before it, by a small network. */
#include "text_run.h"

#include <stdlib.h>

/* --init-from a model of this kind: its shape, where nothing else says otherwise. */
static void adopt_model(cli *c) {
  const char *path = opt_text(&c->options, "init-from");
  rn_model *model;
  rn_nplm_config config;
  if (!path) return;
  if (rn_model_open(c->ctx, path, &model) == RN_OK) {
    if (rn_nplm_config_of(c->ctx, model, &config) == RN_OK) {
      train_adopt_number(c, "order", config.order, CLI_MODEL);
      train_adopt_number(c, "embed", (double)config.embed, CLI_MODEL);
      train_adopt_number(c, "hidden", (double)config.hidden, CLI_MODEL);
      train_adopt_switch(c, "direct", config.direct, CLI_MODEL);
      if (rn_vocab_tokenizer(rn_model_vocab(model))) cli_options_adopt(&c->options, "tokenizer", path, CLI_MODEL);
      else cli_options_adopt(&c->options, "level", rn_level_name(rn_vocab_level(rn_model_vocab(model))), CLI_MODEL);
    }
    rn_model_free(model);
  }
  rn_context_clear(c->ctx); /* what is wrong with the file is said when its weights are wanted */
}

static int build(text_run *r) {
  cli *c = r->c;
  const cli_options *o = &c->options;
  rn_vocab *vocab = NULL;
  int code = text_run_open(r, &vocab);
  if (code) return code;
  rn_nplm_config config = rn_nplm_config_default();
  config.order = (int)opt_int(o, "order");
  config.embed = opt_int(o, "embed");
  config.hidden = opt_int(o, "hidden");
  config.direct = opt_bool(o, "direct");
  config.dropout = (float)opt_float(o, "dropout");
  config.init = train_init(c);
  if (rn_nplm_new(c->ctx, &config, vocab, cli_seed(c), &r->model) != RN_OK) return cli_fail_context(c);
  char *words = cli_format("order %d, %d x %lld, %lld hidden%s", config.order, config.order - 1, (long long)config.embed,
                           (long long)config.hidden, config.direct ? ", direct" : "");
  text_run_say_model(r, words);
  free(words);
  if ((code = train_init_weights(c, r->model))) return code;
  rn_nplm_data data = {.train = r->train.encoding.ids,
                       .n_train = r->train.encoding.n,
                       .valid = r->valid.encoding.ids,
                       .n_valid = r->valid.encoding.n,
                       .batch = opt_int(o, "batch"),
                       .lines = opt_bool(o, "lines"),
                       .seed = cli_seed(c)};
  return rn_nplm_task_new(c->ctx, r->model, &data, &r->task) == RN_OK ? EXIT_DONE : cli_fail_context(c);
}

int cmd_train_nplm(cli *c) {
  text_run r;
  int code = text_run_begin(c, "nplm", &r);
  if (!code) adopt_model(c);
  if (!code && text_run_wanted(&r, &code)) {
    code = build(&r);
    if (!code) code = text_run_train(&r);
  }
  rn_nplm_task_free(r.task);
  text_run_close(&r);
  return code;
}
