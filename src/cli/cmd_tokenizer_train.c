/* cmd_tokenizer_train.c: rondo tokenizer train: texts in, a tokenizer.json out. */
#include "cli.h"
#include "terminal.h"
#include "tokenizer_measure.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* "a,b" to its parts, in `parts`; the text is cut in place. */
static int64_t cut_list(char *text, const char ***parts) {
  int64_t n = 0;
  *parts = cli_alloc((strlen(text) + 1) * sizeof **parts);
  for (char *save, *part = strtok_r(text, ",", &save); part; part = strtok_r(NULL, ",", &save)) (*parts)[n++] = part;
  return n;
}

static void put_result(const cli *c, const char *path, const rn_tokenizer *t, double seconds) {
  const char *type = rn_tokenizer_type_name(rn_tokenizer_type_of(t));
  char size[32], took[32];
  if (c->json) {
    cli_put_json(json_pack("{s:o, s:s, s:I, s:o}", "tokenizer", cli_json_text(path, strlen(path)), "type", type, "size",
                           (json_int_t)rn_tokenizer_size(t), "seconds", cli_json_real(seconds)));
    return;
  }
  printf("%s: %s, %s tokens, learned in %s\n", path, type, text_count(size, sizeof size, rn_tokenizer_size(t)),
         text_time(took, sizeof took, seconds));
  fflush(stdout);
  cli_say(c,
          "\nWhat to type next:\n"
          "  rondo tokenizer encode %s --tokens < text\n"
          "  rondo tokenizer info %s %s\n"
          "  rondo train lm %s --tokenizer %s",
          path, path, c->options.args[0], c->options.args[0], path);
}

int cmd_tokenizer_train(cli *c) {
  const cli_options *o = &c->options;
  const char *path = opt_text(o, "output");
  rn_tokenizer_type type = RN_TOKENIZER_BPE;
  rn_tokenizer_type_parse(opt_text(o, "type"), &type);
  rn_tokenizer_options options = rn_tokenizer_options_default(type);
  if (opt_given(o, "vocab")) options.vocab_size = opt_int(o, "vocab");
  options.min_count = opt_int(o, "min-count");
  if (type == RN_TOKENIZER_BPE) options.byte_level = opt_bool(o, "byte-level");
  options.byte_fallback = opt_bool(o, "byte-fallback");
  options.normalize = opt_text(o, "normalize");
  options.pattern = opt_text(o, "pattern");
  options.coverage = opt_float(o, "coverage");
  options.memory = opt_int(o, "memory");
  char *list = opt_text(o, "special") ? cli_copy(opt_text(o, "special")) : NULL;
  const char **specials = NULL;
  if (list) options.n_specials = cut_list(list, &specials), options.specials = specials;

  struct stat there;
  rn_tokenizer *tokenizer = NULL;
  double begin = now();
  int code = EXIT_DONE;
  if (stat(path, &there) == 0 && S_ISDIR(there.st_mode))
    code = cli_fail(EXIT_USAGE, "%s is a folder; name the file, as -o %s/tokenizer.json", path, path);
  else if (rn_tokenizer_train(c->ctx, (const char *const *)o->args, o->n_args, &options, &tokenizer) != RN_OK) code = cli_fail_context(c);
  else code = tokenizer_write(c, tokenizer, path);
  if (!code && strcmp(path, "-") != 0) put_result(c, path, tokenizer, now() - begin);
  rn_tokenizer_free(tokenizer);
  free(specials);
  free(list);
  return code;
}
