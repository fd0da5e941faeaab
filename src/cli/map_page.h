/* map_page.h: a map of points as a picture. */
#ifndef CLI_MAP_PAGE_H
#define CLI_MAP_PAGE_H

#include "cli.h"

typedef struct map_points {
  int64_t n;
  const float *at;         /* [n, 2] */
  const rn_string *word;   /* [n], or NULL: points without names */
  const int32_t *color;    /* [n], or NULL: all alike */
  const rn_string *name;   /* [n_colors] */
  int64_t n_colors;
  const char *title, *subtitle;
} map_points;

/* A page that needs nothing else: search, zoom, pan, words under the pointer; light and dark. */
void map_write_html(FILE *out, const map_points *m);
void map_write_svg(FILE *out, const map_points *m);
/* word, x, y and, where there are colours, the label. */
void map_write_tsv(FILE *out, const map_points *m);

#endif
