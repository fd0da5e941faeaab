/* cmd_doctor.c: rondo doctor: the machine, the build, and a small training run that must come out right. */
#include "cli.h"
#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <yaml.h>

typedef struct doctor {
  cli *c;
  int n_failed;
} doctor;

static void tell(const doctor *d, const char *what, const char *verdict, const char *words) {
  if (d->c->json)
    cli_put_json(json_pack("{s:s, s:s, s:o}", "check", what, "verdict", verdict, "words", cli_json_text(words, strlen(words))));
  else printf("%-7s %-16s %s\n", verdict, what, words);
}

static void check(doctor *d, const char *what, bool good, const char *words) {
  if (!good) d->n_failed++;
  tell(d, what, good ? "ok" : "FAILED", words);
}

/* ---- the machine ---- */

/* The first line of a small file that begins with `key`, what follows its colon; "" when there is none. */
static void read_line(const char *path, const char *key, char *out, size_t size) {
  FILE *in = fopen(path, "r");
  char line[512];
  out[0] = '\0';
  while (in && fgets(line, sizeof line, in)) {
    if (strncmp(line, key, strlen(key)) != 0) continue;
    const char *value = *key && strchr(line, ':') ? strchr(line, ':') + 1 : line;
    while (*value == ' ' || *value == '\t') value++;
    snprintf(out, size, "%.*s", (int)strcspn(value, "\n"), value);
    break;
  }
  if (in) fclose(in);
}

static void machine(doctor *d) {
  char words[512], name[256], quota[64], limit[64], bytes[32];
  read_line("/proc/cpuinfo", "model name", name, sizeof name);
  snprintf(words, sizeof words, "%s, %ld processors online", *name ? name : "unknown", sysconf(_SC_NPROCESSORS_ONLN));
  tell(d, "processor", "ok", words);
  read_line("/sys/fs/cgroup/cpu.max", "", quota, sizeof quota);
  double microseconds, period;
  if (sscanf(quota, "%lf %lf", &microseconds, &period) == 2 && period > 0)
    snprintf(words, sizeof words, "%.2f processors", microseconds / period);
  else snprintf(words, sizeof words, "none");
  tell(d, "cgroup limit", "ok", words);

  double total = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE), available;
  read_line("/proc/meminfo", "MemAvailable", name, sizeof name);
  available = 1024 * strtod(name, NULL);
  read_line("/sys/fs/cgroup/memory.max", "", limit, sizeof limit);
  if (strtod(limit, NULL) > 0 && strtod(limit, NULL) < total) total = strtod(limit, NULL);
  int n = snprintf(words, sizeof words, "%s", text_bytes(bytes, sizeof bytes, total));
  snprintf(words + n, sizeof words - (size_t)n, ", %s available", text_bytes(bytes, sizeof bytes, available));
  check(d, "memory", available == 0 || available > 256e6, words);

  struct statvfs disk;
  if (statvfs(".", &disk) == 0) {
    double room = (double)disk.f_bavail * (double)disk.f_frsize;
    snprintf(words, sizeof words, "%s free here", text_bytes(bytes, sizeof bytes, room));
    check(d, "disk", room > 100e6, words);
  }
}

static void build(doctor *d) {
  char words[256];
  snprintf(words, sizeof words, "rondo %s, library %s, jansson %s, libyaml %s", RN_VERSION, rn_version(), jansson_version_str(),
           yaml_get_version_string());
  check(d, "versions", strcmp(RN_VERSION, rn_version()) == 0, words);
}

/* ---- the self-test ---- */

static const char rhyme[] = "the quick brown fox jumps over the lazy dog and the dog sleeps on ";

/* What came of a training run: its last loss, the sum of its weights' magnitudes, and a hash of their bits. */
typedef struct outcome {
  double loss, sum;
  uint64_t bits;
} outcome;

static void measure_weights(const rn_params *params, outcome *out) {
  for (int64_t i = 0; i < rn_params_count(params); i++) {
    const rn_tensor *t = &rn_params_at(params, i)->tensor;
    for (int64_t k = 0; k < rn_tensor_size(t); k++) {
      uint32_t word;
      memcpy(&word, t->data + k, sizeof word);
      out->bits = (out->bits ^ word) * 1099511628211u; /* FNV-1a, by words */
      out->sum += fabs(t->data[k]);
    }
  }
}

/* Trains a tiny LSTM on a text that repeats. */
static rn_status train_tiny(rn_context *ctx, outcome *out) {
  char text[2048] = "";
  for (size_t n = 0; n + sizeof rhyme <= sizeof text; n += sizeof rhyme - 1) strcat(text, rhyme);
  rn_vocab_options vo = rn_vocab_options_default(RN_LEVEL_CHAR);
  rn_vocab *vocab = NULL;
  rn_encoding encoding = {0};
  rn_model *model = NULL;
  rn_task *task = NULL;
  rn_lm_config config = rn_lm_config_default(RN_LEVEL_CHAR);
  config.stack.cell = RN_CELL_LSTM;
  config.stack.n_layers = 1;
  config.stack.n_hidden = 48;
  config.embed = 16;
  if (rn_vocab_build(ctx, text, strlen(text), &vo, &vocab) != RN_OK) return rn_context_status(ctx);
  if (rn_vocab_encode(ctx, vocab, text, strlen(text), &encoding) != RN_OK) rn_vocab_free(vocab);
  else if (rn_lm_new(ctx, &config, vocab, 42, &model) == RN_OK) {
    rn_lm_data data = {.train = encoding.ids, .n_train = encoding.n, .batches = {.batch = 8, .bptt = 32}};
    rn_train_options options = rn_train_options_default();
    options.optimizer = rn_optimizer_options_default(RN_ADAM);
    options.optimizer.lr = 0.01f;
    options.optimizer.clip_norm = 5;
    options.epochs = 20;
    options.log_every = 1;
    rn_train_result result = {0};
    if (rn_lm_task_new(ctx, model, &data, &task) == RN_OK && rn_train(ctx, task, &options, NULL, NULL, &result) == RN_OK) {
      out->loss = result.best;
      measure_weights(rn_model_params(model), out);
    }
  }
  rn_lm_task_free(task);
  rn_encoding_free(&encoding);
  rn_model_free(model);
  return rn_context_status(ctx);
}

static bool try_context(int threads, const char *isa, outcome *out, char *words, size_t size) {
  rn_context_options options = rn_context_options_default();
  options.n_threads = threads;
  options.isa = isa;
  rn_context *ctx;
  *out = (outcome){.loss = NAN};
  if (rn_context_new(&options, &ctx, words, size) != RN_OK) return false;
  bool good = train_tiny(ctx, out) == RN_OK;
  if (!good) snprintf(words, size, "%s", rn_context_error(ctx));
  rn_context_free(ctx);
  return good;
}

static void self_test(doctor *d) {
  int threads = (int)opt_int(&d->c->options, "threads");
  const char *isa = opt_choice(&d->c->options, "isa") ? opt_text(&d->c->options, "isa") : NULL;
  rn_context_options options = rn_context_options_default();
  options.n_threads = threads;
  options.isa = isa;
  rn_context *ctx;
  char words[512];
  if (rn_context_new(&options, &ctx, words, sizeof words) != RN_OK) {
    check(d, "kernels", false, words);
    return;
  }
  snprintf(words, sizeof words, "%s, %d threads", rn_context_isa(ctx), rn_context_threads(ctx));
  check(d, "kernels", true, words);
  rn_context_free(ctx);

  outcome all, other;
  bool good = try_context(threads, isa, &all, words, sizeof words);
  if (good) snprintf(words, sizeof words, "a small LSTM learns a rhyme: %.3f nats per character after 20 rounds", all.loss);
  check(d, "training", good && all.loss < 1, words);
  if (!good) return;
  good = try_context(1, isa, &other, words, sizeof words);
  if (good) snprintf(words, sizeof words, "one thread and all threads give %s weights", all.bits == other.bits ? "the same" : "DIFFERENT");
  check(d, "reproducible", good && all.bits == other.bits, words);
  good = try_context(1, "portable", &other, words, sizeof words);
  double apart = fabs(all.sum - other.sum) / all.sum;
  if (good) snprintf(words, sizeof words, "the portable kernels train to weights %.1e away", apart);
  check(d, "parity", good && apart < 0.01, words);
}

int cmd_doctor(cli *c) {
  doctor d = {.c = c};
  machine(&d);
  build(&d);
  self_test(&d);
  if (d.n_failed == 0) return EXIT_DONE;
  return cli_fail(EXIT_RUN, "%d of the checks failed", d.n_failed);
}
