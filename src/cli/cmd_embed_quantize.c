/* cmd_embed_quantize.c: rondo embed quantize: vectors in 8 bits a number or 1, and what is lost. */
#include "embed.h"
#include "terminal.h"

#include <math.h>
#include <stdlib.h>

enum { NEAREST = 10, ASKED = 1000 };

/* Bytes of the numbers, and of the scale of each row. */
static double bytes_of(const rn_vectors *v, int bits) {
  return (double)v->n * (bits == 32 ? 4.0 * (double)v->dim : 4 + ceil((double)v->dim * bits / 8));
}

static int similarity(cli *c, const char *path, const rn_vectors *before, const rn_vectors *after, double out[2]) {
  rn_word_pairs pairs;
  rn_similarity s;
  if (rn_word_pairs_open(c->ctx, path, true, &pairs) != RN_OK) return cli_fail_context(c);
  int code = EXIT_DONE;
  for (int i = 0; !code && i < 2; i++) {
    if (rn_vectors_similarity(c->ctx, i ? after : before, &pairs, NULL, &s) != RN_OK) code = cli_fail_context(c);
    else out[i] = s.spearman;
  }
  rn_word_pairs_free(&pairs);
  return code;
}

static int measure(cli *c, const rn_vectors *v, const rn_vectors *after, int bits) {
  double overlap, spearman[2] = {NAN, NAN};
  const char *pairs = opt_text(&c->options, "similarity");
  int code = EXIT_DONE;
  if (rn_neighbour_overlap(c->ctx, v->n, v->dim, v->values, after->values, NEAREST, ASKED, &overlap) != RN_OK) return cli_fail_context(c);
  if (pairs) code = similarity(c, pairs, v, after, spearman);
  if (code) return code;
  if (c->json) {
    cli_put_json(json_pack("{s:i, s:I, s:I, s:f, s:f, s:f, s:o, s:o}", "bits", bits, "words", (json_int_t)v->n, "dim", (json_int_t)v->dim,
                           "bytes_before", bytes_of(v, 32), "bytes_after", bytes_of(v, bits), "overlap_10", overlap, "spearman_before",
                           cli_json_real(spearman[0]), "spearman_after", cli_json_real(spearman[1])));
    return EXIT_DONE;
  }
  char before_text[32], after_text[32];
  printf("%d bit%s: %s for %s\n", bits, bits == 1 ? "" : "s", text_bytes(after_text, sizeof after_text, bytes_of(v, bits)),
         text_bytes(before_text, sizeof before_text, bytes_of(v, 32)));
  printf("of 10 nearest words, stay    %.2f\n", NEAREST * overlap);
  if (pairs) printf("Spearman with %s    %.4f, was %.4f\n", pairs, spearman[1], spearman[0]);
  return EXIT_DONE;
}

int cmd_embed_quantize(cli *c) {
  rn_vectors v, after = {0};
  int code = EXIT_DONE, bits = opt_choice(&c->options, "bits") ? 1 : 8;
  const char *path = opt_text(&c->options, "output");
  if (!embed_open(c, &v, &code)) return code;
  if (rn_vectors_quantize(c->ctx, &v, bits, &after) != RN_OK) code = cli_fail_context(c);
  if (!code && path && rn_vectors_save_quantized(c->ctx, &v, bits, path) != RN_OK) code = cli_fail_context(c);
  if (!code) code = measure(c, &v, &after, bits);
  rn_vectors_free(&after);
  rn_vectors_free(&v);
  return code;
}
