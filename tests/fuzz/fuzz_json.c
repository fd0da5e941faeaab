/* fuzz_json.c: any bytes as JSON. What is accepted is written and read again as the same. */
#include "base/alloc.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  json_t *value, *again;
  rn_error err = {0};
  if (rn_json_parse((const char *)data, size, "fuzz", &value, &err) != RN_OK) {
    if (value || !err.text[0]) abort();
    return 0;
  }
  char *text = rn_json_text(value);
  if (!text || rn_json_parse(text, strlen(text), "again", &again, &err) != RN_OK || !json_equal(value, again)) abort();
  rn_json_string(value, "a", "");
  rn_json_int(value, "a", 0);
  json_decref(value);
  json_decref(again);
  rn_free(text);
  return 0;
}
