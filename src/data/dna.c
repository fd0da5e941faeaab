/* dna.c: a base is a set of A C G T, four bits, and so is each letter of IUPAC's: the letter of set s is letters[s]. The complement of a
 * set (A with T, C with G) is its bits in reverse. */
#include <assert.h>
#include <ctype.h>
#include <rondo/data_dna.h>
#include <string.h>

static const char letters[] = "-ACMGRSVTWYHKDBN"; /* A = 1, C = 2, G = 4, T = 8 */

/* The set of a letter; 0 when it is no base. */
static unsigned set_of(char base) {
  int c = toupper((unsigned char)base);
  const char *at = c == 'U' ? letters + 8 : c ? strchr(letters + 1, c) : NULL;
  return at ? (unsigned)(at - letters) : 0;
}

static unsigned complement(unsigned set) { return (set & 1) << 3 | (set & 2) << 1 | (set & 4) >> 1 | (set & 8) >> 3; }

int64_t rn_dna_rows(const char *bases, size_t size, float *rows) {
  for (size_t i = 0; i < size; i++) {
    unsigned set = set_of(bases[i]);
    if (!set) return (int64_t)i;
    float each = 1.0f / (float)__builtin_popcount(set);
    for (int b = 0; b < 4; b++) rows[4 * i + (size_t)b] = set >> b & 1 ? each : 0;
  }
  return -1;
}

void rn_dna_reverse_complement(const char *bases, size_t size, char *out) {
  for (size_t i = 0; i < size; i++) {
    char base = bases[size - 1 - i];
    unsigned set = set_of(base);
    char other = set ? letters[complement(set)] : base;
    out[i] = islower((unsigned char)base) ? (char)tolower((unsigned char)other) : other;
  }
}

void rn_dna_reverse_labels(const char *labels, size_t size, const char *swaps, char *out) {
  char to[256];
  for (int c = 0; c < 256; c++) to[c] = (char)c;
  for (; swaps && swaps[0] && swaps[1]; swaps += 2) {
    to[(unsigned char)swaps[0]] = swaps[1];
    to[(unsigned char)swaps[1]] = swaps[0];
  }
  for (size_t i = 0; i < size; i++) out[i] = to[(unsigned char)labels[size - 1 - i]];
}

int64_t rn_dna_kmers(const char *bases, size_t size, int k, float *counts) {
  assert(k >= 1 && k <= 12);
  uint32_t index = 0, mask = (1u << 2 * k) - 1;
  int64_t n = 0;
  int known = 0; /* bases in a row that are no larger sets */
  for (size_t i = 0; i < size; i++) {
    unsigned set = set_of(bases[i]);
    known = __builtin_popcount(set) == 1 ? known + 1 : 0;
    index = (index << 2 | (set ? (unsigned)__builtin_ctz(set) : 0)) & mask;
    if (known < k) continue;
    counts[index] += 1;
    n++;
  }
  return n;
}
