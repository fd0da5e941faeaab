/* tiny_classes.h: sequences of a few words or numbers with their labels, and classifiers trained on them in a moment. */
#ifndef RN_TESTS_TINY_CLASSES_H
#define RN_TESTS_TINY_CLASSES_H

#include "base/check.h"
#include <math.h>
#include <rondo/classifier.h>

enum { TINY_SEQS = 64, TINY_ROWS = 2048 };

/* Sequences with memory of their own. */
typedef struct tiny {
  rn_sequences s; /* first */
  rn_string words[TINY_ROWS], labels[TINY_ROWS];
  float values[TINY_ROWS];
  uint8_t missing[TINY_ROWS];
  int64_t offset[TINY_SEQS + 1], label_offset[TINY_SEQS + 1], lines[TINY_SEQS];
} tiny;

static rn_context *ctx;

__attribute__((unused)) static int64_t tiny_split(const char *text, rn_string *out) {
  return rn_words_split(RN_SPLIT_SPACE, text, strlen(text), out, TINY_ROWS);
}

static void tiny_begin(tiny *t, rn_input_kind input) {
  memset(t, 0, sizeof *t);
  t->s = (rn_sequences){.input = input, .labels = t->labels, .lines = t->lines};
  t->s.seqs.offset = t->offset;
  t->s.label_of.offset = t->label_offset;
}

/* Another sequence of n rows; labels with blanks between them. */
static void tiny_end_sequence(tiny *t, int64_t n, const char *labels) {
  int64_t i = t->s.seqs.n_seqs++;
  t->offset[i + 1] = t->offset[i] + n;
  t->label_offset[i + 1] = t->label_offset[i] + tiny_split(labels, t->labels + t->label_offset[i]);
  t->s.label_of.n_seqs = i + 1;
  t->lines[i] = i + 1;
}

__attribute__((unused)) static void tiny_add(tiny *t, const char *text, const char *labels) {
  t->s.words = t->words;
  tiny_end_sequence(t, tiny_split(text, t->words + t->offset[t->s.seqs.n_seqs]), labels);
}

/* What a review says is in one word of it; n of them. */
__attribute__((unused)) static void tiny_reviews(tiny *t, int n) {
  static const char *const fill[] = {"the", "soup", "was", "a", "waiter", "table", "and", "it"};
  static const char *const said[2][3] = {{"bad", "cold", "awful"}, {"good", "warm", "lovely"}};
  static char text[TINY_SEQS][128];
  tiny_begin(t, RN_INPUT_WORDS);
  for (int i = 0; i < n; i++) {
    int length = 3 + i * 5 % 7, at = i * 3 % length;
    *text[i] = 0;
    for (int k = 0; k < length; k++) {
      strcat(text[i], k == at ? said[i % 2][i / 2 % 3] : fill[(i * 7 + k * 3) % 8]);
      strcat(text[i], " ");
    }
    tiny_add(t, text[i], i % 2 ? "pos" : "neg");
  }
}

/* Series of one variable, up or down; where `gaps`, every seventh value is missing. */
__attribute__((unused)) static void tiny_series(tiny *t, int n, bool gaps) {
  tiny_begin(t, RN_INPUT_SERIES);
  t->s.n_vars = 1;
  t->s.values = t->values;
  t->s.missing = gaps ? t->missing : NULL;
  for (int i = 0; i < n; i++) {
    int length = 6 + i % 5;
    for (int k = 0; k < length; k++) {
      int64_t at = t->offset[i] + k;
      t->values[at] = 100 + (i % 2 ? 3.0f : -3.0f) * (float)k + (float)(i * 13 % 7);
      if (gaps && at % 7 == 0) t->missing[at] = 1, t->values[at] = 0;
    }
    tiny_end_sequence(t, length, i % 2 ? "up" : "down");
  }
}

__attribute__((unused)) static rn_classifier_config tiny_config(rn_classifier_kind kind, rn_input_kind input) {
  rn_classifier_config c = rn_classifier_config_default(kind, input);
  c.input.embed = input == RN_INPUT_WORDS ? 12 : 0;
  c.stack.n_hidden = 8;
  c.n_filters = 8;
  c.buckets = 500;
  c.dropout_input = c.dropout_output = 0;
  c.input.unk_rate = 0;
  return c;
}

static void tiny_ok(rn_context *with, rn_status status) {
  if (status != RN_OK) fail_msg("%s", rn_context_error(with));
}

__attribute__((unused)) static rn_model *tiny_model(const rn_classifier_config *c, const tiny *train) {
  rn_model *model;
  tiny_ok(ctx, rn_classifier_new(ctx, c, &train->s, NULL, 42, &model));
  return model;
}

/* By Adam, for so many epochs; the validation's best value. */
__attribute__((unused)) static double tiny_train(rn_context *with, rn_model *model, const rn_classifier_data *data, int64_t epochs) {
  rn_task *task;
  rn_train_options o = rn_train_options_default();
  rn_train_result result;
  o.optimizer.lr = 0.02f;
  o.epochs = epochs;
  tiny_ok(with, rn_classifier_task_new(with, model, data, &task));
  tiny_ok(with, rn_train(with, task, &o, NULL, NULL, &result));
  rn_classifier_task_free(task);
  return result.best;
}

__attribute__((unused)) static float *tiny_run(rn_context *with, const rn_model *model, const rn_sequences *s, float *probability) {
  rn_classifier *c;
  tiny_ok(with, rn_classifier_open(with, model, &c));
  tiny_ok(with, rn_classifier_run(c, s, probability, NULL));
  rn_classifier_free(c);
  return probability;
}

#endif
