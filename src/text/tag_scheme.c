/* tag_scheme.c: see tags.h. A scheme is three rules: which tags may begin, end, and follow one another. */
#include <math.h>
#include <rondo/tags.h>
#include <stdio.h>
#include <string.h>

static const char *const names[RN_TAG_SCHEME_COUNT] = {"iob1", "iob2", "iobes"};

const char *rn_tag_scheme_name(rn_tag_scheme scheme) { return names[scheme]; }

bool rn_tag_scheme_parse(const char *name, rn_tag_scheme *out) {
  for (int s = 0; s < RN_TAG_SCHEME_COUNT; s++)
    if (strcmp(name, names[s]) == 0) {
      *out = (rn_tag_scheme)s;
      return true;
    }
  return false;
}

/* ---- what a scheme allows ---- */

static bool same_type(rn_tag a, rn_tag b) { return strcmp(a.type, b.type) == 0; }

static bool known(rn_tag_scheme scheme, rn_tag tag) { return scheme == RN_IOBES || tag.place <= RN_TAG_INSIDE; }

/* Something of the chunk must still come. */
static bool open(rn_tag tag) { return tag.place == RN_TAG_BEGIN || tag.place == RN_TAG_INSIDE; }

bool rn_tag_may_end(rn_tag_scheme scheme, rn_tag tag) { return known(scheme, tag) && (scheme != RN_IOBES || !open(tag)); }

bool rn_tag_may_start(rn_tag_scheme scheme, rn_tag tag) { return rn_tag_may_follow(scheme, (rn_tag){RN_TAG_OUTSIDE, ""}, tag); }

bool rn_tag_may_follow(rn_tag_scheme scheme, rn_tag before, rn_tag after) {
  if (!known(scheme, before) || !known(scheme, after)) return false;
  bool inside = open(before) && same_type(before, after); /* a chunk of this type can go on, or, in IOB1, be parted from the next */
  if (scheme == RN_IOB1) return after.place != RN_TAG_BEGIN || inside;
  if (scheme == RN_IOB2) return after.place != RN_TAG_INSIDE || inside;
  return after.place == RN_TAG_INSIDE || after.place == RN_TAG_END ? inside : !open(before);
}

void rn_tag_scheme_mask(rn_tag_scheme scheme, const rn_tag *tags, int64_t n_tags, float *transitions, float *start, float *end) {
  for (int64_t i = 0; i < n_tags; i++) {
    start[i] = rn_tag_may_start(scheme, tags[i]) ? 0 : -INFINITY;
    end[i] = rn_tag_may_end(scheme, tags[i]) ? 0 : -INFINITY;
    for (int64_t j = 0; j < n_tags; j++) transitions[i * n_tags + j] = rn_tag_may_follow(scheme, tags[i], tags[j]) ? 0 : -INFINITY;
  }
}

int64_t rn_tags_invalid(rn_tag_scheme scheme, const rn_tag *tags, int64_t n, int64_t *places) {
  int64_t found = 0;
  for (int64_t t = 0; t <= n && n > 0; t++) {
    bool allowed = t == 0   ? rn_tag_may_start(scheme, tags[0])
                   : t == n ? rn_tag_may_end(scheme, tags[n - 1])
                            : rn_tag_may_follow(scheme, tags[t - 1], tags[t]);
    if (allowed) continue;
    if (places) places[found] = t;
    found++;
  }
  return found;
}

/* ---- detection ---- */

void rn_tags_count(rn_tag_evidence *evidence, const rn_tag *tags, int64_t n) {
  for (int s = 0; s < RN_TAG_SCHEME_COUNT; s++) evidence->n_invalid[s] += rn_tags_invalid((rn_tag_scheme)s, tags, n, NULL);
}

rn_tag_scheme rn_tags_detect(const rn_tag_evidence *evidence) {
  static const rn_tag_scheme order[] = {RN_IOB2, RN_IOB1, RN_IOBES};
  rn_tag_scheme best = order[0];
  for (int i = 1; i < RN_TAG_SCHEME_COUNT; i++)
    if (evidence->n_invalid[order[i]] < evidence->n_invalid[best]) best = order[i];
  return best;
}

/* ---- conversion ---- */

static rn_tag_place place_of(rn_tag_scheme scheme, int64_t t, rn_span span, bool follows_own_type) {
  bool first = t == span.begin, last = t == span.end - 1;
  if (scheme == RN_IOB1) return first && follows_own_type ? RN_TAG_BEGIN : RN_TAG_INSIDE;
  if (scheme == RN_IOB2) return first ? RN_TAG_BEGIN : RN_TAG_INSIDE;
  return first && last ? RN_TAG_SINGLE : first ? RN_TAG_BEGIN : last ? RN_TAG_END : RN_TAG_INSIDE;
}

void rn_tags_write(rn_tag_scheme scheme, const rn_tag_set *set, const rn_span *spans, int64_t n_spans, int64_t n, rn_tag *out) {
  for (int64_t t = 0; t < n; t++) out[t] = (rn_tag){RN_TAG_OUTSIDE, ""};
  for (int64_t s = 0; s < n_spans; s++) {
    bool follows = s > 0 && spans[s - 1].end == spans[s].begin && spans[s - 1].type == spans[s].type;
    for (int64_t t = spans[s].begin; t < spans[s].end; t++)
      out[t] = (rn_tag){place_of(scheme, t, spans[s], follows), rn_tag_set_type(set, spans[s].type)};
  }
}

int rn_tag_text(rn_tag tag, char *buf, size_t size) {
  if (tag.place == RN_TAG_OUTSIDE) return snprintf(buf, size, "O");
  return snprintf(buf, size, "%c%s%s", "OBIES"[tag.place], *tag.type ? "-" : "", tag.type);
}
