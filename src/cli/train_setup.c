/* train_setup.c: see train_setup.h. */
#include "train_setup.h"
#include "progress.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

char *train_folder(const cli *c, const char *name) {
  const char *given = opt_text(&c->options, "output");
  if (given) return cli_copy(given);
  char stamp[32];
  time_t seconds = time(NULL);
  struct tm local;
  localtime_r(&seconds, &local);
  strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
  return cli_format("runs/%s-%s", name, stamp);
}

bool train_adopt_run(cli *c, const char *folder) {
  if (!opt_bool(&c->options, "resume")) return true;
  if (!opt_text(&c->options, "output")) {
    cli_fail(EXIT_USAGE, "--resume needs the run folder: -o RUN");
    return false;
  }
  char *path = cli_format("%s/config.yaml", folder);
  /* A folder killed before its first file was written is resumed from nothing. */
  bool good = access(path, F_OK) != 0 || cli_options_read_yaml(&c->options, path, CLI_RUN);
  free(path);
  return good;
}

size_t train_split(const char *s, size_t size, double fraction) {
  size_t at = (size_t)((double)size * (1 - fraction)), reach = size / 100;
  const char *line = at < size ? memchr(s + at, '\n', size - at < reach ? size - at : reach) : NULL;
  if (line) return (size_t)(line - s) + 1;
  while (at < size && ((unsigned char)s[at] & 0xc0) == 0x80) at++;
  return at;
}

char *train_command_line(const cli *c) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return cli_copy("rondo");
  fputs("rondo", out);
  for (int i = 1; i < c->argc; i++) {
    const char *word = c->argv[i];
    bool plain = *word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%") == strlen(word);
    fputc(' ', out);
    if (plain) {
      fputs(word, out);
      continue;
    }
    fputc('\'', out);
    for (; *word; word++) {
      if (*word == '\'') fputs("'\\''", out);
      else fputc(*word, out);
    }
    fputc('\'', out);
  }
  fclose(out);
  return text;
}

rn_optimizer_kind train_optimizer_kind(const cli *c) {
  rn_optimizer_kind kind = RN_ADAM;
  rn_optimizer_parse(opt_text(&c->options, "optimizer"), &kind);
  return kind;
}

/* Where nothing else says how long: a few minutes of training, be the text short or long. */
#define DEFAULT_STEPS 3000
#define DEFAULT_MAX_EPOCHS 200
/* A label is seen more than once, however many there are. */
#define LABELLED_MIN_EPOCHS 5
/* Recurrent networks bear, and in so few steps need, more than the customary 0.001. */
#define ADAM_RATE "0.005"

void train_adopt_rate(cli *c, const char *rate) {
  rn_optimizer_kind kind = train_optimizer_kind(c);
  if ((kind == RN_ADAM || kind == RN_ADAMW) && opt_float(&c->options, "lr") == 0) cli_options_adopt(&c->options, "lr", rate, CLI_DEFAULT);
}

/* Makes what was left open a part of the configuration, so that a resumed run has the same. What was given stays: --epochs 0 is no limit.
 */
static void settle(cli *c, int64_t steps_per_epoch) {
  int64_t epochs = (DEFAULT_STEPS + steps_per_epoch - 1) / steps_per_epoch;
  int64_t least = c->options.verb & VERBS_SEQUENCES ? LABELLED_MIN_EPOCHS : 1;
  epochs = epochs < least ? least : epochs > DEFAULT_MAX_EPOCHS ? DEFAULT_MAX_EPOCHS : epochs;
  if (opt_int(&c->options, "epochs") == 0)
    train_adopt_number(c, "epochs", opt_given(&c->options, "max-steps") ? 0 : (double)epochs, CLI_DEFAULT);
  train_adopt_rate(c, ADAM_RATE);
}

/* Everything but the folder and the texts. */
static rn_train_options train_options(cli *c, int64_t steps_per_epoch) {
  const cli_options *o = &c->options;
  settle(c, steps_per_epoch);
  rn_train_options t = rn_train_options_default();
  t.optimizer = rn_optimizer_options_default(train_optimizer_kind(c));
  if (opt_float(o, "lr") > 0) t.optimizer.lr = (float)opt_float(o, "lr");
  t.optimizer.momentum = (float)opt_float(o, "momentum");
  t.optimizer.weight_decay = (float)opt_float(o, "weight-decay");
  t.optimizer.clip_norm = (float)opt_float(o, "clip");
  t.optimizer.clip_value = (float)opt_float(o, "clip-value");
  t.optimizer.lazy = opt_bool(o, "lazy");
  t.optimizer.average = (float)opt_float(o, "average");
  rn_schedule_parse(opt_text(o, "schedule"), &t.schedule);
  t.decay = (float)opt_float(o, "decay");
  t.decay_after = opt_int(o, "decay-after");
  t.warmup = opt_steps(o, "warmup", steps_per_epoch);
  t.epochs = opt_int(o, "epochs");
  t.max_steps = opt_steps(o, "max-steps", steps_per_epoch);
  t.max_seconds = opt_float(o, "max-time");
  t.patience = opt_int(o, "patience");
  t.validate_every = opt_steps(o, "validate-every", steps_per_epoch);
  t.save_every = opt_steps(o, "save-every", steps_per_epoch);
  t.log_every = opt_steps(o, "log-every", steps_per_epoch);
  t.trace_every = opt_steps(o, "trace-every", steps_per_epoch);
  t.seed = cli_seed(c);
  t.resume = opt_bool(o, "resume");
  t.force = opt_bool(o, "force");
  return t;
}

rn_init train_init(const cli *c) {
  static const rn_init_kind kinds[] = {RN_INIT_DEFAULT, RN_INIT_UNIFORM, RN_INIT_NORMAL, RN_INIT_XAVIER, RN_INIT_HE, RN_INIT_ORTHOGONAL};
  return (rn_init){.kind = kinds[opt_choice(&c->options, "init")], .scale = (float)opt_float(&c->options, "init-scale")};
}

rn_stack_options train_stack(const cli *c) {
  const cli_options *o = &c->options;
  rn_stack_options s = rn_stack_options_default();
  rn_cell_parse(opt_text(o, "cell"), &s.cell);
  s.n_layers = (int)opt_int(o, "layers");
  s.n_hidden = opt_int(o, "hidden");
  s.n_proj = opt_int(o, "projection");
  s.bidirectional = opt_bool(o, "bidirectional");
  s.residual = opt_bool(o, "residual");
  s.skip = opt_bool(o, "skip");
  s.layer_norm = opt_bool(o, "layer-norm");
  s.peephole = opt_bool(o, "peephole");
  s.learned_state = opt_bool(o, "learned-state");
  s.forget_bias = s.cell == RN_CELL_LSTM ? (float)opt_float(o, "forget-bias") : 0;
  s.dropout = (float)opt_float(o, "dropout");
  s.dropout_kind = opt_choice(o, "dropout-kind") == 1 ? RN_DROPOUT_VARIATIONAL : RN_DROPOUT_PLAIN;
  s.init_ih = s.init_hh = train_init(c);
  return s;
}

float train_dropout(const cli *c, const char *name) {
  return (float)opt_float(&c->options, opt_text(&c->options, name) ? name : "dropout");
}

void train_adopt_number(cli *c, const char *name, double value, cli_source source) {
  char text[32];
  snprintf(text, sizeof text, value == floor(value) ? "%.0f" : "%.7g", value);
  cli_options_adopt(&c->options, name, text, source);
}

void train_adopt_switch(cli *c, const char *name, bool value, cli_source source) {
  cli_options_adopt(&c->options, name, value ? "true" : "false", source);
}

void train_adopt_stack(cli *c, const rn_stack_options *s, cli_source source) {
  cli_options_adopt(&c->options, "cell", rn_cell_name(s->cell), source);
  train_adopt_number(c, "layers", s->n_layers, source);
  train_adopt_number(c, "hidden", (double)s->n_hidden, source);
  train_adopt_number(c, "projection", (double)s->n_proj, source);
  train_adopt_switch(c, "bidirectional", s->bidirectional, source);
  train_adopt_switch(c, "residual", s->residual, source);
  train_adopt_switch(c, "skip", s->skip, source);
  train_adopt_switch(c, "layer-norm", s->layer_norm, source);
  train_adopt_switch(c, "peephole", s->peephole, source);
  train_adopt_switch(c, "learned-state", s->learned_state, source);
}

/* Freezes what --freeze names; a pattern that matches no weight is a mistake. */
static int freeze(cli *c, rn_params *params, const char *names) {
  char *patterns = cli_copy(names), *rest = patterns;
  int code = EXIT_DONE;
  for (char *pattern; !code && (pattern = strsep(&rest, ", "));) {
    int64_t matched = 0;
    if (!*pattern) continue;
    rn_params_freeze(params, pattern, &matched);
    if (matched == 0) {
      code = cli_fail(EXIT_USAGE, "--freeze %s: matches no weight; the weights are:", pattern);
      for (int64_t i = 0; i < rn_params_count(params); i++) fprintf(stderr, "  %s\n", rn_params_at(params, i)->name);
    } else {
      cli_say(c, "%s: %lld tensors frozen", pattern, (long long)matched);
    }
  }
  free(patterns);
  return code;
}

int train_init_weights(cli *c, rn_model *model) {
  const char *from = opt_text(&c->options, "init-from"), *names = opt_text(&c->options, "freeze");
  rn_params *params = rn_model_params(model);
  if (from) {
    int64_t loaded = 0;
    if (rn_model_init_from(c->ctx, model, from, &loaded) != RN_OK) return cli_fail_context(c);
    cli_say(c, "%lld of %lld tensors taken from %s", (long long)loaded, (long long)rn_params_count(params), from);
  }
  return names ? freeze(c, params, names) : EXIT_DONE;
}

void train_dump_config(const cli *c) {
  char *text = cli_options_yaml(&c->options, true);
  fputs(text, stdout);
  free(text);
}

int train_run(cli *c, const char *folder, const rn_task *task, const char *data_json, bool perplexity, rn_train_result *result) {
  rn_train_options options = train_options(c, task->steps_per_epoch);
  char *command = train_command_line(c), *values = cli_options_yaml(&c->options, false),
       *config = cli_format("# %s\n\n%s", command, values);
  options.folder = folder;
  options.config_yaml = config;
  options.command = command;
  options.data_json = data_json;
  progress shown;
  progress_init(&shown, c, task->unit, perplexity);
  rn_status status = rn_train(c->ctx, task, &options, progress_observe, &shown, result);
  free(config);
  free(values);
  free(command);
  int code = cli_fail_context(c);
  if (!folder) return code;
  if (status == RN_ERROR_STOPPED) cli_say(c, "to go on: rondo train %s -o %s --resume", c->command->subject, folder);
  if (status == RN_OK || status == RN_ERROR_STOPPED || status == RN_ERROR_DIVERGED) {
    rn_context_clear(c->ctx);
    report_write(c, &folder, 1, NULL);
  }
  return code;
}
