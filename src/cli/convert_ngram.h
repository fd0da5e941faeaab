/* convert_ngram.h: n-gram models to ARPA files and back. */
#ifndef CLI_CONVERT_NGRAM_H
#define CLI_CONVERT_NGRAM_H

#include "cli.h"

/* One of the names says so: it ends in .arpa, or what is read in .arpa.gz or .arpa.zst. */
bool convert_is_ngram(const char *from, const char *to);
int convert_ngram(cli *c);

#endif
