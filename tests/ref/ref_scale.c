/* y = alpha x */
#include "ref/ref.h"

void ref_scale(const rn_ref *r) {
  for (int64_t i = 0; i < ref_size(&r->in[0]); i++)
    r->out[0].data[i] = (double)((const rn_scale_attrs *)r->attrs)->alpha * r->in[0].data[i];
}
