/* report_chart.h: pictures as SVG, drawn here; the page's script only reads values off them. */
#ifndef CLI_REPORT_CHART_H
#define CLI_REPORT_CHART_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CHART_MAX_SERIES 24

/* Text with the characters that HTML gives a meaning escaped. */
void html_put(FILE *out, const char *text);
void html_put_part(FILE *out, const char *text, size_t size);

typedef struct chart_series {
  const char *name;
  int color;          /* of the page's palette, 0 .. 5 */
  bool faint, marked; /* a thin pale line; a dot at each point */
  const double *x, *y;
  int n;
} chart_series;

typedef struct chart {
  const char *x_label, *y_label;
  int width, height;
  bool both_scales; /* a second picture with a logarithmic y axis, shown by the page's switch; else as `log` says */
  bool log;
  double settle; /* linear axis: ignore the first share of the points when choosing its top, so that the start does not flatten the rest */
  chart_series series[CHART_MAX_SERIES];
  int n_series;
} chart;

void chart_write(FILE *out, const chart *c);

/* Rows of values[n_rows][n_columns] (NaN: none) as coloured cells on a logarithmic scale, the first row at the top. */
typedef struct heat_map {
  const char *x_label, *y_label;
  int width, height;
  int n_rows, n_columns;
  const double *values;
  const int64_t *row_name; /* a number for each row */
  double low, high;        /* of the scale */
  int64_t first, last;     /* what the first and last column stand for */
} heat_map;
void heat_map_write(FILE *out, const heat_map *m);

/* "#rrggbb" of a share 0 .. 1 of a scale from dark blue over green to yellow, even to the eye. */
void heat_color(double share, char out[8]);

#endif
