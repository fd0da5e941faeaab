/* data_findings.c: see data_findings.h. The limits are rules of thumb, as those of spaCy's `debug data` are. */
#include "data_findings.h"
#include "data_options.h"
#include "terminal.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FEW_SEQUENCES 100    /* less are few, */
#define FEW_ROWS 2000        /* and so are less rows where each has a label */
#define DUPLICATE_SHARE 0.05 /* of sequences that repeat earlier ones */
#define SHARED_SHARE 0.01    /* of a test set that is in training */
#define UNKNOWN_SHARE 0.2    /* of words that training lacks */
#define MISSING_SHARE 0.2    /* of values */
#define AMBIGUOUS_SHARE 0.01 /* of bases */
#define DOMINANT_SHARE 0.9   /* of the most frequent label of sequences */
#define LONG_ROWS 2000       /* a sequence longer than this, and than LONG_TIMES the mean, is long */
#define LONG_TIMES 10

static void add(findings *out, finding_level level, const char *format, ...) RN_PRINTF(3, 4);
static void add(findings *out, finding_level level, const char *format, ...) {
  char words[1024];
  va_list list;
  va_start(list, format);
  vsnprintf(words, sizeof words, format, list);
  va_end(list);
  if (out->n < MAX_FINDINGS) out->at[out->n++] = (finding){level, cli_copy(words)};
}

void data_findings_free(findings *found) {
  for (int i = 0; i < found->n; i++) free(found->at[i].words);
  found->n = 0;
}

/* ---- words ---- */

char *data_place(const rn_sequences *s, int64_t seq, char *out, size_t size) {
  return data_row_place(s, seq, s->seqs.offset[seq], out, size);
}

char *data_row_place(const rn_sequences *s, int64_t seq, int64_t row, char *out, size_t size) {
  bool by_row = s->words && s->per_row;
  if (s->lines) snprintf(out, size, "line %lld", (long long)s->lines[by_row ? row : seq]);
  else snprintf(out, size, "sequence %lld", (long long)seq + 1);
  return out;
}

char *data_fault_place(const rn_sequences *s, rn_tag_fault fault, char *out, size_t size) {
  int64_t last = s->seqs.offset[fault.seq + 1] - 1, row = s->seqs.offset[fault.seq] + fault.place;
  return data_row_place(s, fault.seq, row < last ? row : last, out, size);
}

/* A label for "%.*s": its first bytes. */
#define SHOW(label) (int)((label).size < 60 ? (label).size : 60), (label).data

char *data_fault_words(const rn_sequences *s, rn_tag_fault fault, char *out, size_t size) {
  int64_t n = rn_ragged_length(&s->seqs, fault.seq);
  const rn_string *tags = s->labels + s->seqs.offset[fault.seq];
  if (fault.place == 0) snprintf(out, size, "%.*s at the beginning of a sequence", SHOW(tags[0]));
  else if (fault.place == n) snprintf(out, size, "%.*s at the end of a sequence", SHOW(tags[n - 1]));
  else snprintf(out, size, "%.*s after %.*s", SHOW(tags[fault.place]), SHOW(tags[fault.place - 1]));
  return out;
}

static double share(int64_t part, int64_t all) { return all > 0 ? (double)part / (double)all : 0; }

/* "12 (0.3 %)" */
static char *part_of(int64_t part, int64_t all, char *out, size_t size) {
  char number[32];
  snprintf(out, size, "%s (%.1f %%)", text_count(number, sizeof number, part), 100 * share(part, all));
  return out;
}

/* "a 3, b 5, ... (12 more)" */
static void label_list(const rn_label_count *labels, int64_t n, int64_t below, char *out, size_t size) {
  size_t used = 0;
  int64_t more = 0;
  out[0] = '\0';
  for (int64_t i = 0; i < n; i++) {
    if (labels[i].count >= below) continue;
    if (used + 96 > size) more++;
    else used += (size_t)snprintf(out + used, size - used, "%s%.40s %lld", used ? ", " : "", labels[i].label, (long long)labels[i].count);
  }
  if (more) snprintf(out + used, size - used, " and %lld more", (long long)more);
}

/* ---- findings ---- */

static void about_size(const data_set *d, findings *out) {
  const rn_sequences *s = &d->sequences;
  int64_t n = s->seqs.n_seqs, n_rows = rn_ragged_rows(&s->seqs), longest = 0;
  char number[32], where[64], rows[32];
  for (int64_t i = 1; i < n; i++)
    if (rn_ragged_length(&s->seqs, i) > rn_ragged_length(&s->seqs, longest)) longest = i;
  int64_t length = rn_ragged_length(&s->seqs, longest);
  const char *name = s->per_row ? data_rows_name(s->input) : "sequences";
  text_count(number, sizeof number, s->per_row ? n_rows : n);
  bool few = s->per_row ? n_rows < FEW_ROWS : n < FEW_SEQUENCES;
  add(out, few ? FINDING_WARNING : FINDING_OK, "%s labelled %s%s", number, name, few ? ": few to learn from; find more" : "");
  if (n == 1) add(out, FINDING_WARNING, "one sequence: no part of it can be kept for validation; give another with --valid");
  if (length > LONG_ROWS && length * n > LONG_TIMES * n_rows)
    add(out, FINDING_WARNING, "the longest sequence, %s, has %s %s, and the mean is %.0f: cut it%s",
        data_place(s, longest, where, sizeof where), text_count(rows, sizeof rows, length), data_rows_name(s->input), share(n_rows, n),
        s->per_row ? "" : ", or say --max-length");
  if (s->n_bad) add(out, FINDING_WARNING, "%s bad lines are left out: correct them", text_count(number, sizeof number, s->n_bad));
}

static void about_labels(const data_set *d, findings *out) {
  const rn_data_check *check = d->check;
  int64_t n = check->n_labels, rare = 0, all = 0;
  const rn_label_count *most = check->labels;
  char list[400], number[32];
  if (n == 0) {
    add(out, FINDING_ERROR, "no labels: say with --label or --column where they are");
    return;
  }
  if (n == 1) {
    add(out, FINDING_ERROR, "every label is \"%.40s\": there is nothing to learn; is it another column (--label, --column)?", most->label);
    return;
  }
  for (int64_t i = 0; i < n; i++) {
    rare += check->labels[i].count < RARE_LABEL;
    all += check->labels[i].count;
    if (check->labels[i].count > most->count) most = &check->labels[i];
  }
  label_list(check->labels, n, RARE_LABEL, list, sizeof list);
  text_count(number, sizeof number, n);
  if (rare)
    add(out, FINDING_WARNING, "%lld of %s labels are seen less than %d times (%s): find more of them, or join them with others",
        (long long)rare, number, RARE_LABEL, list);
  else add(out, FINDING_OK, "%s labels, each seen at least %d times", number, RARE_LABEL);
  if (!d->sequences.per_row && share(most->count, all) >= DOMINANT_SHARE)
    add(out, FINDING_WARNING, "%.1f %% of the labels are \"%.40s\": accuracy says little here, F1 does; --balance weighs the others up",
        100 * share(most->count, all), most->label);
  if (check->n_several)
    add(out, FINDING_OK, "%s have several labels: they are learned with --labels multi",
        part_of(check->n_several, d->sequences.seqs.n_seqs, list, sizeof list));
}

static void about_tags(const data_set *d, findings *out) {
  const rn_data_check *check = d->check;
  const rn_sequences *s = &d->sequences;
  const char *scheme = rn_tag_scheme_name(check->scheme);
  if (!check->chunks) return;
  if (check->n_faults == 0) {
    add(out, FINDING_OK, "tags are chunks in %s, and every transition is one of it", scheme);
    return;
  }
  rn_tag_fault first = check->faults[0];
  char where[64], words[256], number[32];
  add(out, FINDING_WARNING, "%s transitions are not of %s, the first in %s (%s): correct them; they are read as conlleval reads them",
      text_count(number, sizeof number, check->n_faults), scheme, data_fault_place(s, first, where, sizeof where),
      data_fault_words(s, first, words, sizeof words));
}

/* "the first is line 12, equal to line 3" */
static char *pair(const rn_sequences *s, int64_t seq, const char *relation, const rn_sequences *other, int64_t first, char *out,
                  size_t size) {
  char here[64], there[64];
  snprintf(out, size, "the first is %s, %s %s", data_place(s, seq, here, sizeof here), relation,
           data_place(other, first, there, sizeof there));
  return out;
}

static void about_duplicates(const data_set *d, findings *out) {
  const rn_data_check *check = d->check;
  const rn_sequences *s = &d->sequences;
  char part[64], where[160];
  part_of(check->n_duplicates, s->seqs.n_seqs, part, sizeof part);
  if (check->n_duplicates == 0) add(out, FINDING_OK, "no sequence stands twice");
  else {
    pair(s, check->duplicates[0].seq, "equal to", s, check->duplicates[0].first, where, sizeof where);
    if (share(check->n_duplicates, s->seqs.n_seqs) > DUPLICATE_SHARE)
      add(out, FINDING_WARNING, "%s sequences repeat earlier ones, %s: leave them out, or they weigh more than others", part, where);
    else add(out, FINDING_OK, "%s sequences repeat earlier ones, %s", part, where);
  }
  if (check->n_contradictions)
    add(out, FINDING_WARNING, "%s of them have other labels than those, %s: decide which are right",
        part_of(check->n_contradictions, check->n_duplicates, part, sizeof part),
        pair(s, check->contradictions[0].seq, "against", s, check->contradictions[0].first, where, sizeof where));
}

static void about_words(const data_set *d, findings *out) {
  const rn_sequences *s = &d->sequences;
  const rn_data_check *check = d->check;
  if (!check->n_malformed) return;
  int64_t seq = 0;
  while (s->seqs.offset[seq + 1] <= check->first_malformed) seq++;
  char where[64], number[32];
  add(out, FINDING_WARNING, "%s words are not UTF-8, the first in %s: their bad bytes are read as U+FFFD; convert it (iconv -t UTF-8)",
      text_count(number, sizeof number, check->n_malformed), data_row_place(s, seq, check->first_malformed, where, sizeof where));
}

static void about_numbers(const data_set *d, findings *out) {
  const rn_sequences *s = &d->sequences;
  const rn_data_check *check = d->check;
  int64_t n_rows = rn_ragged_rows(&s->seqs), n_values = n_rows * s->n_vars, constant = 0, never = 0, first_constant = 0, first_never = 0;
  char part[64];
  if (s->input == RN_INPUT_DNA) {
    bool many = share(check->n_ambiguous, n_rows) > AMBIGUOUS_SHARE;
    add(out, many ? FINDING_WARNING : FINDING_OK, "%s bases are ambiguous (N, R, Y, ...)%s",
        part_of(check->n_ambiguous, n_rows, part, sizeof part), many ? ": they are read as equal chances; look where they come from" : "");
    return;
  }
  if (!check->variables) return;
  for (int64_t v = s->n_vars - 1; v >= 0; v--) {
    const rn_variable_range *range = &check->variables[v];
    if (isnan(range->low)) never++, first_never = v;
    else if (range->low == range->high) constant++, first_constant = v;
  }
  if (check->n_missing == 0) add(out, FINDING_OK, "no value is missing");
  else {
    bool many = share(check->n_missing, n_values) > MISSING_SHARE;
    add(out, many ? FINDING_WARNING : FINDING_OK, "%s values are missing: they are read as the mean, and flagged%s",
        part_of(check->n_missing, n_values, part, sizeof part), many ? "; leave out the variables that have few" : "");
  }
  if (constant)
    add(out, FINDING_WARNING, "%lld of %lld variables are constant, the first is %lld (%g): leave them out", (long long)constant,
        (long long)s->n_vars, (long long)first_constant + 1, check->variables[first_constant].low);
  if (never)
    add(out, never == s->n_vars ? FINDING_ERROR : FINDING_WARNING,
        "%lld of %lld variables have no value at all, the first is %lld: leave them out", (long long)never, (long long)s->n_vars,
        (long long)first_never + 1);
}

static void about_part(const data_set *d, const data_part *p, findings *out) {
  const rn_sequences *s = &p->sequences;
  const rn_data_overlap *o = p->overlap;
  char part[64], where[160], list[400];
  part_of(o->n_shared, s->seqs.n_seqs, part, sizeof part);
  if (o->n_shared == 0) add(out, FINDING_OK, "%s: no sequence is in training too", p->role);
  else {
    pair(s, o->shared[0].seq, "there", &d->sequences, o->shared[0].first, where, sizeof where);
    if (share(o->n_shared, s->seqs.n_seqs) > SHARED_SHARE)
      add(out, FINDING_WARNING, "%s: %s sequences are in training too, %s: leave them out, or memory is measured", p->role, part, where);
    else add(out, FINDING_OK, "%s: %s sequences are in training too, %s", p->role, part, where);
  }
  label_list(o->new_labels, o->n_new, INT64_MAX, list, sizeof list);
  if (o->n_new)
    add(out, FINDING_WARNING, "%s: %lld labels are not in training (%s): no model answers them; find examples", p->role,
        (long long)o->n_new, list);
  if (!s->words) return;
  bool many = share(o->n_unknown, rn_ragged_rows(&s->seqs)) > UNKNOWN_SHARE;
  add(out, many ? FINDING_WARNING : FINDING_OK, "%s: %s words are not in training%s", p->role,
      part_of(o->n_unknown, rn_ragged_rows(&s->seqs), part, sizeof part), many ? ": letters (--chars) or vectors (--vectors) help" : "");
}

void data_findings(const data_set *data, findings *out) {
  out->n = 0;
  about_size(data, out);
  about_labels(data, out);
  about_tags(data, out);
  about_duplicates(data, out);
  about_words(data, out);
  about_numbers(data, out);
  for (int i = 0; i < data->n_parts; i++) about_part(data, &data->parts[i], out);
}
