/* test_label_set.c: labels: their order, their numbers, and what a file may say. */
#include "base/check.h"
#include "text/label_set.h"
#include "text/lexicon.h"

static rn_context *ctx;

static rn_label_set *of(const char *const *names, int64_t n) {
  rn_string labels[8];
  rn_label_set *set;
  for (int64_t i = 0; i < n; i++) labels[i] = (rn_string){names[i], strlen(names[i])};
  if (rn_label_set_new(ctx, labels, n, &set) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return set;
}

static void assert_names(const rn_label_set *set, const char *const *names, int64_t n) {
  assert_int_equal(rn_label_set_size(set), n);
  for (int64_t i = 0; i < n; i++) {
    assert_string_equal(rn_label_set_name(set, i), names[i]);
    assert_int_equal(rn_label_set_find(set, (rn_string){names[i], strlen(names[i])}), i);
  }
}

static void in_order(void **state) {
  rn_label_set *set = of((const char *[]){"10", "2", "10", "-1.5", "2.0"}, 5);
  assert_names(set, (const char *[]){"-1.5", "2", "2.0", "10"}, 4);
  assert_int_equal(rn_label_set_find(set, (rn_string){"3", 1}), -1);
  rn_label_set_free(set);
  set = of((const char *[]){"b", "10", "a", "2"}, 4);
  assert_names(set, (const char *[]){"10", "2", "a", "b"}, 4);
  rn_label_set_free(set);
  set = of((const char *[]){"nan", "1"}, 2); /* not a number has no place among numbers */
  assert_names(set, (const char *[]){"1", "nan"}, 2);
  rn_label_set_free(set);
  set = of(NULL, 0);
  assert_int_equal(rn_label_set_size(set), 0);
  rn_label_set_free(set);
}

/* What is no text becomes one that a model file can hold, and is found by what it was. */
static void odd_labels(void **state) {
  static char longest[RN_MAX_FORM + 1];
  rn_string labels[] = {{"caf\xe9", 4}, {"a\0b", 3}, {"a", 1}, {longest, sizeof longest}};
  rn_label_set *set;
  memset(longest, 'x', sizeof longest);
  assert_int_equal(rn_label_set_new(ctx, labels, 3, &set), RN_OK);
  assert_int_equal(rn_label_set_size(set), 3);
  for (int i = 0; i < 3; i++) {
    int64_t id = rn_label_set_find(set, labels[i]);
    assert_in_range(id, 0, 2);
    assert_int_equal(rn_label_set_find(set, (rn_string){rn_label_set_name(set, id), strlen(rn_label_set_name(set, id))}), id);
  }
  assert_int_equal(rn_label_set_find(set, labels[3]), -1);
  json_t *json = rn_label_set_to_json(set);
  assert_non_null(json);
  json_decref(json);
  rn_label_set_free(set);
  assert_int_equal(rn_label_set_new(ctx, labels, 4, &set), RN_ERROR_DATA);
  assert_null(set);
  rn_context_clear(ctx);
}

static void chunks(void **state) {
  static const struct {
    const char *names[4];
    int64_t n;
    bool chunks;
  } table[] = {{{"O", "B-PER", "I-PER"}, 3, true}, {{"B", "I", "O"}, 3, false}, {{"O", "B", "I-X"}, 3, true},
               {{"NN", "B-PER"}, 2, false},        {{"1", "2"}, 2, false},      {{"X-PER", "O"}, 2, false}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    rn_label_set *set = of(table[i].names, table[i].n);
    assert_int_equal(rn_label_set_are_chunks(set), table[i].chunks);
    rn_label_set_free(set);
  }
}

static void files(void **state) {
  rn_label_set *set = of((const char *[]){"b", "a"}, 2), *again;
  json_t *json = rn_label_set_to_json(set);
  assert_int_equal(rn_label_set_from_json(ctx, json, &again), RN_OK);
  assert_names(again, (const char *[]){"a", "b"}, 2);
  rn_label_set_free(again);
  rn_label_set_free(set);
  json_decref(json);
  json = json_pack("[s, s]", "z", "a"); /* the weights stand in the file's order */
  assert_int_equal(rn_label_set_from_json(ctx, json, &again), RN_OK);
  assert_names(again, (const char *[]){"z", "a"}, 2);
  rn_label_set_free(again);
  json_decref(json);
  const struct {
    json_t *json;
    const char *words;
  } bad[] = {{json_pack("[s, i]", "z", 1), "is no text"}, {json_pack("[s, s]", "z", "z"), "twice"}};
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(rn_label_set_from_json(ctx, bad[i].json, &again), RN_ERROR_ARGUMENT);
    assert_null(again);
    assert_non_null(strstr(rn_context_error(ctx), bad[i].words));
    rn_context_clear(ctx);
    json_decref(bad[i].json);
  }
}

static void fails_every_allocation(void **state) {
  const rn_string labels[] = {{"1", 1}, {"2", 1}};
  for (uint64_t n = 1;; n++) {
    rn_label_set *set;
    rn_alloc_fail_after(n);
    rn_status status = rn_label_set_new(ctx, labels, 2, &set);
    rn_alloc_fail_after(0);
    rn_context_clear(ctx);
    rn_label_set_free(set);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_MEMORY);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(in_order), cmocka_unit_test(odd_labels), cmocka_unit_test(chunks),
                                     cmocka_unit_test(files), cmocka_unit_test(fails_every_allocation)};
  assert_int_equal(rn_context_new(NULL, &ctx, NULL, 0), RN_OK);
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  rn_context_free(ctx);
  return failed;
}
