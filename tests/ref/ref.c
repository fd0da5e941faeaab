/* ref.c: which reference belongs to which operation. */
#include "ref/ref.h"

rn_ref_fn ref_of(const rn_op *op) {
#define ENTRY(name) \
  if (op == &rn_op_##name) return ref_##name;
  RN_OPS(ENTRY)
#undef ENTRY
  return NULL;
}
