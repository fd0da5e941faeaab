/* cmd_convert.c: rondo convert: vectors from one layout to another, and n-gram models. */
#include "convert_ngram.h"
#include "embed.h"

#include <stdlib.h>
#include <string.h>

int cmd_convert(cli *c) {
  const char *from = c->options.args[0], *to = c->options.args[1];
  rn_vectors v;
  int code = EXIT_DONE;
  if (convert_is_ngram(from, to)) return convert_ngram(c);
  if (!embed_open(c, &v, &code)) return code;
  if (rn_vectors_save(c->ctx, &v, to, RN_VECTORS_GUESS) != RN_OK) code = cli_fail_context(c);
  if (!code && v.subwords)
    cli_say(c, "%s: the words' vectors; the n-grams, which unknown words' vectors are made of, stay in %s", to, from);
  if (!code && c->json)
    cli_put_json(json_pack("{s:o, s:o, s:I, s:I}", "from", cli_json_text(from, strlen(from)), "to", cli_json_text(to, strlen(to)), "words",
                           (json_int_t)v.n, "dim", (json_int_t)v.dim));
  else if (!code) cli_say(c, "%s: %lld words, %lld numbers each", to, (long long)v.n, (long long)v.dim);
  rn_vectors_free(&v);
  return code;
}
