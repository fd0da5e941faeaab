/* stream.h: a text file that passes by in blocks of whole lines, in bounded memory. */
#ifndef RN_BASE_STREAM_H
#define RN_BASE_STREAM_H

#include "base/error.h"
#include <rondo/base.h>

typedef struct rn_stream rn_stream;

/* Opens a file: plain, .gz, .zst (by content, the expansion capped as everywhere), or "-" for standard input. `block` is about how many
 * bytes come at a time. A BOM is skipped. Errors: RN_ERROR_IO. */
rn_status rn_stream_open(const char *path, size_t block, rn_stream **out, rn_error *err);
/* The next block, valid until the next call: it ends with a line end; where a line is longer than a block, before white space or,
 * without any, between characters. size 0: the end. Errors: RN_ERROR_IO, RN_ERROR_DATA (a compressed file that is damaged or cut short),
 * RN_ERROR_MEMORY. */
rn_status rn_stream_next(rn_stream *stream, rn_string *out, rn_error *err);
uint64_t rn_stream_bytes(const rn_stream *stream); /* of text so far */
uint64_t rn_stream_hash(const rn_stream *stream);  /* XXH3 of it */
void rn_stream_close(rn_stream *stream);           /* NULL is allowed */

#endif
