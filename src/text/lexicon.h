/* lexicon.h: words as models read them: an id, letters, and how they are written.
 *
 * A word's form is its text with ill-formed UTF-8 and NUL as U+FFFD; folded, it is in lower case with 0 for every digit (Collobert et al.
 * 2011). One of more than RN_MAX_FORM bytes is in no vocabulary. */
#ifndef RN_TEXT_LEXICON_H
#define RN_TEXT_LEXICON_H

#include "text/vocab.h"

#define RN_MAX_FORM 1024  /* bytes */
#define RN_MAX_LETTERS 64 /* that models read of a word */

/* The form of a word, folded or not, without a NUL at its end. Returns its bytes, or -1 when they are more than room. */
int64_t rn_form(const char *data, size_t size, bool fold, char *out, size_t room);

/* How a word is written, whatever its letters are. */
typedef enum rn_casing {
  RN_CASING_LOWER,       /* lower: no upper-case letter */
  RN_CASING_TITLE,       /* Title, and a single letter: I */
  RN_CASING_UPPER,       /* UPPER, U.N. */
  RN_CASING_MIXED,       /* mIxed, McGee */
  RN_CASING_NUMBER,      /* 1,000.5: digits and no letter */
  RN_CASING_HAS_DIGIT,   /* 3rd, A4 */
  RN_CASING_PUNCTUATION, /* neither letters nor digits */
  RN_CASING_OTHER,       /* scripts without cases */
  RN_N_CASINGS
} rn_casing;
rn_casing rn_lexicon_casing(const char *data, size_t size);

/* ---- what training texts hold ---- */

typedef struct rn_vocab_words {
  const rn_string *words; /* [n], each as often as it stands in the text */
  int64_t n;
  const rn_string *extra; /* [n_extra] that are in the vocabulary however rare they are, as pretrained vectors' words; NULL: none */
  int64_t n_extra;
  int64_t min_count; /* of the words; 0: 1 */
  int64_t max_size;  /* the most frequent ones, <unk> among them; 0: no limit. Extra words come on top */
  bool fold;         /* the vocabulary is of folded forms, extra words' too */
} rn_vocab_words;
/* The vocabulary of a list of words: <unk> is id 0, which counts the words left out; then by falling counts. An extra word that is not
 * among the words has count 0. Errors: RN_ERROR_DATA (no word at all), RN_ERROR_MEMORY. */
rn_status rn_vocab_of_words(rn_context *ctx, const rn_vocab_words *from, rn_vocab **out);
/* Every letter of the words once, in the order in which they come: for rn_lexicon_new, and as a model's configuration keeps them. NULL when
 * out of memory; free with rn_free. */
char *rn_letters_of_words(const rn_string *words, int64_t n);

/* ---- reading words ---- */

typedef struct rn_lexicon rn_lexicon;
/* A view over a vocabulary of words, which must outlive it and have <unk>, or of tokens, and letters of its own.
 *   letters  NUL-terminated; ids from 1 in this order, 0 for one that is not among them. NULL: the lexicon has no letters
 *   fold     the vocabulary is of folded forms
 * Errors: RN_ERROR_DATA (letters ""), RN_ERROR_MEMORY. */
rn_status rn_lexicon_new(rn_context *ctx, const rn_vocab *words, const char *letters, bool fold, rn_lexicon **out);
void rn_lexicon_free(rn_lexicon *lexicon);
/* The id of a word: by its form, then by its folded form; of a lexicon that folds, by this alone. Else that of <unk>. A token's is
 * that of the token alone, which is written so; -1: there is none. */
int32_t rn_lexicon_word(const rn_lexicon *lexicon, const char *data, size_t size);
int64_t rn_lexicon_n_letters(const rn_lexicon *lexicon); /* the unknown one with them; 0 without letters */
/* The letters' ids of a word, out [max]. Of a word with more than max only its first max/2 and its last max - max/2 are read. Returns how
 * many were written. */
int64_t rn_lexicon_letters(const rn_lexicon *lexicon, const char *data, size_t size, int32_t *out, int64_t max);

#endif
