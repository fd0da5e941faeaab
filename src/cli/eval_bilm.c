/* eval_bilm.c: how well a text is predicted from its left and from its right. */
#include "evaluation.h"
#include "terminal.h"

#include <math.h>

static void put_row(const char *name, double forward, double backward, int digits) {
  printf("%-18s  %12.*f  %12.*f\n", name, digits, forward, digits, backward);
}

static void put_table(const rn_bilm_metrics *m, double baseline) {
  const rn_lm_metrics *f = &m->forward, *b = &m->backward;
  char number[32];
  printf("%-18s  %12s  %12s\n", "", "forward", "backward");
  put_row("perplexity", f->perplexity, b->perplexity, f->perplexity >= 100 ? 2 : 4);
  put_row("nats per token", f->nats_per_token, b->nats_per_token, 4);
  if (isfinite(f->bits_per_char)) put_row("bits per character", f->bits_per_char, b->bits_per_char, 4);
  printf("tokens              %s\n", text_count(number, sizeof number, f->n_tokens));
  printf("unknown             %.2f %%\n", f->n_tokens ? 100.0 * (double)f->n_unknown / (double)f->n_tokens : 0.0);
  if (isfinite(baseline)) printf("by frequency alone  %.*f (perplexity)\n", exp(baseline) >= 100 ? 2 : 4, exp(baseline));
}

int eval_bilm(cli *c, const rn_model *model) {
  rn_corpus corpus = {0};
  rn_bilm_metrics metrics;
  rn_encoding encoding = {0};
  rn_lm_eval_options options = {.lines = opt_bool(&c->options, "lines"), .n_streams = opt_int(&c->options, "streams")};
  int code = EXIT_DONE;
  if (rn_corpus_open(c->ctx, c->options.args[1], &corpus) != RN_OK ||
      rn_bilm_eval(c->ctx, model, corpus.text, corpus.size, &options, &metrics) != RN_OK ||
      rn_vocab_encode(c->ctx, rn_model_vocab(model), corpus.text, corpus.size, &encoding) != RN_OK)
    code = cli_fail_context(c);
  if (!code) {
    double baseline = rn_lm_unigram_nats(rn_model_vocab(model), encoding.ids, encoding.n);
    if (c->json)
      cli_put_json(json_pack("{s:o, s:o, s:o, s:o}", "forward", eval_lm_json(&metrics.forward, baseline), "backward",
                             eval_lm_json(&metrics.backward, baseline), "nats_per_token", cli_json_real(metrics.nats_per_token),
                             "perplexity", cli_json_real(exp(metrics.nats_per_token))));
    else put_table(&metrics, baseline);
  }
  rn_encoding_free(&encoding);
  if (corpus.text) rn_corpus_close(&corpus);
  return code;
}
