/* lm.h: language models: train, evaluate, score, rank, generate. */
#ifndef RONDO_LM_H
#define RONDO_LM_H

#include <rondo/data.h>
#include <rondo/decode.h>
#include <rondo/train.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rn_lm_config {
  rn_stack_options stack;  /* n_in is set from embed */
  int64_t embed;           /* embedding size; 0: as hidden. At character level the embedding times the input weights of the first layer
                              is PyTorch's one-hot input */
  bool tie;                /* the output uses the embedding table (Press & Wolf 2017); needs embed == hidden (or projection) */
  float dropout_embed;     /* rows of the embedding table */
  float dropout_input, dropout_output;
  rn_init init;            /* of every weight; RN_INIT_DEFAULT: by layer */
  bool lines;              /* each line is a sequence of its own: states start anew after eos, in evaluating and generating as well.
                              rn_lm_task_new sets it to what the batches say */
} rn_lm_config;
RN_API rn_lm_config rn_lm_config_default(rn_level level);

/* Builds a model with drawn weights; the vocabulary is taken over (freed with the model, also on failure). */
RN_API rn_status rn_lm_new(rn_context *ctx, const rn_lm_config *config, rn_vocab *vocab, uint64_t seed, rn_model **out);
/* What rn_lm_new was given, read back from a model. Errors: the model is not a language model. */
RN_API rn_status rn_lm_config_of(rn_context *ctx, const rn_model *model, rn_lm_config *out);

/* Logits [n, V] of a batch on a pass begun by the caller; state: NULL for zero (or learned) initial states; out_state may be NULL. */
RN_API rn_tensor *rn_lm_logits(const rn_model *model, rn_graph *g, const int32_t *ids, const rn_ragged *seqs, const rn_stack_state *state,
                               rn_stack_state *out_state);

/* What the gradient is taken of. `rondo train lm --loss mean|sum`. */
typedef enum rn_lm_loss {
  RN_LM_LOSS_MEAN, /* mean of -log p over all tokens of the batch */
  RN_LM_LOSS_SUM   /* sum over time steps, mean over sequences: what Zaremba et al. 2014 and Mikolov 2010 clip and scale their rates for */
} rn_lm_loss;
/* SUM for SGD, MOMENTUM and NESTEROV (so that --lr 1 means what the papers mean), MEAN for the adaptive ones. */
RN_API rn_lm_loss rn_lm_loss_default(rn_optimizer_kind kind);
RN_API bool rn_lm_loss_parse(const char *name, rn_lm_loss *out); /* "mean", "sum" */
RN_API const char *rn_lm_loss_name(rn_lm_loss loss);

typedef struct rn_lm_data {
  const int32_t *train; int64_t n_train;
  const int32_t *valid; int64_t n_valid; /* n 0: no validation */
  rn_lm_batches_options batches;
  rn_lm_loss loss;
} rn_lm_data;
/* The task that rn_train runs. Free with rn_lm_task_free. */
RN_API rn_status rn_lm_task_new(rn_context *ctx, rn_model *model, const rn_lm_data *data, rn_task **out);
RN_API void rn_lm_task_free(rn_task *task);

/* Whether a model is a language model, of whatever kind: all that follows takes it then. */
RN_API bool rn_lm_is(const rn_model *model);

typedef struct rn_lm_metrics {
  double nats;          /* sum of -log p over all counted tokens */
  int64_t n_tokens;     /* counted */
  int64_t n_unknown;    /* targets that are <unk> by our vocabulary */
  double perplexity, nats_per_token, bits_per_char; /* bits_per_char NaN when n_chars is unknown */
  int64_t n_chars, n_invalid;
} rn_lm_metrics;
typedef struct rn_lm_eval_options {
  bool lines;        /* each line on its own, as always for a model trained that way */
  int64_t n_streams; /* 0 and 1: the whole text in one stream, exact. More: in so many parts side by side, which is faster; of what came
                        before its part, each has read the last 64 tokens only */
} rn_lm_eval_options;
/* How well a text is predicted, states carried from beginning to end, exactly once each token (the first token is predicted from eos or,
 * where there is none, not counted). options NULL: one stream. */
RN_API rn_status rn_lm_eval(rn_context *ctx, const rn_model *model, const char *text, size_t size, const rn_lm_eval_options *options,
                            rn_lm_metrics *out);
/* -log p of each token of one line, nats [n] in the order of rn_vocab_encode's ids (nats may be NULL). Sums in *out. */
RN_API rn_status rn_lm_score(rn_context *ctx, const rn_model *model, const char *line, size_t size, rn_lm_metrics *out, float *nats,
                             int64_t max_n, int64_t *n);
/* Perplexity of the unigram distribution of the training text (from the vocabulary's counts) on the same ids: the trivial baseline. */
RN_API double rn_lm_unigram_nats(const rn_vocab *vocab, const int32_t *ids, int64_t n);

/* A running state over a model: feed ids, read the distribution of the next. */
typedef struct rn_lm_session rn_lm_session;
RN_API rn_status rn_lm_session_new(rn_context *ctx, const rn_model *model, rn_lm_session **out);
RN_API void rn_lm_session_free(rn_lm_session *session);
RN_API void rn_lm_session_reset(rn_lm_session *session);
/* Feeds n ids in one go; then *logits [V] (owned by the session, until the next call) are the next id's. */
RN_API rn_status rn_lm_session_feed(rn_lm_session *session, const int32_t *ids, int64_t n, const float **logits);
/* Feeds eos (where the vocabulary has one) and then the symbols of a text, without an eos after the last word: what continues a prompt.
 * Unknown symbols become <unk>, or are dropped with a warning where the model has none. */
RN_API rn_status rn_lm_session_prompt(rn_lm_session *session, const char *text, size_t size, const float **logits);

/* Receives each piece of text as it is drawn; return false to stop. */
typedef bool (*rn_text_fn)(void *user, const char *text, size_t size);
/* Feeds the prompt (unknown symbols become <unk>, or are dropped with a warning where the model has none), then draws up to `length`
 * tokens, or to eos when until_eos. */
RN_API rn_status rn_lm_generate(rn_context *ctx, const rn_model *model, const char *prompt, size_t prompt_size, int64_t length,
                                bool until_eos, const rn_sampling *sampling, rn_text_fn emit, void *user);

#ifdef __cplusplus
}
#endif
#endif
