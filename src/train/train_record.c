/* train_record.c: the lines of metrics.jsonl. */
#include "train/train_record.h"
#include "base/alloc.h"
#include "base/json.h"
#include <math.h>
#include <stdio.h>

enum { MAX_POINTS = 200 };

static rn_status append(rn_run_folder *run, rn_text *line) {
  rn_status status = rn_run_folder_record(run, line);
  rn_text_free(line);
  return status;
}

/* JSON knows no infinity. */
static void number(rn_text *line, const char *key, double value) {
  if (isfinite(value)) rn_text_printf(line, ",\"%s\":%.9g", key, value);
  else rn_text_printf(line, ",\"%s\":null", key);
}

static void head(rn_text *line, const char *type, int64_t step) {
  rn_text_printf(line, "{\"type\":\"%s\",\"step\":%lld", type, (long long)step);
}

rn_status rn_train_record_step(rn_run_folder *run, const rn_train_event *e) {
  if (!run->path) return RN_OK;
  rn_text line = {0};
  head(&line, "train", e->step);
  rn_text_printf(&line, ",\"epoch\":%lld", (long long)e->epoch);
  number(&line, "loss", e->loss);
  number(&line, "lr", e->lr);
  number(&line, "grad_norm", e->grad_norm);
  number(&line, "tokens_per_second", e->tokens_per_second);
  number(&line, "seconds", e->seconds);
  rn_text_puts(&line, "}\n");
  rn_status status = append(run, &line);
  const struct {
    const char *tag;
    double value;
  } scalars[] = {
      {"train/loss", e->loss}, {"train/lr", e->lr}, {"train/grad_norm", e->grad_norm}, {"train/tokens_per_second", e->tokens_per_second}};
  for (size_t i = 0; status == RN_OK && i < sizeof scalars / sizeof scalars[0]; i++)
    status = rn_run_folder_scalar(run, scalars[i].tag, e->step, scalars[i].value);
  return status;
}

/* The metric of a validation as people say it. */
static double score_of(const rn_train_event *e) { return e->metric_is_share ? 1 - e->loss : e->loss; }

rn_status rn_train_record_valid(rn_run_folder *run, const rn_train_event *e, const rn_score *score) {
  if (!run->path) return RN_OK;
  rn_text line = {0};
  head(&line, "valid", e->step);
  rn_text_printf(&line, ",\"epoch\":%lld", (long long)e->epoch);
  number(&line, "loss", score->nats);
  number(&line, "value", score->value);
  if (e->metric) {
    rn_text_printf(&line, ",\"metric\":\"%s\"", e->metric);
    number(&line, "score", score_of(e));
  }
  rn_text_printf(&line, ",\"n\":%lld", (long long)score->n);
  number(&line, "best", e->best);
  rn_text_printf(&line, ",\"improved\":%s", e->improved ? "true" : "false");
  number(&line, "seconds", e->seconds);
  rn_text_puts(&line, "}\n");
  rn_status status = append(run, &line);
  if (status == RN_OK) status = rn_run_folder_scalar(run, "valid/loss", e->step, score->nats);
  if (status != RN_OK || !e->metric) return status;
  char tag[64];
  snprintf(tag, sizeof tag, "valid/%s", e->metric);
  return rn_run_folder_scalar(run, tag, e->step, score_of(e));
}

rn_status rn_train_record_text(rn_run_folder *run, const char *type, int64_t step, const char *text) {
  if (!run->path) return RN_OK;
  json_t *string = json_string(text);
  char *quoted = rn_json_text(string);
  json_decref(string);
  if (!quoted) return rn_context_fail(run->ctx, RN_ERROR_MEMORY, "%s: out of memory", run->metrics);
  rn_text line = {0};
  head(&line, type, step);
  rn_text_printf(&line, ",\"text\":%s}\n", quoted);
  rn_free(quoted);
  return append(run, &line);
}

rn_status rn_train_record_trace(rn_run_folder *run, int64_t step, int layer, bool reverse, int64_t n_steps, const double *norm) {
  if (!run->path) return RN_OK;
  rn_text line = {0};
  head(&line, "trace", step);
  rn_text_printf(&line, ",\"layer\":%d,\"reverse\":%s,\"n_steps\":%lld,\"norm\":[", layer, reverse ? "true" : "false", (long long)n_steps);
  int64_t points = n_steps < MAX_POINTS ? n_steps : MAX_POINTS;
  for (int64_t i = 0; i < points; i++) {
    int64_t first = i * n_steps / points, end = (i + 1) * n_steps / points;
    double sum = 0;
    for (int64_t t = first; t < end; t++) sum += norm[t] * norm[t];
    double mean = sqrt(sum / (double)(end - first));
    rn_text_printf(&line, isfinite(mean) ? "%s%.4g" : "%snull", i ? "," : "", mean);
  }
  rn_text_puts(&line, "]}\n");
  return append(run, &line);
}
