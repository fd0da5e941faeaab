/* classifier_eval.c: how good a classifier is. Labels that only the data has are counted as well: they are never predicted. */
#include "base/alloc.h"
#include "tasks/classifier_state.h"
#include <math.h>
#include <string.h>

typedef struct eval {
  rn_classifier_scores scores; /* first: freed by its own address */
  rn_label_set *seen;          /* labels of the data: what names that the model lacks point to */
  const char **names;
} eval;

/* What is needed while it is measured. */
typedef struct measuring {
  rn_context *ctx;
  const rn_classifier_net *net;
  const rn_sequences *data;
  rn_classifier_scores *scores;
  rn_targets targets;  /* in the model's labels */
  float *probability;  /* [n, model's labels] */
  int32_t *expected;   /* [rows of label_of] among all labels */
  int32_t *predicted;  /* [n] */
  uint8_t *has, *says; /* [n, all labels] MULTI */
  rn_counts *of_seq;   /* [n] one answer and one label; MULTI: as many as there are */
} measuring;

void rn_classifier_scores_free(rn_classifier_scores *scores) {
  if (!scores) return;
  eval *e = scores->owner;
  rn_free(scores->confusion);
  rn_free(scores->labels);
  rn_label_set_free(e->seen);
  rn_free(e->names);
  rn_free(e);
}

/* The model's labels, and after them the others of the data. */
static bool name_labels(eval *e, const rn_classifier_net *net) {
  rn_classifier_scores *s = &e->scores;
  int64_t n_seen = rn_label_set_size(e->seen);
  s->n_labels = s->n_model_labels = rn_label_set_size(net->labels);
  if (!(e->names = rn_alloc_zero((size_t)(s->n_model_labels + n_seen), sizeof *e->names))) return false;
  for (int64_t k = 0; k < s->n_model_labels; k++) e->names[k] = rn_label_set_name(net->labels, k);
  for (int64_t k = 0; k < n_seen; k++) {
    const char *name = rn_label_set_name(e->seen, k);
    if (rn_label_set_find(net->labels, (rn_string){name, strlen(name)}) < 0) e->names[s->n_labels++] = name;
  }
  s->names = e->names;
  s->labels = rn_alloc_zero((size_t)s->n_labels, sizeof *s->labels);
  return s->labels;
}

static int32_t label_id(const measuring *m, rn_string label) {
  int64_t id = rn_label_set_find(m->net->labels, label);
  for (int64_t k = m->scores->n_model_labels; id < 0 && k < m->scores->n_labels; k++)
    if (strlen(m->scores->names[k]) == label.size && memcmp(m->scores->names[k], label.data, label.size) == 0) id = k;
  return (int32_t)id;
}

/* ---- single and ordinal ---- */

/* That of the second of two labels; of more, the mean. */
static rn_status ranking(const measuring *m, double *roc_auc) {
  int64_t K = m->scores->n_model_labels;
  rn_ranking r = {NAN, NAN};
  rn_status status = rn_ranking_macro(m->ctx, m->scores->n, K, m->probability, m->targets.id, &r);
  *roc_auc = r.roc_auc; /* of two labels, each one's is the other's */
  return status;
}

static rn_status measure_one(measuring *m) {
  rn_classifier_scores *s = m->scores;
  s->confusion = rn_alloc_zero((size_t)s->n_labels * (size_t)s->n_labels, sizeof *s->confusion);
  m->predicted = rn_alloc_zero((size_t)s->n, sizeof *m->predicted);
  if (!s->confusion || !m->predicted) return rn_context_fail(m->ctx, RN_ERROR_MEMORY, "out of memory for a confusion matrix");
  for (int64_t i = 0; i < s->n; i++) {
    m->predicted[i] = (int32_t)rn_classifier_decide(m->net, m->probability + i * s->n_model_labels);
    m->of_seq[i] = (rn_counts){.correct = m->predicted[i] == m->expected[i], .found = 1, .expected = 1};
  }
  rn_status status = rn_confusion_add(m->ctx, s->n, m->expected, m->predicted, s->n_labels, s->confusion);
  if (status != RN_OK) return status;
  rn_confusion_counts(s->n_labels, s->confusion, s->labels);
  s->accuracy = rn_confusion_accuracy(s->n_labels, s->confusion);
  s->ordinal = rn_confusion_ordinal(s->n_labels, s->names, s->confusion);
  return ranking(m, &s->roc_auc);
}

/* ---- multi ---- */

/* The mean over the labels that some sequences have and some have not. */
static rn_status ranking_of_each(const measuring *m, double *roc_auc) {
  int64_t n = m->scores->n, K = m->scores->n_model_labels, n_ranked = 0;
  float *score = rn_alloc_zero((size_t)n, sizeof *score);
  uint8_t *positive = rn_alloc_zero((size_t)n, 1);
  rn_status status = score && positive ? RN_OK : rn_context_fail(m->ctx, RN_ERROR_MEMORY, "out of memory for a ranking");
  double sum = 0;
  for (int64_t k = 0; k < K && status == RN_OK; k++) {
    rn_ranking r;
    for (int64_t i = 0; i < n; i++) {
      score[i] = m->probability[i * K + k];
      positive[i] = m->targets.has[i * K + k];
    }
    status = rn_ranking_score(m->ctx, n, score, positive, &r);
    if (status != RN_OK || isnan(r.roc_auc)) continue;
    sum += r.roc_auc;
    n_ranked++;
  }
  *roc_auc = n_ranked > 0 ? sum / (double)n_ranked : NAN;
  rn_free(score);
  rn_free(positive);
  return status;
}

static rn_status measure_multi(measuring *m) {
  rn_classifier_scores *s = m->scores;
  int64_t all = s->n_labels, K = s->n_model_labels;
  m->has = rn_alloc_zero((size_t)s->n, (size_t)all);
  m->says = rn_alloc_zero((size_t)s->n, (size_t)all);
  if (!m->has || !m->says)
    return rn_context_fail(m->ctx, RN_ERROR_MEMORY, "out of memory for the labels of %lld sequences", (long long)s->n);
  double n_right = 0;
  for (int64_t i = 0; i < s->n; i++) {
    for (int64_t l = m->data->label_of.offset[i]; l < m->data->label_of.offset[i + 1]; l++) m->has[i * all + m->expected[l]] = 1;
    for (int64_t k = 0; k < K; k++) m->says[i * all + k] = m->probability[i * K + k] >= 0.5f;
    for (int64_t k = 0; k < all; k++) {
      m->of_seq[i].correct += m->has[i * all + k] && m->says[i * all + k];
      m->of_seq[i].found += m->says[i * all + k];
      m->of_seq[i].expected += m->has[i * all + k];
    }
    n_right += memcmp(m->has + i * all, m->says + i * all, (size_t)all) == 0;
  }
  rn_multilabel_add(s->n, all, m->has, m->says, s->labels);
  s->accuracy = n_right / (double)s->n;
  s->ordinal = (rn_ordinal_score){NAN, NAN};
  return ranking_of_each(m, &s->roc_auc);
}

/* ---- both ---- */

/* The mean over the sequences whose label the model has. */
static double mean_nats(const measuring *m) {
  double sum = 0;
  int64_t known = 0;
  for (int64_t i = 0; i < m->scores->n; i++) {
    double nats = rn_classifier_nats(m->net, &m->targets, i, m->probability + i * m->scores->n_model_labels);
    if (isnan(nats)) continue;
    sum += nats;
    known++;
  }
  return known > 0 ? sum / (double)known : NAN;
}

static rn_status measure(rn_classifier *classifier, measuring *m) {
  rn_classifier_scores *s = m->scores;
  int64_t n_labels = rn_ragged_rows(&m->data->label_of);
  m->probability = rn_alloc_zero((size_t)s->n, (size_t)s->n_model_labels * sizeof *m->probability);
  m->expected = rn_alloc_zero((size_t)n_labels, sizeof *m->expected);
  m->of_seq = rn_alloc_zero((size_t)s->n, sizeof *m->of_seq);
  if (!m->probability || !m->expected || !m->of_seq)
    return rn_context_fail(m->ctx, RN_ERROR_MEMORY, "out of memory for the answers to %lld sequences", (long long)s->n);
  for (int64_t l = 0; l < n_labels; l++) m->expected[l] = label_id(m, m->data->labels[l]);
  rn_status status = rn_classifier_run(classifier, m->data, m->probability, NULL);
  if (status == RN_OK) status = rn_targets_init(m->ctx, m->net, m->data, &m->targets);
  if (status != RN_OK) return status;
  s->nats = mean_nats(m);
  status = m->net->config.labels == RN_LABELS_MULTI ? measure_multi(m) : measure_one(m);
  return status == RN_OK ? rn_bootstrap(m->ctx, s->n, rn_statistic_f1, m->of_seq, NULL, &s->interval) : status;
}

rn_status rn_classifier_eval(rn_classifier *classifier, const rn_sequences *sequences, rn_classifier_scores **out) {
  rn_context *ctx = classifier->ctx;
  const rn_classifier_net *net = classifier->net;
  *out = NULL;
  rn_status status = rn_classifier_labels_check(ctx, net->config.labels, sequences);
  if (status != RN_OK) return status;
  eval *e = rn_alloc_zero(1, sizeof *e);
  if (!e) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for scores");
  e->scores = (rn_classifier_scores){.n = sequences->seqs.n_seqs, .owner = e};
  measuring m = {.ctx = ctx, .net = net, .data = sequences, .scores = &e->scores};
  status = rn_label_set_new(ctx, sequences->labels, rn_ragged_rows(&sequences->label_of), &e->seen);
  if (status == RN_OK && !name_labels(e, net)) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for labels");
  if (status == RN_OK) status = measure(classifier, &m);
  rn_targets_free(&m.targets);
  rn_free(m.probability);
  rn_free(m.expected);
  rn_free(m.predicted);
  rn_free(m.has);
  rn_free(m.says);
  rn_free(m.of_seq);
  if (status == RN_OK) *out = &e->scores;
  else rn_classifier_scores_free(&e->scores);
  return status;
}
