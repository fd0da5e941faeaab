/* test_input_context.c: contextual vectors beside words: what two passes over the sentence give, whatever else is in the batch. */
#include "base/check.h"
#include "models/model_tagger.h"
#include <math.h>
#include <rondo/classifier.h>
#include <rondo/train.h>

#define S(text)                                                                                                                            \
  { text, sizeof(text) - 1 }
enum { HIDDEN = 4, LAYERS = 2 };

static rn_context *ctx;
static const char corpus[] = "the cat sat on the mat\na dog saw the cat\nthe dog sat\n";
static const rn_string text[] = {S("the"), S("cat"), S("sat"), S("a"), S("zebra"), S("dog"), S("saw"), S("the"), S("mat")};
static const rn_string labels[] = {S("O"), S("B-A"), S("O"), S("O"), S("B-A"), S("B-A"), S("O"), S("O"), S("B-A")};
static const rn_sequences words = {.input = RN_INPUT_WORDS, .per_row = true, .seqs = {3, (const int64_t[]){0, 3, 3, 9}}, .words = text,
                                   .labels = labels};

static int setup(void **state) {
  return folder_setup(state) == 0 ? (int)rn_context_new(&(rn_context_options){.n_threads = 2}, &ctx, NULL, 0) : -1;
}
static int teardown(void **state) {
  rn_context_free(ctx);
  return folder_teardown(state);
}

/* Words by themselves, by letters, or by the pieces of a tokenizer. */
static rn_vocab *vocab_of(rn_level level) {
  rn_vocab *vocab;
  rn_vocab_options options = {.level = level, .min_count = 1, .unk = true};
  if (level != RN_LEVEL_TOKEN) {
    assert_int_equal(rn_vocab_build(ctx, corpus, strlen(corpus), &options, &vocab), RN_OK);
    return vocab;
  }
  const char *path = in_folder("corpus");
  rn_tokenizer *tokenizer;
  rn_tokenizer_options o = rn_tokenizer_options_default(RN_TOKENIZER_WORDPIECE);
  o.vocab_size = 24;
  assert_ok(rn_file_write(path, corpus, strlen(corpus), NULL), NULL);
  assert_int_equal(rn_tokenizer_train(ctx, &path, 1, &o, &tokenizer), RN_OK);
  assert_int_equal(rn_vocab_from_tokenizer(ctx, tokenizer, &vocab), RN_OK);
  return vocab;
}

static rn_model *make_bilm(rn_level level) {
  rn_lm_config c = rn_lm_config_default(level);
  c.stack.n_hidden = HIDDEN;
  c.stack.n_layers = LAYERS;
  c.stack.dropout = c.dropout_embed = c.dropout_input = c.dropout_output = 0.5f; /* of its training, not of its use */
  rn_model *bilm;
  assert_int_equal(rn_bilm_new(ctx, &c, vocab_of(level), 3, &bilm), RN_OK);
  return bilm;
}

static rn_tagger_config tiny(void) {
  rn_tagger_config c = rn_tagger_config_default(RN_INPUT_WORDS);
  c.input.embed = 3;
  c.input.characters = RN_CHARACTERS_NONE;
  c.input.casing = 0;
  c.input.unk_rate = 0;
  c.crf = false;
  c.stack.n_hidden = 5;
  c.dropout_input = c.dropout_output = 0;
  return c;
}

static rn_model *make_tagger(const rn_model *bilm) {
  rn_tagger_config config = tiny();
  rn_model *m;
  const rn_input_building building = {.context = bilm};
  if (rn_tagger_new(ctx, &config, &words, &building, 1, &m) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return m;
}

static const rn_tagger_model *net_of(const rn_model *m) { return m->self; }

/* ---- what a word's columns are, by hand ---- */

/* The ids of a sentence of the corpus' words as a text of their own has them, eos before; first, last: of each word. */
static int64_t read_sentence(const rn_model *bilm, int64_t seq, int32_t *ids, int64_t *first, int64_t *last) {
  char line[256] = "";
  rn_encoding e;
  int64_t n = 0;
  ids[n++] = rn_vocab_eos(bilm->vocab);
  for (int64_t w = words.seqs.offset[seq]; w < words.seqs.offset[seq + 1]; w++) {
    snprintf(line, sizeof line, "%.*s\n", (int)text[w].size, text[w].data);
    assert_int_equal(rn_vocab_encode(ctx, bilm->vocab, line, strlen(line), &e), RN_OK);
    if (rn_vocab_level(bilm->vocab) == RN_LEVEL_CHAR && n > 1) ids[n++] = rn_vocab_find(bilm->vocab, " ", 1);
    first[w] = n;
    for (int64_t i = 0; i < e.n && e.ids[i] != ids[0]; i++) ids[n++] = e.ids[i];
    last[w] = n - 1;
    rn_encoding_free(&e);
  }
  return n;
}

/* state[j] of the rows of ids, which direction d of the language model reads alone. */
static void pass(const rn_model *bilm, int d, rn_graph *g, const int32_t *ids, int64_t n, rn_tensor **state) {
  const rn_lm *lm = bilm->self;
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_lm_states(&lm[d], g, ids, &(rn_ragged){1, (int64_t[]){0, n}}, state);
  assert_int_equal(rn_graph_status(g), RN_OK);
}

static void by_hand(const rn_model *bilm, const float *s, float gamma, float *out) {
  rn_graph *g = rn_graph_new(ctx);
  double sum = 0;
  for (int j = 0; j <= LAYERS; j++) sum += exp(s[j]);
  memset(out, 0, 9 * 2 * HIDDEN * sizeof *out);
  for (int64_t seq = 0; seq < 3; seq++) {
    int32_t forward[64], backward[64];
    int64_t first[9], last[9], n = read_sentence(bilm, seq, forward, first, last);
    backward[0] = forward[0];
    for (int64_t i = 1; i < n; i++) backward[i] = forward[n - i];
    for (int d = 0; d < RN_N_DIRECTIONS; d++) {
      rn_tensor *state[LAYERS + 1];
      pass(bilm, d, g, d == RN_FORWARD ? forward : backward, n, state);
      for (int64_t w = words.seqs.offset[seq]; w < words.seqs.offset[seq + 1]; w++)
        for (int j = 0; j <= LAYERS; j++)
          for (int k = 0; k < HIDDEN; k++)
            out[w * 2 * HIDDEN + d * HIDDEN + k] +=
                (float)(gamma * exp(s[j]) / sum * state[j]->data[(d == RN_FORWARD ? last[w] : n - first[w]) * HIDDEN + k]);
    }
  }
  rn_graph_free(g);
}

static void check_rows(rn_level level) {
  rn_model *bilm = make_bilm(level), *m = make_tagger(bilm);
  const rn_input *in = &net_of(m)->input;
  rn_encoded *e;
  rn_graph *g = rn_graph_new(ctx);
  float want[9 * 2 * HIDDEN], *s = rn_params_find(m->params, "context_mix.scores")->tensor.data,
                              *gamma = rn_params_find(m->params, "context_mix.gamma")->tensor.data;
  assert_int_equal(in->width, 3 + 2 * HIDDEN);
  assert_int_equal(in->config.context, 2 * HIDDEN);
  assert_int_equal(rn_encoded_new(ctx, in, &words, &e), RN_OK);
  for (int learned = 0; learned < 2; learned++) { /* the mean at first; then something else */
    assert_true(s[0] == (learned ? 0.5f : 0) && gamma[0] == (learned ? 2 : 1));
    by_hand(bilm, s, gamma[0], want);
    for (int mode = RN_INFER; mode <= RN_TRAIN; mode++) { /* alike: what is frozen is not dropped */
      rn_graph_begin(g, mode, 1, 1);
      const rn_tensor *x = rn_input_apply(in, g, e, (const int64_t[]){2, 1, 0}, 3, 0, 0);
      if (rn_graph_status(g) != RN_OK) fail_msg("%s", rn_context_error(ctx));
      for (int r = 0; r < 9; r++)
        for (int k = 0; k < 2 * HIDDEN; k++) {
          float have = x->data[r * in->width + 3 + k], should = want[(r < 6 ? 3 + r : r - 6) * 2 * HIDDEN + k];
          if (!(fabsf(have - should) < 1e-5f)) fail_msg("%s, row %d, column %d: %g, not %g", rn_level_name(level), r, k, have, should);
        }
    }
    s[0] = 0.5f;
    s[2] = -1;
    gamma[0] = 2;
  }
  rn_graph_free(g);
  rn_encoded_free(e);
  rn_model_free(m);
  rn_model_free(bilm);
}

static void test_rows(void **state) {
  check_rows(RN_LEVEL_WORD);
  check_rows(RN_LEVEL_TOKEN);
  check_rows(RN_LEVEL_CHAR);
}

/* A word of no byte has no piece, and is read as one that is unknown. */
static void test_no_piece(void **state) {
  rn_model *bilm = make_bilm(RN_LEVEL_TOKEN), *m = make_tagger(bilm);
  static const rn_string none[] = {{"", 0}, S("cat")};
  const rn_sequences s = {.input = RN_INPUT_WORDS, .seqs = {1, (const int64_t[]){0, 2}}, .words = none};
  rn_encoded *e;
  assert_int_equal(rn_encoded_new(ctx, &net_of(m)->input, &s, &e), RN_OK);
  assert_int_equal(e->context.ids[RN_FORWARD][0], rn_vocab_eos(bilm->vocab));
  assert_int_equal(e->context.ids[RN_FORWARD][1], rn_vocab_unk(bilm->vocab));
  assert_int_equal(e->context.row[RN_FORWARD][0], 1);
  rn_encoded_free(e);
  rn_model_free(m);
  rn_model_free(bilm);
}

/* ---- learning ---- */

static double loss_of(const rn_model *m, const rn_encoded *e, rn_graph *g, bool learn) {
  static const int32_t tags[9] = {0, 1, 0, 0, 1, 1, 0, 0, 1};
  rn_graph_begin(g, learn ? RN_TRAIN : RN_INFER, 0, 0);
  rn_tensor *loss = rn_tagger_loss(net_of(m), g, rn_tagger_emissions(net_of(m), g, e, (const int64_t[]){0, 1, 2}, 3, 0, 0), tags);
  assert_int_equal(learn ? rn_graph_backward(g, loss) : rn_graph_status(g), RN_OK);
  return loss->data[0];
}

/* s and gamma have the gradient that central differences give; the language models have none, and stay as they are. */
static void test_gradients(void **state) {
  rn_model *bilm = make_bilm(RN_LEVEL_WORD), *m = make_tagger(bilm);
  rn_encoded *e;
  rn_graph *g = rn_graph_new(ctx);
  assert_int_equal(rn_encoded_new(ctx, &net_of(m)->input, &words, &e), RN_OK);
  rn_params_zero_grad(m->params);
  loss_of(m, e, g, true);
  const char *const names[] = {"context_mix.scores", "context_mix.gamma"};
  for (int p = 0; p < 2; p++) {
    const rn_tensor *t = &rn_params_find(m->params, names[p])->tensor;
    for (int64_t i = 0; i < rn_tensor_size(t); i++) {
      const float step = 0.05f, at = t->data[i];
      t->data[i] = at + step;
      double above = loss_of(m, e, g, false);
      t->data[i] = at - step;
      double below = loss_of(m, e, g, false), want = (above - below) / (2 * step);
      t->data[i] = at;
      if (!(fabs(t->grad[i] - want) < 2e-4 + 0.02 * fabs(want))) fail_msg("%s[%d]: %g, not %g", names[p], (int)i, t->grad[i], want);
      assert_true(t->grad[i] != 0);
    }
  }
  rn_optimizer *optimizer;
  rn_optimizer_options options = rn_optimizer_options_default(RN_ADAM);
  options.weight_decay = 0.1f;
  assert_int_equal(rn_optimizer_new(ctx, m->params, &options, &optimizer), RN_OK);
  assert_int_equal(rn_optimizer_step(optimizer, 0.1f, NULL), RN_OK);
  int n_frozen = 0;
  for (int64_t i = 0; i < rn_params_count(m->params); i++) {
    const rn_param *p = rn_params_at(m->params, i);
    if (strncmp(p->name, "context.", 8) != 0) continue;
    const rn_param *own = rn_params_find(bilm->params, p->name + 8);
    assert_true(p->frozen && own);
    assert_memory_equal(p->tensor.data, own->tensor.data, (size_t)rn_tensor_size(&p->tensor) * sizeof(float));
    n_frozen++;
  }
  assert_int_equal(n_frozen, 1 + 2 * 4 * LAYERS); /* no output: nothing is predicted */
  rn_optimizer_free(optimizer);
  rn_graph_free(g);
  rn_encoded_free(e);
  rn_model_free(m);
  rn_model_free(bilm);
}

/* ---- files ---- */

static void test_file(void **state) {
  rn_model *bilm = make_bilm(RN_LEVEL_TOKEN), *m = make_tagger(bilm), *opened, *other;
  rn_tagger *a, *b;
  int32_t ya[9], yb[9];
  float pa[27], pb[27];
  const char *path = in_folder("tagger.safetensors");
  assert_int_equal(rn_model_save(ctx, m, path), RN_OK);
  rn_model_free(bilm); /* the tagger is complete in itself */
  assert_int_equal(rn_model_open(ctx, path, &opened), RN_OK);
  assert_int_equal(rn_tagger_n_labels(m), 3);
  assert_int_equal(rn_tagger_open(ctx, m, &a), RN_OK);
  assert_int_equal(rn_tagger_open(ctx, opened, &b), RN_OK);
  assert_int_equal(rn_tagger_run(a, &words, ya, pa), RN_OK);
  assert_int_equal(rn_tagger_run(b, &words, yb, pb), RN_OK);
  assert_memory_equal(ya, yb, sizeof ya);
  assert_memory_equal(pa, pb, sizeof pa);
  for (int64_t s = 0; s < 3; s++) { /* a sentence alone: the same bits */
    int64_t first = words.seqs.offset[s], n = words.seqs.offset[s + 1] - first;
    assert_int_equal(rn_tagger_words(b, text + first, n, yb, pb), RN_OK);
    assert_memory_equal(pa + 3 * first, pb, (size_t)(3 * n) * sizeof *pb);
  }
  bilm = make_bilm(RN_LEVEL_TOKEN);
  rn_params_find(bilm->params, "embed.weight")->tensor.data[5] += 1;
  other = make_tagger(bilm);
  int64_t loaded;
  assert_int_equal(rn_model_init_from(ctx, other, path, &loaded), RN_OK); /* what is learned is taken, not the language models */
  assert_memory_equal(rn_params_find(other->params, "rnn.weight_ih_l0")->tensor.data,
                      rn_params_find(m->params, "rnn.weight_ih_l0")->tensor.data, 20 * 11 * sizeof(float));
  assert_true(rn_params_find(other->params, "context.embed.weight")->tensor.data[5] ==
              rn_params_find(bilm->params, "embed.weight")->tensor.data[5]);
  rn_tagger_free(a);
  rn_tagger_free(b);
  rn_model_free(other);
  rn_model_free(opened);
  rn_model_free(m);
  rn_model_free(bilm);
}

/* A configuration from a damaged file: every number is checked before anything of its size is made. */
static void test_bad_configurations(void **state) {
  static const struct {
    const char *key;
    int64_t value;
    const char *says;
  } bad[] = {{"hidden", 0, "hidden or proj (0)"},       {"hidden", INT64_MAX, "must equal hidden"},
             {"layers", 16, "16 layers: 1 to 15"},      {"layers", 1 << 30, "-1 layers"},
             {"embed", -1, "an embedding of -1"},       {"embed", 8, "embed (8) must equal"},
             {"proj", 3, "must equal hidden or proj (3)"}};
  rn_model *bilm = make_bilm(RN_LEVEL_WORD), *m = make_tagger(bilm);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    json_t *config = json_loads(rn_model_config(m), 0, NULL), *context = json_object_get(json_object_get(config, "input"), "context");
    rn_vocab *vocab;
    rn_model *other;
    json_object_set_new(context, bad[i].key, json_integer(bad[i].value));
    assert_int_equal(rn_vocab_of_words(ctx, &(rn_vocab_words){.words = text, .n = 9, .fold = true}, &vocab), RN_OK);
    assert_int_equal(rn_model_new(ctx, &rn_architecture_tagger, config, vocab, &other), RN_ERROR_ARGUMENT);
    if (!strstr(rn_context_error(ctx), bad[i].says)) fail_msg("%s", rn_context_error(ctx));
    rn_context_clear(ctx);
    json_decref(config);
  }
  json_t *config = json_loads(rn_model_config(m), 0, NULL);
  json_object_del(json_object_get(json_object_get(config, "input"), "context"), "vocab");
  rn_vocab *vocab;
  rn_model *other;
  assert_int_equal(rn_vocab_of_words(ctx, &(rn_vocab_words){.words = text, .n = 9, .fold = true}, &vocab), RN_OK);
  assert_int_equal(rn_model_new(ctx, &rn_architecture_tagger, config, vocab, &other), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "lack their vocabulary"));
  rn_context_clear(ctx);
  json_decref(config);
  rn_model_free(m);
  rn_model_free(bilm);
}

static void refuse(const rn_input_config *config, const rn_input_building *building, const rn_sequences *train, const char *why) {
  rn_vocab *vocab;
  json_t *learned = rn_input_learn(ctx, config, building, train, &vocab);
  if (learned) { /* what building cannot say, the model does */
    rn_model model = {.params = rn_params_new(ctx), .vocab = vocab};
    rn_input input = {0};
    assert_int_equal(rn_input_init(ctx, &input, &model, learned, (rn_init){0}), RN_ERROR_ARGUMENT);
    rn_input_free(&input);
    rn_params_free(model.params);
    rn_vocab_free(vocab);
    json_decref(learned);
  }
  if (!strstr(rn_context_error(ctx), why)) fail_msg("%s", rn_context_error(ctx));
  rn_context_clear(ctx);
}

static void test_refuses(void **state) {
  rn_model *bilm = make_bilm(RN_LEVEL_WORD), *tagger = make_tagger(bilm);
  rn_input_config c = tiny().input, series = rn_input_config_default(RN_INPUT_SERIES);
  static const float numbers[4] = {1, 2, 3, 4};
  const rn_sequences steps = {.input = RN_INPUT_SERIES, .seqs = {1, (const int64_t[]){0, 4}}, .n_vars = 1, .values = numbers};
  refuse(&c, &(rn_input_building){.context = tagger}, &words, "this is a model of kind \"tagger\"");
  refuse(&series, &(rn_input_building){.context = bilm}, &steps, "only words have contextual vectors, not series");
  rn_vocab *tokens = vocab_of(RN_LEVEL_TOKEN);
  rn_input_config_use_tokenizer(&c, true);
  refuse(&c, &(rn_input_building){.context = bilm, .tokenizer = rn_vocab_tokenizer(tokens)}, &words, "rows that are tokens have none");
  rn_vocab_free(tokens);

  rn_classifier_config bag = rn_classifier_config_default(RN_CLASSIFIER_BAG, RN_INPUT_WORDS);
  rn_sequences texts = words;
  texts.per_row = false;
  texts.label_of = (rn_ragged){3, (const int64_t[]){0, 1, 2, 3}};
  rn_model *m;
  assert_int_equal(rn_classifier_new(ctx, &bag, &texts, &(rn_input_building){.context = bilm}, 1, &m), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "no use for contextual vectors"));
  rn_context_clear(ctx);
  rn_model_free(tagger);
  rn_model_free(bilm);
}

static void test_memory_faults(void **state) {
  rn_model *bilm = make_bilm(RN_LEVEL_TOKEN);
  rn_tagger_config config = tiny();
  const rn_input_building building = {.context = bilm};
  rn_status status = RN_ERROR_MEMORY;
  for (uint64_t n = 1; status != RN_OK; n++) {
    rn_model *m = NULL;
    rn_tagger *tagger = NULL;
    int32_t y[9];
    rn_alloc_fail_after(n);
    status = rn_tagger_new(ctx, &config, &words, &building, 1, &m);
    if (status == RN_OK) status = rn_tagger_open(ctx, m, &tagger);
    if (status == RN_OK) status = rn_tagger_run(tagger, &words, y, NULL);
    rn_alloc_fail_after(0);
    if (status != RN_OK && status != RN_ERROR_MEMORY) fail_msg("allocation %d: %s", (int)n, rn_context_error(ctx));
    rn_tagger_free(tagger);
    rn_model_free(m);
    rn_context_clear(ctx);
  }
  rn_model_free(bilm);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows),    cmocka_unit_test(test_no_piece),           cmocka_unit_test(test_gradients),
      cmocka_unit_test(test_file),    cmocka_unit_test(test_bad_configurations), cmocka_unit_test(test_refuses),
      cmocka_unit_test(test_memory_faults),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
