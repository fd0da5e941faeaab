/* alloc.h: every allocation of the library goes through here, so that tests can count them and fail each of them once. */
#ifndef RN_BASE_ALLOC_H
#define RN_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *rn_alloc(size_t size);                       /* uninitialised; NULL when out of memory. Size 0 gives a unique pointer. */
void *rn_alloc_zero(size_t count, size_t size);    /* zeroed; NULL when out of memory or count * size overflows */
void *rn_realloc(void *p, size_t size);            /* as realloc */
void *rn_alloc_aligned(size_t size);               /* 64-byte aligned, uninitialised; freed by rn_free as well */
char *rn_strdup(const char *s);
char *rn_strndup(const char *s, size_t n);
void rn_free(void *p);

/* a * b, and whether it fitted. */
bool rn_mul_size(size_t a, size_t b, size_t *out);
bool rn_add_size(size_t a, size_t b, size_t *out);

/* For tests: how many allocations so far (process-wide, atomic), and make the n-th from now fail (n = 0: never). */
uint64_t rn_alloc_count(void);
void rn_alloc_fail_after(uint64_t n);

#endif
