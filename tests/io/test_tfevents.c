/* test_tfevents.c: the records, byte by byte, read back by a few lines of their own. */
#include "base/check.h"
#include "base/cursor.h"
#include "io/tfevents.h"

#include <errno.h>
#include <unistd.h>

static void castagnoli(void **state) { /* RFC 3720, B.4 */
  unsigned char bytes[32] = {0};
  assert_int_equal(rn_crc32c(bytes, 32), 0x8a9136aa);
  memset(bytes, 0xff, 32);
  assert_int_equal(rn_crc32c(bytes, 32), 0x62a8ab43);
  for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)i;
  assert_int_equal(rn_crc32c(bytes, 32), 0x46dd794e);
  assert_int_equal(rn_crc32c("123456789", 9), 0xe3069283);
}

static uint32_t unmasked(uint32_t crc) {
  crc -= 0xa282ead8u;
  return crc << 15 | crc >> 17;
}

/* The bytes of the next record. */
static rn_cursor record_next(rn_cursor *c) {
  const void *length = c->data + c->at;
  uint64_t size = rn_cursor_u64(c);
  assert_int_equal(unmasked(rn_cursor_u32(c)), rn_crc32c(length, 8));
  const void *data = rn_cursor_take(c, size);
  assert_non_null(data);
  assert_int_equal(unmasked(rn_cursor_u32(c)), rn_crc32c(data, size));
  return rn_cursor_init(data, size);
}

static void assert_next(rn_cursor *c, const char *bytes, size_t n) {
  const void *p = rn_cursor_take(c, n);
  assert_non_null(p);
  assert_memory_equal(p, bytes, n);
}

#define NEXT(c, bytes) assert_next(c, bytes, sizeof bytes - 1)

/* The only file of the folder. */
static void events_read(rn_bytes *b) {
  char **names;
  int64_t n;
  rn_error err = {0};
  assert_ok(rn_folder_list(check_folder, &names, &n, &err), &err);
  assert_int_equal(n, 1);
  assert_memory_equal(names[0], "events.out.tfevents.", 20);
  assert_ok(rn_bytes_map(in_folder(names[0]), b, &err), &err);
  unlink(in_folder(names[0]));
  rn_free(names[0]);
  rn_free(names);
}

static void records(void **state) {
  rn_tfevents *events;
  rn_error err = {0};
  assert_ok(rn_tfevents_open(check_folder, 300, &events, &err), &err);
  assert_ok(rn_tfevents_scalar(events, 301, "loss", 1.0f, &err), &err);
  rn_tfevents_close(events);
  rn_tfevents_close(NULL);
  rn_bytes b;
  events_read(&b);
  rn_cursor c = rn_cursor_init(b.data, b.size), r = record_next(&c);
  NEXT(&r, "\x09"); /* wall time */
  rn_cursor_u64(&r);
  NEXT(&r, "\x10\x00\x1a\x0d" "brain.Event:2");
  assert_int_equal(rn_cursor_left(&r), 0);
  r = record_next(&c);
  NEXT(&r, "\x09");
  rn_cursor_u64(&r);
  NEXT(&r, "\x10\xac\x02\x3a\x02\x08\x01"); /* step 300; session: start */
  assert_int_equal(rn_cursor_left(&r), 0);
  r = record_next(&c);
  NEXT(&r, "\x09");
  rn_cursor_u64(&r);
  NEXT(&r, "\x10\xad\x02\x2a\x0d\x0a\x0b\x0a\x04loss\x15\x00\x00\x80\x3f");
  assert_int_equal(rn_cursor_left(&r), 0);
  assert_int_equal(rn_cursor_left(&c), 0);
  rn_bytes_close(&b);
}

static void faults(void **state) {
  rn_tfevents *events;
  rn_error err = {0};
  assert_int_equal(rn_tfevents_open(in_folder("none"), 0, &events, &err), RN_ERROR_IO);
  assert_null(events);
  for (uint64_t n = 1;; n++) {
    rn_error_clear(&err);
    rn_alloc_fail_after(n);
    rn_status status = rn_tfevents_open(check_folder, 0, &events, &err);
    if (status == RN_OK) status = rn_tfevents_scalar(events, 1, "loss", 2, &err);
    rn_alloc_fail_after(0);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_MEMORY);
    rn_tfevents_close(events);
  }
  rn_file_fail_after(3, ENOSPC);
  assert_int_equal(rn_tfevents_scalar(events, 2, "loss", 2, &err), RN_ERROR_IO);
  rn_file_fail_after(0, 0);
  assert_words(&err, "disk full");
  rn_tfevents_close(events);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(castagnoli), cmocka_unit_test(records), cmocka_unit_test(faults)};
  return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
