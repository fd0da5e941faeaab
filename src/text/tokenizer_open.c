/* tokenizer_open.c: which of the formats a path is. */
#include "base/alloc.h"
#include "base/file.h"
#include "text/tokenizer_state.h"

#include <string.h>

rn_status rn_tokenizer_open(rn_context *ctx, const char *path, rn_tokenizer **out) {
  *out = NULL;
  rn_bytes bytes;
  rn_error err = {0};
  if (rn_bytes_map(path, &bytes, &err) != RN_OK) return rn_context_fail(ctx, err.status, "%s", err.text);
  rn_status status = rn_tokenizer_parse(ctx, bytes.data, bytes.size, path, out);
  rn_bytes_close(&bytes);
  return status;
}

rn_status rn_tokenizer_save(rn_context *ctx, const rn_tokenizer *tokenizer, const char *path) {
  rn_error err = {0};
  const char *json = rn_tokenizer_json(tokenizer);
  if (rn_file_write(path, json, strlen(json), &err) != RN_OK) return rn_context_fail(ctx, err.status, "%s", err.text);
  return RN_OK;
}
