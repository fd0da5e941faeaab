/* report_chart.c: see report_chart.h. */
#include "report_chart.h"

#include <math.h>
#include <string.h>

enum { LEFT = 58, RIGHT = 12, TOP = 12, BOTTOM = 38 };

typedef struct axis {
  double low, high; /* of log10 when log */
  bool log;
} axis;

static double share(const axis *a, double value) {
  double v = a->log ? log10(fmax(value, 1e-300)) : value;
  return a->high > a->low ? (v - a->low) / (a->high - a->low) : 0.5;
}

/* ---- ticks ---- */

/* 1, 2 or 5 times a power of ten, so that about `wanted` of them fit. */
static double nice_step(double span, int wanted) {
  double raw = span / wanted, power = pow(10, floor(log10(raw))), m = raw / power;
  return power * (m < 1.5 ? 1 : m < 3.5 ? 2 : m < 7.5 ? 5 : 10);
}

static void put_number(FILE *out, double x) {
  double size = fabs(x);
  if (size >= 1e6) fprintf(out, "%gM", x / 1e6);
  else if (size >= 1e4) fprintf(out, "%gk", x / 1e3);
  else if (size > 0 && size < 1e-3) fprintf(out, "%.0e", x);
  else fprintf(out, "%.4g", x);
}

static int linear_ticks(const axis *a, double *ticks, int max) {
  double span = a->high - a->low;
  if (!(span > 0)) return ticks[0] = a->low, 1;
  double step = nice_step(span, 5);
  int n = 0;
  for (double t = ceil(a->low / step - 1e-9) * step; t <= a->high + 1e-9 * span && n < max; t += step)
    ticks[n++] = fabs(t) < step * 1e-9 ? 0 : t;
  return n;
}

static int log_ticks(const axis *a, double *ticks, int max) {
  double span = a->high - a->low;
  if (span < 0.8) { /* less than a decade: as on a linear axis */
    axis linear = {pow(10, a->low), pow(10, a->high), false};
    return linear_ticks(&linear, ticks, max);
  }
  int n = 0, every = span > 7 ? (int)ceil(span / 7) : 1;
  for (int k = (int)floor(a->low); k <= (int)ceil(a->high); k++) {
    static const double parts[] = {1, 2, 5};
    for (int i = 0; i < (span < 2.5 ? 3 : 1); i++) {
      double t = k + log10(parts[i]);
      if (t >= a->low - 1e-9 && t <= a->high + 1e-9 && n < max && k % every == 0) ticks[n++] = pow(10, k) * parts[i];
    }
  }
  return n;
}

/* ---- ranges ---- */

static axis x_axis(const chart *c) {
  axis a = {INFINITY, -INFINITY, false};
  for (int s = 0; s < c->n_series; s++) {
    for (int i = 0; i < c->series[s].n; i++) a.low = fmin(a.low, c->series[s].x[i]), a.high = fmax(a.high, c->series[s].x[i]);
  }
  return a;
}

static axis y_axis(const chart *c, bool log) {
  double low = INFINITY, high = -INFINITY;
  for (int s = 0; s < c->n_series; s++) {
    const chart_series *series = &c->series[s];
    int from = log ? 0 : (int)(c->settle * series->n);
    for (int i = 0; i < series->n; i++) {
      double y = series->y[i];
      if (log && !(y > 0)) continue;
      low = fmin(low, y);
      if (i >= from) high = fmax(high, y);
    }
  }
  if (!(low <= high)) return (axis){log ? -1 : 0, log ? 0 : 1, log};
  if (log) return (axis){log10(low) - 0.03, log10(high) + 0.03, true};
  double room = high > low ? 0.05 * (high - low) : 0.5 * fabs(high) + 1e-9;
  return (axis){low >= 0 && low - room < 0 ? 0 : low - room, high + room, false};
}

/* ---- a chart ---- */

typedef struct frame {
  double x, y, width, height;
} frame;

void html_put(FILE *out, const char *text) { html_put_part(out, text, strlen(text)); }

void html_put_part(FILE *out, const char *text, size_t size) {
  for (const char *end = text + size; text < end; text++) {
    if (*text == '<') fputs("&lt;", out);
    else if (*text == '&') fputs("&amp;", out);
    else if (*text == '"') fputs("&quot;", out);
    else if (*text == '\'') fputs("&#39;", out);
    else fputc(*text, out);
  }
}

static void put_x_axis(FILE *out, const chart *c, const axis *a, const frame *f) {
  double ticks[32];
  int n = linear_ticks(a, ticks, 32);
  for (int i = 0; i < n; i++) {
    fprintf(out, "<text class=tick text-anchor=middle x=%.1f y=%.1f>", f->x + f->width * share(a, ticks[i]), f->y + f->height + 16);
    put_number(out, ticks[i]);
    fputs("</text>", out);
  }
  fprintf(out, "<text class=label text-anchor=end x=%.1f y=%.1f>%s</text>\n", f->x + f->width, f->y + f->height + 32, c->x_label);
}

static void put_line(FILE *out, const chart_series *s, const axis *ax, const axis *ay, const frame *f) {
  fprintf(out, "<path class='curve%s c%d' d='", s->faint ? " faint" : "", s->color);
  bool down = false; /* the pen */
  for (int i = 0; i < s->n; i++) {
    if (ay->log && !(s->y[i] > 0)) {
      down = false;
      continue;
    }
    fprintf(out, "%c%.1f %.1f", down ? 'L' : 'M', f->x + f->width * share(ax, s->x[i]), f->y + f->height * (1 - share(ay, s->y[i])));
    down = true;
  }
  fputs("'/>", out);
  for (int i = 0; s->marked && i < s->n; i++) {
    if (ay->log && !(s->y[i] > 0)) continue;
    fprintf(out, "<circle class=c%d r=2.6 cx=%.1f cy=%.1f />", s->color, f->x + f->width * share(ax, s->x[i]),
            f->y + f->height * (1 - share(ay, s->y[i])));
  }
  fputc('\n', out);
}

static void put_picture(FILE *out, const chart *c, const axis *ax, bool log, int id, const frame *f) {
  axis ay = y_axis(c, log);
  double ticks[32];
  int n = log ? log_ticks(&ay, ticks, 32) : linear_ticks(&ay, ticks, 32);
  fprintf(out, "<g class=%s>", !c->both_scales ? "one" : log ? "log" : "lin");
  for (int i = 0; i < n; i++) {
    double y = f->y + f->height * (1 - share(&ay, ticks[i]));
    fprintf(out, "<line class=grid x1=%.1f x2=%.1f y1=%.1f y2=%.1f /><text class=tick text-anchor=end x=%.1f y=%.1f>", f->x,
            f->x + f->width, y, y, f->x - 7, y + 4);
    put_number(out, ticks[i]);
    fputs("</text>", out);
  }
  fprintf(out, "<g clip-path='url(#clip%d)'>\n", id);
  for (int s = 0; s < c->n_series; s++) put_line(out, &c->series[s], ax, &ay, f);
  fputs("</g></g>\n", out);
}

/* The values, for the page's script to read off under the pointer. */
static void put_values(FILE *out, const chart *c, const axis *ax, const frame *f) {
  fprintf(out, "<script type='application/json'>{\"plot\":[%.1f,%.1f,%.1f,%.1f],\"x\":[%.9g,%.9g],\"label\":\"%s\",\"series\":[", f->x,
          f->y, f->width, f->height, ax->low, ax->high, c->x_label);
  for (int s = 0; s < c->n_series; s++) {
    const chart_series *series = &c->series[s];
    fprintf(out, "%s{\"color\":%d,\"points\":[", s ? "," : "", series->color);
    for (int i = 0; i < series->n; i++) fprintf(out, "%s[%.6g,%.4g]", i ? "," : "", series->x[i], series->y[i]);
    fputs("]}", out);
  }
  fputs("]}</script>\n", out);
}

static void put_legend(FILE *out, const chart *c) {
  fputs("<div class=legend>", out);
  for (int s = 0; s < c->n_series; s++) {
    fprintf(out, "<span><i class='%sc%d'></i><b>", c->series[s].faint ? "faint " : "", c->series[s].color);
    html_put(out, c->series[s].name);
    fputs("</b></span>", out);
  }
  fputs("</div>\n", out);
}

void chart_write(FILE *out, const chart *c) {
  static int id; /* clip paths need names of their own on the page */
  frame f = {LEFT, TOP, c->width - LEFT - RIGHT, c->height - TOP - BOTTOM};
  axis ax = x_axis(c);
  id++;
  fprintf(out, "<figure class=chart><svg viewBox='0 0 %d %d' role=img aria-label='%s by %s'>\n", c->width, c->height, c->y_label,
          c->x_label);
  fprintf(out, "<clipPath id=clip%d><rect x=%.1f y=%.1f width=%.1f height=%.1f /></clipPath>\n", id, f.x, f.y - 4, f.width + 4,
          f.height + 8);
  if (c->both_scales || !c->log) put_picture(out, c, &ax, false, id, &f);
  if (c->both_scales || c->log) put_picture(out, c, &ax, true, id, &f);
  put_x_axis(out, c, &ax, &f);
  fprintf(out, "<line class=base x1=%.1f x2=%.1f y1=%.1f y2=%.1f /><line class=cross y1=%.1f y2=%.1f x1=-9 x2=-9 /></svg>\n", f.x,
          f.x + f.width, f.y + f.height, f.y + f.height, f.y, f.y + f.height);
  put_legend(out, c);
  put_values(out, c, &ax, &f);
  fputs("</figure>\n", out);
}

/* ---- a heat map ---- */

void heat_color(double s, char out[8]) {
  static const double anchor[6][3] = {{40, 20, 84}, {58, 72, 138}, {38, 120, 142}, {42, 166, 134}, {122, 209, 81}, {253, 231, 37}};
  double at = fmin(fmax(isnan(s) ? 0 : s, 0), 1) * 5;
  int i = at >= 5 ? 4 : (int)at, rgb[3];
  for (int k = 0; k < 3; k++) rgb[k] = (int)lround(anchor[i][k] + (at - i) * (anchor[i + 1][k] - anchor[i][k]));
  snprintf(out, 8, "#%02x%02x%02x", rgb[0] & 255, rgb[1] & 255, rgb[2] & 255);
}

static void put_scale(FILE *out, const heat_map *m, double x, double y) {
  char color[8];
  for (int i = 0; i < 40; i++) {
    heat_color(i / 39.0, color);
    fprintf(out, "<rect x=%.1f y=%.1f width=3.2 height=8 fill='%s'/>", x + 3 * i, y, color);
  }
  fprintf(out, "<text class=tick text-anchor=end x=%.1f y=%.1f>%.0e</text><text class=tick x=%.1f y=%.1f>%.0e</text>\n", x - 5, y + 8,
          m->low, x + 126, y + 8, m->high);
}

void heat_map_write(FILE *out, const heat_map *m) {
  frame f = {LEFT, TOP, m->width - LEFT - RIGHT, m->height - TOP - BOTTOM};
  double cell_width = f.width / m->n_columns, cell_height = f.height / m->n_rows, span = log10(m->high / m->low);
  fprintf(out, "<figure class=chart><svg viewBox='0 0 %d %d' role=img aria-label='%s by %s'><g shape-rendering=crispEdges>\n", m->width,
          m->height, m->y_label, m->x_label);
  for (int r = 0; r < m->n_rows; r++) {
    for (int k = 0; k < m->n_columns; k++) {
      double value = m->values[r * m->n_columns + k];
      char color[8];
      if (isnan(value)) continue;
      heat_color(span > 0 && value > 0 ? log10(value / m->low) / span : 0, color);
      fprintf(out, "<rect x=%.1f y=%.1f width=%.1f height=%.1f fill='%s'/>", f.x + k * cell_width, f.y + r * cell_height, cell_width + 0.6,
              cell_height + 0.6, color);
    }
    fputc('\n', out);
  }
  fputs("</g>", out);
  int every = (m->n_rows + 5) / 6;
  for (int r = 0; r < m->n_rows; r += every) {
    fprintf(out, "<text class=tick text-anchor=end x=%.1f y=%.1f>", f.x - 7, f.y + (r + 0.5) * cell_height + 4);
    put_number(out, (double)m->row_name[r]);
    fputs("</text>", out);
  }
  fprintf(out, "<text class=tick x=%.1f y=%.1f>%lld</text><text class=tick text-anchor=end x=%.1f y=%.1f>%lld</text>", f.x,
          f.y + f.height + 16, (long long)m->first, f.x + f.width, f.y + f.height + 16, (long long)m->last);
  fprintf(out, "<text class=label text-anchor=end x=%.1f y=%.1f>%s</text>", f.x + f.width, f.y + f.height + 32, m->x_label);
  put_scale(out, m, f.x + 60, f.y + f.height + 24);
  fputs("</svg></figure>\n", out);
}
