/* ops.c: the list of all operations. */
#include "ops/op.h"

#define ENTRY(name) &rn_op_##name,
const rn_op *const rn_ops[] = {RN_OPS(ENTRY) NULL};
