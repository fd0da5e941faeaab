/* embed.h: what the commands that look at word vectors share. */
#ifndef CLI_EMBED_H
#define CLI_EMBED_H

#include "cli.h"

/* Opens the vectors that the first argument names, with --vocab-limit where the command has it; false after printing why, with *code. */
bool embed_open(cli *c, rn_vectors *out, int *code);
/* The vector of a word as it is written, of its lower case, or of its n-grams (which is said), into out [dim]; false after printing which
 * known words are spelt like it. *row: -1 where the word is not in the vocabulary. */
bool embed_word(cli *c, const rn_vectors *vectors, const char *word, int64_t *row, float *out);
/* A word of the vectors as JSON, and to be printed with "%.*s". */
json_t *embed_json(const rn_vectors *vectors, int64_t row);
#define EMBED_SHOW(s) (int)(s).size, (s).data

#endif
