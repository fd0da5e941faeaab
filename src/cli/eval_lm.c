/* eval_lm.c: how well a language model predicts a text. */
#include "evaluation.h"
#include "mixing.h"
#include "terminal.h"

#include <math.h>
#include <string.h>

static void put_table(const rn_lm_metrics *m, double baseline) {
  char number[32];
  printf("perplexity          %.*f\n", m->perplexity >= 100 ? 2 : 4, m->perplexity);
  printf("nats per token      %.4f\n", m->nats_per_token);
  if (isfinite(m->bits_per_char)) printf("bits per character  %.4f\n", m->bits_per_char);
  printf("tokens              %s\n", text_count(number, sizeof number, m->n_tokens));
  printf("unknown             %.2f %%\n", m->n_tokens ? 100.0 * (double)m->n_unknown / (double)m->n_tokens : 0.0);
  if (isfinite(baseline)) printf("by frequency alone  %.*f (perplexity)\n", exp(baseline) >= 100 ? 2 : 4, exp(baseline));
}

/* How well each component of a mixture alone predicts the text: a cache, infinitely badly where a word is new. */
static void put_parts(const mixing *mix, const rn_lm_metrics *parts) {
  int width = 9;
  for (int k = 0; k < mix->n; k++) width = text_columns(mix->name[k]) > width ? text_columns(mix->name[k]) : width;
  printf("\n%-*s  weight  perplexity alone\n", width, "component");
  for (int k = 0; k < mix->n; k++) {
    printf("%s%*s  %6.4f", mix->name[k], width - text_columns(mix->name[k]), "", rn_mixture_weights(mix->mixture)[k]);
    if (isfinite(parts[k].perplexity)) printf("  %16.*f\n", parts[k].perplexity >= 100 ? 2 : 4, parts[k].perplexity);
    else printf("  %16s\n", "infinite");
  }
}

static json_t *parts_json(const mixing *mix, const rn_lm_metrics *parts) {
  json_t *list = json_array();
  for (int k = 0; k < mix->n; k++)
    json_array_append_new(list,
                          json_pack("{s:o, s:o, s:o}", "name", cli_json_text(mix->name[k], strlen(mix->name[k])), "weight",
                                    cli_json_real(rn_mixture_weights(mix->mixture)[k]), "perplexity", cli_json_real(parts[k].perplexity)));
  return list;
}

json_t *eval_lm_json(const rn_lm_metrics *m, double baseline) {
  json_t *object = json_object();
  json_object_set_new(object, "nats_per_token", cli_json_real(m->nats_per_token));
  json_object_set_new(object, "perplexity", cli_json_real(m->perplexity));
  json_object_set_new(object, "bits_per_char", cli_json_real(m->bits_per_char));
  json_object_set_new(object, "nats", cli_json_real(m->nats));
  json_object_set_new(object, "tokens", json_integer(m->n_tokens));
  json_object_set_new(object, "characters", json_integer(m->n_chars));
  json_object_set_new(object, "unknown", json_integer(m->n_unknown));
  json_object_set_new(object, "unknown_share", cli_json_real(m->n_tokens ? (double)m->n_unknown / (double)m->n_tokens : 0));
  json_object_set_new(object, "baseline_perplexity", cli_json_real(exp(baseline)));
  return object;
}

static void warn_of_scores(cli *c, const rn_model *model) {
  rn_ngram_config config;
  if (strcmp(rn_model_kind(model), "ngram") == 0 && rn_ngram_config_of(c->ctx, model, &config) == RN_OK &&
      config.smoothing == RN_NGRAM_STUPID_BACKOFF)
    cli_warn("stupid backoff gives scores that sum to more than 1, no probabilities: this is no perplexity to compare with others");
}

int eval_lm(cli *c, const rn_model *model) {
  rn_corpus corpus = {0};
  rn_lm_metrics metrics = {0}, parts[RN_MIXTURE_MAX];
  rn_encoding encoding = {0};
  mixing mix;
  rn_lm_eval_options options = {.lines = opt_bool(&c->options, "lines"), .n_streams = opt_int(&c->options, "streams")};
  int code = mixing_open(c, model, &mix);
  if (!code && (rn_corpus_open(c->ctx, c->options.args[1], &corpus) != RN_OK ||
                (mix.mixture ? rn_mixture_eval(c->ctx, mix.mixture, corpus.text, corpus.size, &options, parts, &metrics)
                             : rn_lm_eval(c->ctx, model, corpus.text, corpus.size, &options, &metrics)) != RN_OK ||
                rn_vocab_encode(c->ctx, rn_model_vocab(model), corpus.text, corpus.size, &encoding) != RN_OK))
    code = cli_fail_context(c);
  if (!code) {
    warn_of_scores(c, model);
    double baseline = rn_lm_unigram_nats(rn_model_vocab(model), encoding.ids, encoding.n);
    if (c->json) {
      json_t *object = eval_lm_json(&metrics, baseline);
      if (mix.mixture) json_object_set_new(object, "mixture", parts_json(&mix, parts));
      cli_put_json(object);
    } else {
      put_table(&metrics, baseline);
      if (mix.mixture) put_parts(&mix, parts);
    }
  }
  rn_encoding_free(&encoding);
  if (corpus.text) rn_corpus_close(&corpus);
  mixing_close(&mix);
  return code;
}
