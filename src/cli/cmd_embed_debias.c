/* cmd_embed_debias.c: rondo embed debias: what is left of a difference between words where it should not be. */
#include "debias_study.h"
#include "embed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void study_free(debias_study *s) {
  rn_debias_free(&s->r);
  free(s->pair);
  free(s->same);
  free(s->neutral);
  free(s->out);
  rn_word_pairs_free(&s->pairs);
  rn_word_pairs_free(&s->equalize);
  rn_vectors_free(&s->v);
}

/* The rows of pairs, both of whose words are known. */
static int find_pairs(cli *c, const rn_vectors *v, const char *path, rn_word_pairs *pairs, int64_t **rows, int64_t *n) {
  if (rn_word_pairs_open(c->ctx, path, false, pairs) != RN_OK) return cli_fail_context(c);
  *rows = cli_alloc((size_t)(2 * pairs->n) * sizeof **rows);
  *n = 0;
  for (int64_t i = 0; i < pairs->n; i++) {
    int64_t a = rn_vectors_find_folded(v, pairs->word[2 * i]), b = rn_vectors_find_folded(v, pairs->word[2 * i + 1]);
    if (a >= 0 && b >= 0 && a != b) {
      (*rows)[2 * *n] = a, (*rows)[2 * (*n)++ + 1] = b;
    } else {
      rn_string missing = pairs->word[2 * i + (a >= 0)];
      if (a >= 0 && a == b) cli_warn("%s: the pair '%.*s' is one word", path, EMBED_SHOW(missing));
      else cli_warn("%s: '%.*s' is not among the words; its pair is left out", path, EMBED_SHOW(missing));
    }
  }
  return *n > 0 ? EXIT_DONE : cli_fail(EXIT_DATA, "%s: no pair of it is known", path);
}

static int find_neutral(cli *c, debias_study *s) {
  const char *path = opt_text(&c->options, "neutral");
  s->neutral = cli_alloc((size_t)s->v.n * sizeof *s->neutral);
  for (int64_t i = 0; i < s->v.n; i++) s->neutral[i] = !path;
  if (path) {
    rn_word_list list;
    if (rn_word_list_open(c->ctx, path, &list) != RN_OK) return cli_fail_context(c);
    int64_t known = 0;
    for (int64_t i = 0; i < list.n; i++) {
      int64_t row = rn_vectors_find_folded(&s->v, list.word[i]);
      if (row < 0) cli_warn("%s: '%.*s' is not among the words", path, EMBED_SHOW(list.word[i]));
      else s->neutral[row] = true, known++;
    }
    rn_word_list_free(&list);
    if (!known) return cli_fail(EXIT_DATA, "%s: none of its words is known", path);
  }
  for (int64_t i = 0; i < 2 * s->o.n_pairs; i++) s->neutral[s->pair[i]] = false;
  for (int64_t i = 0; i < 2 * s->o.n_equalize; i++) s->neutral[s->o.equalize[i]] = false;
  for (int64_t i = 0; i < s->v.n; i++) s->n_neutral += s->neutral[i];
  return EXIT_DONE;
}

/* ---- before and after ---- */

double debias_along(const debias_study *s, const float *rows, int64_t row) {
  const float *w = rows + row * s->v.dim;
  double sum = 0, square = 0;
  for (int64_t k = 0; k < s->v.dim; k++) sum += (double)w[k] * (double)s->r.direction[k], square += (double)w[k] * (double)w[k];
  return square > 0 ? sum / sqrt(square) : 0;
}

double debias_shown(double cosine) { return fabs(cosine) < 0.0005 ? 0 : cosine; }

/* The answer to "a is to word as b is to ?", for the first pair. */
static int64_t answer(cli *c, const debias_study *s, const float *rows, int64_t from, int64_t word, int64_t to) {
  int64_t row[3] = {from, word, to}, best = -1, dim = s->v.dim;
  float *words = cli_alloc((size_t)(3 * dim) * sizeof *words), score;
  for (int i = 0; i < 3; i++) memcpy(words + i * dim, rows + row[i] * dim, (size_t)dim * sizeof *words);
  rn_analogy question = {0, 1, 2};
  rn_analogies(c->ctx, RN_ANALOGY_ADD, s->v.n, dim, rows, 3, words, row, 1, &question, 1, &best, &score);
  free(words);
  return best;
}

/* The second word of a pair is on the positive side: b is word's. */
static debias_word look_at(cli *c, const debias_study *s, int64_t word, double cosine) {
  debias_word w = {
      .word = word, .a = s->pair[cosine <= 0], .b = s->pair[cosine > 0], .before = cosine, .after = debias_along(s, s->out, word)};
  w.answer_before = answer(c, s, s->v.values, w.b, word, w.a);
  w.answer_after = answer(c, s, s->out, w.b, word, w.a);
  return w;
}

/* Among the first 20000 words, which people know, the neutral ones that lean most to either side. */
static void find_words(cli *c, debias_study *s) {
  int64_t n = s->v.n < 20000 ? s->v.n : 20000, best[2][DEBIAS_SHOWN];
  double score[2][DEBIAS_SHOWN];
  int count[2] = {0};
  for (int64_t i = 0; i < n; i++) {
    if (!s->neutral[i]) continue;
    double x = debias_along(s, s->v.values, i);
    int side = x > 0, at = count[side];
    while (at > 0 && fabs(score[side][at - 1]) < fabs(x)) at--;
    if (at == DEBIAS_SHOWN) continue;
    if (count[side] < DEBIAS_SHOWN) count[side]++;
    for (int k = count[side] - 1; k > at; k--) best[side][k] = best[side][k - 1], score[side][k] = score[side][k - 1];
    best[side][at] = i, score[side][at] = x;
  }
  for (int side = 0; side < 2; side++)
    for (int k = 0; k < count[side]; k++) s->words[s->n_words++] = look_at(c, s, best[side][k], score[side][k]);
}

static json_t *row_json(const debias_study *s, int64_t row) { return row < 0 ? json_null() : embed_json(&s->v, row); }

static rn_string row_word(const debias_study *s, int64_t row) { return row < 0 ? (rn_string){"-", 1} : rn_vectors_word(&s->v, row); }

static void put_json(const debias_study *s) {
  json_t *share = json_array();
  for (int64_t k = 0; k < s->o.n_directions; k++) json_array_append_new(share, json_real(s->r.share[k]));
  cli_put_json(json_pack("{s:s, s:I, s:I, s:I, s:o, s:f, s:f}", "method", s->o.soft ? "soft" : "hard", "pairs", (json_int_t)s->o.n_pairs,
                         "equalized", (json_int_t)s->o.n_equalize, "neutral", (json_int_t)s->n_neutral, "share", share, "bias_before",
                         s->r.before, "bias_after", s->r.after));
  for (const debias_word *w = s->words; w < s->words + s->n_words; w++)
    cli_put_json(json_pack("{s:o, s:f, s:f, s:o, s:o, s:o, s:o}", "word", row_json(s, w->word), "before", w->before, "after", w->after,
                           "is_to", row_json(s, w->b), "as", row_json(s, w->a), "answer_before", row_json(s, w->answer_before),
                           "answer_after", row_json(s, w->answer_after)));
}

static void put_text(const debias_study *s) {
  printf("pairs                 %lld", (long long)s->o.n_pairs);
  for (int64_t k = 0; k < s->o.n_directions; k++) printf("%s%.1f %%", k ? ", " : ", whose direction holds ", 100 * s->r.share[k]);
  printf(" of their differences\nneutral words         %lld\n", (long long)s->n_neutral);
  printf("direct bias before    %.4f   (mean |cosine| of neutral words with it)\ndirect bias after     %.4f\n", s->r.before, s->r.after);
  printf("\n before   after  the neutral words that lean most to either side\n");
  for (const debias_word *w = s->words; w < s->words + s->n_words; w++) {
    rn_string word = row_word(s, w->word), a = row_word(s, w->a), b = row_word(s, w->b), first = row_word(s, w->answer_before),
              then = row_word(s, w->answer_after);
    printf("%7.3f %7.3f  %-16.*s %.*s is to %.*s as %.*s is to: %.*s, then %.*s\n", debias_shown(w->before), debias_shown(w->after),
           EMBED_SHOW(word), EMBED_SHOW(b), EMBED_SHOW(word), EMBED_SHOW(a), EMBED_SHOW(first), EMBED_SHOW(then));
  }
}

/* ---- what is written ---- */

static int save(cli *c, const debias_study *s, const char *path) {
  rn_vectors out;
  if (rn_vectors_with_values(c->ctx, &s->v, s->out, &out) != RN_OK) return cli_fail_context(c);
  int code = rn_vectors_save(c->ctx, &out, path, RN_VECTORS_GUESS) == RN_OK ? EXIT_DONE : cli_fail_context(c);
  rn_vectors_free(&out);
  if (!code) cli_say(c, "%s: %lld words, %lld numbers each, of length 1", path, (long long)s->v.n, (long long)s->v.dim);
  return code;
}

/* Where --report says, or beside vectors that are a folder. */
static int write_page(cli *c, const debias_study *s) {
  const char *said = opt_text(&c->options, "report"), *vectors = opt_text(&c->options, "output");
  struct stat about;
  if (!said && !(vectors && stat(vectors, &about) == 0 && S_ISDIR(about.st_mode))) return EXIT_DONE;
  char *path = said ? cli_copy(said) : cli_format("%s/report.html", vectors);
  char *title = cli_format("%s by %s", c->options.args[0], opt_text(&c->options, "pairs"));
  int code = debias_page(s, path, title);
  if (!code) cli_say(c, "%s: before and after, to look at", path);
  free(title);
  free(path);
  return code;
}

int cmd_embed_debias(cli *c) {
  const char *pairs = opt_text(&c->options, "pairs"), *equalize = opt_text(&c->options, "equalize"),
             *path = opt_text(&c->options, "output");
  if (!pairs)
    return cli_fail(EXIT_USAGE, "rondo embed debias needs --pairs FILE: two words a line that differ in what is to go, as: she he");
  debias_study s = {0};
  int code = EXIT_DONE;
  if (!embed_open(c, &s.v, &code)) return code;
  s.o = (rn_debias_options){.n_directions = opt_int(&c->options, "directions"),
                            .soft = opt_bool(&c->options, "soft"),
                            .lambda = opt_float(&c->options, "tuning")};
  code = find_pairs(c, &s.v, pairs, &s.pairs, &s.pair, &s.o.n_pairs);
  s.o.pair = s.o.equalize = s.pair;
  s.o.n_equalize = s.o.n_pairs;
  if (!code && equalize) {
    code = find_pairs(c, &s.v, equalize, &s.equalize, &s.same, &s.o.n_equalize);
    s.o.equalize = s.same;
  }
  if (!code) code = find_neutral(c, &s);
  s.o.neutral = s.neutral;
  if (!code) {
    s.out = cli_alloc((size_t)(s.v.n * s.v.dim) * sizeof *s.out);
    if (rn_debias(c->ctx, s.v.n, s.v.dim, s.v.values, &s.o, s.out, &s.r) != RN_OK) code = cli_fail_context(c);
  }
  if (!code) find_words(c, &s);
  if (!code && path) code = save(c, &s, path);
  if (!code) code = write_page(c, &s);
  if (!code && c->json) put_json(&s);
  else if (!code) put_text(&s);
  study_free(&s);
  return code;
}
