/* line_batch.h: lines of text to be answered, many at a time where nobody waits for the first. */
#ifndef CLI_LINE_BATCH_H
#define CLI_LINE_BATCH_H

#include "cli.h"

/* Calls answer with the lines of a file ("-": standard input), in their order, until it gives another exit code than 0. A regular file,
 * read by name or from standard input, comes in batches of about 64 KB; a pipe or a terminal line by line, each answered and written before
 * the next is read. */
int line_batches(cli *c, const char *path, int (*answer)(void *user, const cli_line *lines, int64_t n), void *user);
/* The same for what is answered a line at a time. */
int line_each(cli *c, const char *path, int (*answer)(void *user, const cli_line *line), void *user);

/* The lines' words, one sequence for each line. */
typedef struct line_words {
  rn_split split; /* how lines are cut */
  const rn_tokenizer *tokenizer;
  rn_string *words, *texts; /* [rows], [n] */
  int64_t *offset;          /* [n + 1] */
  int64_t n, capacity, line_capacity;
} line_words;
/* Returns an exit code, after printing what went wrong. *out is the words' own, until the next call. */
int line_words_split(cli *c, line_words *w, const cli_line *lines, int64_t n, rn_sequences *out);
void line_words_free(line_words *w);

#endif
