/* spill.h: a temporary file for what memory does not hold. It has no name: it is gone when it is closed, however the process ends. */
#ifndef RN_BASE_SPILL_H
#define RN_BASE_SPILL_H

#include "base/error.h"

typedef struct rn_spill rn_spill;

/* In a folder that is there; NULL: the working folder. Errors: RN_ERROR_IO, RN_ERROR_MEMORY. */
rn_status rn_spill_open(const char *folder, rn_spill **out, rn_error *err);
rn_status rn_spill_write(rn_spill *spill, const void *data, size_t size, rn_error *err); /* at its end */
/* Any part of what was written. Errors: RN_ERROR_IO. */
rn_status rn_spill_read(rn_spill *spill, uint64_t at, void *data, size_t size, rn_error *err);
uint64_t rn_spill_size(const rn_spill *spill);
void rn_spill_close(rn_spill *spill); /* NULL is allowed */

#endif
