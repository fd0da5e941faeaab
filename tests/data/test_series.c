/* test_series.c: numbers in sequences: each format to the same rows, what is missing, and what is wrong. */
#include "reader_test.h"
#include <rondo/data_series.h>

static rn_series read_bytes(const void *bytes, size_t size, rn_series_options o) {
  rn_series s;
  put_bytes(bytes, size);
  if (rn_series_open(ctx, path, &o, &s) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return s;
}
static rn_series read_text(const char *text, rn_series_options o) { return read_bytes(text, strlen(text), o); }

static void assert_fails(const char *text, rn_series_options o, const char *words) {
  rn_series s;
  put(text);
  assert_int_equal(rn_series_open(ctx, path, &o, &s), RN_ERROR_DATA);
  assert_words(words);
  assert_null(s.owner);
}

/* Series i as text: a step after the other, '?' where it is missing. */
static void assert_series(const rn_series *s, int64_t i, const char *label, const char *expected) {
  char text[256] = "";
  for (int64_t t = s->seqs.offset[i]; t < s->seqs.offset[i + 1]; t++)
    for (int64_t v = 0; v < s->n_vars; v++) {
      size_t at = strlen(text);
      const char *between = at == 0 ? "" : v ? "," : " ";
      if (s->missing[t * s->n_vars + v]) snprintf(text + at, sizeof text - at, "%s?", between);
      else snprintf(text + at, sizeof text - at, "%s%g", between, (double)s->values[t * s->n_vars + v]);
    }
  assert_string_equal(text, expected);
  if (label) assert_string(s->labels[i], label);
  else assert_null(s->labels);
}

static void test_ts(void **state) {
  rn_series_options o = {.format = RN_SERIES_TS};
  rn_series s = read_text("# about\n@problemName x\n@dimensions 2\n@classLabel true a b\n@data\n1,2,3:4,?,6:a\n7:NaN:b\n", o);
  assert_int_equal(s.n_vars, 2);
  assert_int_equal(s.n_missing, 2);
  assert_series(&s, 0, "a", "1,4 2,? 3,6");
  assert_series(&s, 1, "b", "7,?");
  assert_int_equal(s.lines[1], 7);
  rn_series_free(&s);
  s = read_text("@classLabel false\n@data\n1,2:3,4\n", o);
  assert_series(&s, 0, NULL, "1,3 2,4");
  rn_series_free(&s);
  assert_fails("@data\n1,2:3\n", o, ":2:5: variable 2 has 1 values, and the first one 2");
  assert_fails("@data\n1:2\n1:2:3\n", o, ":3:1: expected 2 variables separated by ':', got 3");
  assert_fails("@classLabel true a\n@data\n1:b\n", o, ":3:3: the label \"b\"; expected one of those of @classLabel");
  assert_fails("@classLabel true a\n@data\n1,2\n", o, ":3:4: expected ':' and a label at the end");
  assert_fails("@timeStamps true\n@data\n(0,1)\n", o, ":1:1: series with time stamps; expected @timeStamps false");
  assert_fails("@relation x\n", o, ": no @data in it");
  assert_fails("1,2:a\n", o, ":1:1: expected a line of the header, or @data before the first series: \"1,2:a\"");
  assert_fails("@data\n1,inf\n", o, ":2:3: expected a number, or NaN, ? or nothing for a missing one, got \"inf\": not finite as a float");
}

static void test_wide(void **state) {
  rn_series s = read_text("  1.0000000e+00  -1.5  2\n  2 3 4\n", (rn_series_options){0});
  assert_series(&s, 0, "1", "-1.5 2");
  assert_series(&s, 1, "2", "3 4");
  rn_series_free(&s);
  s = read_text("a,1,,3,,\nb,1,2,3,4,?\n", (rn_series_options){0}); /* ragged: what is behind the last number is not part of it */
  assert_series(&s, 0, "a", "1 ? 3");
  assert_series(&s, 1, "b", "1 2 3 4 ?");
  assert_int_equal(s.n_missing, 2);
  assert_int_equal(n_warnings, 1);
  rn_series_free(&s);
  s = read_text("1;2;up\n3;down\n", (rn_series_options){.label = "-1"});
  assert_series(&s, 1, "down", "3");
  rn_series_free(&s);
  s = read_text("t1,t2,class\n1,2,x\n", (rn_series_options){.label = "class"});
  assert_series(&s, 0, "x", "1 2");
  rn_series_free(&s);
  s = read_text("t1,t2\n1,2\n", (rn_series_options){.label = ""});
  assert_series(&s, 0, NULL, "1 2");
  rn_series_free(&s);
  assert_fails("a,1\nb,x\n", (rn_series_options){0}, ":2:3: expected a number, or NaN, ? or nothing for a missing one, got \"x\"");
  assert_fails("a,1\nb,1e39\n", (rn_series_options){0},
               ":2:3: expected a number, or NaN, ? or nothing for a missing one, got \"1e39\": not finite as a float");
  assert_fails("a,1\nb,,\n", (rn_series_options){0}, ":2:1: a series without a value");
  assert_fails("a,1\n,2\n", (rn_series_options){0}, ":2:1: the label is empty");
}

static void test_long(void **state) {
  rn_series_options o = {0};
  rn_series s = read_text("id,time,x,y,label\na,1,10,20,u\nb,1,30,40,v\na,2,11,,u\nb,1.5,31,41,v\n", o);
  assert_int_equal(s.n_vars, 2);
  assert_series(&s, 0, "u", "10,20 11,?");
  assert_series(&s, 1, "v", "30,40 31,41");
  assert_int_equal(s.lines[1], 3);
  rn_series_free(&s);
  s = read_text("patient,day,x\np,2020-01-31,1\np,2020-02-01,2\n",
                (rn_series_options){.format = RN_SERIES_LONG, .id = "patient", .time = "day"});
  assert_series(&s, 0, NULL, "1 2");
  rn_series_free(&s);
  assert_fails("id,time,x\na,2,1\na,1,1\n", o, ":3:3: time \"1\" does not come after \"2\", the last one of series \"a\"");
  assert_fails("id,time,x,label\na,1,1,u\na,2,1,v\n", o, ":3:7: the label \"v\" of series \"a\"; expected the one of its first row");
  assert_fails("id,time,x\na,2\n", o, ":2:4: expected 3 columns, got 2");
  assert_fails("id,time\na,2\n", o, ":1:1: no column but id, time and label; expected one for each variable");
  assert_fails("id,time,x\n", o, ": no series in it");
}

/* An NPY file: the length of its header takes two bytes in version 1, and four later. */
static size_t npy_version(char *out, int version, const char *header, const void *data, size_t size) {
  size_t n = strlen(header), at = version == 1 ? 10 : 12;
  memcpy(out, "\x93NUMPY\0\0\0\0\0\0", 12);
  out[6] = (char)version;
  out[8] = (char)n;
  memcpy(out + at, header, n);
  memcpy(out + at + n, data, size);
  return at + n + size;
}
static size_t npy(char *out, const char *header, const void *data, size_t size) { return npy_version(out, 1, header, data, size); }

static void test_npy(void **state) {
  char file[512];
  float f[6] = {1, 2, 3, 4, 5, 0.0f / 0.0f};
  rn_series_options o = {.format = RN_SERIES_NPY};
  size_t n = npy(file, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", f, sizeof f);
  rn_series s = read_bytes(file, n, o);
  assert_series(&s, 0, NULL, "1 2 3");
  assert_series(&s, 1, NULL, "4 5 ?");
  rn_series_free(&s);
  o.frames = true;
  s = read_bytes(file, n, o);
  assert_series(&s, 0, NULL, "1,2,3 4,5,?");
  rn_series_free(&s);
  int64_t i[2] = {-1, 7};
  n = npy(file, "{'descr': '<i8', 'fortran_order': False, 'shape': (1, 1, 2), }\n", i, sizeof i);
  s = read_bytes(file, n, o);
  assert_series(&s, 0, NULL, "-1,7");
  rn_series_free(&s);
  for (int version = 1; version <= 3; version++) {
    n = npy_version(file, version, "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n", "\x01\xff\x00", 3);
    s = read_bytes(file, n, o);
    assert_series(&s, 0, NULL, "1 255 0");
    rn_series_free(&s);
  }
  put_bytes(file, npy_version(file, 4, "{}", "", 0));
  assert_int_equal(rn_series_open(ctx, path, &o, &s), RN_ERROR_DATA);
  assert_words(": NPY of version 4; expected 1 to 3");
  static const struct {
    const char *header, *words;
  } bad[] = {
      {"{'descr': '>f4', 'fortran_order': False, 'shape': (6,)}", ": NPY with numbers other than <f4, <f8, <i4, <i8, |u1: >f4"},
      {"{'descr': '<f4', 'fortran_order': True, 'shape': (6,)}",
       ": NPY with another order than C's: 'fortran_order': True, 'shape': (6,)}"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': ()}", ": NPY with another shape than of one to three axes: ()}"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (7,)}", ": NPY with 24 bytes of numbers; its shape needs 7 of 4 bytes each"}};
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
    put_bytes(file, npy(file, bad[k].header, f, sizeof f));
    assert_int_equal(rn_series_open(ctx, path, &o, &s), RN_ERROR_DATA);
    assert_words(bad[k].words);
  }
}

static rn_series_options faulty;
static rn_status read_once(void) {
  rn_series s;
  rn_status status = rn_series_open(ctx, path, &faulty, &s);
  rn_series_free(&s);
  return status;
}

static void test_memory_faults(void **state) {
  char file[128];
  faulty = (rn_series_options){.skip_bad = true};
  put("a,1,2\n1.0,3\nx,y\n");
  fail_each_allocation(read_once);
  put("id,time,x,label\na,1,2,1.0\na,2,3,1.0\nb,0,,3\na,1,1,1\n");
  fail_each_allocation(read_once);
  faulty.format = RN_SERIES_TS;
  put("@classLabel true a b\n@data\n1,2:a\n3:c\n");
  fail_each_allocation(read_once);
  faulty.format = RN_SERIES_NPY;
  put_bytes(file, npy(file, "{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}", "abc", 3));
  fail_each_allocation(read_once);
}

static void test_known_files(void **state) {
  static const struct {
    const char *file;
    int64_t n, n_vars, steps;
  } known[] = {{"uea_small/JapaneseVowels_TRAIN.ts.gz", 270, 12, 0},  {"uea_small/JapaneseVowels_TEST.ts.gz", 370, 12, 0},
               {"uea_small/ItalyPowerDemand_TRAIN.ts.gz", 67, 1, 24}, {"uea_small/ItalyPowerDemand_TEST.ts.gz", 1029, 1, 24},
               {"uea_small/GunPoint_TRAIN.ts.gz", 50, 1, 150},        {"uea_small/GunPoint_TEST.ts.gz", 150, 1, 150},
               {"uea_small/BasicMotions_TRAIN.ts.gz", 40, 6, 100},    {"uea_small/BasicMotions_TEST.ts.gz", 40, 6, 100},
               {"ecg5000/ECG5000_TRAIN.txt.gz", 500, 1, 140},         {"ecg5000/ecg5000_anomaly_train_normal.csv.gz", 2335, 1, 140},
               {"ecg5000/ecg5000_anomaly_test.csv.gz", 2665, 1, 140}};
  for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
    rn_series s;
    assert_int_equal(rn_series_open(ctx, data_file(known[k].file), NULL, &s), RN_OK);
    assert_int_equal(s.seqs.n_seqs, known[k].n);
    assert_int_equal(s.n_vars, known[k].n_vars);
    assert_int_equal(s.n_missing, 0);
    int64_t normal = 0, shortest = 999, longest = 0;
    for (int64_t i = 0; i < s.seqs.n_seqs; i++) {
      int64_t steps = rn_ragged_length(&s.seqs, i);
      shortest = steps < shortest ? steps : shortest;
      longest = steps > longest ? steps : longest;
      normal += s.labels[i].size == 1 && s.labels[i].data[0] == '0';
    }
    if (known[k].steps) assert_true(shortest == known[k].steps && longest == known[k].steps);
    else assert_true(shortest >= 7 && longest <= 29);
    if (k == 10) assert_int_equal(normal, 584);
    rn_series_free(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_ts),  cmocka_unit_test(test_wide),          cmocka_unit_test(test_long),
                                     cmocka_unit_test(test_npy), cmocka_unit_test(test_memory_faults), cmocka_unit_test(test_known_files)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
