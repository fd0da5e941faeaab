/* cpu_gemm.c: C = op(A) op(B) + bias.
 *
 * The columns of B are cut into panels of RN_NR, the rows of a panel into blocks of RN_KC, so that a block of a panel (24 KB) stays in
 * the first-level cache while every tile of rows of A runs over it. A panel is packed, [k][RN_NR], just before it is used, by the
 * worker who uses it; A is packed too when its rows, or its columns, would otherwise lie far apart. k is never split between workers, and
 * C's elements are summed alike in every tile, so the cut into tasks may follow the number of threads without changing a bit.
 *
 * Few rows do not pay for the packing: cpu_gemv.c has them. */
#include "kernels/cpu/cpu_gemm.h"
#include "kernels/cpu/cpu_gemv.h"

enum { ROWS_MAX = 512, TASKS_PER_THREAD = 4, PACK_A_COLUMNS = 4 * RN_NR };
static const double small_flops = 2e5; /* about 3 us of one core: less than waking the others pays back */

/* ---- packing ---- */

/* to[k][j] = from[j][k] for a square of 4: four loads, eight shuffles, four stores. */
RN_INLINE void transpose4(const float *const *from, float *to, int64_t stride) {
  v4f a = *(const v4f_memory *)from[0], b = *(const v4f_memory *)from[1], c = *(const v4f_memory *)from[2],
      d = *(const v4f_memory *)from[3];
  v4f ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  v4f cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(v4f_memory *)(to + 0 * stride) = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  *(v4f_memory *)(to + 1 * stride) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  *(v4f_memory *)(to + 2 * stride) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  *(v4f_memory *)(to + 3 * stride) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

/* Stored rows j become columns of the panel. */
static void pack_transposed(const rn_product *p, int64_t k0, int64_t k, int64_t j0, int64_t n, int64_t width, float *panel) {
  for (int64_t j = 0; j < width; j += 4) {
    const float *from[4];
    bool whole = true;
    for (int i = 0; i < 4; i++) {
      int64_t row = j + i >= n ? -1 : p->b_row ? p->b_row[j0 + j + i] : j0 + j + i;
      from[i] = row < 0 ? NULL : p->g.b + row * p->g.ldb + k0;
      whole = whole && from[i];
    }
    int64_t at = 0;
    if (whole)
      for (; at + 4 <= k; at += 4) {
        const float *square[4] = {from[0] + at, from[1] + at, from[2] + at, from[3] + at};
        transpose4(square, panel + at * width + j, width);
      }
    for (; at < k; at++)
      for (int i = 0; i < 4; i++) panel[at * width + j + i] = from[i] ? from[i][at] : 0;
  }
}

float *RN_K(panel_pack)(const rn_product *p, int64_t k0, int64_t k, int64_t j0, int64_t n, float *panel) {
  int64_t width = panel_vectors(n) * RN_VL, last = width - RN_VL;
  if (p->g.trans_b) {
    pack_transposed(p, k0, k, j0, n, width, panel);
    return panel + k * width;
  }
  for (int64_t at = 0; at < k; at++, panel += width) {
    int64_t row = p->b_row ? p->b_row[k0 + at] : k0 + at;
    const float *from = p->g.b + row * p->g.ldb + j0;
    if (row < 0) memset(panel, 0, (size_t)width * sizeof(float));
    else {
      for (int64_t j = 0; j < last; j += RN_VL) v_store(panel + j, v_load(from + j));
      v_store(panel + last, n == width ? v_load(from + last) : v_load_n(from + last, n - last));
    }
  }
  return panel;
}

/* Rows are dealt evenly to as few tiles as can hold them, the larger tiles first: 9 rows are 3 + 3 + 3, not 4 + 4 + 1. */
typedef struct deal { int64_t rows, larger; } deal;
static deal deal_rows(int64_t m) {
  int64_t n_tiles = (m + RN_MR - 1) / RN_MR;
  return n_tiles ? (deal){m / n_tiles, m % n_tiles} : (deal){0};
}
RN_INLINE int dealt(const deal *d, int64_t tile) { return (int)(d->rows + (tile < d->larger)); }

/* Rows [r0, r0 + m) of op(A), one block of k: transposed A as tiles [k][mr], one after the other; A as it is by rows [k]. */
static void pack_a(const rn_product *p, int64_t r0, int64_t m, int64_t k0, int64_t k, float *to) {
  const rn_gemm *g = &p->g;
  if (!g->trans_a) {
    for (int64_t i = r0; i < r0 + m; i++, to += k) memcpy(to, g->a + (p->a_row ? p->a_row[i] : i) * g->lda + k0, (size_t)k * sizeof(float));
    return;
  }
  deal d = deal_rows(m);
  for (int64_t i = 0, row = 0, mr; row < m; row += mr, i++) {
    const float *from = g->a + k0 * g->lda + r0 + row;
    mr = dealt(&d, i);
    if (mr == RN_MR)
      for (int64_t at = 0; at < k; at++, from += g->lda, to += RN_MR) memcpy(to, from, RN_MR * sizeof(float));
    else
      for (int64_t at = 0; at < k; at++, from += g->lda, to += mr)
        for (int64_t r = 0; r < mr; r++) to[r] = from[r];
  }
}

/* A is packed when transposed, and when a block of k would leave holes between its rows, which are then too far apart for the cache. */
static bool packs_a(const rn_gemm *g) { return g->trans_a || (g->k > RN_KC && g->n > PACK_A_COLUMNS); }

/* ---- one panel ---- */

void RN_K(panel_product)(int64_t m, int64_t k, int nv, const float *a, int64_t lda, const float *panel, float *c, int64_t ldc,
                         bool accumulate) {
  int64_t width = nv * RN_VL, n_blocks = (k + RN_KC - 1) / RN_KC;
  deal d = deal_rows(m);
  for (int64_t block = 0; block < n_blocks; block++) {
    int64_t k0 = k * block / n_blocks, k1 = k * (block + 1) / n_blocks;
    rn_tile t = {.k = k1 - k0, .a_step = 1, .b = panel + k0 * width, .accumulate = accumulate || block > 0};
    const float *from = a + k0;
    float *to = c;
    t.next = t.b + t.k * width; /* the panel that follows, a part of it for every tile */
    for (int64_t i = 0, row = 0; row < m; i++) {
      int mr = dealt(&d, i);
      for (int r = 0; r < mr; r++, from += lda, to += ldc) t.a[r] = from, t.c[r] = to;
      RN_K(tile)(&t, mr, nv);
      t.next += mr * t.k;
      row += mr;
    }
  }
}

/* One block of k for one row: tile_sized with rows of panels instead of rows of A. */
RN_INLINE void row_sized(const int nv, const int n_panels, int64_t k, const float *a, const float *panels, int64_t apart, float *const *c,
                         bool accumulate) {
  vf sum[RN_ROW_PANELS][RN_NV];
#pragma GCC unroll 4
  for (int p = 0; p < n_panels; p++)
#pragma GCC unroll 3
    for (int j = 0; j < nv; j++) sum[p][j] = v_zero();
  for (int64_t at = 0; at < k; at++, panels += nv * RN_VL) {
    vf x = v_set(a[at]);
#pragma GCC unroll 4
    for (int p = 0; p < n_panels; p++)
#pragma GCC unroll 3
      for (int j = 0; j < nv; j++) sum[p][j] += x * v_load(panels + p * apart + j * RN_VL);
  }
#pragma GCC unroll 4
  for (int p = 0; p < n_panels; p++)
#pragma GCC unroll 3
    for (int j = 0; j < nv; j++) {
      if (accumulate) sum[p][j] += v_load(c[p] + j * RN_VL);
      v_store(c[p] + j * RN_VL, sum[p][j]);
    }
}

void RN_K(panels_row)(int64_t k, int nv, int n_panels, const float *a, const float *panels, int64_t apart, float *const *c,
                      bool accumulate) {
  int64_t n_blocks = (k + RN_KC - 1) / RN_KC;
  for (int64_t block = 0; block < n_blocks; block++) {
    int64_t k0 = k * block / n_blocks, size = k * (block + 1) / n_blocks - k0;
    const float *row = a + k0, *at = panels + k0 * nv * RN_VL;
    bool adds = accumulate || block > 0;
#define SIZE(n, v) \
  case n * 4 + v: row_sized(v, n, size, row, at, apart, c, adds); break;
#define SIZES(n) SIZE(n, 1) SIZE(n, 2) SIZE(n, 3)
    switch (n_panels * 4 + nv) { SIZES(1) SIZES(2) SIZES(3) SIZES(4) }
#undef SIZES
#undef SIZE
  }
}

/* ---- the whole product ---- */

typedef struct job {
  const rn_product *p;
  int64_t row_tasks, column_tasks, n_panels, next; /* next: the first task nobody has taken */
} job;

/* Products that do not meet: whoever finds nothing left of one goes on with the next. */
typedef struct jobs {
  job list[RN_PRODUCTS_MAX];
  int n;
  float *scratch;
  size_t scratch_stride; /* floats for a worker */
} jobs;

static int64_t rows_in_task(const rn_gemm *g) { return g->m < ROWS_MAX ? g->m : ROWS_MAX; }
static size_t worker_floats(const rn_gemm *g) {
  size_t a = packs_a(g) ? (size_t)rows_in_task(g) * RN_KC : 0;
  return (a + RN_KC * RN_NR + 15) / 16 * 16;
}

/* Rows [r0, r1) of C in one panel and one block of k. A tile at the right edge, where a panel is wider than C, and a row nobody wants
 * go through `edge`, whose columns beyond C stay what the padding of the panel makes them, zero. */
static void run_panel(const rn_product *p, const float *a_pack, const float *panel, int64_t r0, int64_t r1, int64_t j0, int64_t n,
                      int64_t k0, int64_t k) {
  const rn_gemm *g = &p->g;
  float edge[RN_MR][RN_NR] = {{0}}, bias[RN_NR];
  int nv = panel_vectors(n);
  bool whole = n == nv * RN_VL;
  bool first = k0 == 0;
  rn_tile t = {.k = k, .b = panel, .accumulate = g->accumulate || !first};
  if (first && g->bias) {
    memset(bias, 0, sizeof bias);
    memcpy(bias, g->bias + j0, (size_t)n * sizeof(float));
    t.bias = bias;
  }
  deal d = deal_rows(r1 - r0);
  for (int64_t i = 0, row = 0, mr; row < r1 - r0; row += mr, i++) {
    mr = dealt(&d, i);
    float *c[RN_MR];
    bool wanted = false;
    t.a_step = g->trans_a ? mr : 1;
    for (int r = 0; r < mr; r++) {
      int64_t at = r0 + row + r, to = p->c_row ? p->c_row[at] : at;
      t.a[r] = g->trans_a ? a_pack + row * k + r : a_pack ? a_pack + (row + r) * k : g->a + (p->a_row ? p->a_row[at] : at) * g->lda + k0;
      c[r] = to < 0 ? NULL : g->c + to * g->ldc + j0;
      wanted = wanted || c[r];
      t.c[r] = whole && c[r] ? c[r] : edge[r];
      if (!whole && c[r] && t.accumulate) memcpy(edge[r], c[r], (size_t)n * sizeof(float));
    }
    if (!wanted) continue;
    t.next = t.a[0] + (a_pack ? mr * k : mr * g->lda); /* the rows that follow */
    RN_K(tile)(&t, (int)mr, nv);
    for (int r = 0; r < mr; r++)
      if (!whole && c[r]) memcpy(c[r], edge[r], (size_t)n * sizeof(float));
  }
}

static int64_t block_count(const rn_gemm *g) { return g->k ? (g->k + RN_KC - 1) / RN_KC : 1; }

/* [block of k][panel][k][nv], which is the order of their use. */
int64_t RN_K(product_pack_floats)(const rn_product *p) { return panel_vectors(p->g.n) * RN_VL * p->g.k; }

void RN_K(product_pack)(const rn_product *p, float *packed) {
  int64_t n_blocks = block_count(&p->g), vectors = panel_vectors(p->g.n);
  for (int64_t block = 0; block < n_blocks; block++) {
    int64_t k0 = p->g.k * block / n_blocks, k = p->g.k * (block + 1) / n_blocks - k0;
    for (int64_t at = 0; at < panel_count(vectors); at++) {
      int64_t first = panel_begin(at, vectors), j0 = first * RN_VL, n = panel_next(vectors - first) * RN_VL;
      packed = RN_K(panel_pack)(p, k0, k, j0, j0 + n > p->g.n ? p->g.n - j0 : n, packed);
    }
  }
}

static void run_task(const job *j, int64_t task, float *scratch) {
  const rn_product *p = j->p;
  const rn_gemm *g = &p->g;
  int64_t row_task = task / j->column_tasks, column_task = task % j->column_tasks;
  int64_t r0 = g->m * row_task / j->row_tasks, r1 = g->m * (row_task + 1) / j->row_tasks;
  int64_t p0 = j->n_panels * column_task / j->column_tasks, p1 = j->n_panels * (column_task + 1) / j->column_tasks;
  float *a_pack = packs_a(g) ? scratch + RN_KC * RN_NR : NULL;
  int64_t n_blocks = block_count(g), vectors = panel_vectors(g->n);
  for (int64_t block = 0; block < n_blocks; block++) {
    int64_t k0 = g->k * block / n_blocks, k = g->k * (block + 1) / n_blocks - k0;
    if (a_pack) pack_a(p, r0, r1 - r0, k0, k, a_pack);
    for (int64_t at = p0; at < p1; at++) {
      int64_t first = panel_begin(at, vectors), j0 = first * RN_VL, n = panel_next(vectors - first) * RN_VL;
      if (j0 + n > g->n) n = g->n - j0;
      if (!g->packed) RN_K(panel_pack)(p, k0, k, j0, n, scratch);
      run_panel(p, a_pack, g->packed ? g->packed + (vectors * k0 + first * k) * RN_VL : scratch, r0, r1, j0, n, k0, k);
    }
  }
}

static void work(void *arg, int worker, int n_workers) {
  jobs *all = arg;
  float *scratch = all->scratch + worker * all->scratch_stride;
  for (job *j = all->list; j < all->list + all->n; j++) {
    int64_t n_tasks = j->row_tasks * j->column_tasks, task;
    while ((task = __atomic_fetch_add(&j->next, 1, __ATOMIC_RELAXED)) < n_tasks) run_task(j, task, scratch);
  }
}

/* Cuts C into `wanted` tasks or as many as are worth it. A cut between columns repeats nothing but the packing of a transposed A, a cut
 * between rows repeats the packing of B. */
static job cut(const rn_product *p, int64_t wanted) {
  const rn_gemm *g = &p->g;
  job j = {.p = p, .row_tasks = (g->m + ROWS_MAX - 1) / ROWS_MAX, .column_tasks = 1, .n_panels = panel_count(panel_vectors(g->n))};
  while (j.row_tasks * j.column_tasks < wanted) {
    bool rows = g->m / j.row_tasks >= 96, columns = j.n_panels / j.column_tasks >= 4;
    if (rows && (g->trans_a || !columns)) j.row_tasks *= 2;
    else if (columns) j.column_tasks *= 2;
    else break;
  }
  return j;
}

size_t RN_K(product_scratch)(const rn_product *p, int n_threads) {
  return worker_floats(&p->g) * (size_t)(n_threads < 1 ? 1 : n_threads) * sizeof(float);
}

void RN_K(products)(rn_pool *pool, const rn_product *list, int n, void *scratch) {
  jobs all = {.scratch = scratch};
  double flops = 0;
  for (int i = 0; i < n; i++) flops += 2.0 * (double)list[i].g.m * (double)list[i].g.n * (double)list[i].g.k;
  int n_threads = flops < small_flops ? 1 : rn_pool_size(pool);
  int64_t n_tasks = 0;
  for (int i = 0; i < n; i++) {
    const rn_gemm *g = &list[i].g;
    if (g->m == 0 || g->n == 0) continue;
    if (RN_K(gemv_fits)(&list[i])) {
      RN_K(gemv)(pool, &list[i]);
      continue;
    }
    job j = cut(&list[i], n_threads > 1 ? TASKS_PER_THREAD * n_threads : 1);
    all.list[all.n++] = j;
    n_tasks += j.row_tasks * j.column_tasks;
    if (worker_floats(g) > all.scratch_stride) all.scratch_stride = worker_floats(g);
  }
  if (n_tasks) rn_pool_team(n_threads == 1 || n_tasks == 1 ? NULL : pool, work, &all);
}

void RN_K(product)(rn_pool *pool, const rn_product *p, void *scratch) { RN_K(products)(pool, p, 1, scratch); }

size_t RN_K(gemm_scratch)(const rn_gemm *g, int n_threads) { return RN_K(product_scratch)(&(rn_product){.g = *g}, n_threads); }
void RN_K(gemm)(rn_pool *pool, const rn_gemm *g, void *scratch) { RN_K(product)(pool, &(rn_product){.g = *g}, scratch); }

size_t RN_K(gemm_pack_size)(const rn_gemm *g) {
  return (size_t)RN_K(product_pack_floats)(&(rn_product){.g = *g}) * sizeof(float);
}
void RN_K(gemm_pack)(const rn_gemm *g, float *packed) { RN_K(product_pack)(&(rn_product){.g = *g}, packed); }
