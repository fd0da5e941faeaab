/* fuzz_checkpoint.c: any bytes as a manifest. Only one that describes the files as they are may verify. */
#include "base/alloc.h"
#include "base/random.h"
#include "io/checkpoint.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

static char parent[64], good[512];
static int manifest = -1;

static void parent_remove(void) { rn_folder_remove(parent, NULL); }

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  char *temporary, path[128];
  rn_bytes b;
  snprintf(parent, sizeof parent, "/tmp/rondo-fuzz-checkpoint-%d", (int)getpid());
  atexit(parent_remove);
  if (rn_checkpoint_begin(parent, 7, &temporary, NULL) != RN_OK) abort();
  snprintf(path, sizeof path, "%s/state", temporary);
  if (rn_file_write(path, "state", 5, NULL) != RN_OK || rn_checkpoint_commit(parent, temporary, 7, 1, NULL) != RN_OK) abort();
  rn_free(temporary);
  snprintf(path, sizeof path, "%s/step-0000000007/manifest.json", parent);
  if (rn_bytes_map(path, &b, NULL) != RN_OK || b.size >= sizeof good) abort();
  memcpy(good, b.data, b.size);
  rn_bytes_close(&b);
  manifest = open(path, O_RDWR | O_CLOEXEC);
  return manifest < 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (ftruncate(manifest, (off_t)size) != 0 || pwrite(manifest, data, size, 0) != (ssize_t)size) abort();
  char *path, *why;
  int64_t step;
  int skipped;
  rn_error err = {0};
  if (rn_checkpoint_newest(parent, &path, &step, &skipped, &why, &err) != RN_OK) abort();
  if (path ? step != 7 || skipped || why : step != -1 || skipped != 1 || !why[0]) abort();
  rn_free(path);
  rn_free(why);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  if (seed % 16 == 0 && max_size > strlen(good)) {
    size = strlen(good);
    memcpy(data, good, size);
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
