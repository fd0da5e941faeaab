/* rondo.h: sequence modelling in C.
 *
 *     #include <rondo/rondo.h>
 *     #include <stdio.h>
 *
 *     static bool put(void *user, const char *s, size_t n) { (void)user; return fwrite(s, 1, n, stdout) == n; }
 *
 *     int main(void) {
 *       rn_context *ctx; rn_model *model; rn_sampling how = rn_sampling_default();
 *       if (rn_context_new(NULL, &ctx, NULL, 0) != RN_OK) return 1;
 *       if (rn_model_open(ctx, "runs/book", &model) == RN_OK) rn_lm_generate(ctx, model, "It was", 6, 400, false, &how, put, NULL);
 *       puts(rn_context_error(ctx));
 *     }
 *
 * cc demo.c $(pkg-config --cflags --libs rondo). See docs/guide, and the other headers in this folder, one idea each.
 */
#ifndef RONDO_H
#define RONDO_H

#include <rondo/adding.h>
#include <rondo/base.h>
#include <rondo/bench.h>
#include <rondo/bilm.h>
#include <rondo/classifier.h>
#include <rondo/data.h>
#include <rondo/data_check.h>
#include <rondo/data_conll.h>
#include <rondo/data_dna.h>
#include <rondo/data_labelled.h>
#include <rondo/data_matrix.h>
#include <rondo/data_series.h>
#include <rondo/data_vectors.h>
#include <rondo/debias.h>
#include <rondo/decode.h>
#include <rondo/embeddings.h>
#include <rondo/graph.h>
#include <rondo/input.h>
#include <rondo/kinds.h>
#include <rondo/lm.h>
#include <rondo/metrics.h>
#include <rondo/mixture.h>
#include <rondo/model.h>
#include <rondo/nearest.h>
#include <rondo/neighbours.h>
#include <rondo/ngram.h>
#include <rondo/nn.h>
#include <rondo/nplm.h>
#include <rondo/nplm.h>
#include <rondo/pca.h>
#include <rondo/quantize.h>
#include <rondo/sequences.h>
#include <rondo/spans.h>
#include <rondo/tagger.h>
#include <rondo/tags.h>
#include <rondo/tensor.h>
#include <rondo/text.h>
#include <rondo/tokenizer.h>
#include <rondo/train.h>
#include <rondo/tsne.h>
#include <rondo/vectors_eval.h>
#include <rondo/word_sets.h>

#endif
