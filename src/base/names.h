/* names.h: names of the values of an enumeration, in a table by value. */
#ifndef RN_BASE_NAMES_H
#define RN_BASE_NAMES_H

#include <string.h>

/* The value whose name this is; -1 when none is called so. */
#define RN_NAME_INDEX(name, names) rn_name_index(name, names, sizeof(names) / sizeof((names)[0]))
static inline int rn_name_index(const char *name, const char *const *names, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(name, names[i]) == 0) return (int)i;
  return -1;
}

#endif
