/* data_dna.h: DNA: bases as probabilities, the other strand, k-mers, and labelled sequences. */
#ifndef RONDO_DATA_DNA_H
#define RONDO_DATA_DNA_H

#include <rondo/data_labelled.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bases are the letters A C G T, U for T, and IUPAC's for sets of them, R = AG, Y = CT, ..., N = ACGT, in either case. A base is a row of
 * probabilities of A C G T, equal ones for those in its set:
 *
 *     A = 1 0 0 0    R = 1/2 0 1/2 0    N = 1/4 1/4 1/4 1/4                     Cornish-Bowden 1985 (the letters)
 *
 * rows [size, 4]. Returns the place of the first letter that is no base, whose row and those after it are left alone, or -1. */
RN_API int64_t rn_dna_rows(const char *bases, size_t size, float *rows);
/* The other strand, read in its own direction: out[i] = complement(bases[size - 1 - i]); sets to sets, the case kept, U to A, and what is
 * no base as it is. out [size], another array than bases. */
RN_API void rn_dna_reverse_complement(const char *bases, size_t size, char *out);
/* A label for each base, for the other strand: reversed, and letters swapped in pairs, "Cc": C becomes c, and c C. swaps may be NULL. */
RN_API void rn_dna_reverse_labels(const char *labels, size_t size, const char *swaps, char *out);
/* Adds 1 to counts[x_0 4^(k-1) + .. + x_(k-1)] for each k bases in a row, A C G T = 0 1 2 3; those with a set among them are passed over.
 * counts [4^k], 1 <= k <= 12. Returns how many were counted. */
RN_API int64_t rn_dna_kmers(const char *bases, size_t size, int k, float *counts);

typedef struct rn_dna_options {
  rn_labelled_options labelled; /* the file's format and its columns: text is the bases */
  bool per_base;                /* the label is a letter for each base, instead of one label for the sequence */
} rn_dna_options;
RN_API rn_dna_options rn_dna_options_default(void);

typedef struct rn_dna {
  int64_t n;
  const rn_string *bases;  /* [n] */
  const rn_string *labels; /* [n] one for each sequence; per_base: of the length of its bases. NULL: a format without labels */
  const int64_t *lines;    /* [n] where each begins in the file, from 1 */
  const float *rows;       /* [rows of seqs, 4] */
  rn_ragged seqs;
  int64_t n_ambiguous; /* letters that are sets of bases */
  rn_labelled_format format; /* in which it was read */
  int64_t n_bad;       /* lines that were bad and are left out */
  uint64_t hash;       /* of the file */
  void *owner;         /* private */
} rn_dna;

/* Reads labelled sequences as rn_labelled_open does; free with rn_dna_free. Errors: those, and RN_ERROR_DATA for a letter that is no base,
 * several labels, or labels that are more or fewer than the bases, each with line and column. */
RN_API rn_status rn_dna_open(rn_context *ctx, const char *path, const rn_dna_options *options, rn_dna *out);
RN_API void rn_dna_free(rn_dna *dna);

#ifdef __cplusplus
}
#endif
#endif
