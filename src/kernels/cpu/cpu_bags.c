/* cpu_bags.c: weighted sums of rows chosen by number, without ever laying those rows side by side.
 *
 *   y_s = c_s sum_j w_j table[id_j]                 over the ids of sequence s
 *
 *   dtable[id_j] += c_s w_j dy_s        dw_j += c_s dy_s . table[id_j]
 *
 * A table of words or of hashed n-grams is far larger than any cache, and which row comes next only the ids know: no hardware
 * prefetcher can, so the rows of ids to come are fetched here. */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_kernels.h"

enum {
  STRIP = 4,           /* vectors of a row summed in registers */
  OWNED_TOGETHER = 16, /* rows next to each other have one owner: two of them would write into one line of the cache */
};

typedef struct bag_job {
  const rn_bags *b;
  const float *table, *dy;
  float *y, *dtable, *dweight;
} bag_job;

RN_INLINE int64_t row_of(const rn_bags *b, int64_t at) { return b->ids ? b->ids[at] : at; }
RN_INLINE float weight_of(const rn_bags *b, int64_t at) { return b->weight ? b->weight[at] : 1.0f; }
RN_INLINE float share_of(const rn_bags *b, int64_t first, int64_t end) {
  return b->mean && end > first ? 1.0f / (float)(end - first) : 1.0f;
}

/* The columns of a later row, if the batch has one. */
RN_INLINE void fetch(const rn_bags *b, const float *table, int64_t at, int64_t j0, int64_t n, const int write) {
  if (at + RN_AHEAD >= b->offset[b->n_seqs]) return;
  rn_fetch(table + row_of(b, at + RN_AHEAD) * b->n + j0, n, write);
}

/* Columns j0 .. j0 + n - 1 of y_s, in nv vectors. */
RN_INLINE void sum_strip(const bag_job *a, int64_t first, int64_t end, int64_t j0, int64_t n, const int nv, float *y) {
  const rn_bags *b = a->b;
  vf sum[STRIP], share = v_set(share_of(b, first, end));
  int64_t last = (nv - 1) * RN_VL;
  for (int v = 0; v < nv; v++) sum[v] = v_zero();
  for (int64_t at = first; at < end; at++) {
    const float *row = a->table + row_of(b, at) * b->n + j0;
    vf w = v_set(weight_of(b, at));
    fetch(b, a->table, at, j0, n, 0);
    for (int v = 0; v < nv - 1; v++) sum[v] += w * v_load(row + v * RN_VL);
    sum[nv - 1] += w * v_load_n(row + last, n - last);
  }
  for (int v = 0; v < nv - 1; v++) v_store(y + j0 + v * RN_VL, share * sum[v]);
  v_store_n(y + j0 + last, share * sum[nv - 1], n - last);
}

static void sum_chunk(void *arg, int64_t begin, int64_t end) {
  const bag_job *a = arg;
  int64_t n = a->b->n;
  for (int64_t s = begin; s < end; s++) {
    int64_t first = a->b->offset[s], past = a->b->offset[s + 1];
    float *y = a->y + s * n;
    for (int64_t j = 0; j < n; j += STRIP * RN_VL) {
      int64_t left = n - j < STRIP * RN_VL ? n - j : STRIP * RN_VL;
      switch ((left + RN_VL - 1) / RN_VL) {
      case 1: sum_strip(a, first, past, j, left, 1, y); break;
      case 2: sum_strip(a, first, past, j, left, 2, y); break;
      case 3: sum_strip(a, first, past, j, left, 3, y); break;
      default: sum_strip(a, first, past, j, left, 4, y); break;
      }
    }
  }
}

void RN_K(bags)(rn_pool *pool, const rn_bags *b, const float *table, float *y) {
  bag_job a = {.b = b, .table = table, .y = y};
  seqs_for(pool, b->n_seqs, b->offset, b->n, RN_CHUNK, sum_chunk, &a);
}

/* ---- backward ---- */

/* y += w x. The last vector ends where the row ends: what it shares with the one before is computed twice from what was there, alike. A
 * masked store would cost more than everything else here. */
RN_INLINE void add_row(int64_t n, float w, const float *x, float *y) {
  if (n < RN_VL) {
    for (int64_t j = 0; j < n; j++) y[j] += w * x[j];
    return;
  }
  vf last = v_load(y + n - RN_VL);
  for (int64_t j = 0; j < n - RN_VL; j += RN_VL) v_store(y + j, v_load(y + j) + w * v_load(x + j));
  v_store(y + n - RN_VL, last + w * v_load(x + n - RN_VL));
}

/* Each row of the table has one owner, who adds to it in the order of the ids: the same sums whatever the number of workers. */
static void scatter(void *arg, int worker, int n_workers) {
  const bag_job *a = arg;
  const rn_bags *b = a->b;
  for (int64_t s = 0; s < b->n_seqs; s++) {
    const float *dy = a->dy + s * b->n, share = share_of(b, b->offset[s], b->offset[s + 1]);
    for (int64_t at = b->offset[s]; at < b->offset[s + 1]; at++) {
      int64_t row = row_of(b, at);
      if (n_workers > 1 && (uint32_t)row / OWNED_TOGETHER % (uint32_t)n_workers != (uint32_t)worker) continue;
      fetch(b, a->dtable, at, 0, b->n, 1);
      add_row(b->n, share * weight_of(b, at), dy, a->dtable + row * b->n);
    }
  }
}

static void dweight_chunk(void *arg, int64_t begin, int64_t end) {
  const bag_job *a = arg;
  const rn_bags *b = a->b;
  for (int64_t s = begin; s < end; s++) {
    const float *dy = a->dy + s * b->n, share = share_of(b, b->offset[s], b->offset[s + 1]);
    for (int64_t at = b->offset[s]; at < b->offset[s + 1]; at++) {
      const float *row = a->table + row_of(b, at) * b->n;
      vf sum = v_zero();
      fetch(b, a->table, at, 0, b->n, 0);
      for (int64_t j = 0; j < b->n; j += RN_VL) {
        int64_t left = b->n - j < RN_VL ? b->n - j : RN_VL;
        sum += v_load_n(dy + j, left) * v_load_n(row + j, left);
      }
      a->dweight[at] += share * v_sum(sum);
    }
  }
}

void RN_K(bags_grad)(rn_pool *pool, const rn_bags *b, const float *table, const float *dy, float *dtable, float *dweight) {
  bag_job a = {.b = b, .table = table, .dy = dy, .dtable = dtable, .dweight = dweight};
  if (dtable) rn_pool_team(b->offset[b->n_seqs] * b->n < RN_CHUNK ? NULL : pool, scatter, &a);
  if (dweight) seqs_for(pool, b->n_seqs, b->offset, b->n, RN_CHUNK, dweight_chunk, &a);
}
