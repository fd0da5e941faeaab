/* file.h: reading files whole (mapped, or unpacked when they are .gz or .zst), and writing them so that nothing is ever lost:
 * beside, flushed, renamed. */
#ifndef RN_BASE_FILE_H
#define RN_BASE_FILE_H

#include "base/error.h"

/* The bytes of a file. */
typedef struct rn_bytes {
  const char *data; /* size bytes; not NUL-terminated */
  size_t size;
  void *owner;      /* private: mapping or heap */
  int kind;
} rn_bytes;

/* Maps a file (or reads it, when small), or reads standard input for "-". gzip and zstd content (by magic) is unpacked; more than
 * max_size bytes (0: 16 GiB) is an error. Directories, missing files and permissions get clear words. Close with rn_bytes_close. */
rn_status rn_bytes_open(const char *path, size_t max_size, rn_bytes *out, rn_error *err);
/* The file as it is: never unpacked. For model files. Up to 1 MiB is read, more is mapped; a mapped file must not be cut short by others
 * while it is open (the system then ends the process with SIGBUS). Rondo itself never writes into a file: it renames a new one over it. */
rn_status rn_bytes_map(const char *path, rn_bytes *out, rn_error *err);
void rn_bytes_close(rn_bytes *b);
/* RN_ERROR_IO (RN_ERROR_MEMORY for ENOMEM) with the words for an errno of reading. */
rn_status rn_read_fail(const char *path, int error, rn_error *err);

/* A file being written under a temporary name in the same folder. Short writes and EINTR are handled; the first failure is kept
 * and returned by the commit. */
typedef struct rn_writer rn_writer;
rn_status rn_writer_open(const char *path, rn_writer **out, rn_error *err);
void rn_writer_write(rn_writer *w, const void *data, size_t size);
uint64_t rn_writer_offset(const rn_writer *w); /* bytes written so far */
uint64_t rn_writer_hash(const rn_writer *w);   /* XXH3 of them */
/* fsync, rename over path, fsync the folder; closes w in every case. On failure path is as it was and err says why. */
rn_status rn_writer_commit(rn_writer *w, rn_error *err);
void rn_writer_abandon(rn_writer *w); /* removes the temporary file; NULL is allowed */

/* rn_writer_open + write + commit. */
rn_status rn_file_write(const char *path, const void *data, size_t size, rn_error *err);
/* One line appended with one write(2): handed to the system, not waited for (a line lost to a power cut is not a model lost). */
rn_status rn_file_append(const char *path, const void *data, size_t size, rn_error *err);

/* For tests: after `bytes` more bytes every write is cut short there, and every later write or fsync fails with `error`, until called
 * again (error 0: never). EINTR fails once. */
void rn_file_fail_after(uint64_t bytes, int error);

bool rn_path_exists(const char *path);
bool rn_path_is_folder(const char *path);
rn_status rn_folder_make(const char *path, rn_error *err); /* with its parents; existing is fine */
rn_status rn_folder_sync(const char *path, rn_error *err);
rn_status rn_folder_remove(const char *path, rn_error *err); /* with its contents; missing is fine */
/* Takes a folder for this process alone, until rn_folder_unlock or the end of the process, however it ends. *lock: what to unlock; -1 where
 * the file system has no locks. Errors: RN_ERROR_IO: another process has it. */
rn_status rn_folder_lock(const char *path, int *lock, rn_error *err);
void rn_folder_unlock(int lock); /* -1 is allowed */
rn_status rn_path_rename(const char *from, const char *to, rn_error *err);
/* Names in a folder, sorted by bytes, without "." and ".."; free each and the array with rn_free. */
rn_status rn_folder_list(const char *path, char ***names, int64_t *count, rn_error *err);
/* "a" and "b" -> "a/b"; NULL when out of memory; free with rn_free. */
char *rn_path_join(const char *a, const char *b);

/* XXH3, 64 bits. */
uint64_t rn_hash(const void *data, size_t size);
/* gzip or zstd content, told by its magic, unpacked into a new buffer (rn_free); *out NULL when it is neither. name is for the words. */
rn_status rn_bytes_unpack(const char *name, const char *data, size_t size, size_t max_size, char **out, size_t *out_size, rn_error *err);
/* Seconds since an arbitrary start, monotonic. */
double rn_now(void);

#endif
