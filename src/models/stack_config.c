/* stack_config.c: recurrent stacks and initialisations in a model's configuration. */
#include "models/stack_config.h"
#include "base/names.h"

static const char *const init_names[] = {
    [RN_INIT_DEFAULT] = "default", [RN_INIT_ZERO] = "zero",     [RN_INIT_ONE] = "one", [RN_INIT_UNIFORM] = "uniform",
    [RN_INIT_NORMAL] = "normal",   [RN_INIT_XAVIER] = "xavier", [RN_INIT_HE] = "he",   [RN_INIT_ORTHOGONAL] = "orthogonal",
};
static const char *const dropout_names[] = {
    [RN_DROPOUT_PLAIN] = "plain", [RN_DROPOUT_VARIATIONAL] = "variational", [RN_DROPOUT_ROWS] = "rows"};

json_t *rn_init_config_new(rn_init init) { return json_pack("{s:s, s:f}", "kind", init_names[init.kind], "scale", (double)init.scale); }

rn_status rn_init_config_read(rn_context *ctx, const json_t *json, rn_init *out) {
  const char *name = rn_json_string(json, "kind", "default");
  int kind = RN_NAME_INDEX(name, init_names);
  if (kind < 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the configuration names the initialisation \"%s\", which does not exist", name);
  *out = (rn_init){.kind = (rn_init_kind)kind, .scale = (float)rn_json_number(json, "scale", 0)};
  return RN_OK;
}

json_t *rn_stack_config_new(const rn_stack_options *o) {
  return json_pack("{s:s, s:i, s:I, s:I, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:f, s:f, s:s, s:o, s:o}", "cell", rn_cell_name(o->cell),
                   "layers", o->n_layers, "hidden", (json_int_t)o->n_hidden, "proj", (json_int_t)o->n_proj, "bidirectional",
                   o->bidirectional, "peephole", o->peephole, "layer_norm", o->layer_norm, "residual", o->residual, "skip", o->skip,
                   "learned_state", o->learned_state, "bias", o->bias, "forget_bias", (double)o->forget_bias, "dropout", (double)o->dropout,
                   "dropout_kind", dropout_names[o->dropout_kind], "init_ih", rn_init_config_new(o->init_ih), "init_hh",
                   rn_init_config_new(o->init_hh));
}

rn_status rn_stack_config_read(rn_context *ctx, const json_t *j, int64_t n_in, rn_stack_options *o) {
  *o = (rn_stack_options){
      .n_in = n_in,
      .n_hidden = rn_json_int(j, "hidden", 0),
      .n_proj = rn_json_int(j, "proj", 0),
      .bidirectional = rn_json_bool(j, "bidirectional", false),
      .peephole = rn_json_bool(j, "peephole", false),
      .layer_norm = rn_json_bool(j, "layer_norm", false),
      .residual = rn_json_bool(j, "residual", false),
      .skip = rn_json_bool(j, "skip", false),
      .learned_state = rn_json_bool(j, "learned_state", false),
      .bias = rn_json_bool(j, "bias", true),
      .forget_bias = (float)rn_json_number(j, "forget_bias", 0),
      .dropout = (float)rn_json_number(j, "dropout", 0),
  };
  int64_t layers = rn_json_int(j, "layers", 0);
  o->n_layers = layers >= 0 && layers <= RN_MAX_LAYERS ? (int)layers : -1;
  const char *cell = rn_json_string(j, "cell", ""), *dropout = rn_json_string(j, "dropout_kind", "plain");
  int kind = RN_NAME_INDEX(dropout, dropout_names);
  o->dropout_kind = (rn_dropout_kind)kind;
  if (!rn_cell_parse(cell, &o->cell))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the cell \"%s\": rnn, relu, gru, gru-before, gru-simple and lstm are possible", cell);
  if (kind < 0) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the configuration names the dropout \"%s\", which does not exist", dropout);
  rn_status status = rn_init_config_read(ctx, json_object_get(j, "init_ih"), &o->init_ih);
  return status == RN_OK ? rn_init_config_read(ctx, json_object_get(j, "init_hh"), &o->init_hh) : status;
}
