/* unpacker.h: gzip and zstd, told by their first bytes, unpacked as they pass by. */
#ifndef RN_BASE_UNPACKER_H
#define RN_BASE_UNPACKER_H

#include "base/error.h"

typedef enum rn_packing { RN_PACKING_NONE, RN_PACKING_GZIP, RN_PACKING_ZSTD } rn_packing;
/* What content that begins so is; four bytes tell. */
rn_packing rn_packing_of(const char *data, size_t size);

typedef struct rn_unpacker rn_unpacker;

/* `name` stands for the file in errors and must outlive the unpacker. Errors: RN_ERROR_MEMORY. */
rn_status rn_unpacker_new(rn_packing packing, const char *name, rn_unpacker **out, rn_error *err);
void rn_unpacker_free(rn_unpacker *u); /* NULL is allowed */
/* Unpacks from the front of `in`, which becomes what is left of it, into `room` bytes at `out`; *made: how many were written. Members in a
 * row are one file. Neither taken nor made: it wants more of the file, or rn_unpacker_whole. Errors: RN_ERROR_DATA, RN_ERROR_MEMORY. */
rn_status rn_unpacker_step(rn_unpacker *u, rn_string *in, char *out, size_t room, size_t *made, rn_error *err);
/* To be asked when nothing is left of the file and nothing more is made: RN_ERROR_DATA where it was cut short. */
rn_status rn_unpacker_whole(rn_unpacker *u, rn_error *err);

#endif
