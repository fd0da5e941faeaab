/* subword.h: the third step of a tokenizer, the model: from a piece to tokens. */
#ifndef RN_TEXT_SUBWORD_H
#define RN_TEXT_SUBWORD_H

#include "base/random.h"
#include "text/token_table.h"
#include "text/token_trie.h"
#include <rondo/tokenizer.h>

typedef struct rn_subword {
  int32_t id;
  size_t begin, end; /* bytes of the piece */
} rn_subword;

/* The tokens of a piece, appended to. Failure is sticky. */
typedef struct rn_subwords {
  rn_subword *at;
  size_t n, capacity;
  size_t n_dropped; /* symbols left out */
  bool failed;
} rn_subwords;
bool rn_subwords_grow(rn_subwords *out);
static inline void rn_subwords_push(rn_subwords *out, int32_t id, size_t begin, size_t end) {
  if (out->n == out->capacity && !rn_subwords_grow(out)) return;
  out->at[out->n++] = (rn_subword){id, begin, end};
}

/* ---- byte pair encoding: bpe.c ---- */

typedef struct rn_merge {
  uint64_t pair; /* left id << 32 | right id; UINT64_MAX: an empty slot */
  uint32_t rank; /* the earlier in the file, the smaller */
  int32_t id;    /* of the two together */
} rn_merge;

typedef struct rn_bpe {
  rn_merge *merges; /* open addressing */
  uint64_t mask;
  bool bytes;            /* a piece is raw bytes, and `byte` has the id of each one's letter */
  int32_t byte[256];     /* -1: it has none */
  int32_t fallback[256]; /* the ids of <0x00> to <0xFF>, all there when byte_fallback */
  bool byte_fallback, fuse_unk, ignore_merges;
  int32_t unk;           /* -1: none, and a symbol that is not there is left out, as Hugging Face does */
  char *prefix, *suffix; /* before every symbol but a word's first; after its last. NULL: none */
} rn_bpe;
bool rn_bpe_init(rn_bpe *bpe, size_t n_merges);
/* Of two merges of one pair the later counts. */
void rn_bpe_add_merge(rn_bpe *bpe, int32_t left, int32_t right, uint32_t rank, int32_t id);
void rn_bpe_free(rn_bpe *bpe);

/* ---- WordPiece: wordpiece.c ---- */

typedef struct rn_wordpiece {
  rn_token_trie begins, continues; /* tokens, and those with the prefix, without it */
  int32_t unk;
  int64_t max_chars; /* a longer word is unknown */
} rn_wordpiece;
bool rn_wordpiece_init(rn_wordpiece *w, const rn_token_table *tokens, const char *prefix, size_t prefix_size);
void rn_wordpiece_free(rn_wordpiece *w);

/* ---- unigram: unigram.c ---- */

typedef struct rn_unigram {
  rn_token_trie trie; /* its values are ids */
  double *score;      /* [size] log probability by id */
  bool *unmatched;    /* [size] tokens that are not found in a text; NULL: all are */
  bool single;        /* scores are added in single precision */
  double unk_score;   /* the least score less 10 */
  int32_t unk;
  bool byte_fallback;
  int32_t fallback[256];
} rn_unigram;
bool rn_unigram_init(rn_unigram *u, const rn_token_table *tokens);
void rn_unigram_free(rn_unigram *u);

/* ---- one of them ---- */

typedef enum rn_subword_type { RN_SUBWORD_BPE, RN_SUBWORD_WORDPIECE, RN_SUBWORD_UNIGRAM, RN_SUBWORD_WHOLE } rn_subword_type;
typedef struct rn_subword_model {
  rn_subword_type type;
  rn_token_table tokens;
  rn_bpe bpe;
  rn_wordpiece wordpiece;
  rn_unigram unigram;
  int32_t unk; /* WHOLE: of words that are not there; -1: none */
} rn_subword_model;
void rn_subword_model_free(rn_subword_model *model);

/* What one thread needs; zeros at the beginning. */
typedef struct rn_subword_work {
  void *symbols; /* of BPE; nodes of unigram */
  size_t symbols_size;
  void *heap;
  size_t heap_size;
  void *key; /* a symbol with its prefix and suffix; a piece in letters */
  size_t key_size;
} rn_subword_work;
void rn_subword_work_free(rn_subword_work *work);
/* Room for `size` bytes in a block that is kept; what it held is lost. NULL when out of memory. */
void *rn_subword_reserve(void **block, size_t *held, size_t count, size_t size);

/* The tokens of a piece (not empty, well-formed). `sample` > 0: drawn, as rn_tokenize_options says. Errors: RN_ERROR_DATA (a symbol that is
 * not there and no unknown token), RN_ERROR_MEMORY. */
rn_status rn_subword_encode(const rn_subword_model *model, rn_subword_work *work, const char *piece, size_t size, float sample,
                            rn_random *random, rn_subwords *out, rn_error *err);
rn_status rn_bpe_encode(const rn_subword_model *model, rn_subword_work *work, const char *piece, size_t size, float dropout,
                        rn_random *random, rn_subwords *out, rn_error *err);
rn_status rn_wordpiece_encode(const rn_subword_model *model, const char *piece, size_t size, rn_subwords *out, rn_error *err);
rn_status rn_unigram_encode(const rn_subword_model *model, rn_subword_work *work, const char *piece, size_t size, float alpha,
                            rn_random *random, rn_subwords *out, rn_error *err);
rn_status rn_subword_unknown(const char *symbol, size_t size, rn_error *err);

#endif
