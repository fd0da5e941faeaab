/* train.h: optimisers, schedules, and the one training loop. */
#ifndef RONDO_TRAIN_H
#define RONDO_TRAIN_H

#include <rondo/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- optimiser ---- */

typedef struct rn_optimizer_options {
  rn_optimizer_kind kind;
  float lr;           /* 0: the kind's default: SGD 1, MOMENTUM and NESTEROV 0.1, ADAGRAD 0.05, RMSPROP 0.001, ADAM and ADAMW 0.001 */
  float momentum;     /* 0.9 */
  float beta1, beta2; /* 0.9, 0.999 */
  float alpha;        /* RMSprop's decay, 0.99 */
  float eps;          /* 1e-8 (Adagrad 1e-10) */
  float weight_decay; /* 0 */
  float clip_norm;    /* global norm of all gradients; 0: no clipping */
  float clip_value;   /* each gradient clamped to +-this after the norm; 0: none */
  bool lazy;          /* rows of embedding tables are moved by the steps that read them alone, their moments and decay too (PyTorch's
                         SparseAdam): a step then costs what its batch holds, however large the vocabulary. false */
  float average;      /* exponential moving average of the parameters, decay per step, e.g. 0.999; 0: none. Evaluated and saved
                         instead of the raw parameters */
} rn_optimizer_options;
RN_API rn_optimizer_options rn_optimizer_options_default(rn_optimizer_kind kind);
/* "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw" */
RN_API bool rn_optimizer_parse(const char *name, rn_optimizer_kind *out);
RN_API const char *rn_optimizer_name(rn_optimizer_kind kind);

typedef struct rn_optimizer rn_optimizer; /* moments in one block each */
RN_API rn_status rn_optimizer_new(rn_context *ctx, rn_params *params, const rn_optimizer_options *options, rn_optimizer **out);
RN_API void rn_optimizer_free(rn_optimizer *optimizer);
/* Clips and updates every parameter that is not frozen, from its gradient. *norm: the gradient norm before clipping (may be NULL).
 * A norm that is not finite changes nothing and fails with RN_ERROR_DIVERGED, naming the first such parameter.
 * Sparse parameters are updated by touched rows when `lazy`, and where that gives the same result as updating all (SGD without weight
 * decay, Adagrad without); entirely otherwise. */
RN_API rn_status rn_optimizer_step(rn_optimizer *optimizer, float lr, double *norm);
/* Exchanges the parameters and their average (no-op without one). */
RN_API void rn_optimizer_swap_average(rn_optimizer *optimizer);

/* ---- schedule ---- */

typedef enum rn_schedule_kind {
  RN_SCHEDULE_CONSTANT,
  RN_SCHEDULE_LINEAR,   /* to 0 at the end */
  RN_SCHEDULE_COSINE,   /* to 0 at the end (Loshchilov & Hutter 2017) */
  RN_SCHEDULE_RSQRT,    /* lr sqrt(warmup / step) after the warm-up (Vaswani et al. 2017) */
  RN_SCHEDULE_STEP,     /* lr decay^(number of whole epochs after the decay_after-th) (Zaremba et al. 2014) */
  RN_SCHEDULE_PLATEAU   /* lr *= decay whenever validation has not improved (Mikolov 2010) */
} rn_schedule_kind;
typedef struct rn_schedule {
  rn_schedule_kind kind;
  float lr, decay;       /* decay 0.5 */
  int64_t decay_after;   /* epochs at the full rate */
  int64_t warmup;        /* steps of linear rise from 0, any kind */
  int64_t total_steps;   /* for LINEAR and COSINE */
  int64_t steps_per_epoch;
} rn_schedule;
/* The rate at a step (from 0); plateaus: how many times validation failed to improve so far. */
RN_API float rn_schedule_rate(const rn_schedule *schedule, int64_t step, int64_t plateaus);
RN_API bool rn_schedule_parse(const char *name, rn_schedule_kind *out); /* "constant", "linear", "cosine", "rsqrt", "step", "plateau" */
RN_API const char *rn_schedule_name(rn_schedule_kind kind);

/* ---- the loop ---- */

/* What a validation gives. The smaller value is better; of equal ones, that of the smaller loss. */
typedef struct rn_score {
  double value;        /* the metric that decides: nats per token for language models; see rn_task.metric */
  double nats;         /* mean loss */
  int64_t n;           /* tokens (or whatever is counted) */
} rn_score;

/* One step's outcome as a task reports it. */
typedef struct rn_step {
  rn_tensor *loss;     /* scalar whose gradient is taken: the mean over the batch's tokens (or what the recipe says) */
  double nats;         /* sum of -log p over the batch's tokens: for the report */
  int64_t n_tokens;
} rn_step;

/* A task, as the loop sees it: a table of functions over the task's own state. All may report into the context. */
typedef struct rn_task {
  const char *name;                                   /* "lm" */
  void *self;
  rn_model *model;
  int64_t steps_per_epoch;
  const char *unit;                                   /* "tok": for the progress line */
  /* What the value of a validation measures. NULL: the loss, in nats; else "F1", "accuracy", "mean absolute error". */
  const char *metric;
  bool metric_is_share;                               /* larger is better: the value is 1 - metric */
  /* The loss of training step `i` of `epoch` on pass g (begun by the loop). */
  void (*step)(void *self, rn_graph *g, int64_t epoch, int64_t i, rn_step *out);
  /* Called after the update: carry states over. May be NULL. */
  void (*after)(void *self, rn_graph *g);
  rn_status (*validate)(void *self, rn_graph *g, rn_score *out); /* NULL: no validation */
  /* Carried state that a checkpoint must hold besides parameters, as named blocks of floats. May be NULL. */
  int (*n_state)(void *self);
  void (*state)(void *self, int i, const char **name, float **data, int64_t *n);
  /* A sample to show and keep after each validation (text, UTF-8). NULL: none. Owned by the task. */
  const char *(*sample)(void *self, rn_graph *g);
  /* JSON object of what else decides the course of training (batch, bptt, loss, ...): a resumed run must have the same. May be NULL. */
  const char *config;
} rn_task;

typedef struct rn_train_options {
  rn_optimizer_options optimizer;
  rn_schedule_kind schedule;
  float decay;
  int64_t decay_after, warmup;
  int64_t epochs, max_steps;  /* whichever comes first; max_steps 0: no limit */
  double max_seconds;         /* 0: no limit */
  int64_t patience;           /* stop after this many validations without improvement; 0: never */
  int64_t validate_every;     /* steps; 0: every epoch */
  int64_t save_every;         /* steps between checkpoints; 0: at each validation */
  int64_t log_every;          /* steps between metrics records */
  int64_t trace_every;        /* steps between records of the gradient norm by time step and layer; 0: never */
  uint64_t seed;
  const char *folder;         /* the run folder; NULL: nothing is written */
  const char *config_yaml;    /* complete configuration, written to config.yaml; may be NULL */
  const char *command;        /* the command line, for the model card; may be NULL */
  const char *data_json;      /* JSON object describing the data (paths, hashes, counts), for the card and the model; may be NULL */
  bool resume, force;
} rn_train_options;
RN_API rn_train_options rn_train_options_default(void);

typedef enum rn_train_event_kind {
  RN_EVENT_START, RN_EVENT_RESUMED, RN_EVENT_STEP, RN_EVENT_VALIDATED, RN_EVENT_SAVED, RN_EVENT_SAMPLE, RN_EVENT_STOPPED, RN_EVENT_DONE
} rn_train_event_kind;
typedef struct rn_train_event {
  rn_train_event_kind kind;
  int64_t step, total_steps; /* updates done, and to do */
  int64_t epoch, epochs;     /* the epoch this step belongs to, from 1 */
  double loss;          /* nats per token: since the last record (STEP), of the validation (VALIDATED), best (DONE); NaN: none yet */
  double best;          /* best validation so far; NaN before the first */
  const char *metric;   /* what `best` and, of VALIDATED and DONE, `loss` measure: as in rn_task */
  bool metric_is_share; /* then they are 1 - metric */
  double lr, grad_norm, tokens_per_second, seconds, seconds_left;
  bool improved;
  bool record;          /* STEP comes after every step; true when this one was also recorded (every log_every steps) */
  const char *text;     /* SAMPLE: the sample; STOPPED, DONE: why ("already finished": a resumed run had nothing to
                           do); SAVED, RESUMED: the path, and what else is worth saying */
} rn_train_event;
/* Called in the training thread. */
typedef void (*rn_train_fn)(void *user, const rn_train_event *event);

typedef struct rn_train_result {
  double best;              /* best validation value (last training loss when there is no validation) */
  int64_t best_step, steps;
  double seconds;
  const char *why;          /* "epochs done", "patience", "time", "steps", "stopped": a constant */
} rn_train_result;

/* Trains. In the folder: model.safetensors (the best so far), config.yaml, metrics.jsonl, events.out.tfevents.*, README.md,
 * checkpoints/ (the last two). At the end the task's model holds the best parameters.
 * Errors: RN_ERROR_ARGUMENT (the folder is not empty and neither resume nor force), RN_ERROR_STOPPED (asked to stop; a checkpoint was
 * written), RN_ERROR_DIVERGED (words: the step, the parameter, the last good checkpoint, what to try), RN_ERROR_IO (disk full: the
 * previous checkpoint is whole). */
RN_API rn_status rn_train(rn_context *ctx, const rn_task *task, const rn_train_options *options, rn_train_fn observe, void *user,
                          rn_train_result *result);

#ifdef __cplusplus
}
#endif
#endif
