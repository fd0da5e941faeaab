/* spill.c: written at the end, read anywhere; writes are gathered, reads are the caller's own buffers. */
#define _GNU_SOURCE /* mkostemp */
#include "base/spill.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER ((size_t)256 << 10)

struct rn_spill {
  char *folder;
  int fd;
  uint64_t size; /* what the buffer holds included */
  size_t buffered;
  char buffer[BUFFER];
};

rn_status rn_spill_open(const char *folder, rn_spill **out, rn_error *err) {
  *out = NULL;
  if (!folder) folder = ".";
  char *name = rn_path_join(folder, "spill.XXXXXX");
  rn_spill *s = rn_alloc(sizeof *s);
  if (s) *s = (rn_spill){.folder = rn_strdup(folder), .fd = -1};
  int error = name && s && s->folder ? 0 : ENOMEM;
  if (!error && (s->fd = mkostemp(name, O_CLOEXEC)) < 0) error = errno;
  if (!error && unlink(name) != 0) error = errno;
  rn_free(name);
  if (!error) {
    *out = s;
    return RN_OK;
  }
  rn_spill_close(s);
  if (error == ENOMEM) return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for a temporary file in '%s'", folder);
  return rn_error_set(err, RN_ERROR_IO, "cannot make a temporary file in '%s': %s", folder, strerror(error));
}

static rn_status flush(rn_spill *s, rn_error *err) {
  int error = rn_write_all(s->fd, s->buffer, s->buffered);
  s->buffered = 0;
  return error ? rn_write_fail(s->folder, error, " (a temporary file): make room there, or choose another folder", err) : RN_OK;
}

rn_status rn_spill_write(rn_spill *s, const void *data, size_t size, rn_error *err) {
  for (const char *at = data; size;) {
    size_t room = BUFFER - s->buffered, n = size < room ? size : room;
    memcpy(s->buffer + s->buffered, at, n);
    s->buffered += n;
    s->size += n;
    at += n;
    size -= n;
    if (s->buffered == BUFFER && flush(s, err) != RN_OK) return RN_ERROR_IO;
  }
  return RN_OK;
}

rn_status rn_spill_read(rn_spill *s, uint64_t at, void *data, size_t size, rn_error *err) {
  if (s->buffered && flush(s, err) != RN_OK) return RN_ERROR_IO;
  for (char *to = data; size;) {
    ssize_t n = pread(s->fd, to, size, (off_t)at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      return rn_error_set(err, RN_ERROR_IO, "reading a temporary file in '%s': %s", s->folder,
                          n ? strerror(errno) : "it has been cut short");
    to += n;
    at += (uint64_t)n;
    size -= (size_t)n;
  }
  return RN_OK;
}

uint64_t rn_spill_size(const rn_spill *s) { return s->size; }

void rn_spill_close(rn_spill *s) {
  if (!s) return;
  if (s->fd >= 0) close(s->fd);
  rn_free(s->folder);
  rn_free(s);
}
