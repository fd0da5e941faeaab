/* tokenizer_measure.h: what a tokenizer makes of a text, where two of them cut it otherwise; and a tokenizer to its file. */
#ifndef CLI_TOKENIZER_MEASURE_H
#define CLI_TOKENIZER_MEASURE_H

#include "cli.h"

enum { MEASURE_MOST = 6 }; /* a word of 1, 2, ... 5, and of 6 or more tokens */

typedef struct tokenizer_measure {
  const char *path; /* of the tokenizer */
  rn_tokenizer *tokenizer;
  int64_t n_tokens, n_unknown, n_used; /* different tokens */
  int64_t words[MEASURE_MOST];         /* how many words have so many tokens */
  bool *used;                          /* [size] */
} tokenizer_measure;

typedef struct tokenizer_text {
  const char *path;
  int64_t n_bytes, n_lines, n_words;
  int64_t n_differ; /* lines that two tokenizers cut otherwise */
} tokenizer_text;

enum { MEASURE_SAMPLES = 3 };

/* Measures one or two tokenizers on a text ("-": standard input); an exit code. samples: room for copies of the first lines that are cut
 * otherwise (of one tokenizer, the first lines), freed by the caller; NULL where there are no more. */
int tokenizer_measure_text(cli *c, tokenizer_measure *m, int n, tokenizer_text *text, char *samples[MEASURE_SAMPLES]);

/* Writes tokenizer.json to a path ("-": standard output); an exit code. */
int tokenizer_write(cli *c, const rn_tokenizer *tokenizer, const char *path);

/* A line with its tokens set apart: by colour where there is any, by bars. At most `width` columns. */
void tokenizer_put_cut(cli *c, const rn_tokenizer *tokenizer, const char *line, size_t size, bool color, int width);

#endif
