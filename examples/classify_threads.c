/* classify_threads: a classifier served from several threads over one model, which stays as it is: each thread has a context and a session
 * of its own, and nothing is locked.
 *
 *     rondo train classifier reviews.tsv -o runs/stars
 *     classify_threads runs/stars 4 < lines.txt            label, probability and line, in the order of the input */
#include <pthread.h>
#include <rondo/rondo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct answer {
  char *line;
  int64_t label;
  float probability;
} answer;

typedef struct worker {
  pthread_t thread;
  int id, n_workers;
  const rn_model *model;
  answer *answers;
  int64_t n;
  rn_status status;
  char error[256];
} worker;

static rn_status classify_share(worker *w, rn_classifier *classifier, float *probability) {
  rn_status status = RN_OK;
  for (int64_t i = w->id; i < w->n && status == RN_OK; i += w->n_workers) {
    answer *a = &w->answers[i];
    status = rn_classifier_text(classifier, a->line, strlen(a->line), probability);
    a->label = rn_classifier_answer(w->model, probability);
    a->probability = probability[a->label];
  }
  return status;
}

/* One thread a context: the lines are what is shared out, so a context needs no more threads. */
static void *serve(void *arg) {
  worker *w = arg;
  rn_context_options options = rn_context_options_default();
  rn_context *ctx;
  rn_classifier *classifier = NULL;
  options.n_threads = 1;
  w->status = rn_context_new(&options, &ctx, w->error, sizeof w->error);
  if (w->status != RN_OK) return NULL;
  float *probability = calloc((size_t)rn_classifier_n_labels(w->model), sizeof *probability);
  w->status = probability ? rn_classifier_open(ctx, w->model, &classifier) : RN_ERROR_MEMORY;
  if (w->status == RN_OK) w->status = classify_share(w, classifier, probability);
  snprintf(w->error, sizeof w->error, "%s", rn_context_error(ctx));
  rn_classifier_free(classifier);
  free(probability);
  rn_context_free(ctx);
  return NULL;
}

static answer *read_lines(int64_t *n) {
  answer *answers = NULL;
  char *line = NULL;
  size_t room = 0;
  ssize_t size;
  for (*n = 0; (size = getline(&line, &room, stdin)) >= 0; ++*n) {
    if ((*n & (*n + 1)) == 0) answers = realloc(answers, (size_t)(2 * *n + 1) * sizeof *answers); /* at 0, 1, 3, 7, ... */
    if (size > 0 && line[size - 1] == '\n') line[size - 1] = 0;
    answers[*n] = (answer){.line = strdup(line)};
  }
  free(line);
  return answers;
}

int main(int argc, char **argv) {
  int n_workers = argc == 3 ? atoi(argv[2]) : 0, failed = 0;
  if (n_workers < 1 || n_workers > 64) return fprintf(stderr, "usage: classify_threads MODEL THREADS < LINES\n"), 2;
  rn_context *ctx;
  rn_model *model;
  rn_classifier *check = NULL; /* refuses a model that is no classifier */
  if (rn_context_new(NULL, &ctx, NULL, 0) != RN_OK) return 1;
  if (rn_model_open(ctx, argv[1], &model) != RN_OK || rn_classifier_open(ctx, model, &check) != RN_OK)
    return fprintf(stderr, "error: %s\n", rn_context_error(ctx)), 1;
  rn_classifier_free(check);

  int64_t n;
  answer *answers = read_lines(&n);
  static worker workers[64];
  for (int i = 0; i < n_workers; i++) {
    workers[i] = (worker){.id = i, .n_workers = n_workers, .model = model, .answers = answers, .n = n};
    if (pthread_create(&workers[i].thread, NULL, serve, &workers[i]) != 0) return fprintf(stderr, "error: no more threads\n"), 1;
  }
  for (int i = 0; i < n_workers; i++) {
    pthread_join(workers[i].thread, NULL);
    if (workers[i].status != RN_OK) failed = fprintf(stderr, "error: %s\n", workers[i].error);
  }
  for (int64_t i = 0; i < n; i++) {
    if (!failed) printf("%s\t%.3f\t%s\n", rn_classifier_label(model, answers[i].label), (double)answers[i].probability, answers[i].line);
    free(answers[i].line);
  }
  free(answers);
  rn_model_free(model);
  rn_context_free(ctx);
  return failed != 0;
}
