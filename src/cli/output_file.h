/* output_file.h: pages and pictures go to a file that is there whole or not at all, or to standard output. */
#ifndef CLI_OUTPUT_FILE_H
#define CLI_OUTPUT_FILE_H

#include "cli.h"

#include <stdio.h>

typedef struct output_file {
  FILE *out;
  const char *path; /* the caller's */
  char *beside;     /* where it is written until it is complete; NULL: at its place ("-", or a device or pipe) */
} output_file;

/* Both return an exit code, after saying what went wrong. A file that is open is to be closed, which renames it to its path; when anything
 * failed, nothing is left and what stood there before is unchanged. */
int output_file_open(output_file *file, const char *path);
int output_file_close(output_file *file);

#endif
