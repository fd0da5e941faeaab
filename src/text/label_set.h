/* label_set.h: the labels of a task, by number. */
#ifndef RN_TEXT_LABEL_SET_H
#define RN_TEXT_LABEL_SET_H

#include "base/json.h"
#include "tensor/context.h"

/* Distinct names in order: of their values where all are numbers ("2" before "10"), else of their bytes. Constant once made. */
typedef struct rn_label_set rn_label_set;

/* The distinct ones of labels [n]. */
rn_status rn_label_set_new(rn_context *ctx, const rn_string *labels, int64_t n, rn_label_set **out);
void rn_label_set_free(rn_label_set *set); /* NULL is allowed */
int64_t rn_label_set_size(const rn_label_set *set);
const char *rn_label_set_name(const rn_label_set *set, int64_t id); /* NUL-terminated */
int64_t rn_label_set_find(const rn_label_set *set, rn_string name); /* -1 when absent */

/* ["a", "b", ...], NULL when out of memory; and back. A label that is no text, or stands twice, is an error. */
json_t *rn_label_set_to_json(const rn_label_set *set);
rn_status rn_label_set_from_json(rn_context *ctx, const json_t *json, rn_label_set **out);

#endif
