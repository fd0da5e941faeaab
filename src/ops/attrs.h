/* attrs.h: the options each operation takes besides its tensors, as its references and its cases see them. */
#ifndef RN_OPS_ATTRS_H
#define RN_OPS_ATTRS_H

#include <rondo/graph.h>

typedef struct rn_linear_attrs { rn_activation act; } rn_linear_attrs;
typedef struct rn_embedding_attrs { const rn_ragged *seqs; } rn_embedding_attrs;
typedef struct rn_layer_norm_attrs { float eps; } rn_layer_norm_attrs;
typedef struct rn_dropout_attrs { float rate; rn_dropout_kind kind; uint64_t seed, stream; } rn_dropout_attrs;
/* seqs: of a batch whose rows are named by number, the node's ids; else NULL, and x has its own */
typedef struct rn_recurrent_attrs { rn_cell cell; int n_dir; bool reverse; const rn_ragged *seqs; } rn_recurrent_attrs;
typedef struct rn_activate_attrs { rn_activation act; } rn_activate_attrs;
typedef struct rn_scale_attrs { float alpha; } rn_scale_attrs;
typedef struct rn_concat_attrs { int n; } rn_concat_attrs;
typedef struct rn_slice_attrs { int64_t first, count; } rn_slice_attrs;
typedef struct rn_rows_attrs { const rn_ragged *seqs; } rn_rows_attrs;
typedef struct rn_repeat_attrs { int64_t n; } rn_repeat_attrs;
typedef struct rn_pool_time_attrs { rn_pooling how; } rn_pool_time_attrs;
typedef struct rn_conv1d_attrs { int64_t dilation, stride; bool causal; } rn_conv1d_attrs;
typedef struct rn_embedding_bag_attrs { rn_bag how; const rn_ragged *seqs; } rn_embedding_bag_attrs;
typedef struct rn_mix_attrs { int n; } rn_mix_attrs;
typedef struct rn_softmax_attrs { bool log_form; } rn_softmax_attrs;
typedef struct rn_sigmoid_cross_entropy_attrs { const float *weight; } rn_sigmoid_cross_entropy_attrs;
/* rn_cross_entropy takes its public rn_cross_entropy_options. */

/* The inputs of a recurrence: x, h0, c0, then these nine for each direction. */
enum { RN_IN_X, RN_IN_H0, RN_IN_C0, RN_IN_WEIGHTS };
enum { RN_W_IH, RN_W_HH, RN_B_IH, RN_B_HH, RN_W_PEEPHOLE, RN_W_HR, RN_W_NORM_IH, RN_W_NORM_HH, RN_W_NORM_C, RN_W_COUNT };

#endif
