/* vocab_file.c: see vocab_file.h. */
#include "data/vocab_file.h"
#include "base/alloc.h"
#include <string.h>

#define KEY "rondo.vocab"
#define COUNTS "vocab.counts"
#define SYMBOLS "vocab.symbols"

/* ---- writing ---- */

/* Takes the value over. */
static bool put_json(json_t *metadata, json_t *value) {
  char *text = value ? rn_json_text(value) : NULL;
  bool ok = text && json_object_set_new(metadata, KEY, json_string(text)) == 0;
  rn_free(text);
  json_decref(value);
  return ok;
}

bool rn_vocab_store(const rn_vocab *v, json_t *metadata, rn_vocab_tables *out) {
  *out = (rn_vocab_tables){0};
  if (!rn_vocab_fits_lines(v)) return put_json(metadata, rn_vocab_to_json(v));
  int64_t n = rn_vocab_size(v);
  if (!put_json(metadata, json_pack("{s:s, s:i}", "level", "word", "unk", rn_vocab_unk(v)))) return false;
  if (!(out->counts = rn_alloc((size_t)n * sizeof *out->counts))) return false;
  for (int32_t id = 0; id < n; id++) out->counts[id] = rn_vocab_count(v, id);
  rn_vocab_put_lines(v, &out->symbols);
  size_t size = out->symbols.size;
  out->entries[0] = (rn_entry){COUNTS, RN_I64, 1, {n}, out->counts, (size_t)n * sizeof *out->counts};
  out->entries[1] = (rn_entry){SYMBOLS, RN_U8, 1, {(int64_t)size}, out->symbols.data, size};
  out->n = 2;
  return !out->symbols.failed;
}

void rn_vocab_tables_free(rn_vocab_tables *t) {
  rn_text_free(&t->symbols);
  rn_free(t->counts);
  *t = (rn_vocab_tables){0};
}

/* ---- reading ---- */

static bool is_list(const rn_entry *e, rn_dtype dtype) { return e && e->rank == 1 && e->dtype == dtype; }

static rn_status from_tables(const rn_safetensors *file, const json_t *json, const char *path, rn_vocab **out, rn_error *err) {
  const rn_entry *counts = rn_safetensors_find(file, COUNTS), *symbols = rn_safetensors_find(file, SYMBOLS);
  if (!is_list(counts, RN_I64) || !is_list(symbols, RN_U8))
    return rn_error_set(err, RN_ERROR_DATA, "%s: its vocabulary is malformed: the tables " COUNTS " and " SYMBOLS " are not there", path);
  int64_t *aligned = rn_alloc(counts->size);
  if (!aligned) return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for the vocabulary of %s", path);
  if (counts->size) memcpy(aligned, counts->data, counts->size);
  rn_status status =
      rn_vocab_from_lines(symbols->data, symbols->size, aligned, counts->shape[0], rn_json_int(json, "unk", -1), path, out, err);
  rn_free(aligned);
  return status;
}

rn_status rn_vocab_load(const rn_safetensors *file, const char *path, rn_vocab **out, rn_error *err) {
  *out = NULL;
  const char *text = rn_safetensors_metadata(file, KEY);
  json_t *json;
  if (!text) return RN_OK;
  rn_status status = rn_json_parse(text, strlen(text), path, &json, err);
  if (status != RN_OK) return status;
  bool tables = strcmp(rn_json_string(json, "level", ""), "word") == 0 && !json_object_get(json, "symbols");
  status = tables ? from_tables(file, json, path, out, err) : rn_vocab_from_json(json, path, out, err);
  json_decref(json);
  return status;
}
