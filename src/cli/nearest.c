/* nearest.c: which word was meant. */
#include "options.h"

#include <string.h>

#define MAX_WORD 48

static int smallest(int a, int b, int c) {
  int least = a < b ? a : b;
  return least < c ? least : c;
}

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, each an edit.
 * d[i][j] = min(d[i-1][j] + 1, d[i][j-1] + 1, d[i-1][j-1] + (a_i != b_j), d[i-2][j-2] + 1 where a_i a_{i-1} = b_{j-1} b_j) */
int cli_edits(const char *a, const char *b) {
  int n = (int)strnlen(a, MAX_WORD), m = (int)strnlen(b, MAX_WORD);
  int d[MAX_WORD + 1][MAX_WORD + 1];
  for (int i = 0; i <= n; i++) d[i][0] = i;
  for (int j = 0; j <= m; j++) d[0][j] = j;
  for (int i = 1; i <= n; i++) {
    for (int j = 1; j <= m; j++) {
      d[i][j] = smallest(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < d[i][j]) d[i][j] = d[i - 2][j - 2] + 1;
    }
  }
  return d[n][m];
}

const char *cli_nearest(const char *word, const char *const *list) {
  const char *best = NULL;
  int best_edits = (int)strnlen(word, MAX_WORD) / 3 + 2; /* further away, a suggestion would only confuse */
  for (; *list; list++) {
    int n = cli_edits(word, *list);
    if (n < best_edits) best_edits = n, best = *list;
  }
  return best;
}
