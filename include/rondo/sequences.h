/* sequences.h: sequences of words, numbers or bases with their labels, whatever file they came from: what taggers and classifiers read. */
#ifndef RONDO_SEQUENCES_H
#define RONDO_SEQUENCES_H

#include <rondo/data_conll.h>
#include <rondo/data_dna.h>
#include <rondo/data_series.h>
#include <rondo/tokenizer.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rn_input_kind {
  RN_INPUT_WORDS,  /* a row is a word */
  RN_INPUT_SERIES, /* a time step: some numbers, of which some may be missing */
  RN_INPUT_DNA,    /* a base, as probabilities of A C G T */
  RN_INPUT_FRAMES, /* a frame of a video, as features: beside each label stands the path of an NPY file, [frames, features], relative to the
                    * folder of the text and below it. Labels are by sequence */
} rn_input_kind;
RN_API const char *rn_input_kind_name(rn_input_kind kind); /* "words", "series", "dna", "frames" */
RN_API bool rn_input_kind_parse(const char *name, rn_input_kind *out);

/* Labels: one for each row, as a tagger wants them, or any number for the whole sequence. */
typedef struct rn_sequences_options {
  rn_input_kind input;
  bool per_row;                 /* a label for each row */
  bool unlabelled;              /* the file has no labels: words, and paths of frames, by lines; series without the column; DNA by lines
                                 * or FASTA */
  rn_split split;               /* WORDS but for CoNLL files: how a text is cut. RN_SPLIT_WORDS */
  const rn_tokenizer *tokenizer; /* of RN_SPLIT_TOKENS; must outlive the sequences, whose words are its own */
  rn_conll_options conll;       /* WORDS per row */
  rn_labelled_options labelled; /* WORDS, DNA and FRAMES by sequence, and DNA per row (a letter for each base) */
  rn_series_options series;     /* SERIES; per row: LONG, whose label column has a value a step (label and per_step are set from here) */
} rn_sequences_options;
RN_API rn_sequences_options rn_sequences_options_default(rn_input_kind input, bool per_row);

typedef struct rn_sequences {
  rn_input_kind input;
  bool per_row;
  rn_ragged seqs;
  const rn_string *words;  /* [n_rows]; NULL for numbers */
  int64_t n_vars;          /* numbers in a row; 0 for words */
  const float *values;     /* [n_rows, n_vars]; NULL for words */
  const uint8_t *missing;  /* [n_rows, n_vars], 1 where missing; NULL: nothing is */
  const rn_string *labels; /* per_row: [n_rows]; else [rows of label_of]; NULL: there are none */
  rn_ragged label_of;      /* by sequence: the labels of sequence s are label_of.offset[s] .. label_of.offset[s + 1] */
  const rn_string *texts;  /* [n_seqs] as they stand in the file, WORDS but of CoNLL files, and DNA; NULL: not kept */
  const int64_t *lines;    /* WORDS per row: [n_rows]; else [n_seqs]: where each stands in the file, from 1; NULL: no lines */
  const char *format;      /* in which it was read: "conll", "conllu", "tsv", "csv", "jsonl", "fasttext", "words", "fasta", "lines", "ts",
                            * "wide", "long", "npy" */
  int64_t n_bad;           /* lines that were bad and are left out */
  uint64_t hash;           /* of the file */
  void *owner;             /* private */
} rn_sequences;

/* Reads a file. Every sequence has a row. Free with rn_sequences_free. Errors: those of its reader (rn_tagged_open, rn_labelled_open,
 * rn_series_open, rn_dna_open). */
RN_API rn_status rn_sequences_open(rn_context *ctx, const char *path, const rn_sequences_options *options, rn_sequences *out);
/* Some of them, in this order; strings and values are still those of `all`, which must outlive it, where they can be. For validation
 * parts and folds.
 *   pick [n], each in 0 .. n_seqs - 1 */
RN_API rn_status rn_sequences_pick(rn_context *ctx, const rn_sequences *all, const int64_t *pick, int64_t n, rn_sequences *out);
RN_API void rn_sequences_free(rn_sequences *sequences);
/* 0 .. n - 1 in an order that the seed draws, to pick a validation part or folds by.   out [n] */
RN_API void rn_sequences_order(uint64_t seed, int64_t n, int64_t *out);

#ifdef __cplusplus
}
#endif
#endif
