/* spans.h: the chunks that a sequence of tags means: "B-PER I-PER O" is one span, a PER of rows 0 and 1.
 *
 * A tag is PLACE-TYPE, split at its first "-"; the place says where in its chunk the token stands. IOB1, IOB2 and IOBES are read by one
 * rule, that of the conlleval script (Tjong Kim Sang 2004), which takes any sequence of tags, well-formed or not:
 *
 *     a chunk starts at a tag in a chunk   that is B or S, or has another type than the tag before, or follows O, E, S or nothing
 *     a chunk ends   before the next start, before O, and with the sequence
 *
 * conlleval knows no S, and goes on from E to a B of the same type; in every other case the two agree. */
#ifndef RONDO_SPANS_H
#define RONDO_SPANS_H

#include <rondo/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rn_tag_place {
  RN_TAG_OUTSIDE, /* O; and any word that is no tag: "NN", "." */
  RN_TAG_BEGIN,   /* B-TYPE */
  RN_TAG_INSIDE,  /* I-TYPE; and any other letters before the first "-" */
  RN_TAG_END,     /* E-TYPE */
  RN_TAG_SINGLE,  /* S-TYPE */
} rn_tag_place;

/* A tag taken apart; `type` points into it and is "" where there is none ("B" alone is a chunk of type ""). */
typedef struct rn_tag {
  rn_tag_place place;
  const char *type;
} rn_tag;
RN_API rn_tag rn_tag_parse(const char *tag);

/* Rows begin .. end - 1 are a chunk of a type. */
typedef struct rn_span {
  int64_t begin, end;
  int32_t type;
} rn_span;

/* The tags that ids stand for, taken apart once; types are numbered in the order of their bytes. */
typedef struct rn_tag_set rn_tag_set;
/* tags [n_tags]: id to tag, copied. Free with rn_tag_set_free. Errors: RN_ERROR_MEMORY. */
RN_API rn_status rn_tag_set_new(rn_context *ctx, const char *const *tags, int64_t n_tags, rn_tag_set **out);
RN_API void rn_tag_set_free(rn_tag_set *set); /* NULL is allowed */
RN_API int64_t rn_tag_set_size(const rn_tag_set *set);
RN_API int32_t rn_tag_set_n_types(const rn_tag_set *set);
RN_API const char *rn_tag_set_type(const rn_tag_set *set, int32_t type); /* belongs to the set */

/* The spans of one sequence in order, and how many.
 *   ids [n], each in 0 .. rn_tag_set_size - 1
 *   out [n], room for as many as there could be */
RN_API int64_t rn_spans_read(const rn_tag_set *set, const int32_t *ids, int64_t n, rn_span *out);

#ifdef __cplusplus
}
#endif
#endif
