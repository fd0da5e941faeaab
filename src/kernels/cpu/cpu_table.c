/* cpu_table.c: the table of this instruction set. */
#include "kernels/cpu/cpu_gemm.h"
#include "kernels/cpu/cpu_kernels.h"
#include "kernels/cpu/cpu_recurrent.h"
#include "kernels/cpu/cpu_space.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

static const rn_space_kernels space = {
  .row_dots = RN_K(row_dots),
  .top = RN_K(top),
  .affinities = RN_K(affinities),
  .attraction = RN_K(attraction),
  .repulsion = RN_K(repulsion),
  .grid_size = RN_K(grid_size),
  .grid_spectra = RN_K(grid_spectra),
  .grid_scratch = RN_K(grid_scratch),
  .grid_prepare = RN_K(grid_prepare),
  .grid_repulsion = RN_K(grid_repulsion),
  .descend = RN_K(descend),
};

extern const rn_backend RN_K(backend);
const rn_backend RN_K(backend) = {
  .name = "cpu-" TEXT(RN_ISA),
  .isa = TEXT(RN_ISA),
  .gemm_scratch = RN_K(gemm_scratch),
  .gemm = RN_K(gemm),
  .gemm_pack_size = RN_K(gemm_pack_size),
  .gemm_pack = RN_K(gemm_pack),
  .recurrent_saved = RN_K(recurrent_saved),
  .recurrent_scratch = RN_K(recurrent_scratch),
  .recurrent_forward = RN_K(recurrent_forward),
  .recurrent_backward = RN_K(recurrent_backward),
  .recurrent_pack_size = RN_K(recurrent_pack_size),
  .recurrent_pack = RN_K(recurrent_pack),
  .convolution_scratch = RN_K(convolution_scratch),
  .convolution = RN_K(convolution),
  .convolution_grad = RN_K(convolution_grad),
  .convolution_pack_size = RN_K(convolution_pack_size),
  .convolution_pack = RN_K(convolution_pack),
  .unary = RN_K(unary),
  .unary_grad = RN_K(unary_grad),
  .binary = RN_K(binary),
  .axpy = RN_K(axpy),
  .scale = RN_K(scale),
  .mul_add = RN_K(mul_add),
  .add_row = RN_K(add_row),
  .sum_rows = RN_K(sum_rows),
  .gather_rows = RN_K(gather_rows),
  .scatter_add_rows = RN_K(scatter_add_rows),
  .copy_cols = RN_K(copy_cols),
  .layer_norm = RN_K(layer_norm),
  .layer_norm_grad = RN_K(layer_norm_grad),
  .dropout = RN_K(dropout),
  .softmax = RN_K(softmax),
  .xent = RN_K(xent),
  .xent_grad = RN_K(xent_grad),
  .sigmoid_xent = RN_K(sigmoid_xent),
  .sigmoid_xent_grad = RN_K(sigmoid_xent_grad),
  .crf_scratch = RN_K(crf_scratch),
  .crf = RN_K(crf),
  .pool_time = RN_K(pool_time),
  .pool_time_grad = RN_K(pool_time_grad),
  .bags = RN_K(bags),
  .bags_grad = RN_K(bags_grad),
  .sum = RN_K(sum),
  .sum_squares = RN_K(sum_squares),
  .update = RN_K(update),
  .update_rows = RN_K(update_rows),
  .squared_distance = RN_K(squared_distance),
  .dtw_scratch = RN_K(dtw_scratch),
  .dtw = RN_K(dtw),
  .space = &space,
  .peak = RN_K(peak),
};
