/* debias_page.c: a page about vectors out of which a difference was taken: how it was before, and how it is now. */
#include "debias_study.h"
#include "output_file.h"
#include "report_chart.h"
#include "report_style.h"
#include "terminal.h"

#include <math.h>
#include <string.h>

enum { BEFORE, AFTER, N_TIMES };
static const char *const times[] = {"before", "after"};
static const int colors[] = {1, 0}; /* of the page's palette */

static const float *rows_of(const debias_study *s, int when) { return when == BEFORE ? s->v.values : s->out; }

static void put_word(FILE *out, const debias_study *s, int64_t row) {
  rn_string word = rn_vectors_word(&s->v, row < 0 ? 0 : row);
  if (row < 0) fputc('-', out);
  else html_put_part(out, word.data, word.size);
}

/* ---- headline ---- */

static void put_cards(FILE *out, const debias_study *s) {
  char number[32];
  double share = 0;
  for (int64_t k = 0; k < s->o.n_directions; k++) share += s->r.share[k];
  fprintf(out, "<div class=cards>\n<div class=card><b>%.4f</b><span>direct bias before: mean |cosine| of neutral words</span></div>\n",
          s->r.before);
  fprintf(out, "<div class=card><b>%.4f</b><span>direct bias after</span></div>\n", s->r.after);
  fprintf(out, "<div class=card><b>%.1f %%</b><span>of what the pairs differ in lies in %s</span></div>\n", 100 * share,
          s->o.n_directions == 1 ? "one direction" : "these directions");
  fprintf(out, "<div class=card><b>%s</b><span>neutral words</span></div>\n</div>\n", text_count(number, sizeof number, s->n_neutral));
}

/* ---- all neutral words ---- */

/* How many of them stand where between the two sides. */
static void put_histogram(FILE *out, const debias_study *s) {
  enum { BINS = 41 };
  double x[BINS], y[N_TIMES][BINS] = {{0}}, widest = 0.01;
  for (int64_t i = 0; i < s->v.n; i++)
    if (s->neutral[i]) widest = fmax(widest, fabs(debias_along(s, s->v.values, i)));
  for (int b = 0; b < BINS; b++) x[b] = 100 * widest * (2.0 * b / (BINS - 1) - 1);
  for (int when = BEFORE; when < N_TIMES; when++)
    for (int64_t i = 0; i < s->v.n; i++) {
      if (!s->neutral[i]) continue;
      double at = (debias_along(s, rows_of(s, when), i) / widest + 1) / 2;
      y[when][lround(fmin(fmax(at, 0), 1) * (BINS - 1))]++;
    }
  chart c = {.x_label = "cosine with the direction, in hundredths", .y_label = "words", .width = 980, .height = 260};
  for (int when = BEFORE; when < N_TIMES; when++)
    c.series[c.n_series++] = (chart_series){times[when], colors[when], false, false, x, y[when], BINS};
  fputs("<section><h2>All neutral words</h2><p>How many of them lean how far; in the middle is neither side.</p>\n", out);
  chart_write(out, &c);
  fputs("</section>\n", out);
}

/* ---- those that leaned most ---- */

/* A line for each word, from where it stood to where it stands. */
static void put_moves(FILE *out, const debias_study *s) {
  enum { WIDTH = 980, NAME = 190, ROW = 22, TOP = 26 };
  int height = TOP + ROW * s->n_words + 8;
  double widest = 0.01, middle = (WIDTH + NAME) / 2.0, half = (WIDTH - NAME) / 2.0 - 14;
  for (int i = 0; i < s->n_words; i++) widest = fmax(widest, fmax(fabs(s->words[i].before), fabs(s->words[i].after)));
  fprintf(out, "<figure class=chart><svg viewBox='0 0 %d %d' role=img aria-label='words before and after'>\n", WIDTH, height);
  for (int side = -1; side <= 1; side++) {
    double at = middle + side * half;
    fprintf(out, "<line class=%s x1=%.1f x2=%.1f y1=%d y2=%d /><text class=tick text-anchor=middle x=%.1f y=%d>%.2f</text>\n",
            side ? "grid" : "base", at, at, TOP - 6, height - 4, at, TOP - 12, side * widest);
  }
  for (int i = 0; i < s->n_words; i++) {
    const debias_word *w = &s->words[i];
    double y = TOP + ROW * (i + 0.5), from = middle + half * w->before / widest, to = middle + half * w->after / widest;
    fprintf(out, "<text class=label style='font-size:13px' text-anchor=end x=%d y=%.1f>", NAME - 14, y + 4);
    put_word(out, s, w->word);
    fprintf(out, "</text><path class='curve faint c%d' d='M%.1f %.1fL%.1f %.1f'/>", colors[BEFORE], from, y, to, y);
    fprintf(out, "<circle class=c%d r=4 cx=%.1f cy=%.1f /><circle class=c%d r=4 cx=%.1f cy=%.1f />\n", colors[BEFORE], from, y,
            colors[AFTER], to, y);
  }
  fputs("</svg><div class=legend>", out);
  for (int when = BEFORE; when < N_TIMES; when++) fprintf(out, "<span><i class=c%d></i><b>%s</b></span>", colors[when], times[when]);
  fputs("</div></figure>\n", out);
}

static void put_answers(FILE *out, const debias_study *s) {
  fputs("<div class=scroll><table><tr><th>word<th>cosine before<th>after<th>asked<th>answer before<th>after</tr>\n", out);
  for (int i = 0; i < s->n_words; i++) {
    const debias_word *w = &s->words[i];
    fputs("<tr><td>", out);
    put_word(out, s, w->word);
    fprintf(out, "<td>%.3f<td>%.3f<td>", debias_shown(w->before), debias_shown(w->after));
    put_word(out, s, w->b);
    fputs(" is to ", out);
    put_word(out, s, w->word);
    fputs(" as ", out);
    put_word(out, s, w->a);
    fputs(" is to<td>", out);
    put_word(out, s, w->answer_before);
    fprintf(out, "<td%s>", w->answer_before == w->answer_after ? "" : " class=differs");
    put_word(out, s, w->answer_after);
    fputs("</tr>\n", out);
  }
  fputs("</table></div>\n", out);
}

static void put_words(FILE *out, const debias_study *s) {
  if (s->n_words == 0) return;
  fputs("<section><h2>The words that leaned most</h2><p>Neutral ones, to either side, among the first 20,000. What is asked shows whether "
        "the pair still draws them apart.</p>\n",
        out);
  put_moves(out, s);
  put_answers(out, s);
  fputs("</section>\n", out);
}

/* ---- what it was learned from ---- */

static void put_pairs(FILE *out, const debias_study *s) {
  fputs("<section><h2>The pairs</h2><p>Whose differences are the direction; the cosine of each word with it.</p>\n"
        "<div class=scroll><table><tr><th>word<th>before<th>after<th>word<th>before<th>after</tr>\n",
        out);
  for (int64_t i = 0; i < s->o.n_pairs; i++) {
    fputs("<tr>", out);
    for (int k = 0; k < 2; k++) {
      int64_t row = s->pair[2 * i + k];
      fputs("<td>", out);
      put_word(out, s, row);
      fprintf(out, "<td>%.3f<td>%.3f", debias_shown(debias_along(s, s->v.values, row)), debias_shown(debias_along(s, s->out, row)));
    }
    fputs("</tr>\n", out);
  }
  fputs("</table></div></section>\n", out);
}

int debias_page(const debias_study *s, const char *path, const char *title) {
  output_file file;
  int code = output_file_open(&file, path);
  if (code) return code;
  FILE *out = file.out;
  report_page_begin(out, title);
  fputs("<header><h1>", out);
  html_put(out, title);
  if (s->o.soft) fprintf(out, "</h1><p>Soft debiasing (tuning %g): a linear map that keeps inner products and shrinks", s->o.lambda);
  else fputs("</h1><p>Hard debiasing: neutral words lose", out);
  fputs(" what the pairs differ in (Bolukbasi et al. 2016)</p></header>\n", out);
  put_cards(out, s);
  put_histogram(out, s);
  put_words(out, s);
  put_pairs(out, s);
  fprintf(out, "<footer>Made by rondo %s.</footer>\n<script>\n%s</script></main></body></html>\n", rn_version(), report_script);
  return output_file_close(&file);
}
