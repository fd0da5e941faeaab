/* tokenizer_encode.c: a text to ids. The text is cut at safe places into a part for each thread, and each part into blocks; what a piece
 * becomes depends on the piece alone (when sampling, on its place too), so that threads and blocks change nothing. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "text/char_classes.h"
#include "text/byte_letters.h"
#include "text/piece_cache.h"
#include "text/tokenizer_walk.h"

#include <string.h>

rn_tokenize_options rn_tokenize_options_default(void) { return (rn_tokenize_options){.seed = 42}; }

void rn_tokens_free(rn_tokens *tokens) {
  rn_free(tokens->ids);
  rn_free(tokens->begin);
  rn_free(tokens->end);
  *tokens = (rn_tokens){0};
}

static bool reserve(rn_tokens *out, int64_t *capacity, int64_t n) {
  if (n <= *capacity) return true;
  int64_t more = n + *capacity / 2 + 256;
  int32_t *ids = rn_realloc(out->ids, (size_t)more * sizeof *ids);
  if (ids) out->ids = ids;
  int64_t *begin = rn_realloc(out->begin, (size_t)more * sizeof *begin);
  if (begin) out->begin = begin;
  int64_t *end = rn_realloc(out->end, (size_t)more * sizeof *end);
  if (end) out->end = end;
  if (!ids || !begin || !end) return false;
  *capacity = more;
  return true;
}

/* One thread's part of a text. */
typedef struct part {
  const rn_tokenizer *t;
  const rn_tokenize_options *options;
  const char *text;
  size_t begin, end, size; /* of the part; of the whole text */
  rn_walk walk;
  rn_subword_work work;
  rn_subwords found;
  rn_piece_cache cache;
  rn_tokens out;
  int64_t capacity;
  size_t failing; /* where in the text a failure is */
  rn_error err;
} part;

static void part_free(part *p) {
  rn_walk_free(&p->walk);
  rn_subword_work_free(&p->work);
  rn_free(p->found.at);
  rn_piece_cache_free(&p->cache);
  rn_tokens_free(&p->out);
}

static inline void push(rn_tokens *out, int32_t id, size_t begin, size_t end) {
  out->ids[out->n] = id;
  out->begin[out->n] = (int64_t)begin;
  out->end[out->n++] = (int64_t)end;
}

/* Says where in the text it is that cannot be encoded. */
static void fail_there(part *p, const rn_error *e) {
  const rn_tokenize_options *o = p->options;
  int64_t line, column;
  if (e->status != RN_ERROR_DATA) {
    rn_error_set(&p->err, e->status, "%s", e->text);
    return;
  }
  rn_utf8_place(p->text, p->text + p->failing, &line, &column);
  rn_error_set(&p->err, RN_ERROR_DATA, "%s%s%lld:%lld: %s", o->name ? o->name : "", o->name ? ":" : "",
               (long long)(o->lines_before + line), (long long)column, e->text);
}

static rn_status compute(part *p, const rn_aligned *text, const char *piece, size_t size, size_t begin, rn_error *err) {
  rn_random random = rn_random_init(p->options->seed, rn_aligned_begin(text, begin));
  p->found.n = p->found.n_dropped = 0;
  rn_status status = rn_subword_encode(&p->t->model, &p->work, piece, size, p->options->sample, &random, &p->found, err);
  if (status != RN_OK) p->failing = rn_aligned_begin(text, begin);
  return status;
}

/* The place of piece i in the cache, on its way from memory from now on; NULL: the piece is too long, there are no more, or tokens are
 * drawn. */
static rn_cached *fetch_set(const part *p, const rn_aligned *text, const rn_ranges *pieces, size_t i) {
  if (i >= pieces->n || p->options->sample > 0) return NULL;
  size_t size = pieces->at[i].end - pieces->at[i].begin;
  if (size > RN_CACHED_SIZE) return NULL;
  rn_cached *set = rn_piece_cache_set(&p->cache, text->data + pieces->at[i].begin, size);
  __builtin_prefetch(set);
  __builtin_prefetch(set + 1);
  return set;
}

static rn_status encode_pieces(part *p, const rn_aligned *text, const rn_ranges *pieces, rn_error *err) {
  enum { AHEAD = 8 };
  rn_cached *sets[AHEAD];
  for (size_t i = 0; i < AHEAD; i++) sets[i] = fetch_set(p, text, pieces, i);
  for (size_t i = 0; i < pieces->n; i++) {
    size_t at = pieces->at[i].begin, size = pieces->at[i].end - at;
    const char *piece = text->data + at;
    rn_cached *set = sets[i % AHEAD];
    sets[i % AHEAD] = fetch_set(p, text, pieces, i + AHEAD);
    const rn_cached *known = set ? rn_piece_cache_find(set, piece, size) : NULL;
    if (known) {
      if (!reserve(&p->out, &p->capacity, p->out.n + RN_CACHED_TOKENS))
        return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for tokens");
      for (size_t k = 0; k < known->n; k++)
        push(&p->out, known->ids[k], rn_aligned_begin(text, at + known->begin[k]), rn_aligned_end(text, at + known->end[k] - 1u));
      continue;
    }
    rn_status status = compute(p, text, piece, size, at, err);
    if (status != RN_OK) return status;
    if (!reserve(&p->out, &p->capacity, p->out.n + (int64_t)p->found.n))
      return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for tokens");
    for (size_t k = 0; k < p->found.n; k++) {
      const rn_subword *s = &p->found.at[k];
      push(&p->out, s->id, rn_aligned_begin(text, at + s->begin), rn_aligned_end(text, at + s->end - 1));
    }
    p->out.n_dropped += (int64_t)p->found.n_dropped;
    if (set && !p->found.n_dropped) rn_piece_cache_keep(set, piece, size, p->found.at, p->found.n);
  }
  return RN_OK;
}

static rn_status receive(void *user, const rn_added_token *token, const rn_aligned *text, const rn_ranges *pieces, rn_error *err) {
  part *p = user;
  if (!token) return encode_pieces(p, text, pieces, err);
  if (!reserve(&p->out, &p->capacity, p->out.n + 1)) return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for tokens");
  push(&p->out, token->id, rn_aligned_begin(text, 0), rn_aligned_end(text, text->size - 1));
  return RN_OK;
}

static void encode_part(part *p) {
  if (!rn_piece_cache_init(&p->cache, p->end - p->begin)) rn_error_set(&p->err, RN_ERROR_MEMORY, "out of memory for tokens");
  for (size_t at = p->begin, end; at < p->end && p->err.status == RN_OK; at = end) {
    end = p->end - at > RN_WALK_BLOCK ? rn_walk_cut(p->t, p->text, p->size, at + RN_WALK_BLOCK) : p->end;
    if (end > p->end) end = p->end;
    rn_error e = {0};
    p->failing = at;
    if (rn_walk_text(&p->walk, p->t, p->text + at, end - at, at, receive, p, &e) != RN_OK) fail_there(p, &e);
  }
}

/* ---- the threads ---- */

typedef struct job {
  const part *like; /* what all have in common */
  part *parts;      /* by worker */
  int n;
} job;

/* Each worker takes its share of the bytes, from one place where the text may be cut to another. */
static void work(void *arg, int worker, int n_workers) {
  job *j = arg;
  part *p = &j->parts[worker];
  *p = *j->like;
  size_t share = p->size / (size_t)n_workers;
  if (worker > 0) p->begin = rn_walk_cut(p->t, p->text, p->size, share * (size_t)worker);
  if (worker + 1 < n_workers) p->end = rn_walk_cut(p->t, p->text, p->size, share * (size_t)(worker + 1));
  if (worker == 0) j->n = n_workers;
  encode_part(p);
}

/* Appends the tokens of the second part and on to those of the first. */
static rn_status join(job *j, rn_tokens *out) {
  part *first = &j->parts[0];
  int64_t n = 0;
  for (int i = 0; i < j->n; i++) n += j->parts[i].out.n;
  if (!reserve(&first->out, &first->capacity, n)) return RN_ERROR_MEMORY;
  for (int i = 1; i < j->n; i++) {
    const rn_tokens *from = &j->parts[i].out;
    if (!from->n) continue;
    memcpy(first->out.ids + first->out.n, from->ids, (size_t)from->n * sizeof *from->ids);
    memcpy(first->out.begin + first->out.n, from->begin, (size_t)from->n * sizeof *from->begin);
    memcpy(first->out.end + first->out.n, from->end, (size_t)from->n * sizeof *from->end);
    first->out.n += from->n;
  }
  for (int i = 0; i < j->n; i++) {
    first->out.n_invalid += j->parts[i].walk.n_invalid;
    if (i > 0) first->out.n_dropped += j->parts[i].out.n_dropped;
  }
  first->out.n_unknown = first->out.n_dropped;
  *out = first->out;
  first->out = (rn_tokens){0};
  return RN_OK;
}

/* SentencePiece: a run of unknown tokens is one. */
static void fuse_unknown(const rn_tokenizer *t, rn_tokens *out) {
  int32_t unk = t->roles[RN_ROLE_UNK];
  int64_t n = 0;
  for (int64_t i = 0; i < out->n; i++) {
    if (n > 0 && out->ids[i] == unk && out->ids[n - 1] == unk) {
      out->end[n - 1] = out->end[i];
      continue;
    }
    out->ids[n] = out->ids[i];
    out->begin[n] = out->begin[i];
    out->end[n++] = out->end[i];
  }
  out->n = n;
}

/* ---- what the post-processors do ---- */

static bool is_blank(uint32_t letter) { return letter == rn_byte_letter(' ') || rn_char_is_space(letter); }

/* White space at the ends of a token's text is not part of what it stands for. */
static void trim(const rn_tokenizer *t, rn_tokens *out) {
  for (int64_t i = 0; i < out->n; i++) {
    size_t size, next;
    const char *token = rn_tokenizer_token(t, out->ids[i], &size);
    int64_t leading = 0, trailing = 0;
    for (size_t at = 0; at < size && is_blank(rn_char_at(token, at, &next)); at = next) leading++;
    for (size_t at = 0; at < size; at = next) trailing = is_blank(rn_char_at(token, at, &next)) ? trailing + 1 : 0;
    bool put_there = leading == 1 && t->frame.keep_put_before && (i == 0 || out->begin[i] == 0);
    if (!put_there) out->begin[i] += leading < out->end[i] - out->begin[i] ? leading : out->end[i] - out->begin[i];
    out->end[i] -= trailing < out->end[i] - out->begin[i] ? trailing : out->end[i] - out->begin[i];
  }
}

static rn_status put_around(const rn_tokenizer *t, size_t size, rn_tokens *out) {
  const rn_frame *f = &t->frame;
  int64_t n = out->n + f->n_before + f->n_after, capacity = 0;
  if (n == out->n) return RN_OK;
  if (!reserve(out, &capacity, n)) return RN_ERROR_MEMORY;
  memmove(out->ids + f->n_before, out->ids, (size_t)out->n * sizeof *out->ids);
  memmove(out->begin + f->n_before, out->begin, (size_t)out->n * sizeof *out->begin);
  memmove(out->end + f->n_before, out->end, (size_t)out->n * sizeof *out->end);
  for (int64_t i = 0; i < f->n_before + f->n_after; i++) {
    bool before = i < f->n_before;
    int64_t to = before ? i : out->n + i;
    out->ids[to] = before ? f->before[i] : f->after[i - f->n_before];
    out->begin[to] = out->end[to] = before ? 0 : (int64_t)size;
  }
  out->n = n;
  return RN_OK;
}

rn_status rn_tokenizer_encode(rn_context *ctx, const rn_tokenizer *t, const char *text, size_t size, const rn_tokenize_options *options,
                              rn_tokens *out) {
  *out = (rn_tokens){0};
  rn_tokenize_options defaults = rn_tokenize_options_default();
  part like = {.t = t, .options = options ? options : &defaults, .text = text, .end = size, .size = size};
  bool shared = t->can_cut && size >= 4 * RN_WALK_BLOCK;
  int n_workers = shared ? rn_pool_size(ctx->pool) : 1;
  job j = {.like = &like, .parts = rn_alloc_zero((size_t)n_workers, sizeof *j.parts)};
  if (!j.parts) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the tokens of %zu bytes", size);
  if (shared) rn_pool_team(ctx->pool, work, &j);
  else work(&j, 0, 1);
  rn_status status = RN_OK;
  for (int i = 0; i < j.n && status == RN_OK; i++)
    if (j.parts[i].err.status != RN_OK) status = rn_context_fail(ctx, j.parts[i].err.status, "%s", j.parts[i].err.text);
  if (status == RN_OK) {
    status = join(&j, out);
    if (status == RN_OK && t->fuse_unknown) fuse_unknown(t, out);
    if (status == RN_OK && t->frame.trim) trim(t, out);
    if (status == RN_OK && like.options->specials) status = put_around(t, size, out);
    if (status != RN_OK) rn_context_fail(ctx, status, "out of memory for the tokens of %zu bytes", size);
  }
  for (int64_t i = 0; i < out->n; i++) out->n_unknown += out->ids[i] == t->roles[RN_ROLE_UNK];
  for (int i = 0; i < j.n; i++) part_free(&j.parts[i]);
  rn_free(j.parts);
  if (status != RN_OK) rn_tokens_free(out);
  return status;
}

/* ---- and back ---- */

rn_status rn_tokenizer_decode(rn_context *ctx, const rn_tokenizer *t, const int32_t *ids, int64_t n, bool specials, char **out,
                              size_t *size) {
  rn_token_texts tokens = {0};
  rn_text text = {0};
  rn_error err = {0};
  *out = NULL;
  for (int64_t i = 0; i < n && err.status == RN_OK; i++) {
    size_t token_size;
    const char *token = rn_tokenizer_token(t, ids[i], &token_size);
    if (!token) rn_error_set(&err, RN_ERROR_ARGUMENT, "there is no token %d: ids are 0 to %lld", ids[i], (long long)t->size - 1);
    else if (specials || !rn_tokenizer_is_special(t, ids[i])) rn_token_texts_add(&tokens, token, token_size);
  }
  rn_text_append(&text, "", 0);
  if (err.status == RN_OK && (tokens.failed || tokens.text.failed || text.failed))
    rn_error_set(&err, RN_ERROR_MEMORY, "out of memory for the text of %lld tokens", (long long)n);
  if (err.status == RN_OK) rn_detokenize(t->detokenizers, t->n_detokenizers, &tokens, &text, &err);
  rn_token_texts_free(&tokens);
  if (err.status != RN_OK) {
    rn_text_free(&text);
    return rn_context_fail(ctx, err.status, "%s", err.text);
  }
  *out = text.data;
  if (size) *size = text.size;
  return RN_OK;
}

void rn_tokenizer_text_free(char *text) { rn_free(text); }
