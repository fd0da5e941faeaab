/* model_card.c: README.md of a run (model cards: Mitchell et al. 2019). */
#include "train/model_card.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"
#include <string.h>
#include <time.h>

enum { LONGEST = 256 }; /* characters of a value; a vocabulary is more */

static void row(rn_text *t, const char *name, const char *value) {
  size_t n = strlen(value);
  if (n <= LONGEST) rn_text_printf(t, "| %s | %s |\n", name, value);
  else rn_text_printf(t, "| %s | %zu characters |\n", name, n);
}

/* A JSON object as rows of a table, nested names dotted: "train.hash". */
static void rows(rn_text *t, const json_t *object, const char *prefix) {
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)object, key, value) {
    rn_text name = {0};
    rn_text_printf(&name, "%s%s%s", prefix, *prefix ? "." : "", key);
    t->failed |= name.failed;
    if (json_is_object(value) && name.data) rows(t, value, name.data);
    else if (json_is_string(value) && name.data) row(t, name.data, json_string_value(value));
    else if (!json_is_null(value) && name.data) {
      char *text = rn_json_words(value);
      row(t, name.data, text ? text : "");
      rn_free(text);
    }
    rn_text_free(&name);
  }
}

static void section(rn_text *t, const char *title, const char *json) {
  json_t *object = NULL;
  if (!json || rn_json_parse(json, strlen(json), title, &object, NULL) != RN_OK) return;
  if (json_object_size(object) > 0) {
    rn_text_printf(t, "\n## %s\n\n| | |\n|---|---|\n", title);
    rows(t, object, "");
  }
  json_decref(object);
}

static void metrics(rn_text *t, const rn_task *task, const rn_train_progress *p) {
  rn_text_puts(t, "\n## Metrics\n\n| | |\n|---|---|\n");
  bool share = task->validate && task->metric && task->metric_is_share;
  if (p->best_step >= 0)
    rn_text_printf(t, "| %s, %s | %.4f |\n| of step | %lld |\n", task->validate ? "best validation" : "training loss",
                   task->validate && task->metric ? task->metric : "nats", share ? 1 - p->best : p->best, (long long)p->best_step);
  rn_text_printf(t, "| steps trained | %lld |\n| epochs | %.2f |\n| seconds | %.0f |\n", (long long)p->step,
                 (double)p->step / (double)task->steps_per_epoch, p->seconds);
}

rn_status rn_model_card_write(rn_run_folder *run, const rn_task *task, const rn_train_options *options, const rn_train_progress *progress) {
  if (!run->path) return RN_OK;
  char day[32] = "";
  time_t now = time(NULL);
  struct tm utc;
  if (gmtime_r(&now, &utc)) strftime(day, sizeof day, "%Y-%m-%d", &utc);
  rn_text t = {0};
  rn_text_printf(&t, "# %s\n\nA model of kind `%s` with %lld parameters, trained with Rondo %s on %s.\n", run->path,
                 rn_model_kind(task->model), (long long)rn_params_elements(rn_model_params(task->model)), RN_VERSION, day);
  rn_text_puts(&t, "`model.safetensors` is the best model and complete in itself: weights, configuration and vocabulary.\n");
  metrics(&t, task, progress);
  section(&t, "Data", options->data_json);
  section(&t, "Model", rn_model_config(task->model));
  section(&t, "Training", rn_model_training(task->model));
  if (options->config_yaml) rn_text_printf(&t, "\n## Configuration\n\n```yaml\n%s```\n", options->config_yaml);
  if (options->command) rn_text_printf(&t, "\n## To reproduce\n\n```sh\n%s\n```\n", options->command);
  rn_status status = t.failed ? rn_context_fail(run->ctx, RN_ERROR_MEMORY, "%s: out of memory", run->card)
                              : rn_file_write(run->card, t.data, t.size, &run->ctx->error);
  rn_text_free(&t);
  return status;
}
