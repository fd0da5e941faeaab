/* label_set.c: the labels of a task, by number. */
#include "text/label_set.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/number.h"
#include "text/lexicon.h"
#include <stdlib.h>
#include <string.h>

typedef struct label {
  char *name;
  double value; /* where all are numbers */
} label;

struct rn_label_set {
  label *labels;
  int64_t n;
  rn_map *index; /* name -> id */
};

static rn_status no_memory(rn_context *ctx, rn_label_set *set) {
  rn_label_set_free(set);
  return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for labels");
}

void rn_label_set_free(rn_label_set *set) {
  if (!set) return;
  for (int64_t i = 0; i < set->n; i++) rn_free(set->labels[i].name);
  rn_free(set->labels);
  rn_map_free(set->index);
  rn_free(set);
}

int64_t rn_label_set_size(const rn_label_set *set) { return set->n; }
const char *rn_label_set_name(const rn_label_set *set, int64_t id) { return set->labels[id].name; }

int64_t rn_label_set_find(const rn_label_set *set, rn_string name) {
  char form[RN_MAX_FORM];
  int64_t size = rn_form(name.data, name.size, false, form, sizeof form);
  const int64_t *id = size < 0 ? NULL : rn_map_find(set->index, form, (size_t)size);
  return id ? *id : -1;
}

/* A tag of a chunk, with a type or without. */
static bool is_place(const char *label) { return *label && strchr("BIES", *label) && (label[1] == 0 || label[1] == '-'); }

bool rn_label_set_are_chunks(const rn_label_set *set) {
  bool typed = false;
  for (int64_t i = 0; i < set->n; i++) {
    const char *name = set->labels[i].name;
    if (strcmp(name, "O") != 0 && !is_place(name)) return false;
    typed |= name[1] == '-';
  }
  return typed;
}

static int by_bytes(const void *a, const void *b) { return strcmp(((const label *)a)->name, ((const label *)b)->name); }

static int by_value(const void *a, const void *b) {
  double x = ((const label *)a)->value, y = ((const label *)b)->value;
  return x < y ? -1 : x > y ? 1 : by_bytes(a, b);
}

static void sort(rn_label_set *set) {
  bool numbers = true;
  for (int64_t i = 0; i < set->n; i++) {
    label *l = &set->labels[i];
    numbers &= rn_number_read(l->name, strlen(l->name), &l->value) && l->value == l->value;
  }
  qsort(set->labels, (size_t)set->n, sizeof *set->labels, numbers ? by_value : by_bytes);
}

/* The names in `names`, in its order or sorted, with an index of their own. */
static rn_status fill(rn_context *ctx, const rn_map *names, bool sorted, rn_label_set **out) {
  int64_t n = rn_map_size(names);
  rn_label_set *set = rn_alloc_zero(1, sizeof *set);
  if (!set) return no_memory(ctx, set);
  set->labels = rn_alloc_zero((size_t)n + 1, sizeof *set->labels);
  set->index = rn_map_new();
  if (!set->labels || !set->index) return no_memory(ctx, set);
  for (; set->n < n; set->n++) {
    size_t size;
    const char *name = rn_map_key(names, set->n, &size, NULL);
    if (!(set->labels[set->n].name = rn_strndup(name, size))) return no_memory(ctx, set);
  }
  if (sorted) sort(set);
  for (int64_t i = 0; i < n; i++)
    if (!rn_map_insert(set->index, set->labels[i].name, strlen(set->labels[i].name), i, NULL)) return no_memory(ctx, set);
  *out = set;
  return RN_OK;
}

rn_status rn_label_set_new(rn_context *ctx, const rn_string *labels, int64_t n, rn_label_set **out) {
  *out = NULL;
  rn_map *names = rn_map_new();
  rn_status status = names ? RN_OK : no_memory(ctx, NULL);
  for (int64_t i = 0; status == RN_OK && i < n; i++) {
    char form[RN_MAX_FORM];
    int64_t size = rn_form(labels[i].data, labels[i].size, false, form, sizeof form);
    if (size < 0)
      status = rn_context_fail(ctx, RN_ERROR_DATA, "a label of %zu bytes, \"%.40s...\"; expected at most %d", labels[i].size,
                               labels[i].data, RN_MAX_FORM);
    else if (!rn_map_insert(names, form, (size_t)size, 0, NULL)) status = no_memory(ctx, NULL);
  }
  if (status == RN_OK) status = fill(ctx, names, true, out);
  rn_map_free(names);
  return status;
}

json_t *rn_label_set_to_json(const rn_label_set *set) {
  json_t *names = json_array();
  bool ok = names;
  for (int64_t i = 0; ok && i < set->n; i++) ok = json_array_append_new(names, json_string(set->labels[i].name)) == 0;
  if (ok) return names;
  json_decref(names);
  return NULL;
}

/* In the order of the file, which is that of the weights. */
rn_status rn_label_set_from_json(rn_context *ctx, const json_t *json, rn_label_set **out) {
  *out = NULL;
  rn_map *names = rn_map_new();
  rn_status status = names ? RN_OK : no_memory(ctx, NULL);
  for (size_t i = 0; status == RN_OK && i < json_array_size(json); i++) {
    const char *name = json_string_value(json_array_get(json, i));
    bool fresh = false;
    if (!name) status = rn_context_fail(ctx, RN_ERROR_ARGUMENT, "label %zu of the configuration is no text", i);
    else if (!rn_map_insert(names, name, strlen(name), 0, &fresh)) status = no_memory(ctx, NULL);
    else if (!fresh) status = rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the configuration has the label \"%s\" twice", name);
  }
  if (status == RN_OK) status = fill(ctx, names, false, out);
  rn_map_free(names);
  return status;
}
