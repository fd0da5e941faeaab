/* data_findings.h: what there is to say about a data set, a line each: that something is well, or what is wrong and what to do. */
#ifndef CLI_DATA_FINDINGS_H
#define CLI_DATA_FINDINGS_H

#include "cli.h"

/* A part of the data beside the one that is trained on. */
typedef struct data_part {
  const char *role, *path; /* "valid", "test" */
  rn_sequences sequences;
  rn_data_overlap *overlap;
} data_part;

typedef struct data_set {
  const char *path;
  rn_sequences sequences;
  rn_data_check *check;
  data_part parts[2];
  int n_parts;
} data_set;

typedef enum finding_level { FINDING_OK, FINDING_WARNING, FINDING_ERROR } finding_level; /* an error: it cannot be trained on */

typedef struct finding {
  finding_level level;
  char *words;
} finding;

#define MAX_FINDINGS 32
typedef struct findings {
  finding at[MAX_FINDINGS];
  int n;
} findings;

void data_findings(const data_set *data, findings *out);
void data_findings_free(findings *found);

/* Where sequence `seq` begins: "line 17", or "sequence 3" of a file without lines. Row `row` of a tagged text: its line. */
char *data_place(const rn_sequences *s, int64_t seq, char *out, size_t size);
char *data_row_place(const rn_sequences *s, int64_t seq, int64_t row, char *out, size_t size);
char *data_fault_place(const rn_sequences *s, rn_tag_fault fault, char *out, size_t size);
/* "I-LOC after O", "I-LOC at the beginning of a sequence", "B-LOC at the end of a sequence". */
char *data_fault_words(const rn_sequences *s, rn_tag_fault fault, char *out, size_t size);

#define RARE_LABEL 20 /* a label seen less often is rare */

#endif
