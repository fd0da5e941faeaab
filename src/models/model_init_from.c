/* model_init_from.c: weights from another file: a model of ours, or a PyTorch state dict saved as safetensors. */
#include "base/alloc.h"
#include "base/text_buffer.h"
#include "data/vocab_file.h"
#include "models/architecture.h"
#include <string.h>

/* "b" of "a.b", when `name` ends with it as whole components. */
static bool is_tail(const char *name, const char *tail) {
  size_t n = strlen(name), m = strlen(tail);
  return n > m && name[n - m - 1] == '.' && strcmp(name + n - m, tail) == 0;
}

static const char *last_component(const char *name) {
  const char *dot = strrchr(name, '.');
  return dot ? dot + 1 : name;
}

/* How well a name of the file stands for one of ours: 3 equal; 2 a prefix ("module.") is missing or extra; 1 another prefix
 * ("lstm.weight_ih_l0"); 0 not at all. */
static int likeness(const char *theirs, const char *ours) {
  if (strcmp(theirs, ours) == 0) return 3;
  if (is_tail(theirs, ours) || is_tail(ours, theirs)) return 2;
  return strcmp(last_component(theirs), last_component(ours)) == 0;
}

/* Columns and rank agree, and so do rows unless they are the vocabulary's. */
static bool fits(const rn_entry *e, const rn_tensor *t, int64_t their_rows) {
  if (e->rank != t->rank) return false;
  for (int i = 0; i < t->rank; i++)
    if (e->shape[i] != (i == 0 && their_rows >= 0 ? their_rows : t->shape[i])) return false;
  return true;
}

/* The tensor of the file that stands for a parameter: the best likeness among those that fit, and the only one of it. */
static const rn_entry *find_entry(const rn_safetensors *file, const rn_param *p, int64_t their_rows) {
  const rn_entry *best = NULL;
  int best_likeness = 0;
  bool several = false;
  for (int64_t i = 0; i < rn_safetensors_count(file); i++) {
    const rn_entry *e = rn_safetensors_at(file, i);
    int like = likeness(e->name, p->name);
    if (like == 0 || like < best_likeness || !fits(e, &p->tensor, their_rows)) continue;
    several = like == best_likeness;
    best = e;
    best_likeness = like;
  }
  return several ? NULL : best;
}

static bool has_row_per_symbol(const rn_model *m, const rn_param *p) {
  for (const char *const *name = m->architecture->vocab_params; name && *name; name++)
    if (strcmp(*name, p->name) == 0) return true;
  return false;
}

/* Rows of symbols that both vocabularies have; the others keep what they were drawn with. */
static rn_status copy_by_symbol(rn_model *m, rn_param *p, const rn_entry *e, const rn_vocab *theirs, const char *path, rn_error *err) {
  int64_t cols = rn_tensor_cols(&p->tensor), rows = rn_vocab_size(theirs);
  float *values = rn_alloc_zero((size_t)(rows * cols), sizeof *values);
  if (!values) return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for the tensor %s of %s", e->name, path);
  if (rn_entry_floats(e, path, values, rows * cols, err) == RN_OK)
    for (int32_t id = 0; id < rn_vocab_size(m->vocab); id++) {
      size_t size;
      const char *symbol = rn_vocab_symbol(m->vocab, id, &size);
      int32_t row = rn_vocab_find(theirs, symbol, size);
      if (row >= 0) memcpy(p->tensor.data + id * cols, values + row * cols, (size_t)cols * sizeof *values);
    }
  rn_free(values);
  return err->status;
}

static void list_tensor(rn_text *out, const char *name, int rank, const int64_t *shape) {
  rn_tensor t = {.rank = rank};
  char buf[128];
  memcpy(t.shape, shape, (size_t)rank * sizeof *shape);
  rn_text_printf(out, "%s%s %s", out->size ? ", " : "", name, rn_shape_text(&t, buf, sizeof buf));
}

static rn_status nothing_fits(const rn_model *m, const rn_safetensors *file, const char *path, rn_error *err) {
  rn_text ours = {0}, theirs = {0};
  int64_t n_ours = rn_params_count(m->params), n_theirs = rn_safetensors_count(file);
  for (int64_t i = 0; i < n_ours && i < 12; i++) {
    const rn_param *p = rn_params_at(m->params, i);
    list_tensor(&ours, p->name, p->tensor.rank, p->tensor.shape);
  }
  for (int64_t i = 0; i < n_theirs && i < 12; i++) {
    const rn_entry *e = rn_safetensors_at(file, i);
    list_tensor(&theirs, e->name, e->rank, e->shape);
  }
  rn_error_set(err, RN_ERROR_DATA, "%s: none of its tensors fits this model. It has %s%s; the model has %s%s", path,
               theirs.data ? theirs.data : "none", n_theirs > 12 ? ", ..." : "", ours.data ? ours.data : "none",
               n_ours > 12 ? ", ..." : "");
  rn_text_free(&ours);
  rn_text_free(&theirs);
  return err->status;
}

static rn_status copy_values(rn_model *m, const rn_safetensors *file, const char *path, int64_t *loaded, rn_error *err) {
  rn_vocab *theirs = NULL;
  if (rn_vocab_load(file, path, &theirs, err) != RN_OK) return err->status;
  bool match = theirs && m->vocab && !rn_vocab_equal(theirs, m->vocab);
  for (int64_t i = 0; i < rn_params_count(m->params) && err->status == RN_OK; i++) {
    rn_param *p = rn_params_at(m->params, i);
    if (strncmp(p->name, "context.", strlen("context.")) == 0) continue; /* they fit the vocabulary that they came with, and no other */
    bool by_symbol = match && has_row_per_symbol(m, p);
    const rn_entry *e = find_entry(file, p, by_symbol ? rn_vocab_size(theirs) : -1);
    if (!e) continue;
    if (by_symbol) copy_by_symbol(m, p, e, theirs, path, err);
    else rn_entry_floats(e, path, p->tensor.data, rn_tensor_size(&p->tensor), err);
    ++*loaded;
  }
  rn_vocab_free(theirs);
  return err->status;
}

rn_status rn_model_init_from(rn_context *ctx, rn_model *m, const char *path, int64_t *loaded) {
  *loaded = 0;
  rn_status status = rn_params_make_trainable(m->params);
  if (status != RN_OK) return status;
  rn_error error = {0};
  rn_safetensors *file = NULL;
  char *inside = rn_path_is_folder(path) ? rn_path_join(path, "model.safetensors") : rn_strdup(path);
  if (!inside) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %s", path);
  if (rn_safetensors_open(inside, &file, &error) == RN_OK && copy_values(m, file, inside, loaded, &error) == RN_OK && *loaded == 0)
    nothing_fits(m, file, inside, &error);
  rn_safetensors_close(file);
  rn_free(inside);
  return error.status == RN_OK ? RN_OK : rn_context_fail(ctx, error.status, "%s", error.text);
}
