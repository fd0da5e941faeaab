/* line_batch.c: see line_batch.h. */
#include "line_batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BATCH_LINES = 1024, BATCH_BYTES = 64 * 1024 };

/* Reads at most `most` lines; returns how many. */
static int64_t read_some(FILE *in, cli_line *lines, int64_t most) {
  int64_t n = 0;
  for (size_t bytes = 0; n < most && bytes < BATCH_BYTES && cli_line_read(&lines[n], in); n++) bytes += lines[n].size;
  return n;
}

int line_batches(cli *c, const char *path, int (*answer)(void *user, const cli_line *lines, int64_t n), void *user) {
  FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
  if (!in) return cli_fail(EXIT_RUN, "cannot read '%s': %s", path, strerror(errno));
  struct stat status;
  bool waits = fstat(fileno(in), &status) != 0 || !S_ISREG(status.st_mode);
  int64_t most = waits ? 1 : BATCH_LINES, n;
  cli_line *lines = cli_alloc((size_t)most * sizeof *lines);
  int code = EXIT_DONE;
  memset(lines, 0, (size_t)most * sizeof *lines);
  while (!code && !ferror(stdout) && (n = read_some(in, lines, most)) > 0) {
    code = cli_signal_code() ? cli_signal_code() : answer(user, lines, n);
    if (waits) fflush(stdout);
  }
  if (!code && ferror(in)) code = cli_fail(EXIT_RUN, "cannot read '%s': %s", path, strerror(errno));
  for (int64_t i = 0; i < most; i++) free(lines[i].text);
  free(lines);
  if (in != stdin) fclose(in);
  return code;
}

typedef struct each {
  int (*answer)(void *user, const cli_line *line);
  void *user;
} each;

static int answer_each(void *user, const cli_line *lines, int64_t n) {
  const each *e = user;
  int code = EXIT_DONE;
  for (int64_t i = 0; i < n && !code && !ferror(stdout); i++) code = cli_signal_code() ? cli_signal_code() : e->answer(e->user, &lines[i]);
  return code;
}

int line_each(cli *c, const char *path, int (*answer)(void *user, const cli_line *line), void *user) {
  return line_batches(c, path, answer_each, &(each){answer, user});
}

/* The words of a line behind the first that there are; a second time where there was no room. */
static rn_status split_line(rn_context *ctx, line_words *w, int64_t first, const cli_line *line, int64_t *count) {
  rn_status status = rn_text_split(ctx, w->split, w->tokenizer, line->text, line->size, NULL, w->words + first, w->capacity - first, count);
  if (status != RN_OK || first + *count <= w->capacity) return status;
  w->capacity = 2 * (first + *count);
  w->words = cli_realloc(w->words, (size_t)w->capacity * sizeof *w->words);
  return rn_text_split(ctx, w->split, w->tokenizer, line->text, line->size, NULL, w->words + first, *count, count);
}

int line_words_split(cli *c, line_words *w, const cli_line *lines, int64_t n, rn_sequences *out) {
  if (n > w->line_capacity) {
    w->line_capacity = n;
    w->texts = cli_realloc(w->texts, (size_t)n * sizeof *w->texts);
    w->offset = cli_realloc(w->offset, (size_t)(n + 1) * sizeof *w->offset);
  }
  w->n = n;
  w->offset[0] = 0;
  for (int64_t i = 0; i < n; i++) {
    int64_t count;
    if (split_line(c->ctx, w, w->offset[i], &lines[i], &count) != RN_OK) return cli_fail_context(c);
    w->texts[i] = (rn_string){lines[i].text, lines[i].size};
    w->offset[i + 1] = w->offset[i] + count;
  }
  *out = (rn_sequences){.input = RN_INPUT_WORDS, .seqs = {n, w->offset}, .words = w->words, .texts = w->texts};
  return EXIT_DONE;
}

void line_words_free(line_words *w) {
  free(w->words);
  free(w->texts);
  free(w->offset);
}
