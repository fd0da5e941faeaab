/* checkpoint.h: the protocol that loses nothing. A checkpoint is a folder: its files, each written and flushed, then manifest.json
 * (names, sizes, XXH3), all under a temporary name; the folder is flushed, renamed to step-NNNNNNNNNN, and the parent flushed. */
#ifndef RN_IO_CHECKPOINT_H
#define RN_IO_CHECKPOINT_H

#include "io/safetensors.h"

/* Begins one in folder `parent` (made if needed): *temporary is the folder to write files into; free with rn_free. Leftovers of killed
 * writers are removed. */
rn_status rn_checkpoint_begin(const char *parent, int64_t step, char **temporary, rn_error *err);
/* Writes the manifest of everything in it, flushes, renames, and then removes all but the newest `keep`. On failure the temporary folder is
 * removed and earlier checkpoints are as they were. */
rn_status rn_checkpoint_commit(const char *parent, const char *temporary, int64_t step, int keep, rn_error *err);
/* The newest that verifies: *path (free with rn_free) and *step. *skipped counts newer ones that did not verify, and *why (a line, free
 * with rn_free, may be NULL) says what was wrong. RN_OK with *path NULL when there is none. */
rn_status rn_checkpoint_newest(const char *parent, char **path, int64_t *step, int *skipped, char **why, rn_error *err);

#endif
