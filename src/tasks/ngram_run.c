/* ngram_run.c: an n-gram model in a run folder. There are no steps: it is counted, estimated, measured once, and written. */
#include "base/alloc.h"
#include "base/file.h"
#include "models/architecture.h"
#include "train/model_card.h"
#include "train/train_record.h"
#include <inttypes.h>
#include <math.h>
#include <rondo/lm.h>
#include <rondo/ngram.h>
#include <stdio.h>

typedef struct ngram_run {
  rn_context *ctx;
  rn_run_folder folder;
  const rn_train_options *how;
  const char *text_path, *valid_path;
  rn_model *model;
  rn_ngram_result result;
  json_t *valid; /* about the validation text; NULL: there is none */
} ngram_run;

static rn_status no_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the model's description"); }

static json_t *describe_text(const char *path, int64_t bytes, int64_t tokens, int64_t unknown, uint64_t hash) {
  char digits[24];
  snprintf(digits, sizeof digits, "%016" PRIx64, hash);
  return json_pack("{s:s, s:I, s:I, s:I, s:s}", "path", path, "bytes", (json_int_t)bytes, "tokens", (json_int_t)tokens, "unknown",
                   (json_int_t)unknown, "xxh3", digits);
}

static rn_status measure(ngram_run *r) {
  rn_corpus corpus;
  rn_lm_metrics m;
  r->result.valid = NAN;
  if (!r->valid_path) return RN_OK;
  rn_status status = rn_corpus_open(r->ctx, r->valid_path, &corpus);
  if (status != RN_OK) return status;
  status = rn_lm_eval(r->ctx, r->model, corpus.text, corpus.size, NULL, &m);
  if (status == RN_OK) {
    r->result.valid = m.nats_per_token;
    r->valid = describe_text(r->valid_path, (int64_t)corpus.size, m.n_tokens, m.n_unknown, corpus.hash);
    if (!r->valid) status = no_memory(r->ctx);
  }
  rn_corpus_close(&corpus);
  return status;
}

/* What the model says about how it was made. */
static rn_status describe(ngram_run *r, bool counted) {
  const rn_ngram_text *t = &r->result.text;
  json_t *train =
      counted ? describe_text(r->text_path, t->n_bytes, t->n_tokens, t->n_unknown, t->hash) : json_pack("{s:s}", "path", r->text_path);
  json_t *data = json_pack("{s:o}", "train", train);
  if (r->valid) json_object_set(data, "valid", r->valid);
  json_t *about = json_pack("{s:s, s:o}", "task", "ngram", "data", data);
  if (isfinite(r->result.valid)) json_object_set_new(about, "best", json_real(r->result.valid));
  char *text = about ? rn_json_text(about) : NULL;
  rn_status status = text ? rn_model_set_training(r->model, text) : RN_ERROR_MEMORY;
  rn_free(text);
  json_decref(about);
  return status == RN_OK ? RN_OK : no_memory(r->ctx);
}

static rn_status write_run(ngram_run *r) {
  rn_task task = {.name = "ngram", .model = r->model, .steps_per_epoch = 1};
  rn_train_progress progress = {.step = 1, .best_step = -1, .seconds = r->result.seconds};
  rn_train_event event = {
      .step = 1, .epoch = 1, .loss = r->result.valid, .best = r->result.valid, .improved = true, .seconds = r->result.seconds};
  rn_status status = rn_run_folder_begin(&r->folder, r->how, 0, 0);
  if (status == RN_OK && r->valid)
    status = rn_train_record_valid(&r->folder, &event, &(rn_score){.nats = r->result.valid, .value = r->result.valid});
  if (status == RN_OK) status = rn_model_save(r->ctx, r->model, r->folder.model);
  return status == RN_OK ? rn_model_card_write(&r->folder, &task, r->how, &progress) : status;
}

static rn_status run(ngram_run *r, const rn_ngram_options *options) {
  rn_status status = rn_run_folder_open(&r->folder, r->ctx, r->how);
  if (status != RN_OK) return status;
  double start = rn_now();
  if (options) {
    rn_ngram_options inside = *options;
    if (r->how->folder) inside.temporary = r->how->folder;
    status = rn_ngram_train(r->ctx, r->text_path, &inside, &r->model, &r->result.text);
  } else {
    status = rn_ngram_read_arpa(r->ctx, r->text_path, &r->model);
  }
  if (status == RN_OK) status = measure(r);
  if (status == RN_OK) status = describe(r, options != NULL);
  r->result.seconds = rn_now() - start;
  return status == RN_OK && r->how->folder ? write_run(r) : status;
}

rn_status rn_ngram_train_run(rn_context *ctx, const char *path, const char *valid, const rn_ngram_options *options,
                             const rn_train_options *how, rn_model **out, rn_ngram_result *result) {
  ngram_run r = {.ctx = ctx, .how = how, .text_path = path, .valid_path = valid};
  rn_status status = run(&r, options);
  *out = status == RN_OK ? r.model : NULL;
  if (status != RN_OK) rn_model_free(r.model);
  *result = r.result;
  json_decref(r.valid);
  rn_run_folder_close(&r.folder);
  return status;
}
