/* test_conll.c: CoNLL columns and CoNLL-U: what is a token, what is passed over, and every line that is wrong named with its place. */
#include "reader_test.h"
#include <rondo/data_conll.h>

static rn_tagged read_text(const char *text, rn_conll_options o) {
  rn_tagged t;
  put(text);
  assert_int_equal(rn_tagged_open(ctx, path, &o, &t), RN_OK);
  return t;
}

static void assert_fails(const char *text, rn_conll_options o, rn_status status, const char *words) {
  rn_tagged t;
  put(text);
  assert_int_equal(rn_tagged_open(ctx, path, &o, &t), status);
  if (status == RN_ERROR_DATA) assert_words(words);
  else assert_string_equal(rn_context_error(ctx), words);
  assert_null(t.owner);
  rn_tagged_free(&t);
}

static void test_columns(void **state) {
  rn_tagged t =
      read_text("-DOCSTART- -X- O\n\nEU NNP B-ORG\nrejects  VBZ O\n \n\n# \t NN O\n", (rn_conll_options){.format = RN_CONLL_COLUMNS});
  assert_int_equal(t.n_tokens, 2 + 1);
  assert_int_equal(t.sentences.n_seqs, 2);
  assert_int_equal(t.sentences.offset[1], 2);
  assert_int_equal(t.sentences.offset[2], 3);
  assert_string(t.tokens[1], "rejects");
  assert_string(t.tags[0], "B-ORG");
  assert_string(t.tokens[2], "#");
  assert_int_equal(t.lines[2], 7);
  assert_int_equal(t.n_bad, 0);
  rn_tagged_free(&t);
  t = read_text("EU NNP B-ORG\nrejects VBZ O\n", (rn_conll_options){.column = "2", .token_column = "-1"}); /* no blank line at the end */
  assert_string(t.tags[1], "VBZ");
  assert_string(t.tokens[0], "B-ORG");
  rn_tagged_free(&t);
  t = read_text("New York\tLOC\nis\tO\n", (rn_conll_options){0}); /* tabs: a token may hold a blank */
  assert_string(t.tokens[0], "New York");
  rn_tagged_free(&t);
  t = read_text("-DOCSTART- O\n\nEU O\n", (rn_conll_options){.keep_docstart = true});
  assert_int_equal(t.sentences.n_seqs, 2);
  rn_tagged_free(&t);
}

static const char conllu[] = "# sent_id = 1\n"
                             "1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n"
                             "1\tdo\tdo\tAUX\tVB\t_\t0\troot\t_\t_\n"
                             "2\tn't\tnot\tPART\tRB\t_\t1\tadvmod\t_\t_\n"
                             "2.1\tgo\tgo\tVERB\tVB\t_\t_\t_\t_\t_\n\n"
                             "1\t#\t#\tSYM\tNN\t_\t0\troot\t_\t_\n\n";

static void test_conllu(void **state) {
  rn_tagged t = read_text(conllu, (rn_conll_options){0});
  assert_int_equal(t.n_tokens, 3);
  assert_int_equal(t.sentences.n_seqs, 2);
  assert_string(t.tokens[1], "n't");
  assert_string(t.tags[1], "PART");
  assert_string(t.tokens[2], "#");
  rn_tagged_free(&t);
  t = read_text(conllu, (rn_conll_options){.column = "deprel", .token_column = "lemma"});
  assert_string(t.tokens[1], "not");
  assert_string(t.tags[1], "advmod");
  rn_tagged_free(&t);
  t = read_text(conllu, (rn_conll_options){.column = "5"});
  assert_string(t.tags[2], "NN");
  rn_tagged_free(&t);
}

static void test_bad_lines(void **state) {
  rn_conll_options o = {0};
  assert_fails("a b O\nc\xc3\xa9 O\n", o, RN_ERROR_DATA, ":2:5: expected 3 columns separated by blanks, got 2: \"c\xc3\xa9 O\"");
  assert_fails("a\tO\n\tO\n", o, RN_ERROR_DATA, ":2:1: the token is empty");
  assert_fails("a\tO\nb\t\n", o, RN_ERROR_DATA, ":2:3: the tag is empty");
  assert_fails("word\n", o, RN_ERROR_DATA, ":1:1: one column; expected at least 2, a token and its tag");
  assert_fails("\n\n \n", o, RN_ERROR_DATA, ": no sentence in it: expected a token a line, with its tag");
  assert_fails("# a comment\n", o, RN_ERROR_DATA, ": no sentence in it: expected a token a line, with its tag");
  assert_fails("", o, RN_ERROR_DATA, ": the file is empty");
  assert_fails("1\ta\ta\tX\tX\t_\t_\t_\t_\t_\nx\tb\tb\tX\tX\t_\t_\t_\t_\t_\n", o, RN_ERROR_DATA,
               ":2:1: the id \"x\"; expected a number, or 1-2, or 1.1");
  assert_fails("a O\n", (rn_conll_options){.column = "3"}, RN_ERROR_ARGUMENT,
               "column '3': there are 2, numbered from 1, or from the end by -1");
  assert_fails("a O\n", (rn_conll_options){.column = "upos"}, RN_ERROR_ARGUMENT,
               "column 'upos': there are 2, numbered from 1, or from the end by -1");
}

/* Twenty bad lines are told, and the rest of the file is not read; a sentence with one is left out whole when they are skipped. */
static void test_many_bad_lines(void **state) {
  char text[1024] = "a O\nb O\n";
  for (int i = 0; i < 30; i++) strcat(text, "c\n");
  strcat(text, "d O\n\ne O\n");
  rn_conll_options o = {0};
  rn_tagged t;
  put(text);
  assert_int_equal(rn_tagged_open(ctx, path, &o, &t), RN_ERROR_DATA);
  const char *error = rn_context_error(ctx);
  int n_lines = 1;
  for (const char *c = error; *c; c++) n_lines += *c == '\n';
  assert_int_equal(n_lines, 20);
  assert_non_null(strstr(error, ":22:2: expected 2 columns"));
  o.skip_bad = true;
  put(text);
  assert_int_equal(rn_tagged_open(ctx, path, &o, &t), RN_OK);
  assert_int_equal(t.n_tokens, 1);
  assert_string(t.tokens[0], "e");
  assert_int_equal(t.n_bad, 30);
  assert_int_equal(n_warnings, 20 + 1);
  rn_tagged_free(&t);
  assert_fails("a O\nb\n", o, RN_ERROR_DATA, ": no sentence in it without a bad line");
}

/* A sentence of 100,000 tokens, one of which has 10,000 characters. */
static void test_long(void **state) {
  size_t size = 100000 * 4 + 10000;
  char *text = malloc(size + 1);
  memset(text, 'x', 10000);
  for (size_t i = 10000; i < size; i += 4) memcpy(text + i, "w O\n", 4);
  put_bytes(text, size);
  rn_tagged t;
  assert_int_equal(rn_tagged_open(ctx, path, NULL, &t), RN_OK);
  assert_int_equal(t.n_tokens, 100000);
  assert_int_equal(t.sentences.n_seqs, 1);
  assert_int_equal(t.tokens[0].size, 10001);
  rn_tagged_free(&t);
  free(text);
}

static rn_status read_once(void) {
  rn_tagged t;
  rn_status status = rn_tagged_open(ctx, path, &(rn_conll_options){.skip_bad = true}, &t);
  rn_tagged_free(&t);
  return status;
}

static void test_memory_faults(void **state) {
  put("a O\r\nb\r\n\r\nc O\r\n");
  fail_each_allocation(read_once);
}

/* The counts of the files' makers. */
static void test_known_files(void **state) {
  static const struct {
    const char *file;
    int64_t sentences, tokens;
  } known[] = {{"conll2003/eng.train.gz", 14041, 203621},
               {"conll2003/eng.testa.gz", 3250, 51362},
               {"conll2003/eng.testb.gz", 3453, 46435},
               {"ud_english_ewt/en_ewt-ud-train.conllu.gz", 12544, 204577},
               {"ud_english_ewt/en_ewt-ud-dev.conllu.gz", 2001, 25147},
               {"ud_english_ewt/en_ewt-ud-test.conllu.gz", 2077, 25094}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    rn_tagged t;
    assert_int_equal(rn_tagged_open(ctx, data_file(known[i].file), NULL, &t), RN_OK);
    assert_int_equal(t.sentences.n_seqs, known[i].sentences);
    assert_int_equal(t.n_tokens, known[i].tokens);
    rn_tagged_free(&t);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_columns),    cmocka_unit_test(test_conllu),
                                     cmocka_unit_test(test_bad_lines),  cmocka_unit_test(test_many_bad_lines),
                                     cmocka_unit_test(test_long),       cmocka_unit_test(test_memory_faults),
                                     cmocka_unit_test(test_known_files)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
