/* touched.h: the gradient of a table of which a step reads a few rows.
 *
 * It lies together: row i of tensor.grad is that of row touched[i], place[touched[i]] = i + 1. What a step adds to, clears and reads again
 * is as large as what it touched, and stays in the cache, however large the table is. */
#ifndef RN_OPS_TOUCHED_H
#define RN_OPS_TOUCHED_H

#include <rondo/nn.h>

/* Touches rows ids [n] of a sparse parameter; the gradient of row ids[i] is row at[i]. Not when all have one (n_touched < 0). */
void rn_param_touch(rn_param *param, const int32_t *ids, int64_t n, int32_t *at);
/* Puts every row of the gradient in its own place: n_touched is -1 after it. Nothing happens to parameters that are not sparse. */
void rn_param_spread_grad(rn_param *param);

#endif
