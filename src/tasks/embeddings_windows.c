/* embeddings_windows.c: from the ids of a text to batches of windows.
 *
 * A word that makes up the share f of the text stays with probability sqrt(s / f) + s / f, s = sample; the window about a word reaches
 * 1 to `window` words, over those that are left; wrong words are drawn once for a window (Ji et al. 2016), by count^0.75, and the right
 * one among them is passed over. Random words come from (seed, epoch, place in the text): number 0 says whether the word stays, 1 how far
 * its window reaches, 2 and on what its wrong words are. */
#include "tasks/embeddings_windows.h"
#include "base/alloc.h"
#include "base/random.h"
#include <math.h>
#include <string.h>

enum { MARGIN = 2048 /* ids beyond a batch's own among which the words of its windows are sought */ };

/* Where the positions of a batch came from, while it is made. */
typedef struct place {
  int64_t at;                /* in the text */
  int32_t begin, end;        /* positions of its sentence that are in the batch */
} place;

typedef struct slot {
  void *block;
  int32_t *word, *first, *centre, *end, *target_offset, *target, *error_offset;
  place *places;
} slot;

struct rn_window_plan {
  rn_context *ctx;
  const rn_word_ids *text;
  const rn_embeddings_options *options;
  uint32_t *keep; /* [V] a word stays if its random word is not larger */
  double left, targets; /* of the words of the text, and of a window, on average */
  float *out_crowd;     /* [outputs] */
  rn_alias noise;
  rn_huffman tree;
  rn_windows batch[RN_WINDOWS_AT_ONCE];
  slot slots[RN_WINDOWS_AT_ONCE];
  /* of the batches that are being made: */
  int64_t epoch, first;
  uint64_t stream;
  const int32_t *ids; /* those from `ids_at` on, up to `ids_end` */
  int64_t ids_at, ids_end;
  int32_t *room;
};

/* ---- what draws need ---- */

static bool make_keep(rn_window_plan *p, int64_t n) {
  if (!(p->keep = rn_alloc((size_t)n * sizeof *p->keep))) return false;
  for (int32_t v = 0; v < n; v++) {
    double share = (double)rn_vocab_count(p->text->vocab, v) / (double)p->text->n_words, s = p->options->sample / share;
    double stay = p->options->sample > 0 ? sqrt(s) + s : 1;
    p->keep[v] = stay < 1 ? (uint32_t)(stay * 4294967295.0) : UINT32_MAX;
    p->left += share * fmin(stay, 1);
  }
  return true;
}

/* Windows of a batch about word v. */
static double windows_of(const rn_window_plan *p, int32_t v) {
  double share = (double)rn_vocab_count(p->text->vocab, v) / (double)p->text->n_words;
  return RN_WINDOWS_TOKENS * share * (double)p->keep[v] / 4294967295.0;
}

/* Inputs of a window: half of it is left on average, on both sides. */
static double inputs_of(const rn_window_plan *p) { return p->options->kind == RN_CBOW ? 1 : (double)p->options->window + 1; }

double rn_window_plan_crowd(const rn_window_plan *p, int32_t v) {
  return windows_of(p, v) * (double)(p->options->window + 1) * p->targets;
}

static bool make_out_crowd(rn_window_plan *p, const double *weight, int64_t n) {
  double windows = RN_WINDOWS_TOKENS * p->left, all = 0;
  bool tree = p->options->hierarchical;
  if (!(p->out_crowd = rn_alloc_zero((size_t)n, sizeof *p->out_crowd))) return false;
  for (int64_t v = 0; v < n; v++) all += weight[v];
  p->targets = tree ? 0 : 1 + (double)p->options->negatives;
  for (int32_t v = 0; v < n; v++) {
    double right = windows_of(p, v) * inputs_of(p), wrong = (double)p->options->negatives * windows * weight[v] / all * inputs_of(p);
    if (!tree) p->out_crowd[v] = (float)(right + wrong);
    for (int64_t k = tree ? p->tree.offset[v] : 0; tree && k < p->tree.offset[v + 1]; k++) {
      int32_t node = p->tree.step[k] < 0 ? ~p->tree.step[k] : p->tree.step[k];
      p->out_crowd[node] += (float)right;
    }
    if (tree) p->targets += windows_of(p, v) / windows * (double)(p->tree.offset[v + 1] - p->tree.offset[v]);
  }
  return true;
}

static bool make_targets(rn_window_plan *p, int64_t n) {
  double *weight = rn_alloc((size_t)n * sizeof *weight);
  int64_t *count = rn_alloc((size_t)n * sizeof *count);
  bool ok = weight && count;
  for (int32_t v = 0; ok && v < n; v++) {
    count[v] = rn_vocab_count(p->text->vocab, v);
    weight[v] = pow((double)count[v], 0.75);
  }
  if (ok) ok = p->options->hierarchical ? rn_huffman_init(&p->tree, count, n) : rn_alias_init(&p->noise, weight, n);
  if (ok) ok = make_out_crowd(p, weight, n);
  rn_free(weight);
  rn_free(count);
  return ok;
}

static int64_t targets_of_a_window(const rn_window_plan *p) {
  if (!p->options->hierarchical) return 1 + p->options->negatives;
  int64_t most = 1;
  for (int64_t v = 0; v < p->tree.n; v++) {
    int64_t length = p->tree.offset[v + 1] - p->tree.offset[v];
    most = length > most ? length : most;
  }
  return most;
}

static bool make_slot(const rn_window_plan *p, slot *s, int64_t targets) {
  int64_t positions = RN_WINDOWS_TOKENS + 2 * p->options->window, n = RN_WINDOWS_TOKENS;
  int64_t ints = positions + 3 * n + 2 * (n + 1) + n * targets;
  size_t places = (size_t)positions * sizeof(place);
  if (!(s->block = rn_alloc(places + (size_t)ints * sizeof(int32_t)))) return false;
  s->places = s->block;
  s->word = (int32_t *)((char *)s->block + places);
  s->first = s->word + positions;
  s->centre = s->first + n;
  s->end = s->centre + n;
  s->target_offset = s->end + n;
  s->error_offset = s->target_offset + n + 1;
  s->target = s->error_offset + n + 1;
  return true;
}

rn_status rn_window_plan_new(rn_context *ctx, const rn_word_ids *text, const rn_embeddings_options *options, rn_window_plan **out) {
  rn_window_plan *p = *out = rn_alloc_zero(1, sizeof *p);
  if (!p) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the windows");
  p->ctx = ctx;
  p->text = text;
  p->options = options;
  int64_t n = rn_vocab_size(text->vocab);
  bool ok = make_keep(p, n) && make_targets(p, n);
  int64_t targets = ok ? targets_of_a_window(p) : 0;
  for (int i = 0; ok && i < RN_WINDOWS_AT_ONCE; i++) ok = make_slot(p, &p->slots[i], targets);
  if (ok && !rn_word_ids_in_memory(text))
    ok = (p->room = rn_alloc((RN_WINDOWS_AT_ONCE * RN_WINDOWS_TOKENS + 2 * MARGIN) * sizeof *p->room)) != NULL;
  if (ok) return RN_OK;
  rn_window_plan_free(p);
  *out = NULL;
  return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the windows");
}

void rn_window_plan_free(rn_window_plan *p) {
  if (!p) return;
  for (int i = 0; i < RN_WINDOWS_AT_ONCE; i++) rn_free(p->slots[i].block);
  rn_alias_free(&p->noise);
  rn_huffman_free(&p->tree);
  rn_free(p->keep);
  rn_free(p->out_crowd);
  rn_free(p->room);
  rn_free(p);
}

int64_t rn_window_plan_batches(const rn_window_plan *p) { return (p->text->n + RN_WINDOWS_TOKENS - 1) / RN_WINDOWS_TOKENS; }

int64_t rn_window_plan_outputs(const rn_window_plan *p) {
  return rn_vocab_size(p->text->vocab) - (p->options->hierarchical ? 1 : 0);
}

/* ---- one batch ---- */

/* The block of four random words that word number k of a place is in. */
static void draw(const rn_window_plan *p, int64_t at, int64_t k, uint32_t out[4]) {
  rn_philox(p->options->seed, p->stream, (uint64_t)at << 12 | (uint64_t)k / 4, out);
}

static bool stays(const rn_window_plan *p, int64_t at, int32_t id, uint32_t words[4]) {
  if (id < 0) return false;
  draw(p, at, 0, words);
  return words[0] <= p->keep[id];
}

/* Up to `window` words that stay, from `at` on in steps of `by`, in the same sentence and not past the margin. */
static int64_t neighbours(const rn_window_plan *p, int64_t at, int by, place *out) {
  int64_t n = 0;
  uint32_t words[4];
  for (int64_t i = 0; i < MARGIN && n < p->options->window && at >= p->ids_at && at < p->ids_end; i++, at += by) {
    int32_t id = p->ids[at - p->ids_at];
    if (id < 0) break;
    if (stays(p, at, id, words)) out[n++].at = at;
  }
  return n;
}

static int32_t id_at(const rn_window_plan *p, int64_t at) { return p->ids[at - p->ids_at]; }

/* The positions: words before the batch, its own, and words behind it. *begin, *end: its own. */
static int64_t find_positions(const rn_window_plan *p, int64_t from, int64_t to, place *places, int64_t *begin, int64_t *end) {
  uint32_t words[4];
  int64_t n = neighbours(p, from - 1, -1, places);
  for (int64_t i = 0; i < n / 2; i++) {
    place swap = places[i];
    places[i] = places[n - 1 - i];
    places[n - 1 - i] = swap;
  }
  *begin = n;
  int64_t sentence = 0;
  for (int64_t i = 0; i < n; i++) places[i].begin = 0;
  for (int64_t at = from; at < to; at++) {
    int32_t id = id_at(p, at);
    if (id < 0) {
      for (int64_t i = sentence; i < n; i++) places[i].end = (int32_t)n;
      sentence = n;
    } else if (stays(p, at, id, words)) {
      places[n++] = (place){.at = at, .begin = (int32_t)sentence};
    }
  }
  *end = n;
  n += neighbours(p, to, 1, places + n);
  for (int64_t i = sentence; i < n; i++) places[i].end = (int32_t)n;
  return n;
}

/* The targets of the window about a place. Returns how many there are. */
static int64_t find_targets(const rn_window_plan *p, int64_t at, int32_t id, int32_t *out) {
  if (p->options->hierarchical) {
    const int32_t *way = p->tree.step + p->tree.offset[id];
    int64_t n = p->tree.offset[id + 1] - p->tree.offset[id];
    memcpy(out, way, (size_t)n * sizeof *out);
    return n;
  }
  uint32_t words[4];
  int64_t n = 0;
  out[n++] = id;
  for (int64_t k = 2; k < 2 + p->options->negatives; k++) {
    if (k == 2 || k % 4 == 0) draw(p, at, k, words);
    int32_t wrong = rn_alias_draw(&p->noise, words[k % 4]);
    if (wrong != id) out[n++] = ~wrong;
  }
  return n;
}

static float rate(const rn_window_plan *p, int64_t at) {
  double done = ((double)p->epoch * (double)p->text->n + (double)at) / ((double)p->options->epochs * (double)p->text->n);
  return (float)(p->options->lr * fmax(1 - done, 1e-4));
}

static void make_batch(void *arg, int64_t k) {
  rn_window_plan *p = arg;
  slot *s = &p->slots[k];
  int64_t from = (p->first + k) * RN_WINDOWS_TOKENS, to = from + RN_WINDOWS_TOKENS, begin, end, n = 0, window = p->options->window;
  if (to > p->text->n) to = p->text->n;
  int64_t n_positions = find_positions(p, from, to, s->places, &begin, &end);
  for (int64_t i = 0; i < n_positions; i++) s->word[i] = id_at(p, s->places[i].at);
  s->target_offset[0] = s->error_offset[0] = 0;
  for (int64_t i = begin; i < end; i++) {
    uint32_t words[4];
    draw(p, s->places[i].at, 0, words);
    int64_t reach = 1 + (int64_t)((uint64_t)words[1] * (uint64_t)window >> 32);
    int64_t left = i - reach < s->places[i].begin ? s->places[i].begin : i - reach;
    int64_t right = i + reach + 1 > s->places[i].end ? s->places[i].end : i + reach + 1;
    if (right - left < 2) continue; /* alone in its sentence */
    s->first[n] = (int32_t)left, s->centre[n] = (int32_t)i, s->end[n] = (int32_t)right;
    int64_t targets = find_targets(p, s->places[i].at, s->word[i], s->target + s->target_offset[n]);
    int64_t inputs = p->options->kind == RN_CBOW ? 1 : right - left - 1;
    s->target_offset[n + 1] = s->target_offset[n] + (int32_t)targets;
    s->error_offset[n + 1] = s->error_offset[n] + (int32_t)(targets * inputs);
    n++;
  }
  p->batch[k] = (rn_windows){.n_positions = n_positions, .word = s->word, .mean = p->options->kind == RN_CBOW, .n = n, .first = s->first,
                             .centre = s->centre, .end = s->end, .target_offset = s->target_offset, .target = s->target,
                             .error_offset = s->error_offset, .out_crowd = p->out_crowd, .lr = rate(p, from)};
}

rn_windows *rn_window_plan_make(rn_window_plan *p, int64_t epoch, int64_t first, int64_t n) {
  int64_t from = first * RN_WINDOWS_TOKENS - MARGIN, to = (first + n) * RN_WINDOWS_TOKENS + MARGIN;
  p->epoch = epoch;
  p->first = first;
  p->stream = rn_random_stream("windows") + (uint64_t)epoch;
  p->ids_at = from > 0 ? from : 0;
  p->ids_end = to < p->text->n ? to : p->text->n;
  p->ids = rn_word_ids_read(p->ctx, p->text, p->ids_at, p->ids_end - p->ids_at, p->room);
  if (!p->ids) return NULL;
  rn_pool_for(p->ctx->pool, n, make_batch, p);
  return p->batch;
}
