/* classifier_predict.c: from scores to probabilities to answers.
 *
 *     single    p_k = e^s_k / sum_j e^s_j                            the likeliest
 *     multi     p_k = sigma(s_k)                                     each with p_k >= 1/2
 *     ordinal   p_k = P(y > k - 1) - P(y > k),  P(y > k) = sigma(s - theta_k)      the median
 *
 * Thresholds that crossed while they were learned are taken in order: so many of them lie below the score as before. */
#include "base/alloc.h"
#include "tasks/classifier_state.h"
#include <math.h>

enum { BATCH = 64, BATCH_ROWS = 1 << 14 };

static float sigmoid(float x) { return 1 / (1 + expf(-x)); }

static void softmax(const float *s, int64_t n, float *p) {
  float largest = s[0], sum = 0;
  for (int64_t k = 1; k < n; k++) largest = fmaxf(largest, s[k]);
  for (int64_t k = 0; k < n; k++) sum += p[k] = expf(s[k] - largest);
  for (int64_t k = 0; k < n; k++) p[k] /= sum;
}

/* The threshold that k others lie below (equal ones in the order they stand in). */
static float threshold_at(const float *theta, int64_t n, int64_t k) {
  for (int64_t i = 0; i < n; i++) {
    int64_t below = 0;
    for (int64_t j = 0; j < n; j++) below += theta[j] < theta[i] || (theta[j] == theta[i] && j < i);
    if (below == k) return theta[i];
  }
  return NAN;
}

static void ordinal(const rn_tensor *thresholds, float s, int64_t n, float *p) {
  float above = 1; /* P(y > k - 1) */
  for (int64_t k = 0; k < n; k++) {
    float next = k < n - 1 ? sigmoid(s - threshold_at(thresholds->data, n - 1, k)) : 0;
    p[k] = above - next;
    above = next;
  }
}

static void probabilities(const rn_classifier_net *net, const float *s, float *p) {
  int64_t n = rn_label_set_size(net->labels);
  switch (net->config.labels) {
  case RN_LABELS_SINGLE: softmax(s, n, p); break;
  case RN_LABELS_MULTI:
    for (int64_t k = 0; k < n; k++) p[k] = sigmoid(s[k]);
    break;
  case RN_LABELS_ORDINAL: ordinal(&net->thresholds->tensor, s[0], n, p); break;
  }
}

int64_t rn_classifier_decide(const rn_classifier_net *net, const float *p) {
  int64_t n = rn_label_set_size(net->labels), best = 0;
  if (net->config.labels == RN_LABELS_ORDINAL) {
    for (float below = p[0]; below < 0.5f && best < n - 1; below += p[best]) best++;
    return best;
  }
  for (int64_t k = 1; k < n; k++)
    if (p[k] > p[best]) best = k;
  return best;
}

/* A probability that was rounded to 0 counts as the smallest there is. */
static double nats(float p) { return -log(fmax(p, 1e-38)); }

double rn_classifier_nats(const rn_classifier_net *net, const rn_targets *t, int64_t s, const float *p) {
  int64_t n = rn_label_set_size(net->labels);
  if (!t->has) return t->id[s] < 0 ? NAN : nats(p[t->id[s]]);
  double sum = 0;
  for (int64_t k = 0; k < n; k++) sum += nats(t->has[s * n + k] ? p[k] : 1 - p[k]);
  return sum;
}

/* How many sequences from `first` on make a batch. */
static int64_t batch_size(const rn_classifier_rows *r, int64_t first) {
  const int64_t *of = r->parts_of.offset, *row = r->parts.offset;
  int64_t n = 1;
  while (n < BATCH && first + n < r->parts_of.n_seqs && row[of[first + n + 1]] - row[of[first]] <= BATCH_ROWS) n++;
  return n;
}

/* a_t of sequences first .. first + n - 1, whose parts each have a sum of 1, to the rows of the data. */
static void keep_attention(const rn_classifier_rows *r, int64_t first, int64_t n, const float *a, float *attention) {
  const int64_t *of = r->parts_of.offset, *offset = r->parts.offset;
  for (int64_t s = first; s < first + n; s++)
    for (int64_t i = offset[of[s]]; i < offset[of[s + 1]]; i++)
      attention[r->row ? r->row[i] : i] = a[i - offset[of[first]]] / (float)(of[s + 1] - of[s]);
}

rn_status rn_classifier_predict(const rn_classifier_net *net, rn_graph *g, const rn_classifier_rows *r, float *probability,
                                float *attention) {
  rn_context *ctx = rn_graph_context(g);
  int64_t n_labels = rn_label_set_size(net->labels), pick[BATCH];
  for (int64_t first = 0, n; first < r->parts_of.n_seqs; first += n) {
    if (rn_context_stopping(ctx)) return rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped");
    n = batch_size(r, first);
    for (int64_t i = 0; i < n; i++) pick[i] = first + i;
    rn_graph_begin(g, RN_INFER, 0, 0);
    rn_classifier_out out = rn_classifier_apply(net, g, r, pick, n, 0, 0);
    if (rn_graph_status(g) != RN_OK) return rn_graph_status(g);
    for (int64_t i = 0; i < n; i++)
      probabilities(net, out.scores->data + i * rn_tensor_cols(out.scores), probability + (first + i) * n_labels);
    if (attention) keep_attention(r, first, n, out.attention->data, attention);
  }
  return RN_OK;
}
