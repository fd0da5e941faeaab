/* alloc.c: the one door to the heap. */
#include "base/alloc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64
#define LARGE_PAGE ((size_t)2 << 20)

/* The only state of the process this library keeps: the number of allocations, and which of them is to fail (0: none). */
static _Atomic uint64_t n_allocations, failing;

static bool refused(void) {
  uint64_t mine = atomic_fetch_add_explicit(&n_allocations, 1, memory_order_relaxed) + 1;
  return mine == atomic_load_explicit(&failing, memory_order_relaxed);
}

uint64_t rn_alloc_count(void) { return atomic_load_explicit(&n_allocations, memory_order_relaxed); }

void rn_alloc_fail_after(uint64_t n) { atomic_store_explicit(&failing, n ? rn_alloc_count() + n : 0, memory_order_relaxed); }

void *rn_alloc(size_t size) { return refused() ? NULL : malloc(size ? size : 1); }

void *rn_alloc_zero(size_t count, size_t size) {
  size_t bytes;
  if (!rn_mul_size(count, size, &bytes)) return NULL;
  if (!bytes) count = size = 1;
  return refused() ? NULL : calloc(count, size);
}

void *rn_realloc(void *p, size_t size) { return refused() ? NULL : realloc(p, size ? size : 1); }

/* Large blocks ask for large pages: a table whose rows are read in any order would miss the cache of page addresses at every row. */
void *rn_alloc_aligned(size_t size) {
  void *p = NULL;
  bool large = size >= 2 * LARGE_PAGE;
  if (refused() || posix_memalign(&p, large ? LARGE_PAGE : ALIGNMENT, size ? size : 1)) return NULL;
#ifdef MADV_HUGEPAGE
  if (large) madvise(p, size, MADV_HUGEPAGE); /* advice: it works without */
#endif
  return p;
}

char *rn_strdup(const char *s) { return rn_strndup(s, strlen(s)); }

char *rn_strndup(const char *s, size_t n) {
  size_t length = strnlen(s, n);
  char *copy = rn_alloc(length + 1);
  if (!copy) return NULL;
  memcpy(copy, s, length);
  copy[length] = '\0';
  return copy;
}

void rn_free(void *p) { free(p); }

bool rn_mul_size(size_t a, size_t b, size_t *out) { return !__builtin_mul_overflow(a, b, out); }

bool rn_add_size(size_t a, size_t b, size_t *out) { return !__builtin_add_overflow(a, b, out); }
