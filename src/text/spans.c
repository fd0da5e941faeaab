/* spans.c: see spans.h. */
#include <rondo/spans.h>

#include "base/alloc.h"
#include "tensor/context.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct placed { /* a tag, its type by number */
  rn_tag_place place;
  int32_t type;
} placed;

struct rn_tag_set {
  int64_t n_tags;
  int32_t n_types;
  placed *tag; /* [n_tags] */
  char **type; /* [n_types], sorted */
};

rn_tag rn_tag_parse(const char *tag) {
  static const char letter[] = {'O', 'B', 'I', 'E', 'S'}; /* by rn_tag_place */
  size_t n = strcspn(tag, "-");
  bool typed = tag[n] == '-';
  rn_tag_place place = typed ? RN_TAG_INSIDE : RN_TAG_OUTSIDE;
  for (int p = 0; n == 1 && p < (int)sizeof letter; p++)
    if (tag[0] == letter[p]) place = (rn_tag_place)p;
  return (rn_tag){place, place != RN_TAG_OUTSIDE && typed ? tag + n + 1 : ""};
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Sorts the types and leaves one of each. */
static void sort_types(rn_tag_set *set) {
  int32_t kept = 0;
  qsort(set->type, (size_t)set->n_types, sizeof *set->type, by_bytes);
  for (int32_t i = 0; i < set->n_types; i++) {
    if (kept > 0 && strcmp(set->type[kept - 1], set->type[i]) == 0) rn_free(set->type[i]);
    else set->type[kept++] = set->type[i];
  }
  set->n_types = kept;
}

static bool fill(rn_tag_set *set, const char *const *tags) {
  for (int64_t i = 0; i < set->n_tags; i++) {
    rn_tag tag = rn_tag_parse(tags[i]);
    if (tag.place == RN_TAG_OUTSIDE) continue;
    if (!(set->type[set->n_types] = rn_strdup(tag.type))) return false;
    set->n_types++;
  }
  sort_types(set);
  for (int64_t i = 0; i < set->n_tags; i++) {
    rn_tag tag = rn_tag_parse(tags[i]);
    char **type = tag.place == RN_TAG_OUTSIDE ? NULL : bsearch(&tag.type, set->type, (size_t)set->n_types, sizeof *set->type, by_bytes);
    set->tag[i] = (placed){tag.place, type ? (int32_t)(type - set->type) : -1};
  }
  return true;
}

rn_status rn_tag_set_new(rn_context *ctx, const char *const *tags, int64_t n_tags, rn_tag_set **out) {
  rn_tag_set *set = *out = rn_alloc_zero(1, sizeof *set);
  if (set) {
    set->n_tags = n_tags;
    set->tag = rn_alloc_zero((size_t)n_tags, sizeof *set->tag);
    set->type = rn_alloc_zero((size_t)n_tags, sizeof *set->type);
    if (set->tag && set->type && fill(set, tags)) return RN_OK;
  }
  rn_tag_set_free(set);
  *out = NULL;
  return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld tags", (long long)n_tags);
}

void rn_tag_set_free(rn_tag_set *set) {
  if (!set) return;
  for (int32_t i = 0; set->type && i < set->n_types; i++) rn_free(set->type[i]);
  rn_free(set->type);
  rn_free(set->tag);
  rn_free(set);
}

int64_t rn_tag_set_size(const rn_tag_set *set) { return set->n_tags; }
int32_t rn_tag_set_n_types(const rn_tag_set *set) { return set->n_types; }
const char *rn_tag_set_type(const rn_tag_set *set, int32_t type) { return set->type[type]; }

/* Whether a chunk starts at `tag`. */
static bool starts(const placed *before, const placed *tag) {
  if (tag->place == RN_TAG_OUTSIDE) return false;
  if (tag->place == RN_TAG_BEGIN || tag->place == RN_TAG_SINGLE || tag->type != before->type) return true;
  return before->place == RN_TAG_OUTSIDE || before->place == RN_TAG_END || before->place == RN_TAG_SINGLE;
}

int64_t rn_spans_read(const rn_tag_set *set, const int32_t *ids, int64_t n, rn_span *out) {
  placed before = {RN_TAG_OUTSIDE, -1};
  int64_t n_spans = 0;
  for (int64_t t = 0; t < n; t++) {
    assert(ids[t] >= 0 && ids[t] < set->n_tags);
    const placed *tag = &set->tag[ids[t]];
    if (starts(&before, tag)) out[n_spans++] = (rn_span){t, t + 1, tag->type};
    else if (tag->place != RN_TAG_OUTSIDE) out[n_spans - 1].end = t + 1;
    before = *tag;
  }
  return n_spans;
}
