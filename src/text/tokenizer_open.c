/* tokenizer_open.c: which of the formats a path is, told by its content. */
#include "base/alloc.h"
#include "base/file.h"
#include "text/tokenizer_files.h"

#include <string.h>

/* The two names of GPT-2's files, and in a folder what is looked for, in this order. */
static const char *const pairs[][2] = {{"vocab.json", "merges.txt"}, {"encoder.json", "vocab.bpe"}};
static const char *const singles[] = {"tokenizer.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "vocab.txt"};

static rn_status out_of_memory(rn_context *ctx, const char *path) {
  return rn_context_fail(ctx, RN_ERROR_MEMORY, "%s: out of memory", path);
}

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static bool ends_with(const char *s, const char *end) {
  size_t n = strlen(s), m = strlen(end);
  return n >= m && strcmp(s + n - m, end) == 0;
}

/* The path of a file of GPT-2's pair, the other one of it: in the same folder, with the same beginning ("gpt2_encoder.json"). NULL: it is
 * none, or out of memory (*failed). */
static char *partner(const char *path, bool *is_vocab, bool *failed) {
  const char *name = base_name(path);
  for (int p = 0; p < 2; p++)
    for (int side = 0; side < 2; side++) {
      const char *mine = pairs[p][side], *other = pairs[p][!side];
      if (!ends_with(name, mine)) continue;
      size_t stem = strlen(path) - strlen(mine);
      char *out = rn_alloc(stem + strlen(other) + 1);
      *failed = !out;
      *is_vocab = side == 0;
      if (!out) return NULL;
      memcpy(out, path, stem);
      memcpy(out + stem, other, strlen(other) + 1);
      return out;
    }
  return NULL;
}

/* ---- files ---- */

static bool is_json(const char *path, const rn_bytes *b) {
  size_t i = 0;
  while (i < b->size && (b->data[i] == ' ' || b->data[i] == '\n' || b->data[i] == '\r' || b->data[i] == '\t')) i++;
  return ends_with(path, ".json") || (i < b->size && b->data[i] == '{');
}

/* A .model begins with its first piece: field 1, a block. */
static bool is_sentencepiece(const rn_bytes *b) {
  return b->size > 2 && b->data[0] == 0x0A && memchr(b->data, 0x15, b->size < 256 ? b->size : 256);
}

static rn_status open_pair(rn_context *ctx, const char *vocab_path, const char *merges_path, rn_tokenizer **out) {
  rn_bytes vocab = {0}, merges = {0};
  rn_error err = {0};
  rn_status status = rn_bytes_map(vocab_path, &vocab, &err);
  if (status == RN_OK) status = rn_bytes_map(merges_path, &merges, &err);
  if (status != RN_OK) rn_context_fail(ctx, status, "%s", err.text);
  else
    status = rn_tokenizer_read_gpt2(ctx, (rn_string){vocab.data, vocab.size}, vocab_path, (rn_string){merges.data, merges.size},
                                    merges_path, out);
  rn_bytes_close(&vocab);
  rn_bytes_close(&merges);
  return status;
}

static rn_status open_single(rn_context *ctx, const char *path, rn_tokenizer **out) {
  rn_bytes bytes;
  rn_error err = {0};
  if (rn_bytes_map(path, &bytes, &err) != RN_OK) return rn_context_fail(ctx, err.status, "%s", err.text);
  rn_status status;
  if (bytes.size == 0) status = rn_context_fail(ctx, RN_ERROR_DATA, "%s: the file is empty: no tokenizer", path);
  else if (is_json(path, &bytes)) status = rn_tokenizer_parse(ctx, bytes.data, bytes.size, path, out);
  else if (is_sentencepiece(&bytes)) status = rn_tokenizer_read_sentencepiece(ctx, bytes.data, bytes.size, path, out);
  else status = rn_tokenizer_read_bert(ctx, (rn_string){bytes.data, bytes.size}, path, out);
  rn_bytes_close(&bytes);
  return status;
}

static rn_status open_file(rn_context *ctx, const char *path, rn_tokenizer **out) {
  bool is_vocab, failed = false;
  char *other = partner(path, &is_vocab, &failed);
  if (failed) return out_of_memory(ctx, path);
  rn_status status = !other ? open_single(ctx, path, out) : is_vocab ? open_pair(ctx, path, other, out) : open_pair(ctx, other, path, out);
  rn_free(other);
  return status;
}

static rn_status open_folder(rn_context *ctx, const char *path, rn_tokenizer **out) {
  enum { N_SINGLES = sizeof singles / sizeof *singles };
  for (int i = 0; i < N_SINGLES + 2; i++) {
    /* tokenizer.json says the most; GPT-2's pair goes before the others. */
    const char *name = i == 0 ? singles[0] : i <= 2 ? pairs[i - 1][0] : singles[i - 2];
    char *file = rn_path_join(path, name);
    if (!file) return out_of_memory(ctx, path);
    bool there = rn_path_exists(file);
    rn_status status = there ? open_file(ctx, file, out) : RN_OK;
    rn_free(file);
    if (there) return status;
  }
  return rn_context_fail(ctx, RN_ERROR_IO,
                         "%s: no tokenizer in this folder: no tokenizer.json, vocab.json and merges.txt, tokenizer.model or vocab.txt",
                         path);
}

rn_status rn_tokenizer_open(rn_context *ctx, const char *path, rn_tokenizer **out) {
  *out = NULL;
  return rn_path_is_folder(path) ? open_folder(ctx, path, out) : open_file(ctx, path, out);
}

rn_status rn_tokenizer_save(rn_context *ctx, const rn_tokenizer *tokenizer, const char *path) {
  rn_error err = {0};
  const char *json = rn_tokenizer_json(tokenizer);
  if (rn_file_write(path, json, strlen(json), &err) != RN_OK) return rn_context_fail(ctx, err.status, "%s", err.text);
  return RN_OK;
}
