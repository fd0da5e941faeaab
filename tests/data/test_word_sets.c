/* test_word_sets.c: analogies, pairs, lists of words, matrices and labels: what is read, and what is wrong. */
#include "reader_test.h"
#include <math.h>
#include <rondo/data_matrix.h>
#include <rondo/word_sets.h>

static void test_questions(void **state) {
  rn_questions q;
  put("a b c d\n\n: capitals \nAthens Greece\tBern Switzerland\n");
  assert_int_equal(rn_questions_open(ctx, path, &q), RN_OK);
  assert_true(q.n == 2 && q.n_sections == 2 && q.section[0] == 0 && q.section[1] == 1);
  assert_string(q.section_name[0], "questions");
  assert_string(q.section_name[1], "capitals");
  assert_string(q.word[7], "Switzerland");
  rn_questions_free(&q);
  put(": x\na b c\na b c d e\n");
  assert_int_equal(rn_questions_open(ctx, path, &q), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), ":2:1: expected four words \"a b c d\" or \": SECTION\", got 3: \"a b c\"\n"));
  assert_non_null(strstr(rn_context_error(ctx), ":3:1: expected four words \"a b c d\" or \": SECTION\", got 5"));
  put(": x\n");
  assert_int_equal(rn_questions_open(ctx, path, &q), RN_ERROR_DATA);
  assert_words(": no question in it");
}

static void test_pairs(void **state) {
  rn_word_pairs p;
  put("# a comment\nfirst,second,mean\ncat,dog,7.5\nsun;moon;-1\nup\tdown\t0\n");
  assert_int_equal(rn_word_pairs_open(ctx, path, true, &p), RN_OK);
  assert_true(p.n == 3 && p.score[0] == 7.5 && p.score[1] == -1);
  assert_string(p.word[5], "down");
  rn_word_pairs_free(&p);
  put("she he\nwoman man\n");
  assert_int_equal(rn_word_pairs_open(ctx, path, false, &p), RN_OK);
  assert_true(p.n == 2 && !p.score);
  rn_word_pairs_free(&p);
  put("she he her\n");
  assert_int_equal(rn_word_pairs_open(ctx, path, false, &p), RN_ERROR_DATA);
  assert_words(":1:1: expected two words: \"she he her\"");
  put("a b 1\na b nan\n");
  assert_int_equal(rn_word_pairs_open(ctx, path, true, &p), RN_ERROR_DATA);
  assert_words(":2:1: expected two words and a finite number: \"a b nan\"");
  rn_word_list l;
  put("cat\n# no\n dog \n");
  assert_int_equal(rn_word_list_open(ctx, path, &l), RN_OK);
  assert_int_equal(l.n, 2);
  assert_string(l.word[1], "dog");
  rn_word_list_free(&l);
}

/* A path with another ending, for the readers that go by it. */
static const char *named(const char *ending, const void *bytes, size_t size) {
  static char file[96];
  if (*file) unlink(file);
  snprintf(file, sizeof file, "%s%s", path, ending);
  put_bytes(bytes, size);
  rename(path, file);
  put(""); /* what teardown removes */
  return file;
}

static void assert_matrix_fails(const char *ending, const void *bytes, size_t size, const char *words) {
  rn_matrix m;
  const char *file = named(ending, bytes, size);
  assert_int_equal(rn_matrix_open(ctx, file, &m), RN_ERROR_DATA);
  assert_memory_equal(rn_context_error(ctx), file, strlen(file));
  assert_string_equal(rn_context_error(ctx) + strlen(file), words);
  assert_null(m.values);
}

static void test_matrices(void **state) {
  rn_matrix m;
  static const char csv[] = "a,b\n1, 2\n3,4e0\n\n", idx[] = "\0\0\x08\x02\0\0\0\x02\0\0\0\x03\0\xff\x01\x02\x03\x04";
  assert_int_equal(rn_matrix_open(ctx, named(".csv", csv, sizeof csv - 1), &m), RN_OK);
  assert_true(m.n == 2 && m.dim == 2 && m.values[1] == 2 && m.values[3] == 4);
  rn_matrix_free(&m);
  assert_int_equal(rn_matrix_open(ctx, named("-idx2-ubyte", idx, sizeof idx - 1), &m), RN_OK);
  assert_true(m.n == 2 && m.dim == 3 && m.values[1] == 1 && m.values[3] == 2.0f / 255);
  rn_matrix_free(&m);
  assert_matrix_fails(".csv", "1,2\n3\n", 6, ":2:1: expected 2 numbers, got 1");
  assert_matrix_fails(".csv", "1,2\n3,inf\n", 10, ":2:3: expected a finite number, got \"inf\"");
  assert_matrix_fails(".csv", "a,b\n", 4, ": no row of numbers in it");
  assert_matrix_fails("-ubyte", idx, sizeof idx - 2, ": IDX with 5 bytes after its header, which says 2 times 3");
  assert_matrix_fails("-ubyte", "\0\0\x09\x02", 4, ": not an IDX file of bytes");
  assert_matrix_fails(".npy", "\x93NUMPY\x01\0\x05\0abc", 13, ": NPY that ends in its header");
  rn_row_labels l;
  static const char names[] = "cat\ndog\ncat\n";
  assert_int_equal(rn_row_labels_open(ctx, named(".txt", names, sizeof names - 1), 3, &l), RN_OK);
  assert_true(l.n_names == 2 && l.id[0] == 0 && l.id[1] == 1 && l.id[2] == 0);
  assert_string(l.name[1], "dog");
  rn_row_labels_free(&l);
  assert_int_equal(rn_row_labels_open(ctx, named(".txt", names, sizeof names - 1), 4, &l), RN_ERROR_DATA);
  unlink(named(".txt", "", 0));
}

static rn_status read_once(void) {
  rn_questions q;
  rn_word_pairs p;
  rn_status status = rn_questions_open(ctx, path, &q);
  rn_questions_free(&q);
  if (status == RN_OK) status = rn_word_pairs_open(ctx, path, false, &p);
  if (status == RN_ERROR_DATA) return RN_OK; /* four words are no pair */
  return status;
}
static void test_memory_faults(void **state) {
  put("a b c d\n");
  fail_each_allocation(read_once);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_questions), cmocka_unit_test(test_pairs), cmocka_unit_test(test_matrices),
                                     cmocka_unit_test(test_memory_faults)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
