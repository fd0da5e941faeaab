/* output_file.c: see output_file.h. */
#include "output_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int cannot_write(const char *path, int error) {
  return cli_fail(EXIT_RUN, "cannot write '%s': %s", path, error == ENOSPC ? "disk full" : strerror(error));
}

int output_file_open(output_file *file, const char *path) {
  struct stat there;
  *file = (output_file){.path = path, .out = stdout};
  if (strcmp(path, "-") == 0) return EXIT_DONE;
  bool exists = stat(path, &there) == 0;
  if (!exists || S_ISREG(there.st_mode)) file->beside = cli_format("%s.%ld.tmp", path, (long)getpid());
  file->out = fopen(file->beside ? file->beside : path, "wb");
  if (file->out) return EXIT_DONE;
  int code = cannot_write(path, errno);
  free(file->beside);
  return code;
}

int output_file_close(output_file *file) {
  if (file->out == stdout) return EXIT_DONE; /* flushed, and its errors told, where the program ends */
  bool good = fflush(file->out) == 0 && !ferror(file->out);
  int error = good ? 0 : errno;
  if (fclose(file->out) != 0 && !error) error = errno;
  if (file->beside && !error && rename(file->beside, file->path) != 0) error = errno;
  if (file->beside && error) unlink(file->beside);
  free(file->beside);
  return error ? cannot_write(file->path, error) : EXIT_DONE;
}
