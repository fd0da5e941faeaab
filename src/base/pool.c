/* pool.c: a team of threads that meets in a few hundred nanoseconds and costs nothing while it waits.
 *
 * Everybody who waits, waits for a number to change (a gate): it spins for SPIN seconds, then sleeps on a futex. The spin makes
 * meeting cheap where every thread has a core. The sleep makes it cheap where one has not: a thread that spins while its partner is
 * not running keeps the kernel from moving the partner to its own core, and both lose whole time slices.
 *
 * A region: the caller publishes the body, opens each worker's `start` gate, runs the body as worker 0 and waits at the `done` gate,
 * which the last worker opens. A barrier is the same idea: the last to arrive opens the `barrier` gate.
 *
 * A team that meets every few microseconds is as fast as its slowest member, so one that shares its processor with another program costs
 * more than it brings. The pool watches for how long its threads were ready to run and did not, and leaves one out when that is much;
 * after a while it tries again with one more. Results cannot depend on it: they may not depend on the number of workers. */
#define _GNU_SOURCE /* gettid */
#include "base/pool.h"
#include "base/alloc.h"
#include "base/file.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define SPIN 40e-6 /* seconds: a few times a barrier, far below a time slice */
#define LINE 64    /* bytes of a cache line */

/* Watching for others on our processors (seconds): */
#define WATCH 20e-3    /* inside regions, between two looks */
#define CROWDED 0.6    /* of a team of n, a thread that waited for its processor for CROWDED / n of it is better left out */
#define HOLD_MIN 40e-3 /* left out for so long; twice as long, up to HOLD_MAX, each time the next try shows it was right */
#define HOLD_MAX 0.8

/* ---- gates ---- */

typedef struct gate {
  _Alignas(LINE) _Atomic uint32_t number; /* changes when the gate opens; the futex word */
  _Atomic uint32_t sleepers;
} gate;

static void futex(_Atomic uint32_t *word, int operation, uint32_t value) {
  syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Lets everybody through who waits for the number to change. The store and the load are sequentially consistent, as are the
 * sleeper's: either it sees the new number, or it is seen. */
static void gate_open(gate *g) {
  atomic_fetch_add(&g->number, 1);
  if (atomic_load(&g->sleepers)) futex(&g->number, FUTEX_WAKE, INT32_MAX);
}

static inline uint32_t gate_number(gate *g) { return atomic_load_explicit(&g->number, memory_order_acquire); }

/* Returns when the number is no longer `closed`. */
static void gate_wait(gate *g, uint32_t closed, bool spin) {
  if (spin) {
    double until = 0;
    do {
      for (int i = 0; i < 64; i++) {
        if (gate_number(g) != closed) return;
        pause_briefly();
      }
      double now = rn_now();
      if (until == 0) until = now + SPIN;
      else if (now > until) break;
    } while (true);
  }
  while (gate_number(g) == closed) {
    atomic_fetch_add(&g->sleepers, 1);
    if (atomic_load(&g->number) == closed) futex(&g->number, FUTEX_WAIT, closed);
    atomic_fetch_sub(&g->sleepers, 1);
  }
}

/* ---- denormals ---- */

/* Sets flush-to-zero and denormals-are-zero, and returns what was set before: a product that underflows must not cost a hundred times
 * one that does not. */
static inline uint64_t denormals_flush(void) {
#if defined(__x86_64__)
  unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  return before;
#elif defined(__aarch64__)
  uint64_t before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" ::"r"(before | (uint64_t)1 << 24));
  return before;
#else
  return 0;
#endif
}

static inline void denormals_restore(uint64_t before) {
#if defined(__x86_64__)
  _mm_setcsr((unsigned)before);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" ::"r"(before));
#endif
}

/* ---- the pool ---- */

typedef void (*team_fn)(void *arg, int worker, int n_workers);

typedef struct worker {
  gate start;
  rn_pool *pool;
  int number;
  uint32_t closed; /* what the start gate showed when the thread was made */
  pthread_t thread;
  _Atomic int id;      /* the kernel's; 0: not known yet */
  uint64_t waited;     /* nanoseconds, at the last look */
} worker;

struct rn_pool {
  gate done, barrier;
  _Alignas(LINE) _Atomic int running;  /* workers still in the region */
  _Alignas(LINE) _Atomic int arrived;  /* at the barrier */
  _Alignas(LINE) _Atomic int64_t next; /* task of rn_pool_for */
  _Alignas(LINE) team_fn body;         /* NULL: leave */
  void *arg;
  int n;          /* threads, the caller's included */
  int active;     /* those that take part */
  bool spin;      /* there is a processor for each */
  bool whole;     /* leave nobody out */
  bool started;
  unsigned forks; /* n_forks when the threads were started */
  double busy;    /* seconds in regions since the last look */
  double hold, again; /* how long the last one left out stays out; when to try with one more */
  worker workers[]; /* [0] is the caller */
};

/* How often this process is a child of the one that loaded the library: threads do not survive a fork, so a pool whose threads were
 * started before the last one has none. */
static _Atomic unsigned n_forks;
static void count_fork(void) { atomic_fetch_add(&n_forks, 1); }
static void watch_forks(void) { pthread_atfork(NULL, NULL, count_fork); }

rn_pool *rn_pool_new(int n_threads) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch_forks);
  int processors = rn_pool_processors();
  int n = n_threads > 0 ? n_threads : processors;
  size_t size = sizeof(rn_pool) + (size_t)n * sizeof(worker);
  rn_pool *pool = rn_alloc_aligned(size);
  if (!pool) return NULL;
  memset(pool, 0, size);
  pool->n = pool->active = n;
  pool->spin = n <= processors;
  return pool;
}

void rn_pool_keep_whole(rn_pool *pool) {
  if (!pool) return;
  pool->whole = true;
  pool->active = pool->n;
}

int rn_pool_size(const rn_pool *pool) { return pool ? pool->n : 1; }

static void *worker_main(void *arg) {
  worker *self = arg;
  rn_pool *pool = self->pool;
  denormals_flush();
  atomic_store(&self->id, gettid());
  for (uint32_t closed = self->closed;; closed++) {
    gate_wait(&self->start, closed, pool->spin);
    if (!pool->body) return NULL;
    pool->body(pool->arg, self->number, pool->active);
    if (atomic_fetch_sub(&pool->running, 1) == 1) gate_open(&pool->done);
  }
}

/* Starts the threads, with every signal blocked: signals are the program's, and go to its own threads. If not all can be had, the
 * pool is smaller from now on. */
static void threads_start(rn_pool *pool) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  atomic_store(&pool->done.sleepers, 0);
  atomic_store(&pool->barrier.sleepers, 0);
  int n = 1;
  for (; n < pool->n; n++) {
    worker *w = &pool->workers[n];
    atomic_store(&w->start.sleepers, 0);
    atomic_store(&w->id, 0);
    w->pool = pool;
    w->number = n;
    w->closed = gate_number(&w->start);
    w->waited = 0;
    if (pthread_create(&w->thread, NULL, worker_main, w) != 0) break;
  }
  pool->n = pool->active = n;
  pool->started = true;
  pool->forks = atomic_load(&n_forks);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static bool threads_alive(const rn_pool *pool) {
  return pool->started && pool->forks == atomic_load_explicit(&n_forks, memory_order_relaxed);
}

void rn_pool_free(rn_pool *pool) {
  if (!pool) return;
  if (threads_alive(pool)) {
    pool->body = NULL;
    for (int i = 1; i < pool->n; i++) gate_open(&pool->workers[i].start);
    for (int i = 1; i < pool->n; i++) pthread_join(pool->workers[i].thread, NULL);
  }
  rn_free(pool);
}

/* ---- watching for others ---- */

/* Nanoseconds a thread of ours was ready to run and did not, since it was made; 0 when the system does not say. */
static uint64_t waited_for_processor(int id) {
  char path[64], text[96];
  snprintf(path, sizeof path, "/proc/self/task/%d/schedstat", id);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  text[n > 0 ? n : 0] = '\0';
  unsigned long long ran, waited; /* and the number of time slices */
  return sscanf(text, "%llu %llu", &ran, &waited) == 2 ? waited : 0;
}

/* The longest that one of the team waited for its processor since the last look, in seconds. */
static double longest_wait(rn_pool *pool) {
  double longest = 0;
  int caller = gettid();
  if (caller != atomic_load(&pool->workers[0].id)) { /* another thread's turn: its past is not ours */
    atomic_store(&pool->workers[0].id, caller);
    pool->workers[0].waited = UINT64_MAX;
  }
  for (int i = 0; i < pool->active; i++) {
    worker *w = &pool->workers[i];
    uint64_t now = waited_for_processor(atomic_load(&w->id));
    if (now > w->waited) longest = fmax(longest, 1e-9 * (double)(now - w->waited));
    w->waited = now;
  }
  return longest;
}

static void team_adapt(rn_pool *pool, double now) {
  bool crowded = pool->active > 1 && longest_wait(pool) > CROWDED / pool->active * pool->busy;
  pool->busy = 0;
  if (crowded) {
    pool->active--;
    pool->hold = fmin(fmax(2 * pool->hold, HOLD_MIN), HOLD_MAX);
    pool->again = now + pool->hold;
  } else if (pool->active < pool->n && now > pool->again) {
    worker *w = &pool->workers[pool->active++];
    w->waited = waited_for_processor(atomic_load(&w->id));
    pool->again = now + pool->hold;
  } else if (pool->active == pool->n && now > pool->again) pool->hold = 0; /* the last try went well */
}

/* ---- regions ---- */

static void team_run(rn_pool *pool, team_fn body, void *arg) {
  if (!threads_alive(pool)) threads_start(pool);
  double start = rn_now();
  if (pool->active == 1) body(arg, 0, 1);
  else {
    pool->body = body;
    pool->arg = arg;
    atomic_store_explicit(&pool->running, pool->active - 1, memory_order_relaxed);
    uint32_t closed = gate_number(&pool->done);
    for (int i = 1; i < pool->active; i++) gate_open(&pool->workers[i].start);
    body(arg, 0, pool->active);
    gate_wait(&pool->done, closed, pool->spin);
  }
  if (pool->whole || !pool->spin) return;
  double now = rn_now();
  pool->busy += now - start;
  if (pool->busy > WATCH) team_adapt(pool, now);
}

void rn_pool_team(rn_pool *pool, team_fn body, void *arg) {
  uint64_t denormals = denormals_flush();
  if (!pool || pool->n == 1) body(arg, 0, 1);
  else team_run(pool, body, arg);
  denormals_restore(denormals);
}

void rn_pool_barrier(rn_pool *pool) {
  if (!pool || pool->active == 1) return;
  uint32_t closed = gate_number(&pool->barrier);
  if (atomic_fetch_add(&pool->arrived, 1) + 1 < pool->active) {
    gate_wait(&pool->barrier, closed, pool->spin);
    return;
  }
  atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
  gate_open(&pool->barrier);
}

typedef struct tasks {
  rn_pool *pool;
  int64_t n;
  void (*body)(void *arg, int64_t task);
  void *arg;
} tasks;

static void tasks_claim(void *arg, int worker, int n_workers) {
  tasks *t = arg;
  for (int64_t i; (i = atomic_fetch_add_explicit(&t->pool->next, 1, memory_order_relaxed)) < t->n;) t->body(t->arg, i);
}

void rn_pool_for(rn_pool *pool, int64_t n_tasks, void (*body)(void *arg, int64_t task), void *arg) {
  if (!pool || pool->n == 1 || n_tasks < 2) {
    uint64_t denormals = denormals_flush();
    for (int64_t i = 0; i < n_tasks; i++) body(arg, i);
    denormals_restore(denormals);
    return;
  }
  tasks t = {pool, n_tasks, body, arg};
  atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
  rn_pool_team(pool, tasks_claim, &t);
}
