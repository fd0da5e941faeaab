/* subwords.h: the runs of letters of a word, and fastText's hash of them (Bojanowski et al. 2017). */
#ifndef RN_TEXT_SUBWORDS_H
#define RN_TEXT_SUBWORDS_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a of 32 bits, bytes taken as signed, as fastText takes them. */
#define RN_SUBWORD_SEED 2166136261u
static inline uint32_t rn_subword_hash_byte(uint32_t h, char byte) { return (h ^ (uint32_t)(int8_t)byte) * 16777619u; }

/* Calls each(user, hash) for every run of min to max letters of "<word>", but not for < or > alone: by where they begin, then by length. */
void rn_subwords(const char *word, size_t size, int64_t min, int64_t max, void (*each)(void *user, uint32_t hash), void *user);

#endif
