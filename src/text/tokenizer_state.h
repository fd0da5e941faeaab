/* tokenizer_state.h: what a tokenizer is made of: the steps of its file, in order. */
#ifndef RN_TEXT_TOKENIZER_STATE_H
#define RN_TEXT_TOKENIZER_STATE_H

#include "base/json.h"
#include "tensor/context.h"
#include "text/added_tokens.h"
#include "text/detokenize.h"
#include "text/normalize.h"
#include "text/pretokenize.h"
#include "text/subword.h"
#include "text/tokenizer.h"

enum { RN_N_ROLES = RN_ROLE_CLS + 1 };

/* What the post-processors do to the tokens of a text. */
typedef struct rn_frame {
  int32_t *before, *after; /* tokens put around them */
  int64_t n_before, n_after;
  bool trim;            /* white space that a token begins or ends with is not part of what it stands for */
  bool keep_put_before; /* ... but for one blank at the beginning of the text */
} rn_frame;

struct rn_tokenizer {
  char *json;
  rn_tokenizer_type type;
  rn_added_tokens added;
  rn_normalizer *normalizers;
  int64_t n_normalizers;
  rn_pretokenizer *pretokenizers;
  int64_t n_pretokenizers; /* where the model takes bytes, the last step, bytes to letters, is left out */
  rn_subword_model model;
  rn_frame frame;
  rn_detokenizer *detokenizers;
  int64_t n_detokenizers;
  int32_t roles[RN_N_ROLES];
  int64_t size;
  bool fuse_unknown; /* unknown tokens that follow each other are one, across pieces too */
  bool can_cut;      /* a text may be cut behind a line end between two printable ASCII characters, to the same tokens */
};

/* One file being read: where its words begin, and where failures go. */
typedef struct rn_tokenizer_reader {
  rn_context *ctx;
  rn_tokenizer *t;
  const char *name;
  rn_error *err;
  const json_t *sentencepiece; /* what a SentencePiece model means beyond tokenizer.json; NULL: it is none */
} rn_tokenizer_reader;
rn_status rn_tokenizer_out_of_memory(const rn_tokenizer_reader *r);
/* A copy of a JSON string, U+0000 and all, with a NUL behind it; NULL when out of memory. */
char *rn_json_copy(const json_t *string, size_t *size);

/* tokenizer_json_steps.c: the parts of tokenizer.json but for the model. NULL and null are no step. */
rn_status rn_tokenizer_read_normalizer(rn_tokenizer_reader *r, const json_t *value);
rn_status rn_tokenizer_read_pretokenizer(rn_tokenizer_reader *r, const json_t *value);
rn_status rn_tokenizer_read_decoder(rn_tokenizer_reader *r, const json_t *value);
/* tokenizer_json_frame.c */
rn_status rn_tokenizer_read_processor(rn_tokenizer_reader *r, const json_t *value);
/* tokenizer_json_model.c */
rn_status rn_tokenizer_read_model(rn_tokenizer_reader *r, const json_t *value);

#endif
