/* cmd_embed_eval.c: rondo embed eval and rondo embed similarity: how good vectors are. */
#include "embed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double share(int64_t part, int64_t whole) { return whole > 0 ? (double)part / (double)whole : 0; }

static void put_score(const cli *c, rn_string name, rn_quiz_score s) {
  if (c->json) {
    cli_put_json(json_pack("{s:o, s:I, s:I, s:I, s:I, s:f, s:f}", "section", cli_json_text(name.data, name.size), "questions",
                           (json_int_t)s.n, "asked", (json_int_t)s.n_asked, "correct_add", (json_int_t)s.correct_add, "correct_mul",
                           (json_int_t)s.correct_mul, "accuracy_add", share(s.correct_add, s.n_asked), "accuracy_mul",
                           share(s.correct_mul, s.n_asked)));
    return;
  }
  printf("%-30.*s %7lld of %7lld  %7.2f %%  %7.2f %%\n", EMBED_SHOW(name), (long long)s.n_asked, (long long)s.n,
         100 * share(s.correct_add, s.n_asked), 100 * share(s.correct_mul, s.n_asked));
}

static void add_score(rn_quiz_score *sum, rn_quiz_score s) {
  sum->n += s.n, sum->n_asked += s.n_asked, sum->correct_add += s.correct_add, sum->correct_mul += s.correct_mul;
}

/* In questions-words.txt syntactic sections are called gram..., the others are about meaning. */
static bool is_syntactic(rn_string name) { return name.size > 4 && memcmp(name.data, "gram", 4) == 0; }

static rn_string named(const char *name) { return (rn_string){name, strlen(name)}; }

static void put_scores(const cli *c, const rn_questions *q, const rn_quiz_score *section) {
  rn_quiz_score sum[2] = {0}, all = {0};
  if (!c->json) printf("%-30s %18s  %9s  %9s\n", "section", "questions asked", "3CosAdd", "3CosMul");
  for (int64_t i = 0; i < q->n_sections; i++) {
    put_score(c, q->section_name[i], section[i]);
    add_score(&sum[is_syntactic(q->section_name[i])], section[i]);
    add_score(&all, section[i]);
  }
  if (sum[0].n && sum[1].n) {
    put_score(c, named("semantic"), sum[0]);
    put_score(c, named("syntactic"), sum[1]);
  }
  put_score(c, named("all"), all);
  if (all.n_asked < all.n)
    cli_say(c, "%lld of %lld questions hold a word that is not among those looked at, and are not asked", (long long)(all.n - all.n_asked),
            (long long)all.n);
}

int cmd_embed_eval(cli *c) {
  rn_vectors v;
  rn_questions q;
  int code = EXIT_DONE;
  if (rn_questions_open(c->ctx, c->options.args[1], &q) != RN_OK) return cli_fail_context(c);
  if (!embed_open(c, &v, &code)) {
    rn_questions_free(&q);
    return code;
  }
  rn_quiz_score *section = cli_alloc((size_t)q.n_sections * sizeof *section);
  if (rn_vectors_quiz(c->ctx, &v, &q, v.n, section) != RN_OK) code = cli_fail_context(c);
  else put_scores(c, &q, section);
  free(section);
  rn_questions_free(&q);
  rn_vectors_free(&v);
  return code;
}

static void put_similarity(const cli *c, const char *path, const rn_similarity *s) {
  const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
  if (c->json) {
    cli_put_json(json_pack("{s:o, s:I, s:I, s:o, s:o, s:o, s:o}", "set", cli_json_text(name, strlen(name)), "pairs", (json_int_t)s->n,
                           "known", (json_int_t)s->n_known, "spearman", cli_json_real(s->spearman), "low", cli_json_real(s->low), "high",
                           cli_json_real(s->high), "pearson", cli_json_real(s->pearson)));
  } else {
    printf("%-26.26s %6lld of %6lld  %8.4f  %8.4f to %7.4f  %8.4f\n", name, (long long)s->n_known, (long long)s->n, s->spearman, s->low,
           s->high, s->pearson);
  }
}

int cmd_embed_similarity(cli *c) {
  rn_vectors v;
  int code = EXIT_DONE;
  if (!embed_open(c, &v, &code)) return code;
  for (int i = 1; !code && i < c->options.n_args; i++) {
    rn_word_pairs pairs;
    rn_similarity s;
    if (rn_word_pairs_open(c->ctx, c->options.args[i], true, &pairs) != RN_OK) {
      code = cli_fail_context(c);
      break;
    }
    if (i == 1 && !c->json) printf("%-26s %16s  %8s  %19s  %8s\n", "set", "pairs known", "Spearman", "95 % interval", "Pearson");
    if (rn_vectors_similarity(c->ctx, &v, &pairs, NULL, &s) != RN_OK) code = cli_fail_context(c);
    else put_similarity(c, c->options.args[i], &s);
    rn_word_pairs_free(&pairs);
  }
  rn_vectors_free(&v);
  return code;
}
