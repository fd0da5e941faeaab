/* bag_ids.h: what a bag of words holds: words, runs of words and runs of letters, each as a row of one table.   Joulin et al. 2017,
 *                                                                                                        Bojanowski et al. 2017
 *     row = id of the word                                   where the vocabulary has it
 *     row = V + hash(run of letters of <word>) mod buckets   < and > stand at the ends
 *     row = V + hash(run of 2 or more words) mod buckets
 *
 * The hashes are fastText's, so that the same runs meet in one row as there. */
#ifndef RN_MODELS_BAG_IDS_H
#define RN_MODELS_BAG_IDS_H

#include "text/lexicon.h"
#include <rondo/sequences.h>

typedef struct rn_bag_options {
  bool fold; /* words are read as their folded forms */
  int64_t word_ngrams, min_subword, max_subword, buckets;
} rn_bag_options;

typedef struct rn_bag_ids {
  rn_ragged seqs; /* over the ids */
  int32_t *ids;
} rn_bag_ids;

/* The ids of every sequence of words, once for all epochs. Free with rn_bag_ids_free, which leaves zeros. */
rn_status rn_bag_ids_init(rn_context *ctx, const rn_bag_options *options, const rn_lexicon *lexicon, const rn_vocab *vocab,
                          const rn_ragged *seqs, const rn_string *words, rn_bag_ids *out);
void rn_bag_ids_free(rn_bag_ids *bag);

#endif
