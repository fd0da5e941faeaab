/* cmd_embed_map.c: rondo embed map: vectors, or the rows of any matrix, as points in the plane. */
#include "embed.h"
#include "map_page.h"
#include "output_file.h"
#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct points {
  int64_t n, dim;
  float *rows;     /* [n, dim] */
  rn_string *word; /* [n] or NULL */
  rn_vectors vectors;
  rn_word_list list;
  rn_row_labels labels;
  float *at; /* [n, 2] */
} points;

static void points_free(points *p) {
  free(p->rows);
  free(p->word);
  free(p->at);
  rn_vectors_free(&p->vectors);
  rn_word_list_free(&p->list);
  rn_row_labels_free(&p->labels);
}

/* ---- what is drawn ---- */

static void room(points *p, int64_t n, int64_t dim) {
  p->n = 0;
  p->dim = dim;
  p->rows = cli_alloc((size_t)(n * dim) * sizeof *p->rows);
  p->word = cli_alloc((size_t)n * sizeof *p->word);
}

static int take_top(cli *c, points *p, int64_t n) {
  if (n > p->vectors.n) n = p->vectors.n;
  room(p, n, p->vectors.dim);
  memcpy(p->rows, p->vectors.values, (size_t)(n * p->dim) * sizeof *p->rows);
  for (; p->n < n; p->n++) p->word[p->n] = rn_vectors_word(&p->vectors, p->n);
  return EXIT_DONE;
}

/* Words of a file that have no vector are left out, and told. */
static int take_list(cli *c, points *p, const char *path) {
  if (rn_word_list_open(c->ctx, path, &p->list) != RN_OK) return cli_fail_context(c);
  room(p, p->list.n, p->vectors.dim);
  int64_t missing = 0;
  for (int64_t i = 0; i < p->list.n; i++) {
    rn_string word = p->list.word[i];
    int64_t row = rn_vectors_find_folded(&p->vectors, word);
    rn_string known = row >= 0 ? rn_vectors_word(&p->vectors, row) : word;
    if (!rn_vectors_get(&p->vectors, known.data, known.size, p->rows + p->n * p->dim)) {
      if (missing++ < 5) cli_warn("%s: no vector for '%.*s'", path, EMBED_SHOW(word));
      continue;
    }
    p->word[p->n++] = word;
  }
  if (missing > 5) cli_warn("%s: no vector for %lld words in all", path, (long long)missing);
  return p->n ? EXIT_DONE : cli_fail(EXIT_DATA, "%s: none of its %lld words has a vector", path, (long long)p->list.n);
}

static int take_words(cli *c, points *p) {
  int code = EXIT_DONE;
  if (!embed_open(c, &p->vectors, &code)) return code;
  const char *words = opt_text(&c->options, "words");
  if (strncmp(words, "top:", 4) != 0) return take_list(c, p, words);
  char *end;
  long long n = strtoll(words + 4, &end, 10);
  if (!words[4] || *end || n < 1) return cli_fail(EXIT_USAGE, "--words %s: must be a file, or top:N as top:2000", words);
  return take_top(c, p, n);
}

static int take_matrix(cli *c, points *p) {
  rn_matrix m;
  if (rn_matrix_open(c->ctx, c->options.args[0], &m) != RN_OK) return cli_fail_context(c);
  p->n = m.n, p->dim = m.dim;
  p->rows = cli_alloc((size_t)(m.n * m.dim) * sizeof *p->rows);
  memcpy(p->rows, m.values, (size_t)(m.n * m.dim) * sizeof *p->rows);
  rn_matrix_free(&m);
  return EXIT_DONE;
}

/* A .npy with its words beside it is vectors. */
static bool is_matrix(const char *path) {
  if (!rn_matrix_named(path)) return false;
  size_t n = strlen(path);
  if (n < 4 || strcmp(path + n - 4, ".npy") != 0) return true;
  char *words = cli_format("%.*s.words", (int)n - 4, path);
  FILE *f = fopen(words, "rb");
  free(words);
  if (f) fclose(f);
  return f == NULL;
}

/* ---- the map ---- */

typedef struct watch {
  cli *c;
  int64_t iterations;
} watch;

static bool on_iteration(void *user, int64_t iteration, double divergence) {
  const watch *w = user;
  if (w->c->quiet) return true;
  if (terminal_is(stderr)) {
    fprintf(stderr, "\r\033[Kt-SNE  %lld of %lld  divergence %.4f", (long long)iteration, (long long)w->iterations, divergence);
    if (iteration == w->iterations) fputs("\r\033[K", stderr);
  } else if (iteration % 250 == 0) {
    cli_say(w->c, "t-SNE: %lld of %lld, divergence %.4f", (long long)iteration, (long long)w->iterations, divergence);
  }
  return true;
}

/* Words are near by their cosine, so their vectors are made of length 1. */
static void normalise(points *p) {
  for (int64_t i = 0; i < p->n; i++) {
    double sum = 0;
    float *row = p->rows + i * p->dim;
    for (int64_t k = 0; k < p->dim; k++) sum += (double)row[k] * (double)row[k];
    for (int64_t k = 0; sum > 0 && k < p->dim; k++) row[k] = (float)(row[k] / sqrt(sum));
  }
}

/* The first n components in place of the columns; *share of the variance in them. */
static rn_status reduce(cli *c, points *p, int64_t n, float *out, double *share) {
  rn_pca pca;
  rn_pca_options o = rn_pca_options_default(n);
  o.seed = cli_seed(c);
  rn_status status = rn_pca_fit(c->ctx, p->n, p->dim, p->rows, &o, &pca);
  if (status != RN_OK) return status;
  status = rn_pca_project(c->ctx, &pca, p->n, p->rows, out);
  double sum = 0;
  for (int64_t k = 0; k < n; k++) sum += pca.variance[k];
  *share = pca.total > 0 ? sum / pca.total : 1;
  rn_pca_free(&pca);
  return status;
}

static int make_pca(cli *c, points *p, char *about, size_t size) {
  double share;
  int64_t n = p->dim < 2 ? p->dim : 2;
  float *two = cli_alloc((size_t)(p->n * 2) * sizeof *two);
  rn_status status = reduce(c, p, n, two, &share);
  for (int64_t i = 0; i < p->n; i++) p->at[2 * i] = two[n * i], p->at[2 * i + 1] = n > 1 ? two[n * i + 1] : 0;
  free(two);
  snprintf(about, size, "two principal components, %.1f %% of the variance", 100 * share);
  return status == RN_OK ? EXIT_DONE : cli_fail_context(c);
}

static int make_tsne(cli *c, points *p, char *about, size_t size, double *divergence) {
  int64_t keep = opt_int(&c->options, "components");
  rn_status status = RN_OK;
  if (keep > 0 && keep < p->dim && keep < p->n) {
    double share;
    float *rows = cli_alloc((size_t)(p->n * keep) * sizeof *rows);
    status = reduce(c, p, keep, rows, &share);
    free(p->rows);
    p->rows = rows;
    p->dim = keep;
  }
  watch w = {c, opt_int(&c->options, "iterations")};
  rn_tsne_options o = rn_tsne_options_default();
  o.perplexity = opt_float(&c->options, "perplexity");
  double most = floor((double)(p->n - 1) / 3);
  if (!opt_given(&c->options, "perplexity") && o.perplexity > most && most >= 1) o.perplexity = most;
  o.iterations = w.iterations;
  o.random_start = opt_choice(&c->options, "start") == 1;
  o.seed = cli_seed(c);
  o.observe = on_iteration;
  o.user = &w;
  if (status == RN_OK) status = rn_tsne(c->ctx, p->n, p->dim, p->rows, &o, p->at, divergence);
  snprintf(about, size, "t-SNE, perplexity %g, divergence %.3f", o.perplexity, *divergence);
  return status == RN_OK ? EXIT_DONE : cli_fail_context(c);
}

static bool ends(const char *path, const char *extension) {
  size_t n = strlen(path), m = strlen(extension);
  return n > m && strcmp(path + n - m, extension) == 0;
}

static int write_map(const char *path, const map_points *m) {
  output_file file;
  int code = output_file_open(&file, path);
  if (code) return code;
  if (ends(path, ".svg")) map_write_svg(file.out, m);
  else if (ends(path, ".html")) map_write_html(file.out, m);
  else map_write_tsv(file.out, m);
  return output_file_close(&file);
}

static int draw(cli *c, points *p, const char *path) {
  char about[128], count[32], *title = cli_copy(c->options.args[0]);
  double divergence = NAN;
  bool pca = opt_choice(&c->options, "method") == 1;
  p->at = cli_alloc((size_t)(2 * p->n) * sizeof *p->at);
  if (p->word) normalise(p);
  int code = pca ? make_pca(c, p, about, sizeof about) : make_tsne(c, p, about, sizeof about, &divergence);
  for (size_t n = strlen(title); n > 1 && title[n - 1] == '/'; n--) title[n - 1] = '\0';
  char *subtitle = cli_format("%s %s: %s", text_count(count, sizeof count, p->n), p->word ? "words" : "rows", about);
  map_points m = {.n = p->n, .at = p->at, .word = p->word, .color = p->labels.id, .name = p->labels.name, .n_colors = p->labels.n_names,
                  .title = strrchr(title, '/') ? strrchr(title, '/') + 1 : title, .subtitle = subtitle};
  if (!code) code = write_map(path, &m);
  if (!code && strcmp(path, "-") != 0) {
    if (c->json)
      cli_put_json(json_pack("{s:o, s:s, s:I, s:o}", "map", cli_json_text(path, strlen(path)), "method", pca ? "pca" : "tsne", "points",
                             (json_int_t)p->n, "divergence", cli_json_real(divergence)));
    else cli_say(c, "%s: %s", path, subtitle);
  }
  free(subtitle);
  free(title);
  return code;
}

int cmd_embed_map(cli *c) {
  points p = {0};
  const char *labels = opt_text(&c->options, "labels"), *path = opt_text(&c->options, "output");
  if (!path) path = "map.html";
  if (strcmp(path, "-") != 0 && !ends(path, ".html") && !ends(path, ".svg") && !ends(path, ".tsv"))
    return cli_fail(EXIT_USAGE, "--output %s: must end in .html, .svg or .tsv, or be -", path);
  int code = is_matrix(c->options.args[0]) ? take_matrix(c, &p) : take_words(c, &p);
  if (!code && labels && rn_row_labels_open(c->ctx, labels, p.n, &p.labels) != RN_OK) code = cli_fail_context(c);
  if (!code && p.n < 4) code = cli_fail(EXIT_DATA, "a map of %lld points: four are needed", (long long)p.n);
  if (!code) code = draw(c, &p, path);
  points_free(&p);
  return code;
}
