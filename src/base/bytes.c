/* bytes.c: the bytes of a file, read or mapped. */
#include "base/alloc.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_MAX ((size_t)16 << 30)
#define READ_BELOW ((size_t)1 << 20) /* a smaller file is copied: as fast as a mapping, and nobody can change it under us */

enum { NOTHING, HEAP, MAPPED };

void rn_bytes_close(rn_bytes *b) {
  if (b->kind == HEAP) rn_free(b->owner);
  if (b->kind == MAPPED) munmap(b->owner, b->size);
  *b = (rn_bytes){.data = ""};
}

static void bytes_own(rn_bytes *b, char *data, size_t size) { *b = (rn_bytes){.data = data, .size = size, .owner = data, .kind = HEAP}; }

rn_status rn_read_fail(const char *path, int error, rn_error *err) {
  if (error == EISDIR) return rn_error_set(err, RN_ERROR_IO, "cannot read '%s': is a directory", path);
  if (error == ENOENT) return rn_error_set(err, RN_ERROR_IO, "cannot read '%s': no such file", path);
  if (error == ENOMEM) return rn_error_set(err, RN_ERROR_MEMORY, "cannot read '%s': out of memory", path);
  return rn_error_set(err, RN_ERROR_IO, "cannot read '%s': %s", path, strerror(error));
}

static rn_status too_large(const char *path, size_t max_size, rn_error *err) {
  return rn_error_set(err, RN_ERROR_DATA, "cannot read '%s': larger than %zu bytes", path, max_size);
}

/* Reads to the end: `expected` bytes, or however many there are. */
static rn_status read_all(int fd, const char *path, size_t expected, size_t max_size, rn_bytes *out, rn_error *err) {
  size_t capacity = expected + 1, size = 0; /* one more, so that the end is seen without growing */
  char *data = rn_alloc(capacity);
  while (data) {
    ssize_t n = read(fd, data + size, capacity - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      rn_free(data);
      return rn_read_fail(path, errno, err);
    }
    if (n == 0) {
      bytes_own(out, data, size);
      return RN_OK;
    }
    size += (size_t)n;
    if (size > max_size) {
      rn_free(data);
      return too_large(path, max_size, err);
    }
    if (size < capacity) continue;
    capacity *= 2;
    char *more = rn_realloc(data, capacity);
    if (!more) rn_free(data);
    data = more;
  }
  return rn_read_fail(path, ENOMEM, err);
}

/* The file as it is, from an open descriptor. */
static rn_status bytes_read(int fd, const char *path, size_t max_size, rn_bytes *out, rn_error *err) {
  struct stat st;
  if (fstat(fd, &st) != 0) return rn_read_fail(path, errno, err);
  if (S_ISDIR(st.st_mode)) return rn_read_fail(path, EISDIR, err);
  if (!S_ISREG(st.st_mode)) return read_all(fd, path, READ_BELOW - 1, max_size, out, err); /* a pipe, a terminal, a device */
  if ((uint64_t)st.st_size > max_size) return too_large(path, max_size, err);
  size_t size = (size_t)st.st_size;
  if (size < READ_BELOW || fd == STDIN_FILENO) return read_all(fd, path, size, max_size, out, err);
  void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (map == MAP_FAILED) return rn_read_fail(path, errno, err);
  *out = (rn_bytes){.data = map, .size = size, .owner = map, .kind = MAPPED};
  return RN_OK;
}

static rn_status path_read(const char *path, size_t max_size, rn_bytes *out, rn_error *err) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return rn_read_fail(path, errno, err);
  rn_status status = bytes_read(fd, path, max_size, out, err);
  close(fd);
  return status;
}

rn_status rn_bytes_map(const char *path, rn_bytes *out, rn_error *err) {
  *out = (rn_bytes){.data = ""};
  return path_read(path, SIZE_MAX / 2, out, err);
}

rn_status rn_bytes_open(const char *path, size_t max_size, rn_bytes *out, rn_error *err) {
  *out = (rn_bytes){.data = ""};
  if (!max_size) max_size = DEFAULT_MAX;
  bool standard = strcmp(path, "-") == 0;
  const char *name = standard ? "<standard input>" : path;
  rn_status status = standard ? bytes_read(STDIN_FILENO, name, max_size, out, err) : path_read(path, max_size, out, err);
  if (status != RN_OK) return status;
  char *unpacked;
  size_t size;
  status = rn_bytes_unpack(name, out->data, out->size, max_size, &unpacked, &size, err);
  if (status != RN_OK || unpacked) rn_bytes_close(out);
  if (unpacked) bytes_own(out, unpacked, size);
  return status;
}
