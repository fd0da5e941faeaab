/* tagger_labels.h: labels as the data writes them, and tags as a tagger learns them.
 *
 *                   EU     rejects   German   call
 *     written       I-ORG  O         I-MISC   O         IOB1, as the file has it: the answers of the tagger
 *     learned       S-ORG  O         S-MISC   O         IOBES: what its scores are of
 *
 * Labels that are no chunks are learned as they stand. */
#ifndef RN_MODELS_TAGGER_LABELS_H
#define RN_MODELS_TAGGER_LABELS_H

#include "text/label_set.h"
#include <rondo/tagger.h>

/* One way of writing chunks. */
typedef struct rn_chunk_code {
  rn_tag_scheme scheme;
  rn_tag_set *set; /* by id. Both ways have the same types */
  int32_t *id;     /* of the tags in order: O, and then for each type its places from B on */
} rn_chunk_code;

typedef struct rn_tagger_labels {
  rn_label_set *labels;
  bool chunks;   /* the labels are chunks */
  bool converts; /* and they are learned by a scheme. Otherwise tag k is label k, and the two codes are empty */
  rn_chunk_code written, learned;
  int64_t n_tags;
  int32_t *label_of; /* [n_tags]: the label that a tag most often is */
} rn_tagger_labels;

/* Puts "labels" (those of the training part, and what else their scheme can write), "scheme" and "written" into a configuration.
 * Errors: RN_ERROR_DATA (no labels, or a single one), RN_ERROR_ARGUMENT (a scheme for labels that are no chunks), RN_ERROR_MEMORY. */
rn_status rn_tagger_labels_learn(rn_context *ctx, rn_tagger_scheme scheme, const rn_sequences *train, json_t *config);
/* Reads them back, every part checked, since they come from a file. */
rn_status rn_tagger_labels_init(rn_context *ctx, rn_tagger_labels *labels, const json_t *config);
void rn_tagger_labels_free(rn_tagger_labels *labels);
/* What rn_tagger_labels_learn was given. */
rn_tagger_scheme rn_tagger_labels_scheme(const rn_tagger_labels *labels);

/* Of labels that convert: 0 where the scheme allows it and -infinity where not (rn_tag_scheme_mask).
 *   transitions [n_tags, n_tags]   start, end [n_tags] */
rn_status rn_tagger_labels_mask(rn_context *ctx, const rn_tagger_labels *labels, float *transitions, float *start, float *end);

/* From labels to tags and back, chunk by chunk.     ids [rows of seqs], replaced
 * Any labels and any tags have a meaning, as the conlleval script reads them (spans.h). */
rn_status rn_tagger_labels_encode(rn_context *ctx, const rn_tagger_labels *labels, const rn_ragged *seqs, int32_t *ids);
rn_status rn_tagger_labels_decode(rn_context *ctx, const rn_tagger_labels *labels, const rn_ragged *seqs, int32_t *ids);

#endif
