/* tagger_labels.c: see tagger_labels.h. */
#include "models/tagger_labels.h"
#include "base/alloc.h"
#include "base/text_buffer.h"
#include <string.h>

static rn_status no_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the labels"); }

/* ---- the tags of a scheme ---- */

/* How many places a scheme tells apart: B I, or B I E S. */
static int64_t n_places(rn_tag_scheme scheme) { return scheme == RN_IOBES ? 4 : 2; }

/* The place of a tag in the order of chunk codes. */
static int64_t tag_order(rn_tag_scheme scheme, rn_tag_place place, int64_t type) {
  return place == RN_TAG_OUTSIDE ? 0 : 1 + type * n_places(scheme) + place - RN_TAG_BEGIN;
}

/* The names of all tags of a scheme, in that order. */
typedef struct tag_names {
  rn_text text;
  const char **at; /* [n]; NULL: out of memory */
  int64_t n;
} tag_names;

static tag_names tag_names_new(rn_tag_scheme scheme, const rn_tag_set *set) {
  tag_names names = {.n = 1 + rn_tag_set_n_types(set) * n_places(scheme)};
  rn_text_append(&names.text, "O", 2);
  for (int32_t t = 0; t < rn_tag_set_n_types(set); t++)
    for (int p = 0; p < n_places(scheme); p++) {
      const char *type = rn_tag_set_type(set, t);
      rn_text_printf(&names.text, "%c%s%s", "BIES"[p], *type ? "-" : "", type);
      rn_text_append(&names.text, "", 1);
    }
  if (!names.text.failed) names.at = rn_alloc_zero((size_t)names.n, sizeof *names.at);
  const char *next = names.text.data;
  for (int64_t i = 0; names.at && i < names.n; i++, next += strlen(next) + 1) names.at[i] = next;
  return names;
}

static void tag_names_free(tag_names *names) {
  rn_text_free(&names->text);
  rn_free(names->at);
}

static rn_string string_of(const char *s) { return (rn_string){s, strlen(s)}; }

static rn_status tag_set_of(rn_context *ctx, const rn_label_set *labels, rn_tag_set **out) {
  int64_t n = rn_label_set_size(labels);
  const char **names = rn_alloc_zero((size_t)n, sizeof *names);
  if (!names) return no_memory(ctx);
  for (int64_t i = 0; i < n; i++) names[i] = rn_label_set_name(labels, i);
  rn_status status = rn_tag_set_new(ctx, names, n, out);
  rn_free(names);
  return status;
}

/* ---- what the training part says ---- */

static rn_status detect(rn_context *ctx, const rn_label_set *labels, const rn_sequences *s, rn_tag_scheme *scheme) {
  rn_tag_evidence evidence = {0};
  rn_tag *tags = rn_alloc_zero((size_t)rn_ragged_rows(&s->seqs), sizeof *tags);
  if (!tags) return no_memory(ctx);
  for (int64_t q = 0; q < s->seqs.n_seqs; q++) {
    int64_t first = s->seqs.offset[q], n = rn_ragged_length(&s->seqs, q);
    for (int64_t t = 0; t < n; t++) tags[t] = rn_tag_parse(rn_label_set_name(labels, rn_label_set_find(labels, s->labels[first + t])));
    rn_tags_count(&evidence, tags, n);
  }
  rn_free(tags);
  *scheme = rn_tags_detect(&evidence);
  return RN_OK;
}

/* The labels, and all tags of their scheme with them. */
static rn_status complete(rn_context *ctx, rn_tag_scheme scheme, const rn_label_set *labels, rn_label_set **out) {
  rn_tag_set *set = NULL;
  rn_status status = tag_set_of(ctx, labels, &set);
  if (status != RN_OK) return status;
  tag_names names = tag_names_new(scheme, set);
  int64_t n = rn_label_set_size(labels);
  rn_string *all = names.at ? rn_alloc_zero((size_t)(n + names.n), sizeof *all) : NULL;
  for (int64_t i = 0; all && i < n + names.n; i++) all[i] = string_of(i < n ? rn_label_set_name(labels, i) : names.at[i - n]);
  status = all ? rn_label_set_new(ctx, all, n + names.n, out) : no_memory(ctx);
  rn_free(all);
  tag_names_free(&names);
  rn_tag_set_free(set);
  return status;
}

/* Takes `value` over. */
static rn_status put(rn_context *ctx, json_t *object, const char *key, json_t *value) {
  return value && json_object_set_new(object, key, value) == 0 ? RN_OK : no_memory(ctx);
}

static rn_status learn_chunks(rn_context *ctx, rn_tag_scheme scheme, const rn_sequences *train, const rn_label_set *labels,
                              json_t *config) {
  rn_tag_scheme written = RN_IOB2;
  rn_label_set *all = NULL;
  rn_status status = detect(ctx, labels, train, &written);
  if (status == RN_OK) status = complete(ctx, written, labels, &all);
  if (status == RN_OK) status = put(ctx, config, "labels", rn_label_set_to_json(all));
  if (status == RN_OK) status = put(ctx, config, "scheme", json_string(rn_tag_scheme_name(scheme)));
  if (status == RN_OK) status = put(ctx, config, "written", json_string(rn_tag_scheme_name(written)));
  rn_label_set_free(all);
  return status;
}

static rn_status learn(rn_context *ctx, rn_tagger_scheme scheme, const rn_sequences *train, const rn_label_set *labels, json_t *config) {
  bool chunks = rn_label_set_are_chunks(labels);
  if (rn_label_set_size(labels) < 2)
    return rn_context_fail(ctx, RN_ERROR_DATA, "every label is \"%s\": there is nothing to learn", rn_label_set_name(labels, 0));
  if (scheme == RN_TAGGER_SCHEME_NONE || (scheme == RN_TAGGER_SCHEME_AUTO && !chunks)) {
    rn_status status = put(ctx, config, "scheme", json_string("none"));
    return status == RN_OK ? put(ctx, config, "labels", rn_label_set_to_json(labels)) : status;
  }
  if (!chunks) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a scheme is for chunks, B-PER and O; the labels are others");
  return learn_chunks(ctx, scheme == RN_TAGGER_SCHEME_AUTO ? RN_IOBES : (rn_tag_scheme)(scheme - RN_TAGGER_SCHEME_IOB1), train, labels,
                      config);
}

rn_status rn_tagger_labels_learn(rn_context *ctx, rn_tagger_scheme scheme, const rn_sequences *train, json_t *config) {
  int64_t n_rows = rn_ragged_rows(&train->seqs);
  if (!train->labels || !train->per_row || n_rows == 0)
    return rn_context_fail(ctx, RN_ERROR_DATA, "a tagger learns from a label for every row, and there are none");
  rn_label_set *labels;
  rn_status status = rn_label_set_new(ctx, train->labels, n_rows, &labels);
  if (status == RN_OK) status = learn(ctx, scheme, train, labels, config);
  rn_label_set_free(labels);
  return status;
}

/* ---- in a model ---- */

/* The labels as a code of their scheme, all of whose tags they must have. */
static rn_status init_written(rn_context *ctx, rn_tagger_labels *l) {
  rn_status status = tag_set_of(ctx, l->labels, &l->written.set);
  if (status != RN_OK) return status;
  tag_names names = tag_names_new(l->written.scheme, l->written.set);
  if (!names.at || !(l->written.id = rn_alloc_zero((size_t)names.n, sizeof *l->written.id))) status = no_memory(ctx);
  for (int64_t i = 0; status == RN_OK && i < names.n; i++) {
    l->written.id[i] = (int32_t)rn_label_set_find(l->labels, string_of(names.at[i]));
    if (l->written.id[i] < 0) status = rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the configuration lacks the label \"%s\"", names.at[i]);
  }
  tag_names_free(&names);
  return status;
}

/* The tags of the learned scheme, in their order. */
static rn_status init_learned(rn_context *ctx, rn_tagger_labels *l) {
  tag_names names = tag_names_new(l->learned.scheme, l->written.set);
  rn_status status = names.at ? rn_tag_set_new(ctx, names.at, names.n, &l->learned.set) : no_memory(ctx);
  l->n_tags = names.n;
  if (status == RN_OK && !(l->learned.id = rn_alloc_zero((size_t)names.n, sizeof *l->learned.id))) status = no_memory(ctx);
  for (int64_t i = 0; status == RN_OK && i < names.n; i++) l->learned.id[i] = (int32_t)i;
  tag_names_free(&names);
  return status;
}

/* What a place of the learned scheme most often is in the written one. */
static rn_tag_place usual_place(const rn_tagger_labels *l, rn_tag_place place) {
  if (l->written.scheme == l->learned.scheme || l->written.scheme == RN_IOBES) return place;
  if (l->written.scheme == RN_IOB1) return RN_TAG_INSIDE;
  return place == RN_TAG_BEGIN || place == RN_TAG_SINGLE ? RN_TAG_BEGIN : RN_TAG_INSIDE;
}

static void init_label_of(rn_tagger_labels *l) {
  for (int64_t k = 0; k < l->n_tags; k++) l->label_of[k] = (int32_t)k;
  if (!l->converts) return;
  l->label_of[0] = l->written.id[0];
  for (int64_t t = 0; t < rn_tag_set_n_types(l->written.set); t++)
    for (rn_tag_place p = RN_TAG_BEGIN; p < RN_TAG_BEGIN + n_places(l->learned.scheme); p++)
      l->label_of[tag_order(l->learned.scheme, p, t)] = l->written.id[tag_order(l->written.scheme, usual_place(l, p), t)];
}

static rn_status init_codes(rn_context *ctx, rn_tagger_labels *l, const json_t *config) {
  const char *scheme = rn_json_string(config, "scheme", "none"), *written = rn_json_string(config, "written", "");
  l->n_tags = rn_label_set_size(l->labels);
  l->converts = strcmp(scheme, "none") != 0;
  if (!l->converts) return RN_OK;
  if (!l->chunks || !rn_tag_scheme_parse(scheme, &l->learned.scheme) || !rn_tag_scheme_parse(written, &l->written.scheme))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                           "labels learned by \"%s\" and written by \"%s\": iob1, iob2 and iobes are possible, for "
                           "chunks",
                           scheme, written);
  rn_status status = init_written(ctx, l);
  return status == RN_OK ? init_learned(ctx, l) : status;
}

rn_status rn_tagger_labels_init(rn_context *ctx, rn_tagger_labels *l, const json_t *config) {
  *l = (rn_tagger_labels){0};
  rn_status status = rn_label_set_from_json(ctx, json_object_get(config, "labels"), &l->labels);
  if (status != RN_OK) return status;
  if (rn_label_set_size(l->labels) < 2) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the configuration has fewer than two labels");
  l->chunks = rn_label_set_are_chunks(l->labels);
  status = init_codes(ctx, l, config);
  if (status == RN_OK && !(l->label_of = rn_alloc_zero((size_t)l->n_tags, sizeof *l->label_of))) status = no_memory(ctx);
  if (status == RN_OK) init_label_of(l);
  return status;
}

void rn_tagger_labels_free(rn_tagger_labels *l) {
  rn_label_set_free(l->labels);
  rn_tag_set_free(l->written.set);
  rn_tag_set_free(l->learned.set);
  rn_free(l->written.id);
  rn_free(l->learned.id);
  rn_free(l->label_of);
  *l = (rn_tagger_labels){0};
}

rn_tagger_scheme rn_tagger_labels_scheme(const rn_tagger_labels *l) {
  return l->converts ? (rn_tagger_scheme)(RN_TAGGER_SCHEME_IOB1 + l->learned.scheme) : RN_TAGGER_SCHEME_NONE;
}

rn_status rn_tagger_labels_mask(rn_context *ctx, const rn_tagger_labels *l, float *transitions, float *start, float *end) {
  tag_names names = tag_names_new(l->learned.scheme, l->learned.set);
  rn_tag *tags = names.at ? rn_alloc_zero((size_t)names.n, sizeof *tags) : NULL;
  for (int64_t i = 0; tags && i < names.n; i++) tags[i] = rn_tag_parse(names.at[i]);
  if (tags) rn_tag_scheme_mask(l->learned.scheme, tags, names.n, transitions, start, end);
  rn_status status = tags ? RN_OK : no_memory(ctx);
  rn_free(tags);
  tag_names_free(&names);
  return status;
}

/* ---- from one to the other ---- */

static rn_status rewrite(rn_context *ctx, const rn_chunk_code *from, const rn_chunk_code *to, const rn_ragged *seqs, int32_t *ids) {
  int64_t longest = 0;
  for (int64_t s = 0; s < seqs->n_seqs; s++) longest = rn_ragged_length(seqs, s) > longest ? rn_ragged_length(seqs, s) : longest;
  rn_span *spans = rn_alloc_zero((size_t)longest, sizeof *spans);
  rn_tag *tags = rn_alloc_zero((size_t)longest, sizeof *tags);
  for (int64_t s = 0; spans && tags && s < seqs->n_seqs; s++) {
    int32_t *id = ids + seqs->offset[s];
    int64_t n = rn_ragged_length(seqs, s), n_spans = rn_spans_read(from->set, id, n, spans);
    rn_tags_write(to->scheme, to->set, spans, n_spans, n, tags);
    for (int64_t t = 0; t < n; t++) id[t] = to->id[0];
    for (const rn_span *span = spans; span < spans + n_spans; span++)
      for (int64_t t = span->begin; t < span->end; t++) id[t] = to->id[tag_order(to->scheme, tags[t].place, span->type)];
  }
  rn_status status = spans && tags ? RN_OK : no_memory(ctx);
  rn_free(spans);
  rn_free(tags);
  return status;
}

rn_status rn_tagger_labels_encode(rn_context *ctx, const rn_tagger_labels *l, const rn_ragged *seqs, int32_t *ids) {
  return l->converts ? rewrite(ctx, &l->written, &l->learned, seqs, ids) : RN_OK;
}

rn_status rn_tagger_labels_decode(rn_context *ctx, const rn_tagger_labels *l, const rn_ragged *seqs, int32_t *ids) {
  return l->converts ? rewrite(ctx, &l->learned, &l->written, seqs, ids) : RN_OK;
}
