/* test_spans.c: the chunks that tags mean, in every scheme and out of it. */
#include "base/check.h"

#include "tensor/context.h"
#include <rondo/spans.h>

static void a_tag_is_taken_apart(void **state) {
  static const struct {
    const char *tag;
    rn_tag_place place;
    const char *type;
  } cases[] = {
      {"O", RN_TAG_OUTSIDE, ""},          {"B-PER", RN_TAG_BEGIN, "PER"},  {"I-PER", RN_TAG_INSIDE, "PER"},
      {"E-A-B", RN_TAG_END, "A-B"},       {"S-x", RN_TAG_SINGLE, "x"},     {"B", RN_TAG_BEGIN, ""},
      {"B-", RN_TAG_BEGIN, ""},           {"NN", RN_TAG_OUTSIDE, ""},      {".", RN_TAG_OUTSIDE, ""},
      {"", RN_TAG_OUTSIDE, ""},           {"O-PER", RN_TAG_OUTSIDE, ""},   {"U-PER", RN_TAG_INSIDE, "PER"},
      {"BB-PER", RN_TAG_INSIDE, "PER"},   {"-PER", RN_TAG_INSIDE, "PER"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rn_tag tag = rn_tag_parse(cases[i].tag);
    if (tag.place != cases[i].place || strcmp(tag.type, cases[i].type) != 0) fail_msg("%s: %d %s", cases[i].tag, tag.place, tag.type);
  }
}

static const char *const tags[] = {"O", "B-A", "I-A", "E-A", "S-A", "B-B", "I-B", "E-B", "S-B", "NN"};
enum { O, BA, IA, EA, SA, BB, IB, EB, SB, NN, N_TAGS };

static void chunks_start_and_end_as_in_conlleval(void **state) {
  static const struct {
    int32_t ids[8];
    int64_t n, n_spans;
    rn_span spans[5];
  } cases[] = {
      {.n = 0, .n_spans = 0},
      {{O, NN, O}, 3, 0},
      {{BA, IA, O, BA}, 4, 2, {{0, 2, 0}, {3, 4, 0}}},                /* IOB2 */
      {{IA, IA, BA, IA, IB}, 5, 3, {{0, 2, 0}, {2, 4, 0}, {4, 5, 1}}}, /* IOB1 */
      {{IA, IB, IA}, 3, 3, {{0, 1, 0}, {1, 2, 1}, {2, 3, 0}}},
      {{BA, IB, IB, O, IA}, 5, 3, {{0, 1, 0}, {1, 3, 1}, {4, 5, 0}}},  /* I of another type starts */
      {{BA, BA, BB}, 3, 3, {{0, 1, 0}, {1, 2, 0}, {2, 3, 1}}},
      {{BA, IA, EA, SA, SB}, 5, 3, {{0, 3, 0}, {3, 4, 0}, {4, 5, 1}}}, /* IOBES */
      {{EA, EA, IA, IA, EA}, 5, 3, {{0, 1, 0}, {1, 2, 0}, {2, 5, 0}}}, /* and broken */
      {{SA, IA, BA, EB}, 4, 4, {{0, 1, 0}, {1, 2, 0}, {2, 3, 0}, {3, 4, 1}}},
      {{BA, NN, IA}, 3, 2, {{0, 1, 0}, {2, 3, 0}}},
  };
  rn_context *ctx;
  rn_tag_set *set;
  assert_int_equal(rn_context_new(NULL, &ctx, NULL, 0), RN_OK);
  assert_int_equal(rn_tag_set_new(ctx, tags, N_TAGS, &set), RN_OK);
  assert_int_equal(rn_tag_set_n_types(set), 2);
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    rn_span spans[8];
    assert_int_equal(rn_spans_read(set, cases[c].ids, cases[c].n, spans), cases[c].n_spans);
    for (int64_t i = 0; i < cases[c].n_spans; i++) {
      assert_int_equal(spans[i].begin, cases[c].spans[i].begin);
      assert_int_equal(spans[i].end, cases[c].spans[i].end);
      assert_int_equal(spans[i].type, cases[c].spans[i].type);
    }
  }
  rn_tag_set_free(set);
  rn_context_free(ctx);
}

static void types_are_sorted_and_allocation_may_fail(void **state) {
  static const char *const mixed[] = {"I-PER", "O", "B-LOC", "B-PER", "I-LOC", "E-ORG", "B"};
  rn_context *ctx;
  rn_tag_set *set;
  assert_int_equal(rn_context_new(NULL, &ctx, NULL, 0), RN_OK);
  rn_status status = RN_ERROR_MEMORY;
  for (uint64_t n = 1; status == RN_ERROR_MEMORY; n++) {
    rn_alloc_fail_after(n);
    status = rn_tag_set_new(ctx, mixed, 7, &set);
    rn_alloc_fail_after(0);
    assert_true(status == RN_ERROR_MEMORY || n == 10); /* the set, its two arrays and six types */
    rn_context_clear(ctx);
  }
  assert_int_equal(status, RN_OK);
  assert_int_equal(rn_tag_set_size(set), 7);
  assert_int_equal(rn_tag_set_n_types(set), 4);
  assert_string_equal(rn_tag_set_type(set, 0), "");
  assert_string_equal(rn_tag_set_type(set, 1), "LOC");
  assert_string_equal(rn_tag_set_type(set, 2), "ORG");
  assert_string_equal(rn_tag_set_type(set, 3), "PER");
  rn_tag_set_free(set);
  rn_tag_set_free(NULL);
  rn_context_free(ctx);
}

int main(void) {
  const struct CMUnitTest cases[] = {
      cmocka_unit_test(a_tag_is_taken_apart),
      cmocka_unit_test(chunks_start_and_end_as_in_conlleval),
      cmocka_unit_test(types_are_sorted_and_allocation_may_fail),
  };
  return cmocka_run_group_tests(cases, NULL, NULL);
}
