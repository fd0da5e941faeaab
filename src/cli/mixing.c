/* mixing.c: mixtures of language models, from options. */
#include "mixing.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool mixing_asked(const cli *c) {
  const cli_options *o = &c->options;
  return opt_text(o, "mix") || opt_int(o, "cache") > 0 || opt_int(o, "cache-states") > 0;
}

const rn_model *mixing_model(const mixing *m, const rn_model *model) { return m->mixture ? m->mixture : model; }

void mixing_close(mixing *m) {
  rn_model_free(m->mixture);
  for (int k = 0; k < RN_MIXTURE_MAX; k++) {
    rn_model_free(m->model[k]);
    free(m->name[k]);
  }
  *m = (mixing){0};
}

/* The models of --mix, beside the command's own. */
static int open_models(cli *c, mixing *m) {
  const char *list = opt_text(&c->options, "mix");
  m->name[m->n++] = cli_copy(c->options.args[0]);
  if (!list) return EXIT_DONE;
  char *names = cli_copy(list), *rest = names;
  int code = EXIT_DONE;
  for (char *name; !code && (name = strsep(&rest, ","));) {
    if (!*name) continue;
    if (m->n + 2 >= RN_MIXTURE_MAX) {
      code = cli_fail(EXIT_USAGE, "--mix: %d models at most", RN_MIXTURE_MAX - 2);
    } else if (rn_model_open(c->ctx, name, &m->model[m->n]) != RN_OK) {
      code = cli_fail_context(c);
    } else {
      m->name[m->n++] = cli_copy(name);
      if (!rn_lm_is(m->model[m->n - 1]))
        code = cli_fail(EXIT_DATA, "%s is %s; --mix wants language models", name, cli_kind_noun(rn_model_kind(m->model[m->n - 1])));
    }
  }
  free(names);
  return code;
}

/* ---- weights ---- */

/* --mix-weights 0.5,0.3,0.2 */
static int give_weights(cli *c, mixing *m, const char *list) {
  double weights[RN_MIXTURE_MAX];
  int n = 0;
  for (const char *s = list; *s && n < RN_MIXTURE_MAX; n++) {
    char *end;
    weights[n] = strtod(s, &end);
    if (end == s || (*end && *end != ',') || !(weights[n] >= 0))
      return cli_fail(EXIT_USAGE, "--mix-weights %s: must be numbers of 0 and more, as 0.5,0.3,0.2", list);
    s = *end ? end + 1 : end;
  }
  if (n != m->n) return cli_fail(EXIT_USAGE, "--mix-weights %s: of %d components %d have a weight", list, m->n, n);
  return rn_mixture_set_weights(c->ctx, m->mixture, weights, n) == RN_OK ? EXIT_DONE : cli_fail_context(c);
}

/* The validation text that the model's training was told of, where it was a file of its own, and lies there still. Owned by the caller. */
static char *known_valid(cli *c, const rn_model *model) {
  json_t *training = json_loads(rn_model_training(model), 0, NULL);
  const json_t *valid = json_object_get(json_object_get(training, "data"), "valid");
  const char *path = json_string_value(json_object_get(valid, "path")), *hash = json_string_value(json_object_get(valid, "xxh3"));
  char *found = NULL, now[24] = "";
  rn_corpus corpus;
  c->muted = true;
  if (path && hash && rn_corpus_open(c->ctx, path, &corpus) == RN_OK) {
    snprintf(now, sizeof now, "%016" PRIx64, corpus.hash);
    rn_corpus_close(&corpus);
    if (strcmp(now, hash) == 0) found = cli_copy(path);
  }
  c->muted = false;
  rn_context_clear(c->ctx);
  json_decref(training);
  return found;
}

static int fit(cli *c, mixing *m, const char *path) {
  rn_corpus corpus;
  rn_lm_metrics valid;
  int64_t rounds;
  rn_lm_eval_options options = {.lines = opt_bool(&c->options, "lines"), .n_streams = opt_int(&c->options, "streams")};
  if (rn_corpus_open(c->ctx, path, &corpus) != RN_OK) return cli_fail_context(c);
  int code = EXIT_DONE;
  if (rn_mixture_fit(c->ctx, m->mixture, corpus.text, corpus.size, &options, &rounds, &valid) != RN_OK) code = cli_fail_context(c);
  rn_corpus_close(&corpus);
  if (code) return code;
  cli_say(c, "weights for %s: perplexity %.2f, after %" PRId64 " rounds", path, valid.perplexity, rounds);
  for (int k = 0; k < m->n; k++) cli_say(c, "  %.4f  %s", rn_mixture_weights(m->mixture)[k], m->name[k]);
  return EXIT_DONE;
}

static int find_weights(cli *c, const rn_model *model, mixing *m) {
  const char *weights = opt_text(&c->options, "mix-weights"), *valid = opt_text(&c->options, "valid");
  if (weights) return give_weights(c, m, weights);
  if (valid) return fit(c, m, valid);
  char *known = known_valid(c, model);
  int code = known ? fit(c, m, known)
                   : cli_fail(EXIT_USAGE,
                              "a mixture's weights are found on a text that none was trained on, and that of %s is not known: give --valid "
                              "FILE, or --mix-weights",
                              c->options.args[0]);
  free(known);
  return code;
}

int mixing_open(cli *c, const rn_model *model, mixing *out) {
  *out = (mixing){0};
  if (!mixing_asked(c)) return EXIT_DONE;
  const cli_options *o = &c->options;
  rn_mixture_options how = {.words = opt_int(o, "cache"),
                            .decay = opt_float(o, "cache-decay"),
                            .states = opt_int(o, "cache-states"),
                            .theta = opt_float(o, "cache-theta")};
  int code = open_models(c, out);
  if (code) return code;
  const rn_model *models[RN_MIXTURE_MAX] = {model};
  for (int k = 1; k < out->n; k++) models[k] = out->model[k];
  if (rn_mixture_new(c->ctx, models, out->n, &how, &out->mixture) != RN_OK) return cli_fail_context(c);
  if (how.words > 0) out->name[out->n++] = cli_format("cache of %" PRId64 " words", how.words);
  if (how.states > 0) out->name[out->n++] = cli_format("cache of %" PRId64 " states", how.states);
  return find_weights(c, model, out);
}
