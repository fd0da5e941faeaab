/* test_data_check.c: what is found in a data set, and between two. */
#include "reader_test.h"
#include <math.h>
#include <rondo/data_check.h>

static rn_sequences read_text(const char *text, rn_input_kind input, bool per_row) {
  rn_sequences_options o = rn_sequences_options_default(input, per_row);
  rn_sequences s;
  put(text);
  if (rn_sequences_open(ctx, path, &o, &s) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return s;
}

static rn_data_check *look(const rn_sequences *s) {
  rn_data_check *check;
  assert_int_equal(rn_data_check_new(ctx, s, &check), RN_OK);
  return check;
}

static void assert_label(rn_label_count label, const char *name, int64_t count) {
  assert_string_equal(label.label, name);
  assert_int_equal(label.count, count);
}

static void test_tags(void **state) {
  rn_sequences s = read_text("a B-X\nb I-X\n\nc I-X\nd O\n\na B-X\nb O\n\ne B-X\nf I-Y\n\nc I-X\nd O\n", RN_INPUT_WORDS, true);
  rn_data_check *check = look(&s);
  assert_int_equal(check->n_labels, 4);
  assert_label(check->labels[0], "B-X", 3);
  assert_label(check->labels[3], "O", 3);
  assert_true(check->chunks);
  assert_int_equal(check->scheme, RN_IOB2);
  assert_int_equal(check->n_faults, 3);
  assert_int_equal(check->faults[0].seq, 1);
  assert_int_equal(check->faults[0].place, 0);
  assert_int_equal(check->faults[1].seq, 3);
  assert_int_equal(check->faults[1].place, 1);
  assert_int_equal(check->n_words, 6);
  assert_int_equal(check->n_once, 2); /* e, f */
  assert_int_equal(check->n_duplicates, 2);
  assert_int_equal(check->n_contradictions, 1);
  assert_int_equal(check->contradictions[0].seq, 2);
  assert_int_equal(check->contradictions[0].first, 0);
  assert_int_equal(check->duplicates[1].seq, 4);
  assert_int_equal(check->duplicates[1].first, 1);
  assert_int_equal(check->n_malformed, 0);
  assert_null(check->variables);

  rn_sequences other = read_text("A B-X\nb B-Z\n\nc O\nd O\n\nzz 12\n", RN_INPUT_WORDS, true);
  rn_data_overlap *overlap;
  assert_int_equal(rn_data_overlap_new(ctx, check, &other, &overlap), RN_OK);
  assert_int_equal(overlap->n_shared, 1);
  assert_int_equal(overlap->shared[0].seq, 1);
  assert_int_equal(overlap->shared[0].first, 1);
  assert_int_equal(overlap->n_new, 2);
  assert_label(overlap->new_labels[0], "12", 1);
  assert_label(overlap->new_labels[1], "B-Z", 1);
  assert_int_equal(overlap->n_unknown, 1);
  rn_data_overlap_free(overlap);
  rn_sequences_free(&other);
  rn_data_check_free(check);
  rn_sequences_free(&s);
}

static void test_texts(void **state) {
  rn_sequences s = read_text("10\tgood\n9\tb\xff"
                             "d\n10\tb\xff"
                             "d\n9\tgood\n",
                             RN_INPUT_WORDS, false);
  rn_data_check *check = look(&s);
  assert_label(check->labels[0], "9", 2); /* numbers by value */
  assert_label(check->labels[1], "10", 2);
  assert_int_equal(check->n_duplicates, 2);
  assert_int_equal(check->n_contradictions, 2);
  assert_int_equal(check->n_malformed, 2);
  assert_int_equal(check->first_malformed, 1);
  assert_false(check->chunks);
  rn_data_check_free(check);
  rn_sequences_free(&s);
  s = read_text("__label__a __label__b x\n__label__a y\n", RN_INPUT_WORDS, false);
  check = look(&s);
  assert_int_equal(check->n_several, 1);
  assert_label(check->labels[0], "a", 2);
  rn_data_check_free(check);
  rn_sequences_free(&s);
}

static void test_numbers(void **state) {
  rn_sequences s = read_text("id,time,u,v,w\na,1,1,5,?\na,2,3,5,?\nb,1,?,5,?\nb,2,2,5,?\nc,1,1,5,?\nc,2,3,5,?\n", RN_INPUT_SERIES, false);
  rn_data_check *check = look(&s);
  assert_int_equal(check->n_labels, 0);
  assert_int_equal(check->n_missing, 7);
  assert_int_equal(check->n_duplicates, 1);
  assert_int_equal(check->n_contradictions, 0);
  const rn_variable_range *v = check->variables;
  assert_true(v[0].low == 1 && v[0].high == 3 && fabs(v[0].mean - 2) < 1e-12 && fabs(v[0].deviation - sqrt(0.8)) < 1e-12);
  assert_int_equal(v[0].n_missing, 1);
  assert_true(v[1].low == 5 && v[1].high == 5 && v[1].deviation == 0);
  assert_true(isnan(v[2].low) && isnan(v[2].mean) && isnan(v[2].deviation));
  rn_sequences other = read_text("id,time,u\na,1,1\n", RN_INPUT_SERIES, false);
  rn_data_overlap *overlap;
  assert_int_equal(rn_data_overlap_new(ctx, check, &other, &overlap), RN_ERROR_DATA);
  assert_string_equal(rn_context_error(ctx), "1 variables; training has 3");
  assert_null(overlap);
  rn_sequences_free(&other);
  rn_data_check_free(check);
  rn_sequences_free(&s);

  s = read_text("a\tACGN\nb\tACGT\nb\tRCGT\n", RN_INPUT_DNA, false);
  check = look(&s);
  assert_int_equal(check->n_ambiguous, 2);
  assert_int_equal(check->n_duplicates, 0);
  rn_data_check_free(check);
  rn_sequences_free(&s);
}

static rn_sequences training;
static rn_status check_once(void) {
  rn_data_check *check = NULL;
  rn_data_overlap *overlap = NULL;
  rn_status status = rn_data_check_new(ctx, &training, &check);
  if (status == RN_OK) status = rn_data_overlap_new(ctx, check, &training, &overlap);
  rn_data_overlap_free(overlap);
  rn_data_check_free(check);
  return status;
}

static void test_out_of_memory(void **state) {
  training = read_text("a B-X\nb I-X\n\nc I-X\nd O\n", RN_INPUT_WORDS, true);
  fail_each_allocation(check_once);
  rn_sequences_free(&training);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_tags), cmocka_unit_test(test_texts), cmocka_unit_test(test_numbers),
                                     cmocka_unit_test(test_out_of_memory)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
