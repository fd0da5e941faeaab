/* test_file.c: reading files of every kind, writing them so that nothing is lost, and folders. */
#include "base/check.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static void write_raw(const char *path, const void *data, size_t size) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(data, 1, size, f), size);
  fclose(f);
}

static void assert_content(const char *path, const void *data, size_t size) {
  rn_bytes b;
  rn_error err = {0};
  assert_ok(rn_bytes_map(path, &b, &err), &err);
  assert_int_equal(b.size, size);
  assert_memory_equal(b.data, data, size);
  rn_bytes_close(&b);
}

static int64_t files_in_folder(void) {
  char **names;
  int64_t n;
  assert_ok(rn_folder_list(check_folder, &names, &n, NULL), NULL);
  for (int64_t i = 0; i < n; i++) rn_free(names[i]);
  rn_free(names);
  return n;
}

/* ---- reading ---- */

static void refused(const char *path, rn_status status, const char *words) {
  rn_bytes b;
  rn_error err = {0};
  assert_int_equal(rn_bytes_open(path, 0, &b, &err), status);
  assert_words(&err, words);
  assert_int_equal(b.size, 0);
  rn_bytes_close(&b);
}

static void clear_words(void **state) {
  char expected[200];
  snprintf(expected, sizeof expected, "cannot read '%s': is a directory", check_folder);
  refused(check_folder, RN_ERROR_IO, expected);
  refused(in_folder("none"), RN_ERROR_IO, "no such file");
  write_raw(in_folder("secret"), "x", 1);
  chmod(in_folder("secret"), 0);
  if (geteuid() != 0) refused(in_folder("secret"), RN_ERROR_IO, "Permission denied");
  unlink(in_folder("secret"));
}

static void sizes(void **state) {
  static const size_t size[] = {0, 1, 4095, 4096, (1 << 20) - 1, 1 << 20, 3000001}; /* read below 1 MiB, mapped from there */
  char *data = malloc(3000001);
  for (int i = 0; i < 3000001; i++) data[i] = (char)(i * 7 + i / 251);
  for (int i = 0; i < 7; i++) {
    write_raw(in_folder("plain"), data, size[i]);
    assert_content(in_folder("plain"), data, size[i]);
  }
  rn_bytes b;
  rn_error err = {0};
  assert_int_equal(rn_bytes_open(in_folder("plain"), 3000000, &b, &err), RN_ERROR_DATA);
  assert_words(&err, "larger than 3000000 bytes");
  unlink(in_folder("plain"));
  free(data);
}

static void pipes(void **state) {
  const char *path = in_folder("fifo");
  assert_int_equal(mkfifo(path, 0600), 0);
  pid_t child = fork();
  if (child == 0) {
    FILE *f = fopen(path, "wb");
    for (int i = 0; i < 300000; i++) fputs("0123456789", f);
    fclose(f);
    _exit(0);
  }
  rn_bytes b;
  assert_ok(rn_bytes_open(path, 0, &b, NULL), NULL);
  assert_int_equal(b.size, 3000000);
  rn_bytes_close(&b);
  waitpid(child, NULL, 0);
  unlink(path);
}

static size_t gzip_of(const void *data, size_t size, unsigned char *out, size_t room) {
  z_stream z = {0};
  deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  z.next_in = (unsigned char *)data, z.avail_in = (unsigned)size, z.next_out = out, z.avail_out = (unsigned)room;
  deflate(&z, Z_FINISH);
  deflateEnd(&z);
  return room - z.avail_out;
}

static void unpacked(const void *packed, size_t size, const char *expected, size_t expected_size) {
  rn_bytes b;
  rn_error err = {0};
  write_raw(in_folder("packed"), packed, size);
  assert_ok(rn_bytes_open(in_folder("packed"), 0, &b, &err), &err);
  assert_int_equal(b.size, expected_size);
  assert_memory_equal(b.data, expected, expected_size);
  rn_bytes_close(&b);
}

static void compressed(void **state) {
  enum { N = 1000000 };
  char *text = malloc(2 * N);
  for (int i = 0; i < 2 * N; i++) text[i] = (char)('a' + i % N % 23);
  static unsigned char packed[200000];
  size_t n = gzip_of(text, N, packed, sizeof packed);
  unpacked(packed, n, text, N);
  size_t m = gzip_of(text, N, packed + n, sizeof packed - n); /* two members are one file */
  unpacked(packed, n + m, text, 2 * N);
  rn_error err = {0};
  rn_bytes b;
  for (size_t cut = 3; cut < n; cut += 97) {
    write_raw(in_folder("packed"), packed, cut);
    rn_error_clear(&err);
    assert_int_equal(rn_bytes_open(in_folder("packed"), 0, &b, &err), RN_ERROR_DATA);
    assert_words(&err, "cut short");
  }
  n = ZSTD_compress(packed, sizeof packed, text, N, 3);
  unpacked(packed, n, text, N);
  m = ZSTD_compress(packed + n, sizeof packed - n, text, N, 3);
  unpacked(packed, n + m, text, 2 * N);
  for (size_t cut = 5; cut < n; cut += 7) {
    write_raw(in_folder("packed"), packed, cut);
    rn_error_clear(&err);
    assert_int_equal(rn_bytes_open(in_folder("packed"), 0, &b, &err), RN_ERROR_DATA);
  }
  write_raw(in_folder("packed"), packed, n); /* the cap: exactly as much is fine, a byte more is not */
  rn_error_clear(&err);
  assert_ok(rn_bytes_open(in_folder("packed"), N, &b, &err), &err);
  rn_bytes_close(&b);
  assert_int_equal(rn_bytes_open(in_folder("packed"), N - 1, &b, &err), RN_ERROR_DATA);
  assert_words(&err, "more than 999999 bytes");
  n = gzip_of("", 0, packed, sizeof packed);
  unpacked(packed, n, "", 0);
  unlink(in_folder("packed"));
  free(text);
}

static void every_allocation_of_reading(void **state) {
  static unsigned char packed[1000];
  write_raw(in_folder("packed"), packed, gzip_of("some text", 9, packed, sizeof packed));
  for (uint64_t n = 1;; n++) {
    rn_bytes b;
    rn_error err = {0};
    rn_alloc_fail_after(n);
    rn_status status = rn_bytes_open(in_folder("packed"), 0, &b, &err);
    rn_alloc_fail_after(0);
    rn_bytes_close(&b);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_MEMORY);
    assert_words(&err, "out of memory");
  }
  unlink(in_folder("packed"));
}

/* ---- writing ---- */

static void written_whole(void **state) {
  rn_writer *w;
  rn_error err = {0};
  char *big = calloc(1, 300000);
  assert_ok(rn_writer_open(in_folder("out"), &w, &err), &err);
  for (int i = 0; i < 1000; i++) rn_writer_write(w, "0123456789", 10);
  rn_writer_write(w, big, 300000);
  rn_writer_write(w, "end", 3);
  rn_writer_write(w, NULL, 0);
  assert_int_equal(rn_writer_offset(w), 310003);
  uint64_t hash = rn_writer_hash(w);
  assert_false(rn_path_exists(in_folder("out"))); /* not before the commit */
  assert_ok(rn_writer_commit(w, &err), &err);
  rn_bytes b;
  assert_ok(rn_bytes_map(in_folder("out"), &b, &err), &err);
  assert_int_equal(b.size, 310003);
  assert_int_equal(rn_hash(b.data, b.size), hash);
  assert_memory_equal(b.data + 310000, "end", 3);
  rn_bytes_close(&b);
  assert_ok(rn_writer_open(in_folder("out"), &w, &err), &err);
  rn_writer_write(w, "lost", 4);
  rn_writer_abandon(w);
  rn_writer_abandon(NULL);
  assert_int_equal(files_in_folder(), 1);
  unlink(in_folder("out"));
  free(big);
}

/* At every byte the disk may be full, or fail: the old file stays and nothing is left behind. */
static void faults(void **state) {
  static const int errors[] = {ENOSPC, EIO, EDQUOT};
  static const char *words[] = {"disk full writing", "Input/output error writing", "disk quota used up writing"};
  char data[3000];
  memset(data, 'n', sizeof data);
  rn_error err = {0};
  assert_ok(rn_file_write(in_folder("kept"), "old", 3, &err), &err);
  for (int e = 0; e < 3; e++)
    for (uint64_t bytes = 0; bytes <= sizeof data; bytes += 500) {
      rn_error_clear(&err);
      rn_file_fail_after(bytes, errors[e]); /* after all of them: the flush fails */
      assert_int_equal(rn_file_write(in_folder("kept"), data, sizeof data, &err), RN_ERROR_IO);
      rn_file_fail_after(0, 0);
      assert_words(&err, words[e]);
      assert_words(&err, "the previous file is unchanged");
      assert_content(in_folder("kept"), "old", 3);
      assert_int_equal(files_in_folder(), 1);
    }
  rn_error_clear(&err);
  for (uint64_t bytes = 0; bytes <= sizeof data; bytes += 500) {
    rn_file_fail_after(bytes, EINTR); /* interrupted after a short write: goes on */
    assert_ok(rn_file_write(in_folder("kept"), data, sizeof data, &err), &err);
    assert_content(in_folder("kept"), data, sizeof data);
  }
  rn_file_fail_after(2, ENOSPC);
  assert_int_equal(rn_file_append(in_folder("lines"), "line\n", 5, &err), RN_ERROR_IO);
  rn_file_fail_after(0, 0);
  unlink(in_folder("lines"));
  unlink(in_folder("kept"));
}

/* A disk that is really full: a file system of 64 kB, when we may make one. */
static void full_disk(void **state) {
  const char *small = in_folder("small");
  assert_ok(rn_folder_make(small, NULL), NULL);
  if (geteuid() != 0 || mount("none", small, "tmpfs", 0, "size=64k") != 0) {
    rmdir(small);
    print_message("skipped: cannot mount a small file system (not root?)\n");
    skip();
  }
  rn_error err = {0};
  static char data[200000];
  rn_status first = rn_file_write(in_folder("small/file"), "old", 3, &err);
  rn_status second = rn_file_write(in_folder("small/file"), data, sizeof data, &err);
  rn_bytes b = {0};
  rn_status third = rn_bytes_map(in_folder("small/file"), &b, NULL);
  bool same = third == RN_OK && b.size == 3;
  rn_bytes_close(&b);
  umount(small);
  rmdir(small);
  assert_int_equal(first, RN_OK);
  assert_int_equal(second, RN_ERROR_IO);
  assert_words(&err, "disk full writing");
  assert_words(&err, "the previous file is unchanged");
  assert_true(same);
}

static void not_a_file(void **state) {
  rn_error err = {0};
  assert_int_equal(rn_file_write(check_folder, "x", 1, &err), RN_ERROR_IO);
  assert_words(&err, "is a directory");
  rn_error_clear(&err);
  assert_int_equal(rn_file_write("/dev/null", "x", 1, &err), RN_ERROR_IO);
  assert_words(&err, "not a regular file");
  rn_error_clear(&err);
  assert_int_equal(rn_file_write(in_folder("none/file"), "x", 1, &err), RN_ERROR_IO);
  assert_words(&err, "no such folder");
}

static void killed_writers_leave_nothing_for_long(void **state) {
  pid_t child = fork();
  if (child == 0) {
    rn_writer *w;
    if (rn_writer_open(in_folder("out"), &w, NULL) == RN_OK) rn_writer_write(w, "half", 4);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  assert_int_equal(files_in_folder(), 1); /* the temporary file */
  write_raw(in_folder("out.1.tmp"), "x", 1); /* of a process that lives */
  assert_ok(rn_file_write(in_folder("out"), "whole", 5, NULL), NULL);
  assert_int_equal(files_in_folder(), 2);
  unlink(in_folder("out.1.tmp"));
  unlink(in_folder("out"));
}

static void appended(void **state) {
  rn_error err = {0};
  for (int i = 0; i < 3; i++) assert_ok(rn_file_append(in_folder("log"), "line\n", 5, &err), &err);
  assert_content(in_folder("log"), "line\nline\nline\n", 15);
  assert_int_equal(rn_file_append(check_folder, "x", 1, &err), RN_ERROR_IO);
  unlink(in_folder("log"));
}

/* ---- folders ---- */

static void folders(void **state) {
  rn_error err = {0};
  assert_ok(rn_folder_make(in_folder("a/b/c"), &err), &err);
  assert_ok(rn_folder_make(in_folder("a/b/c"), &err), &err);
  assert_ok(rn_folder_make(in_folder("a/b/c/"), &err), &err);
  assert_true(rn_path_is_folder(in_folder("a/b/c")));
  assert_ok(rn_file_write(in_folder("a/z"), "", 0, &err), &err);
  assert_ok(rn_file_write(in_folder("a/B"), "1", 1, &err), &err);
  assert_false(rn_path_is_folder(in_folder("a/z")));
  char **names;
  int64_t n;
  assert_ok(rn_folder_list(in_folder("a"), &names, &n, &err), &err);
  assert_int_equal(n, 3);
  assert_string_equal(names[0], "B");
  assert_string_equal(names[1], "b");
  assert_string_equal(names[2], "z");
  for (int64_t i = 0; i < n; i++) rn_free(names[i]);
  rn_free(names);
  assert_ok(rn_path_rename(in_folder("a/z"), in_folder("a/y"), &err), &err);
  assert_ok(rn_folder_sync(in_folder("a"), &err), &err);
  assert_int_equal(rn_folder_make(in_folder("a/y/d"), NULL), RN_ERROR_IO);
  assert_int_equal(rn_path_rename(in_folder("a/z"), in_folder("a/y"), NULL), RN_ERROR_IO);
  assert_ok(rn_folder_remove(in_folder("a"), &err), &err);
  assert_ok(rn_folder_remove(in_folder("a"), &err), &err); /* missing is fine */
  assert_false(rn_path_exists(in_folder("a")));
  assert_int_equal(rn_folder_list(in_folder("a"), &names, &n, NULL), RN_ERROR_IO);
  char *joined[] = {rn_path_join("a", "b"), rn_path_join("a/", "b"), rn_path_join("", "b")};
  assert_string_equal(joined[0], "a/b");
  assert_string_equal(joined[1], "a/b");
  assert_string_equal(joined[2], "b");
  for (int i = 0; i < 3; i++) rn_free(joined[i]);
}

/* The holder of a lock is killed: the system gives it back. */
static void locked(void **state) {
  rn_error err = {0};
  int ready[2], lock, again;
  assert_ok(rn_folder_make(in_folder("mine"), &err), &err);
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  if (child == 0) {
    if (rn_folder_lock(in_folder("mine"), &lock, NULL) != RN_OK || write(ready[1], "!", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte;
  assert_int_equal(read(ready[0], &byte, 1), 1);
  assert_int_equal(rn_folder_lock(in_folder("mine"), &lock, &err), RN_ERROR_IO);
  assert_non_null(strstr(err.text, "in use"));
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  rn_error_clear(&err);
  assert_ok(rn_folder_lock(in_folder("mine"), &lock, &err), &err);
  assert_int_equal(rn_folder_lock(in_folder("mine"), &again, NULL), RN_ERROR_IO);
  rn_folder_unlock(lock);
  assert_ok(rn_folder_lock(in_folder("mine"), &again, &err), &err);
  rn_folder_unlock(again);
  rn_folder_unlock(-1);
  assert_int_equal(rn_folder_lock(in_folder("not there"), &lock, NULL), RN_ERROR_IO);
  close(ready[0]);
  close(ready[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(clear_words),
      cmocka_unit_test(sizes),
      cmocka_unit_test(pipes),
      cmocka_unit_test(compressed),
      cmocka_unit_test(every_allocation_of_reading),
      cmocka_unit_test(written_whole),
      cmocka_unit_test(faults),
      cmocka_unit_test(full_disk),
      cmocka_unit_test(not_a_file),
      cmocka_unit_test(killed_writers_leave_nothing_for_long),
      cmocka_unit_test(appended),
      cmocka_unit_test(folders),
      cmocka_unit_test(locked),
  };
  return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
