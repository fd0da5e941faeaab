/* cmd_train_adding.c: rondo train adding: the adding problem, which shows how far back a network can learn. */
#include "terminal.h"
#include "train_setup.h"

#include <stdlib.h>
#include <string.h>

#define GUESSING 0.1767 /* the mean squared error of always answering 1, as Le et al. 2015 measure it; 1/6 in expectation */
#define SOLVED 0.01

static rn_adding_options adding_options(cli *c) {
  const cli_options *o = &c->options;
  rn_stack_options stack = train_stack(c);
  rn_adding_options a = rn_adding_options_default(stack.cell);
  a.stack = stack;
  a.length = opt_int(o, "length");
  a.batch = opt_int(o, "batch");
  a.seed = cli_seed(c);
  return a;
}

static void finish(cli *c, const char *folder, const rn_train_result *result) {
  char steps[32], took[32];
  if (c->json) {
    cli_put_json(json_pack("{s:s, s:o, s:I, s:I, s:s, s:o, s:o, s:b}", "event", "result", "run", cli_json_text(folder, strlen(folder)),
                           "steps", (json_int_t)result->steps, "best_step", (json_int_t)result->best_step, "why", result->why, "seconds",
                           cli_json_real(result->seconds), "mean_squared_error", cli_json_real(result->best), "solved",
                           result->best < SOLVED));
    return;
  }
  if (!c->quiet) fputc('\n', stderr);
  printf("%-11s %s\n", "run", folder);
  printf("%-11s %s in %s (%s)\n", "steps", text_count(steps, sizeof steps, result->steps), text_time(took, sizeof took, result->seconds),
         result->why);
  printf("%-11s mean squared error %.6f (guessing: %.4f): %s\n", "validation", result->best, GUESSING,
         result->best < SOLVED ? "solved" : "not solved");
  fflush(stdout);
  cli_say(c, "\nlook at %s/report.html: how the gradient fades on its way back", folder);
}

static int train(cli *c, const char *folder) {
  rn_adding_options options = adding_options(c);
  rn_task *task = NULL;
  if (rn_adding_task_new(c->ctx, &options, &task) != RN_OK) return cli_fail_context(c);
  char weights[32];
  cli_say(c, "model: %d x %lld %s, %s weights; sequences of %lld steps; seed %lld, %d threads, %s", options.stack.n_layers,
          (long long)options.stack.n_hidden, rn_cell_name(options.stack.cell),
          text_count(weights, sizeof weights, rn_params_elements(rn_model_params(task->model))), (long long)options.length,
          (long long)opt_int(&c->options, "seed"), rn_context_threads(c->ctx), rn_context_isa(c->ctx));
  char *data = cli_format("{\"task\":\"adding\",\"length\":%lld}", (long long)options.length);
  rn_train_result result = {0};
  int code = train_run(c, folder, task, data, false, &result);
  if (!code) finish(c, folder, &result);
  free(data);
  rn_adding_task_free(task);
  return code;
}

int cmd_train_adding(cli *c) {
  char *folder = train_folder(c, "adding");
  int code = train_adopt_run(c, folder) ? EXIT_DONE : EXIT_USAGE;
  if (!code && opt_bool(&c->options, "dump-config")) train_dump_config(c);
  else if (!code) code = train(c, folder);
  free(folder);
  return code;
}
