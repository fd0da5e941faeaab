/* vocab_file.h: the vocabulary in a model file: "rondo.vocab" of its metadata, JSON as rn_vocab_to_json writes it. Words, of which there
 * may be millions, are in tables of their own, so that nothing has to be unquoted when the file is opened:
 *
 *     rondo.vocab     {"level": "word", "unk": 0}
 *     vocab.counts    I64 [n]
 *     vocab.symbols   U8 [bytes]   a line each */
#ifndef RN_DATA_VOCAB_FILE_H
#define RN_DATA_VOCAB_FILE_H

#include "io/safetensors.h"
#include "text/vocab.h"

typedef struct rn_vocab_tables { /* to be written behind the others, whose alignment they might spoil */
  rn_entry entries[2];
  int n;
  rn_text symbols; /* private */
  int64_t *counts; /* private */
} rn_vocab_tables;
/* Puts the vocabulary into the metadata and into tables. False: out of memory. Freed in either case. */
bool rn_vocab_store(const rn_vocab *vocab, json_t *metadata, rn_vocab_tables *out);
void rn_vocab_tables_free(rn_vocab_tables *tables);

/* The vocabulary of a file; *out NULL: it has none. Errors: RN_ERROR_DATA, RN_ERROR_MEMORY. */
rn_status rn_vocab_load(const rn_safetensors *file, const char *path, rn_vocab **out, rn_error *err);

#endif
