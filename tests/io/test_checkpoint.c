/* test_checkpoint.c: the newest that verifies is found, whatever happened to the others and whenever the writer died. */
#include "base/check.h"
#include "base/random.h"
#include "io/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* The content of a checkpoint is a function of its step, so that a reader can tell. */
static size_t content(int64_t step, char *out, size_t room) {
  size_t n = 0;
  while (n + 32 < room) n += (size_t)snprintf(out + n, room - n, "state of step %lld\n", (long long)step);
  return n;
}

static rn_status save(int64_t step, int keep, rn_error *err) {
  char *temporary, data[20000];
  rn_status status = rn_checkpoint_begin(check_folder, step, &temporary, err);
  if (status != RN_OK) return status;
  char *state = rn_path_join(temporary, "state"), *notes = rn_path_join(temporary, "notes.json");
  if (!state || !notes) status = rn_error_set(err, RN_ERROR_MEMORY, "out of memory");
  if (status == RN_OK) status = rn_file_write(state, data, content(step, data, sizeof data), err);
  if (status == RN_OK) status = rn_file_write(notes, "{}", 2, err);
  if (status == RN_OK) status = rn_checkpoint_commit(check_folder, temporary, step, keep, err);
  rn_free(state);
  rn_free(notes);
  rn_free(temporary);
  return status;
}

/* The newest step; its content is checked. -1: none. */
static int64_t newest(int *skipped, char *words) {
  char *path, *why, data[20000], expected[20000];
  int64_t step;
  int n;
  rn_error err = {0};
  assert_ok(rn_checkpoint_newest(check_folder, &path, &step, &n, &why, &err), &err);
  if (skipped) *skipped = n;
  assert_true(!!why == (n > 0));
  if (words) snprintf(words, 300, "%s", why ? why : "");
  rn_free(why);
  if (!path) return -1;
  char *state = rn_path_join(path, "state");
  rn_bytes b;
  assert_ok(rn_bytes_map(state, &b, &err), &err);
  memcpy(data, b.data, b.size);
  assert_int_equal(b.size, content(step, expected, sizeof expected));
  assert_memory_equal(data, expected, b.size);
  rn_bytes_close(&b);
  rn_free(state);
  rn_free(path);
  return step;
}

static int64_t in_parent(void) {
  char **names;
  int64_t n;
  assert_ok(rn_folder_list(check_folder, &names, &n, NULL), NULL);
  for (int64_t i = 0; i < n; i++) rn_free(names[i]);
  rn_free(names);
  return n;
}

static int empty_folder(void **state) {
  rn_file_fail_after(0, 0);
  return rn_folder_remove(check_folder, NULL) == RN_OK && rn_folder_make(check_folder, NULL) == RN_OK ? 0 : -1;
}

static void the_newest_of_some(void **state) {
  rn_error err = {0};
  char *path;
  int64_t step;
  int skipped;
  assert_ok(rn_checkpoint_newest(in_folder("none"), &path, &step, &skipped, NULL, &err), &err);
  assert_null(path);
  assert_int_equal(newest(NULL, NULL), -1);
  for (int64_t s = 8; s <= 12; s++) assert_ok(save(s, 2, &err), &err);
  assert_int_equal(newest(&skipped, NULL), 12);
  assert_int_equal(skipped, 0);
  assert_int_equal(in_parent(), 2);
  assert_ok(save(12, 2, &err), &err); /* the same step again takes its place */
  assert_int_equal(newest(NULL, NULL), 12);
  assert_int_equal(in_parent(), 2);
  assert_ok(save(13, 0, &err), &err); /* at least one is kept */
  assert_int_equal(in_parent(), 1);
}

/* A byte is changed, or the end cut off: in any file, anywhere. */
static void damage_is_skipped(void **state) {
  rn_error err = {0};
  rn_random r = rn_random_init(5, 0);
  static const char *names[] = {"state", "notes.json", "manifest.json"};
  assert_ok(save(1, 2, &err), &err);
  for (int i = 0; i < 900; i++) {
    if (i % 30 == 0) assert_ok(save(2, 2, &err), &err);
    char name[64];
    snprintf(name, sizeof name, "step-0000000002/%s", names[i % 3]);
    const char *path = in_folder(name);
    rn_bytes b;
    assert_ok(rn_bytes_map(path, &b, &err), &err);
    size_t at = (size_t)rn_random_below(&r, b.size);
    unsigned char was = (unsigned char)b.data[at], byte = (unsigned char)(was ^ (1 + rn_random_below(&r, 255)));
    rn_bytes_close(&b);
    int fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
    int skipped;
    char words[300];
    int64_t found = newest(&skipped, words);
    if (found != 1 || skipped != 1 || !strstr(words, "step-0000000002"))
      fail_msg("%s, byte %zu: step %lld, '%s'", path, at, (long long)found, words);
    assert_int_equal(pwrite(fd, &was, 1, (off_t)at), 1);
    if (i % 30 == 29) {
      assert_int_equal(ftruncate(fd, (off_t)at), 0);
      assert_int_equal(newest(NULL, NULL), 1);
    }
    close(fd);
  }
  assert_ok(save(2, 2, &err), &err);
  assert_int_equal(unlink(in_folder("step-0000000002/state")), 0);
  assert_int_equal(newest(NULL, NULL), 1);
  assert_ok(save(3, 3, &err), &err);
  assert_int_equal(unlink(in_folder("step-0000000003/manifest.json")), 0);
  int skipped;
  assert_int_equal(newest(&skipped, NULL), 1);
  assert_int_equal(skipped, 2);
}

/* After going back behind a damaged one, the damaged one is not among those kept. */
static void the_future_given_up_is_removed(void **state) {
  rn_error err = {0};
  assert_ok(save(10, 1, &err), &err);
  assert_ok(save(20, 2, &err), &err);
  assert_int_equal(truncate(in_folder("step-0000000020/state"), 5), 0);
  assert_ok(save(15, 1, &err), &err);
  assert_int_equal(in_parent(), 1);
  assert_int_equal(newest(NULL, NULL), 15);
}

static void a_manifest_names_no_other_folder(void **state) {
  rn_error err = {0};
  static const char *hostile[] = {
      "{\"files\":{\"../secret\":{\"size\":6,\"xxh3\":\"0000000000000000\"}},\"step\":4,\"version\":1}",
      "{\"files\":{\"/etc/passwd\":{\"size\":6,\"xxh3\":\"0000000000000000\"}},\"step\":4,\"version\":1}",
      "{\"files\":{\"..\":{\"size\":6,\"xxh3\":\"0000000000000000\"}},\"step\":4,\"version\":1}",
      "{\"files\":[],\"step\":4,\"version\":1}",
      "{\"files\":{\"a\":7},\"step\":4,\"version\":1}",
      "{\"files\":{\"manifest.json\":null},\"step\":4,\"version\":1}",
      "{\"files\":{},\"step\":5,\"version\":1}",
      "{\"files\":{},\"step\":4,\"version\":2}",
      "[]",
      "",
  };
  assert_ok(rn_folder_make(in_folder("step-0000000004"), &err), &err);
  for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
    int skipped;
    assert_ok(rn_file_write(in_folder("step-0000000004/manifest.json"), hostile[i], strlen(hostile[i]), &err), &err);
    assert_int_equal(newest(&skipped, NULL), -1);
    assert_int_equal(skipped, 1);
  }
}

static void a_full_disk_keeps_the_last(void **state) {
  rn_error err = {0};
  assert_ok(save(1, 1, &err), &err);
  for (uint64_t bytes = 0; bytes < 21000; bytes += 311) {
    rn_error_clear(&err);
    rn_file_fail_after(bytes, ENOSPC);
    rn_status status = save(2, 1, &err);
    rn_file_fail_after(0, 0);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_IO);
    assert_words(&err, "disk full");
    assert_int_equal(newest(NULL, NULL), 1);
  }
  assert_ok(save(2, 1, &err), &err);
  assert_int_equal(newest(NULL, NULL), 2);
  assert_int_equal(in_parent(), 1); /* no leftovers */
}

static void every_allocation(void **state) {
  rn_error err = {0};
  assert_ok(save(1, 1, &err), &err);
  for (uint64_t n = 1;; n++) {
    rn_error_clear(&err);
    uint64_t before = rn_alloc_count();
    rn_alloc_fail_after(n);
    rn_status status = save(2, 1, &err);
    bool all = rn_alloc_count() - before < n; /* none was failed */
    rn_alloc_fail_after(0);
    int64_t step = newest(NULL, NULL);
    if (status == RN_OK) {
      assert_int_equal(step, 2);
      if (all) break;
      assert_ok(rn_folder_remove(in_folder("step-0000000002"), &err), &err);
      assert_ok(save(1, 1, &err), &err);
    } else assert_int_equal(step, 1);
  }
  int failures = 0;
  for (uint64_t n = 1;; n++) {
    char *path, *why;
    int64_t step;
    int skipped;
    rn_error_clear(&err);
    rn_alloc_fail_after(n);
    rn_status status = rn_checkpoint_newest(check_folder, &path, &step, &skipped, &why, &err);
    rn_alloc_fail_after(0);
    rn_free(path);
    rn_free(why);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_MEMORY);
    assert_null(path);
    failures++;
  }
  assert_true(failures > 5);
}

/* A writer that never stops is killed at random moments: there is always a newest, and it never goes back. */
static void killed_at_any_moment(void **state) {
  rn_random r = rn_random_init((uint64_t)getpid(), 0);
  rn_error err = {0};
  assert_ok(save(1, 2, &err), &err);
  int64_t last = 1;
  for (int kills = 0; kills < 60; kills++) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
      for (int64_t step = last + 1;; step += kills % 2) /* every other child saves one step again and again */
        if (save(step, 2, NULL) != RN_OK) _exit(1);
    }
    usleep((useconds_t)(500 + rn_random_below(&r, 30000)));
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    int skipped;
    int64_t step = newest(&skipped, NULL);
    if (step < last || skipped)
      fail_msg("after kill %d: step %lld after %lld, %d skipped", kills, (long long)step, (long long)last, skipped);
    last = step;
  }
  assert_true(last > 1);
  assert_ok(save(last + 1, 2, &err), &err);
  assert_int_equal(in_parent(), 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(the_newest_of_some, empty_folder),
      cmocka_unit_test_setup(damage_is_skipped, empty_folder),
      cmocka_unit_test_setup(the_future_given_up_is_removed, empty_folder),
      cmocka_unit_test_setup(a_manifest_names_no_other_folder, empty_folder),
      cmocka_unit_test_setup(a_full_disk_keeps_the_last, empty_folder),
      cmocka_unit_test_setup(every_allocation, empty_folder),
      cmocka_unit_test_setup(killed_at_any_moment, empty_folder),
  };
  return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
