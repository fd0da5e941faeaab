/* The loop on a task of a few numbers: what a run leaves behind, and that stopping, resuming, failing and the number of threads change
 * none of its bits. */
#include "train/tiny_task.h"
#include <errno.h>

static const char model_file[] = "model.safetensors";

/* metrics.jsonl without what clocks say. */
static char *records(const char *folder) {
  rn_bytes file;
  assert_int_equal(rn_bytes_map(path_in(folder, "metrics.jsonl"), &file, NULL), RN_OK);
  char *text = calloc(1, file.size + 1), *out = text;
  const char *line = file.data, *end = file.data + file.size;
  while (line < end) {
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    assert_non_null(newline);
    json_t *record;
    assert_int_equal(rn_json_parse(line, (size_t)(newline - line), "record", &record, NULL), RN_OK);
    json_object_del(record, "seconds");
    json_object_del(record, "tokens_per_second");
    char *plain = rn_json_text(record);
    out = stpcpy(stpcpy(out, plain), "\n");
    rn_free(plain);
    json_decref(record);
    line = newline + 1;
  }
  rn_bytes_close(&file);
  return text;
}

static int64_t count(const char *text, const char *word) {
  int64_t n = 0;
  for (; (text = strstr(text, word)); text += strlen(word)) n++;
  return n;
}

/* The run that was never stopped, made once. */
static char *whole;
static int setup(void **state) {
  whole = folder_make();
  rn_train_options o = tiny_options(whole);
  rn_train_result result;
  assert_int_equal(tiny_run(&o, 1, &result), RN_OK);
  assert_int_equal(result.steps, 20);
  assert_string_equal(result.why, "epochs done");
  return 0;
}
static int teardown(void **state) {
  folder_drop(whole);
  return 0;
}

static void same_as_whole(const char *folder) {
  assert_true(same_file(path_in(whole, model_file), path_in(folder, model_file)));
  const char *last = "checkpoints/step-0000000020/model.safetensors";
  assert_true(same_file(path_in(whole, last), path_in(folder, last)));
  char *a = records(whole), *b = records(folder);
  assert_string_equal(a, b);
  free(a);
  free(b);
}

static void test_folder(void **state) {
  const char *files[] = {"model.safetensors",          "config.yaml", "metrics.jsonl", "README.md", "checkpoints/step-0000000020",
                         "checkpoints/step-0000000018"};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) assert_true(rn_path_exists(path_in(whole, files[i])));
  assert_false(rn_path_exists(path_in(whole, "checkpoints/step-0000000016")));
  char *text = records(whole);
  assert_int_equal(count(text, "\"type\":\"train\""), 10);
  assert_int_equal(count(text, "\"type\":\"valid\""), 7); /* every 3 of 20 steps, and at the end */
  assert_int_equal(count(text, "\"type\":\"sample\""), 7);
  free(text);
}

static void test_it_learns(void **state) {
  rn_train_options o = tiny_options(NULL);
  rn_train_result few, many;
  o.epochs = 1;
  assert_int_equal(tiny_run(&o, 1, &few), RN_OK);
  o.epochs = 40;
  assert_int_equal(tiny_run(&o, 1, &many), RN_OK);
  assert_true(many.best < 0.3 * few.best);
}

static void test_same_bits_whatever_the_threads(void **state) {
  for (int n_threads = 1; n_threads <= 3; n_threads++) {
    char *folder = folder_make();
    rn_train_options o = tiny_options(folder);
    assert_int_equal(tiny_run(&o, n_threads, NULL), RN_OK);
    same_as_whole(folder);
    folder_drop(folder);
  }
}

/* ---- stopping and resuming ---- */

typedef struct watcher {
  rn_context *ctx;
  int64_t stop_at; /* after this step; -1: never */
  bool finished;   /* "already finished" was said */
  float lr;        /* of the last step */
} watcher;

static void watch(void *user, const rn_train_event *e) {
  watcher *w = user;
  if (e->kind == RN_EVENT_STEP) w->lr = (float)e->lr;
  if (e->kind == RN_EVENT_STEP && e->step == w->stop_at) rn_context_stop(w->ctx);
  if (e->kind == RN_EVENT_DONE && strcmp(e->text, "already finished") == 0) w->finished = true;
}

static rn_status run_watched(const rn_train_options *o, watcher *w, rn_train_result *result) {
  tiny t;
  tiny_open(&t, 2);
  w->ctx = t.ctx;
  rn_status status = rn_train(t.ctx, &t.task, o, watch, w, result);
  tiny_close(&t);
  return status;
}

static void test_stop_and_resume_at_every_step(void **state) {
  for (int64_t step = 1; step <= 20; step++) {
    char *folder = folder_make();
    rn_train_options o = tiny_options(folder);
    watcher w = {.stop_at = step};
    assert_int_equal(run_watched(&o, &w, NULL), RN_ERROR_STOPPED);
    assert_true(rn_path_exists(path_in(folder, model_file)));
    o.resume = true;
    w.stop_at = -1;
    assert_int_equal(run_watched(&o, &w, NULL), RN_OK);
    same_as_whole(folder);
    folder_drop(folder);
  }
}

static void test_finished_and_extended(void **state) {
  char *folder = folder_make();
  rn_train_options o = tiny_options(folder);
  o.schedule = RN_SCHEDULE_CONSTANT;
  o.epochs = 2;
  assert_int_equal(tiny_run(&o, 1, NULL), RN_OK);
  o.resume = true;
  watcher w = {.stop_at = -1};
  rn_train_result result;
  assert_int_equal(run_watched(&o, &w, &result), RN_OK);
  assert_true(w.finished);
  assert_int_equal(result.steps, 10);
  o.epochs = 4;
  assert_int_equal(tiny_run(&o, 1, &result), RN_OK);
  assert_int_equal(result.steps, 20);
  folder_drop(folder);
}

static void test_resume_needs_the_same_options(void **state) {
  char *folder = folder_make();
  rn_train_options o = tiny_options(folder);
  assert_int_equal(tiny_run(&o, 1, NULL), RN_OK);
  o.resume = true;
  const struct {
    float lr;
    const char *data, *word;
  } changed[] = {{0.01f, o.data_json, "optimizer.lr"}, {0.05f, "{\"train\":{\"path\":\"here\",\"hash\":\"4567\"}}", "data.train.hash"}};
  for (int i = 0; i < 2; i++) {
    tiny t;
    tiny_open(&t, 1);
    o.optimizer.lr = changed[i].lr;
    o.data_json = changed[i].data;
    assert_int_equal(rn_train(t.ctx, &t.task, &o, NULL, NULL, NULL), RN_ERROR_ARGUMENT);
    assert_non_null(strstr(rn_context_error(t.ctx), changed[i].word));
    tiny_close(&t);
  }
  o.optimizer.lr = 0.05f;
  o.data_json = "{\"train\":{\"path\":\"elsewhere\",\"hash\":\"0123\"}}"; /* moved, but the same */
  assert_int_equal(tiny_run(&o, 1, NULL), RN_OK);
  folder_drop(folder);
}

static void flip(const char *path) {
  FILE *f = fopen(path, "r+b");
  assert_non_null(f);
  fseek(f, -1, SEEK_END);
  int byte = fgetc(f);
  fseek(f, -1, SEEK_END);
  fputc(byte ^ 1, f);
  fclose(f);
}

static void test_resume_takes_the_newest_that_verifies(void **state) {
  char *folder = folder_make();
  rn_train_options o = tiny_options(folder);
  watcher w = {.stop_at = 11};
  assert_int_equal(run_watched(&o, &w, NULL), RN_ERROR_STOPPED);
  flip(path_in(folder, "checkpoints/step-0000000011/state.safetensors"));
  FILE *f = fopen(path_in(folder, "metrics.jsonl"), "a"); /* a line torn by a kill */
  fputs("{\"type\":\"train\",\"ste", f);
  fclose(f);
  o.resume = true;
  assert_int_equal(tiny_run(&o, 1, NULL), RN_OK);
  same_as_whole(folder);
  folder_drop(folder);
}

static void test_resume_refuses_checkpoints_that_are_all_damaged(void **state) {
  char *folder = folder_make();
  rn_train_options o = tiny_options(folder);
  watcher w = {.stop_at = 1};
  assert_int_equal(run_watched(&o, &w, NULL), RN_ERROR_STOPPED);
  flip(path_in(folder, "checkpoints/step-0000000001/state.safetensors"));
  o.resume = true;
  tiny t;
  tiny_open(&t, 1);
  assert_int_equal(rn_train(t.ctx, &t.task, &o, NULL, NULL, NULL), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(t.ctx), "none of its 1 checkpoints verifies"));
  tiny_close(&t);
  assert_true(rn_path_exists(path_in(folder, model_file)));
  folder_drop(folder);
}

static void test_a_folder_in_use_is_refused(void **state) {
  char *folder = folder_make();
  rn_train_options o = tiny_options(folder);
  int lock;
  assert_int_equal(rn_folder_make(folder, NULL), RN_OK);
  assert_int_equal(rn_folder_lock(folder, &lock, NULL), RN_OK);
  for (int i = 0; i < 3; i++) { /* neither --force nor --resume helps */
    o.force = i == 1;
    o.resume = i == 2;
    tiny t;
    tiny_open(&t, 1);
    assert_int_equal(rn_train(t.ctx, &t.task, &o, NULL, NULL, NULL), RN_ERROR_IO);
    assert_non_null(strstr(rn_context_error(t.ctx), "in use by another process"));
    tiny_close(&t);
  }
  rn_folder_unlock(lock);
  assert_int_equal(tiny_run(&o, 1, NULL), RN_OK);
  folder_drop(folder);
}

static void test_a_folder_that_is_not_empty(void **state) {
  char *folder = folder_make();
  rn_train_options o = tiny_options(folder);
  assert_int_equal(rn_file_write(path_in(folder, "notes.txt"), "mine", 4, NULL), RN_OK);
  assert_int_equal(tiny_run(&o, 1, NULL), RN_ERROR_ARGUMENT);
  o.force = true;
  assert_int_equal(tiny_run(&o, 1, NULL), RN_OK);
  assert_int_equal(tiny_run(&o, 1, NULL), RN_OK); /* over a whole run as well */
  same_as_whole(folder);
  assert_true(rn_path_exists(path_in(folder, "notes.txt")));
  folder_drop(folder);
}

/* ---- when to stop, how fast to learn ---- */

static void test_patience_and_plateau(void **state) {
  tiny t;
  tiny_open(&t, 1);
  t.worsens = true;
  rn_train_options o = tiny_options(NULL);
  o.schedule = RN_SCHEDULE_PLATEAU;
  o.warmup = 0;
  o.patience = 3;
  watcher w = {.ctx = t.ctx, .stop_at = -1};
  rn_train_result result;
  assert_int_equal(rn_train(t.ctx, &t.task, &o, watch, &w, &result), RN_OK);
  assert_string_equal(result.why, "patience");
  assert_int_equal(result.best_step, 3);
  assert_int_equal(result.steps, 12);
  assert_float_equal(w.lr, 0.05 / 4, 1e-7); /* two validations had failed before the last steps */
  tiny_close(&t);
}

static void test_the_loss_decides_between_equals(void **state) {
  tiny t;
  tiny_open(&t, 1);
  t.flat = true;
  rn_train_options o = tiny_options(NULL);
  rn_train_result result;
  assert_int_equal(rn_train(t.ctx, &t.task, &o, NULL, NULL, &result), RN_OK);
  assert_int_equal(result.best_step, 6); /* the second validation; every third step has one */
  tiny_close(&t);
}

static void test_limits(void **state) {
  rn_train_options o = tiny_options(NULL);
  rn_train_result result;
  o.max_steps = 7;
  assert_int_equal(tiny_run(&o, 1, &result), RN_OK);
  assert_string_equal(result.why, "steps");
  assert_int_equal(result.steps, 7);
  o.max_seconds = 1e-9;
  assert_int_equal(tiny_run(&o, 1, &result), RN_OK);
  assert_string_equal(result.why, "time");
}

static void test_without_validation(void **state) {
  char *folder = folder_make();
  rn_train_options o = tiny_options(folder);
  tiny t;
  tiny_open(&t, 1);
  t.task.validate = NULL;
  rn_train_result result;
  assert_int_equal(rn_train(t.ctx, &t.task, &o, NULL, NULL, &result), RN_OK);
  assert_int_equal(result.best_step, 20); /* the newest is kept */
  assert_true(rn_path_exists(path_in(folder, model_file)));
  tiny_close(&t);
  folder_drop(folder);
}

/* ---- when it goes wrong ---- */

static void test_divergence(void **state) {
  char *folder = folder_make();
  rn_train_options o = tiny_options(folder);
  tiny t;
  tiny_open(&t, 1);
  t.poison_step = 10;
  assert_int_equal(rn_train(t.ctx, &t.task, &o, NULL, NULL, NULL), RN_ERROR_DIVERGED);
  const char *words[] = {"step 11", "not finite", "checkpoints/step-0000000010", "lower learning rate"};
  for (int i = 0; i < 4; i++) assert_non_null(strstr(rn_context_error(t.ctx), words[i]));
  tiny_close(&t);
  o.resume = true; /* without the poison it goes on as if nothing had been */
  assert_int_equal(tiny_run(&o, 1, NULL), RN_OK);
  same_as_whole(folder);
  folder_drop(folder);
}

/* A disk that is full after any number of bytes: what was there stays whole, and the run can go on from it. */
static void test_full_disk(void **state) {
  int failures = 0;
  for (uint64_t bytes = 1; bytes < 60000; bytes = bytes * 5 / 4 + 97) {
    char *folder = folder_make();
    rn_train_options o = tiny_options(folder);
    tiny t;
    tiny_open(&t, 1);
    rn_file_fail_after(bytes, ENOSPC);
    rn_status status = rn_train(t.ctx, &t.task, &o, NULL, NULL, NULL);
    rn_file_fail_after(0, 0);
    if (status != RN_OK) {
      failures++;
      assert_int_equal(status, RN_ERROR_IO);
      assert_true(strlen(rn_context_error(t.ctx)) > 0);
    }
    tiny_close(&t);
    o.resume = true;
    assert_int_equal(tiny_run(&o, 1, NULL), RN_OK);
    same_as_whole(folder);
    folder_drop(folder);
  }
  assert_true(failures > 5);
}

/* Each allocation of a run fails once: the run says so, and nothing else happens. */
static void test_every_allocation_fails_once(void **state) {
  for (int with_folder = 0; with_folder < 2; with_folder++) {
    uint64_t n = 0, of_run = UINT64_MAX;
    while (++n <= of_run) {
      char *folder = with_folder ? folder_make() : NULL;
      rn_train_options o = tiny_options(folder);
      o.max_steps = 2;
      o.trace_every = 1;
      tiny t;
      tiny_open(&t, 1);
      if (of_run == UINT64_MAX) { /* count them first */
        uint64_t before = rn_alloc_count();
        assert_int_equal(rn_train(t.ctx, &t.task, &o, NULL, NULL, NULL), RN_OK);
        of_run = rn_alloc_count() - before;
        n = 0;
      } else {
        rn_alloc_fail_after(n);
        rn_status status = rn_train(t.ctx, &t.task, &o, NULL, NULL, NULL);
        rn_alloc_fail_after(0);
        if (status != RN_OK) assert_int_equal(status, RN_ERROR_MEMORY);
      }
      tiny_close(&t);
      if (folder) folder_drop(folder);
    }
    assert_true(of_run > 10);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_folder),
      cmocka_unit_test(test_it_learns),
      cmocka_unit_test(test_same_bits_whatever_the_threads),
      cmocka_unit_test(test_stop_and_resume_at_every_step),
      cmocka_unit_test(test_finished_and_extended),
      cmocka_unit_test(test_resume_needs_the_same_options),
      cmocka_unit_test(test_resume_takes_the_newest_that_verifies),
      cmocka_unit_test(test_resume_refuses_checkpoints_that_are_all_damaged),
      cmocka_unit_test(test_a_folder_in_use_is_refused),
      cmocka_unit_test(test_a_folder_that_is_not_empty),
      cmocka_unit_test(test_patience_and_plateau),
      cmocka_unit_test(test_the_loss_decides_between_equals),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_without_validation),
      cmocka_unit_test(test_divergence),
      cmocka_unit_test(test_full_disk),
      cmocka_unit_test(test_every_allocation_fails_once),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
