/* bench_bag TRAIN VALID [NGRAMS [BUCKETS [EPOCHS [LR]]]]: a bag of words as fastText trains it: words cut at blanks and not folded, 50 wide,
 * plain SGD whose rate falls to 0, 32 texts a step. Prints words per second of processor time, of the whole training and with the
 * encoding, and the accuracy on VALID. THREADS: 1 unless it is set. */
#include <rondo/rondo.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int fail(const rn_context *ctx) { return fprintf(stderr, "error: %s\n", rn_context_error(ctx)), 1; }
static double cpu(void) { return (double)clock() / CLOCKS_PER_SEC; }

int main(int argc, char **argv) {
  if (argc < 3) return fprintf(stderr, "usage: bench_bag TRAIN VALID [NGRAMS [BUCKETS [EPOCHS [LR]]]]\n"), 2;
  const char *threads = getenv("THREADS");
  rn_context_options context = rn_context_options_default();
  rn_context *ctx;
  context.n_threads = threads ? atoi(threads) : 1;
  if (rn_context_new(&context, &ctx, NULL, 0) != RN_OK) return 1;

  rn_sequences_options read = rn_sequences_options_default(RN_INPUT_WORDS, false);
  rn_sequences train, valid;
  read.split = RN_SPLIT_SPACE;
  if (rn_sequences_open(ctx, argv[1], &read, &train) != RN_OK || rn_sequences_open(ctx, argv[2], &read, &valid) != RN_OK) return fail(ctx);

  rn_classifier_config config = rn_classifier_config_default(RN_CLASSIFIER_BAG, RN_INPUT_WORDS);
  config.input.split = RN_SPLIT_SPACE;
  config.input.fold = false;
  config.word_ngrams = argc > 3 ? atoi(argv[3]) : 1;
  if (argc > 4) config.buckets = atoi(argv[4]);
  rn_train_options options = rn_train_options_default();
  options.optimizer = rn_optimizer_options_default(RN_SGD);
  options.optimizer.lr = argc > 6 ? (float)atof(argv[6]) : 12;
  options.schedule = RN_SCHEDULE_LINEAR;
  options.epochs = argc > 5 ? atoi(argv[5]) : 10;
  options.log_every = 0;

  rn_model *model;
  rn_task *task;
  rn_classifier *classifier;
  rn_classifier_scores *scores;
  double words = (double)(options.epochs * train.seqs.offset[train.seqs.n_seqs]) * 1e-6;
  if (rn_classifier_new(ctx, &config, &train, NULL, 42, &model) != RN_OK) return fail(ctx);
  double start = cpu();
  if (rn_classifier_task_new(ctx, model, &(rn_classifier_data){&train, NULL, .batch = 32, .seed = 42}, &task) != RN_OK) return fail(ctx);
  double encoded = cpu();
  if (rn_train(ctx, task, &options, NULL, NULL, NULL) != RN_OK) return fail(ctx);
  double end = cpu();
  if (rn_classifier_open(ctx, model, &classifier) != RN_OK || rn_classifier_eval(classifier, &valid, &scores) != RN_OK) return fail(ctx);
  printf("%.2f M words/s, with the encoding %.2f; accuracy %.4f, mean absolute error %.3f\n", words / (end - encoded), words / (end - start),
         scores->accuracy, scores->ordinal.mean_absolute_error);

  rn_classifier_scores_free(scores);
  rn_classifier_free(classifier);
  rn_classifier_task_free(task);
  rn_model_free(model);
  rn_sequences_free(&valid);
  rn_sequences_free(&train);
  rn_context_free(ctx);
  return 0;
}
