// peer_dnnl: oneDNN's LSTM primitive, one layer, float32, forward in training and backward, at the shapes of bench_layers.
// Prints for each shape a line: T B I H forward_ms backward_ms, the least of several rounds. OMP_NUM_THREADS chooses the threads.
//
// Weights are in the layout oneDNN asks for (format "any"), so that no reordering is timed. The backward primitive adds into the weight
// gradients; clearing them is part of its time, as it is of ours.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <dnnl.hpp>
#include <unordered_map>
#include <vector>

using dnnl::memory;
using tag = memory::format_tag;

static double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Memory filled with small numbers: no denormals, no saturation.
static memory filled(const memory::desc &desc, const dnnl::engine &engine) {
  memory m(desc, engine);
  float *p = static_cast<float *>(m.get_data_handle());
  for (size_t i = 0; i < desc.get_size() / sizeof(float); i++) p[i] = 0.01f * static_cast<float>(static_cast<int>(i * 7 % 11) - 5);
  return m;
}

static void clear(memory &m) { std::memset(m.get_data_handle(), 0, m.get_desc().get_size()); }

// The least time of one call, over rounds of enough calls to take about 30 ms.
template <class F> static double least(F call) {
  double t = now();
  call();
  int n = std::max(1, static_cast<int>(0.03 / (now() - t)));
  double best = 1e9;
  for (int round = 0; round < 12; round++) {
    t = now();
    for (int i = 0; i < n; i++) call();
    best = std::min(best, (now() - t) / n);
  }
  return best;
}

static void layer(int T, int B, int I, int H) {
  dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  auto desc = [](memory::dims dims, tag t) { return memory::desc(dims, memory::data_type::f32, t); };
  memory::desc x = desc({T, B, I}, tag::tnc), y = desc({T, B, H}, tag::tnc), h = desc({1, 1, B, H}, tag::ldnc);
  memory::desc w_ih = desc({1, 1, I, 4, H}, tag::any), w_hh = desc({1, 1, H, 4, H}, tag::any), bias = desc({1, 1, 4, H}, tag::ldgo);
  auto direction = dnnl::rnn_direction::unidirectional_left2right;
  dnnl::lstm_forward::primitive_desc forward_desc({dnnl::prop_kind::forward_training, direction, x, h, h, w_ih, w_hh, bias, y, h, h},
                                                  engine);
  dnnl::lstm_backward::primitive_desc backward_desc(
      {dnnl::prop_kind::backward, direction, x, h, h, w_ih, w_hh, bias, y, h, h, x, h, h, w_ih, w_hh, bias, y, h, h}, engine, forward_desc);

  std::unordered_map<int, memory> forward_args{{DNNL_ARG_SRC_LAYER, filled(x, engine)},
                                               {DNNL_ARG_SRC_ITER, filled(h, engine)},
                                               {DNNL_ARG_SRC_ITER_C, filled(h, engine)},
                                               {DNNL_ARG_WEIGHTS_LAYER, filled(forward_desc.weights_layer_desc(), engine)},
                                               {DNNL_ARG_WEIGHTS_ITER, filled(forward_desc.weights_iter_desc(), engine)},
                                               {DNNL_ARG_BIAS, filled(bias, engine)},
                                               {DNNL_ARG_DST_LAYER, filled(y, engine)},
                                               {DNNL_ARG_DST_ITER, filled(h, engine)},
                                               {DNNL_ARG_DST_ITER_C, filled(h, engine)},
                                               {DNNL_ARG_WORKSPACE, filled(forward_desc.workspace_desc(), engine)}};
  std::unordered_map<int, memory> backward_args = forward_args;
  backward_args[DNNL_ARG_WEIGHTS_LAYER] = filled(backward_desc.weights_layer_desc(), engine);
  backward_args[DNNL_ARG_WEIGHTS_ITER] = filled(backward_desc.weights_iter_desc(), engine);
  memory dw_ih = filled(backward_desc.diff_weights_layer_desc(), engine), dw_hh = filled(backward_desc.diff_weights_iter_desc(), engine);
  memory dbias = filled(bias, engine);
  backward_args[DNNL_ARG_DIFF_WEIGHTS_LAYER] = dw_ih;
  backward_args[DNNL_ARG_DIFF_WEIGHTS_ITER] = dw_hh;
  backward_args[DNNL_ARG_DIFF_BIAS] = dbias;
  backward_args[DNNL_ARG_DIFF_SRC_LAYER] = filled(x, engine);
  backward_args[DNNL_ARG_DIFF_DST_LAYER] = filled(y, engine);
  for (int arg : {DNNL_ARG_DIFF_SRC_ITER, DNNL_ARG_DIFF_SRC_ITER_C, DNNL_ARG_DIFF_DST_ITER, DNNL_ARG_DIFF_DST_ITER_C})
    backward_args[arg] = filled(h, engine);

  dnnl::lstm_forward forward(forward_desc);
  dnnl::lstm_backward backward(backward_desc);
  double f = least([&] {
    forward.execute(stream, forward_args);
    stream.wait();
  });
  double b = least([&] {
    clear(dw_ih);
    clear(dw_hh);
    clear(dbias);
    backward.execute(stream, backward_args);
    stream.wait();
  });
  std::printf("%d %d %d %d %.3f %.3f\n", T, B, I, H, 1e3 * f, 1e3 * b);
  std::fflush(stdout);
}

int main() {
  const int shapes[][4] = {{20, 20, 200, 200}, {35, 20, 650, 650}, {50, 50, 128, 128}, {50, 50, 512, 512}, {30, 32, 100, 100}};
  for (const auto &s : shapes) layer(s[0], s[1], s[2], s[3]);
}
