/* test_classifier.c: every kind of classifier learns a tiny set; what it answers is the same bits from a file, on any number of threads
 * and in several threads at once; labels of each sort; parts of long sequences. */
#include "tasks/tiny_classes.h"
#include <pthread.h>
#include <unistd.h>

static const rn_classifier_kind kinds[] = {RN_CLASSIFIER_BAG, RN_CLASSIFIER_RNN, RN_CLASSIFIER_ATTENTION, RN_CLASSIFIER_CNN};

static void every_kind_learns(void **state) {
  static tiny train, valid;
  tiny_reviews(&train, 40);
  tiny_reviews(&valid, 60);
  for (int k = 0; k < 4; k++) {
    rn_classifier_config c = tiny_config(kinds[k], RN_INPUT_WORDS);
    rn_model *model = tiny_model(&c, &train);
    double error = tiny_train(ctx, model, &(rn_classifier_data){&train.s, &valid.s, .batch = 8, .seed = 1}, 8);
    if (error > 0) fail_msg("%s: %g wrong", rn_classifier_kind_name(kinds[k]), error);
    rn_model_free(model);
  }
}

static void every_pooling_learns_series(void **state) {
  static tiny train;
  for (int gaps = 0; gaps < 2; gaps++) {
    tiny_series(&train, 40, gaps);
    for (int k = 1; k < 4; k++)
      for (rn_pooling pooling = RN_LAST; pooling <= RN_MAX; pooling++) {
        if (pooling != RN_MAX && (kinds[k] == RN_CLASSIFIER_ATTENTION || (kinds[k] == RN_CLASSIFIER_CNN && pooling == RN_LAST))) continue;
        rn_classifier_config c = tiny_config(kinds[k], RN_INPUT_SERIES);
        c.pooling = pooling;
        c.stack.bidirectional = pooling != RN_MEAN;
        rn_model *model = tiny_model(&c, &train);
        double error = tiny_train(ctx, model, &(rn_classifier_data){&train.s, &train.s, .batch = 8, .seed = 1}, 12);
        if (error > 0) fail_msg("%s, pooling %d, gaps %d: %g wrong", rn_classifier_kind_name(kinds[k]), (int)pooling, gaps, error);
        rn_model_free(model);
      }
  }
}

static rn_model *open_again(const rn_model *model) {
  const char *path = in_folder("model.safetensors");
  rn_model *again;
  tiny_ok(ctx, rn_model_save(ctx, model, path));
  tiny_ok(ctx, rn_model_open(ctx, path, &again));
  return again;
}

static void a_file_gives_the_same_bits(void **state) {
  static tiny train;
  static float first[2 * TINY_SEQS], second[2 * TINY_SEQS];
  tiny_reviews(&train, 30);
  for (int k = 0; k < 4; k++)
    for (rn_classifier_labels labels = RN_LABELS_SINGLE; labels <= RN_LABELS_ORDINAL; labels++) {
      rn_classifier_config c = tiny_config(kinds[k], RN_INPUT_WORDS), read;
      c.labels = labels;
      c.max_subword = c.min_subword = 3;
      c.n_layers = 2;
      rn_model *model = tiny_model(&c, &train), *again;
      tiny_train(ctx, model, &(rn_classifier_data){&train.s, NULL, .batch = 8, .seed = 1}, 1);
      again = open_again(model);
      assert_memory_equal(tiny_run(ctx, model, &train.s, first), tiny_run(ctx, again, &train.s, second), 60 * sizeof(float));
      tiny_ok(ctx, rn_classifier_config_of(ctx, again, &read));
      assert_true(read.kind == c.kind && read.labels == labels && read.input.embed == 12 && read.n_filters == 8 && read.widths[1] == 4);
      assert_int_equal(rn_classifier_n_labels(again), 2);
      assert_string_equal(rn_classifier_label(again, 1), "pos");
      rn_model_free(again);
      rn_model_free(model);
    }
}

static void threads_change_no_bit(void **state) {
  static tiny train;
  static float answers[2][2 * TINY_SEQS];
  tiny_reviews(&train, 40);
  for (int k = 0; k < 4; k++) {
    for (int threads = 1; threads <= 2; threads++) {
      rn_context *with;
      assert_int_equal(rn_context_new(&(rn_context_options){.n_threads = threads}, &with, NULL, 0), RN_OK);
      rn_classifier_config c = tiny_config(kinds[k], RN_INPUT_WORDS);
      c.dropout_input = c.dropout_output = 0.3f;
      c.input.unk_rate = 0.5f;
      rn_model *model;
      tiny_ok(with, rn_classifier_new(with, &c, &train.s, NULL, 42, &model));
      tiny_train(with, model, &(rn_classifier_data){&train.s, &train.s, .batch = 16, .seed = 3}, 2);
      tiny_run(with, model, &train.s, answers[threads - 1]);
      rn_model_free(model);
      rn_context_free(with);
    }
    assert_memory_equal(answers[0], answers[1], 80 * sizeof(float));
  }
}

/* ---- several threads over one model ---- */

typedef struct worker {
  pthread_t thread;
  const rn_model *model;
  const tiny *data;
  float probability[2 * TINY_SEQS];
  bool ok;
} worker;

static void *work(void *arg) {
  worker *w = arg;
  rn_context *own;
  rn_classifier *c = NULL;
  w->ok = rn_context_new(&(rn_context_options){.n_threads = 1}, &own, NULL, 0) == RN_OK && rn_classifier_open(own, w->model, &c) == RN_OK;
  for (int i = 0; i < 5 && w->ok; i++) w->ok = rn_classifier_run(c, &w->data->s, w->probability, NULL) == RN_OK;
  rn_classifier_free(c);
  rn_context_free(own);
  return NULL;
}

static void threads_share_a_model(void **state) {
  static tiny data;
  static worker workers[4];
  static float alone[2 * TINY_SEQS];
  tiny_reviews(&data, 40);
  for (int k = 0; k < 4; k++) {
    rn_classifier_config c = tiny_config(kinds[k], RN_INPUT_WORDS);
    rn_model *model = tiny_model(&c, &data);
    tiny_run(ctx, model, &data.s, alone);
    for (int i = 0; i < 4; i++) {
      workers[i] = (worker){.model = model, .data = &data};
      assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
      pthread_join(workers[i].thread, NULL);
      assert_true(workers[i].ok);
      assert_memory_equal(workers[i].probability, alone, 80 * sizeof(float));
    }
    rn_model_free(model);
  }
}

/* ---- labels ---- */

/* The more "very", the more stars. */
static void stars(tiny *t, int n) {
  static const char *const text[] = {"it was food", "very food it was", "very very food was", "very very very food it"};
  static const char *const label[] = {"1", "2", "3", "10"};
  tiny_begin(t, RN_INPUT_WORDS);
  for (int i = 0; i < n; i++) tiny_add(t, text[i % 4], label[i % 4]);
}

static void ordinal_answers_are_medians(void **state) {
  static tiny train;
  stars(&train, 32);
  rn_classifier_config c = tiny_config(RN_CLASSIFIER_RNN, RN_INPUT_WORDS);
  c.labels = RN_LABELS_ORDINAL;
  rn_model *model = tiny_model(&c, &train);
  assert_string_equal(rn_classifier_label(model, 3), "10"); /* by number */
  const float p[4][4] = {{0.5f, 0.1f, 0.2f, 0.2f}, {0.4f, 0.1f, 0.2f, 0.3f}, {0, 0.3f, 0.3f, 0.4f}, {0.1f, 0.1f, 0.1f, 0.7f}};
  const int64_t median[] = {0, 1, 2, 3};
  for (int i = 0; i < 4; i++) assert_int_equal(rn_classifier_answer(model, p[i]), median[i]);
  double error = tiny_train(ctx, model, &(rn_classifier_data){&train.s, &train.s, .batch = 8, .seed = 1}, 40);
  assert_true(error == 0);
  static float answers[4 * TINY_SEQS];
  tiny_run(ctx, model, &train.s, answers);
  for (int i = 0; i < 32; i++) {
    float sum = 0;
    for (int k = 0; k < 4; k++) {
      assert_true(answers[4 * i + k] >= 0);
      sum += answers[4 * i + k];
    }
    assert_true(fabsf(sum - 1) < 1e-5f);
    assert_int_equal(rn_classifier_answer(model, answers + 4 * i), i % 4);
  }
  /* Thresholds that crossed are taken in order. */
  rn_param *thresholds = rn_params_find(rn_model_params(model), "thresholds");
  float *theta = thresholds->tensor.data, first = theta[0];
  theta[0] = theta[2];
  theta[2] = first;
  static float crossed[4 * TINY_SEQS];
  assert_memory_equal(tiny_run(ctx, model, &train.s, crossed), answers, 4 * 32 * sizeof(float));
  rn_model_free(model);
}

static void multi_answers_each_label(void **state) {
  static tiny train;
  static const char *const text[] = {"red paint", "blue paint", "red and blue", "red green", "blue green paint", "green"};
  static const char *const label[] = {"red", "blue", "red blue", "green red", "blue green", "green"};
  tiny_begin(&train, RN_INPUT_WORDS);
  for (int i = 0; i < 36; i++) tiny_add(&train, text[i % 6], label[i % 6]);
  for (int balance = 0; balance < 2; balance++) {
    rn_classifier_config c = tiny_config(RN_CLASSIFIER_CNN, RN_INPUT_WORDS);
    c.labels = RN_LABELS_MULTI;
    rn_model *model = tiny_model(&c, &train);
    double error = tiny_train(ctx, model, &(rn_classifier_data){&train.s, &train.s, .batch = 6, .balance = balance, .seed = 1}, 15);
    assert_true(error == 0);
    rn_classifier *classifier;
    rn_classifier_scores *scores;
    tiny_ok(ctx, rn_classifier_open(ctx, model, &classifier));
    tiny_ok(ctx, rn_classifier_eval(classifier, &train.s, &scores));
    assert_true(scores->accuracy == 1 && scores->roc_auc == 1 && !scores->confusion && isnan(scores->ordinal.within_one));
    assert_int_equal(scores->labels[0].correct, 18); /* blue */
    rn_classifier_scores_free(scores);
    rn_classifier_free(classifier);
    rn_model_free(model);
  }
}

/* Nine of ten are of one class, and nothing tells them apart: balanced, both are as likely. */
static void balanced_classes_weigh_as_much(void **state) {
  static tiny train;
  tiny_begin(&train, RN_INPUT_WORDS);
  for (int i = 0; i < 60; i++) tiny_add(&train, "same words", i % 10 ? "most" : "few");
  for (int balance = 0; balance < 2; balance++) {
    rn_classifier_config c = tiny_config(RN_CLASSIFIER_BAG, RN_INPUT_WORDS);
    rn_model *model = tiny_model(&c, &train);
    static float p[2 * TINY_SEQS];
    tiny_train(ctx, model, &(rn_classifier_data){&train.s, NULL, .batch = 60, .balance = balance, .seed = 1}, 150);
    tiny_run(ctx, model, &train.s, p);
    assert_true(fabsf(p[0] - (balance ? 0.5f : 0.1f)) < 0.05f);
    rn_model_free(model);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_learns),          cmocka_unit_test(every_pooling_learns_series),
      cmocka_unit_test(a_file_gives_the_same_bits), cmocka_unit_test(threads_change_no_bit),
      cmocka_unit_test(threads_share_a_model),      cmocka_unit_test(ordinal_answers_are_medians),
      cmocka_unit_test(multi_answers_each_label),   cmocka_unit_test(balanced_classes_weigh_as_much),
  };
  if (folder_setup(NULL) != 0 || rn_context_new(NULL, &ctx, NULL, 0) != RN_OK) return 1;
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  rn_context_free(ctx);
  return folder_teardown(NULL) || failed;
}
