/* test_cursor.c: bounds of binary reading; growing text. */
#include "base/cursor.h"
#include "base/check.h"
#include "base/text_buffer.h"

static void little_endian(void **state) {
  static const unsigned char bytes[] = {1, 2, 1, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0x80, 0x3f};
  rn_cursor c = rn_cursor_init(bytes, sizeof bytes);
  assert_int_equal(rn_cursor_u8(&c), 1);
  assert_int_equal(rn_cursor_u16(&c), 0x0102);
  assert_int_equal(rn_cursor_u32(&c), 0x01020304);
  assert_int_equal(rn_cursor_u64(&c), 0x0102030405060708);
  assert_true(rn_cursor_f32(&c) == 1.0f);
  assert_int_equal(rn_cursor_left(&c), 0);
  assert_false(c.failed);
}

static void past_the_end(void **state) {
  rn_cursor c = rn_cursor_init("abc", 3);
  assert_int_equal(rn_cursor_u32(&c), 0);
  assert_true(c.failed);
  assert_null(rn_cursor_take(&c, 1)); /* failure stays */
  assert_int_equal(rn_cursor_u8(&c), 0);
  c = rn_cursor_init("abc", 3);
  assert_null(rn_cursor_take(&c, SIZE_MAX));
  c = rn_cursor_init(NULL, 0);
  assert_null(rn_cursor_take(&c, 1));
}

static void text_grows(void **state) {
  rn_text t = {0};
  for (int i = 0; i < 1000; i++) rn_text_printf(&t, "%d,", i);
  rn_text_puts(&t, "end");
  assert_false(t.failed);
  assert_int_equal(t.size, 10 * 2 + 90 * 3 + 900 * 4 + 3);
  assert_memory_equal(t.data, "0,1,2,", 6);
  assert_string_equal(t.data + t.size - 7, "999,end");
  rn_text_clear(&t);
  assert_string_equal(t.data, "");
  rn_alloc_fail_after(1);
  char big[10000] = {0};
  rn_text_append(&t, big, sizeof big);
  assert_true(t.failed);
  rn_text_puts(&t, "more"); /* does nothing */
  assert_int_equal(t.size, 0);
  rn_text_free(&t);
  assert_false(t.failed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(little_endian),
      cmocka_unit_test(past_the_end),
      cmocka_unit_test(text_grows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
