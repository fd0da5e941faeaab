/* writer.c: a file is written beside, flushed, and renamed: whatever happens, the name holds the old bytes or all of the new. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/write.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_STATIC_LINKING_ONLY /* the state's size, so that it needs no heap of its own */
#include <xxhash.h>

#define BUFFER ((size_t)64 << 10)

/* ---- writing, and failing on purpose ---- */

static _Atomic uint64_t fail_left; /* bytes that may still be written when fail_error is set */
static _Atomic int fail_error;

void rn_file_fail_after(uint64_t bytes, int error) {
  atomic_store(&fail_left, bytes);
  atomic_store(&fail_error, error);
}

/* Whether the call is to fail: errno is set. */
static bool fails_now(void) {
  int error = atomic_load_explicit(&fail_error, memory_order_relaxed);
  if (!error || atomic_load(&fail_left)) return false;
  if (error == EINTR) atomic_store(&fail_error, 0);
  errno = error;
  return true;
}

static ssize_t write_some(int fd, const char *data, size_t size) {
  if (fails_now()) return -1;
  bool armed = atomic_load_explicit(&fail_error, memory_order_relaxed);
  uint64_t left = atomic_load_explicit(&fail_left, memory_order_relaxed);
  ssize_t n = write(fd, data, armed && size > left ? (size_t)left : size);
  if (armed && n > 0) atomic_fetch_sub(&fail_left, (uint64_t)n);
  return n;
}

int rn_write_all(int fd, const void *data, size_t size) {
  for (const char *at = data; size;) {
    ssize_t n = write_some(fd, at, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    at += n;
    size -= (size_t)n;
  }
  return 0;
}

static int sync_file(int fd) {
  for (;;) {
    if (!fails_now() && fsync(fd) == 0) return 0;
    if (errno != EINTR) return errno;
  }
}

rn_status rn_write_fail(const char *path, int error, const char *consequence, rn_error *err) {
  if (error == ENOMEM) return rn_error_set(err, RN_ERROR_MEMORY, "out of memory writing '%s'%s", path, consequence);
  const char *why = error == ENOSPC ? "disk full" : error == EDQUOT ? "disk quota used up" : strerror(error);
  return rn_error_set(err, RN_ERROR_IO, "%s writing '%s'%s", why, path, consequence);
}

/* ---- the writer ---- */

struct rn_writer {
  XXH3_state_t hash; /* first: it wants 64-byte alignment */
  char *path, *temporary;
  int fd, error; /* the first errno, or 0 */
  uint64_t offset;
  size_t buffered;
  char buffer[BUFFER];
};

static void writer_free(rn_writer *w) {
  if (!w) return;
  if (w->fd >= 0) close(w->fd);
  rn_free(w->path);
  rn_free(w->temporary);
  rn_free(w);
}

/* "PATH.PID.tmp" */
static char *temporary_name(const char *path) {
  size_t size = strlen(path) + 32;
  char *name = rn_alloc(size);
  if (name) snprintf(name, size, "%s.%ld.tmp", path, (long)getpid());
  return name;
}

/* Removes what writers of this file left behind that were killed: PATH.PID.tmp where no process PID is. */
static void leftovers_remove(const char *path) {
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  char *folder = slash ? rn_strndup(path, (size_t)(slash - path) + 1) : rn_strdup(".");
  char **names = NULL;
  int64_t n = 0;
  if (folder) rn_folder_list(folder, &names, &n, NULL);
  for (int64_t i = 0; i < n; i++) {
    char *end;
    size_t length = strlen(base);
    if (strncmp(names[i], base, length) == 0 && names[i][length] == '.') {
      long pid = strtol(names[i] + length + 1, &end, 10);
      if (pid > 0 && strcmp(end, ".tmp") == 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH) {
        char *leftover = rn_path_join(folder, names[i]);
        if (leftover) unlink(leftover);
        rn_free(leftover);
      }
    }
    rn_free(names[i]);
  }
  rn_free(names);
  rn_free(folder);
}

rn_status rn_writer_open(const char *path, rn_writer **out, rn_error *err) {
  *out = NULL;
  struct stat st;
  bool exists = stat(path, &st) == 0;
  if (exists && S_ISDIR(st.st_mode)) return rn_error_set(err, RN_ERROR_IO, "cannot write '%s': is a directory", path);
  /* To rename a file over a device would be the end of the device. */
  if (exists && !S_ISREG(st.st_mode)) return rn_error_set(err, RN_ERROR_IO, "cannot write '%s': not a regular file", path);
  rn_writer *w = rn_alloc_aligned(sizeof *w);
  if (!w) return rn_write_fail(path, ENOMEM, "", err);
  w->path = rn_strdup(path);
  w->temporary = temporary_name(path);
  w->fd = -1;
  w->error = 0;
  w->offset = w->buffered = 0;
  XXH3_64bits_reset(&w->hash);
  if (!w->path || !w->temporary) {
    writer_free(w);
    return rn_write_fail(path, ENOMEM, "", err);
  }
  leftovers_remove(path);
  w->fd = open(w->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, exists ? st.st_mode & 0777 : 0666);
  if (w->fd < 0) {
    int error = errno;
    writer_free(w);
    return rn_error_set(err, RN_ERROR_IO, "cannot write '%s': %s", path, error == ENOENT ? "no such folder" : strerror(error));
  }
  *out = w;
  return RN_OK;
}

static void writer_flush(rn_writer *w) {
  if (!w->error) w->error = rn_write_all(w->fd, w->buffer, w->buffered);
  w->buffered = 0;
}

void rn_writer_write(rn_writer *w, const void *data, size_t size) {
  XXH3_64bits_update(&w->hash, data, size);
  w->offset += size;
  if (w->buffered + size > BUFFER) writer_flush(w);
  if (size < BUFFER) {
    if (size) memcpy(w->buffer + w->buffered, data, size);
    w->buffered += size;
  } else if (!w->error) w->error = rn_write_all(w->fd, data, size);
}

uint64_t rn_writer_offset(const rn_writer *w) { return w->offset; }

uint64_t rn_writer_hash(const rn_writer *w) { return XXH3_64bits_digest(&w->hash); }

/* The folder a path is in, flushed: the rename itself must survive a power cut. */
static rn_status parent_sync(const char *path, rn_error *err) {
  const char *slash = strrchr(path, '/');
  char *folder = !slash ? rn_strdup(".") : slash == path ? rn_strdup("/") : rn_strndup(path, (size_t)(slash - path));
  rn_status status = folder ? rn_folder_sync(folder, err) : rn_write_fail(path, ENOMEM, "", err);
  rn_free(folder);
  return status;
}

rn_status rn_writer_commit(rn_writer *w, rn_error *err) {
  writer_flush(w);
  if (!w->error) w->error = sync_file(w->fd);
  if (close(w->fd) != 0 && !w->error) w->error = errno;
  w->fd = -1;
  if (!w->error && rename(w->temporary, w->path) != 0) w->error = errno;
  rn_status status;
  if (w->error) {
    unlink(w->temporary);
    status = rn_write_fail(w->path, w->error, rn_path_exists(w->path) ? ": the previous file is unchanged" : "", err);
  } else status = parent_sync(w->path, err);
  writer_free(w);
  return status;
}

void rn_writer_abandon(rn_writer *w) {
  if (!w) return;
  unlink(w->temporary);
  writer_free(w);
}

rn_status rn_file_write(const char *path, const void *data, size_t size, rn_error *err) {
  rn_writer *w;
  rn_status status = rn_writer_open(path, &w, err);
  if (status != RN_OK) return status;
  rn_writer_write(w, data, size);
  return rn_writer_commit(w, err);
}

rn_status rn_file_append(const char *path, const void *data, size_t size, rn_error *err) {
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) return rn_write_fail(path, errno, "", err);
  int error = rn_write_all(fd, data, size);
  if (close(fd) != 0 && !error) error = errno;
  return error ? rn_write_fail(path, error, "", err) : RN_OK;
}
