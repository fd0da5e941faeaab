/* A child trains and is killed with SIGKILL at a random moment, and again, until it comes to the end: the files it leaves are those of
 * a run that was never killed, bit for bit. RN_TEST_LONG=1: 200 kills. */
#include "train/tiny_task.h"
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { EPOCHS = 60 };

static rn_train_options options_of(const char *folder, bool resume) {
  rn_train_options o = tiny_options(folder);
  o.epochs = EPOCHS;
  o.validate_every = 10;
  o.save_every = 4;
  o.resume = resume;
  return o;
}

/* Trains in a child that is killed after `seconds`; true when it had come to the end by then. */
static bool train_and_kill(const char *folder, double seconds) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    rn_train_options o = options_of(folder, true);
    _exit(tiny_run(&o, 1, NULL) == RN_OK ? 0 : 1);
  }
  struct timespec pause = {.tv_sec = (time_t)seconds, .tv_nsec = (long)(1e9 * (seconds - floor(seconds)))};
  nanosleep(&pause, NULL);
  kill(child, SIGKILL);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  return WIFEXITED(status);
}

static void test_killed_runs_end_with_the_same_bits(void **state) {
  const char *is_long = getenv("RN_TEST_LONG");
  int wanted = is_long && *is_long == '1' ? 200 : 20, kills = 0;
  char *whole = folder_make();
  rn_train_options o = options_of(whole, false);
  double started = rn_now();
  assert_int_equal(tiny_run(&o, 1, NULL), RN_OK);
  double duration = rn_now() - started;
  rn_random r = rn_random_init((uint64_t)getpid(), 0);
  while (kills < wanted) {
    char *folder = folder_make();
    while (!train_and_kill(folder, duration * (0.02 + 0.4 * rn_random_uniform_double(&r)))) kills++;
    assert_true(same_file(path_in(whole, "model.safetensors"), path_in(folder, "model.safetensors")));
    char last[64];
    snprintf(last, sizeof last, "checkpoints/step-%010d/model.safetensors", EPOCHS * TINY_STEPS_PER_EPOCH);
    assert_true(same_file(path_in(whole, last), path_in(folder, last)));
    folder_drop(folder);
  }
  print_message("%d kills\n", kills);
  folder_drop(whole);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_killed_runs_end_with_the_same_bits)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
