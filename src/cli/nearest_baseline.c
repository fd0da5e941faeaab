/* nearest_baseline.c: see nearest_baseline.h. */
#include "nearest_baseline.h"
#include "data_options.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int nearest_baseline_check(const cli *c, rn_input_kind input, const char *path, const rn_sequences *s) {
  if (input != RN_INPUT_SERIES) return cli_fail(EXIT_USAGE, "--nearest: only series have a distance, %s have none", data_rows_name(input));
  if (strcmp(opt_text(&c->options, "labels"), "multi") == 0)
    return cli_fail(EXIT_USAGE, "--nearest answers with one label: --labels multi has no place there");
  for (int64_t i = 0; i < s->seqs.n_seqs; i++) {
    if (!s->labels || rn_ragged_length(&s->label_of, i) != 1)
      return cli_fail(EXIT_USAGE, "--nearest: %s has sequences with several labels, or with none", path);
  }
  return EXIT_DONE;
}

/* ---- series of a part ---- */

static int64_t sequence_of(const nearest_part *p, int64_t i) { return p->pick ? p->pick[i] : i; }

/* mean = sum v / n of the values of a variable that are there; 0 where none is. Owned by the caller. */
static double *means(const nearest_part *p) {
  int64_t n_vars = p->of->n_vars;
  double *mean = cli_alloc((size_t)n_vars * sizeof *mean);
  for (int64_t v = 0; v < n_vars; v++) {
    int64_t n = 0;
    double sum = 0;
    for (int64_t i = 0; i < p->n; i++) {
      const int64_t *offset = p->of->seqs.offset + sequence_of(p, i);
      for (int64_t at = offset[0] * n_vars + v; at < offset[1] * n_vars; at += n_vars) {
        if (p->of->missing && p->of->missing[at]) continue;
        sum += p->of->values[at];
        n++;
      }
    }
    mean[v] = n > 0 ? sum / (double)n : 0;
  }
  return mean;
}

typedef struct gathered {
  rn_series_rows series;
  float *rows;
  int64_t *offset;
} gathered;

/* The part's rows one after the other, without gaps. */
static gathered gather(const nearest_part *p, const double *mean) {
  const rn_sequences *s = p->of;
  gathered g = {.offset = cli_alloc((size_t)(p->n + 1) * sizeof *g.offset)};
  g.offset[0] = 0;
  for (int64_t i = 0; i < p->n; i++) g.offset[i + 1] = g.offset[i] + rn_ragged_length(&s->seqs, sequence_of(p, i));
  g.rows = cli_alloc((size_t)(g.offset[p->n] * s->n_vars) * sizeof *g.rows);
  for (int64_t i = 0; i < p->n; i++) {
    int64_t from = s->seqs.offset[sequence_of(p, i)] * s->n_vars, to = g.offset[i] * s->n_vars, n = g.offset[i + 1] * s->n_vars - to;
    for (int64_t k = 0; k < n; k++) g.rows[to + k] = s->missing && s->missing[from + k] ? (float)mean[k % s->n_vars] : s->values[from + k];
  }
  g.series = (rn_series_rows){g.rows, {p->n, g.offset}, s->n_vars};
  return g;
}

static void gathered_free(gathered *g) {
  free(g->rows);
  free(g->offset);
}

static bool all_of_length(const rn_ragged *seqs, int64_t length) {
  for (int64_t i = 0; i < seqs->n_seqs; i++) {
    if (rn_ragged_length(seqs, i) != length) return false;
  }
  return true;
}

/* ---- answers ---- */

static const rn_string *label_of(const nearest_part *p, int64_t i) { return &p->of->labels[p->of->label_of.offset[sequence_of(p, i)]]; }

static int64_t count_right(const nearest_part *known, const nearest_part *queries, const int64_t *neighbour) {
  int64_t right = 0;
  for (int64_t i = 0; i < queries->n; i++) {
    if (neighbour[i] < 0) continue;
    const rn_string *want = label_of(queries, i), *got = label_of(known, neighbour[i]);
    right += want->size == got->size && memcmp(want->data, got->data, want->size) == 0;
  }
  return right;
}

rn_status nearest_baseline_add(nearest_baseline *b, rn_context *ctx, const nearest_part *known, const nearest_part *queries) {
  if (known->n == 0 || queries->n == 0) return RN_OK;
  assert(known->of->n_vars == queries->of->n_vars); /* a network has read both */
  double *mean = means(known);
  gathered from = gather(known, mean), asked = gather(queries, mean);
  int64_t *neighbour = cli_alloc((size_t)queries->n * sizeof *neighbour), length = rn_ragged_length(&from.series.seqs, 0);
  rn_status status = RN_OK;
  if (!all_of_length(&from.series.seqs, length) || !all_of_length(&asked.series.seqs, length)) b->ragged = true;
  for (int kind = RN_EUCLIDEAN; status == RN_OK && kind <= RN_DTW; kind++) {
    if (kind == RN_EUCLIDEAN && b->ragged) continue;
    status = rn_nearest(ctx, (rn_distance)kind, &from.series, &asked.series, NULL, neighbour, NULL);
    if (status == RN_OK) b->right[kind] += count_right(known, queries, neighbour);
  }
  b->n += queries->n;
  gathered_free(&from);
  gathered_free(&asked);
  free(neighbour);
  free(mean);
  return status;
}

double nearest_baseline_accuracy(const nearest_baseline *b, rn_distance kind) {
  return b->n == 0 || (kind == RN_EUCLIDEAN && b->ragged) ? NAN : (double)b->right[kind] / (double)b->n;
}

/* ---- for people and scripts ---- */

const char *nearest_baseline_name(rn_distance kind, bool json) {
  static const char *const names[][2] = {[RN_EUCLIDEAN] = {"Euclidean", "euclidean"}, [RN_DTW] = {"DTW", "dtw"}};
  return names[kind][json];
}

char *nearest_baseline_line(const nearest_baseline *b, char *out, size_t size) {
  double euclidean = nearest_baseline_accuracy(b, RN_EUCLIDEAN), dtw = nearest_baseline_accuracy(b, RN_DTW);
  if (isfinite(euclidean)) snprintf(out, size, "accuracy %.2f (Euclidean), %.2f (DTW)", 100 * euclidean, 100 * dtw);
  else snprintf(out, size, "accuracy %.2f (DTW)", 100 * dtw);
  return out;
}

json_t *nearest_baseline_json(const nearest_baseline *b) {
  json_t *object = json_object();
  for (int kind = RN_EUCLIDEAN; kind <= RN_DTW; kind++) {
    json_object_set_new(object, nearest_baseline_name((rn_distance)kind, true),
                        cli_json_real(nearest_baseline_accuracy(b, (rn_distance)kind)));
  }
  return object;
}
