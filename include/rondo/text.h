/* text.h: vocabularies: from text to ids and back. */
#ifndef RONDO_TEXT_H
#define RONDO_TEXT_H

#include <rondo/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rn_level { RN_LEVEL_CHAR, RN_LEVEL_WORD, RN_LEVEL_TOKEN } rn_level;
RN_API const char *rn_level_name(rn_level level); /* "char", "word", "token" */

/* ---- from a text to words ---- */

typedef enum rn_split {
  RN_SPLIT_SPACE,     /* at white space */
  RN_SPLIT_WORDS,     /* as the Penn treebank does: "She can't (yet)." is She ca n't ( yet ) . */
  RN_SPLIT_CHARACTERS, /* every character that is no white space */
  RN_SPLIT_TOKENS      /* a tokenizer does (rn_text_split in tokenizer.h) */
} rn_split;
RN_API const char *rn_split_name(rn_split split); /* "space", "words", "characters", "tokens" */
RN_API bool rn_split_parse(const char *name, rn_split *out);
/* The words of a text, parts of it in order, but for RN_SPLIT_TOKENS. Ill-formed UTF-8 parts are words like letters.
 *   out [max], or NULL with max 0: only counted
 * Returns how many words there are, which may be more than max. */
RN_API int64_t rn_words_split(rn_split how, const char *text, size_t size, rn_string *out, int64_t max);

/* ---- vocabularies ---- */

/* A vocabulary: symbols and their ids. Character level: Unicode code points, newline included; word level: whitespace-separated
 * words with "<eos>" standing for the end of each line. Id 0 is "<unk>" when the vocabulary has it. Token level: subwords, as a tokenizer
 * cuts them (rn_vocab_from_tokenizer). Constant once made. */
typedef struct rn_vocab rn_vocab;

typedef struct rn_vocab_options {
  rn_level level;
  int64_t max_size;   /* 0: no limit; else the most frequent (ties: first seen first) */
  int64_t min_count;  /* symbols seen less often are <unk>; 0: 1, but 2 at word level where the text does not itself hold <unk> */
  bool unk;           /* keep an <unk> even when nothing is rare (needed for text not seen in training) */
} rn_vocab_options;
RN_API rn_vocab_options rn_vocab_options_default(rn_level level);

/* Counts symbols of a text. Word level with a text that already holds "<unk>" uses it as the unknown word.
 * Errors: RN_ERROR_DATA (no symbol at all), RN_ERROR_MEMORY. */
RN_API rn_status rn_vocab_build(rn_context *ctx, const char *text, size_t size, const rn_vocab_options *options, rn_vocab **out);
RN_API void rn_vocab_free(rn_vocab *vocab);
RN_API rn_level rn_vocab_level(const rn_vocab *vocab);
RN_API int64_t rn_vocab_size(const rn_vocab *vocab);
/* Bytes of a symbol, NUL-terminated; its length in *size when not NULL. NULL when id is out of range. */
RN_API const char *rn_vocab_symbol(const rn_vocab *vocab, int32_t id, size_t *size);
RN_API int32_t rn_vocab_find(const rn_vocab *vocab, const char *symbol, size_t size); /* -1 when absent */
RN_API int32_t rn_vocab_unk(const rn_vocab *vocab); /* -1 when there is none */
/* Word level: "<eos>"; character level: the newline; token level: the tokenizer's, or else its newline; -1 when absent. */
RN_API int32_t rn_vocab_eos(const rn_vocab *vocab);
RN_API int64_t rn_vocab_count(const rn_vocab *vocab, int32_t id); /* occurrences in the training text */
/* Adds ids of a training text to the counts: at token level, where no text built the vocabulary. */
RN_API void rn_vocab_count_ids(rn_vocab *vocab, const int32_t *ids, int64_t n);

typedef struct rn_encoding {
  int32_t *ids;      /* owned; free with rn_encoding_free */
  int64_t n;
  int64_t n_unknown; /* ids that are <unk> because the symbol is not in the vocabulary */
  int64_t n_invalid; /* ill-formed UTF-8 parts, read as U+FFFD */
  int64_t n_bytes, n_chars; /* of the text encoded; for bits per character */
} rn_encoding;
/* Text to ids. A symbol that is absent becomes <unk>, or is an error (RN_ERROR_DATA, with line and column) when there is none.
 * Word level: every line end gives <eos>, also a last line without one; token level: likewise, where the tokenizer has an end of text and
 * would lose the line end. */
RN_API rn_status rn_vocab_encode(rn_context *ctx, const rn_vocab *vocab, const char *text, size_t size, rn_encoding *out);
RN_API void rn_encoding_free(rn_encoding *encoding);
/* The text of one id as it should be printed after `previous` (-1: at the start): word level puts a space between words and a newline
 * for <eos>. Writes at most size bytes with a NUL; returns the length. */
RN_API size_t rn_vocab_decode(const rn_vocab *vocab, int32_t previous, int32_t id, char *out, size_t size);

/* A text written id by id, in whole characters: bytes of a character that is not whole yet are held back. */
typedef struct rn_vocab_writer rn_vocab_writer;
/* previous: what the text goes on from; -1: nothing. Errors: RN_ERROR_MEMORY. */
RN_API rn_status rn_vocab_writer_new(rn_context *ctx, const rn_vocab *vocab, int32_t previous, rn_vocab_writer **out);
RN_API void rn_vocab_writer_free(rn_vocab_writer *writer); /* NULL is allowed */
/* What one more id adds; of an id of -1, what is held back. The text is the writer's, until the next call. Errors: RN_ERROR_MEMORY. */
RN_API rn_status rn_vocab_writer_put(rn_vocab_writer *writer, int32_t id, rn_string *text);

#ifdef __cplusplus
}
#endif
#endif
