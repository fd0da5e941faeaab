/* attention_text.c: see attention_text.h. */
#include "attention_text.h"
#include "report_chart.h"

#include <math.h>

static float largest(const float *a, int64_t n) {
  float most = 0;
  for (int64_t i = 0; i < n; i++) most = fmaxf(most, a[i]);
  return most;
}

void attention_text_put(FILE *out, const rn_string *words, int64_t n, const float *attention, bool color) {
  /* Backgrounds of the 256-colour palette, from hardly any to most. */
  static const int heat[] = {0, 230, 229, 223, 222, 216, 215, 209, 203};
  float most = largest(attention, n);
  fputs("  ", out);
  for (int64_t i = 0; i < n; i++) {
    int level = most > 0 ? (int)(8.999f * attention[i] / most) : 0;
    if (color && level > 0) fprintf(out, "\033[48;5;%dm\033[38;5;16m", heat[level]);
    fwrite(words[i].data, 1, words[i].size, out);
    if (!color) fprintf(out, ":%.2f", attention[i]);
    else if (level > 0) fputs("\033[0m", out);
    fputc(i + 1 < n ? ' ' : '\n', out);
  }
}

json_t *attention_text_json(const rn_string *words, int64_t n, const float *attention) {
  json_t *list = json_array();
  for (int64_t i = 0; i < n; i++) {
    json_array_append_new(
        list, json_pack("{s:o, s:o}", "row", cli_json_text(words[i].data, words[i].size), "attention", cli_json_real(attention[i])));
  }
  return list;
}

void attention_text_put_html(FILE *out, const rn_string *words, int64_t n, const float *attention) {
  float most = largest(attention, n);
  fputs("<span class=heat>", out);
  for (int64_t i = 0; i < n; i++) {
    fprintf(out, "<span style=--n:%d title='%.3f'>", most > 0 ? (int)(100 * attention[i] / most) : 0, attention[i]);
    html_put_part(out, words[i].data, words[i].size);
    fputs("</span> ", out);
  }
  fputs("</span>", out);
}
