/* json.h: a thin layer over jansson: strict parsing with words, depth limited, and typed getters with defaults. */
#ifndef RN_BASE_JSON_H
#define RN_BASE_JSON_H

#include "base/error.h"
#include <jansson.h>

/* Parses size bytes; duplicate keys, bad UTF-8, trailing text and nesting beyond 64 are errors: "NAME:LINE:COLUMN: ...". */
rn_status rn_json_parse(const char *text, size_t size, const char *name, json_t **out, rn_error *err);
/* Compact text with sorted keys: the same object always gives the same bytes. NULL when out of memory; free with rn_free. */
char *rn_json_text(const json_t *value);
/* The same to be read by people: 0.1 where rn_json_text gives 0.10000000000000001. */
char *rn_json_words(const json_t *value);
int64_t rn_json_int(const json_t *object, const char *key, int64_t fallback);
double rn_json_number(const json_t *object, const char *key, double fallback);
bool rn_json_bool(const json_t *object, const char *key, bool fallback);
const char *rn_json_string(const json_t *object, const char *key, const char *fallback);

#endif
