/* write.h: write(2) as every file of ours is written: short writes and EINTR go on, and tests can make it fail (rn_file_fail_after). */
#ifndef RN_BASE_WRITE_H
#define RN_BASE_WRITE_H

#include "base/error.h"

int rn_write_all(int fd, const void *data, size_t size); /* 0, or errno */
/* "disk full writing 'PATH'" and the consequence behind it. */
rn_status rn_write_fail(const char *path, int error, const char *consequence, rn_error *err);

#endif
