/* pool.h: one pool of threads. Workers spin briefly, then sleep, so that a shared machine costs no more than its share.
 *
 * Results must not depend on the number of workers: partition the *work* by its own shape (rows, panels, units), never by the
 * number of workers, unless each output element is computed whole by whoever gets it.
 * Denormals are flushed (FTZ, DAZ) in every worker and, while a body runs, in the caller. Safe across fork: a child's pool makes
 * its threads anew at first use. */
#ifndef RN_BASE_POOL_H
#define RN_BASE_POOL_H

#include <stdint.h>

typedef struct rn_pool rn_pool;

/* n_threads = 0: every processor this process may use (affinity, cgroup quota). NULL when out of memory. Threads start lazily. */
rn_pool *rn_pool_new(int n_threads);
void rn_pool_free(rn_pool *pool);
int rn_pool_size(const rn_pool *pool); /* 1 for NULL */
int rn_pool_processors(void);          /* what 0 means */

/* Runs body(arg, worker, n_workers) on n_workers workers at once, the caller being worker 0, and returns when all have. The bodies may
 * meet at rn_pool_barrier. n_workers is rn_pool_size, or less while other programs use the processors: a body goes by n_workers alone.
 * pool NULL: one worker, the caller. Not reentrant. */
void rn_pool_team(rn_pool *pool, void (*body)(void *arg, int worker, int n_workers), void *arg);
void rn_pool_barrier(rn_pool *pool);

/* From now on every worker takes part, however crowded the machine is: for tests and measurements. */
void rn_pool_keep_whole(rn_pool *pool);

/* Runs body(arg, task) for task = 0 .. n_tasks - 1, each once, on whichever worker is free. Not reentrant. */
void rn_pool_for(rn_pool *pool, int64_t n_tasks, void (*body)(void *arg, int64_t task), void *arg);

#endif
