/* cmd_embed_nn.c: rondo embed nn and rondo embed analogy: what is near. */
#include "embed.h"

#include <stdlib.h>
#include <string.h>

static void put_ranked(const cli *c, const rn_vectors *v, json_t *head, const int64_t *row, const float *score, int64_t k) {
  json_t *list = json_array();
  for (int64_t i = 0; i < k && row[i] >= 0; i++) {
    rn_string word = rn_vectors_word(v, row[i]);
    if (c->json) json_array_append_new(list, json_pack("{s:o, s:f}", "word", embed_json(v, row[i]), "score", (double)score[i]));
    else printf("%8.4f  %.*s\n", (double)score[i], EMBED_SHOW(word));
  }
  json_object_set_new(head, "nearest", list);
  if (c->json) cli_put_json(head);
  else json_decref(head);
}

/* A word itself is no neighbour of it: one more is asked for, and it is left out where it is. */
static void put_neighbours(const cli *c, const rn_vectors *v, const char *word, int64_t own, int64_t *row, float *score, int64_t k) {
  int64_t n = 0;
  for (int64_t i = 0; i <= k && row[i] >= 0 && n < k; i++)
    if (row[i] != own) row[n] = row[i], score[n++] = score[i];
  if (!c->json && c->options.n_args > 2) printf("%s\n", word);
  put_ranked(c, v, json_pack("{s:o, s:b}", "word", cli_json_text(word, strlen(word)), "known", own >= 0), row, score, n);
}

int cmd_embed_nn(cli *c) {
  rn_vectors v;
  int code = EXIT_DONE;
  if (!embed_open(c, &v, &code)) return code;
  int64_t k = opt_int(&c->options, "top"), n = c->options.n_args - 1;
  if (k > v.n) k = v.n;
  rn_nearness how = opt_choice(&c->options, "metric") ? RN_NEAR_EUCLIDEAN : RN_NEAR_COSINE;
  float *query = cli_alloc((size_t)(n * v.dim) * sizeof *query), *score = cli_alloc((size_t)(n * (k + 1)) * sizeof *score);
  int64_t *own = cli_alloc((size_t)n * sizeof *own), *row = cli_alloc((size_t)(n * (k + 1)) * sizeof *row);
  for (int64_t i = 0; !code && i < n; i++)
    if (!embed_word(c, &v, c->options.args[i + 1], &own[i], query + i * v.dim)) code = EXIT_DATA;
  if (!code && rn_neighbours(c->ctx, how, v.n, v.dim, v.values, n, query, k + 1, row, score) != RN_OK) code = cli_fail_context(c);
  for (int64_t i = 0; !code && i < n; i++)
    put_neighbours(c, &v, c->options.args[i + 1], own[i], row + i * (k + 1), score + i * (k + 1), k);
  free(query);
  free(score);
  free(own);
  free(row);
  rn_vectors_free(&v);
  return code;
}

int cmd_embed_analogy(cli *c) {
  rn_vectors v;
  int code = EXIT_DONE;
  if (!embed_open(c, &v, &code)) return code;
  int64_t k = opt_int(&c->options, "top"), own[3];
  if (k > v.n) k = v.n;
  bool multiply = opt_choice(&c->options, "method") == 1;
  float *words = cli_alloc((size_t)(3 * v.dim) * sizeof *words), *score = cli_alloc((size_t)k * sizeof *score);
  int64_t *row = cli_alloc((size_t)k * sizeof *row);
  rn_analogy question = {0, 1, 2};
  char **args = c->options.args + 1;
  for (int i = 0; !code && i < 3; i++)
    if (!embed_word(c, &v, args[i], &own[i], words + i * v.dim)) code = EXIT_DATA;
  if (!code && rn_analogies(c->ctx, multiply ? RN_ANALOGY_MUL : RN_ANALOGY_ADD, v.n, v.dim, v.values, 3, words, own, 1, &question, k, row,
                            score) != RN_OK)
    code = cli_fail_context(c);
  if (!code) {
    json_t *head = json_object();
    const char *const names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) json_object_set_new(head, names[i], cli_json_text(args[i], strlen(args[i])));
    json_object_set_new(head, "method", json_string(multiply ? "mul" : "add"));
    put_ranked(c, &v, head, row, score, k);
  }
  free(words);
  free(score);
  free(row);
  rn_vectors_free(&v);
  return code;
}
