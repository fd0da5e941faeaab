/* test_input_pieces.c: words read by their pieces, and rows that are tokens. */
#include "models/input_test.h"
#include <math.h>
#include <rondo/classifier.h>

static rn_tokenizer *tokenizer; /* of bytes */
static rn_input_building by_tokenizer;

static int setup(void **state) {
  static const char corpus[] = "the cat and the dog and the cat\nthe cat sat and the dog sat\n";
  rn_tokenizer_options o = rn_tokenizer_options_default(RN_TOKENIZER_BPE);
  if (folder_setup(state) || rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0)) return -1;
  const char *path = in_folder("corpus");
  assert_ok(rn_file_write(path, corpus, strlen(corpus), NULL), NULL);
  rn_status status = rn_tokenizer_train(ctx, &path, 1, &o, &tokenizer);
  by_tokenizer.tokenizer = tokenizer;
  return (int)status;
}
static int teardown(void **state) {
  rn_tokenizer_free(tokenizer);
  rn_context_free(ctx);
  return folder_teardown(state);
}

static const rn_string text[] = {S("the"), S("cat"), S("sat"), S("Dog"), S("the"), S("\xce\xa9")};
static const rn_sequences words = {.input = RN_INPUT_WORDS, .per_row = true, .seqs = {2, (const int64_t[]){0, 3, 6}}, .words = text};

static rn_input_config config_of(bool rows) {
  rn_input_config config = rn_input_config_default(RN_INPUT_WORDS);
  rn_input_config_use_tokenizer(&config, rows);
  config.embed = 4;
  return config;
}

/* x = mean of the embeddings of the tokens of " word". */
static void assert_mean(const reader *r, const float *x, rn_string word) {
  rn_tokens tokens;
  char behind[64] = " ";
  const float *table = r->input.words.embed.weight->tensor.data;
  memcpy(behind + 1, word.data, word.size);
  assert_int_equal(rn_tokenizer_encode(ctx, tokenizer, behind, word.size + 1, NULL, &tokens), RN_OK);
  assert_true(tokens.n > 0);
  for (int k = 0; k < 4; k++) {
    double sum = 0;
    for (int64_t i = 0; i < tokens.n; i++) sum += table[4 * tokens.ids[i] + k];
    assert_true(fabs(x[k] - sum / (double)tokens.n) < 1e-6);
  }
  rn_tokens_free(&tokens);
}

static void test_mean_of_pieces(void **state) {
  reader r;
  rn_input_config config = config_of(false);
  rn_encoded *e;
  assert_int_equal(reader_open(&r, &config, &by_tokenizer, &words), RN_OK);
  assert_int_equal(r.input.width, 4 + 50 + 8); /* letters and casing stay */
  assert_int_equal(rn_encoded_new(ctx, &r.input, &words, &e), RN_OK);
  assert_null(e->word);
  assert_int_equal(e->n_unknown, 0);
  assert_int_equal(e->pieces_of.n_seqs, 5); /* the: once */
  rn_graph *g = rn_graph_new(ctx);
  for (int mode = RN_TRAIN; mode <= RN_INFER; mode++) {
    rn_graph_begin(g, mode, 0, 0);
    rn_tensor *x = rn_input_apply(&r.input, g, e, (const int64_t[]){1, 0}, 2, 0, 0);
    assert_int_equal(rn_graph_status(g), RN_OK);
    assert_int_equal(rn_tensor_rows(x), 6);
    for (int i = 0; i < 6; i++) assert_mean(&r, x->data + i * r.input.width, text[(i + 3) % 6]);
  }
  rn_graph_free(g);
  rn_encoded_free(e);
  reader_close(&r);
}

/* A word of no byte at all has no piece: it is read as zeros. */
static void test_no_piece(void **state) {
  reader r;
  rn_input_config config = config_of(false);
  config.characters = RN_CHARACTERS_NONE;
  config.casing = 0;
  static const rn_string none[] = {{"", 0}};
  const rn_sequences s = {.input = RN_INPUT_WORDS, .seqs = {1, (const int64_t[]){0, 1}}, .words = none};
  rn_encoded *e;
  int64_t key;
  assert_int_equal(reader_open(&r, &config, &by_tokenizer, &words), RN_OK);
  r.input.pieces.blank = false;
  assert_int_equal(rn_encoded_new(ctx, &r.input, &s, &e), RN_OK);
  assert_int_equal(e->n_unknown, 1);
  rn_graph *g = rn_graph_new(ctx);
  rn_graph_begin(g, RN_INFER, 0, 0);
  const rn_tensor *x = rn_input_apply(&r.input, g, e, (const int64_t[]){0}, 1, 0, 0);
  assert_int_equal(rn_graph_status(g), RN_OK);
  for (int k = 0; k < 4; k++) assert_true(x->data[k] == 0);
  assert_int_equal(rn_input_key(ctx, &r.input, none[0], &key), RN_OK);
  assert_int_equal(key, -1);
  rn_graph_free(g);
  rn_encoded_free(e);
  reader_close(&r);
}

static void test_keys(void **state) {
  reader r;
  rn_input_config config = config_of(false);
  int64_t the, again, dog;
  assert_int_equal(reader_open(&r, &config, &by_tokenizer, &words), RN_OK);
  assert_int_equal(rn_input_key(ctx, &r.input, text[0], &the), RN_OK);
  assert_int_equal(rn_input_key(ctx, &r.input, text[4], &again), RN_OK);
  assert_int_equal(rn_input_key(ctx, &r.input, text[3], &dog), RN_OK);
  assert_true(the >= 0 && the == again && dog >= 0 && dog != the);
  reader_close(&r);
}

static void test_rows_are_tokens(void **state) {
  reader r;
  rn_input_config config = config_of(true);
  rn_string tokens[8];
  int64_t n;
  rn_encoded *e;
  assert_int_equal(rn_text_split(ctx, RN_SPLIT_TOKENS, tokenizer, "the cat", 7, NULL, tokens, 8, &n), RN_OK);
  rn_sequences s = {.input = RN_INPUT_WORDS, .seqs = {1, (const int64_t[]){0, n}}, .words = tokens};
  assert_int_equal(reader_open(&r, &config, &by_tokenizer, &words), RN_OK);
  assert_int_equal(r.input.width, 4);
  assert_int_equal(rn_encoded_new(ctx, &r.input, &s, &e), RN_OK);
  for (int64_t i = 0; i < n; i++) assert_int_equal(e->word[i], rn_tokenizer_find(tokenizer, tokens[i].data, tokens[i].size));
  rn_encoded_free(e);
  tokens[1] = (rn_string)S("no token");
  assert_int_equal(rn_encoded_new(ctx, &r.input, &s, &e), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "row 2: \"no token\" is no token of the model's tokenizer"));
  rn_context_clear(ctx);
  reader_close(&r);
}

static void test_bad_configurations(void **state) {
  for (int i = 0; i < 6; i++) {
    rn_input_config c = config_of(i < 3);
    const char *says = NULL;
    if (i == 0) c.characters = RN_CHARACTERS_CNN, c.char_embed = c.char_hidden = 2, says = "no letters and no casing";
    if (i == 1) c.casing = 2, says = "no letters and no casing";
    if (i == 2) c.fold = true, says = "not folded";
    if (i == 3) c.fold = true, says = "not folded";
    if (i == 4) c.unk_rate = 0.5f, says = "no other is read as that";
    if (i == 5) c.embed = 0, says = "need an embedding";
    reader r;
    assert_int_equal(reader_open(&r, &c, &by_tokenizer, &words), RN_ERROR_ARGUMENT);
    if (!strstr(rn_context_error(ctx), says)) fail_msg("%d: %s", i, rn_context_error(ctx));
    rn_context_clear(ctx);
    reader_close(&r);
  }
  rn_input_config c = config_of(true);
  rn_vocab *vocab;
  assert_null(rn_input_learn(ctx, &c, NULL, &words, &vocab));
  assert_non_null(strstr(rn_context_error(ctx), "need a tokenizer"));
  rn_context_clear(ctx);
  rn_input_building building = {.tokenizer = tokenizer, .vectors = &(rn_vectors){.dim = 4}};
  assert_null(rn_input_learn(ctx, &c, &building, &words, &vocab));
  assert_non_null(strstr(rn_context_error(ctx), "one or the other"));
  rn_context_clear(ctx);
}

/* A text is cut by the tokenizer that the model file holds; a bag of words by pieces is refused. */
static void test_classifier(void **state) {
  static const rn_string texts[] = {S("the cat sat"), S("the dog"), S("a cat"), S("dog and dog")},
                         labels[] = {S("cat"), S("dog"), S("cat"), S("dog")};
  rn_string tokens[64];
  int64_t offset[5] = {0}, n;
  for (int i = 0; i < 4; i++) {
    assert_int_equal(
        rn_text_split(ctx, RN_SPLIT_TOKENS, tokenizer, texts[i].data, texts[i].size, NULL, tokens + offset[i], 64 - offset[i], &n), RN_OK);
    offset[i + 1] = offset[i] + n;
  }
  const rn_sequences s = {
      .input = RN_INPUT_WORDS, .seqs = {4, offset}, .words = tokens, .labels = labels, .label_of = {4, (const int64_t[]){0, 1, 2, 3, 4}}};
  const rn_input_building building = {.tokenizer = tokenizer};
  const char *path = in_folder("model.safetensors");
  for (int kind = RN_CLASSIFIER_BAG; kind <= RN_CLASSIFIER_CNN; kind++) {
    rn_classifier_config c = rn_classifier_config_default(kind, RN_INPUT_WORDS);
    rn_input_config_use_tokenizer(&c.input, true);
    rn_model *model, *opened;
    rn_classifier *classifier;
    float p[8], q[2];
    if (rn_classifier_new(ctx, &c, &s, &building, 1, &model) != RN_OK) fail_msg("%s", rn_context_error(ctx));
    assert_int_equal(rn_model_save(ctx, model, path), RN_OK);
    assert_int_equal(rn_classifier_open(ctx, model, &classifier), RN_OK);
    assert_int_equal(rn_classifier_run(classifier, &s, p, NULL), RN_OK);
    rn_classifier_free(classifier);
    rn_model_free(model);
    if (rn_model_open(ctx, path, &opened) != RN_OK) fail_msg("%s", rn_context_error(ctx));
    assert_int_equal(rn_classifier_open(ctx, opened, &classifier), RN_OK);
    for (int i = 0; i < 4; i++) {
      assert_int_equal(rn_classifier_text(classifier, texts[i].data, texts[i].size, q), RN_OK);
      assert_memory_equal(q, p + 2 * i, sizeof q);
    }
    rn_classifier_free(classifier);
    rn_model_free(opened);
  }
  rn_classifier_config c = rn_classifier_config_default(RN_CLASSIFIER_BAG, RN_INPUT_WORDS);
  rn_input_config_use_tokenizer(&c.input, false);
  rn_model *model;
  assert_int_equal(rn_classifier_new(ctx, &c, &s, &building, 1, &model), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "split by tokens"));
  rn_context_clear(ctx);
}

static void test_memory_faults(void **state) {
  const rn_string token[] = {S("a"), S("t"), S("d")};
  const rn_sequences tokens = {.input = RN_INPUT_WORDS, .seqs = {2, (const int64_t[]){0, 1, 3}}, .words = token};
  for (int rows = 0; rows < 2; rows++) {
    rn_input_config config = config_of(rows);
    assert_memory_faults(&config, &by_tokenizer, &words, rows ? &tokens : &words);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_mean_of_pieces),  cmocka_unit_test(test_no_piece),           cmocka_unit_test(test_keys),
      cmocka_unit_test(test_rows_are_tokens), cmocka_unit_test(test_bad_configurations), cmocka_unit_test(test_classifier),
      cmocka_unit_test(test_memory_faults),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
