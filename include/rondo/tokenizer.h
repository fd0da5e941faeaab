/* tokenizer.h: from a text to subword ids and back. */
#ifndef RONDO_TOKENIZER_H
#define RONDO_TOKENIZER_H

#include <rondo/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A tokenizer is four steps, each of them data out of its file: normalize (NFC, lower case, ...), pre-tokenize (where a token may never
 * reach across), the model (below), and add what a text begins and ends with. Constant once made: many threads may use one.
 * The ids are those of Hugging Face's tokenizers and of SentencePiece for the same file. */
typedef struct rn_tokenizer rn_tokenizer;

typedef enum rn_tokenizer_type {
  RN_TOKENIZER_BPE,       /* merges of pairs, most frequent first (Sennrich, Haddow & Birch 2016; on bytes: Radford et al. 2019) */
  RN_TOKENIZER_WORDPIECE, /* the longest match first, "##" before what continues a word (Schuster & Nakajima 2012; Devlin et al. 2019) */
  RN_TOKENIZER_UNIGRAM,   /* the most probable segmentation under independent pieces (Kudo 2018) */
  RN_TOKENIZER_WORD,      /* whole words by frequency */
  RN_TOKENIZER_CHAR       /* characters by frequency */
} rn_tokenizer_type;
RN_API const char *rn_tokenizer_type_name(rn_tokenizer_type type); /* "bpe", "wordpiece", "unigram", "word", "char" */
RN_API bool rn_tokenizer_type_parse(const char *name, rn_tokenizer_type *out);

/* ---- files ---- */

/* Opens what the path is: Hugging Face's tokenizer.json; GPT-2's vocab.json with merges.txt beside it (or the pair of names encoder.json
 * and vocab.bpe); BERT's vocab.txt; SentencePiece's .model (unigram and BPE); a folder that holds one of these. Free with
 * rn_tokenizer_free. Errors: RN_ERROR_IO; RN_ERROR_DATA, with file and place: not such a file, cut short, a merge of tokens that are not
 * there, an id twice, a step of tokenizer.json that is not known here (named), a pattern that PCRE2 refuses; RN_ERROR_MEMORY. */
RN_API rn_status rn_tokenizer_open(rn_context *ctx, const char *path, rn_tokenizer **out);
/* The same from the text of a tokenizer.json; `name` stands for it in errors. */
RN_API rn_status rn_tokenizer_parse(rn_context *ctx, const char *json, size_t size, const char *name, rn_tokenizer **out);
/* Hugging Face's tokenizer.json, whatever it was read from. Owned by the tokenizer. */
RN_API const char *rn_tokenizer_json(const rn_tokenizer *tokenizer);
RN_API rn_status rn_tokenizer_save(rn_context *ctx, const rn_tokenizer *tokenizer, const char *path);
/* One of its own that cuts as this one does. Free with rn_tokenizer_free. Errors: RN_ERROR_MEMORY. */
RN_API rn_status rn_tokenizer_copy(rn_context *ctx, const rn_tokenizer *tokenizer, rn_tokenizer **out);
RN_API void rn_tokenizer_free(rn_tokenizer *tokenizer); /* NULL is allowed */

/* ---- the vocabulary ---- */

RN_API rn_tokenizer_type rn_tokenizer_type_of(const rn_tokenizer *tokenizer);
RN_API int64_t rn_tokenizer_size(const rn_tokenizer *tokenizer); /* one more than the largest id, added tokens included */
/* The token as it stands in the file (byte-level: in GPT-2's printable letters), NUL-terminated; NULL for an id that is not there. */
RN_API const char *rn_tokenizer_token(const rn_tokenizer *tokenizer, int32_t id, size_t *size);
RN_API int32_t rn_tokenizer_find(const rn_tokenizer *tokenizer, const char *token, size_t size); /* -1 when absent */
typedef enum rn_tokenizer_role {
  RN_ROLE_UNK,
  RN_ROLE_BOS,
  RN_ROLE_EOS,
  RN_ROLE_PAD,
  RN_ROLE_MASK,
  RN_ROLE_SEP,
  RN_ROLE_CLS
} rn_tokenizer_role;
/* The special token of a role, by the names the field gives them (<unk> [UNK], <s> [CLS], </s> <eos> <|endoftext|> [SEP], ...); -1: none.
 */
RN_API int32_t rn_tokenizer_special(const rn_tokenizer *tokenizer, rn_tokenizer_role role);
RN_API bool rn_tokenizer_is_special(const rn_tokenizer *tokenizer, int32_t id); /* left out of decoded text */

/* ---- a text to ids, and back ---- */

typedef struct rn_tokenize_options {
  bool specials; /* what the file adds around a text ([CLS] ... [SEP]); false by default */
  /* Subword regularisation. 0: the one best segmentation. Unigram: segmentations drawn with p^alpha (Kudo 2018); BPE: each merge is left
   * out with this probability (Provilkov, Emelianenko & Voita 2020); others: nothing. A function of (text, seed) alone. */
  float sample;
  uint64_t seed;
  const char *name;     /* of the text: an error begins with NAME:LINE:COLUMN; NULL: with LINE:COLUMN */
  int64_t lines_before; /* in the file, of which the text is a part */
} rn_tokenize_options;
RN_API rn_tokenize_options rn_tokenize_options_default(void);

typedef struct rn_tokens {
  int64_t n;
  int32_t *ids;         /* [n] */
  int64_t *begin, *end; /* [n] bytes of the original text that a token stands for; begin = end for those added around it */
  int64_t n_unknown;    /* ids that are the unknown token, and n_dropped */
  int64_t n_dropped;    /* BPE without an unknown token: symbols that are not in the vocabulary and are left out */
  int64_t n_invalid;    /* ill-formed UTF-8 parts, each read as U+FFFD */
} rn_tokens;
/* Any bytes are a text. Special tokens that stand in the text are recognised as the file says. options NULL: the defaults. Long texts run
 * on the context's threads, to the same ids. Free with rn_tokens_free. Errors: RN_ERROR_MEMORY; RN_ERROR_DATA (a word that is not
 * there, and no unknown token; the pattern's limits are reached, or what the file replaces makes the text too long). */
RN_API rn_status rn_tokenizer_encode(rn_context *ctx, const rn_tokenizer *tokenizer, const char *text, size_t size,
                                     const rn_tokenize_options *options, rn_tokens *out);
RN_API void rn_tokens_free(rn_tokens *tokens);
/* rn_words_split, and with RN_SPLIT_TOKENS the tokens of a text in place of its words: each as it stands in the tokenizer's file, owned by
 * the tokenizer.
 *   tokenizer, options  not read, and may be NULL, but for RN_SPLIT_TOKENS
 *   out [max]           NULL with max 0: only counted
 *   n                   how many there are, which may be more than max
 * Errors: those of rn_tokenizer_encode. */
RN_API rn_status rn_text_split(rn_context *ctx, rn_split how, const rn_tokenizer *tokenizer, const char *text, size_t size,
                               const rn_tokenize_options *options, rn_string *out, int64_t max, int64_t *n);
/* The text of ids, special tokens left out unless asked for; bytes that are no UTF-8 become U+FFFD. *out is NUL-terminated and freed with
 * rn_tokenizer_text_free; *size may be NULL. Errors: RN_ERROR_ARGUMENT (an id that is not there), RN_ERROR_DATA (what the file replaces
 * makes the text too long), RN_ERROR_MEMORY. */
RN_API rn_status rn_tokenizer_decode(rn_context *ctx, const rn_tokenizer *tokenizer, const int32_t *ids, int64_t n, bool specials,
                                     char **out, size_t *size);
RN_API void rn_tokenizer_text_free(char *text);

/* ---- as the vocabulary of a model ---- */

/* The vocabulary of a tokenizer, which is taken over (freed with it, also on failure). Errors: RN_ERROR_MEMORY. */
RN_API rn_status rn_vocab_from_tokenizer(rn_context *ctx, rn_tokenizer *tokenizer, rn_vocab **out);
RN_API const rn_tokenizer *rn_vocab_tokenizer(const rn_vocab *vocab); /* NULL: it is not of tokens */

/* ---- training ---- */

typedef struct rn_tokenizer_options {
  rn_tokenizer_type type;
  int64_t vocab_size; /* special tokens included; fewer when the text does not support it (logged with the number reached) */
  int64_t min_count;  /* pairs, words or characters seen less often are left out; default 2 (pairs), 1 (others) */
  bool byte_level;    /* BPE: of bytes, as GPT-2; else of characters with an end-of-word mark, as Sennrich. Default true */
  bool byte_fallback; /* unigram, character BPE: an unknown character becomes its bytes, <0x00> to <0xFF> */
  const char
      *normalize; /* names joined by commas, in order: nfc nfkc lower strip-accents; NULL: by type (wordpiece: bert's; unigram: nfkc) */
  const char *pattern; /* the pre-tokenizer's regular expression; NULL: by type (GPT-2's, BERT's, Metaspace) */
  const char *const *specials;
  int64_t n_specials; /* first ids, in this order; NULL: by type */
  double coverage;    /* characters kept, as a share of the text: default 0.9995 for unigram and character BPE, 1 otherwise */
  int64_t memory;     /* bytes that counted words may take; beyond it the rarest are dropped, with a message. 0: no cap */
} rn_tokenizer_options;
RN_API rn_tokenizer_options rn_tokenizer_options_default(rn_tokenizer_type type);
/* Learns a tokenizer from the files, read as they stream by (.gz and .zst too, "-" once): memory grows with the distinct words, not with
 * the text. The result does not depend on the number of threads. Errors: RN_ERROR_ARGUMENT (options that make no sense), RN_ERROR_DATA (no
 * text), RN_ERROR_IO, RN_ERROR_MEMORY. */
RN_API rn_status rn_tokenizer_train(rn_context *ctx, const char *const *paths, int64_t n_paths, const rn_tokenizer_options *options,
                                    rn_tokenizer **out);

#ifdef __cplusplus
}
#endif
#endif
