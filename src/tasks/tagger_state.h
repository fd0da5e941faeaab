/* tagger_state.h: what training, answering and measuring a tagger have in common. */
#ifndef RN_TASKS_TAGGER_STATE_H
#define RN_TASKS_TAGGER_STATE_H

#include "base/map.h"
#include "tasks/word_shares.h"

struct rn_tagger {
  rn_context *ctx;
  const rn_model *model;
  const rn_tagger_model *net;
  rn_graph *graph;
  rn_word_shares *words; /* NULL: each sequence is read anew */
};

/* What a labelled data set says is right. */
typedef struct rn_tagger_truth {
  rn_map *names;     /* to ids: the model's labels, and after them those that only the data has */
  int32_t *expected; /* [n_rows]: ids of names */
  int32_t *tags;     /* [n_rows]: the same as the model learns it; -1 in all of a sequence with a label that the model lacks */
  int64_t n_new;     /* rows with such a label */
  int64_t first_new; /* the first of them; -1: none */
} rn_tagger_truth;
/* Errors: RN_ERROR_DATA (no labels), RN_ERROR_MEMORY. Free with rn_tagger_truth_free. */
rn_status rn_tagger_truth_init(rn_context *ctx, const rn_tagger_model *net, const rn_sequences *sequences, rn_tagger_truth *out);
void rn_tagger_truth_free(rn_tagger_truth *truth);

/* Answers for a data set, which is encoded, or the sequences of words that a memory of words reads. */
typedef struct rn_tagger_answers {
  const rn_encoded *encoded;
  const rn_sequences *sequences;
  rn_word_shares *words;
  int32_t *labels;     /* [n_rows] */
  float *probability;  /* [n_rows, n_labels]; NULL: not wanted */
  const int32_t *tags; /* of a truth, or NULL: then there is no loss */
  double nats;         /* sum of -log p(tags | x) over n_counted rows: of sequences whose tags are known */
  int64_t n_counted;
} rn_tagger_answers;
rn_status rn_tagger_answer(const rn_tagger_model *net, rn_graph *g, rn_tagger_answers *answers);

/* Whatever answers: labels [n_rows], and how many words are not in the vocabulary. */
typedef rn_status (*rn_tagger_predict)(void *user, const rn_sequences *sequences, int32_t *labels, int64_t *n_unknown);
/* How good its answers are. (tagger_eval.c) */
rn_status rn_tagger_scores_new(rn_context *ctx, const rn_tagger_model *net, const rn_sequences *sequences, rn_tagger_predict predict,
                               void *user, rn_tagger_scores **out);

#endif
