/* test_input.c: what is learned of the training part, what a model reads of a data set, and what a pass sees of it. */
#include "models/input_test.h"
#include <math.h>


static int setup(void **state) {
  return folder_setup(state) == 0 ? (int)rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) : -1;
}
static int teardown(void **state) {
  rn_context_free(ctx);
  return folder_teardown(state);
}

/* ---- words ---- */

static const rn_string text[] = {S("The"), S("cat"), S("the"), S("Cat"), S("sat"), S("4"), S("7")};
static const rn_sequences words = {.input = RN_INPUT_WORDS, .per_row = true, .seqs = {3, (const int64_t[]){0, 2, 6, 7}}, .words = text};

static void test_words(void **state) {
  reader r;
  rn_input_config config = rn_input_config_default(RN_INPUT_WORDS);
  assert_int_equal(reader_open(&r, &config, NULL, &words), RN_OK);
  assert_int_equal(r.input.width, 100 + 50 + 8);
  static const rn_string read[] = {S("sat"), S("dog"), S("CAT"), S("dog"), S("9")};
  const rn_sequences s = {.input = RN_INPUT_WORDS, .seqs = {2, (const int64_t[]){0, 2, 5}}, .words = read};
  rn_encoded *e;
  assert_int_equal(rn_encoded_new(ctx, &r.input, &s, &e), RN_OK);
  assert_int_equal(e->n_unknown, 2);
  const char *const folded[] = {"sat", "<unk>", "cat", "<unk>", "0"};
  const int casing[] = {RN_CASING_LOWER, RN_CASING_LOWER, RN_CASING_UPPER, RN_CASING_LOWER, RN_CASING_NUMBER}, form[] = {0, 1, 2, 1, 3};
  const int once[] = {1, 0, 0, 0, 0};
  for (int i = 0; i < 5; i++) {
    assert_string_equal(rn_vocab_symbol(r.model.vocab, e->word[i], NULL), folded[i]);
    assert_int_equal(e->casing[i], casing[i]);
    assert_int_equal(e->form[i], form[i]);
    assert_int_equal(e->once[i], once[i]);
  }
  assert_int_equal(e->letters_of.n_seqs, 4);
  assert_int_equal(rn_ragged_rows(&e->letters_of), 3 + 3 + 3 + 1);
  for (int i = 0; i < 6; i++) assert_true((e->letters[i] > 0) == (i < 3)); /* those of "sat" are known, of "dog" not */
  rn_encoded_free(e);
  reader_close(&r);
}

/* The rows of a pass are those of the picked sequences, in their order; rows of one word are alike. */
static void test_rows(void **state) {
  reader r;
  rn_input_config config = rn_input_config_default(RN_INPUT_WORDS);
  rn_encoded *e;
  assert_int_equal(reader_open(&r, &config, NULL, &words), RN_OK);
  assert_int_equal(rn_encoded_new(ctx, &r.input, &words, &e), RN_OK);
  rn_graph *g = rn_graph_new(ctx), *one = rn_graph_new(ctx);
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_tensor *x = rn_input_apply(&r.input, g, e, (const int64_t[]){2, 0, 1, 0}, 4, 1, 0);
  assert_int_equal(rn_graph_status(g), RN_OK);
  assert_int_equal(x->shape[0], 9);
  assert_int_equal(x->seqs->n_seqs, 4);
  int64_t width = r.input.width;
  const int64_t source[] = {6, 0, 1, 2, 3, 4, 5, 0, 1};
  for (int64_t i = 0; i < 3; i++) {
    rn_graph_begin(one, RN_INFER, 0, 0);
    const rn_tensor *alone = rn_input_apply(&r.input, one, e, &i, 1, 1, 0);
    for (int64_t k = 0; k < 9; k++)
      for (int64_t c = 0; c < width && source[k] >= words.seqs.offset[i] && source[k] < words.seqs.offset[i + 1]; c++)
        assert_true(fabsf(x->data[k * width + c] - alone->data[(source[k] - words.seqs.offset[i]) * width + c]) < 1e-6f);
  }
  rn_graph_free(one);
  rn_graph_free(g);
  rn_encoded_free(e);
  reader_close(&r);
}

/* In training some of what was seen once is <unk>: a function of seed and position, and nothing else is. */
static void test_unknown_in_training(void **state) {
  reader r;
  rn_input_config config = rn_input_config_default(RN_INPUT_WORDS);
  rn_encoded *e;
  config.characters = RN_CHARACTERS_NONE;
  config.casing = 0;
  assert_int_equal(reader_open(&r, &config, NULL, &words), RN_OK);
  assert_int_equal(rn_encoded_new(ctx, &r.input, &words, &e), RN_OK);
  const float *table = r.input.words.embed.weight->tensor.data;
  rn_graph *g = rn_graph_new(ctx);
  int n_unknown = 0;
  for (uint64_t position = 0; position < 200; position++)
    for (int again = 0; again < 2; again++) {
      static int before;
      rn_graph_begin(g, RN_TRAIN, 0, 0);
      const rn_tensor *x = rn_input_apply(&r.input, g, e, &(const int64_t){1}, 1, 5, position);
      int now = 0;
      for (int t = 0; t < 4; t++) {
        bool unknown = memcmp(x->data + t * 100, table, 100 * sizeof *table) == 0; /* <unk> is id 0 */
        assert_true(!unknown || t == 2);                                           /* "sat" */
        now += unknown;
      }
      if (again) assert_int_equal(now, before);
      else n_unknown += now;
      before = now;
    }
  assert_true(n_unknown > 70 && n_unknown < 130);
  rn_graph_free(g);
  rn_encoded_free(e);
  reader_close(&r);
}

static void test_vectors(void **state) {
  const char *path = in_folder("vectors.vec"), *file = "Dog 1 2\ndog 3 4\nCAT 5 6\nCat 7 8\nsat 9 10\n";
  rn_vectors vectors;
  reader r;
  int64_t loaded;
  assert_ok(rn_file_write(path, file, strlen(file), NULL), NULL);
  assert_int_equal(rn_vectors_open(ctx, path, NULL, &vectors), RN_OK);
  rn_input_config config = rn_input_config_default(RN_INPUT_WORDS);
  rn_input_building building = {.vectors = &vectors};
  config.embed = 2;
  config.freeze_embed = true;
  assert_int_equal(reader_open(&r, &config, &building, &words), RN_OK);
  assert_true(r.input.words.embed.weight->frozen);
  assert_int_equal(rn_input_load_vectors(ctx, &r.input, &vectors, &loaded), RN_OK);
  assert_int_equal(loaded, 3);
  const struct {
    const char *word;
    float first;
  } wanted[] = {{"dog", 3}, {"cat", 5}, {"sat", 9}};
  for (int i = 0; i < 3; i++) {
    int32_t id = rn_vocab_find(r.model.vocab, wanted[i].word, 3);
    assert_true(id > 0);
    assert_true(r.input.words.embed.weight->tensor.data[2 * id] == wanted[i].first);
  }
  reader_close(&r);
  config.embed = 3;
  assert_int_equal(reader_open(&r, &config, &building, &words), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "vectors of width 2 for a word embedding of width 3"));
  rn_context_clear(ctx);
  reader_close(&r);
  rn_vectors_free(&vectors);
}

/* ---- numbers ---- */

/* Three variables: one with a gap, one that never changes, one without either. */
static const float values[] = {1, 5, 2, 0, 5, 4, 3, 5, 6};
static const uint8_t missing[] = {0, 0, 0, 1, 0, 0, 0, 0, 0};
static const rn_sequences series = {
    .input = RN_INPUT_SERIES, .seqs = {2, (const int64_t[]){0, 1, 3}}, .n_vars = 3, .values = values, .missing = missing};

static void test_numbers(void **state) {
  reader r;
  rn_encoded *e;
  rn_input_config config = rn_input_config_default(RN_INPUT_SERIES);
  assert_int_equal(reader_open(&r, &config, NULL, &series), RN_OK);
  assert_int_equal(r.input.width, 4);
  assert_true(r.input.mean[0] == 2 && r.input.deviation[0] == 1); /* the gap does not count */
  assert_true(r.input.mean[1] == 5 && r.input.deviation[1] == 1);
  assert_true(r.input.mean[2] == 4 && fabsf(r.input.deviation[2] - sqrtf(8.0f / 3)) < 1e-6f);
  assert_int_equal(rn_encoded_new(ctx, &r.input, &series, &e), RN_OK);
  const float d = sqrtf(1.5f), want[] = {-1, 0, -d, 0, 0, 0, 0, 1, 1, 0, d, 0};
  for (int i = 0; i < 12; i++) assert_true(fabsf(e->values[i] - want[i]) < 1e-6f);
  rn_graph *g = rn_graph_new(ctx);
  rn_graph_begin(g, RN_INFER, 0, 0);
  const rn_tensor *x = rn_input_apply(&r.input, g, e, (const int64_t[]){1, 0}, 2, 0, 0);
  assert_int_equal(x->shape[0], 3);
  assert_memory_equal(x->data, e->values + 4, 8 * sizeof(float));
  assert_memory_equal(x->data + 8, e->values, 4 * sizeof(float));
  rn_graph_free(g);
  rn_encoded_free(e);

  /* What it cannot read. */
  float beyond[] = {3e38f, 5, 2};
  rn_sequences bad = {.input = RN_INPUT_SERIES, .seqs = {1, (const int64_t[]){0, 1}}, .n_vars = 3, .values = beyond};
  r.input.deviation[0] = 0.1f;
  assert_int_equal(rn_encoded_new(ctx, &r.input, &bad, &e), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "row 1, variable 1: 3e+38 cannot be read"));
  rn_context_clear(ctx);
  beyond[0] = NAN;
  assert_int_equal(rn_encoded_new(ctx, &r.input, &bad, &e), RN_ERROR_DATA);
  rn_context_clear(ctx);
  reader other;
  assert_int_equal(reader_open(&other, &config, NULL, &bad), RN_ERROR_DATA);
  rn_context_clear(ctx);
  reader_close(&other);
  bad.n_vars = 1;
  assert_int_equal(rn_encoded_new(ctx, &r.input, &bad, &e), RN_ERROR_DATA);
  rn_context_clear(ctx);
  assert_int_equal(rn_encoded_new(ctx, &r.input, &words, &e), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  reader_close(&r);
}

static void test_positions(void **state) {
  static const float values[] = {5, 6, 7};
  const rn_sequences s = {.input = RN_INPUT_SERIES, .seqs = {3, (const int64_t[]){0, 2, 2, 3}}, .n_vars = 1, .values = values};
  reader r;
  rn_encoded *e;
  rn_input_config config = rn_input_config_default(RN_INPUT_SERIES);
  config.standardise = false;
  config.positions = 4;
  assert_int_equal(reader_open(&r, &config, NULL, &s), RN_OK);
  assert_int_equal(r.input.width, 5);
  assert_int_equal(rn_encoded_new(ctx, &r.input, &s, &e), RN_OK);
  rn_graph *g = rn_graph_new(ctx);
  rn_graph_begin(g, RN_INFER, 0, 0);
  const rn_tensor *x = rn_input_apply(&r.input, g, e, (const int64_t[]){0, 1, 2}, 3, 0, 0);
  const float half = sqrtf(0.5f), want[] = {5, 0, 1, 0, 1, 6, half, half, sinf((float)M_PI / 8), cosf((float)M_PI / 8), 7, 0, 1, 0, 1};
  for (int i = 0; i < 15; i++) assert_true(fabsf(x->data[i] - want[i]) < 1e-6f);
  x = rn_input_apply(&r.input, g, e, (const int64_t[]){1}, 1, 0, 0); /* an empty one */
  assert_int_equal(rn_graph_status(g), RN_OK);
  assert_true(x->shape[0] == 0 && x->shape[1] == 5);
  rn_graph_free(g);
  rn_encoded_free(e);
  reader_close(&r);
}

static void test_other_strand(void **state) {
  float bases[12]; /* AC, then G, of which the other strand reads GT, C */
  assert_int_equal(rn_dna_rows("ACG", 3, bases), -1);
  const rn_sequences dna = {.input = RN_INPUT_DNA, .seqs = {3, (const int64_t[]){0, 2, 2, 3}}, .n_vars = 4, .values = bases};
  reader r;
  rn_encoded *e;
  rn_input_config config = rn_input_config_default(RN_INPUT_DNA);
  assert_int_equal(reader_open(&r, &config, NULL, &dna), RN_OK);
  assert_int_equal(rn_encoded_new(ctx, &r.input, &dna, &e), RN_OK);
  assert_int_equal(rn_encoded_add_other_strand(ctx, e), RN_OK);
  float want[24];
  assert_int_equal(rn_dna_rows("ACGGTC", 6, want), -1);
  assert_int_equal(e->seqs.n_seqs, 6);
  const int64_t offset[] = {0, 2, 2, 3, 5, 5, 6};
  assert_memory_equal(e->seqs.offset, offset, sizeof offset);
  assert_memory_equal(e->values, want, sizeof want);
  rn_encoded_free(e);
  reader_close(&r);
}

/* ---- configurations ---- */

/* A configuration comes from a file: each of these is refused, in words. */
static void test_bad_configurations(void **state) {
  static const struct {
    rn_input_kind kind;
    const char *change, *says;
  } cases[] = {
      {RN_INPUT_WORDS, "{\"kind\":\"sounds\"}", "sounds"},
      {RN_INPUT_WORDS, "{\"split\":\"x\"}", "split"},
      {RN_INPUT_WORDS, "{\"characters\":\"x\"}", "characters"},
      {RN_INPUT_WORDS, "{\"embed\":-1}", "a word embedding of -1"},
      {RN_INPUT_WORDS, "{\"embed\":99999999999}", "99999999999"},
      {RN_INPUT_WORDS, "{\"char_embed\":0}", "letters"},
      {RN_INPUT_WORDS, "{\"char_hidden\":0}", "letters"},
      {RN_INPUT_WORDS, "{\"casing\":-3}", "casing"},
      {RN_INPUT_WORDS, "{\"unk_rate\":1.5}", "<unk>"},
      {RN_INPUT_WORDS, "{\"letters\":7}", "letters"},
      {RN_INPUT_WORDS, "{\"letters\":\"\"}", ""},
      {RN_INPUT_WORDS, "{\"embed\":0,\"casing\":0,\"characters\":\"none\"}", "nothing is read"},
      {RN_INPUT_WORDS, "{\"positions\":3}", "3 columns of positions"},
      {RN_INPUT_SERIES, "{\"positions\":66}", "66 columns of positions"},
      {RN_INPUT_SERIES, "{\"vars\":0}", "rows of numbers of 0"},
      {RN_INPUT_SERIES, "{\"vars\":1}", "gaps"},
      {RN_INPUT_SERIES, "{\"mean\":[1,2]}", "mean"},
      {RN_INPUT_SERIES, "{\"mean\":[1,2,1e300]}", "\"mean\" of variable 3"},
      {RN_INPUT_SERIES, "{\"deviation\":[1,0,1]}", "deviation of variable 2"},
      {RN_INPUT_SERIES, "{\"kind\":\"dna\"}", "4"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    reader r;
    rn_input again = {0};
    rn_input_config config = rn_input_config_default(cases[i].kind);
    assert_int_equal(reader_open(&r, &config, NULL, cases[i].kind == RN_INPUT_WORDS ? &words : &series), RN_OK);
    json_t *change = json_loads(cases[i].change, 0, NULL);
    assert_int_equal(json_object_update(r.config, change), 0);
    rn_params *params = r.model.params;
    r.model.params = rn_params_new(ctx);
    if (rn_input_init(ctx, &again, &r.model, r.config, (rn_init){0}) == RN_OK) fail_msg("%s is taken", cases[i].change);
    if (!strstr(rn_context_error(ctx), cases[i].says)) fail_msg("%s: %s", cases[i].change, rn_context_error(ctx));
    rn_context_clear(ctx);
    rn_input_free(&again);
    rn_params_free(params);
    json_decref(change);
    reader_close(&r);
  }
}

static void test_memory_faults(void **state) {
  const rn_sequences *data[] = {&words, &series};
  for (int d = 0; d < 2; d++) {
    rn_input_config config = rn_input_config_default(data[d]->input);
    assert_memory_faults(&config, NULL, data[d], data[d]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_words),
      cmocka_unit_test(test_rows),
      cmocka_unit_test(test_unknown_in_training),
      cmocka_unit_test(test_vectors),
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_positions),
      cmocka_unit_test(test_other_strand),
      cmocka_unit_test(test_bad_configurations),
      cmocka_unit_test(test_memory_faults),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
