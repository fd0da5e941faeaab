/* test_sequences.c: each kind of input to the same struct, with labels by row, by sequence and without; some of them, in another order. */
#include "reader_test.h"
#include <rondo/sequences.h>
#include <sys/stat.h>

static rn_sequences_options options(rn_input_kind input, bool per_row, bool unlabelled) {
  rn_sequences_options o = rn_sequences_options_default(input, per_row);
  o.unlabelled = unlabelled;
  return o;
}

static rn_sequences read_text(const char *text, rn_sequences_options o) {
  rn_sequences s;
  put(text);
  if (rn_sequences_open(ctx, path, &o, &s) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  assert_int_equal(s.input, o.input);
  assert_int_equal(s.per_row, o.per_row);
  return s;
}

static void assert_fails(const char *text, rn_sequences_options o, const char *words) {
  rn_sequences s;
  put(text);
  assert_int_equal(rn_sequences_open(ctx, path, &o, &s), RN_ERROR_DATA);
  assert_words(words);
  assert_null(s.owner);
}

/* All of it as text: "line:row row/label label | ...": by row, each row is "row/label". */
static void assert_sequences(const rn_sequences *s, const char *expected) {
  char text[1024] = "";
  size_t at = 0, room = sizeof text;
  for (int64_t i = 0; i < s->seqs.n_seqs; i++) {
    int64_t line = !s->lines ? 0 : s->words && s->per_row ? s->lines[s->seqs.offset[i]] : s->lines[i];
    at += (size_t)snprintf(text + at, room - at, "%s%d:", i ? "|" : "", (int)line);
    for (int64_t t = s->seqs.offset[i]; t < s->seqs.offset[i + 1]; t++) {
      if (t > s->seqs.offset[i]) text[at++] = ' ';
      if (s->words) at += (size_t)snprintf(text + at, room - at, "%.*s", (int)s->words[t].size, s->words[t].data);
      for (int64_t v = 0; v < s->n_vars; v++) {
        at += (size_t)snprintf(text + at, room - at, "%s%g", v ? "," : "", (double)s->values[t * s->n_vars + v]);
        if (s->missing && s->missing[t * s->n_vars + v]) text[at - 1] = '?';
      }
      if (s->per_row && s->labels) at += (size_t)snprintf(text + at, room - at, "/%.*s", (int)s->labels[t].size, s->labels[t].data);
    }
    for (int64_t l = s->label_of.offset ? s->label_of.offset[i] : 0; !s->per_row && s->labels && l < s->label_of.offset[i + 1]; l++)
      at += (size_t)snprintf(text + at, room - at, "/%.*s", (int)s->labels[l].size, s->labels[l].data);
  }
  assert_string_equal(text, expected);
}

static void assert_format(const char *text, rn_sequences_options o, const char *format) {
  rn_sequences s = read_text(text, o);
  assert_string_equal(s.format, format);
  rn_sequences_free(&s);
}

static void check(const char *text, rn_sequences_options o, const char *expected) {
  rn_sequences s = read_text(text, o);
  assert_sequences(&s, expected);
  rn_sequences_free(&s);
}

static void test_words(void **state) {
  check("EU NNP B-ORG\nrejects VBZ O\n\n. . O\n", options(RN_INPUT_WORDS, true, false), "1:EU/B-ORG rejects/O|4:./O");
  check("1\tIt's good.\n\n2\tbad\n", options(RN_INPUT_WORDS, false, false), "1:It 's good ./1|3:bad/2");
  check("__label__a __label__b x y\n", options(RN_INPUT_WORDS, false, false), "1:x y/a/b");
  check("It's good.\n\n \nbad\n", options(RN_INPUT_WORDS, true, true), "1:It 's good .|4:bad");
  check("It's good.\n\n>bad\n", options(RN_INPUT_WORDS, false, true), "1:It 's good .|3:> bad");
  rn_sequences_options o = options(RN_INPUT_WORDS, false, true);
  o.split = RN_SPLIT_CHARACTERS;
  check("ab c\n", o, "1:a b c");
  rn_sequences s = read_text("1\tIt's good.\n", options(RN_INPUT_WORDS, false, false));
  assert_string(s.texts[0], "It's good.");
  rn_sequences_free(&s);

  o = options(RN_INPUT_WORDS, false, false);
  assert_fails("1\ta\n2\t\xe3\x80\x80\n", o, ":2:3: no word in the text");
  o.labelled.skip_bad = true;
  o.labelled.format = RN_LABELLED_TSV;
  s = read_text("1\t\xe3\x80\x80\n__\n2\tb c\n3\td\n", o);
  assert_sequences(&s, "3:b c/2|4:d/3");
  assert_int_equal(s.n_bad, 2);
  assert_string(s.texts[1], "d");
  rn_sequences_free(&s);
  put("1\t\xe3\x80\x80\n");
  assert_int_equal(rn_sequences_open(ctx, path, &o, &s), RN_ERROR_DATA);
  assert_words(": no sequence in it without a bad line");
}

/* More bad texts than are kept: twenty are told, and the others counted. */
static void test_many_bad_texts(void **state) {
  char text[512] = "";
  for (int i = 0; i < 25; i++) strcat(text, "1\t\xe3\x80\x80\n");
  put(text);
  rn_sequences s;
  rn_sequences_options o = options(RN_INPUT_WORDS, false, false);
  assert_int_equal(rn_sequences_open(ctx, path, &o, &s), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), ":20:3: no word in the text\nand 5 more"));
  assert_null(strstr(rn_context_error(ctx), ":21:"));
}

static void test_dna(void **state) {
  check("a\tAC\nb\tR\n", options(RN_INPUT_DNA, false, false), "1:1,0,0,0 0,1,0,0/a|2:0.5,0,0.5,0/b");
  check("xy\tAC\n", options(RN_INPUT_DNA, true, false), "1:1,0,0,0/x 0,1,0,0/y");
  check("\nA\n\nC\n", options(RN_INPUT_DNA, false, true), "2:1,0,0,0|4:0,1,0,0");
  check(">one and\nA\nC\n>two\nT\n", options(RN_INPUT_DNA, true, true), "1:1,0,0,0 0,1,0,0|4:0,0,0,1");
  assert_fails("AC\nAX\n", options(RN_INPUT_DNA, false, true), ":2:2: expected a base, one of ACGTU or of IUPAC's RYSWKMBDHVN, got \"X\"");
}

static void test_series(void **state) {
  check("a,1,2\nb,3\n", options(RN_INPUT_SERIES, false, false), "1:1 2/a|2:3/b");
  check("1,2\n3\n", options(RN_INPUT_SERIES, false, true), "1:1 2|2:3");
  check("id,time,label,u,v\ns,1,a,1,?\nt,1,b,5,6\ns,2,a,3,4\n", options(RN_INPUT_SERIES, false, false), "2:1,? 3,4/a|3:5,6/b");
  check("id,time,label,u,v\ns,1,a,1,?\nt,1,b,5,6\ns,2,c,3,4\n", options(RN_INPUT_SERIES, true, false), "2:1,?/a 3,4/c|3:5,6/b");
  check("id,time,u\ns,1,1\ns,2,3\n", options(RN_INPUT_SERIES, true, true), "2:1 3");
  rn_sequences_options o = options(RN_INPUT_SERIES, false, true);
  o.series.format = RN_SERIES_TS;
  check("@classLabel true a b\n@data\n1,2:a\n", o, "3:1 2");
  assert_fails("id,time,label,u\ns,1,,1\n", options(RN_INPUT_SERIES, true, false),
               ":2:5: the label \"\" of series \"s\"; expected a label");
  rn_sequences s;
  o = options(RN_INPUT_SERIES, true, false);
  put("a,1,2\n");
  assert_int_equal(rn_sequences_open(ctx, path, &o, &s), RN_ERROR_ARGUMENT);
  assert_words(": a label for each step; expected columns id, time and label, and a row for each step");
}

/* An NPY file beside the text, in a folder. */
static void put_frames(const char *name, const char *shape, const float *values, size_t n) {
  char file[128], header[128];
  snprintf(file, sizeof file, "%s-frames/%s", path, name);
  int size = snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }\n", shape);
  FILE *f = fopen(file, "wb");
  assert_non_null(f);
  fwrite("\x93NUMPY\1\0", 8, 1, f);
  fputc(size, f), fputc(0, f);
  fwrite(header, (size_t)size, 1, f);
  fwrite(values, sizeof *values, n, f);
  fclose(f);
}

static void test_frames(void **state) {
  char folder[128], text[512], words[512], name[64];
  const float values[] = {1, 2, 3, 4, 5, 6};
  snprintf(folder, sizeof folder, "%s-frames", path);
  snprintf(name, sizeof name, "%s", strrchr(folder, '/') + 1);
  mkdir(folder, 0700);
  put_frames("a.npy", "(2, 2)", values, 4);
  put_frames("b.npy", "(1, 2)", values + 4, 2);
  put_frames("c.npy", "(2, 3)", values, 6);
  put_frames("d.npy", "(3, 1, 2)", values, 6);
  rn_sequences_options o = options(RN_INPUT_FRAMES, false, false);
  snprintf(text, sizeof text, "run\t%s/a.npy\nsit\t%s/b.npy\n", name, name);
  check(text, o, "1:1,2 3,4/run|2:5,6/sit");
  snprintf(text, sizeof text, "%s/b.npy\n", name);
  check(text, options(RN_INPUT_FRAMES, false, true), "1:5,6");

  snprintf(text, sizeof text, "run\t%s/a.npy\nsit\t%s/c.npy\n", name, name);
  snprintf(words, sizeof words, ":2:5: %s/c.npy: 3 features; expected 2, as before", folder);
  assert_fails(text, o, words);
  snprintf(text, sizeof text, "run\t%s/d.npy\n", name);
  snprintf(words, sizeof words, ":1:5: %s/d.npy: NPY with three axes; expected [frames, features]", folder);
  assert_fails(text, o, words);
  snprintf(text, sizeof text, "run\t%s/none.npy\n", name);
  snprintf(words, sizeof words, ":1:5: cannot read '%s/none.npy': no such file", folder);
  assert_fails(text, o, words);
  assert_fails("run\t../a.npy\n", o, ":1:5: \"../a.npy\": expected a path below the folder of this list");
  assert_fails("run\t/a.npy\n", o, ":1:5: \"/a.npy\": expected a path below the folder of this list");
  o.labelled.skip_bad = true;
  snprintf(text, sizeof text, "run\t..\nsit\t%s/b.npy\n", name);
  rn_sequences s = read_text(text, o);
  assert_sequences(&s, "2:5,6/sit");
  assert_int_equal(s.n_bad, 1);
  rn_sequences_free(&s);
  o = options(RN_INPUT_FRAMES, true, false);
  assert_int_equal(rn_sequences_open(ctx, path, &o, &s), RN_ERROR_ARGUMENT);
  for (const char *c = "abcd"; *c; c++) {
    snprintf(text, sizeof text, "%s/%c.npy", folder, *c);
    unlink(text);
  }
  rmdir(folder);
}

static void test_pick(void **state) {
  static const struct {
    rn_input_kind input;
    bool per_row;
    const char *text, *picked;
  } table[] = {
      {RN_INPUT_WORDS, true, "a A\nb B\n\nc C\n\nd D\ne E\n", "6:d/D e/E|1:a/A b/B"},
      {RN_INPUT_WORDS, false, "__label__1 __label__2 a b\n__label__3 c\n__label__4 d e\n", "3:d e/4|1:a b/1/2"},
      {RN_INPUT_SERIES, false, "1,2,?\n2,4\n3,5\n", "3:5/3|1:2 ?/1"},
      {RN_INPUT_SERIES, true, "id,time,label,u\ns,1,a,1\nt,1,b,2\nu,1,c,3\ns,2,d,4\n", "4:3/c|2:1/a 4/d"},
      {RN_INPUT_DNA, false, "a\tA\nb\tC\nc\tG\n", "3:0,0,1,0/c|1:1,0,0,0/a"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    rn_sequences all = read_text(table[i].text, options(table[i].input, table[i].per_row, false)), s;
    assert_int_equal(rn_sequences_pick(ctx, &all, (int64_t[]){2, 0}, 2, &s), RN_OK);
    assert_sequences(&s, table[i].picked);
    if (all.texts) assert_ptr_equal(s.texts[0].data, all.texts[2].data);
    assert_int_equal(s.input, all.input);
    rn_sequences_free(&s);
    assert_int_equal(rn_sequences_pick(ctx, &all, NULL, 0, &s), RN_OK);
    assert_int_equal(s.seqs.n_seqs, 0);
    rn_sequences_free(&s);
    rn_sequences_free(&all);
  }
}

static rn_status read_once(void) {
  rn_sequences_options o = options(RN_INPUT_WORDS, false, false);
  o.labelled.skip_bad = true;
  rn_sequences all, s = {0};
  rn_status status = rn_sequences_open(ctx, path, &o, &all);
  if (status == RN_OK) status = rn_sequences_pick(ctx, &all, (int64_t[]){1, 0}, 2, &s);
  rn_sequences_free(&s);
  rn_sequences_free(&all);
  return status;
}

static rn_status read_bases(void) {
  rn_sequences_options o = options(RN_INPUT_DNA, true, false);
  rn_sequences s;
  rn_status status = rn_sequences_open(ctx, path, &o, &s);
  rn_sequences_free(&s);
  return status;
}

static void test_out_of_memory(void **state) {
  put("1\ta b\n2\t\xe3\x80\x80\n3\tc\n");
  fail_each_allocation(read_once);
  put("xy\tAC\n");
  fail_each_allocation(read_bases);
}

static void test_formats(void **state) {
  assert_format("a A\n", options(RN_INPUT_WORDS, true, false), "conll");
  assert_format("1\ta\ta\tA\tA\t_\t0\troot\t_\t_\n", options(RN_INPUT_WORDS, true, false), "conllu");
  assert_format("1\ta\n", options(RN_INPUT_WORDS, false, false), "tsv");
  assert_format("1 a\n", options(RN_INPUT_WORDS, false, false), "words");
  assert_format("{\"text\": \"a\", \"label\": 1}\n", options(RN_INPUT_WORDS, false, false), "jsonl");
  assert_format("a\n", options(RN_INPUT_WORDS, false, true), "lines");
  assert_format(">x\nACGT\n", options(RN_INPUT_DNA, false, false), "fasta");
  assert_format("1,2,3\n", options(RN_INPUT_SERIES, false, false), "wide");
  assert_format("id,time,u\na,1,2\n", options(RN_INPUT_SERIES, false, false), "long");
}

static void test_kinds(void **state) {
  for (rn_input_kind kind = RN_INPUT_WORDS, found; kind <= RN_INPUT_FRAMES; kind++) {
    assert_true(rn_input_kind_parse(rn_input_kind_name(kind), &found));
    assert_int_equal(found, kind);
  }
  assert_false(rn_input_kind_parse("word", &(rn_input_kind){0}));
}

/* Files of the field. */
static void test_field(void **state) {
  static const struct {
    const char *file;
    rn_input_kind input;
    bool per_row;
    const char *text, *label, *where;
    int64_t n_seqs, n_rows;
  } table[] = {
      {"conll2003/eng.testa.gz", RN_INPUT_WORDS, true, NULL, NULL, NULL, 3250, 51362},
      {"yelp_stars/yelp.dev.tsv.gz", RN_INPUT_WORDS, false, NULL, NULL, NULL, 1000, 0},
      {"sst/stsa.fine.dev", RN_INPUT_WORDS, false, NULL, NULL, NULL, 1101, 0},
      {"uea_small/JapaneseVowels_TRAIN.ts.gz", RN_INPUT_SERIES, false, NULL, NULL, NULL, 270, 0},
      {"ecg5000/ECG5000_TRAIN.txt.gz", RN_INPUT_SERIES, false, NULL, NULL, NULL, 500, 70000},
      {"dna/uci_promoters_106.csv", RN_INPUT_DNA, false, "3", "1", NULL, 106, 106 * 57},
      {"dna/chloroplast_NC_000932_labels.tsv", RN_INPUT_DNA, true, "3", "4", "2=SSC", 0, 0},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    rn_sequences_options o = options(table[i].input, table[i].per_row, false);
    o.labelled.text = table[i].text;
    o.labelled.label = table[i].label;
    o.labelled.where = table[i].where;
    rn_sequences s;
    if (rn_sequences_open(ctx, data_file(table[i].file), &o, &s) != RN_OK) fail_msg("%s", rn_context_error(ctx));
    if (table[i].n_seqs) assert_int_equal(s.seqs.n_seqs, table[i].n_seqs);
    if (table[i].n_rows) assert_int_equal(rn_ragged_rows(&s.seqs), table[i].n_rows);
    assert_non_null(s.labels);
    rn_sequences_free(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_words),         cmocka_unit_test(test_many_bad_texts), cmocka_unit_test(test_dna),
      cmocka_unit_test(test_series),        cmocka_unit_test(test_frames),         cmocka_unit_test(test_pick),
      cmocka_unit_test(test_out_of_memory), cmocka_unit_test(test_formats),        cmocka_unit_test(test_kinds),
      cmocka_unit_test(test_field),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
