/* eval_lm.c: how well a language model predicts a text. */
#include "evaluation.h"
#include "terminal.h"

#include <math.h>

static void put_table(const rn_lm_metrics *m, double baseline) {
  char number[32];
  printf("perplexity          %.*f\n", m->perplexity >= 100 ? 2 : 4, m->perplexity);
  printf("nats per token      %.4f\n", m->nats_per_token);
  if (isfinite(m->bits_per_char)) printf("bits per character  %.4f\n", m->bits_per_char);
  printf("tokens              %s\n", text_count(number, sizeof number, m->n_tokens));
  printf("unknown             %.2f %%\n", m->n_tokens ? 100.0 * (double)m->n_unknown / (double)m->n_tokens : 0.0);
  if (isfinite(baseline)) printf("by frequency alone  %.*f (perplexity)\n", exp(baseline) >= 100 ? 2 : 4, exp(baseline));
}

static void put_object(const rn_lm_metrics *m, double baseline) {
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
  cli_put_json(object);
}

int eval_lm(cli *c, const rn_model *model) {
  int code = EXIT_DONE;
  rn_corpus corpus = {0};
  rn_lm_metrics metrics = {0};
  rn_encoding encoding = {0};
  const rn_vocab *vocab = rn_model_vocab(model);
  rn_lm_eval_options options = {.lines = opt_bool(&c->options, "lines"), .n_streams = opt_int(&c->options, "streams")};
  if (rn_corpus_open(c->ctx, c->options.args[1], &corpus) != RN_OK ||
      rn_lm_eval(c->ctx, model, corpus.text, corpus.size, &options, &metrics) != RN_OK ||
      rn_vocab_encode(c->ctx, vocab, corpus.text, corpus.size, &encoding) != RN_OK) {
    code = cli_fail_context(c);
  } else {
    double baseline = rn_lm_unigram_nats(vocab, encoding.ids, encoding.n);
    if (c->json) put_object(&metrics, baseline);
    else put_table(&metrics, baseline);
  }
  rn_encoding_free(&encoding);
  if (corpus.text) rn_corpus_close(&corpus);
  return code;
}
