/* metric_picture.c: see metric_picture.h. */
#include "metric_picture.h"
#include "report_chart.h"
#include "terminal.h"

#include <math.h>

static int64_t row_sum(const int64_t *row, int64_t n) {
  int64_t sum = 0;
  for (int64_t i = 0; i < n; i++) sum += row[i];
  return sum;
}

static double share_of(int64_t part, int64_t all) { return all > 0 ? (double)part / (double)all : 0; }

static int widest(int64_t n, const char *const *names) {
  int width = 0;
  for (int64_t i = 0; i < n; i++) width = text_columns(names[i]) > width ? text_columns(names[i]) : width;
  return width;
}

/* The first `columns` code points, to the right in so many columns. */
static void put_cut(FILE *out, const char *text, int columns) {
  const char *end = text;
  int taken = 0;
  while (*end && (taken < columns || ((unsigned char)*end & 0xc0) == 0x80)) taken += ((unsigned char)*end++ & 0xc0) != 0x80;
  fprintf(out, "%*s%.*s", columns - taken, "", (int)(end - text), text);
}

/* ---- the confusion matrix in a terminal ---- */

/* From nothing to a full block, or the 24 greys of a terminal's palette (232 dark .. 255 light) with ink that can be read on it. */
static void put_cell(FILE *out, int64_t count, double share, int width, bool color) {
  static const char *const shades[] = {" ", "░", "▒", "▓", "█"};
  int grey = 232 + (int)lround(23 * share), ink = share > 0.5 ? 16 : 231;
  if (color) fprintf(out, "\033[48;5;%dm\033[38;5;%dm%*lld\033[0m ", grey, ink, width, (long long)count);
  else fprintf(out, "%*lld%s ", width, (long long)count, shades[(int)ceil(4 * share)]);
}

void metric_picture_confusion(FILE *out, int64_t n_labels, const char *const *names, const int64_t *confusion, bool color, int width) {
  int64_t most = 0;
  for (int64_t i = 0; i < n_labels * n_labels; i++) most = confusion[i] > most ? confusion[i] : most;
  int name = widest(n_labels, names), cell = snprintf(NULL, 0, "%lld", (long long)most);
  cell = cell < 4 ? 4 : cell;
  if (name + n_labels * (cell + 2) + 12 > width) {
    metric_picture_confusions(out, n_labels, names, confusion, 20);
    return;
  }
  fprintf(out, "%*s ", name, "");
  for (int64_t p = 0; p < n_labels; p++) {
    put_cut(out, names[p], cell + 1);
    fputc(' ', out);
  }
  fputs(" predicted\n", out);
  for (int64_t e = 0; e < n_labels; e++) {
    const int64_t *row = confusion + e * n_labels;
    put_cut(out, names[e], name);
    fputc(' ', out);
    for (int64_t p = 0; p < n_labels; p++) put_cell(out, row[p], share_of(row[p], row_sum(row, n_labels)), cell, color);
    fputc('\n', out);
  }
}

void metric_picture_confusions(FILE *out, int64_t n_labels, const char *const *names, const int64_t *confusion, int64_t n) {
  int name = widest(n_labels, names);
  int64_t last = INT64_MAX, last_at = -1; /* what was printed before: largest first, equal ones in order */
  for (int64_t k = 0; k < n; k++) {
    int64_t best = 0, at = -1;
    for (int64_t i = 0; i < n_labels * n_labels; i++) {
      bool printed = confusion[i] > last || (confusion[i] == last && i <= last_at);
      if (i / n_labels != i % n_labels && !printed && confusion[i] > best) best = confusion[i], at = i;
    }
    if (at < 0) return;
    int64_t e = at / n_labels, p = at % n_labels;
    put_cut(out, names[e], name);
    fprintf(out, " -> %s%*s  %6lld  %5.1f%%\n", names[p], name - text_columns(names[p]), "", (long long)best,
            100 * share_of(best, row_sum(confusion + e * n_labels, n_labels)));
    last = best, last_at = at;
  }
}

/* ---- histograms ---- */

void metric_picture_histogram(FILE *out, int64_t n, const char *const *names, const int64_t *counts, int width) {
  char bar[1024], count[32];
  int64_t most = 0, all = row_sum(counts, n);
  for (int64_t i = 0; i < n; i++) most = counts[i] > most ? counts[i] : most;
  int name = widest(n, names);
  name = name > width / 2 ? width / 2 : name;
  int room = width - name - 24;
  room = room < 8 ? 8 : room > 200 ? 200 : room;
  for (int64_t i = 0; i < n; i++) {
    put_cut(out, names[i], name);
    fprintf(out, " %11s  %5.1f%% %s\n", text_count(count, sizeof count, counts[i]), 100 * share_of(counts[i], all),
            text_bar(bar, sizeof bar, share_of(counts[i], most), room));
  }
}

/* The least of 1, 2, 5, 10, 20, ... with which METRIC_BINS ranges reach from 0 to `longest`. */
static int64_t bin_size(int64_t longest) {
  int64_t size = 1;
  for (int k = 0; size * METRIC_BINS <= longest; k++) size = k % 3 == 1 ? size / 2 * 5 : size * 2;
  return size;
}

int metric_picture_bins(const rn_ragged *seqs, metric_bin bins[METRIC_BINS]) {
  int64_t longest = 0;
  for (int64_t q = 0; q < seqs->n_seqs; q++) longest = rn_ragged_length(seqs, q) > longest ? rn_ragged_length(seqs, q) : longest;
  int64_t size = bin_size(longest);
  int n = (int)(longest / size) + 1;
  for (int64_t b = 0; b < n; b++) {
    bins[b].count = 0;
    if (size == 1) snprintf(bins[b].name, sizeof bins[b].name, "%lld", (long long)b);
    else snprintf(bins[b].name, sizeof bins[b].name, "%lld .. %lld", (long long)(b * size), (long long)((b + 1) * size - 1));
  }
  for (int64_t q = 0; q < seqs->n_seqs; q++) bins[rn_ragged_length(seqs, q) / size].count++;
  return n;
}

void metric_picture_lengths(FILE *out, const rn_ragged *seqs, int width) {
  metric_bin bins[METRIC_BINS];
  const char *names[METRIC_BINS];
  int64_t counts[METRIC_BINS];
  int n = metric_picture_bins(seqs, bins);
  for (int b = 0; b < n; b++) names[b] = bins[b].name, counts[b] = bins[b].count;
  metric_picture_histogram(out, n, names, counts, width);
}

/* ---- the confusion matrix in the report ---- */

void metric_picture_svg(FILE *out, int64_t n_labels, const char *const *names, const int64_t *confusion) {
  int left = 20 + 7 * widest(n_labels, names), cell = n_labels <= 8 ? 56 : n_labels <= 20 ? 34 : 16, side = cell * (int)n_labels;
  fprintf(out, "<figure class=chart><svg viewBox='0 0 %d %d' style='max-width:%dpx' role=img aria-label='expected by predicted'>"
               "<g shape-rendering=crispEdges>\n", left + side + 12, side + left + 24, left + side + 12);
  for (int64_t e = 0; e < n_labels; e++) {
    const int64_t *row = confusion + e * n_labels, all = row_sum(row, n_labels);
    for (int64_t p = 0; p < n_labels; p++) {
      char color[8];
      heat_color(share_of(row[p], all), color);
      fprintf(out, "<rect x=%d y=%d width=%d height=%d fill='%s'><title>", left + (int)p * cell, 12 + (int)e * cell, cell, cell, color);
      html_put(out, names[e]);
      fputs(" predicted as ", out);
      html_put(out, names[p]);
      fprintf(out, ": %lld, %.1f%%</title></rect>\n", (long long)row[p], 100 * share_of(row[p], all));
    }
  }
  fputs("</g>", out);
  for (int64_t e = 0; e < n_labels; e++) {
    const int64_t *row = confusion + e * n_labels;
    int middle = cell / 2 + (int)e * cell;
    for (int64_t p = 0; p < n_labels && cell > 30; p++) {
      bool bright = share_of(row[p], row_sum(row, n_labels)) > 0.6;
      fprintf(out, "<text text-anchor=middle font-size=12 fill='%s' x=%d y=%d>%lld</text>", bright ? "#111" : "#eee",
              left + cell / 2 + (int)p * cell, 12 + middle + 4, (long long)row[p]);
    }
    fprintf(out, "<text class=tick text-anchor=end x=%d y=%d>", left - 7, 12 + middle + 4);
    html_put(out, names[e]);
    fprintf(out, "</text><text class=tick text-anchor=end transform='translate(%d %d) rotate(-90)'>", left + middle + 4, 12 + side + 7);
    html_put(out, names[e]);
    fputs("</text>\n", out);
  }
  fprintf(out, "<text class=label text-anchor=end x=%d y=%d>predicted</text></svg></figure>\n", left + side, side + left + 20);
}
