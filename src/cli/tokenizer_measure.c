/* tokenizer_measure.c: what tokenizers make of a text, line by line. */
#include "line_batch.h"
#include "tokenizer_measure.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLE_BYTES 400 /* a longer line is not shown */

typedef struct measuring {
  cli *c;
  tokenizer_measure *of;
  int n;
  tokenizer_text *text;
  char **samples;
  int n_samples;
} measuring;

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* Counts the words of a line, and of each its tokens: a token is of the word in which it ends. */
static int64_t count_words(tokenizer_measure *m, const rn_tokens *t, const char *line, size_t size) {
  int64_t n_words = 0, i = 0;
  for (size_t at = 0; at < size;) {
    while (at < size && is_space(line[at])) at++;
    size_t begin = at;
    while (at < size && !is_space(line[at])) at++;
    if (at == begin) break;
    int64_t n = 0;
    for (; i < t->n && t->end[i] <= (int64_t)at; i++) n += t->end[i] > (int64_t)begin;
    if (i < t->n && n == 0) n = 1; /* its token goes on beyond it */
    if (n > 0) m->words[n < MEASURE_MOST ? n - 1 : MEASURE_MOST - 1]++;
    n_words++;
  }
  return n_words;
}

static void count_tokens(tokenizer_measure *m, const rn_tokens *t) {
  m->n_tokens += t->n;
  m->n_unknown += t->n_unknown;
  for (int64_t i = 0; i < t->n; i++) {
    m->n_used += !m->used[t->ids[i]];
    m->used[t->ids[i]] = true;
  }
}

static bool same_cuts(const rn_tokens *a, const rn_tokens *b) {
  bool same = a->n == b->n;
  for (int64_t i = 0; same && i < a->n; i++) same = a->end[i] == b->end[i];
  return same;
}

static int measure_line(void *user, const cli_line *line) {
  measuring *g = user;
  rn_tokens tokens[2] = {{0}};
  rn_status status = RN_OK;
  int64_t n_words = 0;
  rn_tokenize_options how = rn_tokenize_options_default();
  how.name = g->text->path;
  how.lines_before = g->text->n_lines;
  for (int i = 0; i < g->n && status == RN_OK; i++) {
    status = rn_tokenizer_encode(g->c->ctx, g->of[i].tokenizer, line->text, line->size, &how, &tokens[i]);
    if (status != RN_OK) break;
    count_tokens(&g->of[i], &tokens[i]);
    n_words = count_words(&g->of[i], &tokens[i], line->text, line->size);
  }
  if (status == RN_OK) {
    bool differs = g->n == 2 && !same_cuts(&tokens[0], &tokens[1]);
    g->text->n_lines++;
    g->text->n_bytes += (int64_t)line->size + 1;
    g->text->n_words += n_words;
    g->text->n_differ += differs;
    if ((differs || g->n == 1) && n_words > 0 && line->size <= SAMPLE_BYTES && g->n_samples < MEASURE_SAMPLES)
      g->samples[g->n_samples++] = cli_copy(line->text);
  }
  for (int i = 0; i < g->n; i++) rn_tokens_free(&tokens[i]);
  return status == RN_OK ? EXIT_DONE : cli_fail_context(g->c);
}

int tokenizer_measure_text(cli *c, tokenizer_measure *m, int n, tokenizer_text *text, char *samples[MEASURE_SAMPLES]) {
  measuring g = {.c = c, .of = m, .n = n, .text = text, .samples = samples};
  for (int i = 0; i < n; i++) {
    size_t size = (size_t)rn_tokenizer_size(m[i].tokenizer);
    m[i].used = cli_alloc(size * sizeof *m[i].used);
    memset(m[i].used, 0, size * sizeof *m[i].used);
  }
  return line_each(c, text->path, measure_line, &g);
}

/* ---- the tokenizer itself ---- */

int tokenizer_write(cli *c, const rn_tokenizer *tokenizer, const char *path) {
  if (strcmp(path, "-") != 0) return rn_tokenizer_save(c->ctx, tokenizer, path) == RN_OK ? EXIT_DONE : cli_fail_context(c);
  fputs(rn_tokenizer_json(tokenizer), stdout);
  return EXIT_DONE;
}

/* ---- a line with its tokens ---- */

/* Two backgrounds in turn. */
static const int shades[] = {153, 223};

void tokenizer_put_cut(cli *c, const rn_tokenizer *tokenizer, const char *line, size_t size, bool color, int width) {
  rn_tokens t;
  if (rn_tokenizer_encode(c->ctx, tokenizer, line, size, NULL, &t) != RN_OK) {
    rn_context_clear(c->ctx);
    return;
  }
  int64_t at = 0, columns = 0;
  for (int64_t i = 0; i < t.n && columns < width; i++) {
    int64_t end = t.end[i];
    if (end <= at) continue; /* stands for nothing of its own: a byte of a character that was shown, [CLS] */
    if (i > 0 && !color) fputs("|", stdout), columns++;
    if (color) printf("\033[38;5;16;48;5;%dm", shades[i % 2]);
    for (int64_t b = at; b < end; b++) {
      bool begins = ((unsigned char)line[b] & 0xc0) != 0x80;
      if (begins && ++columns > width) end = b + 1;
      else putchar((unsigned char)line[b] < ' ' ? ' ' : line[b]);
    }
    if (color) fputs("\033[0m", stdout);
    at = end;
  }
  puts(columns > width ? "..." : "");
  rn_tokens_free(&t);
}
