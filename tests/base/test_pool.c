/* test_pool.c: teams, barriers, tasks: each once, in step, across forks, on a crowded machine. */
#define _GNU_SOURCE /* sched_setaffinity */
#include "base/pool.h"
#include "base/check.h"

#include <float.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORKERS 8

typedef struct team {
  rn_pool *pool;
  int rounds;
  _Atomic int calls;
  long turn[MAX_WORKERS]; /* plain: only the barrier orders them */
  bool out_of_step;
} team;

/* Between two barriers everybody writes its own turn; after the first everybody reads all of them. */
static void in_step(void *arg, int worker, int n_workers) {
  team *t = arg;
  atomic_fetch_add(&t->calls, 1);
  for (int round = 1; round <= t->rounds; round++) {
    t->turn[worker] = round;
    rn_pool_barrier(t->pool);
    for (int i = 0; i < n_workers; i++)
      if (t->turn[i] != round) t->out_of_step = true;
    rn_pool_barrier(t->pool);
  }
}

static void meet(int n_threads, int rounds) {
  team t = {.pool = rn_pool_new(n_threads), .rounds = rounds};
  rn_pool_keep_whole(t.pool);
  assert_int_equal(rn_pool_size(t.pool), n_threads);
  for (int i = 0; i < 20; i++) rn_pool_team(t.pool, in_step, &t);
  assert_int_equal(t.calls, 20 * n_threads);
  assert_false(t.out_of_step);
  rn_pool_free(t.pool);
}

static void barriers_hold(void **state) {
  meet(1, 100);
  meet(2, 500);
}

static void more_threads_than_processors(void **state) { meet(MAX_WORKERS, 20); }

static void no_pool_is_one_worker(void **state) {
  team t = {.rounds = 3};
  rn_pool_team(NULL, in_step, &t);
  assert_int_equal(t.calls, 1);
  assert_int_equal(rn_pool_size(NULL), 1);
  rn_pool_free(NULL);
}

static void count_task(void *arg, int64_t task) { atomic_fetch_add((_Atomic int *)arg + task, 1); }

static void every_task_once(void **state) {
  enum { N = 5000 };
  static _Atomic int count[N];
  for (int n_threads = 1; n_threads <= 4; n_threads++) {
    rn_pool *pool = rn_pool_new(n_threads);
    for (int n = 0; n <= N; n = 7 * n + 1) {
      memset(count, 0, sizeof count);
      rn_pool_for(pool, n, count_task, count);
      for (int i = 0; i < N; i++) assert_int_equal(count[i], i < n);
    }
    rn_pool_free(pool);
  }
}

/* Sums by fixed parts: the same bits whatever the number of threads. */
typedef struct sum { double part[64]; } sum;
static void sum_part(void *arg, int64_t part) {
  double s = 0;
  for (int i = 0; i < 1000; i++) s += 1.0 / (double)(1 + i + 1000 * part);
  ((sum *)arg)->part[part] = s;
}

static void results_do_not_depend_on_threads(void **state) {
  sum one, many;
  rn_pool_for(NULL, 64, sum_part, &one);
  for (int n = 2; n <= 5; n++) {
    rn_pool *pool = rn_pool_new(n);
    rn_pool_for(pool, 64, sum_part, &many);
    assert_memory_equal(&one, &many, sizeof one);
    rn_pool_free(pool);
  }
}

static void idle_then_busy(void **state) {
  team t = {.pool = rn_pool_new(2), .rounds = 1};
  rn_pool_keep_whole(t.pool);
  for (int i = 0; i < 50; i++) {
    rn_pool_team(t.pool, in_step, &t);
    usleep(200); /* long past the spin: the workers sleep */
  }
  assert_int_equal(t.calls, 100);
  assert_false(t.out_of_step);
  rn_pool_free(t.pool);
}

static void children_have_their_own_threads(void **state) {
#if defined(__SANITIZE_THREAD__)
  skip(); /* the sanitizer does not allow threads in a child of a program that has them */
#endif
  team t = {.pool = rn_pool_new(3), .rounds = 10};
  rn_pool_keep_whole(t.pool);
  rn_pool_team(t.pool, in_step, &t);
  for (int i = 0; i < 3; i++) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
      alarm(20); /* a hang must not be the parent's */
      t.calls = 0;
      if (i) rn_pool_team(t.pool, in_step, &t); /* the first child only frees */
      bool good = t.calls == (i ? 3 : 0) && !t.out_of_step;
      rn_pool_free(t.pool);
      _exit(good ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    rn_pool_team(t.pool, in_step, &t);
  }
  assert_int_equal(t.calls, 12);
  rn_pool_free(t.pool);
}

/* Denormals are flushed in every body, and the caller has them back afterwards. */
static void denormal_body(void *arg, int worker, int n_workers) {
  volatile float least = FLT_MIN;
  ((float *)arg)[worker] = least * 0.5f;
}

static void denormals_are_flushed(void **state) {
#if defined(__x86_64__) || defined(__aarch64__)
  rn_pool *pool = rn_pool_new(2);
  rn_pool_keep_whole(pool);
  float got[2] = {1, 1};
  rn_pool_team(pool, denormal_body, got);
  assert_true(got[0] == 0 && got[1] == 0);
  got[0] = 1;
  rn_pool_team(NULL, denormal_body, got);
  assert_true(got[0] == 0);
  denormal_body(got, 0, 1);
  assert_true(got[0] > 0);
  rn_pool_free(pool);
#endif
}

/* With other programs on every processor the team may shrink, but the work is done, and in finite time. */
static void crowded(void **state) {
  pid_t hogs[3];
  for (int i = 0; i < 3; i++) {
    hogs[i] = fork();
    if (hogs[i] == 0) {
      alarm(20);
      for (;;) __asm__ volatile("");
    }
  }
  team t = {.pool = rn_pool_new(0), .rounds = 200};
  double start = rn_now();
  int regions = 0;
  while (rn_now() - start < 1) {
    rn_pool_team(t.pool, in_step, &t);
    regions++;
  }
  for (int i = 0; i < 3; i++) {
    kill(hogs[i], 9);
    waitpid(hogs[i], NULL, 0);
  }
  assert_true(regions > 0 && t.calls >= regions && t.calls <= regions * rn_pool_size(t.pool));
  assert_false(t.out_of_step);
  rn_pool_free(t.pool);
}

static void affinity_is_respected(void **state) {
  cpu_set_t before, one;
  assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  for (int i = 0; i < CPU_SETSIZE; i++)
    if (CPU_ISSET(i, &before) && !CPU_COUNT(&one)) CPU_SET(i, &one);
  assert_true(rn_pool_processors() >= 1 && rn_pool_processors() <= CPU_COUNT(&before));
  assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
  assert_int_equal(rn_pool_processors(), 1);
  rn_pool *pool = rn_pool_new(0);
  assert_int_equal(rn_pool_size(pool), 1);
  rn_pool_free(pool);
  meet(2, 20); /* two threads on one processor */
  assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

static void no_memory(void **state) {
  rn_alloc_fail_after(1);
  assert_null(rn_pool_new(2));
  rn_alloc_fail_after(0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(barriers_hold),
      cmocka_unit_test(more_threads_than_processors),
      cmocka_unit_test(no_pool_is_one_worker),
      cmocka_unit_test(every_task_once),
      cmocka_unit_test(results_do_not_depend_on_threads),
      cmocka_unit_test(idle_then_busy),
      cmocka_unit_test(children_have_their_own_threads),
      cmocka_unit_test(denormals_are_flushed),
      cmocka_unit_test(crowded),
      cmocka_unit_test(affinity_is_respected),
      cmocka_unit_test(no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
