/* cpu_windows.c: one step of word2vec and fastText for each batch of windows.  Mikolov et al. 2013, Bojanowski et al. 2017, Ji et al. 2016
 *
 * Of position p, word w_p, the input is the mean of its rows (its own, and those of its n-grams); window c reads the positions I_c about
 * it, or their mean (CBOW); its targets are rows o_t of the output table, right ones (z_t = 1) and wrong ones (z_t = 0):
 *
 *     h_p = mean of in[r], r in rows(w_p)                    for each position, or  h_c = mean of h_p, p in I_c, for each window
 *     e_pt = lr (z_t - sigma(h_p . o_t))                     for p in I_c, t in targets(c)
 *     o_t += sum_p e_pt h_p        d_p += sum_t e_pt o_t     in[r] += d_p, r in rows(w_p)
 *
 * The loss is the sum of -log sigma(+-h_p . o_t). A window's scores are a small matrix product in registers, since all its positions
 * share its targets.
 *
 * One after the other, the pairs that pull at a row would each find it moved by those before; together, they do not know of each other and
 * may throw it past its mark. So of a row on which c pairs of a batch meet, as is to be expected, the sum is divided by max(1, lr c).
 *
 * Threads. The tables are cut into parts by columns, each a table of its own, and a part belongs to one thread: no row is locked, copied,
 * or ever seen by two of them. What they share are the scores: those of a batch are taken with the weights as they were at its beginning,
 * as a sum over the parts, and then every thread takes its columns through the windows, in order. So threads meet once a batch, and the
 * result, which depends on the parts, does not depend on who has them. */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_kernels.h"
#include "kernels/cpu/cpu_math.h"
#include "kernels/cpu/cpu_piece.h"
#include <math.h>

enum { TILE = 6 /* targets at a time: with two inputs, their sums fill the registers. One right and five wrong ones fit */ };

typedef struct step {
  const rn_windows *batch;
  int64_t n_batches;
  float *in, *out;
  double *loss;
  float *h, *d, *mean;  /* [n_parts, n_positions, width] twice, [n_parts, n_windows, width] */
  float *score[2];      /* of this batch and the next, [n_parts, n_pairs] */
  float *error, *d_mean; /* of the window that a thread is at, [n_parts, n_errors] and [n_parts, width] */
  int64_t n_positions, n_windows, n_pairs, n_errors; /* the most that a batch has; of errors, a window */
  rn_pool *pool;
} step;

/* A part of the tables, and of what a batch makes of them. */
typedef struct part {
  float *in, *out, *h, *d, *mean, *score, *d_mean;
} part;

static part part_of(const step *s, const rn_windows *b, int64_t batch, int64_t p) {
  return (part){.in = s->in + p * b->n_in * b->width,
                .out = s->out + p * b->n_out * b->width,
                .h = s->h + p * s->n_positions * b->width,
                .d = s->d + p * s->n_positions * b->width,
                .mean = s->mean + p * s->n_windows * b->width,
                .score = s->score[batch % 2] + p * s->n_pairs,
                .d_mean = s->d_mean + p * b->width};
}

/* Widths are multiples of 8: only vectors of 16 may be cut short by the end of a row. */
RN_INLINE vf load(const float *x, int64_t left) { return RN_VL <= 8 || left >= RN_VL ? v_load(x) : v_load_n(x, left); }
RN_INLINE void store(float *x, vf v, int64_t left) {
  if (RN_VL <= 8 || left >= RN_VL) v_store(x, v);
  else v_store_n(x, v, left);
}

/* ---- h_p, and back ---- */

/* Rows of a position: its word's own, or those of its bag. */
RN_INLINE int64_t rows_of(const rn_windows *b, const int32_t *word, const int32_t **rows) {
  if (!b->bag_offset) return *rows = word, 1;
  *rows = b->bag + b->bag_offset[*word];
  return b->bag_offset[*word + 1] - b->bag_offset[*word];
}

/* Rows of a position to come: no hardware prefetcher can know of them. */
RN_INLINE void fetch_position(const rn_windows *b, const part *a, int64_t p) {
  const int32_t *rows;
  if (p >= b->n_positions) return;
  int64_t n = rows_of(b, &b->word[p], &rows);
  for (int64_t i = 0; i < n; i++) rn_fetch(a->in + rows[i] * b->width, b->width, true);
}

static void gather(const rn_windows *b, const part *a) {
  for (int64_t p = 0; p < b->n_positions; p++) {
    const int32_t *rows;
    int64_t n = rows_of(b, &b->word[p], &rows);
    float *h = a->h + p * b->width, *d = a->d + p * b->width, share = 1.0f / (float)n;
    fetch_position(b, a, p + (b->bag_offset ? 1 : RN_AHEAD));
    for (int64_t j = 0; j < b->width; j += RN_VL) {
      int64_t left = b->width - j;
      vf sum = load(a->in + rows[0] * b->width + j, left);
      for (int64_t i = 1; i < n; i++) sum += load(a->in + rows[i] * b->width + j, left);
      store(h + j, n > 1 ? share * sum : sum, left);
      store(d + j, v_zero(), left);
    }
  }
}

/* y += c x */
RN_INLINE void add_row(int64_t width, float c, const float *x, float *y) {
  for (int64_t j = 0; j < width; j += RN_VL) store(y + j, load(y + j, width - j) + c * load(x + j, width - j), width - j);
}

/* What a row's sum is multiplied by. */
RN_INLINE float share_of(const rn_windows *b, float crowd) {
  float c = b->lr * crowd;
  return c > 1 ? 1 / c : 1;
}

static void scatter(const rn_windows *b, const part *a) {
  for (int64_t p = 0; p < b->n_positions; p++) {
    const int32_t *rows;
    int64_t n = rows_of(b, &b->word[p], &rows);
    const float *crowd = b->in_crowd + (b->bag_offset ? b->bag_offset[b->word[p]] : b->word[p]);
    for (int64_t i = 0; i < n; i++) add_row(b->width, share_of(b, crowd[i]), a->d + p * b->width, a->in + rows[i] * b->width);
  }
}

/* ---- scores ---- */

/* The inputs of a window: rows of h, or its mean alone; dx: where what they get is added up. */
RN_INLINE int64_t inputs_of(const rn_windows *b, const part *a, int64_t w, const float **x, float **dx) {
  if (b->mean) return x[0] = a->mean + w * b->width, dx[0] = a->d_mean, 1;
  int64_t n = 0;
  for (int32_t p = b->first[w]; p < b->end[w]; p++)
    if (p != b->centre[w]) x[n] = a->h + p * b->width, dx[n++] = a->d + p * b->width;
  return n;
}

static void take_mean(const rn_windows *b, const part *a, int64_t w) {
  float *mean = a->mean + w * b->width, share = 1.0f / (float)(b->end[w] - b->first[w] - 1);
  for (int64_t j = 0; j < b->width; j += RN_VL) {
    vf sum = v_zero();
    for (int32_t p = b->first[w]; p < b->end[w]; p++)
      if (p != b->centre[w]) sum += load(a->h + p * b->width + j, b->width - j);
    store(mean + j, share * sum, b->width - j);
  }
}

RN_INLINE int32_t row_of(int32_t target) { return target < 0 ? ~target : target; }

/* Where targets lie from number `at` of the batch on; a tile of them at most. Returns how many. */
RN_INLINE int targets_of(const rn_windows *b, const part *a, int64_t w, int64_t at, float **o) {
  int64_t left = b->target_offset[w + 1] - at;
  int n = left < TILE ? (int)left : TILE;
  for (int t = 0; t < n; t++) o[t] = a->out + row_of(b->target[at + t]) * b->width;
  return n;
}

/* The sums of four vectors' lanes, each in the order of v_sum. */
RN_INLINE v4f sums_of_four(vf a, vf b, vf c, vf d) {
  v4f qa = v_quarter_sum(a), qb = v_quarter_sum(b), qc = v_quarter_sum(c), qd = v_quarter_sum(d);
  v4f ab = __builtin_shufflevector(qa, qb, 0, 4, 1, 5) + __builtin_shufflevector(qa, qb, 2, 6, 3, 7);
  v4f cd = __builtin_shufflevector(qc, qd, 0, 4, 1, 5) + __builtin_shufflevector(qc, qd, 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

/* Products of I inputs with T targets, y[i T + t]. */
RN_INLINE void dots(const int I, const int T, int64_t width, const float *const *x, float *const *o, float *y) {
  vf sum[2 * TILE];
  for (int k = 0; k < I * T; k++) sum[k] = v_zero();
  for (int64_t j = 0; j < width; j += RN_VL) {
    vf v[2];
    for (int i = 0; i < I; i++) v[i] = load(x[i] + j, width - j);
    for (int t = 0; t < T; t++) {
      vf u = load(o[t] + j, width - j);
      for (int i = 0; i < I; i++) sum[i * T + t] += v[i] * u;
    }
  }
  int k = 0;
  for (; k + 4 <= I * T; k += 4) *(v4f_memory *)(y + k) = sums_of_four(sum[k], sum[k + 1], sum[k + 2], sum[k + 3]);
  for (; k < I * T; k++) y[k] = v_sum(sum[k]);
}

RN_INLINE void dots_of_inputs(const int T, int64_t width, int64_t n, const float *const *x, float *const *o, float *y) {
  int64_t i = 0;
  for (; i + 2 <= n; i += 2) dots(2, T, width, x + i, o, y + i * T);
  if (i < n) dots(1, T, width, x + i, o, y + i * T);
}

/* code with T, which it takes as a constant. */
#define FOR_TILE(n, code)                                                                                                                  \
  switch (n) {                                                                                                                             \
  case 1: { enum { T = 1 }; code; break; }                                                                                                 \
  case 2: { enum { T = 2 }; code; break; }                                                                                                 \
  case 3: { enum { T = 3 }; code; break; }                                                                                                 \
  case 4: { enum { T = 4 }; code; break; }                                                                                                 \
  case 5: { enum { T = 5 }; code; break; }                                                                                                 \
  default: { enum { T = TILE }; code; break; }                                                                                             \
  }

/* The products of a window's inputs and targets in one part; of each tile by input, then by target. */
static void window_scores(const rn_windows *b, const part *a, int64_t w) {
  const float *x[2 * RN_MAX_WINDOW];
  float *dx[2 * RN_MAX_WINDOW], *o[TILE], *y = a->score + b->error_offset[w];
  if (b->mean) take_mean(b, a, w);
  int64_t n = inputs_of(b, a, w, x, dx);
  for (int64_t at = b->target_offset[w]; at < b->target_offset[w + 1]; at += TILE) {
    int tile = targets_of(b, a, w, at, o);
    FOR_TILE(tile, dots_of_inputs(T, b->width, n, x, o, y));
    y += n * tile;
  }
}

RN_INLINE void fetch_targets(const rn_windows *b, const part *a, int64_t w) {
  for (int64_t at = b->target_offset[w]; w < b->n && at < b->target_offset[w + 1]; at++)
    rn_fetch(a->out + row_of(b->target[at]) * b->width, b->width, true);
}

static void batch_scores(const step *s, int64_t k, int64_t p0, int64_t p1) {
  const rn_windows *b = &s->batch[k];
  for (int64_t p = p0; p < p1; p++) {
    part a = part_of(s, b, k, p);
    gather(b, &a);
    for (int64_t w = 0; w < b->n; w++) {
      if (w + 2 < b->n) fetch_targets(b, &a, w + 2);
      window_scores(b, &a, w);
    }
  }
}

/* ---- errors ---- */

/* e of all pairs of a window, in the order of its scores, which are summed over the parts. */
static void window_errors(const step *s, const rn_windows *b, int64_t k, int64_t w, float *e) {
  const float *score = s->score[k % 2] + b->error_offset[w];
  int64_t n = b->error_offset[w + 1] - b->error_offset[w], n_targets = b->target_offset[w + 1] - b->target_offset[w];
  for (int64_t i = 0; i < n; i += RN_VL) { /* what is behind the end is the next window's, or nobody's */
    vf y = v_load(score + i);
    for (int64_t p = 1; p < b->n_parts; p++) y += v_load(score + p * s->n_pairs + i);
    v_store(e + i, v_set(-b->lr) * v_sigmoid(y));
  }
  const int32_t *target = b->target + b->target_offset[w];
  for (int64_t t = 0; t < n_targets; t++) {
    if (target[t] < 0) continue;
    int64_t first = t / TILE * TILE, tile = n_targets - first < TILE ? n_targets - first : TILE, n_inputs = n / n_targets;
    for (int64_t i = 0; i < n_inputs; i++) e[first * n_inputs + i * tile + t - first] += b->lr;
  }
}

/* From the errors: sigma(x) of a wrong target, 1 - sigma(x) of a right one, is what the loss takes the logarithm of one minus of. */
static double window_loss(const rn_windows *b, int64_t n, const float *e) {
  double loss = 0;
  for (int64_t i = 0; i < n; i++) loss -= log1p(-fmin(fabs((double)e[i] / (double)b->lr), 1 - 1e-7));
  return loss;
}

/* ---- updates ---- */

/* One vector of columns of T targets and all inputs: both tables' sums take the other's values as they were before. A target that comes
 * twice gets both. */
RN_INLINE void update_column(const int T, int64_t n, const float *const *x, float *const *dx, float *const *o, const float *share,
                             const float *e, int64_t j, int64_t left) {
  vf u[TILE], du[TILE];
  for (int t = 0; t < T; t++) u[t] = load(o[t] + j, left), du[t] = v_zero();
  for (int64_t i = 0; i < n; i++, e += T) {
    vf v = load(x[i] + j, left), d = load(dx[i] + j, left);
    for (int t = 0; t < T; t++) {
      vf c = v_set(e[t]);
      d += c * u[t];
      du[t] += c * v;
    }
    store(dx[i] + j, d, left);
  }
  for (int t = 0; t < T; t++) store(o[t] + j, load(o[t] + j, left) + v_set(share[t]) * du[t], left);
}

RN_INLINE void update_tile(const int T, int64_t width, int64_t n, const float *const *x, float *const *dx, float *const *o,
                           const float *share, const float *e) {
  for (int64_t j = 0; j < width; j += RN_VL) update_column(T, n, x, dx, o, share, e, j, width - j);
}

static void window_update(const rn_windows *b, const part *a, int64_t w, const float *e) {
  const float *x[2 * RN_MAX_WINDOW];
  float *dx[2 * RN_MAX_WINDOW], *o[TILE], share[TILE];
  int64_t n = inputs_of(b, a, w, x, dx);
  if (b->mean) memset(a->d_mean, 0, (size_t)b->width * sizeof(float));
  for (int64_t at = b->target_offset[w]; at < b->target_offset[w + 1]; at += TILE) {
    int tile = targets_of(b, a, w, at, o);
    for (int t = 0; t < tile; t++) share[t] = share_of(b, b->out_crowd[row_of(b->target[at + t])]);
    FOR_TILE(tile, update_tile(T, b->width, n, x, dx, o, share, e));
    e += n * tile;
  }
  /* CBOW: what the mean gets goes to each of its positions, undivided, as in word2vec */
  for (int32_t p = b->first[w]; b->mean && p < b->end[w]; p++)
    if (p != b->centre[w]) add_row(b->width, 1, a->d_mean, a->d + p * b->width);
}

static void batch_update(const step *s, int64_t k, int64_t p0, int64_t p1) {
  const rn_windows *b = &s->batch[k];
  float *e = s->error + p0 * s->n_errors;
  for (int64_t w = 0; w < b->n; w++) {
    window_errors(s, b, k, w, e);
    if (b->wants_loss && p0 == 0) *s->loss += window_loss(b, b->error_offset[w + 1] - b->error_offset[w], e);
    for (int64_t p = p0; p < p1; p++) {
      part a = part_of(s, b, k, p);
      window_update(b, &a, w, e);
    }
  }
  for (int64_t p = p0; p < p1; p++) {
    part a = part_of(s, b, k, p);
    scatter(b, &a);
  }
}

/* ---- batches ---- */

static void run(void *arg, int worker, int n_workers) {
  const step *s = arg;
  int64_t n_parts = s->batch[0].n_parts, p0 = n_parts * worker / n_workers, p1 = n_parts * (worker + 1) / n_workers;
  for (int64_t k = 0; k < s->n_batches; k++) {
    batch_scores(s, k, p0, p1);
    if (n_workers > 1) rn_pool_barrier(s->pool);
    if (p0 < p1) batch_update(s, k, p0, p1);
  }
}

static size_t lay_out(step *s, const rn_windows *batch, int64_t n_batches, void *scratch) {
  piece p = {.base = scratch};
  *s = (step){.batch = batch, .n_batches = n_batches};
  if (n_batches == 0) return 0;
  for (int64_t k = 0; k < n_batches; k++) {
    const rn_windows *b = &batch[k];
    s->n_positions = b->n_positions > s->n_positions ? b->n_positions : s->n_positions;
    s->n_windows = b->n > s->n_windows ? b->n : s->n_windows;
    s->n_pairs = b->error_offset[b->n] > s->n_pairs ? b->error_offset[b->n] : s->n_pairs;
    for (int64_t w = 0; w < b->n; w++) {
      int64_t n = b->error_offset[w + 1] - b->error_offset[w];
      s->n_errors = n > s->n_errors ? n : s->n_errors;
    }
  }
  s->n_pairs += 16; /* whole vectors are read */
  s->n_errors = (s->n_errors + 32) / 16 * 16;
  int64_t parts = batch[0].n_parts, width = batch[0].width;
  s->h = take_floats(&p, parts * s->n_positions * width);
  s->d = take_floats(&p, parts * s->n_positions * width);
  s->mean = take_floats(&p, batch[0].mean ? parts * s->n_windows * width : 0);
  s->score[0] = take_floats(&p, parts * s->n_pairs);
  s->score[1] = take_floats(&p, parts * s->n_pairs);
  s->error = take_floats(&p, parts * s->n_errors);
  s->d_mean = take_floats(&p, parts * width);
  return p.used;
}

size_t RN_K(windows_scratch)(const rn_windows *batch, int64_t n_batches) {
  step s;
  return lay_out(&s, batch, n_batches, NULL);
}

void RN_K(windows)(rn_pool *pool, const rn_windows *batch, int64_t n_batches, float *in, float *out, double *loss, void *scratch) {
  step s;
  if (n_batches == 0) return;
  lay_out(&s, batch, n_batches, scratch);
  s.in = in, s.out = out, s.loss = loss, s.pool = pool;
  rn_pool_team(batch[0].n_parts > 1 ? pool : NULL, run, &s);
}
