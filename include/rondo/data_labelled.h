/* data_labelled.h: texts with their labels, from the formats that classification data comes in. */
#ifndef RONDO_DATA_LABELLED_H
#define RONDO_DATA_LABELLED_H

#include <rondo/data.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Told by the path's end (.tsv .csv .jsonl .ndjson .json .fa .fasta .fna, before .gz or .zst), or else by the first twenty lines that are
 * not blank: all begin with '{': JSONL; all with "__label__": fastText; the first with '>': FASTA; all have a tab: TSV; all begin with a
 * whole number and a blank: words. */
typedef enum rn_labelled_format {
  RN_LABELLED_GUESS,
  RN_LABELLED_TSV,      /* label<TAB>text, the text to the end of the line; or columns, when named */
  RN_LABELLED_CSV,      /* RFC 4180; label first and text second, or columns by name or number */
  RN_LABELLED_JSONL,    /* an object a line; the label a string, a number, true or false, or an array of these */
  RN_LABELLED_FASTTEXT, /* __label__a __label__b text */
  RN_LABELLED_WORDS,    /* label text: the first word is the label */
  RN_LABELLED_FASTA,    /* >label anything, and then the lines of a sequence, joined */
  RN_LABELLED_LINES,    /* a text a line and no labels; blank lines are passed over. Guessed only where no labels are asked for */
} rn_labelled_format;

/* A column of TSV and CSV is a number, from 1 or from the end by -1, or a name: then the first row is the header. With neither column given
 * the first row is a header when it has both "text" and "label". */
typedef struct rn_labelled_options {
  rn_labelled_format format;
  const char *text, *label; /* columns, or keys of JSONL; NULL: as above, and "text" and "label" */
  const char *where;        /* TSV, CSV: "COLUMN=VALUE": rows that have another value there are passed over; NULL: none are */
  bool unlabelled;          /* no labels are read. LINES, or FASTA where the first line begins with '>', unless `text` is given */
  bool skip_bad;            /* bad lines are left out and counted */
} rn_labelled_options;
RN_API rn_labelled_options rn_labelled_options_default(void);

/* Every text has at least one label, but for unlabelled ones, which have none; neither is empty. */
typedef struct rn_labelled {
  int64_t n;
  const rn_string *texts;  /* [n] */
  const rn_string *labels; /* [rows of label_of] */
  rn_ragged label_of;      /* the labels of text i are label_of.offset[i] .. label_of.offset[i + 1] */
  const int64_t *lines;    /* [n] where each begins in the file, from 1 */
  rn_labelled_format format; /* in which it was read */
  int64_t n_bad;           /* lines that were bad and are left out */
  uint64_t hash;           /* of the file */
  void *owner;             /* private */
} rn_labelled;

/* Reads a file: anything that rn_corpus_open reads. Free with rn_labelled_free. Errors: RN_ERROR_DATA: what is wrong in up to twenty lines,
 * with line and column, no text, or a format that cannot be told; RN_ERROR_ARGUMENT: a column that there is not; RN_ERROR_IO, _MEMORY. */
RN_API rn_status rn_labelled_open(rn_context *ctx, const char *path, const rn_labelled_options *options, rn_labelled *out);
RN_API void rn_labelled_free(rn_labelled *labelled);

#ifdef __cplusplus
}
#endif
#endif
