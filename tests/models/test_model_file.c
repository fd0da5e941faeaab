/* test_model_file.c: a model saved is the model opened; what is wrong with a file is said; weights taken over from other files. */
#include "base/alloc.h"
#include "io/safetensors.h"
#include "models/model_lm.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static rn_context *ctx;
static char path[64];

static int setup(void **state) {
  snprintf(path, sizeof path, "/tmp/rondo-model-%d.safetensors", (int)getpid());
  return rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0);
}
static int teardown(void **state) {
  rn_context_free(ctx);
  unlink(path);
  return 0;
}

static rn_model *make(const char *text, rn_level level, rn_lm_config config, uint64_t seed) {
  rn_vocab *vocab = NULL;
  rn_model *m = NULL;
  rn_vocab_options options = {.level = level, .min_count = 1, .unk = true};
  rn_context_clear(ctx);
  assert_int_equal(rn_vocab_build(ctx, text, strlen(text), &options, &vocab), RN_OK);
  assert_int_equal(rn_lm_new(ctx, &config, vocab, seed, &m), RN_OK);
  return m;
}

static rn_lm_config small(void) {
  rn_lm_config c = rn_lm_config_default(RN_LEVEL_CHAR);
  c.stack.n_hidden = 6;
  c.embed = 5;
  return c;
}

static void assert_same_values(const rn_model *a, const rn_model *b) {
  assert_int_equal(rn_params_count(a->params), rn_params_count(b->params));
  for (int64_t i = 0; i < rn_params_count(a->params); i++) {
    const rn_param *p = rn_params_at(a->params, i), *q = rn_params_at(b->params, i);
    assert_string_equal(p->name, q->name);
    assert_memory_equal(p->tensor.data, q->tensor.data, (size_t)rn_tensor_size(&p->tensor) * sizeof(float));
  }
}

static void test_round_trip(void **state) {
  rn_lm_config config = small();
  config.stack.cell = RN_CELL_GRU;
  config.stack.residual = config.stack.learned_state = true;
  config.stack.dropout = 0.25f;
  config.init = (rn_init){.kind = RN_INIT_ORTHOGONAL, .scale = 0.5f};
  rn_model *m = make("h\xc3\xa9llo \"world\"\n", RN_LEVEL_CHAR, config, 3), *back = NULL;
  assert_int_equal(rn_model_set_training(m, "{\"best\":1.5}"), RN_OK);
  assert_int_equal(rn_model_save(ctx, m, path), RN_OK);
  assert_int_equal(rn_model_open(ctx, path, &back), RN_OK);
  assert_same_values(m, back);
  assert_true(rn_vocab_equal(m->vocab, back->vocab));
  assert_string_equal(rn_model_kind(back), "lm");
  assert_string_equal(rn_model_config(back), rn_model_config(m));
  assert_string_equal(rn_model_training(back), "{\"best\":1.5}");
  assert_null(rn_params_grads(rn_model_params(back))); /* no gradients for running */
  rn_lm_config read;
  assert_int_equal(rn_lm_config_of(ctx, back, &read), RN_OK);
  assert_int_equal(read.stack.cell, RN_CELL_GRU);
  assert_int_equal(read.embed, 5);
  assert_true(read.stack.dropout == 0.25f && read.stack.residual && read.init.kind == RN_INIT_ORTHOGONAL);
  rn_model_free(back);
  rn_model_free(m);
}

static void test_tied(void **state) {
  rn_lm_config config = small();
  config.embed = 6;
  config.tie = true;
  rn_model *m = make("abc\n", RN_LEVEL_CHAR, config, 3), *back = NULL;
  assert_null(rn_params_find(m->params, "out.weight"));
  assert_int_equal(rn_model_save(ctx, m, path), RN_OK);
  assert_int_equal(rn_model_open(ctx, path, &back), RN_OK);
  const rn_lm *lm = rn_lm_of(ctx, back);
  assert_ptr_equal(lm->out.weight, lm->embed.weight);
  rn_model_free(back);
  rn_model_free(m);
}

/* A file with our metadata, changed at one place, and without the tensor `left_out`. */
static void write_changed(const rn_model *m, const char *key, const char *value, const char *left_out) {
  rn_safetensors *file = NULL;
  rn_error error = {0};
  assert_int_equal(rn_model_save(ctx, m, path), RN_OK);
  assert_int_equal(rn_safetensors_open(path, &file, &error), RN_OK);
  json_t *metadata = json_object();
  static const char *const keys[] = {"format", "rondo.version", "rondo.model", "rondo.config", "rondo.vocab", "rondo.training"};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    json_object_set_new(metadata, keys[i], json_string(rn_safetensors_metadata(file, keys[i])));
  if (key && value) json_object_set_new(metadata, key, json_string(value));
  else if (key) json_object_del(metadata, key);
  rn_entry entries[64];
  int64_t n = 0;
  for (int64_t i = 0; i < rn_safetensors_count(file); i++)
    if (!left_out || strcmp(rn_safetensors_at(file, i)->name, left_out) != 0) entries[n++] = *rn_safetensors_at(file, i);
  char other[80];
  snprintf(other, sizeof other, "%s.new", path);
  assert_int_equal(rn_safetensors_write(other, metadata, entries, n, NULL, NULL, &error), RN_OK);
  json_decref(metadata);
  rn_safetensors_close(file);
  assert_int_equal(rename(other, path), 0);
}

static void assert_refused(const rn_model *m, const char *key, const char *value, const char *left_out, const char *words) {
  rn_model *back = NULL;
  rn_context_clear(ctx);
  write_changed(m, key, value, left_out);
  assert_int_equal(rn_model_open(ctx, path, &back), RN_ERROR_DATA);
  assert_null(back);
  if (!strstr(rn_context_error(ctx), words) || !strstr(rn_context_error(ctx), path))
    fail_msg("'%s' lacks '%s'", rn_context_error(ctx), words);
  rn_context_clear(ctx);
}

static void test_refused(void **state) {
  rn_model *m = make("abc\n", RN_LEVEL_CHAR, small(), 3);
  assert_refused(m, "rondo.version", "2", NULL, "version 2");
  assert_refused(m, "rondo.version", NULL, NULL, "rondo.model");
  assert_refused(m, "rondo.model", "poet", NULL, "poet");
  assert_refused(m, "rondo.config", NULL, NULL, "configuration");
  assert_refused(m, "rondo.config", "[1]", NULL, "configuration");
  assert_refused(m, "rondo.config", "{\"cell\":", NULL, "");
  assert_refused(m, "rondo.config", "{\"cell\":\"transformer\"}", NULL, "transformer");
  assert_refused(m, "rondo.config", "{\"cell\":\"lstm\",\"layers\":1000000,\"hidden\":6,\"embed\":5}", NULL, "layers");
  assert_refused(m, "rondo.config", "{\"cell\":\"lstm\",\"layers\":2,\"hidden\":9007199254740993,\"embed\":5}", NULL, "hidden");
  assert_refused(m, "rondo.config", "{\"cell\":\"lstm\",\"layers\":2,\"hidden\":16777216,\"embed\":5}", NULL, "configuration says");
  assert_refused(m, "rondo.config", "{\"cell\":\"lstm\",\"layers\":2,\"hidden\":7,\"embed\":5}", NULL, "configuration says");
  assert_refused(m, "rondo.config", "{\"cell\":\"lstm\",\"layers\":2,\"hidden\":6,\"embed\":5,\"dropout\":7}", NULL, "dropout");
  assert_refused(m, "rondo.config", "{\"cell\":\"lstm\",\"layers\":2,\"hidden\":6,\"embed\":5,\"bidirectional\":true}", NULL,
                 "bidirectional");
  assert_refused(m, "rondo.vocab", NULL, NULL, "vocabulary");
  assert_refused(m, "rondo.vocab", "{}", NULL, "vocabulary");
  assert_refused(m, "rondo.vocab", "{\"level\":\"char\",\"symbols\":[\"a\"],\"counts\":[1],\"unk\":-1}", NULL, "embed.weight");
  assert_refused(m, NULL, NULL, "rnn.weight_hh_l1", "rnn.weight_hh_l1");
  rn_model_free(m);
  rn_model *back = NULL;
  assert_int_equal(rn_model_open(ctx, "/nonexistent", &back), RN_ERROR_IO);
  rn_context_clear(ctx);
  assert_int_equal(rn_model_open(ctx, "/tmp", &back), RN_ERROR_IO); /* a folder that is not a run */
  rn_context_clear(ctx);
}

static void test_bidirectional_is_refused(void **state) {
  rn_vocab *vocab = NULL;
  rn_model *m = NULL;
  rn_lm_config c = small();
  rn_vocab_options options = rn_vocab_options_default(RN_LEVEL_CHAR);
  c.stack.bidirectional = true;
  assert_int_equal(rn_vocab_build(ctx, "ab", 2, &options, &vocab), RN_OK);
  assert_int_equal(rn_lm_new(ctx, &c, vocab, 1, &m), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
}

static const float *row_of(const rn_model *m, const char *param, const char *symbol) {
  const rn_param *p = rn_params_find(m->params, param);
  return p->tensor.data + rn_vocab_find(m->vocab, symbol, strlen(symbol)) * rn_tensor_cols(&p->tensor);
}

/* Another vocabulary: rows go by symbol, the rest as it is. */
static void test_init_from_other_vocabulary(void **state) {
  rn_model *a = make("aaabbc\n", RN_LEVEL_CHAR, small(), 3), *b = make("xxccbbbbb\nyyz", RN_LEVEL_CHAR, small(), 4);
  int64_t loaded = 0;
  assert_int_equal(rn_model_save(ctx, a, path), RN_OK);
  float drawn = *row_of(b, "embed.weight", "x");
  assert_int_equal(rn_model_init_from(ctx, b, path, &loaded), RN_OK);
  assert_int_equal(loaded, rn_params_count(b->params));
  assert_memory_equal(row_of(a, "embed.weight", "c"), row_of(b, "embed.weight", "c"), 5 * sizeof(float));
  assert_memory_equal(row_of(a, "out.weight", "b"), row_of(b, "out.weight", "b"), 6 * sizeof(float));
  assert_true(*row_of(a, "out.bias", "\n") == *row_of(b, "out.bias", "\n"));
  assert_true(*row_of(b, "embed.weight", "x") == drawn);
  assert_memory_equal(rn_params_find(a->params, "rnn.weight_hh_l0")->tensor.data,
                      rn_params_find(b->params, "rnn.weight_hh_l0")->tensor.data, 24 * 6 * sizeof(float));
  rn_model_free(a);
  rn_model_free(b);
}

/* A PyTorch state dict: other prefixes, no metadata. */
static void test_init_from_state_dict(void **state) {
  rn_model *m = make("abc\n", RN_LEVEL_CHAR, small(), 3);
  float hh[24 * 6], ih[24 * 5], other[7] = {0};
  for (int i = 0; i < 24 * 6; i++) hh[i] = (float)i;
  for (int i = 0; i < 24 * 5; i++) ih[i] = (float)-i;
  rn_entry entries[] = {
      {.name = "module.rnn.weight_hh_l0", .dtype = RN_F32, .rank = 2, .shape = {24, 6}, .data = hh, .size = sizeof hh},
      {.name = "lstm.weight_ih_l0", .dtype = RN_F32, .rank = 2, .shape = {24, 5}, .data = ih, .size = sizeof ih},
      {.name = "decoder.bias", .dtype = RN_F32, .rank = 1, .shape = {7}, .data = other, .size = sizeof other}, /* does not fit */
  };
  rn_error error = {0};
  json_t *metadata = json_object();
  int64_t loaded = 0;
  assert_int_equal(rn_safetensors_write(path, metadata, entries, 3, NULL, NULL, &error), RN_OK);
  assert_int_equal(rn_model_init_from(ctx, m, path, &loaded), RN_OK);
  assert_int_equal(loaded, 2);
  assert_memory_equal(rn_params_find(m->params, "rnn.weight_hh_l0")->tensor.data, hh, sizeof hh);
  assert_memory_equal(rn_params_find(m->params, "rnn.weight_ih_l0")->tensor.data, ih, sizeof ih);
  assert_int_equal(rn_safetensors_write(path, metadata, entries + 2, 1, NULL, NULL, &error), RN_OK);
  assert_int_equal(rn_model_init_from(ctx, m, path, &loaded), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "decoder.bias [7]"));
  assert_non_null(strstr(rn_context_error(ctx), "embed.weight"));
  rn_model *back = NULL;
  rn_context_clear(ctx);
  assert_int_equal(rn_model_open(ctx, path, &back), RN_ERROR_DATA); /* weights alone are not a model */
  rn_context_clear(ctx);
  json_decref(metadata);
  rn_model_free(m);
}

/* A tensor kept in another precision is converted, not mapped. */
static void test_other_precisions(void **state) {
  rn_model *m = make("abc\n", RN_LEVEL_CHAR, small(), 3), *back = NULL;
  rn_safetensors *file = NULL;
  rn_error error = {0};
  rn_entry entries[16];
  double wide[24 * 6];
  assert_int_equal(rn_model_save(ctx, m, path), RN_OK);
  assert_int_equal(rn_safetensors_open(path, &file, &error), RN_OK);
  int64_t n = rn_safetensors_count(file);
  for (int64_t i = 0; i < n; i++) {
    entries[i] = *rn_safetensors_at(file, i);
    if (strcmp(entries[i].name, "rnn.weight_hh_l0") != 0) continue;
    for (int k = 0; k < 24 * 6; k++) wide[k] = ((const float *)entries[i].data)[k];
    entries[i].dtype = RN_F64;
    entries[i].data = wide;
    entries[i].size = sizeof wide;
  }
  json_t *metadata = json_pack("{s:s, s:s, s:s, s:s}", "rondo.version", "1", "rondo.model", "lm", "rondo.config", rn_model_config(m),
                               "rondo.vocab", rn_safetensors_metadata(file, "rondo.vocab"));
  char other[80];
  snprintf(other, sizeof other, "%s.new", path);
  assert_int_equal(rn_safetensors_write(other, metadata, entries, n, NULL, NULL, &error), RN_OK);
  assert_int_equal(rn_model_open(ctx, other, &back), RN_OK);
  assert_same_values(m, back);
  unlink(other);
  json_decref(metadata);
  rn_safetensors_close(file);
  rn_model_free(back);
  rn_model_free(m);
}

static void test_memory_faults(void **state) {
  rn_model *m = make("abc\n", RN_LEVEL_CHAR, small(), 3);
  assert_int_equal(rn_model_save(ctx, m, path), RN_OK);
  for (uint64_t n = 1;; n++) {
    rn_model *back = NULL;
    int64_t loaded;
    rn_context_clear(ctx);
    rn_alloc_fail_after(n);
    rn_status status = rn_model_open(ctx, path, &back);
    if (status == RN_OK) status = rn_model_init_from(ctx, back, path, &loaded);
    if (status == RN_OK) status = rn_model_save(ctx, back, path);
    rn_alloc_fail_after(0);
    rn_model_free(back);
    if (status == RN_OK) break;
    if (status != RN_ERROR_MEMORY) fail_msg("allocation %d: %s: %s", (int)n, rn_status_name(status), rn_context_error(ctx));
  }
  rn_context_clear(ctx);
  rn_model_free(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_tied),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_bidirectional_is_refused),
      cmocka_unit_test(test_init_from_other_vocabulary),
      cmocka_unit_test(test_init_from_state_dict),
      cmocka_unit_test(test_other_precisions),
      cmocka_unit_test(test_memory_faults),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
