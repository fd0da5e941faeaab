/* golden_json.h: numbers from a JSON file of tests/golden. */
#ifndef GOLDEN_JSON_H
#define GOLDEN_JSON_H

#include "base/json.h"
#include <stdio.h>

static inline json_t *golden_open(const char *name) {
  char path[512];
  snprintf(path, sizeof path, "%s/tests/golden/%s", RN_SOURCE_DIR, name);
  return json_load_file(path, 0, NULL);
}

/* name(object, key, out, max): an array of numbers by its key, and its length. */
#define GOLDEN_READER(name, type)                                                                                  \
  static inline int64_t name(const json_t *object, const char *key, type *out, int64_t max) {                      \
    const json_t *array = json_object_get(object, key);                                                            \
    int64_t n = (int64_t)json_array_size(array);                                                                   \
    for (int64_t i = 0; i < n && i < max; i++) out[i] = (type)json_number_value(json_array_get(array, (size_t)i)); \
    return n;                                                                                                      \
  }
GOLDEN_READER(golden_numbers, double)
GOLDEN_READER(golden_floats, float)
GOLDEN_READER(golden_ids, int32_t)
GOLDEN_READER(golden_offsets, int64_t)

#endif
