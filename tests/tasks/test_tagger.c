/* test_tagger.c: training, tagging and measuring, on sequences that can be learned in a second. */
#include "base/check.h"
#include "ops/op.h"
#include "tasks/tagger_state.h"
#include <math.h>
#include <pthread.h>

static rn_context *ctx;
static int n_warnings;

static void count_warning(void *user, rn_log_level level, const char *line) { n_warnings += level == RN_LOG_WARNING; }
static int setup(void **state) {
  if (folder_setup(state) != 0) return -1;
  return (int)rn_context_new(&(rn_context_options){.n_threads = 2, .log = count_warning}, &ctx, NULL, 0);
}
static int teardown(void **state) {
  rn_context_free(ctx);
  return folder_teardown(state);
}

/* ---- data ---- */

static const char *const iob1 = "EU I-ORG\nrejects O\nGerman I-MISC\ncall O\n. O\n\n"
                                "Peter I-PER\nBlackburn I-PER\nsaw O\nBonn I-LOC\nRome B-LOC\n\n"
                                "BRUSSELS I-LOC\n1996-08-22 O\n\n"
                                "The O\nEuropean I-ORG\nCommission I-ORG\nsaid O\nParis I-LOC\nis O\nGerman I-MISC\n. O\n\n";

static rn_sequences read_words(const char *text) {
  const char *path = in_folder("words.conll");
  rn_sequences s;
  rn_sequences_options o = rn_sequences_options_default(RN_INPUT_WORDS, true);
  assert_ok(rn_file_write(path, text, strlen(text), NULL), NULL);
  rn_context_clear(ctx);
  if (rn_sequences_open(ctx, path, &o, &s) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return s;
}

/* Series whose label says which of two numbers is larger; some of them empty, some numbers missing. */
enum { SERIES = 12, STEPS = 40 };
static float numbers[2 * STEPS];
static uint8_t missing[2 * STEPS];
static rn_string larger[STEPS];
static int64_t series_offset[SERIES + 1];

static rn_sequences make_series(void) {
  for (int i = 0; i < 2 * STEPS; i++) numbers[i] = (float)(i * 37 % 23) - 11;
  missing[7] = 1;
  for (int r = 0; r < STEPS; r++) larger[r] = numbers[2 * r] > numbers[2 * r + 1] ? (rn_string){"first", 5} : (rn_string){"second", 6};
  for (int s = 0; s <= SERIES; s++) series_offset[s] = s < 2 ? 0 : s == SERIES ? STEPS : 3 * (s - 1);
  return (rn_sequences){.input = RN_INPUT_SERIES,
                        .per_row = true,
                        .seqs = {SERIES, series_offset},
                        .n_vars = 2,
                        .values = numbers,
                        .missing = missing,
                        .labels = larger};
}

/* ---- a small tagger ---- */

static rn_tagger_config tiny(rn_input_kind kind, bool crf, rn_tagger_scheme scheme) {
  rn_tagger_config c = rn_tagger_config_default(kind);
  c.crf = crf;
  c.scheme = scheme;
  c.stack.n_hidden = 12;
  c.dropout_input = c.dropout_output = 0;
  if (kind == RN_INPUT_WORDS) {
    c.input.embed = 12;
    c.input.char_embed = c.input.char_hidden = 4;
    c.input.unk_rate = 0;
  }
  return c;
}

static rn_model *make(const rn_tagger_config *config, const rn_sequences *train) {
  rn_model *m = NULL;
  rn_context_clear(ctx);
  if (rn_tagger_new(ctx, config, train, NULL, 1, &m) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return m;
}

static void train(rn_context *own, rn_model *m, const rn_tagger_data *data, int64_t epochs) {
  rn_task *task = NULL;
  rn_train_options o = rn_train_options_default();
  o.optimizer.lr = 0.02f;
  o.epochs = epochs;
  rn_context_clear(own);
  if (rn_tagger_task_new(own, m, data, &task) != RN_OK) fail_msg("%s", rn_context_error(own));
  if (rn_train(own, task, &o, NULL, NULL, NULL) != RN_OK) fail_msg("%s", rn_context_error(own));
  rn_tagger_task_free(task);
}

static rn_tagger *session(const rn_model *m) {
  rn_tagger *t = NULL;
  assert_int_equal(rn_tagger_open(ctx, m, &t), RN_OK);
  return t;
}

/* Every label of the data is found. */
static void assert_learned(const rn_model *m, const rn_sequences *s) {
  rn_tagger *t = session(m);
  rn_tagger_scores *scores = NULL;
  if (rn_tagger_eval(t, s, &scores) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  assert_true(scores->accuracy == 1 && scores->interval.value == 1);
  assert_int_equal(!scores->spans, !rn_tagger_has_spans(m));
  if (scores->spans) assert_true(rn_f1_of(scores->spans->all).f1 == 1);
  rn_tagger_scores_free(scores);
  rn_tagger_free(t);
}

static void test_learns(void **state) {
  rn_sequences words = read_words(iob1), series = make_series();
  for (int crf = 0; crf <= 1; crf++) {
    for (rn_tagger_scheme scheme = RN_TAGGER_SCHEME_AUTO; scheme <= RN_TAGGER_SCHEME_IOBES; scheme++) {
      rn_tagger_config config = tiny(RN_INPUT_WORDS, crf, scheme);
      rn_model *m = make(&config, &words);
      train(ctx, m, &(rn_tagger_data){.train = &words, .valid = &words, .batch = 2, .seed = 1}, 40);
      assert_learned(m, &words);
      rn_model_free(m);
    }
    rn_tagger_config config = tiny(RN_INPUT_SERIES, crf, RN_TAGGER_SCHEME_AUTO);
    rn_model *m = make(&config, &series);
    assert_int_equal(rn_tagger_n_labels(m), 2);
    train(ctx, m, &(rn_tagger_data){.train = &series, .valid = &series, .batch = 4, .seed = 1}, 60);
    assert_learned(m, &series);
    rn_model_free(m);
  }
  rn_sequences_free(&words);
}

/* The labels are those of the data and what else its scheme can write; the tags are those of the learned scheme. */
static void test_labels(void **state) {
  rn_sequences words = read_words("Rome B-LOC\nI I-PER\n\nhere O\n\n");
  rn_tagger_config config = tiny(RN_INPUT_WORDS, true, RN_TAGGER_SCHEME_AUTO);
  rn_model *m = make(&config, &words);
  const char *const labels[] = {"B-LOC", "B-PER", "I-LOC", "I-PER", "O"};
  assert_int_equal(rn_tagger_n_labels(m), 5);
  for (int i = 0; i < 5; i++) assert_string_equal(rn_tagger_label(m, i), labels[i]);
  assert_true(rn_tagger_has_spans(m));
  assert_int_equal(rn_tensor_size(&rn_params_find(rn_model_params(m), "crf.start")->tensor), 9);
  rn_model_free(m);
  rn_sequences_free(&words);

  words = read_words("a E\nb I\n\nc E\n\n"); /* exons and introns are no chunks */
  m = make(&config, &words);
  assert_int_equal(rn_tagger_n_labels(m), 2);
  assert_false(rn_tagger_has_spans(m));
  rn_model_free(m);
  config.scheme = RN_TAGGER_SCHEME_IOB2;
  assert_int_equal(rn_tagger_new(ctx, &config, &words, NULL, 1, &m), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "scheme"));
  rn_sequences_free(&words);
  words = read_words("a NN\nb NN\n\n");
  config.scheme = RN_TAGGER_SCHEME_AUTO;
  assert_int_equal(rn_tagger_new(ctx, &config, &words, NULL, 1, &m), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "every label is \"NN\""));
  rn_context_clear(ctx);
  words.labels = NULL;
  assert_int_equal(rn_tagger_new(ctx, &config, &words, NULL, 1, &m), RN_ERROR_DATA);
  rn_context_clear(ctx);
  rn_sequences_free(&words);
}

/* Of every scheme, labels become tags and tags the same labels again. */
static void test_labels_and_back(void **state) {
  rn_sequences words = read_words(iob1);
  for (rn_tagger_scheme scheme = RN_TAGGER_SCHEME_NONE; scheme <= RN_TAGGER_SCHEME_IOBES; scheme++) {
    rn_tagger_config config = tiny(RN_INPUT_WORDS, false, scheme), read;
    rn_model *m = make(&config, &words);
    const rn_tagger_model *net = rn_tagger_of(ctx, m);
    rn_tagger_truth truth;
    assert_int_equal(rn_tagger_config_of(ctx, m, &read), RN_OK);
    assert_int_equal(read.scheme, scheme);
    assert_int_equal(rn_tagger_truth_init(ctx, net, &words, &truth), RN_OK);
    assert_int_equal(truth.n_new, 0);
    assert_int_equal(rn_tagger_labels_decode(ctx, &net->labels, &words.seqs, truth.tags), RN_OK);
    assert_memory_equal(truth.tags, truth.expected, (size_t)rn_ragged_rows(&words.seqs) * sizeof *truth.tags);
    rn_tagger_truth_free(&truth);
    rn_model_free(m);
  }
  rn_sequences_free(&words);
}

/* ---- answers ---- */

/* A session that remembers next to nothing, or everything, gives the same bits. */
static void test_forgets(void **state) {
  rn_sequences words = read_words(iob1);
  int64_t n = rn_ragged_rows(&words.seqs);
  rn_tagger_config config = tiny(RN_INPUT_WORDS, true, RN_TAGGER_SCHEME_AUTO);
  rn_model *m = make(&config, &words);
  const rn_tagger_model *net = rn_tagger_of(ctx, m);
  rn_graph *g = rn_graph_new(ctx);
  rn_graph_keep_weights(g);
  rn_word_shares *all, *few;
  assert_int_equal(rn_word_shares_new(ctx, net, RN_WORD_SHARES_BYTES, &all), RN_OK);
  assert_int_equal(rn_word_shares_new(ctx, net, 1, &few), RN_OK);
  for (int64_t i = 0; i < n; i++) { /* a few more words each time, those from before among them */
    rn_tensor *a, *b;
    int32_t *row_a, *row_b;
    rn_graph_begin(g, RN_INFER, 0, 0);
    assert_int_equal(rn_word_shares_find(all, g, words.words, i + 1, &a, &row_a), RN_OK);
    assert_int_equal(rn_word_shares_find(few, g, words.words + i, 1, &b, &row_b), RN_OK);
    assert_int_equal(rn_tensor_rows(b), 1);
    size_t width = (size_t)rn_tensor_cols(a);
    assert_memory_equal(a->data + (size_t)row_a[i] * width, b->data, width * sizeof(float));
  }
  rn_word_shares_free(all);
  rn_word_shares_free(few);
  rn_graph_free(g);
  config.input.positions = 4; /* a word is not read alike everywhere */
  rn_model *other = make(&config, &words);
  assert_int_equal(rn_word_shares_new(ctx, rn_tagger_of(ctx, other), 1, &few), RN_OK);
  assert_null(few);
  rn_model_free(other);
  rn_model_free(m);
  rn_sequences_free(&words);
}

/* One by one or together, the same bits; and probabilities sum to 1, the answer's being the largest of an untroubled softmax. */
static void test_answers(void **state) {
  rn_sequences words = read_words(iob1);
  int64_t n = rn_ragged_rows(&words.seqs);
  for (int crf = 0; crf <= 1; crf++) {
    rn_tagger_config config = tiny(RN_INPUT_WORDS, crf, RN_TAGGER_SCHEME_AUTO);
    if (crf) config.input.characters = RN_CHARACTERS_CNN;
    rn_model *m = make(&config, &words);
    train(ctx, m, &(rn_tagger_data){.train = &words, .batch = 2, .seed = 1}, 30);
    rn_tagger *t = session(m);
    int64_t K = rn_tagger_n_labels(m);
    int32_t labels[64], alone[64];
    float p[64 * 16], p_alone[64 * 16];
    assert_true(n <= 64 && K <= 16);
    assert_int_equal(rn_tagger_run(t, &words, labels, p), RN_OK);
    for (int64_t r = 0; r < n; r++) {
      double sum = 0;
      for (int64_t k = 0; k < K; k++) sum += p[r * K + k];
      assert_true(fabs(sum - 1) < 1e-5);
      assert_true(p[r * K + labels[r]] > 0.5f);
    }
    for (int64_t s = 0; s < words.seqs.n_seqs; s++) {
      int64_t first = words.seqs.offset[s], length = rn_ragged_length(&words.seqs, s);
      assert_int_equal(rn_tagger_words(t, words.words + first, length, alone, p_alone), RN_OK);
      assert_memory_equal(alone, labels + first, (size_t)length * sizeof *alone);
      assert_memory_equal(p_alone, p + first * K, (size_t)(length * K) * sizeof *p);
    }
    assert_int_equal(rn_tagger_words(t, NULL, 0, alone, p_alone), RN_OK);
    rn_tagger_free(t);
    rn_model_free(m);
  }
  rn_sequences_free(&words);
}

/* A model from its file says the same to the bit, and goes on learning. */
static void test_file(void **state) {
  rn_sequences words = read_words(iob1);
  rn_tagger_config config = tiny(RN_INPUT_WORDS, true, RN_TAGGER_SCHEME_AUTO), again;
  rn_model *m = make(&config, &words), *opened = NULL;
  const char *path = in_folder("model.safetensors");
  float p[2][64 * 16];
  int32_t labels[64];
  assert_int_equal(rn_model_save(ctx, m, path), RN_OK);
  assert_int_equal(rn_model_open(ctx, path, &opened), RN_OK);
  assert_string_equal(rn_model_kind(opened), "tagger");
  assert_string_equal(rn_model_config(opened), rn_model_config(m));
  memset(p, 0, sizeof p);
  for (int i = 0; i < 2; i++) {
    rn_tagger *t = session(i ? opened : m);
    assert_int_equal(rn_tagger_run(t, &words, labels, p[i]), RN_OK);
    rn_tagger_free(t);
  }
  assert_memory_equal(p[0], p[1], sizeof p[0]);
  assert_int_equal(rn_tagger_config_of(ctx, opened, &again), RN_OK);
  assert_int_equal(again.scheme, RN_TAGGER_SCHEME_IOBES);
  assert_int_equal(again.input.char_hidden, 4);
  train(ctx, opened, &(rn_tagger_data){.train = &words, .batch = 2, .seed = 1}, 30);
  assert_learned(opened, &words);

  /* A model of other words takes the rows of those that both have. */
  rn_sequences other = read_words("Rome I-LOC\nsleeps O\n\nGerman I-MISC\nEU I-ORG\nPeter I-PER\n\n");
  rn_model *from = make(&config, &other);
  int64_t loaded;
  assert_int_equal(rn_model_save(ctx, opened, path), RN_OK);
  assert_int_equal(rn_model_init_from(ctx, from, path, &loaded), RN_OK);
  assert_true(loaded >= 10);
  const rn_param *a = rn_params_find(rn_model_params(from), "embed.weight"), *b = rn_params_find(rn_model_params(opened), "embed.weight");
  int32_t rome = rn_vocab_find(rn_model_vocab(from), "rome", 4), there = rn_vocab_find(rn_model_vocab(opened), "rome", 4);
  assert_memory_equal(a->tensor.data + rome * 12, b->tensor.data + there * 12, 12 * sizeof(float));
  rn_model_free(from);
  rn_model_free(opened);
  rn_model_free(m);
  rn_sequences_free(&other);
  rn_sequences_free(&words);
}

/* Pretrained vectors: their words join the vocabulary, and frozen they stay as they are, in a model from a file as well. */
static void test_vectors(void **state) {
  const char *path = in_folder("vectors.vec"), *saved = in_folder("vectors.safetensors"), *file = "Madrid 1 2\nbonn 3 4\n";
  rn_vectors vectors;
  rn_sequences words = read_words(iob1);
  assert_ok(rn_file_write(path, file, strlen(file), NULL), NULL);
  assert_int_equal(rn_vectors_open(ctx, path, NULL, &vectors), RN_OK);
  rn_tagger_config config = tiny(RN_INPUT_WORDS, true, RN_TAGGER_SCHEME_AUTO);
  config.input.embed = 2;
  config.input.freeze_embed = true;
  rn_model *m = NULL, *opened = NULL;
  assert_int_equal(rn_tagger_new(ctx, &config, &words, &(rn_input_building){.vectors = &vectors}, 1, &m), RN_OK);
  train(ctx, m, &(rn_tagger_data){.train = &words, .batch = 2, .seed = 1}, 2);
  assert_int_equal(rn_model_save(ctx, m, saved), RN_OK);
  assert_int_equal(rn_model_open(ctx, saved, &opened), RN_OK);
  train(ctx, opened, &(rn_tagger_data){.train = &words, .batch = 2, .seed = 1}, 2);
  for (int i = 0; i < 2; i++) {
    const rn_vocab *vocab = rn_model_vocab(i ? opened : m);
    const float *table = rn_params_find(rn_model_params(i ? opened : m), "embed.weight")->tensor.data;
    int32_t madrid = rn_vocab_find(vocab, "madrid", 6), bonn = rn_vocab_find(vocab, "bonn", 4);
    assert_true(madrid > 0 && bonn > 0);
    assert_true(table[2 * madrid] == 1 && table[2 * madrid + 1] == 2 && table[2 * bonn] == 3 && table[2 * bonn + 1] == 4);
  }
  rn_model_free(opened);
  rn_model_free(m);
  rn_vectors_free(&vectors);
  rn_sequences_free(&words);
}

/* The same training on one thread and on two, and a step by itself: the same bits. */
static void test_bits(void **state) {
  rn_sequences words = read_words(iob1);
  rn_tagger_config config = tiny(RN_INPUT_WORDS, true, RN_TAGGER_SCHEME_AUTO);
  config.dropout_input = config.dropout_output = 0.3f;
  config.input.unk_rate = 0.5f;
  rn_tagger_data data = {.train = &words, .valid = &words, .batch = 3, .seed = 5};
  rn_model *m[2];
  for (int i = 0; i < 2; i++) {
    rn_context *own;
    assert_int_equal(rn_context_new(&(rn_context_options){.n_threads = i + 1}, &own, NULL, 0), RN_OK);
    m[i] = make(&config, &words);
    train(own, m[i], &data, 4);
    rn_context_free(own);
  }
  assert_memory_equal(rn_params_values(rn_model_params(m[0])), rn_params_values(rn_model_params(m[1])),
                      (size_t)rn_params_size(rn_model_params(m[0])) * sizeof(float));

  rn_task *a, *b;
  rn_graph *g = rn_graph_new(ctx);
  double nats[2];
  assert_int_equal(rn_tagger_task_new(ctx, m[0], &data, &a), RN_OK);
  assert_int_equal(rn_tagger_task_new(ctx, m[0], &data, &b), RN_OK);
  assert_int_equal(a->steps_per_epoch, 2);
  assert_string_equal(a->metric, "F1");
  for (int i = 0; i < 7; i++) { /* a walks there, b begins there */
    rn_step s;
    rn_graph_begin(g, RN_TRAIN, 1, (uint64_t)i);
    a->step(a->self, g, i / 2, i % 2, &s);
    nats[0] = s.nats;
  }
  rn_step s;
  rn_graph_begin(g, RN_TRAIN, 1, 6);
  b->step(b->self, g, 3, 0, &s);
  nats[1] = s.nats;
  assert_int_equal(rn_graph_status(g), RN_OK);
  assert_true(nats[0] == nats[1] && isfinite(nats[0]));
  rn_tagger_task_free(a);
  rn_tagger_task_free(b);
  rn_graph_free(g);
  rn_model_free(m[0]);
  rn_model_free(m[1]);
  rn_sequences_free(&words);
}

/* After every shape has been met, a step allocates nothing. */
static void test_steps_allocate_nothing(void **state) {
  rn_sequences words = read_words(iob1);
  rn_tagger_config config = tiny(RN_INPUT_WORDS, true, RN_TAGGER_SCHEME_AUTO);
  config.dropout_input = 0.3f;
  rn_model *m = make(&config, &words);
  rn_task *task;
  rn_graph *g = rn_graph_new(ctx);
  assert_int_equal(rn_tagger_task_new(ctx, m, &(rn_tagger_data){.train = &words, .batch = 4, .seed = 5}, &task), RN_OK);
  uint64_t before = 0;
  for (int i = 0; i < 8; i++) {
    rn_step s;
    if (i == 3) before = rn_alloc_count();
    rn_params_zero_grad(rn_model_params(m));
    rn_graph_begin(g, RN_TRAIN, 1, (uint64_t)i);
    task->step(task->self, g, i, 0, &s);
    assert_int_equal(rn_graph_backward(g, s.loss), RN_OK);
  }
  assert_int_equal(rn_alloc_count() - before, 0);
  rn_tagger_task_free(task);
  rn_graph_free(g);
  rn_model_free(m);
  rn_sequences_free(&words);
}

/* ---- data that was not expected ---- */

/* Labels that training had not: refused in training data, never found in others. */
static void test_new_labels(void **state) {
  rn_sequences words = read_words(iob1), others = read_words("EU I-ORG\nBonn B-NEW\n. O\n\nRome I-LOC\n\n");
  rn_tagger_config config = tiny(RN_INPUT_WORDS, true, RN_TAGGER_SCHEME_AUTO);
  rn_model *m = make(&config, &words);
  rn_task *task;
  n_warnings = 0;
  assert_int_equal(rn_tagger_task_new(ctx, m, &(rn_tagger_data){.train = &others, .batch = 2}, &task), RN_ERROR_DATA);
  assert_string_equal(rn_context_error(ctx), "line 2: the label \"B-NEW\" is none of the model's");
  rn_context_clear(ctx);
  assert_int_equal(rn_tagger_task_new(ctx, m, &(rn_tagger_data){.train = &words, .valid = &others, .batch = 2}, &task), RN_OK);
  assert_int_equal(n_warnings, 1);
  rn_graph *g = rn_graph_new(ctx);
  rn_score score;
  assert_int_equal(task->validate(task->self, g, &score), RN_OK);
  assert_true(score.value > 0 && score.nats > 0);
  rn_graph_free(g);
  rn_tagger_task_free(task);

  train(ctx, m, &(rn_tagger_data){.train = &words, .batch = 2, .seed = 1}, 40);
  rn_tagger *t = session(m);
  rn_tagger_scores *scores;
  assert_int_equal(rn_tagger_eval(t, &others, &scores), RN_OK);
  assert_int_equal(scores->n_labels, scores->n_model_labels + 1);
  assert_string_equal(scores->names[scores->n_model_labels], "B-NEW");
  assert_int_equal(scores->spans->all.expected, 3);
  assert_int_equal(scores->spans->all.correct, 2);
  assert_true(scores->accuracy == 0.75);
  assert_int_equal(scores->n_unknown, 0);
  rn_tagger_scores_free(scores);
  others.labels = NULL;
  assert_int_equal(rn_tagger_eval(t, &others, &scores), RN_ERROR_DATA);
  rn_context_clear(ctx);
  rn_tagger_free(t);
  rn_model_free(m);
  rn_sequences_free(&others);
  rn_sequences_free(&words);
}

static void test_bad_numbers(void **state) {
  rn_sequences series = make_series();
  rn_tagger_config config = tiny(RN_INPUT_SERIES, true, RN_TAGGER_SCHEME_AUTO);
  rn_model *m = make(&config, &series);
  rn_tagger *t = session(m);
  int32_t labels[STEPS];
  numbers[3] = NAN;
  assert_int_equal(rn_tagger_run(t, &series, labels, NULL), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "row 2, variable 2: nan"));
  rn_context_clear(ctx);
  make_series();
  assert_int_equal(rn_tagger_run(t, &series, labels, NULL), RN_OK);
  assert_int_equal(rn_tagger_words(t, NULL, 0, labels, NULL), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  rn_tagger_free(t);
  rn_model_free(m);
}

static void test_long_sequence(void **state) {
  enum { LONG = 100000 };
  rn_sequences words = read_words(iob1);
  rn_tagger_config config = tiny(RN_INPUT_WORDS, true, RN_TAGGER_SCHEME_AUTO);
  rn_model *m = make(&config, &words);
  train(ctx, m, &(rn_tagger_data){.train = &words, .batch = 2, .seed = 1}, 40);
  rn_tagger *t = session(m);
  rn_string *many = malloc(LONG * sizeof *many);
  int32_t *labels = malloc(LONG * sizeof *labels);
  int64_t n = rn_ragged_rows(&words.seqs);
  for (int64_t i = 0; i < LONG; i++) many[i] = words.words[i % n];
  assert_int_equal(rn_tagger_words(t, many, LONG, labels, NULL), RN_OK);
  for (int64_t i = 0; i < LONG; i++) assert_true(labels[i] >= 0 && labels[i] < rn_tagger_n_labels(m));
  free(many);
  free(labels);
  rn_tagger_free(t);
  rn_model_free(m);
  rn_sequences_free(&words);
}

/* ---- DNA ---- */

/* On the other strand the order, the bases and the labels are turned round. */
static void test_other_strand(void **state) {
  static const rn_string labels[] = {{"C", 1}, {".", 1}, {".", 1}, {"c", 1}, {"c", 1}, {"C", 1}};
  float bases[24];
  assert_int_equal(rn_dna_rows("AACGTT", 6, bases), -1);
  const rn_sequences dna = {
      .input = RN_INPUT_DNA, .per_row = true, .seqs = {3, (const int64_t[]){0, 4, 4, 6}}, .n_vars = 4, .values = bases, .labels = labels};
  rn_tagger_config config = tiny(RN_INPUT_DNA, false, RN_TAGGER_SCHEME_AUTO);
  rn_model *m = make(&config, &dna);
  rn_task *task, *turned;
  rn_tagger_data data = {.train = &dna, .batch = 3, .reverse_complement = true, .swap_labels = "Cc", .seed = 1};
  assert_int_equal(rn_tagger_task_new(ctx, m, &data, &task), RN_OK);

  /* The same data turned round by hand has the same loss, whenever the coins turn both; its labels are the same ones again. */
  float bases_turned[24];
  assert_int_equal(rn_dna_rows("CGTTAA", 6, bases_turned), -1);
  const rn_sequences other = {.input = RN_INPUT_DNA,
                              .per_row = true,
                              .seqs = {3, (const int64_t[]){0, 4, 4, 6}},
                              .n_vars = 4,
                              .values = bases_turned,
                              .labels = labels};
  assert_int_equal(rn_tagger_task_new(ctx, m, &(rn_tagger_data){.train = &other, .batch = 3, .seed = 1}, &turned), RN_OK);
  rn_graph *g = rn_graph_new(ctx);
  bool same = false, different = false;
  double reference = 0;
  for (int64_t epoch = 0; epoch < 40; epoch++) { /* of 4 ways to throw two coins, one turns both */
    rn_step s;
    rn_graph_begin(g, RN_TRAIN, 1, 0);
    turned->step(turned->self, g, 0, 0, &s);
    reference = s.nats;
    rn_graph_begin(g, RN_TRAIN, 1, 0);
    task->step(task->self, g, epoch, 0, &s);
    bool equal = fabs(s.nats - reference) < 1e-5;
    same |= equal;
    different |= !equal;
  }
  assert_int_equal(rn_graph_status(g), RN_OK);
  assert_true(same && different);
  rn_graph_free(g);
  rn_tagger_task_free(turned);
  rn_tagger_task_free(task);
  rn_model_free(m);

  rn_sequences series = make_series();
  rn_tagger_config of_series = tiny(RN_INPUT_SERIES, false, RN_TAGGER_SCHEME_AUTO);
  m = make(&of_series, &series);
  data.train = &series;
  assert_int_equal(rn_tagger_task_new(ctx, m, &data, &task), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  rn_model_free(m);
}

/* ---- the data of the field ---- */

/* An epoch of CoNLL-2003 finds most names of sentences that it has not seen. */
static void test_conll(void **state) {
  const char *folder = getenv("RN_TEST_DATA");
  char path[2][512];
  if (!folder || !getenv("RN_TEST_LONG")) skip();
  rn_sequences words, held;
  rn_sequences_options o = rn_sequences_options_default(RN_INPUT_WORDS, true);
  snprintf(path[0], sizeof path[0], "%s/conll2003/eng.train.gz", folder);
  snprintf(path[1], sizeof path[1], "%s/conll2003/eng.testa.gz", folder);
  assert_int_equal(rn_sequences_open(ctx, path[0], &o, &words), RN_OK);
  assert_int_equal(rn_sequences_open(ctx, path[1], &o, &held), RN_OK);
  rn_tagger_config config = rn_tagger_config_default(RN_INPUT_WORDS);
  rn_model *m = make(&config, &words);
  train(ctx, m, &(rn_tagger_data){.train = &words, .batch = 32, .seed = 1}, 1);
  rn_tagger *t = session(m);
  rn_tagger_scores *scores = NULL;
  assert_int_equal(rn_tagger_eval(t, &held, &scores), RN_OK);
  double f1 = rn_f1_of(scores->spans->all).f1;
  if (!(f1 > 0.7)) fail_msg("F1 %g after an epoch", f1);
  rn_tagger_scores_free(scores);
  rn_tagger_free(t);
  rn_model_free(m);
  rn_sequences_free(&held);
  rn_sequences_free(&words);
}

/* ---- threads, memory ---- */

typedef struct reader {
  const rn_model *model;
  const rn_sequences *words;
  int32_t labels[64];
  rn_status status;
} reader;

static void *read_model(void *arg) {
  reader *r = arg;
  rn_context *own = NULL;
  rn_tagger *t = NULL;
  r->status = rn_context_new(&(rn_context_options){.n_threads = 1}, &own, NULL, 0);
  if (r->status == RN_OK) r->status = rn_tagger_open(own, r->model, &t);
  for (int i = 0; i < 20 && r->status == RN_OK; i++) r->status = rn_tagger_run(t, r->words, r->labels, NULL);
  rn_tagger_free(t);
  rn_context_free(own);
  return NULL;
}

/* One model, a context and a session for each thread. */
static void test_many_threads(void **state) {
  enum { THREADS = 4 };
  rn_sequences words = read_words(iob1);
  rn_tagger_config config = tiny(RN_INPUT_WORDS, true, RN_TAGGER_SCHEME_AUTO);
  rn_model *m = make(&config, &words);
  reader readers[THREADS] = {0};
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) {
    readers[i].model = m;
    readers[i].words = &words;
    assert_int_equal(pthread_create(&threads[i], NULL, read_model, &readers[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    assert_int_equal(readers[i].status, RN_OK);
  }
  for (int i = 1; i < THREADS; i++) assert_memory_equal(readers[i].labels, readers[0].labels, sizeof readers[0].labels);
  rn_model_free(m);
  rn_sequences_free(&words);
}

static rn_status one_of_everything(const rn_sequences *s, rn_model **m, rn_tagger **t, rn_task **task, rn_graph **g) {
  rn_tagger_config config = tiny(s->input, true, RN_TAGGER_SCHEME_AUTO);
  rn_tagger_scores *scores = NULL;
  rn_score score;
  rn_step step;
  rn_status status = rn_tagger_new(ctx, &config, s, NULL, 1, m);
  if (status == RN_OK) status = rn_tagger_open(ctx, *m, t);
  if (status == RN_OK) status = rn_tagger_eval(*t, s, &scores);
  rn_tagger_scores_free(scores);
  rn_tagger_data data = {.train = s, .valid = s, .batch = 3, .reverse_complement = s->input == RN_INPUT_DNA, .seed = 1};
  if (status == RN_OK) status = rn_tagger_task_new(ctx, *m, &data, task);
  if (status == RN_OK && !(*g = rn_graph_new(ctx))) status = RN_ERROR_MEMORY;
  if (status != RN_OK) return status;
  rn_graph_begin(*g, RN_TRAIN, 1, 0);
  (*task)->step((*task)->self, *g, 0, 0, &step);
  status = rn_graph_backward(*g, step.loss);
  return status == RN_OK ? (*task)->validate((*task)->self, *g, &score) : status;
}

static void test_memory_faults(void **state) {
  static const rn_string labels[] = {{"C", 1}, {".", 1}, {"c", 1}};
  float bases[12];
  rn_sequences words = read_words(iob1);
  assert_int_equal(rn_dna_rows("ACG", 3, bases), -1);
  const rn_sequences dna = {
      .input = RN_INPUT_DNA, .per_row = true, .seqs = {2, (const int64_t[]){0, 2, 3}}, .n_vars = 4, .values = bases, .labels = labels};
  const rn_sequences *const data[] = {&words, &dna};
  for (int d = 0; d < 2; d++)
    for (uint64_t n = 1;; n++) {
      rn_model *m = NULL;
      rn_tagger *t = NULL;
      rn_task *task = NULL;
      rn_graph *g = NULL;
      rn_context_clear(ctx);
      rn_alloc_fail_after(n);
      rn_status status = one_of_everything(data[d], &m, &t, &task, &g);
      rn_alloc_fail_after(0);
      rn_graph_free(g);
      rn_tagger_task_free(task);
      rn_tagger_free(t);
      rn_model_free(m);
      if (status == RN_OK) break;
      if (status != RN_ERROR_MEMORY) fail_msg("allocation %d: %s: %s", (int)n, rn_status_name(status), rn_context_error(ctx));
    }
  rn_context_clear(ctx);
  rn_sequences_free(&words);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_learns),
      cmocka_unit_test(test_labels),
      cmocka_unit_test(test_labels_and_back),
      cmocka_unit_test(test_forgets),
      cmocka_unit_test(test_answers),
      cmocka_unit_test(test_file),
      cmocka_unit_test(test_vectors),
      cmocka_unit_test(test_bits),
      cmocka_unit_test(test_steps_allocate_nothing),
      cmocka_unit_test(test_new_labels),
      cmocka_unit_test(test_bad_numbers),
      cmocka_unit_test(test_long_sequence),
      cmocka_unit_test(test_other_strand),
      cmocka_unit_test(test_conll),
      cmocka_unit_test(test_many_threads),
      cmocka_unit_test(test_memory_faults),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
