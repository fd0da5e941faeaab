/* tagged_text.h: sequences with their tags: as text, CoNLL columns, JSON lines and HTML; chunks are coloured by type. */
#ifndef CLI_TAGGED_TEXT_H
#define CLI_TAGGED_TEXT_H

#include "cli.h"

/* The labels of a tagger. */
typedef struct tag_names {
  const rn_model *model;
  int64_t n_labels;
  rn_tag_set *tags; /* NULL: the labels are no chunks */
} tag_names;
rn_status tag_names_init(rn_context *ctx, const rn_model *model, tag_names *out); /* errors stay in the context */
void tag_names_free(tag_names *names);

/* A sequence and the answer to it. */
typedef struct tagged_text {
  rn_string text;         /* what the words are parts of; data NULL: they stand alone */
  const rn_string *words; /* [n] */
  int64_t n;
  const int32_t *labels;    /* [n] */
  const float *probability; /* [n, n_labels], or NULL */
  bool letters;             /* words are single letters, as bases are: no blanks between */
} tagged_text;

/* "[PER Wolfgang] lives in [LOC Berlin]", "Wolfgang/PROPN lives/VERB"; of letters only their labels. Colours instead of brackets. */
void tagged_text_put(FILE *out, const tag_names *names, const tagged_text *t, bool color);
/* A word and its tag a line, by a tab, and an empty line. */
void tagged_text_put_conll(FILE *out, const tag_names *names, const tagged_text *t);
json_t *tagged_text_json(const tag_names *names, const tagged_text *t);

/* A paragraph in the classes of report_style; what the colours mean; and a whole page around them. */
void tagged_text_put_html(FILE *out, const tag_names *names, const tagged_text *t);
void tagged_text_put_key(FILE *out, const tag_names *names);
void tagged_text_begin_page(FILE *out, const tag_names *names, const char *title);
void tagged_text_end_page(FILE *out);

#endif
