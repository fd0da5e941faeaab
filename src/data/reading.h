/* reading.h: what the readers of labelled data share: a file line by line, memory for what they make of it, and the list of what is wrong
 * in it. A reader is a loop over lines that puts what it finds into arrays; the reading then is the `owner` of its result. */
#ifndef RN_DATA_READING_H
#define RN_DATA_READING_H

#include "base/arena.h"
#include "base/error.h"
#include <rondo/data.h>

#define RN_MAX_BAD_LINES 20 /* as many are told before reading stops */

typedef struct rn_reading {
  rn_context *ctx;
  const char *name; /* of the file, for the words */
  rn_corpus corpus;
  rn_arena *arena;     /* the memory of the result */
  const char *next;    /* where the next line begins */
  rn_string line;      /* the current line, without its newline */
  int64_t line_number; /* of it, from 1 */
  bool skip_bad;       /* bad lines are left out and counted */
  bool no_memory;
  int64_t n_bad;
  rn_string bad[RN_MAX_BAD_LINES]; /* the words about each */
  char *room;                      /* of the strings that are kept by copying */
  size_t room_left;
} rn_reading;

/* A reading of no text yet: for a binary format, which has no lines. NULL on failure, with the words in the context. */
rn_reading *rn_reading_new(rn_context *ctx, const char *path, bool skip_bad);
/* Opens a text; NULL on failure, with the words in the context. */
rn_reading *rn_reading_open(rn_context *ctx, const char *path, bool skip_bad);
void rn_reading_free(rn_reading *r); /* NULL is allowed */

/* The next line into r->line; false at the end of the file, when twenty lines are bad, and when memory is out. */
bool rn_reading_next(rn_reading *r);
/* One of the arrays of the result, uninitialised; NULL (and no_memory) when out of memory. */
void *rn_reading_array(rn_reading *r, size_t count, size_t size);
/* A copy of a string that is not in the file as it is. */
rn_string rn_reading_keep(rn_reading *r, const char *bytes, size_t size);

/* Something is wrong at `where`, a place in the text: "NAME:LINE:COLUMN: WORDS". A place that is not in the text is the current line. */
void rn_reading_bad(rn_reading *r, const char *where, const char *format, ...) RN_PRINTF(3, 4);
/* At the end: RN_OK, or the failure there was: out of memory, or bad lines (RN_ERROR_DATA, the words of each in a line of its own). Where
 * bad lines are skipped they are logged instead. */
rn_status rn_reading_end(rn_reading *r);

/* A list of strings that grows, in the memory of the result. */
typedef struct rn_strings {
  rn_string *at;
  int64_t n, capacity;
} rn_strings;
void rn_strings_push(rn_reading *r, rn_strings *list, rn_string s);

/* How many lines there are at most, and how many bytes are one of `set`: bounds for the arrays of a result. */
size_t rn_reading_count(const rn_reading *r, const char *set);
rn_string rn_string_trim(rn_string s); /* without the blanks and tabs around it */
bool rn_string_is(rn_string s, const char *word);
/* A column by its number, from 1, or from the end by -1: to one from 0. False when it is no number or there is no such column. */
bool rn_column_number(const char *text, int64_t n_columns, int64_t *column);
/* Whether the path ends so, .gz and .zst apart, in any case. */
bool rn_path_ends(const char *path, const char *extension);
/* A string to be shown in words, for "%.*s": at most 40 bytes of it, whole characters. */
int rn_string_shown(rn_string s);
#define RN_SHOW(s) rn_string_shown(s), (s).data

#endif
