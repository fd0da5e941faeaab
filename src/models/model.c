/* model.c: models in memory and in files.
 *
 * __metadata__ of the file:  format          "pt": Hugging Face's tools take it
 *                            rondo.version   of the layout: "1"
 *                            rondo.model     the architecture, "lm"
 *                            rondo.config    JSON: what rebuilds it
 *                            rondo.vocab     JSON: the vocabulary, where there is one (data/vocab_file.h)
 *                            rondo.training  JSON: how it was trained, on what, how good */
#include "models/architecture.h"
#include "base/alloc.h"
#include "data/vocab_file.h"
#include <string.h>

#define LAYOUT "1"

static const rn_architecture *const architectures[] = {
    &rn_architecture_lm,        &rn_architecture_bilm,       &rn_architecture_nplm,   &rn_architecture_ngram,
    &rn_architecture_regressor, &rn_architecture_classifier, &rn_architecture_tagger, &rn_architecture_embeddings,
};
enum { N_ARCHITECTURES = sizeof architectures / sizeof architectures[0] };

static rn_status no_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the model"); }

rn_status rn_model_new(rn_context *ctx, const rn_architecture *architecture, const json_t *config, rn_vocab *vocab, rn_model **out) {
  *out = NULL;
  rn_model *m = rn_alloc_zero(1, sizeof *m);
  if (!m) {
    rn_vocab_free(vocab);
    return no_memory(ctx);
  }
  *m = (rn_model){.architecture = architecture, .vocab = vocab};
  m->self = rn_alloc_zero(1, architecture->size);
  m->config = rn_json_text(config);
  m->training = rn_strdup("{}");
  m->params = rn_params_new(ctx);
  rn_status status = m->self && m->config && m->training && m->params ? RN_OK : no_memory(ctx);
  if (status == RN_OK) status = architecture->init(ctx, m, config);
  if (status == RN_OK) status = rn_params_check(m->params);
  if (status != RN_OK) {
    rn_model_free(m);
    return status;
  }
  *out = m;
  return RN_OK;
}

static rn_status no_config(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the configuration"); }

rn_status rn_model_build(rn_context *ctx, const rn_architecture *architecture, json_t *config, rn_vocab *vocab, uint64_t seed,
                         rn_model **out) {
  *out = NULL;
  if (!config) {
    rn_vocab_free(vocab);
    return no_config(ctx);
  }
  rn_status status = rn_model_new(ctx, architecture, config, vocab, out);
  json_decref(config);
  if (status == RN_OK) status = rn_params_build((*out)->params, seed, true);
  if (status == RN_OK) return RN_OK;
  rn_model_free(*out);
  *out = NULL;
  return status;
}

rn_status rn_model_set_config(rn_context *ctx, rn_model *model, json_t *config) {
  char *text = config ? rn_json_text(config) : NULL;
  json_decref(config);
  if (!text) return no_config(ctx);
  rn_free(model->config);
  model->config = text;
  return RN_OK;
}

void rn_model_free(rn_model *m) {
  if (!m) return;
  if (m->self && m->architecture->free) m->architecture->free(m);
  rn_params_free(m->params);
  rn_vocab_free(m->vocab);
  rn_safetensors_close(m->file);
  rn_free(m->self);
  rn_free(m->config);
  rn_free(m->training);
  rn_free(m);
}

const char *rn_model_kind(const rn_model *m) { return m->architecture->kind; }
const char *rn_model_config(const rn_model *m) { return m->config; }
const char *rn_model_training(const rn_model *m) { return m->training; }
rn_params *rn_model_params(const rn_model *m) { return m->params; }
const rn_vocab *rn_model_vocab(const rn_model *m) { return m->vocab; }

rn_status rn_model_set_training(rn_model *m, const char *json) {
  char *copy = rn_strdup(json);
  if (!copy) return RN_ERROR_MEMORY;
  rn_free(m->training);
  m->training = copy;
  return RN_OK;
}

/* ---- saving ---- */

static json_t *new_metadata(const rn_model *m, rn_vocab_tables *vocab) {
  json_t *metadata = json_pack("{s:s, s:s, s:s, s:s, s:s}", "format", "pt", "rondo.version", LAYOUT, "rondo.model", m->architecture->kind,
                               "rondo.config", m->config, "rondo.training", m->training);
  if (!metadata || !m->vocab || rn_vocab_store(m->vocab, metadata, vocab)) return metadata;
  json_decref(metadata);
  return NULL;
}

rn_status rn_model_save(rn_context *ctx, const rn_model *m, const char *path) {
  if (m->architecture->in_memory)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a model of kind \"%s\" lives in memory alone", m->architecture->kind);
  int64_t n = rn_params_count(m->params);
  rn_vocab_tables vocab = {0};
  rn_entry *entries = rn_alloc_zero((size_t)n + RN_MAX_TABLES + sizeof vocab.entries / sizeof *vocab.entries, sizeof *entries);
  json_t *metadata = new_metadata(m, &vocab);
  rn_error error = {0};
  if (!entries || !metadata) {
    rn_error_set(&error, RN_ERROR_MEMORY, "out of memory for the header of %s", path);
  } else {
    for (int64_t i = 0; i < n; i++) {
      const rn_param *p = rn_params_at(m->params, i);
      entries[i] = (rn_entry){.name = p->name, .dtype = RN_F32, .rank = p->tensor.rank, .data = p->tensor.data};
      memcpy(entries[i].shape, p->tensor.shape, sizeof entries[i].shape);
      entries[i].size = (size_t)rn_tensor_size(&p->tensor) * sizeof(float);
    }
    if (m->architecture->tables) n += m->architecture->tables(m, entries + n);
    for (int i = 0; i < vocab.n; i++) entries[n++] = vocab.entries[i];
    rn_safetensors_write(path, metadata, entries, n, NULL, NULL, &error);
  }
  json_decref(metadata);
  rn_free(entries);
  rn_vocab_tables_free(&vocab);
  return error.status == RN_OK ? RN_OK : rn_context_fail(ctx, error.status, "%s", error.text);
}

/* ---- opening ---- */

/* A metadata string parsed; *out NULL when it is absent. */
static rn_status parse_metadata(const rn_safetensors *file, const char *path, const char *key, json_t **out, rn_error *err) {
  *out = NULL;
  const char *text = rn_safetensors_metadata(file, key);
  return text ? rn_json_parse(text, strlen(text), path, out, err) : RN_OK;
}

static const rn_architecture *find_architecture(const rn_safetensors *file, const char *path, rn_error *err) {
  const char *kind = rn_safetensors_metadata(file, "rondo.model"), *version = rn_safetensors_metadata(file, "rondo.version");
  if (!kind || !version) {
    rn_error_set(err, RN_ERROR_DATA,
                 "%s: weights without a rondo model: its metadata lacks \"rondo.model\"; such a file can be given to --init-from", path);
    return NULL;
  }
  if (strcmp(version, LAYOUT) != 0) {
    rn_error_set(err, RN_ERROR_DATA, "%s: its layout is version %s; this program (%s) reads version %s", path, version, RN_VERSION, LAYOUT);
    return NULL;
  }
  for (int i = 0; i < N_ARCHITECTURES; i++)
    if (strcmp(kind, architectures[i]->kind) == 0) return architectures[i];
  rn_error_set(err, RN_ERROR_DATA, "%s: a model of kind \"%s\", which this program (%s) does not know", path, kind, RN_VERSION);
  return NULL;
}

static bool same_shape(const rn_entry *e, const rn_tensor *t) {
  if (e->rank != t->rank) return false;
  for (int i = 0; i < t->rank; i++)
    if (e->shape[i] != t->shape[i]) return false;
  return true;
}

static const char *entry_shape(const rn_entry *e, char *buf, size_t size) {
  rn_tensor t = {.rank = e->rank};
  memcpy(t.shape, e->shape, sizeof t.shape);
  return rn_shape_text(&t, buf, size);
}

/* An exponent of all ones is an infinity or a NaN. */
static uint32_t not_finite(float x) {
  const uint32_t ones = 0x7f800000u;
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (bits & ones) == ones;
}

/* By blocks, which the compiler turns into vectors: a model is to open in milliseconds. */
static bool all_finite(const float *x, int64_t n) {
  enum { BLOCK = 16 };
  uint32_t bad[BLOCK] = {0};
  int64_t i = 0;
  for (; i + BLOCK <= n; i += BLOCK)
    for (int k = 0; k < BLOCK; k++) bad[k] |= not_finite(x[i + k]);
  for (; i < n; i++) bad[0] |= not_finite(x[i]);
  for (int k = 1; k < BLOCK; k++) bad[0] |= bad[k];
  return !bad[0];
}

/* Every parameter points to its place in the mapping; what is stored otherwise (half precision, unaligned) is converted. */
static rn_status bind_values(rn_model *m, const char *path, rn_error *err) {
  char have[128], want[128];
  for (int64_t i = 0; i < rn_params_count(m->params); i++) {
    rn_param *p = rn_params_at(m->params, i);
    const rn_entry *e = rn_safetensors_find(m->file, p->name);
    int64_t n = rn_tensor_size(&p->tensor);
    if (!e) return rn_error_set(err, RN_ERROR_DATA, "%s: the tensor %s is missing", path, p->name);
    if (!same_shape(e, &p->tensor))
      return rn_error_set(err, RN_ERROR_DATA, "%s: the tensor %s is %s; the configuration says %s", path, p->name,
                          entry_shape(e, have, sizeof have), rn_shape_text(&p->tensor, want, sizeof want));
    if (e->dtype == RN_F32 && (uintptr_t)e->data % _Alignof(float) == 0) {
      if (!all_finite(e->data, n))
        return rn_error_set(err, RN_ERROR_DATA, "%s: the tensor %s holds a value that is not finite", path, p->name);
      rn_params_borrow(m->params, i, e->data);
    } else {
      float *values = rn_params_own(m->params, i);
      if (!values) return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for the tensor %s of %s", p->name, path);
      if (rn_entry_floats(e, path, values, n, err) != RN_OK) return err->status;
    }
  }
  return RN_OK;
}

static rn_status open_file(rn_context *ctx, const char *path, rn_model **out, rn_error *err) {
  rn_safetensors *file = NULL;
  if (rn_safetensors_open(path, &file, err) != RN_OK) return err->status;
  json_t *config = NULL;
  rn_vocab *vocab = NULL;
  rn_model *m = NULL;
  const rn_architecture *architecture = find_architecture(file, path, err);
  bool ok = architecture && parse_metadata(file, path, "rondo.config", &config, err) == RN_OK &&
            rn_vocab_load(file, path, &vocab, err) == RN_OK;
  if (ok && !json_is_object(config)) {
    rn_error_set(err, RN_ERROR_DATA, "%s: its metadata lacks the configuration", path);
    rn_vocab_free(vocab);
  } else if (ok && rn_model_new(ctx, architecture, config, vocab, &m) != RN_OK) {
    bool memory = rn_context_status(ctx) == RN_ERROR_MEMORY;
    rn_error_set(err, memory ? RN_ERROR_MEMORY : RN_ERROR_DATA, "%s: %s", path, rn_context_error(ctx));
    rn_context_clear(ctx);
  }
  json_decref(config);
  if (!m) {
    rn_safetensors_close(file);
    return err->status;
  }
  m->file = file;
  if (bind_values(m, path, err) == RN_OK && architecture->load) architecture->load(m, file, path, err);
  const char *training = rn_safetensors_metadata(file, "rondo.training");
  if (err->status == RN_OK && training && rn_model_set_training(m, training) != RN_OK)
    rn_error_set(err, RN_ERROR_MEMORY, "out of memory for %s", path);
  if (err->status != RN_OK) rn_model_free(m);
  else *out = m;
  return err->status;
}

rn_status rn_model_open(rn_context *ctx, const char *path, rn_model **out) {
  *out = NULL;
  rn_status before = rn_context_status(ctx);
  if (before != RN_OK) return before;
  rn_error error = {0};
  char *inside = rn_path_is_folder(path) ? rn_path_join(path, "model.safetensors") : rn_strdup(path);
  if (!inside) return no_memory(ctx);
  rn_status status = open_file(ctx, inside, out, &error);
  rn_free(inside);
  return status == RN_OK ? RN_OK : rn_context_fail(ctx, status, "%s", error.text);
}
