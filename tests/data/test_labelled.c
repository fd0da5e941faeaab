/* test_labelled.c: each format of labelled text, how it is told, and what is wrong in it. */
#include "reader_test.h"
#include <rondo/data_labelled.h>

static rn_labelled read_text(const char *text, rn_labelled_options o) {
  rn_labelled l;
  put(text);
  if (rn_labelled_open(ctx, path, &o, &l) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return l;
}

/* Example i, and its labels with a comma between them. */
static void assert_example(const rn_labelled *l, int64_t i, const char *labels, const char *text) {
  char all[64] = "";
  for (int64_t k = l->label_of.offset[i]; k < l->label_of.offset[i + 1]; k++)
    snprintf(all + strlen(all), sizeof all - strlen(all), "%s%.*s", *all ? "," : "", (int)l->labels[k].size, l->labels[k].data);
  assert_string_equal(all, labels);
  assert_string(l->texts[i], text);
}

static void assert_fails(const char *text, rn_labelled_options o, const char *words) {
  rn_labelled l;
  put(text);
  assert_int_equal(rn_labelled_open(ctx, path, &o, &l), RN_ERROR_DATA);
  assert_words(words);
  assert_null(l.owner);
}

static void test_guessed(void **state) {
  rn_labelled_options o = {0};
  rn_labelled l = read_text("good\tall of it\there\n\nbad\tnone\n", o);
  assert_int_equal(l.n, 2);
  assert_example(&l, 0, "good", "all of it\there");
  assert_example(&l, 1, "bad", "none");
  assert_int_equal(l.lines[1], 3);
  rn_labelled_free(&l);
  l = read_text("__label__a __label__b some text\n__label__c more", o);
  assert_example(&l, 0, "a,b", "some text");
  assert_example(&l, 1, "c", "more");
  rn_labelled_free(&l);
  l = read_text("2 in his first stab\n0 none .\n", o);
  assert_example(&l, 0, "2", "in his first stab");
  rn_labelled_free(&l);
  l = read_text("{\"text\": \"a \\u00e9\", \"label\": \"x\"}\n{\"label\": [1, true, 2.5], \"text\": \"b\"}\n", o);
  assert_example(&l, 0, "x", "a \xc3\xa9");
  assert_example(&l, 1, "1,true,2.5", "b");
  rn_labelled_free(&l);
  l = read_text(">EI donor\nACGT\nAC\n>N\nGG\n", o);
  assert_example(&l, 0, "EI", "ACGTAC");
  assert_example(&l, 1, "N", "GG");
  rn_labelled_free(&l);
  assert_fails("what is this\nno idea\n", o,
               ": cannot tell what its lines are; expected label<TAB>text, __label__NAME text, JSON objects, a number and text, FASTA, or "
               "a name that ends in .tsv, .csv or .jsonl");
}

static void test_csv(void **state) {
  rn_labelled_options o = {.format = RN_LABELLED_CSV};
  rn_labelled l = read_text("id,text,label\n1,\"a, \"\"b\"\"\nc\",x\n2,\" q\"\"\",y\n", o); /* a header with the usual names */
  assert_int_equal(l.n, 2);
  assert_example(&l, 0, "x", "a, \"b\"\nc");
  assert_example(&l, 1, "y", " q\"");
  assert_int_equal(l.lines[1], 4);
  rn_labelled_free(&l);
  l = read_text("x,one\ny,two", o); /* none: label, text */
  assert_example(&l, 1, "y", "two");
  rn_labelled_free(&l);
  o.text = "review";
  o.label = "-1";
  l = read_text("review,stars\nfine,5\n", o);
  assert_int_equal(l.n, 1);
  assert_example(&l, 0, "5", "fine");
  rn_labelled_free(&l);
  o = (rn_labelled_options){.format = RN_LABELLED_TSV, .text = "3", .label = "2", .where = "1=train"};
  l = read_text("train\tx\tone\ntest\ty\ttwo\ntrain\tz\t3\n", o);
  assert_int_equal(l.n, 2);
  assert_example(&l, 1, "z", "3");
  rn_labelled_free(&l);
}

static void test_bad_lines(void **state) {
  rn_labelled_options tsv = {.format = RN_LABELLED_TSV}, csv = {.format = RN_LABELLED_CSV}, json = {.format = RN_LABELLED_JSONL};
  assert_fails("a\tb\nnothing\n", tsv, ":2:8: expected label<TAB>text, got no tab: \"nothing\"");
  rn_labelled l;
  put("");
  assert_int_equal(rn_labelled_open(ctx, path, NULL, &l), RN_ERROR_DATA);
  assert_fails("a\t \n", tsv, ":1:3: the text is empty");
  assert_fails(" \tb\n", tsv, ":1:1: the label is empty");
  assert_fails("a,b\nc,d,e\n", csv, ":2:5: expected 2 columns, got 3");
  assert_fails("a,b\nc\n", csv, ":2:2: expected 2 columns, got 1");
  assert_fails("a,b\nc,\"d\n", csv, ":2:3: a quote that is never closed; a quote in a cell is written twice");
  assert_fails("a,\"b\" c\n", csv, ":1:6: expected ',' after the closing quote; a quote in a cell is written twice");
  assert_fails("text,label\n", csv, ": no text with a label in it");
  assert_fails("__label__a b\nc d\n", (rn_labelled_options){.format = RN_LABELLED_FASTTEXT},
               ":2:1: expected __label__NAME before the text, got \"c d\"");
  assert_fails("__label__ b\n", (rn_labelled_options){0}, ":1:11: the label is empty");
  assert_fails("ACGT\n>a\nA\n", (rn_labelled_options){.format = RN_LABELLED_FASTA},
               ":1:1: expected '>' and a label before the first sequence");
  assert_fails("{\"text\": 1, \"label\": 2}\n", json, ":1:1: expected a string under the key \"text\"");
  assert_fails("{\"text\": \"a\", \"label\": [\"x\", null]}\n", json,
               ":1:1: expected a string, a number or an array of them under the key \"label\"");
  assert_fails("{\"text\": \"a\", \"label\": []}\n", json, ":1:1: there is no label");
  assert_fails("[1]\n", json, ":1:1: expected an object, {...}, got \"[1]\"");
  put("{\"text\": \"a\", \"label\" 3}\n");
  assert_int_equal(rn_labelled_open(ctx, path, &json, &l), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), ": not JSON: "));
}

static void test_columns_that_are_not(void **state) {
  rn_labelled l;
  rn_labelled_options o = {.format = RN_LABELLED_CSV, .text = "body"};
  put("text,label\na,b\n");
  assert_int_equal(rn_labelled_open(ctx, path, &o, &l), RN_ERROR_ARGUMENT);
  assert_words(": column 'body': there are 2, numbered from 1, or from the end by -1; the first row has \"text\", \"label\"");
  o = (rn_labelled_options){.format = RN_LABELLED_CSV, .text = "3"};
  put("a,b\n");
  assert_int_equal(rn_labelled_open(ctx, path, &o, &l), RN_ERROR_ARGUMENT);
  assert_words(": column '3': there are 2, numbered from 1, or from the end by -1");
}

static void test_skipped(void **state) {
  rn_labelled l = read_text("a,b\n\"c,d\n\"e\",f,g\n\"x\"y,z\nh,i\n", (rn_labelled_options){.format = RN_LABELLED_CSV, .skip_bad = true});
  assert_int_equal(l.n, 2);
  assert_int_equal(l.n_bad, 2); /* lines 2 and 3 are one row, and so is line 4 */
  assert_example(&l, 1, "h", "i");
  rn_labelled_free(&l);
}

static rn_labelled_options faulty;
static rn_status read_once(void) {
  rn_labelled l;
  rn_status status = rn_labelled_open(ctx, path, &faulty, &l);
  rn_labelled_free(&l);
  return status;
}

static void test_memory_faults(void **state) {
  faulty = (rn_labelled_options){.format = RN_LABELLED_CSV, .skip_bad = true};
  put("1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,\"16\"\"\n\",17\nx\n");
  fail_each_allocation(read_once);
  faulty.format = RN_LABELLED_JSONL;
  put("{\"text\": \"a\", \"label\": [1, 2]}\nx\n");
  fail_each_allocation(read_once);
  faulty.format = RN_LABELLED_FASTA;
  put("x\n>a\nA\nC\n");
  fail_each_allocation(read_once);
}

static void test_known_files(void **state) {
  static const struct {
    const char *file;
    int64_t n;
    rn_labelled_options o;
  } known[] = {{"sst/stsa.fine.train", 8544, {0}},          {"sst/stsa.fine.dev", 1101, {0}},
               {"sst/stsa.fine.test", 2210, {0}},           {"sst/stsa.binary.train", 6920, {0}},
               {"sst/stsa.binary.dev", 872, {0}},           {"sst/stsa.binary.test", 1821, {0}},
               {"yelp_stars/yelp.train.tsv.gz", 8000, {0}}, {"yelp_stars/yelp.dev.tsv.gz", 1000, {0}},
               {"yelp_stars/yelp.test.tsv.gz", 1000, {0}},  {"dna/uci_promoters_106.csv", 106, {.label = "1", .text = "3"}}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    rn_labelled l;
    assert_int_equal(rn_labelled_open(ctx, data_file(known[i].file), &known[i].o, &l), RN_OK);
    assert_int_equal(l.n, known[i].n);
    assert_int_equal(l.label_of.offset[l.n], l.n);
    rn_labelled_free(&l);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_guessed),    cmocka_unit_test(test_csv),
                                     cmocka_unit_test(test_bad_lines),  cmocka_unit_test(test_columns_that_are_not),
                                     cmocka_unit_test(test_skipped),    cmocka_unit_test(test_memory_faults),
                                     cmocka_unit_test(test_known_files)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
