/* progress.c: one line drawn again at most ten times a second on a terminal; a plain line for each record elsewhere; JSON lines. */
#include "progress.h"
#include "terminal.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#define REDRAW_SECONDS 0.1
#define SPARK_COLUMNS 16

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_init(progress *p, const cli *c, const char *unit, bool perplexity) {
  *p = (progress){.c = c, .unit = unit, .perplexity = perplexity, .live = !c->quiet && terminal_is(stderr), .drawn = -1};
}

static void remember(progress *p, double loss) {
  if (!isfinite(loss)) return;
  if (p->n_history == PROGRESS_HISTORY) { /* halve the resolution */
    for (int i = 0; i < PROGRESS_HISTORY / 2; i++) p->history[i] = (p->history[2 * i] + p->history[2 * i + 1]) / 2;
    p->n_history /= 2;
  }
  p->history[p->n_history++] = loss;
}

/* ---- lines ---- */

/* Appends a part of the line, unless it would pass the width. */
static void part(char *line, size_t size, int width, const char *format, ...) RN_PRINTF(4, 5);
static void part(char *line, size_t size, int width, const char *format, ...) {
  char text[256];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  size_t used = strlen(line);
  if (used + strlen(text) < size && text_columns(line) + text_columns(text) <= width) strcpy(line + used, text);
}

static void step_line(const progress *p, const rn_train_event *e, int width, char *line, size_t size) {
  char step[32], total[32], speed[32], left[32], spark[4 * SPARK_COLUMNS + 1];
  line[0] = '\0';
  part(line, size, width, "epoch %lld/%lld  step %s/%s", (long long)e->epoch, (long long)e->epochs, text_count(step, sizeof step, e->step),
       text_count(total, sizeof total, e->total_steps));
  if (isfinite(e->loss)) {
    part(line, size, width, "  loss %.4f", e->loss);
    if (p->perplexity) part(line, size, width, "  ppl %.*f", e->loss > 4.6 ? 1 : 3, exp(e->loss));
  }
  part(line, size, width, "  lr %.3g", e->lr);
  if (isfinite(e->grad_norm)) part(line, size, width, "  |g| %.3g", e->grad_norm);
  part(line, size, width, "  %s %s/s", text_short(speed, sizeof speed, e->tokens_per_second), p->unit);
  part(line, size, width, "  %s left", text_time(left, sizeof left, e->seconds_left));
  if (p->n_history > 1) part(line, size, width, "  %s", text_spark(spark, sizeof spark, p->history, p->n_history, SPARK_COLUMNS));
}

static void on_step(progress *p, const rn_train_event *e) {
  char line[512];
  if (p->c->quiet) return;
  if (!p->live) {
    if (!e->record || p->c->json) return;
    remember(p, e->loss);
    step_line(p, e, 400, line, sizeof line);
    fprintf(stderr, "%s\n", line);
    return;
  }
  double time = now();
  if (time - p->drawn < REDRAW_SECONDS) return;
  p->drawn = time;
  remember(p, e->loss);
  step_line(p, e, terminal_width(stderr) - 1, line, sizeof line);
  fprintf(stderr, "\r%s\033[K", line);
  fflush(stderr);
}

/* "validation F1 84.31", "validation mean absolute error 0.4123", "validation 1.2345  perplexity 3.437": what decides. */
static void on_validated(const progress *p, const rn_train_event *e) {
  char step[32], took[32], words[96];
  if (e->metric && e->metric_is_share) snprintf(words, sizeof words, "%s %.2f", e->metric, 100 * (1 - e->loss));
  else if (e->metric) snprintf(words, sizeof words, "%s %.4f", e->metric, e->loss);
  else if (p->perplexity) snprintf(words, sizeof words, "%.4f  perplexity %.*f", e->loss, e->loss > 4.6 ? 2 : 4, exp(e->loss));
  else snprintf(words, sizeof words, "%.4f", e->loss);
  cli_say(p->c, "epoch %lld/%lld  step %s  validation %s  %s%s", (long long)e->epoch, (long long)e->epochs,
          text_count(step, sizeof step, e->step), words, text_time(took, sizeof took, e->seconds), e->improved ? "  (best)" : "");
}

/* The first lines of a sample, set in. */
static void on_sample(const progress *p, const rn_train_event *e) {
  if (!p->live || !e->text) return;
  const char *dim = terminal_color(stderr) ? "\033[2m" : "", *plain = *dim ? "\033[0m" : "", *text = e->text;
  for (int i = 0; i < 4 && *text; i++) {
    int n = (int)strcspn(text, "\n");
    cli_say(p->c, "%s  | %.*s%s", dim, n, text, plain);
    text += n + (text[n] == '\n');
  }
}

/* ---- JSON lines ---- */

static const char *const event_names[] = {
    [RN_EVENT_START] = "start", [RN_EVENT_RESUMED] = "resumed", [RN_EVENT_STEP] = "step",       [RN_EVENT_VALIDATED] = "validated",
    [RN_EVENT_SAVED] = "saved", [RN_EVENT_SAMPLE] = "sample",   [RN_EVENT_STOPPED] = "stopped", [RN_EVENT_DONE] = "done",
};

static void put_event(const rn_train_event *e) {
  json_t *object = json_pack("{s:s, s:I, s:I, s:I, s:I}", "event", event_names[e->kind], "step", (json_int_t)e->step, "total_steps",
                             (json_int_t)e->total_steps, "epoch", (json_int_t)e->epoch, "epochs", (json_int_t)e->epochs);
  json_object_set_new(object, "seconds", cli_json_real(e->seconds));
  if (e->kind == RN_EVENT_STEP || e->kind == RN_EVENT_VALIDATED || e->kind == RN_EVENT_DONE) {
    json_object_set_new(object, "loss", cli_json_real(e->loss));
    json_object_set_new(object, "best", cli_json_real(e->best));
  }
  if (e->kind == RN_EVENT_STEP) {
    json_object_set_new(object, "lr", cli_json_real(e->lr));
    json_object_set_new(object, "grad_norm", cli_json_real(e->grad_norm));
    json_object_set_new(object, "tokens_per_second", cli_json_real(e->tokens_per_second));
  }
  if (e->kind == RN_EVENT_VALIDATED) json_object_set_new(object, "improved", json_boolean(e->improved));
  if (e->metric && (e->kind == RN_EVENT_VALIDATED || e->kind == RN_EVENT_DONE)) {
    json_object_set_new(object, "metric", json_string(e->metric));
    json_object_set_new(object, "score", cli_json_real(e->metric_is_share ? 1 - e->loss : e->loss));
  }
  if (e->text) json_object_set_new(object, "text", cli_json_text(e->text, strlen(e->text)));
  cli_put_json(object);
  fflush(stdout);
}

void progress_observe(void *user, const rn_train_event *event) {
  progress *p = user;
  if (p->c->json && (event->kind != RN_EVENT_STEP || event->record)) put_event(event);
  switch (event->kind) {
  case RN_EVENT_STEP: on_step(p, event); break;
  case RN_EVENT_VALIDATED: on_validated(p, event); break;
  case RN_EVENT_SAMPLE: on_sample(p, event); break;
  case RN_EVENT_RESUMED: cli_say(p->c, "resumed from %s", event->text ? event->text : "the last checkpoint"); break;
  default: break;
  }
}
