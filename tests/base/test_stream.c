/* test_stream.c: a text that passes by in blocks: nothing is lost, and blocks end where lines, words or at least characters do. */
#include "base/check.h"
#include "base/stream.h"
#include "base/utf8.h"

#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { MAX_BLOCKS = 20000 };

typedef struct blocks {
  char *text; /* all of it */
  size_t size, begin[MAX_BLOCKS + 1];
  int n;
} blocks;

static rn_status read_blocks(const char *path, size_t block, blocks *b, rn_error *err) {
  *b = (blocks){0};
  rn_stream *s;
  rn_string part;
  rn_status status = rn_stream_open(path, block, &s, err);
  while (status == RN_OK && (status = rn_stream_next(s, &part, err)) == RN_OK && part.size) {
    assert_true(part.size <= (block < 64 ? 64 : block));
    assert_true(b->n < MAX_BLOCKS);
    b->text = realloc(b->text, b->size + part.size);
    memcpy(b->text + b->size, part.data, part.size);
    b->begin[b->n++] = b->size;
    b->begin[b->n] = b->size += part.size;
  }
  if (status == RN_OK) {
    assert_int_equal(rn_stream_bytes(s), b->size);
    assert_int_equal(rn_stream_hash(s), rn_hash(b->text ? b->text : "", b->size));
    assert_ok(rn_stream_next(s, &part, err), err); /* and stays at the end */
    assert_int_equal(part.size, 0);
  }
  rn_stream_close(s);
  return status;
}

static void write_text(const char *path, const char *text, size_t size) { assert_ok(rn_file_write(path, text, size, NULL), NULL); }

static blocks blocks_of(const char *text, size_t size, size_t block) {
  static blocks b;
  rn_error err = {0};
  write_text(in_folder("text"), text, size);
  assert_ok(read_blocks(in_folder("text"), block, &b, &err), &err);
  assert_int_equal(b.size, size);
  assert_memory_equal(b.text ? b.text : "", text, size);
  return b;
}

static void whole_lines(void **state) {
  char text[5000] = "";
  for (int i = 0; i < 200; i++) sprintf(text + strlen(text), "line %d%.*s\n", i, i % 17, "................");
  for (size_t block = 64; block < 300; block += 7) {
    blocks b = blocks_of(text, strlen(text), block);
    for (int i = 1; i <= b.n; i++) assert_int_equal(text[b.begin[i] - 1], '\n');
    assert_true(b.n > 10);
    free(b.text);
  }
  blocks b = blocks_of(text, strlen(text) - 1, 1 << 20); /* the last line without its end */
  assert_int_equal(b.n, 1);
  free(b.text);
  b = blocks_of("", 0, 100);
  assert_int_equal(b.n, 0);
  b = blocks_of("\n", 1, 100);
  assert_int_equal(b.n, 1);
  free(b.text);
}

static void a_line_without_end(void **state) {
  char text[4000];
  for (int i = 0; i < 4000; i++) text[i] = i % 11 == 10 ? ' ' : 'a';
  for (size_t block = 64; block < 130; block++) {
    blocks b = blocks_of(text, sizeof text, block);
    for (int i = 1; i < b.n; i++) assert_int_equal(text[b.begin[i]], ' '); /* white space begins a block */
    free(b.text);
  }
  char marks[4000];
  for (int i = 0; i < 1000; i++) memcpy(marks + 4 * i, i % 3 ? "\xf0\x9d\x84\x9e" : "\xe2\x82\xac.", 4);
  for (size_t block = 64; block < 130; block++) {
    blocks b = blocks_of(marks, sizeof marks, block);
    for (int i = 0; i < b.n; i++) assert_int_equal(rn_utf8_count_bad(marks + b.begin[i], b.begin[i + 1] - b.begin[i], NULL), 0);
    free(b.text);
  }
  memset(marks, 0x80, sizeof marks); /* no character anywhere */
  for (size_t block = 64; block < 70; block++) free(blocks_of(marks, sizeof marks, block).text);
  memset(marks, 0, sizeof marks);
  free(blocks_of(marks, sizeof marks, 64).text);
}

static void byte_order_mark(void **state) {
  blocks b;
  write_text(in_folder("text"), "\xef\xbb\xbf" "a\n\xef\xbb\xbf", 8);
  assert_ok(read_blocks(in_folder("text"), 0, &b, NULL), NULL);
  assert_int_equal(b.size, 5);
  assert_memory_equal(b.text, "a\n\xef\xbb\xbf", 5);
  free(b.text);
}

static size_t gzip_of(const void *data, size_t size, unsigned char *out, size_t room) {
  z_stream z = {0};
  deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  z.next_in = (unsigned char *)data, z.avail_in = (unsigned)size, z.next_out = out, z.avail_out = (unsigned)room;
  deflate(&z, Z_FINISH);
  deflateEnd(&z);
  return room - z.avail_out;
}

/* A text larger than the buffers on the way, that does not pack well. */
static char *noisy_text(size_t size) {
  char *text = malloc(size);
  uint64_t x = 1;
  for (size_t i = 0; i < size; i++) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    text[i] = i % 60 == 59 ? '\n' : (char)('!' + (x >> 33) % 90);
  }
  return text;
}

static void packed(void **state) {
  enum { N = 1000000 };
  char *text = noisy_text(N);
  static unsigned char pack[2 * N];
  blocks b;
  rn_error err = {0};
  for (int zstd = 0; zstd < 2; zstd++) {
    size_t half = zstd ? ZSTD_compress(pack, sizeof pack, text, N / 2, 1) : gzip_of(text, N / 2, pack, sizeof pack);
    size_t n = half + (zstd ? ZSTD_compress(pack + half, sizeof pack - half, text + N / 2, N / 2, 1)
                            : gzip_of(text + N / 2, N / 2, pack + half, sizeof pack - half));
    write_text(in_folder("packed"), (char *)pack, n);
    static const size_t block[] = {4096, N / 3, 2 * N};
    for (int i = 0; i < 3; i++) {
      assert_ok(read_blocks(in_folder("packed"), block[i], &b, &err), &err);
      assert_int_equal(b.size, N);
      assert_memory_equal(b.text, text, N);
      for (int j = 1; j < b.n; j++) assert_int_equal(text[b.begin[j] - 1], '\n');
      free(b.text);
    }
    for (size_t cut = 5; cut < n; cut += n / 50) {
      if (cut == half) continue;
      write_text(in_folder("packed"), (char *)pack, cut);
      rn_error_clear(&err);
      assert_int_equal(read_blocks(in_folder("packed"), 4096, &b, &err), RN_ERROR_DATA);
      assert_words(&err, "cut short");
      free(b.text);
    }
    pack[half / 2] ^= 0x55;
    pack[half / 2 + 1] ^= 0x55;
    write_text(in_folder("packed"), (char *)pack, n);
    rn_error_clear(&err);
    rn_status status = read_blocks(in_folder("packed"), 4096, &b, &err);
    if (!zstd) assert_int_equal(status, RN_ERROR_DATA); /* gzip always has a checksum; ZSTD_compress writes none */
    free(b.text);
  }
  free(text);
}

static void refused(void **state) {
  blocks b;
  rn_error err = {0};
  assert_int_equal(read_blocks(in_folder("none"), 100, &b, &err), RN_ERROR_IO);
  assert_words(&err, "no such file");
  rn_error_clear(&err);
  assert_int_equal(read_blocks(check_folder, 100, &b, &err), RN_ERROR_IO);
  assert_words(&err, "is a directory");
  rn_stream_close(NULL);
}

static void standard_input(void **state) {
  write_text(in_folder("text"), "from a pipe\n", 12);
  pid_t child = fork();
  if (child == 0) {
    rn_stream *s;
    rn_string part;
    if (!freopen(in_folder("text"), "r", stdin) || rn_stream_open("-", 100, &s, NULL) != RN_OK) _exit(1);
    _exit(rn_stream_next(s, &part, NULL) != RN_OK || part.size != 12 || memcmp(part.data, "from a pipe\n", 12) != 0);
  }
  int result;
  waitpid(child, &result, 0);
  assert_int_equal(result, 0);
}

static void every_allocation(void **state) {
  static unsigned char pack[1000];
  write_text(in_folder("packed"), (char *)pack, gzip_of("some text", 9, pack, sizeof pack));
  for (uint64_t n = 1;; n++) {
    blocks b;
    rn_error err = {0};
    rn_alloc_fail_after(n);
    rn_status status = read_blocks(in_folder("packed"), 100, &b, &err);
    rn_alloc_fail_after(0);
    free(b.text);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_MEMORY);
    assert_words(&err, "out of memory");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whole_lines),     cmocka_unit_test(a_line_without_end), cmocka_unit_test(byte_order_mark), cmocka_unit_test(packed),
      cmocka_unit_test(refused),         cmocka_unit_test(standard_input),     cmocka_unit_test(every_allocation),
  };
  return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
