/* test_dna.c: bases, the other strand, k-mers, and labelled sequences. */
#include "reader_test.h"
#include <rondo/data_dna.h>

static void test_rows(void **state) {
  float rows[64] = {0};
  assert_int_equal(rn_dna_rows("AcGtU", 5, rows), -1);
  for (int i = 0; i < 5; i++)
    for (int b = 0; b < 4; b++) assert_true(rows[4 * i + b] == (b == (i < 4 ? i : 3)));
  /* Each letter as the set that it stands for. */
  static const char *const sets[] = {"RAG", "YCT", "SCG", "WAT", "KGT", "MAC", "BCGT", "DAGT", "HACT", "VACG", "NACGT"};
  for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
    assert_int_equal(rn_dna_rows(sets[s], 1, rows), -1);
    float sum = 0;
    for (int b = 0; b < 4; b++) {
      bool in = strchr(sets[s] + 1, "ACGT"[b]) != NULL;
      assert_true(in == (rows[b] == 1.0f / (float)(strlen(sets[s]) - 1)));
      sum += rows[b];
    }
    assert_float_equal(sum, 1, 1e-6);
  }
  assert_int_equal(rn_dna_rows("ACXG", 4, rows), 2);
  assert_int_equal(rn_dna_rows("A-", 2, rows), 1);
  assert_int_equal(rn_dna_rows("A\0", 2, rows), 1);
}

static void test_other_strand(void **state) {
  char out[16] = "", back[16] = "";
  rn_dna_reverse_complement("AACGTTn?RBa", 11, out);
  assert_string_equal(out, "tVY?nAACGTT");
  rn_dna_reverse_complement(out, 11, back);
  assert_string_equal(back, "AACGTTn?RBa");
  rn_dna_reverse_complement("UU", 2, out);
  assert_memory_equal(out, "AA", 2);
  rn_dna_reverse_labels("..CCci", 6, "Cc", out);
  assert_memory_equal(out, "iCcc..", 6);
  rn_dna_reverse_labels("ab", 2, NULL, out);
  assert_memory_equal(out, "ba", 2);
}

static void test_kmers(void **state) {
  float counts[16] = {0};
  assert_int_equal(rn_dna_kmers("ACACNGT", 7, 2, counts), 4); /* AC CA AC, GT */
  assert_true(counts[1] == 2 && counts[4] == 1 && counts[11] == 1);
  float sum = 0;
  for (int i = 0; i < 16; i++) sum += counts[i];
  assert_true(sum == 4);
  assert_int_equal(rn_dna_kmers("A", 1, 2, counts), 0);
}

static rn_dna read_text(const char *text, rn_dna_options o) {
  rn_dna d;
  put(text);
  if (rn_dna_open(ctx, path, &o, &d) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return d;
}

static void assert_fails(const char *text, rn_dna_options o, const char *words) {
  rn_dna d;
  put(text);
  assert_int_equal(rn_dna_open(ctx, path, &o, &d), RN_ERROR_DATA);
  assert_words(words);
  assert_null(d.owner);
}

static void test_files(void **state) {
  rn_dna_options o = {0}, per_base = {.labelled = {.text = "1", .label = "2"}, .per_base = true}, skip = {.labelled.skip_bad = true};
  rn_dna d = read_text("+\tACGT\n-\tGN\n", o);
  assert_int_equal(d.n, 2);
  assert_int_equal(d.seqs.offset[2], 6);
  assert_int_equal(d.n_ambiguous, 1);
  assert_true(d.rows[4 * 4 + 2] == 1 && d.rows[5 * 4] == 0.25f);
  assert_string(d.labels[1], "-");
  rn_dna_free(&d);
  d = read_text("ACG\t.Cc\n", per_base);
  assert_string(d.labels[0], ".Cc");
  rn_dna_free(&d);
  d = read_text("a\tAXA\nb\tCC\n\tGG\n", skip);
  assert_int_equal(d.n, 1);
  assert_int_equal(d.n_bad, 2);
  assert_string(d.bases[0], "CC");
  assert_int_equal(d.seqs.offset[1], 2);
  assert_true(d.rows[1] == 1 && d.lines[0] == 2);
  rn_dna_free(&d);
  assert_fails("a\tACGT\nb\tAC.\n", o, ":2:5: expected a base, one of ACGTU or of IUPAC's RYSWKMBDHVN, got \".\"");
  assert_fails(">a\nAC\nGZ\n", o, ":1:1: expected a base, one of ACGTU or of IUPAC's RYSWKMBDHVN, got \"Z\"");
  assert_fails("ACG\t.C\n", per_base, ":1:5: expected a letter for each base, 3 of them, got 2");
  assert_fails("__label__a __label__b ACG\n", o, ":1:10: expected one label, got 2");
  assert_fails("a\tX\n", skip, ": no sequence of bases in it");
}

static rn_status read_once(void) {
  rn_dna d;
  rn_dna_options o = {.labelled = {.format = RN_LABELLED_TSV, .skip_bad = true}};
  rn_status status = rn_dna_open(ctx, path, &o, &d);
  rn_dna_free(&d);
  return status;
}

static void test_memory_faults(void **state) {
  put("a\tACGT\nb\tX\nc\n");
  fail_each_allocation(read_once);
}

static int64_t count_label(const rn_dna *d, const char *label) {
  int64_t n = 0;
  for (int64_t i = 0; i < d->n; i++) n += d->labels[i].size == strlen(label) && memcmp(d->labels[i].data, label, strlen(label)) == 0;
  return n;
}

static void test_known_files(void **state) {
  static const struct {
    const char *file;
    rn_dna_options o;
    int64_t n, bases;
    const char *label;
    int64_t n_label;
  } known[] = {{"dna/ecoli_promoters_81bp.tsv", {.labelled = {.text = "4", .label = "2"}}, 5720, 5720 * 81, "1", 2860},
               {"dna/ecoli_promoters_independent_81bp.tsv", {.labelled = {.text = "3", .label = "1"}}, 256, 256 * 81, "1", 256},
               {"dna/splice_junctions_60bp.tsv", {.labelled = {.text = "4", .label = "2"}}, 3190, 3190 * 60, "EI", 767},
               {"dna/uci_promoters_106.csv", {.labelled = {.text = "3", .label = "1"}}, 106, 106 * 57, "+", 53},
               {"dna/chloroplast_NC_000932_labels.tsv", {.labelled = {.text = "3", .label = "4"}, .per_base = true}, 155, 154478, "", 0}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    rn_dna d;
    if (rn_dna_open(ctx, data_file(known[i].file), &known[i].o, &d) != RN_OK) fail_msg("%s", rn_context_error(ctx));
    assert_int_equal(d.n, known[i].n);
    assert_int_equal(d.seqs.offset[d.n], known[i].bases);
    assert_int_equal(count_label(&d, known[i].label), known[i].n_label);
    rn_dna_free(&d);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),          cmocka_unit_test(test_other_strand),
                                     cmocka_unit_test(test_kmers),         cmocka_unit_test(test_files),
                                     cmocka_unit_test(test_memory_faults), cmocka_unit_test(test_known_files)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
