/* vocab_writer.c: a text written id by id. A token may end amid a character, whose bytes wait for the tokens that bring the rest. */
#include "base/alloc.h"
#include "base/text_buffer.h"
#include "text/token_level.h"
#include "text/vocab.h"

#include <string.h>

enum { MAX_HELD = 4 }; /* tokens that a character may take: one for each of its bytes */

struct rn_vocab_writer {
  rn_context *ctx;
  const rn_vocab *vocab;
  int32_t previous; /* the last id whose text was given out */
  int32_t held[MAX_HELD];
  int64_t n_held;
  rn_text text;
};

rn_status rn_vocab_writer_new(rn_context *ctx, const rn_vocab *vocab, int32_t previous, rn_vocab_writer **out) {
  *out = rn_alloc_zero(1, sizeof **out);
  if (!*out) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a text");
  **out = (rn_vocab_writer){.ctx = ctx, .vocab = vocab, .previous = previous};
  return RN_OK;
}

void rn_vocab_writer_free(rn_vocab_writer *w) {
  if (!w) return;
  rn_text_free(&w->text);
  rn_free(w);
}

/* The text of what is held back, unless it may still become a whole character and `wait` is set. */
static void put_held(rn_vocab_writer *w, bool wait) {
  if (w->n_held == 0) return;
  size_t size;
  char *text = rn_token_level_decode(rn_vocab_token_level(w->vocab), w->previous, w->held, w->n_held, &size);
  bool open = text && size >= 3 && memcmp(text + size - 3, "\xef\xbf\xbd", 3) == 0; /* U+FFFD */
  if (!text) w->text.failed = true;
  if (text && !(wait && open && w->n_held < MAX_HELD)) {
    rn_text_append(&w->text, text, size);
    w->previous = w->held[w->n_held - 1];
    w->n_held = 0;
  }
  rn_free(text);
}

static void put_token(rn_vocab_writer *w, int32_t id) {
  const rn_token_level *level = rn_vocab_token_level(w->vocab);
  bool line_end = level->lines && id == level->eos;
  if (!line_end && id >= 0) w->held[w->n_held++] = id;
  put_held(w, !line_end && id >= 0);
  if (!line_end) return;
  rn_text_puts(&w->text, "\n");
  w->previous = id;
}

static void put_symbol(rn_vocab_writer *w, int32_t id) {
  size_t size = 0;
  if (!rn_vocab_symbol(w->vocab, id, &size)) return;
  char small[64], *piece = size + 2 <= sizeof small ? small : rn_alloc(size + 2);
  if (!piece) {
    w->text.failed = true;
    return;
  }
  rn_text_append(&w->text, piece, rn_vocab_decode(w->vocab, w->previous, id, piece, size + 2));
  if (piece != small) rn_free(piece);
  w->previous = id;
}

rn_status rn_vocab_writer_put(rn_vocab_writer *w, int32_t id, rn_string *text) {
  rn_text_clear(&w->text);
  if (rn_vocab_level(w->vocab) == RN_LEVEL_TOKEN) put_token(w, id);
  else put_symbol(w, id);
  *text = (rn_string){w->text.data ? w->text.data : "", w->text.size};
  return w->text.failed ? rn_context_fail(w->ctx, RN_ERROR_MEMORY, "out of memory for a text") : RN_OK;
}
