/* test_utf8.c: every code point, and every kind of ill-formed text. */
#include "base/utf8.h"
#include "base/check.h"

static void every_code_point_returns(void **state) {
  for (uint32_t code = 0; code <= 0x110010; code++) {
    char s[4];
    size_t n = rn_utf8_encode(code, s), used;
    int bad;
    bool scalar = code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
    uint32_t back = rn_utf8_decode(s, n, &used, &bad);
    if (back != (scalar ? code : 0xFFFD) || used != n || bad) fail_msg("U+%04X became U+%04X", code, back);
  }
}

/* What the bytes are read as: '.' an ASCII character, 'x' another, '?' an ill-formed part. */
static const char *read_as(const char *s, size_t n) {
  static char out[64];
  size_t m = 0;
  for (size_t at = 0, used; at < n; at += used) {
    int bad;
    uint32_t code = rn_utf8_decode(s + at, n - at, &used, &bad);
    assert_true(used >= 1 && used <= 4 && at + used <= n);
    assert_true(!bad || code == 0xFFFD);
    out[m++] = bad ? '?' : code < 0x80 ? '.' : 'x';
  }
  out[m] = '\0';
  return out;
}

#define READ_AS(bytes, expected) assert_string_equal(read_as(bytes, sizeof bytes - 1), expected)

/* The examples of Unicode 15, section 3.9 (tables 3-8 to 3-11), and the edges of table 3-7. */
static void maximal_subparts(void **state) {
  READ_AS("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", "????????.");
  READ_AS("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", "????????.");
  READ_AS("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", "?????.??.");
  READ_AS("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", "????.");
  READ_AS("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64", ".???.?.??.");
  READ_AS("\xE0\xA0\x80\xED\x9F\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\xC2\x80", "xxxxx");
  READ_AS("\xF4\x90\x80\x80", "????");
  READ_AS("\xF8\x88\x80\x80\x80", "?????");
  READ_AS("\xF0\x9F\x98", "?"); /* cut short */
  READ_AS("a\0b", "...");
  READ_AS("h\xC3\xA9llo \xE4\xB8\xAD \xF0\x9F\x98\x80", ".x....x.x");
}

static void counted(void **state) {
  size_t first = 99;
  assert_int_equal(rn_utf8_count_bad("h\xC3\xA9", 3, &first), 0);
  assert_int_equal(first, 99);
  assert_int_equal(rn_utf8_count_bad("ab\xFF\xC3", 4, &first), 2);
  assert_int_equal(first, 2);
  assert_int_equal(rn_utf8_count_bad("", 0, NULL), 0);
}

static void widths(void **state) {
  assert_int_equal(rn_utf8_width('a'), 1);
  assert_int_equal(rn_utf8_width(0x4E2D), 2);  /* a Chinese character */
  assert_int_equal(rn_utf8_width(0x1F600), 2); /* an emoji */
  assert_int_equal(rn_utf8_width(0x0301), 0);  /* a combining accent */
  assert_in_range(rn_utf8_width(0xFFFFFFFF), 0, 2);
}

static void classes(void **state) {
  static const struct {
    uint32_t code, lower;
    rn_char_class class;
  } table[] = {{'a', 'a', RN_CHAR_LOWER},
               {'Z', 'z', RN_CHAR_UPPER},
               {'7', '7', RN_CHAR_DIGIT},
               {'_', '_', RN_CHAR_OTHER},
               {0, 0, RN_CHAR_SPACE},
               {'\n', '\n', RN_CHAR_SPACE},
               {0xC9, 0xE9, RN_CHAR_UPPER},
               {0x1C5, 0x1C6, RN_CHAR_UPPER},
               {0x4E2D, 0x4E2D, RN_CHAR_LETTER},
               {0x667, 0x667, RN_CHAR_DIGIT},
               {0x301, 0x301, RN_CHAR_MARK},
               {0x200D, 0x200D, RN_CHAR_MARK},
               {0xA0, 0xA0, RN_CHAR_SPACE},
               {0x85, 0x85, RN_CHAR_SPACE},
               {0x3000, 0x3000, RN_CHAR_SPACE},
               {0xB2, 0xB2, RN_CHAR_LETTER},
               {0xFFFD, 0xFFFD, RN_CHAR_LETTER},
               {0x2014, 0x2014, RN_CHAR_OTHER},
               {0x1F600, 0x1F600, RN_CHAR_OTHER}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    assert_int_equal(rn_utf8_class(table[i].code), table[i].class);
    assert_int_equal(rn_utf8_lower(table[i].code), table[i].lower);
  }
}

static void places(void **state) {
  const char *text = "a\xc3\xa9x\n\n\xe4\xb8\xadz";
  const struct { int at, line, column; } table[] = {{0, 1, 1}, {3, 1, 3}, {4, 1, 4}, {5, 2, 1}, {6, 3, 1}, {9, 3, 2}, {10, 3, 3}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    int64_t line, column;
    rn_utf8_place(text, text + table[i].at, &line, &column);
    assert_int_equal(line, table[i].line);
    assert_int_equal(column, table[i].column);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_code_point_returns),
      cmocka_unit_test(maximal_subparts),
      cmocka_unit_test(counted),
      cmocka_unit_test(widths),
      cmocka_unit_test(classes),
      cmocka_unit_test(places),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
