/* attention_text.h: where the pooling of a classifier looked. */
#ifndef CLI_ATTENTION_TEXT_H
#define CLI_ATTENTION_TEXT_H

#include "cli.h"

/* The rows of a sequence as words, each by its share: as background, or as "word:0.12". */
void attention_text_put(FILE *out, const rn_string *words, int64_t n, const float *attention, bool color);
json_t *attention_text_json(const rn_string *words, int64_t n, const float *attention);
/* In the classes of report_style. */
void attention_text_put_html(FILE *out, const rn_string *words, int64_t n, const float *attention);

#endif
