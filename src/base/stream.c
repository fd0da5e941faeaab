/* stream.c: a text file that passes by. One buffer of `block` bytes: what is left of the last block moves to its front, the file fills the
 * rest, and the block is cut where a reader loses least: behind a line end, else before white space, else between characters. */
#include "base/stream.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/unpacker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_STATIC_LINKING_ONLY /* the state's size, so that it needs no heap of its own */
#include <xxhash.h>

#define MIN_BLOCK 64
#define PACKED ((size_t)256 << 10)   /* bytes of a packed file that are read at a time */
#define FREE_TEXT ((uint64_t)16 << 30) /* a packed file may hold so much, or ... */
#define MAX_EXPANSION 1000           /* ... so many times its size: text packs to a tenth, only zeros to a thousandth */

struct rn_stream {
  XXH3_state_t hash; /* first: it wants 64-byte alignment */
  const char *name;
  int fd;
  bool file_ended, text_ended;
  rn_unpacker *unpacker; /* NULL: the file is the text */
  char *packed;          /* [PACKED] */
  rn_string packed_left;
  uint64_t n_packed, n_text, n_given; /* bytes read of a packed file, bytes of its text, bytes given out */
  char *buffer; /* [block] */
  size_t block, begin, end; /* what is not given out yet is buffer[begin .. end) */
};

/* ---- the bytes of the file ---- */

/* Reads until `size` bytes are there or the file ends. */
static rn_status read_file(rn_stream *s, char *out, size_t size, size_t *got, rn_error *err) {
  *got = 0;
  while (*got < size && !s->file_ended) {
    ssize_t n = read(s->fd, out + *got, size - *got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return rn_read_fail(s->name, errno, err);
    s->file_ended = n == 0;
    *got += (size_t)n;
  }
  return RN_OK;
}

static rn_status read_packed(rn_stream *s, char *out, size_t size, size_t *got, rn_error *err) {
  *got = 0;
  while (*got < size) {
    size_t before = s->packed_left.size, made, more;
    rn_status status = rn_unpacker_step(s->unpacker, &s->packed_left, out + *got, size - *got, &made, err);
    if (status != RN_OK) return status;
    *got += made;
    s->n_text += made;
    if (s->n_text > FREE_TEXT && s->n_text / MAX_EXPANSION > s->n_packed)
      return rn_error_set(err, RN_ERROR_DATA, "cannot unpack '%s': more than %d times its size", s->name, MAX_EXPANSION);
    if (made || s->packed_left.size != before) continue;
    if (s->file_ended) return rn_unpacker_whole(s->unpacker, err);
    memmove(s->packed, s->packed_left.data, s->packed_left.size);
    if ((status = read_file(s, s->packed + s->packed_left.size, PACKED - s->packed_left.size, &more, err)) != RN_OK) return status;
    s->n_packed += more;
    s->packed_left = (rn_string){s->packed, s->packed_left.size + more};
  }
  return RN_OK;
}

/* ---- opening ---- */

/* What was read as text is a packed file: it becomes that, and is unpacked. */
static rn_status begin_unpacking(rn_stream *s, rn_packing packing, rn_error *err) {
  rn_status status = rn_unpacker_new(packing, s->name, &s->unpacker, err);
  if (status != RN_OK) return status;
  if (!(s->packed = rn_alloc(PACKED))) return rn_error_set(err, RN_ERROR_MEMORY, "cannot read '%s': out of memory", s->name);
  memcpy(s->packed, s->buffer, s->end);
  s->packed_left = (rn_string){s->packed, s->end};
  s->n_packed = s->end;
  return read_packed(s, s->buffer, MIN_BLOCK, &s->end, err);
}

/* The first bytes say what the file is. */
static rn_status read_beginning(rn_stream *s, rn_error *err) {
  rn_status status = read_file(s, s->buffer, MIN_BLOCK, &s->end, err);
  rn_packing packing = rn_packing_of(s->buffer, s->end);
  if (status == RN_OK && packing != RN_PACKING_NONE) status = begin_unpacking(s, packing, err);
  if (s->end >= 3 && memcmp(s->buffer, "\xef\xbb\xbf", 3) == 0) s->begin = 3;
  return status;
}

static rn_status stream_open(rn_stream *s, const char *path, rn_error *err) {
  bool standard = strcmp(path, "-") == 0;
  s->name = standard ? "<standard input>" : (const char *)(s + 1);
  s->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  struct stat st;
  if (s->fd < 0 || fstat(s->fd, &st) != 0) return rn_read_fail(s->name, errno, err);
  if (S_ISDIR(st.st_mode)) return rn_read_fail(s->name, EISDIR, err);
  if (!(s->buffer = rn_alloc(s->block))) return rn_read_fail(s->name, ENOMEM, err);
  return read_beginning(s, err);
}

rn_status rn_stream_open(const char *path, size_t block, rn_stream **out, rn_error *err) {
  *out = NULL;
  rn_stream *s = rn_alloc_aligned(sizeof *s + strlen(path) + 1);
  if (!s) return rn_read_fail(path, ENOMEM, err);
  memset(s, 0, sizeof *s);
  strcpy((char *)(s + 1), path);
  XXH3_64bits_reset(&s->hash);
  s->block = block > MIN_BLOCK ? block : MIN_BLOCK;
  rn_status status = stream_open(s, path, err);
  if (status != RN_OK) rn_stream_close(s);
  else *out = s;
  return status;
}

void rn_stream_close(rn_stream *s) {
  if (!s) return;
  if (s->fd > STDIN_FILENO) close(s->fd);
  rn_unpacker_free(s->unpacker);
  rn_free(s->packed);
  rn_free(s->buffer);
  rn_free(s);
}

/* ---- blocks ---- */

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* Where a character that is not whole at the end of the text begins; n where it is. */
static size_t whole_characters(const char *text, size_t n) {
  for (size_t back = 1; back <= 3 && back < n; back++) {
    unsigned char c = (unsigned char)text[n - back];
    if (c < 0x80) break;
    if (c >= 0xc0) return back < (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) ? n - back : n;
  }
  return n;
}

/* How much of a full buffer makes a block. White space begins the next one, since it is to the word behind it that tokenizers count it. */
static size_t cut(const char *text, size_t n) {
  for (size_t i = n; i > 0; i--)
    if (text[i - 1] == '\n') return i;
  for (size_t i = n - 1; i > 0; i--)
    if (is_space(text[i])) return i;
  return whole_characters(text, n);
}

rn_status rn_stream_next(rn_stream *s, rn_string *out, rn_error *err) {
  size_t kept = s->end - s->begin, got = 0;
  memmove(s->buffer, s->buffer + s->begin, kept);
  s->begin = 0;
  s->end = kept;
  rn_status status = RN_OK;
  if (!s->text_ended) status = (s->unpacker ? read_packed : read_file)(s, s->buffer + kept, s->block - kept, &got, err);
  if (status != RN_OK) return status;
  s->end += got;
  s->text_ended |= s->end < s->block;
  s->begin = s->text_ended ? s->end : cut(s->buffer, s->end);
  *out = (rn_string){s->buffer, s->begin};
  s->n_given += s->begin;
  XXH3_64bits_update(&s->hash, s->buffer, s->begin);
  return RN_OK;
}

uint64_t rn_stream_bytes(const rn_stream *s) { return s->n_given; }
uint64_t rn_stream_hash(const rn_stream *s) { return XXH3_64bits_digest(&s->hash); }
