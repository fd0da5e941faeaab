/* ngram_train.c: from a text to an n-gram model: ids, n-grams in sorted runs, the trie of them, its estimate. */
#include "base/alloc.h"
#include "data/corpus_ids.h"
#include "data/ngram_count.h"
#include "models/ngram_trie.h"
#include <string.h>

rn_ngram_options rn_ngram_options_default(rn_level level) {
  return (rn_ngram_options){.order = 5,
                            .smoothing = RN_NGRAM_KNESER_NEY,
                            .alpha = 0.4,
                            .lines = level == RN_LEVEL_WORD,
                            .vocab = rn_vocab_options_default(level),
                            .memory = (int64_t)1 << 30};
}

static rn_status check_options(rn_context *ctx, const rn_ngram_options *o) {
  if (o->order < 1 || o->order > RN_NGRAM_MAX_ORDER)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the order of an n-gram model is 1 to %d, not %d", RN_NGRAM_MAX_ORDER, o->order);
  if (o->smoothing == RN_NGRAM_STUPID_BACKOFF && !(o->alpha > 0 && o->alpha <= 1))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the factor of stupid backoff is above 0 and at most 1, not %g", o->alpha);
  if (o->prune[0] != 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "unigrams are not pruned: each word needs one; leave words out by their count");
  for (int i = 1; i < o->order; i++)
    if (o->prune[i] < o->prune[i - 1])
      return rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                             "n-grams of order %d are pruned up to a count of %lld, and longer ones up to %lld: that would "
                             "leave n-grams without their beginning",
                             i, (long long)o->prune[i - 1], (long long)o->prune[i]);
  return RN_OK;
}

/* The rows of a text as rn_trie_put wants them: a window of `order` ids + 1 that slides over it. Every n-gram begins a row: behind the
 * last id of a line (or of the text) come zeros until its last word has left. */
typedef struct window {
  rn_ngram_counter *counter;
  int order, n; /* numbers in it */
  uint32_t row[RN_NGRAM_MAX_ORDER];
} window;

static rn_status slide(window *w, uint32_t number) {
  rn_status status = RN_OK;
  if (w->n == w->order) {
    status = rn_ngram_counter_add(w->counter, w->row);
    memmove(w->row, w->row + 1, (size_t)(w->order - 1) * sizeof *w->row);
    w->n--;
  }
  w->row[w->n++] = number;
  return status;
}

/* Empties the window but for its last `keep` numbers, which begin no row. */
static rn_status finish_line(window *w, int keep) {
  rn_status status = RN_OK;
  for (int left = w->n; left > keep && status == RN_OK; left--) {
    while (w->n < w->order) w->row[w->n++] = 0;
    status = slide(w, 0);
  }
  w->n = 0;
  return status;
}

/* Lines: <s> w_1 .. w_n </s>, each on its own, where </s> begins nothing. Else all in one, after order - 1 line ends. */
static rn_status count_text(rn_context *ctx, rn_corpus_ids *corpus, const rn_ngram_options *o, int32_t start, rn_ngram_counter *counter) {
  enum { BLOCK = 1 << 15 };
  window w = {.counter = counter, .order = o->order};
  int32_t *ids = rn_alloc(BLOCK * sizeof *ids);
  if (!ids) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for counting n-grams");
  rn_status status = RN_OK;
  int before = o->lines ? 1 : o->order - 1; /* starts that are put before a line, or the text */
  for (int64_t n = 1; n > 0 && status == RN_OK;) {
    status = rn_corpus_ids_next(corpus, ids, BLOCK, &n);
    for (int64_t i = 0; i < n && status == RN_OK; i++) {
      for (; before > 0 && status == RN_OK; before--) status = slide(&w, (uint32_t)start + 1);
      if (status == RN_OK) status = slide(&w, (uint32_t)ids[i] + 1);
      if (o->lines && ids[i] == start && status == RN_OK) {
        status = finish_line(&w, 1);
        before = 1;
      }
    }
    if (status == RN_OK && rn_context_stopping(ctx)) status = rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped");
  }
  if (status == RN_OK) status = finish_line(&w, 0);
  rn_free(ids);
  return status;
}

static rn_status put(void *trie, const uint32_t *row, uint32_t count) { return rn_trie_put(trie, row, count); }

static rn_status estimate(rn_trie *trie, const rn_ngram_options *o, rn_ngram_config *config) {
  rn_status status = rn_trie_finish(trie);
  if (status != RN_OK) return status;
  rn_trie_link(trie);
  if (o->smoothing == RN_NGRAM_STUPID_BACKOFF) status = rn_trie_stupid_backoff(trie, o->alpha);
  else if (o->smoothing == RN_NGRAM_JELINEK_MERCER) status = rn_trie_jelinek_mercer(trie, o->prune, config->weight);
  else status = rn_trie_kneser_ney(trie, o->prune, config->discount);
  return status == RN_OK && o->prune[o->order - 1] > 0 ? rn_trie_prune(trie, o->prune) : status;
}

static rn_status count_and_estimate(rn_context *ctx, rn_corpus_ids *corpus, const rn_ngram_options *o, rn_trie *trie,
                                    rn_ngram_config *config, int64_t *n_runs) {
  const rn_vocab *vocab = rn_corpus_ids_vocab(corpus);
  int32_t eos = rn_vocab_eos(vocab), unk = rn_vocab_unk(vocab), start = eos >= 0 ? eos : unk >= 0 ? unk : 0;
  if (o->lines && eos < 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "each line on its own is asked for, but the text has no line end");
  if (o->lines && rn_vocab_level(vocab) == RN_LEVEL_TOKEN && rn_vocab_count(vocab, eos) == 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                           "each line on its own is asked for, but the tokenizer does not end a line with a token for that alone");
  rn_ngram_counter *counter;
  rn_status status = rn_ngram_counter_new(ctx, o->order, (uint32_t)rn_vocab_size(vocab), o->memory, o->temporary, &counter);
  if (status == RN_OK) status = count_text(ctx, corpus, o, start, counter);
  if (status == RN_OK) status = rn_trie_init(trie, ctx, o->order, rn_vocab_size(vocab), o->lines, start);
  if (status == RN_OK) status = rn_ngram_counter_finish(counter, put, trie);
  if (counter) *n_runs = rn_ngram_counter_runs(counter);
  rn_ngram_counter_free(counter);
  return status == RN_OK ? estimate(trie, o, config) : status;
}

rn_status rn_ngram_train(rn_context *ctx, const char *path, const rn_ngram_options *options, rn_model **out, rn_ngram_text *about) {
  *out = NULL;
  rn_corpus_ids *corpus;
  rn_trie trie = {0};
  rn_ngram_text text = {0};
  rn_ngram_config config = {.order = options->order, .smoothing = options->smoothing, .lines = options->lines, .alpha = options->alpha};
  rn_status status = check_options(ctx, options);
  if (status == RN_OK) memcpy(config.prune, options->prune, sizeof config.prune);
  if (status == RN_OK) status = rn_corpus_ids_open(ctx, path, &options->vocab, options->tokenizer, options->temporary, &corpus);
  if (status != RN_OK) return status;
  status = count_and_estimate(ctx, corpus, options, &trie, &config, &text.n_runs);
  if (status == RN_OK) status = rn_trie_model(&trie, &config, rn_corpus_ids_take_vocab(corpus), out);
  text.n_tokens = rn_corpus_ids_count(corpus);
  text.n_unknown = rn_corpus_ids_unknown(corpus);
  text.n_bytes = (int64_t)rn_corpus_ids_bytes(corpus);
  text.hash = rn_corpus_ids_hash(corpus);
  if (about) *about = text;
  rn_trie_free(&trie);
  rn_corpus_ids_close(corpus);
  return status;
}
