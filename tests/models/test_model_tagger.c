/* test_model_tagger.c: configurations, which come from files; and labels that are rewritten from one scheme to another. */
#include "base/check.h"
#include "models/model_tagger.h"
#include <math.h>

static rn_context *ctx;

static int setup(void **state) { return (int)rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return 0;
}

#define S(text)                                                                                                                            \
  { text, sizeof(text) - 1 }
enum { ROWS = 9 };
static const rn_string words[ROWS] = {S("New"), S("York"), S("Rome"), S("is"), S("far"), S("Ann"), S("Bee"), S("Rome"), S("too")};
static const int64_t offset[] = {0, 5, 9};

/* The same chunks in each scheme: a LOC of two rows, a LOC right behind it, and two PER of one. */
static const rn_string labels_of[RN_TAG_SCHEME_COUNT][ROWS] = {
    [RN_IOB1] = {S("I-LOC"), S("I-LOC"), S("B-LOC"), S("O"), S("O"), S("I-PER"), S("B-PER"), S("I-LOC"), S("O")},
    [RN_IOB2] = {S("B-LOC"), S("I-LOC"), S("B-LOC"), S("O"), S("O"), S("B-PER"), S("B-PER"), S("B-LOC"), S("O")},
    [RN_IOBES] = {S("B-LOC"), S("E-LOC"), S("S-LOC"), S("O"), S("O"), S("S-PER"), S("S-PER"), S("S-LOC"), S("O")},
};

static rn_sequences data_in(rn_tag_scheme scheme) {
  return (rn_sequences){.input = RN_INPUT_WORDS, .per_row = true, .seqs = {2, offset}, .words = words, .labels = labels_of[scheme]};
}

static rn_model *make(const rn_sequences *data, rn_tagger_scheme scheme) {
  rn_model *m = NULL;
  rn_tagger_config config = rn_tagger_config_default(RN_INPUT_WORDS);
  config.stack.n_hidden = config.input.embed = 4;
  config.scheme = scheme;
  rn_context_clear(ctx);
  if (rn_tagger_new(ctx, &config, data, NULL, 1, &m) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return m;
}

/* From each scheme to each and back. In between, tag 0 is O, and each type has its places in order. */
static void test_schemes(void **state) {
  static const int32_t as_iob1[] = {2, 2, 1, 0, 0, 4, 3, 2, 0}, as_iob2[] = {1, 2, 1, 0, 0, 3, 3, 1, 0},
                       as_iobes[] = {1, 3, 4, 0, 0, 8, 8, 4, 0};
  static const int32_t *const tags_of[] = {as_iob1, as_iob2, as_iobes};
  for (rn_tag_scheme written = RN_IOB1; written <= RN_IOBES; written++)
    for (rn_tag_scheme learned = RN_IOB1; learned <= RN_IOBES; learned++) {
      rn_sequences data = data_in(written);
      rn_model *m = make(&data, (rn_tagger_scheme)(RN_TAGGER_SCHEME_IOB1 + learned));
      const rn_tagger_labels *l = &rn_tagger_of(ctx, m)->labels;
      int32_t ids[ROWS];
      assert_int_equal(l->written.scheme, written);
      assert_int_equal(l->n_tags, learned == RN_IOBES ? 9 : 5);
      assert_int_equal(rn_label_set_size(l->labels), written == RN_IOBES ? 9 : 5);
      for (int r = 0; r < ROWS; r++) ids[r] = (int32_t)rn_label_set_find(l->labels, data.labels[r]);
      assert_int_equal(rn_tagger_labels_encode(ctx, l, &data.seqs, ids), RN_OK);
      assert_memory_equal(ids, tags_of[learned], sizeof ids);
      assert_int_equal(rn_tagger_labels_decode(ctx, l, &data.seqs, ids), RN_OK);
      for (int r = 0; r < ROWS; r++) assert_string_equal(rn_label_set_name(l->labels, ids[r]), data.labels[r].data);
      rn_model_free(m);
    }
}

/* Where no transition is allowed but one, the CRF has no choice. */
static void test_mask(void **state) {
  rn_sequences data = data_in(RN_IOB1);
  rn_model *m = make(&data, RN_TAGGER_SCHEME_AUTO);
  const rn_tagger_model *net = rn_tagger_of(ctx, m);
  enum { K = 9 };
  rn_graph *g = rn_graph_new(ctx);
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_tagger_chain chain = rn_tagger_chain_of(net, g);
  for (int from = 0; from < K; from++) {
    bool open = from % 4 == 1 || from % 4 == 2; /* B and I of either type */
    for (int to = 0; to < K; to++) {
      bool inside = to % 4 == 2 || to % 4 == 3, same = (from - 1) / 4 == (to - 1) / 4;
      bool allowed = from > 0 && open ? to > 0 && inside && same : to == 0 || !inside;
      assert_int_equal(chain.transitions->data[from * K + to] == -INFINITY, !allowed);
    }
    assert_int_equal(chain.end->data[from] == -INFINITY, from > 0 && open);
    assert_int_equal(chain.start->data[from] == -INFINITY, from > 0 && (from % 4 == 2 || from % 4 == 3));
  }
  rn_graph_free(g);
  rn_model_free(m);
}

/* Each of these is refused in words. */
static void test_bad_configurations(void **state) {
  static const struct {
    const char *change, *says;
  } cases[] = {
      {"{\"labels\":[\"O\"]}", "fewer than two labels"},
      {"{\"labels\":7}", "fewer than two labels"},
      {"{\"labels\":[\"O\",3]}", "label 1"},
      {"{\"labels\":[\"O\",\"O\"]}", "twice"},
      {"{\"labels\":[\"O\",\"B-LOC\"]}", "lacks the label \"I-LOC\""},
      {"{\"labels\":[\"B-LOC\",\"I-LOC\"]}", "lacks the label \"O\""},
      {"{\"labels\":[\"NN\",\"VB\"]}", "for chunks"},
      {"{\"scheme\":\"bilou\"}", "bilou"},
      {"{\"written\":\"bilou\"}", "bilou"},
      {"{\"dropout_input\":1}", "dropout"},
      {"{\"dropout_output\":-0.5}", "dropout"},
      {"{\"cell\":\"brain\"}", "brain"},
      {"{\"hidden\":0}", "0 hidden units"},
      {"{\"hidden\":-9223372036854775808}", "-9223372036854775808 hidden units"},
      {"{\"layers\":99}", "layers"},
      {"{\"init\":{\"kind\":\"luck\"}}", "luck"},
      {"{\"input\":null}", "a model of \"\""},
  };
  rn_sequences data = data_in(RN_IOB1);
  rn_model *m = make(&data, RN_TAGGER_SCHEME_AUTO);
  json_t *vocab = rn_vocab_to_json(m->vocab);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    json_t *config = json_loads(rn_model_config(m), 0, NULL), *change = json_loads(cases[i].change, 0, NULL);
    rn_vocab *own = NULL;
    rn_model *out = NULL;
    assert_int_equal(json_object_update(config, change), 0);
    assert_int_equal(rn_vocab_from_json(vocab, "", &own, NULL), RN_OK);
    rn_status status = rn_model_new(ctx, &rn_architecture_tagger, config, own, &out);
    if (status != RN_ERROR_ARGUMENT) fail_msg("%s: %s", cases[i].change, rn_status_name(status));
    if (!strstr(rn_context_error(ctx), cases[i].says)) fail_msg("%s: %s", cases[i].change, rn_context_error(ctx));
    rn_context_clear(ctx);
    json_decref(config);
    json_decref(change);
  }
  rn_model *out = NULL; /* words without a vocabulary */
  json_t *config = json_loads(rn_model_config(m), 0, NULL);
  assert_int_equal(rn_model_new(ctx, &rn_architecture_tagger, config, NULL, &out), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  json_decref(config);
  json_decref(vocab);
  rn_model_free(m);
}

/* A CRF over more tags than its transitions have room for. */
static void test_many_labels(void **state) {
  enum { MANY = 5000 };
  static char names[MANY][8];
  static rn_string labels[MANY], all_words[MANY];
  for (int i = 0; i < MANY; i++) {
    labels[i] = (rn_string){names[i], (size_t)snprintf(names[i], sizeof names[i], "L%d", i)};
    all_words[i] = words[0];
  }
  rn_sequences data = {
      .input = RN_INPUT_WORDS, .per_row = true, .seqs = {1, (const int64_t[]){0, MANY}}, .words = all_words, .labels = labels};
  rn_model *m = NULL;
  rn_tagger_config config = rn_tagger_config_default(RN_INPUT_WORDS);
  assert_int_equal(rn_tagger_new(ctx, &config, &data, NULL, 1, &m), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "a CRF over 5000 tags"));
  rn_context_clear(ctx);
  config.crf = false;
  assert_int_equal(rn_tagger_new(ctx, &config, &data, NULL, 1, &m), RN_OK);
  assert_int_equal(rn_tagger_n_labels(m), MANY);
  rn_model_free(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_schemes),
      cmocka_unit_test(test_mask),
      cmocka_unit_test(test_bad_configurations),
      cmocka_unit_test(test_many_labels),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
