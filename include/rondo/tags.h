/* tags.h: the three schemes that write chunks as tags, what each allows, and from one to another.
 *
 *              New   York  City  Paris         a chunk of three rows, and one of the same type right behind it
 *     IOB1     I-L   I-L   I-L   B-L           B only where a chunk follows one of its own type (Ramshaw & Marcus 1995; CoNLL-2003)
 *     IOB2     B-L   I-L   I-L   B-L           B at every beginning (CoNLL-2000, 2002)
 *     IOBES    B-L   I-L   E-L   S-L           also the end, and chunks of a single row
 *
 * What a sequence of tags means, well-formed or not, is read by rn_spans_read; rn_tags_write is the way back. */
#ifndef RONDO_TAGS_H
#define RONDO_TAGS_H

#include <rondo/spans.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rn_tag_scheme { RN_IOB1, RN_IOB2, RN_IOBES, RN_TAG_SCHEME_COUNT } rn_tag_scheme;

RN_API const char *rn_tag_scheme_name(rn_tag_scheme scheme); /* "iob1", "iob2", "iobes" */
RN_API bool rn_tag_scheme_parse(const char *name, rn_tag_scheme *out);

/* ---- what a scheme allows ---- */

RN_API bool rn_tag_may_start(rn_tag_scheme scheme, rn_tag tag);
RN_API bool rn_tag_may_end(rn_tag_scheme scheme, rn_tag tag);
RN_API bool rn_tag_may_follow(rn_tag_scheme scheme, rn_tag before, rn_tag after);
/* The same for rn_crf: 0 where allowed, -infinity where not.
 *   tags [n_tags]   transitions [n_tags, n_tags] from, to   start, end [n_tags] */
RN_API void rn_tag_scheme_mask(rn_tag_scheme scheme, const rn_tag *tags, int64_t n_tags, float *transitions, float *start, float *end);

/* Where a sequence breaks the scheme, and how often: t when tag t may not stand behind the one before it (or, for t = 0, begin), n when
 * the last may not end.
 *   tags [n]   places: room for n + 1, or NULL */
RN_API int64_t rn_tags_invalid(rn_tag_scheme scheme, const rn_tag *tags, int64_t n, int64_t *places);

/* ---- detection ---- */

/* How often each scheme is broken: zeros to begin with, then rn_tags_count for every sequence of the data. */
typedef struct rn_tag_evidence {
  int64_t n_invalid[RN_TAG_SCHEME_COUNT];
} rn_tag_evidence;
RN_API void rn_tags_count(rn_tag_evidence *evidence, const rn_tag *tags, int64_t n);
/* The scheme that is broken least often; of equals IOB2, then IOB1: data without a chunk fits all of them. */
RN_API rn_tag_scheme rn_tags_detect(const rn_tag_evidence *evidence);

/* ---- conversion ---- */

/* The tags of n rows that have these spans. Types point into the set.
 *   spans [n_spans], as rn_spans_read gives them   out [n] */
RN_API void rn_tags_write(rn_tag_scheme scheme, const rn_tag_set *set, const rn_span *spans, int64_t n_spans, int64_t n, rn_tag *out);
/* "B-PER", "B" without a type, "O"; as snprintf. */
RN_API int rn_tag_text(rn_tag tag, char *buf, size_t size);

#ifdef __cplusplus
}
#endif
#endif
