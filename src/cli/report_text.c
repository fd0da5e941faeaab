/* report_text.c: a piece of the validation text, coloured by what each token cost the model. */
#include "report_text.h"
#include "report_chart.h"
#include "train_setup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES 1600

/* A piece of the run's validation text from the beginning of a line; *found false where the text is not there any more. */
static rn_status open_piece(rn_context *ctx, const report_run *run, rn_corpus *corpus, const char **piece, size_t *size, bool *found) {
  const cli_options *o = &run->options;
  const char *valid = opt_text(o, "valid"), *path = valid ? valid : opt_text(o, "data");
  *found = false;
  if (!path || strcmp(path, "-") == 0 || rn_corpus_open(ctx, path, corpus) != RN_OK) return RN_OK;
  size_t from = valid ? 0 : train_split(corpus->text, corpus->size, opt_float(o, "valid-fraction"));
  *piece = corpus->text + from;
  *size = corpus->size - from < PIECE_BYTES ? corpus->size - from : PIECE_BYTES;
  while (*size > 0 && from + *size < corpus->size && ((unsigned char)(*piece)[*size] & 0xc0) == 0x80) (*size)--;
  *found = *size > 0;
  return RN_OK;
}

static void put_tokens(FILE *out, const rn_vocab *vocab, const int32_t *ids, const float *nats, int64_t n) {
  fputs("<div class='text heat'>", out);
  for (int64_t i = 0; i < n; i++) {
    char text[256];
    size_t length = rn_vocab_decode(vocab, i > 0 ? ids[i - 1] : -1, ids[i], text, sizeof text - 1);
    text[length] = '\0';
    /* Word level: the blank between two words belongs to neither. */
    bool blank = length > 1 && (*text == '\n' || *text == ' ');
    if (blank) fputc(*text, out);
    /* 8 nats, a chance of one in three thousand, is as surprising as it gets. */
    fprintf(out, "<span style=--n:%d title='%.2f nats, p = %.3g'>", (int)fmin(100, fmax(0, nats[i] / 8 * 100)), nats[i], exp(-nats[i]));
    html_put(out, text + blank);
    fputs("</span>", out);
  }
  fputs("</div>\n", out);
}

void report_text_write(FILE *out, rn_context *ctx, const report_run *run, const rn_model *model) {
  rn_corpus corpus = {0};
  rn_encoding encoding = {0};
  rn_lm_metrics metrics;
  const char *piece;
  size_t size;
  bool found;
  int64_t n = 0;
  const rn_vocab *vocab = rn_model_vocab(model);
  open_piece(ctx, run, &corpus, &piece, &size, &found);
  if (found && rn_vocab_encode(ctx, vocab, piece, size, &encoding) == RN_OK) {
    float *nats = cli_alloc((size_t)(encoding.n + 1) * sizeof *nats);
    if (rn_lm_score(ctx, model, piece, size, &metrics, nats, encoding.n + 1, &n) == RN_OK && n > 0) {
      fputs("<section><h2>What surprised it</h2><p>The beginning of the validation text, coloured by what each token cost: pale is "
            "expected, deep is "
            "a surprise. Point at a token for its probability.</p>\n",
            out);
      put_tokens(out, vocab, encoding.ids, nats, n < encoding.n ? n : encoding.n);
      fputs("</section>\n", out);
    }
    free(nats);
  }
  rn_encoding_free(&encoding);
  if (corpus.text) rn_corpus_close(&corpus);
}
