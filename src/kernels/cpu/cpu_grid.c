/* cpu_grid.c: the forces between all pairs of points of a map, by interpolation on a grid (FIt-SNE, Linderman et al. 2019).
 *
 *   force_i = sum_j K(y_i - y_j),  K(d) = d / (1 + |d|^2)^2;      Z = sum_ij 1 / (1 + |y_i - y_j|^2)
 *
 * Each point is replaced by nine nodes around it with the weights w of the parabola through three, in x and in y; the nodes' forces are a
 * convolution, whose kernel depends on the spacing alone and is transformed once:
 *
 *   field_x = F^-1 (i a W),  field_y = F^-1 (i b W),  Z = sum |W|^2 c,     W = F w,  i a = F K_x,  i b = F K_y,  c = F 1 / (1 + |d|^2)
 *
 * all over size^2, which the spectra hold already. Only the first m = size / 2 nodes of a side hold points, and the transform of what is
 * real is known by its half: W(-k) is W(k) conjugated. So of size columns only half are computed, two real sequences are transformed as
 * one complex, and both fields come back as one.
 *
 * Index 0 of an array is x, index 1 is y; a panel is RN_FFT_LANES of one index side by side. */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_space.h"
#include <math.h>

enum { LANES = RN_FFT_LANES, NUMBER = 2 * LANES, BAND = 8 }; /* BAND: rows of nodes that one task's points lie in */

typedef struct layout {
  int64_t size, m, half, n_panels; /* half: of frequencies 0 .. size / 2, filled up to whole panels */
  float *twiddles;                 /* [size, 2] */
  float *weights;                  /* [m, m] nodes */
  float *columns;                  /* [4, m, half]: after the first pass re, im; before the last the fields' re, im, re, im */
  float *field;                    /* [2, m, m] */
  double *z;                       /* [n_panels] */
  int32_t *order, *start;          /* [n] points by their band, [bands + 1] */
  float *panels;                   /* [workers, 4, size, NUMBER] */
} layout;

int64_t RN_K(grid_size)(int64_t n_nodes) {
  for (int64_t size = 64;; size += 64) {
    int64_t left = size;
    while (left % 2 == 0) left /= 2;
    while (left % 3 == 0) left /= 3;
    while (left % 5 == 0) left /= 5;
    if (left == 1 && size >= 2 * n_nodes) return size;
  }
}

static int64_t half_of(int64_t size) { return (size / 2 + 1 + LANES - 1) / LANES * LANES; }

size_t RN_K(grid_spectra)(int64_t size) { return 3 * (size_t)half_of(size) * (size_t)size; }

static void *take(char **at, size_t bytes) {
  void *p = *at;
  *at += (bytes + 63) / 64 * 64;
  return p;
}

/* With scratch NULL only the size is counted. */
static layout lay_out(char *scratch, int64_t n, int64_t size, int n_threads, size_t *bytes) {
  layout l = {.size = size, .m = size / 2, .half = half_of(size)};
  l.n_panels = l.half / LANES;
  char *at = scratch;
  size_t m = (size_t)l.m, half = (size_t)l.half, f = sizeof(float);
  l.twiddles = take(&at, 2 * (size_t)size * f);
  l.weights = take(&at, m * m * f);
  l.columns = take(&at, 4 * m * half * f);
  l.field = take(&at, 2 * m * m * f);
  l.z = take(&at, (size_t)l.n_panels * sizeof(double));
  l.order = take(&at, (size_t)n * sizeof(int32_t));
  l.start = take(&at, (m / BAND + 2) * sizeof(int32_t));
  l.panels = take(&at, (size_t)n_threads * 4 * (size_t)size * NUMBER * f);
  *bytes = (size_t)(at - scratch);
  return l;
}

size_t RN_K(grid_scratch)(int64_t n, int64_t size, int n_threads) {
  size_t bytes;
  lay_out(NULL, n, size, n_threads, &bytes);
  return bytes;
}

/* ---- the passes: each takes panels from one index to the other, the points' lanes becoming the next transform's sequence ---- */

typedef struct job {
  layout l;
  float *spectra; /* [3, n_panels, size, LANES]: a, b, c */
  int64_t n_panels;
  void (*panel)(const struct job *, int64_t panel, float *work);
} job;

static void run_share(void *arg, int worker, int n_workers) {
  const job *j = arg;
  float *work = j->l.panels + (size_t)worker * 4 * (size_t)j->l.size * NUMBER;
  for (int64_t p = worker; p < j->n_panels; p += n_workers) j->panel(j, p, work);
}

static void run_panels(rn_pool *pool, job *j, int64_t n_panels, void (*panel)(const job *, int64_t, float *)) {
  j->n_panels = n_panels;
  j->panel = panel;
  rn_pool_team(pool, run_share, j);
}

/* x to its frequencies for 2 LANES columns of y: one is the real part and one the imaginary part. With Z the transform of both,
 *   first(k) = (Z(k) + conj Z(-k)) / 2,   second(k) = (Z(k) - conj Z(-k)) / 2i */
static void forward_x(const job *j, int64_t panel, float *work) {
  const layout *l = &j->l;
  int64_t y = panel * 2 * LANES, size = l->size;
  for (int64_t x = 0; x < l->m; x++) memcpy(work + x * NUMBER, l->weights + x * l->m + y, NUMBER * sizeof(float));
  memset(work + l->m * NUMBER, 0, (size_t)(size - l->m) * NUMBER * sizeof(float));
  RN_K(fft)(size, l->twiddles, work, work + size * NUMBER);
  float *re = l->columns, *im = l->columns + l->m * l->half;
  for (int lane = 0; lane < LANES; lane++) {
    float *re_1 = re + (y + lane) * l->half, *im_1 = im + (y + lane) * l->half;
    float *re_2 = re + (y + LANES + lane) * l->half, *im_2 = im + (y + LANES + lane) * l->half;
    for (int64_t k = 0; k <= size / 2; k++) {
      const float *here = work + k * NUMBER + lane, *there = work + (k ? size - k : 0) * NUMBER + lane;
      re_1[k] = 0.5f * (here[0] + there[0]), im_1[k] = 0.5f * (here[LANES] - there[LANES]);
      re_2[k] = 0.5f * (here[LANES] + there[LANES]), im_2[k] = 0.5f * (there[0] - here[0]);
    }
    for (int64_t k = size / 2 + 1; k < l->half; k++) re_1[k] = im_1[k] = re_2[k] = im_2[k] = 0;
  }
}

/* y to its frequencies, for LANES frequencies of x: the panel of W. */
static void forward_y(const layout *l, int64_t panel, float *work) {
  for (int64_t y = 0; y < l->m; y++) {
    memcpy(work + y * NUMBER, l->columns + y * l->half + panel * LANES, LANES * sizeof(float));
    memcpy(work + y * NUMBER + LANES, l->columns + (l->m + y) * l->half + panel * LANES, LANES * sizeof(float));
  }
  memset(work + l->m * NUMBER, 0, (size_t)(l->size - l->m) * NUMBER * sizeof(float));
  RN_K(fft)(l->size, l->twiddles, work, work + l->size * NUMBER);
}

/* One field's panel: i s W back to y. The inverse is the transform with real and imaginary parts exchanged, and i (u + i v) is -v + i u. */
static void back_y(const layout *l, int64_t panel, const float *w, const float *s, float *work, float *re, float *im) {
  for (int64_t k = 0; k < l->size; k++)
    for (int lane = 0; lane < LANES; lane += RN_VL < LANES ? RN_VL : LANES) {
      vf scale = v_load(s + k * LANES + lane);
      v_store(work + k * NUMBER + lane, scale * v_load(w + k * NUMBER + lane));
      v_store(work + k * NUMBER + LANES + lane, -scale * v_load(w + k * NUMBER + LANES + lane));
    }
  RN_K(fft)(l->size, l->twiddles, work, work + l->size * NUMBER);
  for (int64_t y = 0; y < l->m; y++) {
    memcpy(im + y * l->half + panel * LANES, work + y * NUMBER, LANES * sizeof(float));
    memcpy(re + y * l->half + panel * LANES, work + y * NUMBER + LANES, LANES * sizeof(float));
  }
}

/* W of a panel, its share of Z, and from it both fields over y. The columns are read before they are written: a panel has its own. */
static void through_y(const job *j, int64_t panel, float *work) {
  const layout *l = &j->l;
  int64_t size = l->size, block = size * LANES, all = l->n_panels * block, part = l->m * l->half;
  const float *a = j->spectra + panel * block, *b = a + all, *c = b + all;
  forward_y(l, panel, work);
  double z = 0;
  for (int64_t k = 0; k < size; k++) {
    vf sum = v_zero();
    for (int lane = 0; lane < LANES; lane += RN_VL < LANES ? RN_VL : LANES) {
      vf re = v_load(work + k * NUMBER + lane), im = v_load(work + k * NUMBER + LANES + lane);
      sum += (re * re + im * im) * v_load(c + k * LANES + lane);
    }
    z += v_sum(sum);
  }
  l->z[panel] = z;
  float *other = work + 2 * size * NUMBER;
  back_y(l, panel, work, a, other, l->columns, l->columns + part);
  back_y(l, panel, work, b, other, l->columns + 2 * part, l->columns + 3 * part);
}

/* Both fields back to x, for LANES columns of y: Z = X + i Y has X as its real part and Y as its imaginary part, and for the frequencies
 * that are not there Z(-k) = conj X(k) + i conj Y(k). Parts exchanged, as above. */
static void back_x(const job *j, int64_t panel, float *work) {
  const layout *l = &j->l;
  int64_t y = panel * LANES, size = l->size, part = l->m * l->half;
  for (int lane = 0; lane < LANES; lane++) {
    const float *x_re = l->columns + (y + lane) * l->half, *x_im = x_re + part, *y_re = x_im + part, *y_im = y_re + part;
    for (int64_t k = 0; k <= size / 2; k++) {
      float *here = work + k * NUMBER + lane, *there = work + (size - k) * NUMBER + lane;
      here[LANES] = x_re[k] - y_im[k], here[0] = x_im[k] + y_re[k];
      if (k > 0 && k < size / 2) there[LANES] = x_re[k] + y_im[k], there[0] = y_re[k] - x_im[k];
    }
  }
  RN_K(fft)(size, l->twiddles, work, work + size * NUMBER);
  for (int64_t x = 0; x < l->m; x++) {
    memcpy(l->field + (l->m + x) * l->m + y, work + x * NUMBER, LANES * sizeof(float));
    memcpy(l->field + x * l->m + y, work + x * NUMBER + LANES, LANES * sizeof(float));
  }
}

/* ---- the kernels' spectra ---- */

typedef struct kernel_job { /* first, so that a panel's job is one */
  job j;
  float spacing;
  int which; /* 0: K_x, 1: K_y, 2: 1 / (1 + |d|^2) */
} kernel_job;

/* Distances go around: beyond half of the size they are negative. */
static float kernel_at(const kernel_job *kj, int64_t x, int64_t y) {
  int64_t size = kj->j.l.size;
  float dx = (float)(x < size / 2 ? x : x - size) * kj->spacing, dy = (float)(y < size / 2 ? y : y - size) * kj->spacing;
  float q = 1 / (1 + dx * dx + dy * dy);
  return kj->which == 2 ? q : q * q * (kj->which == 0 ? dx : dy);
}

static void kernel_x(const job *j, int64_t panel, float *work) {
  const layout *l = &j->l;
  int64_t size = l->size;
  for (int64_t x = 0; x < size; x++)
    for (int lane = 0; lane < LANES; lane++) {
      work[x * NUMBER + lane] = kernel_at((const kernel_job *)j, x, panel * LANES + lane);
      work[x * NUMBER + LANES + lane] = 0;
    }
  RN_K(fft)(size, l->twiddles, work, work + size * NUMBER);
  for (int lane = 0; lane < LANES; lane++)
    for (int64_t k = 0; k < l->half; k++) {
      float *re = l->columns + (panel * LANES + lane) * l->half + k;
      re[0] = k <= size / 2 ? work[k * NUMBER + lane] : 0;
      re[size * l->half] = k <= size / 2 ? work[k * NUMBER + LANES + lane] : 0;
    }
}

/* Of Z, the frequencies whose mirror images are not there count twice. */
static void kernel_y(const job *j, int64_t panel, float *work) {
  const layout *l = &j->l;
  int64_t size = l->size;
  int which = ((const kernel_job *)j)->which;
  for (int64_t y = 0; y < size; y++)
    for (int lane = 0; lane < LANES; lane++) {
      const float *re = l->columns + y * l->half + panel * LANES + lane;
      work[y * NUMBER + lane] = re[0], work[y * NUMBER + LANES + lane] = re[size * l->half];
    }
  RN_K(fft)(size, l->twiddles, work, work + size * NUMBER);
  float *out = j->spectra + (which * l->n_panels + panel) * size * LANES, scale = 1 / ((float)size * (float)size);
  for (int64_t k = 0; k < size; k++)
    for (int lane = 0; lane < LANES; lane++) {
      int64_t x = panel * LANES + lane;
      float times = which < 2 || x == 0 || x == size / 2 ? 1 : 2, *value = work + k * NUMBER + lane;
      out[k * LANES + lane] = x > size / 2 ? 0 : scale * times * (which < 2 ? value[LANES] : value[0]);
    }
}

void RN_K(grid_prepare)(rn_pool *pool, const rn_grid *grid, void *scratch) {
  size_t bytes;
  kernel_job kj = {{lay_out(scratch, 0, grid->size, rn_pool_size(pool), &bytes), grid->spectra}, grid->spacing};
  RN_K(fft_twiddles)(grid->size, kj.j.l.twiddles);
  for (kj.which = 0; kj.which < 3; kj.which++) {
    run_panels(pool, &kj.j, grid->size / LANES, kernel_x);
    run_panels(pool, &kj.j, kj.j.l.n_panels, kernel_y);
  }
}

/* ---- points and nodes ---- */

/* The three nodes around a coordinate and their weights. */
RN_INLINE int64_t nodes_around(float coordinate, float origin, float scale, float *w) {
  float u = (coordinate - origin) * scale, t;
  int64_t i = (int64_t)(u + 0.5f);
  t = u - (float)i;
  w[0] = 0.5f * t * (t - 1), w[1] = 1 - t * t, w[2] = 0.5f * t * (t + 1);
  return i - 1;
}

typedef struct points {
  layout l;
  int64_t n;
  const float *y;
  float *force, origin[2], scale;
  int parity; /* of the bands whose turn it is */
} points;

static int64_t band_of(const points *a, int64_t i) { return (int64_t)((a->y[2 * i] - a->origin[0]) * a->scale + 0.5f) / BAND; }

/* Points by band, each band's in their order. */
static void sort_points(const points *a) {
  int64_t n_bands = a->l.m / BAND + 1;
  int32_t *start = a->l.start;
  memset(start, 0, (size_t)(n_bands + 1) * sizeof *start);
  for (int64_t i = 0; i < a->n; i++) start[band_of(a, i) + 1]++;
  for (int64_t b = 0; b < n_bands; b++) start[b + 1] += start[b];
  for (int64_t i = 0; i < a->n; i++) a->l.order[start[band_of(a, i)]++] = (int32_t)i;
  for (int64_t b = n_bands; b > 0; b--) start[b] = start[b - 1];
  start[0] = 0;
}

/* The points of every second band: their nodes reach into the bands beside it, whose turn is another. */
static void spread_band(void *arg, int64_t task) {
  const points *a = arg;
  int64_t band = 2 * task + a->parity;
  for (int32_t at = a->l.start[band]; at < a->l.start[band + 1]; at++) {
    const float *y = a->y + 2 * (int64_t)a->l.order[at];
    float wx[3], wy[3];
    int64_t x0 = nodes_around(y[0], a->origin[0], a->scale, wx), y0 = nodes_around(y[1], a->origin[1], a->scale, wy);
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) a->l.weights[(x0 + i) * a->l.m + y0 + j] += wx[i] * wy[j];
  }
}

static void gather_band(void *arg, int64_t band) {
  const points *a = arg;
  const float *field_x = a->l.field, *field_y = field_x + a->l.m * a->l.m;
  for (int32_t at = a->l.start[band]; at < a->l.start[band + 1]; at++) {
    int64_t p = a->l.order[at];
    float wx[3], wy[3], fx = 0, fy = 0;
    int64_t x0 = nodes_around(a->y[2 * p], a->origin[0], a->scale, wx), y0 = nodes_around(a->y[2 * p + 1], a->origin[1], a->scale, wy);
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) {
        int64_t node = (x0 + i) * a->l.m + y0 + j;
        float w = wx[i] * wy[j];
        fx += w * field_x[node], fy += w * field_y[node];
      }
    a->force[2 * p] = fx, a->force[2 * p + 1] = fy;
  }
}

double RN_K(grid_repulsion)(rn_pool *pool, int64_t n, const rn_grid *grid, const float *y, float *force, void *scratch) {
  size_t bytes;
  job j = {lay_out(scratch, n, grid->size, rn_pool_size(pool), &bytes), grid->spectra};
  points a = {j.l, n, y, force, {grid->origin[0], grid->origin[1]}, 1 / grid->spacing};
  int64_t n_bands = j.l.m / BAND + 1;
  RN_K(fft_twiddles)(grid->size, j.l.twiddles);
  sort_points(&a);
  memset(j.l.weights, 0, (size_t)(j.l.m * j.l.m) * sizeof(float));
  for (a.parity = 0; a.parity < 2; a.parity++) rn_pool_for(pool, (n_bands + 1 - a.parity) / 2, spread_band, &a);
  run_panels(pool, &j, j.l.m / (2 * LANES), forward_x);
  run_panels(pool, &j, j.l.n_panels, through_y);
  run_panels(pool, &j, j.l.m / LANES, back_x);
  rn_pool_for(pool, n_bands, gather_band, &a);
  double z = 0;
  for (int64_t p = 0; p < j.l.n_panels; p++) z += j.l.z[p];
  return z - (double)n; /* but each point's own */
}
