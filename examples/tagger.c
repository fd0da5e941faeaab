/* tagger [TRAIN.conll [SENTENCE]]: names in sentences: trains a tagger on columns of words and labels, and tags a sentence with it.
 *
 *     x_t = [word, letters, casing of w_t]      h = BiLSTM(x)      p(labels | words) = CRF(W h + b)
 * Without a file it writes a small one of its own.      cc tagger.c $(pkg-config --cflags --libs rondo) && ./a.out eng.train */
#include <rondo/rondo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sentences of two patterns, with other names in each: "Anna met Ben in Rome ." */
static int write_data(char *path) {
  static const char *const people[] = {"Anna", "Ben", "Clara", "David", "Emma"}, *const places[] = {"Rome", "Paris", "Oslo", "New York"};
  int file = mkstemp(path);
  FILE *out = file >= 0 ? fdopen(file, "w") : NULL;
  if (!out) return -1;
  for (int i = 0; i < 60; i++) {
    const char *who = people[i % 5], *whom = people[(i + 1 + i / 5 % 4) % 5], *where = places[i % 4], *rest = strchr(where, ' ');
    if (i % 2) fprintf(out, "%s B-PER\nmet O\n%s B-PER\nin O\n", who, whom);
    else fprintf(out, "The O\ntrain O\ntakes O\n%s B-PER\nto O\n", who);
    fprintf(out, "%.*s B-LOC\n", rest ? (int)(rest - where) : 8, where);
    if (rest) fprintf(out, "%s I-LOC\n", rest + 1);
    fputs(". O\n\n", out);
  }
  return fclose(out);
}

static void show(void *user, const rn_train_event *event) {
  if (event->kind == RN_EVENT_VALIDATED)
    printf("epoch %lld  %s %.3f  %.1f s\n", (long long)event->epoch, event->metric, 1 - event->loss, event->seconds);
}

/* Every tenth sentence is held out: a model is judged by what it has not seen. */
static rn_status split(rn_context *ctx, const rn_sequences *all, rn_sequences *train, rn_sequences *valid) {
  int64_t n = all->seqs.n_seqs, n_train = 0, n_valid = 0;
  int64_t *pick = malloc((size_t)(2 * n) * sizeof *pick), *held = pick + n;
  if (!pick) return RN_ERROR_MEMORY;
  for (int64_t s = 0; s < n; s++) {
    if (s % 10 == 9) held[n_valid++] = s;
    else pick[n_train++] = s;
  }
  rn_status status = rn_sequences_pick(ctx, all, pick, n_train, train);
  if (status == RN_OK) status = rn_sequences_pick(ctx, all, held, n_valid, valid);
  free(pick);
  return status;
}

static rn_status train(rn_context *ctx, const rn_sequences *all, bool small, rn_model **model) {
  rn_sequences data = {0}, valid = {0};
  rn_task *task = NULL;
  rn_tagger_config config = rn_tagger_config_default(RN_INPUT_WORDS);
  if (small) config.stack.n_hidden = config.input.embed = 32, config.dropout_input = config.dropout_output = 0;
  rn_train_options options = rn_train_options_default(); /* Adam, at 0.001 */
  options.optimizer.lr = small ? 0.01f : 0;
  options.optimizer.clip_norm = 5;
  rn_status status = split(ctx, all, &data, &valid);
  rn_tagger_data read = {.train = &data, .valid = &valid, .batch = small ? 8 : 32, .seed = 42};
  if (status == RN_OK) status = rn_tagger_new(ctx, &config, &data, NULL, 42, model);
  if (status == RN_OK) status = rn_tagger_task_new(ctx, *model, &read, &task);
  if (status == RN_OK) status = rn_train(ctx, task, &options, show, NULL, NULL); /* the best epoch is what remains */
  rn_tagger_task_free(task);
  rn_sequences_free(&valid);
  rn_sequences_free(&data);
  return status;
}

/* Words, their labels, and how sure the tagger is of each. */
static rn_status tag(rn_context *ctx, const rn_model *model, const char *sentence) {
  rn_tagger *tagger = NULL;
  rn_string words[256];
  int32_t labels[256];
  int64_t n = rn_words_split(RN_SPLIT_WORDS, sentence, strlen(sentence), words, 256), n_labels = rn_tagger_n_labels(model);
  if (n > 256) n = 256;
  float *p = malloc((size_t)(n * n_labels + 1) * sizeof *p);
  rn_status status = p ? rn_tagger_open(ctx, model, &tagger) : RN_ERROR_MEMORY;
  if (status == RN_OK) status = rn_tagger_words(tagger, words, n, labels, p);
  for (int64_t t = 0; t < n && status == RN_OK; t++)
    printf("%-16.*s %-8s %.2f\n", (int)words[t].size, words[t].data, rn_tagger_label(model, labels[t]), p[t * n_labels + labels[t]]);
  rn_tagger_free(tagger);
  free(p);
  return status;
}

int main(int argc, char **argv) {
  char own[] = "/tmp/tagger-XXXXXX";
  rn_context *ctx = NULL;
  rn_sequences data = {0};
  rn_model *model = NULL;
  rn_sequences_options columns = rn_sequences_options_default(RN_INPUT_WORDS, true);
  if (rn_context_new(NULL, &ctx, NULL, 0) != RN_OK) return 1;
  if (argc < 2 && write_data(own) != 0) return perror(own), 1;
  if (rn_sequences_open(ctx, argc < 2 ? own : argv[1], &columns, &data) == RN_OK && train(ctx, &data, argc < 2, &model) == RN_OK)
    tag(ctx, model, argc > 2 ? argv[2] : "Clara met David in New York.");
  if (argc < 2) remove(own);
  int status = rn_context_status(ctx);
  if (status != RN_OK) fprintf(stderr, "error: %s\n", rn_context_error(ctx));
  rn_model_free(model), rn_sequences_free(&data), rn_context_free(ctx);
  return status;
}
