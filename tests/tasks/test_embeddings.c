/* test_embeddings.c: word vectors of a text whose structure is known; the same bits for any number of threads, after a stop, and from
 * files; bad options; what may fail. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/random.h"
#include <math.h>
#include <rondo/embeddings.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { TOPICS = 4, PER_TOPIC = 8, LINES = 1500 };
static char path[64], folder[64];

/* Each line is about one of four things, in eight words of its own and some that all share. */
static void write_topics(void) {
  char *text = malloc(LINES * 90), *at = text;
  rn_random r = rn_random_init(7, 7);
  for (int i = 0; i < LINES; i++) {
    int topic = (int)rn_random_below(&r, TOPICS);
    for (int k = 0; k < 9; k++) {
      bool shared = k % 3 == 2;
      at += shared ? sprintf(at, "of%d ", (int)rn_random_below(&r, 6))
                   : sprintf(at, "%c%cword%d ", 'a' + topic, 'p' + topic, (int)rn_random_below(&r, PER_TOPIC));
    }
    at[-1] = '\n';
  }
  assert_int_equal(rn_file_write(path, text, (size_t)(at - text), NULL), RN_OK);
  free(text);
}

static rn_context *context(int n_threads) {
  rn_context *ctx;
  rn_context_options o = rn_context_options_default();
  o.n_threads = n_threads;
  assert_int_equal(rn_context_new(&o, &ctx, NULL, 0), RN_OK);
  return ctx;
}

static const struct {
  const char *name;
  rn_embeddings_kind kind;
  bool hierarchical;
  int subword;
} systems[] = {{"skip-gram", RN_SKIPGRAM, false, 0}, {"cbow", RN_CBOW, false, 0},     {"skip-gram, tree", RN_SKIPGRAM, true, 0},
               {"cbow, tree", RN_CBOW, true, 0},     {"subwords", RN_SKIPGRAM, false, 3}, {"cbow, subwords", RN_CBOW, false, 3},
               {"glove", RN_GLOVE, false, 0}};
enum { N_SYSTEMS = sizeof systems / sizeof *systems };

static rn_embeddings_options options_of(int system) {
  rn_embeddings_options o = rn_embeddings_options_default(systems[system].kind);
  o.hierarchical = systems[system].hierarchical;
  o.min_subword = systems[system].subword, o.max_subword = systems[system].subword ? 5 : 0;
  o.buckets = 500;
  o.dim = 100; /* two parts */
  o.sample = 0;
  o.epochs = 8;
  o.temporary = "/tmp";
  return o;
}

static rn_model *learn(rn_context *ctx, const rn_embeddings_options *o, const rn_train_options *run) {
  rn_embeddings_text *text;
  rn_model *model = NULL;
  assert_int_equal(rn_embeddings_text_open(ctx, path, o, &text), RN_OK);
  rn_status status = rn_embeddings_train(ctx, text, o, run, NULL, NULL, &model, NULL);
  if (status != RN_OK) fail_msg("%s", rn_context_error(ctx));
  rn_embeddings_text_free(text);
  return model;
}

static bool same_values(const rn_model *a, const rn_model *b) {
  rn_params *x = rn_model_params(a), *y = rn_model_params(b);
  if (rn_params_count(x) != rn_params_count(y)) return false;
  for (int64_t i = 0; i < rn_params_count(x); i++) {
    const rn_tensor *s = &rn_params_at(x, i)->tensor, *t = &rn_params_at(y, i)->tensor;
    if (memcmp(s->data, t->data, (size_t)rn_tensor_size(s) * sizeof(float)) != 0) return false;
  }
  return true;
}

/* The share of topic words whose nearest other topic word is of their topic. */
static double recovered(const rn_model *m) {
  const rn_vocab *vocab = rn_model_vocab(m);
  const rn_tensor *t = &rn_params_find(rn_model_params(m), "embedding.weight")->tensor;
  int64_t n = t->shape[0], dim = t->shape[1], right = 0, all = 0;
  for (int32_t a = 0; a < n; a++) {
    const char *name = rn_vocab_symbol(vocab, a, NULL);
    if (name[0] == 'o') continue;
    double best = -2;
    char found = 0;
    for (int32_t b = 0; b < n; b++) {
      if (b == a || rn_vocab_symbol(vocab, b, NULL)[0] == 'o') continue;
      double xy = 0, xx = 1e-30, yy = 1e-30;
      for (int64_t k = 0; k < dim; k++) {
        double x = t->data[a * dim + k], y = t->data[b * dim + k];
        xy += x * y, xx += x * x, yy += y * y;
      }
      if (xy / sqrt(xx * yy) > best) best = xy / sqrt(xx * yy), found = rn_vocab_symbol(vocab, b, NULL)[0];
    }
    right += found == name[0];
    all++;
  }
  assert_int_equal(all, TOPICS * PER_TOPIC);
  return (double)right / (double)all;
}

static void recovers_topics(void **state) {
  for (int s = 0; s < N_SYSTEMS; s++) {
    rn_context *ctx = context(2);
    rn_embeddings_options o = options_of(s);
    rn_model *m = learn(ctx, &o, NULL);
    double share = recovered(m);
    if (share < 0.95) fail_msg("%s: %.2f of the words are nearest to one of their topic", systems[s].name, share);
    rn_model_free(m);
    rn_context_free(ctx);
  }
}

static void threads_change_no_bit(void **state) {
  for (int s = 0; s < N_SYSTEMS; s++) {
    rn_model *first = NULL;
    for (int n = 1; n <= 3; n++) {
      rn_context *ctx = context(n);
      rn_embeddings_options o = options_of(s);
      o.epochs = 1;
      o.memory = n == 3 ? 0 : 1 << 26; /* all of it by way of files */
      rn_model *m = learn(ctx, &o, NULL);
      if (!first) first = m;
      else if (!same_values(first, m)) fail_msg("%s: other bits with %d threads", systems[s].name, n);
      if (m != first) rn_model_free(m);
      rn_context_free(ctx);
    }
    rn_embeddings_options o = options_of(s);
    o.epochs = 1;
    o.seed = 43;
    rn_context *ctx = context(1);
    rn_model *other = learn(ctx, &o, NULL);
    assert_false(same_values(first, other));
    rn_model_free(other);
    rn_context_free(ctx);
    rn_model_free(first);
  }
}

/* ---- stopping and going on ---- */

static void stop_at(void *user, const rn_train_event *e) {
  if (e->kind == RN_EVENT_STEP && e->step >= 100) rn_context_stop(user);
}

static void resumes_to_the_same_bits(void **state) {
  for (int s = 0; s < 6; s += 4) {
    rn_embeddings_options o = options_of(s);
    o.epochs = 3;
    rn_context *ctx = context(1);
    rn_model *whole = learn(ctx, &o, NULL), *resumed;
    rn_embeddings_text *text;
    rn_train_options run = {.folder = folder, .force = true};
    rn_train_result result;
    assert_int_equal(rn_embeddings_text_open(ctx, path, &o, &text), RN_OK);
    assert_int_equal(rn_embeddings_train(ctx, text, &o, &run, stop_at, ctx, NULL, &result), RN_ERROR_STOPPED);
    assert_true(result.steps >= 100 && result.steps < 3 * 70);
    assert_non_null(strstr(rn_context_error(ctx), folder));
    rn_embeddings_text_free(text);
    rn_context_free(ctx);

    ctx = context(2);
    run = (rn_train_options){.folder = folder, .resume = true};
    resumed = learn(ctx, &o, &run);
    assert_true(same_values(whole, resumed));
    rn_model_free(resumed);
    assert_int_equal(rn_model_open(ctx, folder, &resumed), RN_OK);
    assert_true(same_values(whole, resumed));
    assert_string_equal(rn_model_kind(resumed), "embeddings");
    rn_model_free(resumed);
    rn_model_free(whole);

    o.window = 4; /* with other options it is another run */
    assert_int_equal(rn_embeddings_text_open(ctx, path, &o, &text), RN_OK);
    assert_int_equal(rn_embeddings_train(ctx, text, &o, &run, NULL, NULL, NULL, NULL), RN_ERROR_ARGUMENT);
    assert_non_null(strstr(rn_context_error(ctx), "window"));
    rn_embeddings_text_free(text);
    rn_context_free(ctx);
  }
}

/* ---- what goes wrong ---- */

static void refuses_nonsense(void **state) {
  for (int k = 0; k < 12; k++) {
    rn_embeddings_options o = options_of(0);
    switch (k) {
    case 0: o.dim = 0; break;
    case 1: o.dim = 8193; break;
    case 2: o.window = 257; break;
    case 3: o.negatives = 0; break;
    case 4: o.sample = 1; break;
    case 5: o.lr = NAN; break;
    case 6: o.min_subword = 4, o.max_subword = 3; break;
    case 7: o.min_subword = 0, o.max_subword = 3; break;
    case 8: o.kind = RN_GLOVE, o.hierarchical = true; break;
    case 9: o.epochs = 0; break;
    case 10: o.min_count = 0; break;
    case 11: o.max_subword = 3, o.min_subword = 3, o.buckets = 0; break;
    }
    rn_context *ctx = context(1);
    rn_embeddings_text *text;
    assert_int_equal(rn_embeddings_text_open(ctx, path, &o, &text), RN_ERROR_ARGUMENT);
    assert_null(text);
    rn_context_free(ctx);
  }
}

static void memory_may_fail(void **state) {
  for (int s = 4; s < N_SYSTEMS; s += 2)
    for (uint64_t n = 1;; n += 1 + n / 16) {
      rn_context *ctx = context(1);
      rn_embeddings_options o = options_of(s);
      rn_embeddings_text *text;
      rn_model *model = NULL;
      rn_train_options run = {.folder = folder, .force = true};
      o.epochs = 1;
      o.dim = 3;
      rn_alloc_fail_after(n);
      rn_status status = rn_embeddings_text_open(ctx, path, &o, &text);
      if (status == RN_OK) status = rn_embeddings_train(ctx, text, &o, &run, NULL, NULL, &model, NULL);
      rn_alloc_fail_after(0);
      if (status != RN_OK) {
        assert_int_equal(status, RN_ERROR_MEMORY);
        assert_null(model);
      }
      rn_model_free(model);
      rn_embeddings_text_free(text);
      rn_context_free(ctx);
      if (status == RN_OK) break;
    }
}

static void disks_may_be_full(void **state) {
  rn_context *ctx = context(1);
  rn_embeddings_options o = options_of(0);
  rn_embeddings_text *text;
  rn_train_options run = {.folder = folder, .force = true};
  o.epochs = 1;
  assert_int_equal(rn_embeddings_text_open(ctx, path, &o, &text), RN_OK);
  rn_file_fail_after(5000, 28); /* ENOSPC, in the model */
  rn_status status = rn_embeddings_train(ctx, text, &o, &run, NULL, NULL, NULL, NULL);
  rn_file_fail_after(0, 0);
  assert_int_equal(status, RN_ERROR_IO);
  rn_embeddings_text_free(text);
  rn_context_free(ctx);
}

int main(void) {
  snprintf(path, sizeof path, "/tmp/rn_test_embeddings_%d.txt", (int)getpid());
  snprintf(folder, sizeof folder, "/tmp/rn_test_embeddings_%d", (int)getpid());
  write_topics();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(recovers_topics),  cmocka_unit_test(threads_change_no_bit), cmocka_unit_test(resumes_to_the_same_bits),
      cmocka_unit_test(refuses_nonsense), cmocka_unit_test(memory_may_fail),
      cmocka_unit_test(disks_may_be_full)};
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  unlink(path);
  rn_folder_remove(folder, NULL);
  return failed;
}
