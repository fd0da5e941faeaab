/* test_classifier_data.c: what classifiers make of long, empty and strange sequences; what they refuse; and how they are measured. */
#include "tasks/tiny_classes.h"
#include "models/architecture.h"

static void assert_refused(rn_status status, rn_status expected, const char *words) {
  if (status != expected || !strstr(rn_context_error(ctx), words))
    fail_msg("%s: '%s' does not say '%s'", rn_status_name(status), rn_context_error(ctx), words);
  rn_context_clear(ctx);
}

/* ---- long sequences ---- */

static void rows_of(const float *from, int64_t first, int64_t end, tiny *out) {
  for (int64_t i = first; i < end; i++) out->values[out->offset[out->s.seqs.n_seqs] + i - first] = from[i];
}

/* Each rule reads what the same rows give as a sequence of their own. */
static void long_sequences_by_rule(void **state) {
  enum { LENGTH = 11, MOST = 4 };
  static tiny train, whole, parts;
  tiny_series(&train, 20, false);
  for (int k = 1; k < 4; k++)
    for (rn_long how = RN_LONG_HEAD; how <= RN_LONG_WINDOWS; how++) {
      rn_classifier_config c = tiny_config((rn_classifier_kind)k, RN_INPUT_SERIES);
      c.labels = RN_LABELS_MULTI;
      c.max_length = MOST;
      c.long_how = how;
      rn_model *model = tiny_model(&c, &train);
      tiny_begin(&whole, RN_INPUT_SERIES);
      whole.s.n_vars = 1;
      whole.s.values = whole.values;
      for (int i = 0; i < LENGTH; i++) whole.values[i] = (float)(i * i % 7);
      tiny_end_sequence(&whole, LENGTH, "up");
      tiny_end_sequence(&whole, 0, "up");
      parts = whole;
      parts.s.values = parts.values;
      parts.s.seqs = (rn_ragged){0, parts.offset};
      parts.s.label_of.n_seqs = 0;
      int64_t n_parts = how == RN_LONG_WINDOWS ? 3 : 1;
      static const int64_t window[] = {0, 3, 7, 11};
      if (how == RN_LONG_ENDS) {
        rows_of(whole.values, 0, 2, &parts);
        for (int i = 0; i < 2; i++) parts.values[2 + i] = whole.values[LENGTH - 2 + i];
        tiny_end_sequence(&parts, 4, "up");
      } else if (how == RN_LONG_HEAD) {
        rows_of(whole.values, 0, MOST, &parts);
        tiny_end_sequence(&parts, MOST, "up");
      } else {
        for (int p = 0; p < 3; p++) {
          rows_of(whole.values, window[p], window[p + 1], &parts);
          tiny_end_sequence(&parts, window[p + 1] - window[p], "up");
        }
      }
      float got[4], expected[6], logit[2] = {0, 0};
      tiny_run(ctx, model, &whole.s, got);
      tiny_run(ctx, model, &parts.s, expected);
      for (int64_t p = 0; p < n_parts; p++) /* the mean of the scores, of which these are the sigmoids */
        for (int l = 0; l < 2; l++) logit[l] += logf(expected[2 * p + l] / (1 - expected[2 * p + l])) / (float)n_parts;
      for (int l = 0; l < 2; l++) assert_true(fabsf(got[l] - 1 / (1 + expf(-logit[l]))) < 1e-4f);
      rn_model_free(model);
    }
}

static void attention_adds_up(void **state) {
  static tiny train;
  static float p[2 * TINY_SEQS], a[TINY_ROWS];
  tiny_reviews(&train, 12);
  for (rn_long how = RN_LONG_HEAD; how <= RN_LONG_WINDOWS; how++) {
    rn_classifier_config c = tiny_config(RN_CLASSIFIER_ATTENTION, RN_INPUT_WORDS);
    c.max_length = 4;
    c.long_how = how;
    rn_model *model = tiny_model(&c, &train);
    rn_classifier *classifier;
    tiny_ok(ctx, rn_classifier_open(ctx, model, &classifier));
    tiny_ok(ctx, rn_classifier_run(classifier, &train.s, p, a));
    for (int64_t s = 0; s < 12; s++) {
      float sum = 0;
      int64_t n_read = 0;
      for (int64_t i = train.offset[s]; i < train.offset[s + 1]; i++) {
        sum += a[i];
        n_read += a[i] > 0;
      }
      int64_t length = train.offset[s + 1] - train.offset[s];
      assert_true(fabsf(sum - 1) < 1e-5f);
      assert_int_equal(n_read, how == RN_LONG_WINDOWS || length < 4 ? length : 4);
    }
    rn_classifier_free(classifier);
    rn_model_free(model);
  }
}

static void a_sequence_without_rows_has_an_answer(void **state) {
  static tiny train, none;
  static float p[2 * TINY_SEQS];
  tiny_reviews(&train, 12);
  tiny_add(&train, "", "neg");
  tiny_begin(&none, RN_INPUT_WORDS);
  tiny_add(&none, "", "neg");
  for (int k = 0; k < 4; k++) {
    rn_classifier_config c = tiny_config((rn_classifier_kind)k, RN_INPUT_WORDS);
    c.pooling = k == RN_CLASSIFIER_RNN ? RN_LAST : RN_MAX;
    rn_model *model = tiny_model(&c, &train);
    tiny_train(ctx, model, &(rn_classifier_data){&train.s, &train.s, .batch = 1, .seed = 1}, 1);
    tiny_run(ctx, model, &none.s, p);
    assert_true(fabsf(p[0] + p[1] - 1) < 1e-5f);
    rn_model_free(model);
  }
}

static void a_text_is_cut_as_the_data_was(void **state) {
  static tiny train;
  static float whole[2 * TINY_SEQS];
  float p[2];
  tiny_reviews(&train, 12);
  rn_classifier_config c = tiny_config(RN_CLASSIFIER_CNN, RN_INPUT_WORDS);
  rn_model *model = tiny_model(&c, &train);
  rn_classifier *classifier;
  tiny_ok(ctx, rn_classifier_open(ctx, model, &classifier));
  tiny_begin(&train, RN_INPUT_WORDS);
  tiny_add(&train, "the soup was good .", "pos");
  tiny_run(ctx, model, &train.s, whole);
  tiny_ok(ctx, rn_classifier_text(classifier, "The soup was good.", 18, p));
  assert_memory_equal(p, whole, sizeof p);
  assert_refused(rn_classifier_run(classifier, &train.s, whole, whole), RN_ERROR_ARGUMENT, "\"cnn\" has no attention");
  rn_classifier_free(classifier);
  rn_model_free(model);
}

/* A bag's table begins with the rows of words, which pretrained vectors fill; those of n-grams come after. */
static void bags_and_networks_begin_from_vectors(void **state) {
  static const char file[] = "2 3\ngood 1 2 3\nlovely -1 0.5 4\n";
  static tiny train;
  rn_vectors vectors;
  tiny_reviews(&train, 12);
  assert_int_equal(rn_file_write(in_folder("words.vec"), file, sizeof file - 1, NULL), RN_OK);
  tiny_ok(ctx, rn_vectors_open(ctx, in_folder("words.vec"), NULL, &vectors));
  rn_input_building building = {.vectors = &vectors};
  for (int k = 0; k < 4; k++) {
    rn_classifier_config c = tiny_config((rn_classifier_kind)k, RN_INPUT_WORDS);
    c.input.embed = 3;
    rn_model *model;
    tiny_ok(ctx, rn_classifier_new(ctx, &c, &train.s, &building, 1, &model));
    const rn_vocab *vocab = rn_model_vocab(model);
    const rn_tensor *table = &rn_params_find(rn_model_params(model), "embed.weight")->tensor;
    assert_int_equal(table->shape[0], rn_vocab_size(vocab) + (k == RN_CLASSIFIER_BAG ? c.buckets : 0));
    assert_memory_equal(table->data + 3 * rn_vocab_find(vocab, "good", 4), ((float[]){1, 2, 3}), 3 * sizeof(float));
    assert_memory_equal(table->data + 3 * rn_vocab_find(vocab, "lovely", 6), ((float[]){-1, 0.5f, 4}), 3 * sizeof(float));
    rn_model_free(model);
  }
  rn_classifier_config wide = tiny_config(RN_CLASSIFIER_BAG, RN_INPUT_WORDS);
  rn_model *model;
  assert_refused(rn_classifier_new(ctx, &wide, &train.s, &building, 1, &model), RN_ERROR_ARGUMENT, "vectors of width 3");
  rn_vectors_free(&vectors);
}

/* ---- DNA ---- */

static void the_other_strand_is_read_in_training(void **state) {
  static tiny train;
  static float answers[2][2 * TINY_SEQS];
  tiny_begin(&train, RN_INPUT_DNA);
  train.s.n_vars = 4;
  train.s.values = train.values;
  for (int i = 0; i < 24; i++) {
    const char *bases = i % 2 ? "ACCGTATAAT" : "GGCATCGGCA";
    rn_dna_rows(bases, 10, train.values + 4 * train.offset[i]);
    tiny_end_sequence(&train, 10, i % 2 ? "promoter" : "none");
  }
  for (int other = 0; other < 2; other++) {
    rn_classifier_config c = tiny_config(RN_CLASSIFIER_CNN, RN_INPUT_DNA);
    rn_model *model = tiny_model(&c, &train);
    rn_classifier_data data = {&train.s, &train.s, .batch = 8, .reverse_complement = other, .seed = 1};
    assert_true(tiny_train(ctx, model, &data, 25) == 0);
    rn_classifier *classifier;
    tiny_ok(ctx, rn_classifier_open(ctx, model, &classifier));
    tiny_ok(ctx, rn_classifier_text(classifier, "ATTATACGGT", 10, answers[other])); /* a promoter on the other strand */
    assert_refused(rn_classifier_text(classifier, "AC!", 3, answers[other] + 2), RN_ERROR_DATA, "letter 3 is no base");
    rn_classifier_free(classifier);
    rn_model_free(model);
  }
  assert_true(answers[1][1] > 0.5f && answers[1][1] > answers[0][1]);
}

/* ---- what is refused ---- */

static void refuses_what_makes_no_sense(void **state) {
  static tiny train, one, several, series;
  rn_model *model;
  rn_task *task;
  tiny_reviews(&train, 8);
  tiny_series(&series, 8, false);
  rn_classifier_config c = tiny_config(RN_CLASSIFIER_BAG, RN_INPUT_SERIES), good = tiny_config(RN_CLASSIFIER_CNN, RN_INPUT_WORDS);
  assert_refused(rn_classifier_new(ctx, &c, &series.s, NULL, 1, &model), RN_ERROR_ARGUMENT,
                 "a bag is a mean of what stands for words, and series");
  assert_null(model);
  c = tiny_config(RN_CLASSIFIER_BAG, RN_INPUT_WORDS);
  c.input.casing = 4;
  assert_refused(rn_classifier_new(ctx, &c, &train.s, NULL, 1, &model), RN_ERROR_ARGUMENT, "a bag reads a word's letters");
  c.input.casing = 0;
  c.min_subword = 4;
  c.max_subword = 3;
  assert_refused(rn_classifier_new(ctx, &c, &train.s, NULL, 1, &model), RN_ERROR_ARGUMENT, "runs of letters from 4: 1 to 3");
  c.min_subword = 2;
  c.buckets = 0;
  assert_refused(rn_classifier_new(ctx, &c, &train.s, NULL, 1, &model), RN_ERROR_ARGUMENT, "buckets for n-grams: 0");
  c = good;
  c.widths[1] = 0;
  assert_refused(rn_classifier_new(ctx, &c, &train.s, NULL, 1, &model), RN_ERROR_ARGUMENT, "a convolution of width 0: 1 to 1024");
  c = good;
  c.pooling = RN_LAST;
  assert_refused(rn_classifier_new(ctx, &c, &train.s, NULL, 1, &model), RN_ERROR_ARGUMENT, "pooled by max or mean");
  c = good;
  c.dropout_output = 1;
  assert_refused(rn_classifier_new(ctx, &c, &train.s, NULL, 1, &model), RN_ERROR_ARGUMENT, "dropout rates of 0 to below 1");
  c = good;
  c.max_length = -1;
  assert_refused(rn_classifier_new(ctx, &c, &train.s, NULL, 1, &model), RN_ERROR_ARGUMENT, "a length of at most -1");
  c = tiny_config(RN_CLASSIFIER_RNN, RN_INPUT_WORDS);
  c.stack.n_hidden = -3;
  assert_refused(rn_classifier_new(ctx, &c, &train.s, NULL, 1, &model), RN_ERROR_ARGUMENT, "-3 hidden units");

  tiny_begin(&one, RN_INPUT_WORDS);
  for (int i = 0; i < 3; i++) tiny_add(&one, "some words", "same");
  assert_refused(rn_classifier_new(ctx, &good, &one.s, NULL, 1, &model), RN_ERROR_DATA, "all training data has the label \"same\"");
  tiny_begin(&several, RN_INPUT_WORDS);
  tiny_add(&several, "some words", "a");
  tiny_add(&several, "some words", "a b");
  assert_refused(rn_classifier_new(ctx, &good, &several.s, NULL, 1, &model), RN_ERROR_DATA, "sequence 2 (line 2) has 2 labels");
  one.s.labels = NULL;
  assert_refused(rn_classifier_new(ctx, &good, &one.s, NULL, 1, &model), RN_ERROR_DATA, "no labels");

  model = tiny_model(&good, &train);
  rn_classifier_data data = {&train.s, NULL, .batch = 4, .seed = 1};
  data.reverse_complement = true;
  assert_refused(rn_classifier_task_new(ctx, model, &data, &task), RN_ERROR_ARGUMENT, "only DNA has another strand");
  data.reverse_complement = false;
  data.batch = 0;
  assert_refused(rn_classifier_task_new(ctx, model, &data, &task), RN_ERROR_ARGUMENT, "a batch of 0");
  data.batch = 1;
  tiny_begin(&several, RN_INPUT_WORDS);
  tiny_add(&several, "some words", "other");
  data.train = &several.s;
  assert_refused(rn_classifier_task_new(ctx, model, &data, &task), RN_ERROR_DATA, "1 labels of the training data are none of the model's");
  assert_null(task);
  data.train = &series.s;
  assert_refused(rn_classifier_task_new(ctx, model, &data, &task), RN_ERROR_DATA, "none of the model's");
  rn_model_free(model);
  c = good;
  c.labels = RN_LABELS_ORDINAL;
  model = tiny_model(&c, &train);
  assert_refused(rn_classifier_task_new(ctx, model, &(rn_classifier_data){&train.s, NULL, .batch = 1, .balance = true}, &task),
                 RN_ERROR_ARGUMENT, "cannot be balanced");
  rn_model_free(model);
}

/* Every number of a configuration comes from a file. */
static void configurations_with_strange_numbers_are_refused(void **state) {
  static tiny train;
  tiny_series(&train, 8, false);
  static const struct {
    rn_classifier_kind kind;
    const char *key, *value, *words;
  } bad[] = {
      {RN_CLASSIFIER_CNN, "filters", "0", "filters: 0"},
      {RN_CLASSIFIER_CNN, "filters", "100000000000", "filters: 100000000000"},
      {RN_CLASSIFIER_CNN, "kind", "\"cnx\"", "kind \"cnx\""},
      {RN_CLASSIFIER_CNN, "kind", "\"bag\"", "a bag is a mean"},
      {RN_CLASSIFIER_CNN, "layers", "33", "layers of convolutions: 33"},
      {RN_CLASSIFIER_CNN, "widths", "[3, -4]", "width -4"},
      {RN_CLASSIFIER_CNN, "widths", "[]", "side by side: 0"},
      {RN_CLASSIFIER_CNN, "widths", "[1,1,1,1,1,1,1,1,1]", "side by side: 9"},
      {RN_CLASSIFIER_CNN, "widths", "7", "side by side: 0"},
      {RN_CLASSIFIER_CNN, "names", "[\"a\", \"a\"]", "twice"},
      {RN_CLASSIFIER_CNN, "names", "[\"a\"]", "two labels or more"},
      {RN_CLASSIFIER_CNN, "names", "null", "two labels or more"},
      {RN_CLASSIFIER_CNN, "labels", "\"most\"", "labels \"most\""},
      {RN_CLASSIFIER_CNN, "long", "\"most\"", "\"most\""},
      {RN_CLASSIFIER_CNN, "pooling", "\"most\"", "\"most\""},
      {RN_CLASSIFIER_CNN, "pooling", "\"last\"", "max or mean"},
      {RN_CLASSIFIER_CNN, "max_length", "-1", "at most -1"},
      {RN_CLASSIFIER_CNN, "dropout_output", "1e9", "dropout rates"},
      {RN_CLASSIFIER_CNN, "init", "{\"kind\": \"most\"}", "\"most\""},
      {RN_CLASSIFIER_CNN, "input", "{}", "a model of \"\""},
      {RN_CLASSIFIER_RNN, "stack", "{}", "the cell \"\""},
      {RN_CLASSIFIER_ATTENTION, "stack", "{\"cell\": \"gru\", \"hidden\": 0, \"layers\": 1}", "0 hidden units"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    rn_classifier_config c = tiny_config(bad[i].kind, RN_INPUT_SERIES);
    rn_model *model = tiny_model(&c, &train), *strange;
    json_t *config = json_loads(rn_model_config(model), 0, NULL);
    json_object_set_new(config, bad[i].key, json_loads(bad[i].value, JSON_DECODE_ANY, NULL));
    rn_status status = rn_model_new(ctx, &rn_architecture_classifier, config, NULL, &strange);
    assert_refused(status, RN_ERROR_ARGUMENT, bad[i].words);
    assert_null(strange);
    json_decref(config);
    rn_model_free(model);
  }
}

/* ---- measuring ---- */

static void labels_that_only_the_data_has(void **state) {
  static tiny train, test;
  tiny_reviews(&train, 40);
  rn_classifier_config c = tiny_config(RN_CLASSIFIER_BAG, RN_INPUT_WORDS);
  rn_model *model = tiny_model(&c, &train);
  tiny_train(ctx, model, &(rn_classifier_data){&train.s, NULL, .batch = 8, .seed = 1}, 40);
  tiny_begin(&test, RN_INPUT_WORDS);
  tiny_add(&test, "good", "pos");
  tiny_add(&test, "awful", "neg");
  tiny_add(&test, "lovely", "other");
  tiny_add(&test, "cold", "more");
  rn_classifier *classifier;
  rn_classifier_scores *s;
  tiny_ok(ctx, rn_classifier_open(ctx, model, &classifier));
  tiny_ok(ctx, rn_classifier_eval(classifier, &test.s, &s));
  assert_int_equal(s->n_labels, 4);
  assert_int_equal(s->n_model_labels, 2);
  assert_string_equal(s->names[1], "pos");
  assert_string_equal(s->names[2], "more"); /* the others, in order */
  assert_string_equal(s->names[3], "other");
  const int64_t confusion[16] = {1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0};
  assert_memory_equal(s->confusion, confusion, sizeof confusion);
  assert_true(s->accuracy == 0.5 && s->interval.value == 0.5 && s->nats >= 0 && s->nats < 0.5 && s->roc_auc == 1);
  assert_true(isnan(s->ordinal.within_one));
  assert_int_equal(s->labels[3].expected, 1);
  rn_classifier_scores_free(s);
  test.s.labels = NULL;
  assert_refused(rn_classifier_eval(classifier, &test.s, &s), RN_ERROR_DATA, "no labels");
  rn_classifier_free(classifier);
  /* In validation they count as missed. */
  test.s.labels = test.labels;
  assert_true(tiny_train(ctx, model, &(rn_classifier_data){&train.s, &test.s, .batch = 8, .seed = 1}, 1) == 0.5);
  rn_model_free(model);
}

static void labels_that_are_numbers(void **state) {
  static tiny train, test;
  tiny_begin(&train, RN_INPUT_WORDS);
  for (int i = 0; i < 24; i++)
    tiny_add(&train, i % 3 == 0 ? "bad" : i % 3 == 1 ? "fine" : "great", i % 3 == 0 ? "1" : i % 3 == 1 ? "2" : "4");
  rn_classifier_config c = tiny_config(RN_CLASSIFIER_BAG, RN_INPUT_WORDS);
  rn_model *model = tiny_model(&c, &train);
  tiny_train(ctx, model, &(rn_classifier_data){&train.s, &train.s, .batch = 8, .seed = 1}, 20);
  tiny_begin(&test, RN_INPUT_WORDS);
  tiny_add(&test, "bad", "2");
  tiny_add(&test, "great", "1");
  tiny_add(&test, "great", "4");
  tiny_add(&test, "fine", "3");
  rn_classifier *classifier;
  rn_classifier_scores *s;
  tiny_ok(ctx, rn_classifier_open(ctx, model, &classifier));
  tiny_ok(ctx, rn_classifier_eval(classifier, &test.s, &s));
  assert_true(s->ordinal.mean_absolute_error == 5.0 / 4 && s->ordinal.within_one == 0.75);
  rn_classifier_scores_free(s);
  rn_classifier_free(classifier);
  rn_model_free(model);
}

/* ---- memory ---- */

static rn_status everything(const rn_classifier_config *c, const tiny *data) {
  rn_model *model = NULL;
  rn_task *task = NULL;
  rn_classifier *classifier = NULL;
  rn_classifier_scores *scores = NULL;
  rn_train_options o = rn_train_options_default();
  o.epochs = 1;
  float p[2];
  rn_status status = rn_classifier_new(ctx, c, &data->s, NULL, 1, &model);
  if (status == RN_OK)
    status = rn_classifier_task_new(ctx, model, &(rn_classifier_data){&data->s, &data->s, .batch = 4, .balance = true}, &task);
  if (status == RN_OK) status = rn_train(ctx, task, &o, NULL, NULL, NULL);
  if (status == RN_OK) status = rn_classifier_open(ctx, model, &classifier);
  if (status == RN_OK) status = rn_classifier_text(classifier, "good soup", 9, p);
  if (status == RN_OK) status = rn_classifier_eval(classifier, &data->s, &scores);
  rn_classifier_scores_free(scores);
  rn_classifier_free(classifier);
  rn_classifier_task_free(task);
  rn_model_free(model);
  return status;
}

static void fails_every_allocation(void **state) {
  static tiny train;
  tiny_reviews(&train, 6);
  for (int k = 0; k < 4; k++) {
    rn_classifier_config c = tiny_config((rn_classifier_kind)k, RN_INPUT_WORDS);
    c.labels = k == RN_CLASSIFIER_CNN ? RN_LABELS_MULTI : RN_LABELS_SINGLE;
    c.max_length = 3;
    c.long_how = k % 2 ? RN_LONG_WINDOWS : RN_LONG_ENDS;
    c.buckets = 20;
    for (uint64_t n = 1;; n++) {
      rn_alloc_fail_after(n);
      rn_status status = everything(&c, &train);
      rn_alloc_fail_after(0);
      rn_context_clear(ctx);
      if (status == RN_OK) break;
      if (status != RN_ERROR_MEMORY) fail_msg("allocation %d: %s", (int)n, rn_status_name(status));
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(long_sequences_by_rule),
      cmocka_unit_test(attention_adds_up),
      cmocka_unit_test(a_sequence_without_rows_has_an_answer),
      cmocka_unit_test(a_text_is_cut_as_the_data_was),
      cmocka_unit_test(bags_and_networks_begin_from_vectors),
      cmocka_unit_test(the_other_strand_is_read_in_training),
      cmocka_unit_test(refuses_what_makes_no_sense),
      cmocka_unit_test(configurations_with_strange_numbers_are_refused),
      cmocka_unit_test(labels_that_only_the_data_has),
      cmocka_unit_test(labels_that_are_numbers),
      cmocka_unit_test(fails_every_allocation),
  };
  if (folder_setup(NULL) != 0 || rn_context_new(NULL, &ctx, NULL, 0) != RN_OK) return 1;
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  rn_context_free(ctx);
  return folder_teardown(NULL) || failed;
}
