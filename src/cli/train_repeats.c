/* train_repeats.c: --seeds and --folds: the same training several times, and what that says together. */
#include "folds.h"
#include "report.h"
#include "report_chart.h"
#include "train_sequences.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SEEDS 64
/* Of more folds than these nobody wants a run folder each. */
#define MAX_FOLD_FOLDERS 20

typedef struct seed_list {
  int n; /* 0: --seeds is not given, and there is one seed, that of --seed */
  char *text[MAX_SEEDS];
} seed_list;

static bool read_seeds(const cli *c, seed_list *list) {
  const char *text = opt_text(&c->options, "seeds");
  *list = (seed_list){0};
  while (text && list->n < MAX_SEEDS) {
    char *end;
    errno = 0;
    long seed = strtol(text, &end, 10);
    if (end == text || seed < 0 || errno || (*end && *end != ',')) break;
    list->text[list->n++] = cli_format("%ld", seed);
    if (!*end) return true;
    text = end + 1;
  }
  if (text) cli_fail(EXIT_USAGE, "--seeds %s: must be up to %d whole numbers, as 1,2,3", opt_text(&c->options, "seeds"), MAX_SEEDS);
  return !text;
}

static void free_seeds(seed_list *list) {
  for (int i = 0; i < list->n; i++) free(list->text[i]);
}

bool train_repeats_wanted(const cli *c) { return opt_text(&c->options, "seeds") || opt_int(&c->options, "folds") > 0; }

static char *seed_folder(const seed_list *list, int i, const char *folder) {
  return list->n > 0 ? cli_format("%s/seed-%s", folder, list->text[i]) : cli_copy(folder);
}

/* NULL: none. */
static char *fold_folder(const cli *c, const char *folder, int64_t fold) {
  return opt_int(&c->options, "folds") <= MAX_FOLD_FOLDERS ? cli_format("%s/fold-%lld", folder, (long long)fold + 1) : NULL;
}

char *train_repeats_first(const cli *c, const char *folder) {
  seed_list list;
  char *first = NULL;
  if (read_seeds(c, &list)) {
    char *of_seed = seed_folder(&list, 0, folder), *of_fold = opt_int(&c->options, "folds") > 0 ? fold_folder(c, of_seed, 0) : NULL;
    first = of_fold ? of_fold : cli_copy(of_seed);
    free(of_seed);
  }
  free_seeds(&list);
  return first;
}

/* What one seed gave; NaN where there is no such part. */
enum { VALID, TEST };
typedef struct figures {
  double value[2];
  nearest_baseline nearest[2];
  char baseline[2][128]; /* their lines; "": none */
} figures;

/* ---- folds ---- */

/* Fold k has the sequences order[k], order[k + K], ...; each fold is answered by a model that is trained on the others. */
static int train_fold(sequences_run *r, const char *folder, int64_t k, const int64_t *order, folds *f, nearest_baseline *nearest) {
  cli *c = r->c;
  int64_t n = r->train.sequences.seqs.n_seqs, n_folds = opt_int(&c->options, "folds"), n_rest = 0, n_test = 0;
  int64_t *rest = cli_alloc((size_t)n * sizeof *rest), *test = cli_alloc((size_t)n * sizeof *test);
  for (int64_t i = 0; i < n; i++) {
    if (i % n_folds == k) test[n_test++] = order[i];
    else rest[n_rest++] = order[i];
  }
  char *of_fold = fold_folder(c, folder, k);
  trained t;
  int code = train_on(r, rest, n_rest, of_fold, &t);
  if (!code && folds_answer(f, c->ctx, t.model, test, n_test) != RN_OK) code = cli_fail_context(c);
  if (!code && opt_bool(&c->options, "nearest")) {
    nearest_part known = {f->data, rest, n_rest - train_n_valid(r, n_rest)}, queries = {f->data, test, n_test};
    if (nearest_baseline_add(nearest, c->ctx, &known, &queries) != RN_OK) code = cli_fail_context(c);
  }
  if (!code) cli_say(c, "fold %lld of %lld: %.2f%% right so far", (long long)k + 1, (long long)n_folds, 100 * folds_accuracy(f));
  trained_free(&t);
  free(of_fold);
  free(rest);
  free(test);
  return code;
}

static int cross_validate(sequences_run *r, const char *folder, figures *out) {
  cli *c = r->c;
  int64_t n_folds = opt_int(&c->options, "folds"), n = r->train.sequences.seqs.n_seqs;
  if (n_folds < 2 || n_folds > n)
    return cli_fail(EXIT_USAGE, "--folds %lld: must be at least 2 and at most the number of sequences, %lld", (long long)n_folds,
                    (long long)n);
  folds f;
  nearest_baseline *nearest = &out->nearest[TEST];
  char line[128];
  int64_t *order = train_order(r);
  int code = folds_init(&f, &r->train.sequences)
                 ? EXIT_DONE
                 : cli_fail(EXIT_USAGE, "--folds: %s has sequences with several labels, or with none", r->train.path);
  for (int64_t k = 0; !code && k < n_folds; k++) code = train_fold(r, folder, k, order, &f, nearest);
  evaluation e = {0};
  if (!code && folds_scores(&f, c->ctx, &e.classifier) != RN_OK) code = cli_fail_context(c);
  if (!code) {
    out->value[TEST] = e.classifier->accuracy;
    if (c->json) {
      json_t *object = json_pack("{s:s, s:I, s:s}", "event", "folds", "folds", (json_int_t)n_folds, "seed", opt_text(&c->options, "seed"));
      json_t *scores = evaluation_json(&e);
      json_object_update(object, scores);
      json_decref(scores);
      if (nearest->n > 0) json_object_set_new(object, "nearest", nearest_baseline_json(nearest));
      cli_put_json(object);
    } else {
      printf("%lld folds, each answered by a model of the others; seed %s\n\n", (long long)n_folds, opt_text(&c->options, "seed"));
      evaluation_put(stdout, &e);
      if (nearest->n > 0) printf("%-10s%s\n", "nearest", nearest_baseline_line(nearest, line, sizeof line));
    }
    fflush(stdout);
  }
  folds_free(&f, e.classifier);
  free(order);
  return code;
}

/* ---- seeds ---- */

static double figure_of(const evaluation *e) { return evaluation_any(e) ? evaluation_interval(e)->value : NAN; }

static int train_seed(sequences_run *r, const char *folder, figures *out, const char **metric) {
  cli *c = r->c;
  trained t;
  int64_t *order = train_order(r);
  int code = train_on(r, order, r->train.sequences.seqs.n_seqs, folder, &t);
  if (!code) code = train_nearest(r, order, r->train.sequences.seqs.n_seqs, &t);
  if (!code) {
    *out = (figures){{figure_of(&t.valid), figure_of(&t.test)}, {t.nearest_valid, t.nearest_test}};
    if (t.valid.baseline) evaluation_baseline_line(&t.valid, out->baseline[0], sizeof out->baseline[0]);
    if (t.test.baseline) evaluation_baseline_line(&t.test, out->baseline[1], sizeof out->baseline[1]);
    *metric = evaluation_any(&t.valid) ? evaluation_metric(&t.valid) : evaluation_any(&t.test) ? evaluation_metric(&t.test) : "";
    if (evaluation_any(&t.test)) evaluation_warn(&t.test, r->test.path);
    if (c->json) cli_put_json(trained_json(r, folder, &t));
  }
  trained_free(&t);
  free(order);
  return code;
}

static json_t *spread_json(int n, const double *values) {
  rn_spread s = rn_spread_of(n, values);
  json_t *column = json_array();
  for (int i = 0; i < n; i++) json_array_append_new(column, cli_json_real(values[i]));
  return json_pack("{s:o, s:o, s:o}", "mean", cli_json_real(s.mean), "deviation", cli_json_real(s.deviation), "values", column);
}

/* Of all seeds, the neighbours of one part: a line below that of the part, or "nearest" in its object. */
static void put_nearest_spread(const figures *list, int n, int part, json_t *object, bool json) {
  json_t *both = json_object();
  const char *gap = "";
  for (int kind = RN_EUCLIDEAN; kind <= RN_DTW; kind++) {
    double values[MAX_SEEDS];
    for (int i = 0; i < n; i++) values[i] = nearest_baseline_accuracy(&list[i].nearest[part], (rn_distance)kind);
    rn_spread s = rn_spread_of(n, values);
    bool any = isfinite(s.mean);
    json_object_set_new(both, nearest_baseline_name((rn_distance)kind, true), any ? spread_json(n, values) : json_null());
    if (!any || json) continue;
    printf("%s%.2f ± %.2f (%s)", *gap ? gap : "nearest     ", 100 * s.mean, 100 * s.deviation,
           nearest_baseline_name((rn_distance)kind, false));
    gap = ", ";
  }
  if (*gap) printf(" over %d seeds\n", n);
  if (list[0].nearest[part].n > 0) json_object_set(object, "nearest", both);
  json_decref(both);
}

static void put_seeds(const cli *c, const seed_list *seeds, const figures *list, const char *metric) {
  double values[MAX_SEEDS];
  json_t *object = json_pack("{s:s, s:s}", "event", "seeds", "metric", metric);
  if (!c->json) printf("\n%-11s %10s %10s   %s\n", "seed", "validation", "test", metric);
  for (int i = 0; i < seeds->n && !c->json; i++) {
    printf("%-11s", seeds->text[i]);
    for (int part = VALID; part <= TEST; part++) {
      double value = list[i].value[part];
      if (isfinite(value)) printf(" %10.2f", 100 * value);
      else printf(" %10s", "-");
    }
    putchar('\n');
  }
  for (int part = VALID; part <= TEST; part++) {
    static const char *const names[] = {"validation", "test"};
    for (int i = 0; i < seeds->n; i++) values[i] = list[i].value[part];
    rn_spread s = rn_spread_of(seeds->n, values);
    if (!isfinite(s.mean)) continue;
    if (!c->json) printf("%-11s %.2f ± %.2f over %d seeds\n", names[part], 100 * s.mean, 100 * s.deviation, seeds->n);
    /* Of taggers, whose parts of the data no seed draws: that of all is that of the first. */
    if (!c->json && *list[0].baseline[part]) printf("%-11s %s\n", "", list[0].baseline[part]);
    json_t *column = spread_json(seeds->n, values);
    put_nearest_spread(list, seeds->n, part, column, c->json);
    json_object_set_new(object, names[part], column);
  }
  if (c->json) cli_put_json(object);
  else json_decref(object);
}

/* The runs of all seeds on one page. */
static int report_seeds(sequences_run *r, const seed_list *seeds) {
  char *folders[MAX_SEEDS], *path = cli_format("%s/report.html", r->folder);
  int n = seeds->n < CHART_MAX_SERIES / 2 ? seeds->n : CHART_MAX_SERIES / 2; /* as many as have room for two curves */
  for (int i = 0; i < n; i++) folders[i] = seed_folder(seeds, i, r->folder);
  int code = report_write(r->c, (const char *const *)folders, n, path);
  for (int i = 0; i < n; i++) free(folders[i]);
  free(path);
  return code;
}

int train_repeats(sequences_run *r) {
  cli *c = r->c;
  seed_list seeds;
  figures list[MAX_SEEDS];
  const char *metric = "accuracy";
  bool cross = opt_int(&c->options, "folds") > 0;
  int code = read_seeds(c, &seeds) ? EXIT_DONE : EXIT_USAGE, n = seeds.n > 0 ? seeds.n : 1;
  if (cross && r->test.path) code = cli_fail(EXIT_USAGE, "--folds measures on the training data itself: --test has no place there");
  for (int i = 0; !code && i < n; i++) {
    char *folder = seed_folder(&seeds, i, r->folder);
    if (seeds.n > 0) {
      cli_options_adopt(&c->options, "seed", seeds.text[i], CLI_FLAG);
      cli_say(c, "%sseed %s:", i ? "\n" : "", seeds.text[i]);
    }
    list[i] = (figures){.value = {NAN, NAN}};
    code = cross ? cross_validate(r, folder, &list[i]) : train_seed(r, folder, &list[i], &metric);
    free(folder);
  }
  if (!code && seeds.n > 0) put_seeds(c, &seeds, list, metric);
  if (!code && seeds.n > 1 && !cross) code = report_seeds(r, &seeds);
  free_seeds(&seeds);
  return code;
}
