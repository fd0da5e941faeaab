/* folder.c: paths and folders. */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include "base/alloc.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static rn_status path_fail(const char *what, const char *path, int error, rn_error *err) {
  if (error == ENOMEM) return rn_error_set(err, RN_ERROR_MEMORY, "cannot %s '%s': out of memory", what, path);
  return rn_error_set(err, RN_ERROR_IO, "cannot %s '%s': %s", what, path, strerror(error));
}

bool rn_path_exists(const char *path) { return access(path, F_OK) == 0; }

bool rn_path_is_folder(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *rn_path_join(const char *a, const char *b) {
  size_t n = strlen(a), size = n + strlen(b) + 2;
  char *path = rn_alloc(size);
  if (path) snprintf(path, size, "%s%s%s", a, n && a[n - 1] != '/' ? "/" : "", b);
  return path;
}

rn_status rn_folder_make(const char *path, rn_error *err) {
  char *partial = rn_strdup(path);
  if (!partial) return path_fail("make folder", path, ENOMEM, err);
  rn_status status = RN_OK;
  for (char *at = partial + 1; status == RN_OK; at++) {
    char c = *at;
    if (c != '/' && c != '\0') continue;
    *at = '\0';
    int error = mkdir(partial, 0777) == 0 ? 0 : errno;
    if (error && !rn_path_is_folder(partial)) status = path_fail("make folder", partial, error, err);
    *at = c;
    if (!c) break;
  }
  rn_free(partial);
  return status;
}

rn_status rn_folder_sync(const char *path, rn_error *err) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return path_fail("flush folder", path, errno, err);
  int error = 0;
  while (fsync(fd) != 0) {
    error = errno;
    if (error != EINTR) break;
    error = 0;
  }
  close(fd);
  /* Some file systems do not flush folders, and say so. */
  return !error || error == EINVAL || error == EROFS ? RN_OK : path_fail("flush folder", path, error, err);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *position) { return remove(path); }

rn_status rn_folder_remove(const char *path, rn_error *err) {
  if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT) return RN_OK;
  return path_fail("remove", path, errno, err);
}

/* On the folder itself: no file is left behind, and the system gives the lock back when its holder is killed. */
rn_status rn_folder_lock(const char *path, int *lock, rn_error *err) {
  *lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (*lock < 0) return path_fail("lock folder", path, errno, err);
  if (flock(*lock, LOCK_EX | LOCK_NB) == 0) return RN_OK;
  int error = errno;
  close(*lock);
  *lock = -1;
  if (error != EWOULDBLOCK) return RN_OK;
  return rn_error_set(err, RN_ERROR_IO, "'%s' is in use by another process: let that end, or choose another folder", path);
}

void rn_folder_unlock(int lock) {
  if (lock >= 0) close(lock);
}

rn_status rn_path_rename(const char *from, const char *to, rn_error *err) {
  if (rename(from, to) == 0) return RN_OK;
  return rn_error_set(err, RN_ERROR_IO, "cannot rename '%s' to '%s': %s", from, to, strerror(errno));
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

rn_status rn_folder_list(const char *path, char ***names, int64_t *count, rn_error *err) {
  *names = NULL;
  *count = 0;
  DIR *folder = opendir(path);
  if (!folder) return path_fail("list", path, errno, err);
  int64_t n = 0, capacity = 0;
  char **list = NULL;
  int error = 0;
  while (!error) {
    errno = 0;
    struct dirent *entry = readdir(folder);
    if (!entry) {
      error = errno;
      break;
    }
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (n == capacity) {
      capacity = capacity ? 2 * capacity : 16;
      char **more = rn_realloc(list, (size_t)capacity * sizeof *list);
      if (!more) error = ENOMEM;
      else list = more;
    }
    if (!error && !(list[n] = rn_strdup(entry->d_name))) error = ENOMEM;
    if (!error) n++;
  }
  closedir(folder);
  if (error) {
    for (int64_t i = 0; i < n; i++) rn_free(list[i]);
    rn_free(list);
    return path_fail("list", path, error, err);
  }
  if (n) qsort(list, (size_t)n, sizeof *list, by_bytes);
  *names = list;
  *count = n;
  return RN_OK;
}
