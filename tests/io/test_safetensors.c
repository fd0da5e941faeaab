/* test_safetensors.c: what is written is read back; what is not a good file is refused with words; any flipped byte is found. */
#include "base/check.h"
#include "base/random.h"
#include "io/safetensors.h"

#include <fcntl.h>
#include <math.h>
#include <unistd.h>

static const float weights[6] = {1, -2, 3, 4, 5, 1e-30f};
static const int32_t numbers[3] = {7, -8, 9};

static rn_status write_small(const char *path, rn_error *err) {
  const rn_entry entries[] = {
      {.name = "lstm.weight_ih_l0", .dtype = RN_F32, .rank = 2, .shape = {2, 3}, .data = weights, .size = sizeof weights},
      {.name = "naïve \"name\"", .dtype = RN_I32, .rank = 1, .shape = {3}, .data = numbers, .size = sizeof numbers},
      {.name = "empty", .dtype = RN_F64, .rank = 2, .shape = {0, 5}, .data = "", .size = 0},
      {.name = "scalar", .dtype = RN_U8, .rank = 0, .data = "\x2a", .size = 1},
  };
  json_t *metadata = json_pack("{s:s,s:s}", "vocab", "[\"\\u0000\",\"é\",\"\\\"\"]", "config", "{}");
  rn_status status = rn_safetensors_write(path, metadata, entries, 4, NULL, NULL, err);
  json_decref(metadata);
  return status;
}

static void written_and_read(void **state) {
  rn_error err = {0};
  assert_ok(write_small(in_folder("m"), &err), &err);
  rn_safetensors *f;
  assert_ok(rn_safetensors_open(in_folder("m"), &f, &err), &err);
  assert_int_equal(rn_safetensors_count(f), 4);
  const rn_entry *e = rn_safetensors_find(f, "lstm.weight_ih_l0");
  assert_ptr_equal(e, rn_safetensors_at(f, 0));
  assert_int_equal((uintptr_t)e->data % 4, 0);
  assert_int_equal(e->rank, 2);
  assert_int_equal(e->shape[1], 3);
  float back[6];
  assert_ok(rn_entry_floats(e, "m", back, 6, &err), &err);
  assert_memory_equal(back, weights, sizeof weights);
  e = rn_safetensors_find(f, "naïve \"name\"");
  assert_memory_equal(e->data, numbers, sizeof numbers);
  assert_int_equal(rn_safetensors_find(f, "scalar")->size, 1);
  assert_int_equal(rn_safetensors_find(f, "empty")->size, 0);
  assert_null(rn_safetensors_find(f, "other"));
  assert_string_equal(rn_safetensors_metadata(f, "vocab"), "[\"\\u0000\",\"é\",\"\\\"\"]");
  assert_null(rn_safetensors_metadata(f, "other"));
  rn_safetensors_close(f);
}

static void same_bytes_and_hash(void **state) {
  rn_error err = {0};
  uint64_t hash, size;
  const rn_entry e = {.name = "w", .dtype = RN_F32, .rank = 1, .shape = {6}, .data = weights, .size = sizeof weights};
  json_t *ab = json_pack("{s:s,s:s}", "a", "1", "b", "2"), *ba = json_pack("{s:s,s:s}", "b", "2", "a", "1");
  assert_ok(rn_safetensors_write(in_folder("ab"), ab, &e, 1, &hash, &size, &err), &err);
  assert_ok(rn_safetensors_write(in_folder("ba"), ba, &e, 1, NULL, NULL, &err), &err);
  rn_bytes x, y;
  assert_ok(rn_bytes_map(in_folder("ab"), &x, &err), &err);
  assert_ok(rn_bytes_map(in_folder("ba"), &y, &err), &err);
  assert_int_equal(x.size, y.size);
  assert_int_equal(x.size, size);
  assert_memory_equal(x.data, y.data, x.size);
  assert_int_equal(rn_hash(x.data, x.size), hash);
  assert_int_equal((x.size - sizeof weights) % 64, 0); /* the data begins aligned */
  rn_bytes_close(&x);
  rn_bytes_close(&y);
  json_decref(ab);
  json_decref(ba);
  assert_ok(rn_safetensors_write(in_folder("ab"), NULL, NULL, 0, NULL, NULL, &err), &err);
  rn_safetensors *f;
  assert_ok(rn_safetensors_open(in_folder("ab"), &f, &err), &err);
  assert_int_equal(rn_safetensors_count(f), 0);
  rn_safetensors_close(f);
}

static void not_written(const rn_entry *entries, int64_t n, json_t *metadata, const char *words) {
  rn_error err = {0};
  assert_int_equal(rn_safetensors_write(in_folder("refused"), metadata, entries, n, NULL, NULL, &err), RN_ERROR_ARGUMENT);
  assert_words(&err, words);
  assert_false(rn_path_exists(in_folder("refused")));
  json_decref(metadata);
}

static void bad_arguments(void **state) {
  rn_entry two[2] = {{.name = "w", .dtype = RN_F32, .rank = 1, .shape = {6}, .data = weights, .size = 24},
                     {.name = "w", .dtype = RN_F32, .rank = 1, .shape = {6}, .data = weights, .size = 24}};
  not_written(two, 2, NULL, "two tensors of this name");
  two[1] = (rn_entry){.name = "v", .dtype = RN_F32, .rank = 1, .shape = {5}, .data = weights, .size = 24};
  not_written(two, 2, NULL, "size and shape disagree");
  two[1].name = "__metadata__";
  not_written(two, 2, NULL, "reserved");
  not_written(two, 1, json_pack("{s:i}", "a", 1), "not a string");
  not_written(two, 1, json_pack("{s:s}", "xxh3", "{}"), "reserved");
  two[0].name = "\xff";
  not_written(two, 1, NULL, "UTF-8");
}

/* ---- files that are not ---- */

/* A file of this header and so many zero bytes of data. */
static rn_status open_header(const char *header, size_t data, rn_safetensors **f, rn_error *err) {
  size_t n = strlen(header);
  char *bytes = calloc(1, 8 + n + data);
  for (int i = 0; i < 8; i++) bytes[i] = (char)(n >> 8 * i);
  memcpy(bytes + 8, header, n);
  assert_ok(rn_file_write(in_folder("x"), bytes, 8 + n + data, err), err);
  free(bytes);
  return rn_safetensors_open(in_folder("x"), f, err);
}

static void refused(const char *header, size_t data, const char *words) {
  rn_safetensors *f;
  rn_error err = {0};
  assert_int_equal(open_header(header, data, &f, &err), RN_ERROR_DATA);
  assert_null(f);
  assert_words(&err, words);
  assert_words(&err, in_folder("x"));
}

#define ENTRY(dtype, shape, begin, end) "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"

static void foreign_files(void **state) {
  rn_safetensors *f;
  rn_error err = {0};
  /* As PyTorch writes them: no checksums, any order, spaces at the end. */
  assert_ok(open_header("{\"b\":" ENTRY("F16", "[2]", "8", "12") ",\"a\":" ENTRY("F32", "[1,2]", "0", "8") "}   ", 12, &f, &err), &err);
  assert_string_equal(rn_safetensors_at(f, 0)->name, "a");
  assert_string_equal(rn_safetensors_at(f, 1)->name, "b");
  rn_safetensors_close(f);
  assert_ok(open_header("{\"__metadata__\":{\"format\":\"pt\"}}", 0, &f, &err), &err);
  assert_string_equal(rn_safetensors_metadata(f, "format"), "pt");
  rn_safetensors_close(f);
}

static void hostile_headers(void **state) {
  refused("{\"a\":" ENTRY("F32", "[2]", "0", "8") "}", 7, "past the end of the file");
  refused("{\"a\":" ENTRY("F32", "[2]", "0", "8") "}", 9, "belong to no tensor");
  refused("{\"a\":" ENTRY("F32", "[3]", "0", "8") "}", 8, "do not fit");
  refused("{\"a\":" ENTRY("F32", "[2]", "8", "0") "}", 8, "not a range");
  refused("{\"a\":" ENTRY("F32", "[2]", "-8", "0") "}", 8, "not a range");
  refused("{\"a\":" ENTRY("F32", "[-2]", "0", "8") "}", 8, "not a size");
  refused("{\"a\":" ENTRY("F32", "[2.0]", "0", "8") "}", 8, "not a size");
  refused("{\"a\":" ENTRY("F32", "[4611686018427387904,4]", "0", "0") "}", 0, "too large");
  refused("{\"a\":" ENTRY("F32", "[9223372036854775807,2]", "0", "8") "}", 8, "too large");
  refused("{\"a\":" ENTRY("F32", "[99999999999999999999]", "0", "8") "}", 8, "header at byte 8");
  refused("{\"a\":" ENTRY("F32", "[1,1,1,1,1,1,1,1,2]", "0", "8") "}", 8, "8 dimensions");
  refused("{\"a\":" ENTRY("F99", "[2]", "0", "8") "}", 8, "dtype");
  refused("{\"a\":" ENTRY("F32", "[1]", "0", "4") ",\"b\":" ENTRY("F32", "[1]", "2", "6") "}", 6, "overlaps");
  refused("{\"a\":" ENTRY("F32", "[1]", "0", "4") ",\"b\":" ENTRY("F32", "[1]", "6", "10") "}", 10, "gap");
  refused("{\"a\":" ENTRY("F32", "[1]", "4", "8") "}", 8, "gap");
  refused("{\"a\":" ENTRY("F32", "[1]", "0", "4") ",\"a\":" ENTRY("F32", "[1]", "4", "8") "}", 8, "duplicate");
  refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "expected exactly");
  refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"file\":\"/etc/passwd\"}}", 4, "expected exactly");
  refused("{\"a\":7}", 0, "expected exactly");
  refused("{\"\":" ENTRY("F32", "[1]", "0", "4") "}", 4, "name");
  refused("{\"__metadata__\":[]}", 0, "__metadata__");
  refused("{\"__metadata__\":{\"a\":1}}", 0, "__metadata__");
  refused("{\"__metadata__\":{\"xxh3\":\"{}\"}}", 0, "checksums are missing");
  refused("{\"__metadata__\":{\"checksum\":\"xxh3\"}}", 0, "checksums are missing");
  refused("[]", 0, "begin with");
  refused("{", 0, "begin with");
  refused("{\"a\":", 0, "header at byte 8");
  char *commas = malloc(200100); /* a small header that would take a hundred times its size */
  memset(commas, ',', 200099);
  memcpy(commas, "{\"a\":[", 6);
  commas[200099] = '\0';
  refused(commas, 0, "more than 200000 values");
  free(commas);
}

static void not_even_a_header(void **state) {
  static const struct {
    const char *bytes;
    size_t size;
    const char *words;
  } cases[] = {
      {"", 0, "not a safetensors file"},
      {"abc", 3, "not a safetensors file"},
      {"PK\x03\x04 a zip file", 14, "not a safetensors file"},
      {"\x10\0\0\0\0\0\0\0{}", 10, "cut short"},
      {"\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, "not a safetensors file"},
      {"\0\0\0\0\0\0\0\0", 8, "begin with"},
  };
  for (int i = 0; i < 6; i++) {
    rn_safetensors *f;
    rn_error err = {0};
    assert_ok(rn_file_write(in_folder("x"), cases[i].bytes, cases[i].size, &err), &err);
    assert_int_equal(rn_safetensors_open(in_folder("x"), &f, &err), RN_ERROR_DATA);
    assert_words(&err, cases[i].words);
  }
  rn_safetensors *f;
  rn_error err = {0};
  assert_int_equal(rn_safetensors_open(check_folder, &f, &err), RN_ERROR_IO);
  assert_words(&err, "is a directory");
}

/* ---- damage ---- */

static void assert_damaged(size_t at) {
  rn_safetensors *f;
  rn_error err = {0};
  if (rn_safetensors_open(in_folder("m"), &f, &err) != RN_ERROR_DATA) fail_msg("damage at byte %zu was not found", at);
}

static void put_byte(int fd, size_t at, int value) {
  unsigned char byte = (unsigned char)value;
  assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
}

/* Every flip of a bit; 10,000 changes of a byte to another; a byte too much; every truncation. */
static void every_damage_is_found(void **state) {
  rn_error err = {0};
  assert_ok(write_small(in_folder("m"), &err), &err);
  rn_bytes b;
  assert_ok(rn_bytes_map(in_folder("m"), &b, &err), &err);
  int fd = open(in_folder("m"), O_WRONLY);
  for (size_t i = 0; i < b.size; i++) {
    for (int bit = 0; bit < 8; bit++) {
      put_byte(fd, i, b.data[i] ^ 1 << bit);
      assert_damaged(i);
    }
    put_byte(fd, i, b.data[i]);
  }
  rn_random r = rn_random_init(1, 0);
  for (int k = 0; k < 10000; k++) {
    size_t i = (size_t)rn_random_below(&r, b.size);
    put_byte(fd, i, b.data[i] ^ (int)(1 + rn_random_below(&r, 255)));
    assert_damaged(i);
    put_byte(fd, i, b.data[i]);
  }
  put_byte(fd, b.size, 0);
  assert_damaged(b.size);
  for (size_t n = b.size; n-- > 0;) {
    assert_int_equal(ftruncate(fd, (off_t)n), 0);
    assert_damaged(n);
  }
  close(fd);
  rn_bytes_close(&b);
}

/* ---- conversions and faults ---- */

static void floats(void **state) {
  static const uint16_t half[] = {0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000}, brain[] = {0x3f80, 0xc000};
  static const double wide[] = {1.5, -0.25};
  float out[5];
  rn_error err = {0};
  rn_entry e = {.name = "h", .dtype = RN_F16, .rank = 1, .shape = {5}, .data = half, .size = sizeof half};
  assert_ok(rn_entry_floats(&e, "f", out, 5, &err), &err);
  assert_true(out[0] == 1 && out[1] == -2 && out[2] == 0x1p-24f && out[3] == 65504 && out[4] == 0 && signbit(out[4]));
  e = (rn_entry){.name = "b", .dtype = RN_BF16, .rank = 1, .shape = {2}, .data = brain, .size = sizeof brain};
  assert_ok(rn_entry_floats(&e, "f", out, 2, &err), &err);
  assert_true(out[0] == 1 && out[1] == -2);
  e = (rn_entry){.name = "d", .dtype = RN_F64, .rank = 1, .shape = {2}, .data = wide, .size = sizeof wide};
  assert_ok(rn_entry_floats(&e, "f", out, 2, &err), &err);
  assert_true(out[0] == 1.5f && out[1] == -0.25f);
  assert_int_equal(rn_entry_floats(&e, "f", out, 3, &err), RN_ERROR_DATA);
  rn_error_clear(&err);
  e.dtype = RN_I64;
  assert_int_equal(rn_entry_floats(&e, "f", out, 2, &err), RN_ERROR_DATA);
  assert_words(&err, "I64");
  rn_error_clear(&err);
  static const uint16_t infinite[] = {0x3c00, 0x7c00};
  e = (rn_entry){.name = "h", .dtype = RN_F16, .rank = 1, .shape = {2}, .data = infinite, .size = 4};
  assert_int_equal(rn_entry_floats(&e, "f", out, 2, &err), RN_ERROR_DATA);
  assert_words(&err, "not finite at element 1");
}

/* Ours, that is: Debian's jansson 2.14 meets a failed allocation of its own with an assert (load.c, lex_scan_string). */
static void every_allocation(void **state) {
  rn_error err = {0};
  unlink(in_folder("m"));
  for (uint64_t n = 1;; n++) {
    rn_error_clear(&err);
    rn_alloc_fail_after(n);
    rn_status status = write_small(in_folder("m"), &err);
    rn_alloc_fail_after(0);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_MEMORY);
    assert_false(rn_path_exists(in_folder("m")));
  }
  int failures = 0;
  for (uint64_t n = 1;; n++) {
    rn_safetensors *f;
    rn_error_clear(&err);
    rn_alloc_fail_after(n);
    rn_status status = rn_safetensors_open(in_folder("m"), &f, &err);
    rn_alloc_fail_after(0);
    rn_safetensors_close(f);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_MEMORY);
    failures++;
  }
  assert_true(failures > 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(written_and_read), cmocka_unit_test(same_bytes_and_hash),   cmocka_unit_test(bad_arguments),
      cmocka_unit_test(foreign_files),    cmocka_unit_test(hostile_headers),       cmocka_unit_test(not_even_a_header),
      cmocka_unit_test(floats),           cmocka_unit_test(every_damage_is_found), cmocka_unit_test(every_allocation),
  };
  return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
