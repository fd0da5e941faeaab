/* test_json.c: what strict means. */
#include "base/json.h"
#include "base/check.h"

static void refused(const char *text, const char *words) {
  rn_error err = {0};
  json_t *value;
  assert_int_equal(rn_json_parse(text, strlen(text), "config.json", &value, &err), RN_ERROR_DATA);
  assert_null(value);
  assert_words(&err, words);
}

static void strict(void **state) {
  refused("{\"a\":1,\n\"a\":2}", "config.json:2:");
  refused("{\"a\":\"\xff\"}", "config.json:1:");
  refused("{\"a\":1} more", "config.json:1:");
  refused("{\"a\":1e999}", "config.json:1:");
  refused("{\"a\":}", "config.json:1:");
  refused("", "config.json:1:");
  refused("{\"a\\u0000b\":1}", "config.json:1:");
}

static void depth(void **state) {
  char text[400];
  for (int n = 60; n < 70; n++) {
    memset(text, '[', (size_t)n);
    memset(text + n, ']', (size_t)n);
    json_t *value;
    rn_error err = {0};
    rn_status status = rn_json_parse(text, (size_t)(2 * n), "x", &value, &err);
    assert_int_equal(status, n <= 64 ? RN_OK : RN_ERROR_DATA);
    json_decref(value);
  }
  const char *brackets = "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\"]";
  json_t *value;
  assert_int_equal(rn_json_parse(brackets, strlen(brackets), "x", &value, NULL), RN_OK); /* in a string they do not count */
  json_decref(value);
}

static void getters(void **state) {
  const char *text = "{\"i\":7,\"r\":0.5,\"b\":true,\"s\":\"word\",\"z\":\"a\\u0000b\",\"n\":null}";
  json_t *o;
  assert_ok(rn_json_parse(text, strlen(text), "x", &o, NULL), NULL);
  assert_int_equal(rn_json_int(o, "i", 0), 7);
  assert_int_equal(rn_json_int(o, "r", -1), -1);
  assert_true(rn_json_number(o, "r", 0) == 0.5);
  assert_true(rn_json_number(o, "i", 0) == 7);
  assert_true(rn_json_bool(o, "b", false));
  assert_true(rn_json_bool(o, "s", true));
  assert_string_equal(rn_json_string(o, "s", ""), "word");
  assert_string_equal(rn_json_string(o, "z", "cut"), "cut"); /* never cut short at a NUL */
  assert_string_equal(rn_json_string(o, "n", "none"), "none");
  assert_null(rn_json_string(NULL, "n", NULL));
  char *again = rn_json_text(o);
  assert_string_equal(again, "{\"b\":true,\"i\":7,\"n\":null,\"r\":0.5,\"s\":\"word\",\"z\":\"a\\u0000b\"}");
  rn_free(again);
  json_decref(o);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(strict), cmocka_unit_test(depth), cmocka_unit_test(getters)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
