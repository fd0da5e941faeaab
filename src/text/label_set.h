/* label_set.h: the labels of a task, by number. */
#ifndef RN_TEXT_LABEL_SET_H
#define RN_TEXT_LABEL_SET_H

#include "base/json.h"
#include "tensor/context.h"

/* Distinct names in order: of their values where all are numbers ("2" before "10"), else of their bytes. A name is a form (lexicon.h): it
 * is UTF-8 without NUL, whatever the file has. Constant once made. */
typedef struct rn_label_set rn_label_set;

/* The distinct ones of labels [n]. Errors: RN_ERROR_DATA (a label of more than RN_MAX_FORM bytes), RN_ERROR_MEMORY. */
rn_status rn_label_set_new(rn_context *ctx, const rn_string *labels, int64_t n, rn_label_set **out);
void rn_label_set_free(rn_label_set *set); /* NULL is allowed */
int64_t rn_label_set_size(const rn_label_set *set);
const char *rn_label_set_name(const rn_label_set *set, int64_t id); /* NUL-terminated */
int64_t rn_label_set_find(const rn_label_set *set, rn_string name); /* -1 when absent */
/* All are O, B, I, E or S, or one of the latter with a type, and at least one has a type: E and I alone may be exons and introns. */
bool rn_label_set_are_chunks(const rn_label_set *set);

/* ["a", "b", ...], NULL when out of memory; and back. A label that is no text, or stands twice, is an error. */
json_t *rn_label_set_to_json(const rn_label_set *set);
rn_status rn_label_set_from_json(rn_context *ctx, const json_t *json, rn_label_set **out);

#endif
