/* input_context.c: see input_context.h. */
#include "models/input_context.h"
#include "base/alloc.h"
#include "base/map.h"
#include "models/pick.h"
#include "text/tokenizer_words.h"
#include <string.h>

#define PREFIX "context."
static const rn_bilm_names names = {PREFIX "embed", {[RN_FORWARD] = PREFIX "forward", [RN_BACKWARD] = PREFIX "backward"}, NULL};

struct rn_input_context {
  rn_lm direction[RN_N_DIRECTIONS];
  rn_vocab *vocab;
  rn_word_pieces pieces; /* of words, where the vocabulary is a tokenizer's */
  int32_t blank;         /* between words, where it is of characters; -1: nothing is */
  rn_param *scores, *gamma;
};

/* ---- in a model ---- */

json_t *rn_input_context_learn(rn_context *ctx, const rn_model *bilm) {
  rn_lm_config config;
  if (rn_bilm_config_of(ctx, bilm, &config) != RN_OK) return NULL;
  json_t *json = rn_lm_config_new(&config), *vocab = rn_vocab_to_json(bilm->vocab);
  if (json && vocab && json_object_set(json, "vocab", vocab) == 0) {
    json_decref(vocab);
    return json;
  }
  json_decref(vocab);
  json_decref(json);
  rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the language models of a context");
  return NULL;
}

static rn_status open_vocab(rn_context *ctx, const json_t *config, rn_input_context *c) {
  rn_error error = {0};
  const json_t *vocab = json_object_get(config, "vocab");
  if (!vocab) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the language models of a context lack their vocabulary");
  if (rn_vocab_from_json(vocab, "the context", &c->vocab, &error) != RN_OK) return rn_context_fail(ctx, error.status, "%s", error.text);
  const rn_tokenizer *tokenizer = rn_vocab_tokenizer(c->vocab);
  c->blank = rn_vocab_level(c->vocab) == RN_LEVEL_CHAR ? rn_vocab_find(c->vocab, " ", 1) : -1;
  return tokenizer ? rn_word_pieces_init(ctx, tokenizer, &c->pieces) : RN_OK;
}

/* They are used as they are: no weight changes, and nothing is dropped. */
static void freeze(rn_input_context *c, rn_params *params, int64_t first) {
  for (int64_t i = first; i < rn_params_count(params); i++) rn_params_at(params, i)->frozen = true;
  for (int d = 0; d < RN_N_DIRECTIONS; d++) {
    c->direction[d].embed.row_dropout = 0;
    c->direction[d].rnn.options.dropout = 0;
  }
}

rn_status rn_input_context_init(rn_context *ctx, rn_params *params, const json_t *config, rn_input_context **out) {
  rn_input_context *c = *out = rn_alloc_zero(1, sizeof *c);
  if (!c) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the language models of a context");
  int64_t first = rn_params_count(params);
  rn_status status = open_vocab(ctx, config, c);
  if (status == RN_OK) status = rn_bilm_declare(ctx, c->direction, params, &names, config, c->vocab);
  if (status != RN_OK) return status;
  freeze(c, params, first);
  int64_t n = c->direction->config.stack.n_layers + 1;
  c->scores = rn_params_add(params, "context_mix.scores", 1, &n, (rn_init){.kind = RN_INIT_ZERO});
  c->gamma = rn_params_add(params, "context_mix.gamma", 1, (int64_t[]){1}, (rn_init){.kind = RN_INIT_ONE});
  return RN_OK;
}

void rn_input_context_free(rn_input_context *c) {
  if (!c) return;
  rn_vocab_free(c->vocab);
  rn_free(c);
}

int64_t rn_input_context_width(const rn_input_context *c) { return RN_N_DIRECTIONS * c->direction->config.embed; }

rn_status rn_input_context_load(rn_context *ctx, rn_params *params, const rn_model *bilm) {
  for (int64_t i = 0; i < rn_params_count(params); i++) {
    const rn_param *p = rn_params_at(params, i);
    if (strncmp(p->name, PREFIX, strlen(PREFIX)) != 0) continue;
    const rn_param *from = rn_params_find(bilm->params, p->name + strlen(PREFIX));
    if (!from || rn_tensor_size(&from->tensor) != rn_tensor_size(&p->tensor))
      return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%s: not of the language models that it was learned from", p->name);
    memcpy(p->tensor.data, from->tensor.data, (size_t)rn_tensor_size(&p->tensor) * sizeof(float));
  }
  return RN_OK;
}

/* ---- once for each data set ---- */

static rn_status no_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the pieces of words"); }

/* The pieces of each distinct word. */
typedef struct forms {
  rn_map *number;  /* of each word */
  int64_t *offset; /* [words + 1] */
  int32_t *ids;
  int64_t capacity;
} forms;

static void forms_free(forms *f) {
  rn_map_free(f->number);
  rn_free(f->offset);
  rn_free(f->ids);
}

static rn_status pieces_of(rn_context *ctx, const rn_input_context *c, rn_string word, rn_encoding *out) {
  *out = (rn_encoding){0};
  if (!c->pieces.tokenizer) return rn_vocab_encode_prompt(ctx, c->vocab, word.data, word.size, out);
  rn_tokens tokens;
  rn_status status = rn_word_pieces_find(ctx, &c->pieces, word, &tokens);
  if (status != RN_OK) return status;
  out->ids = tokens.ids;
  out->n = tokens.n;
  tokens.ids = NULL;
  rn_tokens_free(&tokens);
  return RN_OK;
}

/* Appends word number n. A word without a piece is read as one that is unknown; where there is none such, as an end of line. */
static rn_status add_form(rn_context *ctx, const rn_input_context *c, rn_string word, int64_t n, forms *f) {
  rn_encoding e;
  rn_status status = pieces_of(ctx, c, word, &e);
  if (status != RN_OK) return status;
  int64_t begin = f->offset[n], end = f->offset[n + 1] = begin + (e.n > 0 ? e.n : 1);
  if (end > f->capacity) {
    int64_t capacity = 2 * end + 1024;
    int32_t *ids = rn_realloc(f->ids, (size_t)capacity * sizeof *ids);
    if (ids) f->ids = ids, f->capacity = capacity;
    else status = no_memory(ctx);
  }
  if (status == RN_OK && e.n > 0) memcpy(f->ids + begin, e.ids, (size_t)e.n * sizeof *e.ids);
  else if (status == RN_OK) f->ids[begin] = rn_vocab_unk(c->vocab) >= 0 ? rn_vocab_unk(c->vocab) : rn_vocab_eos(c->vocab);
  rn_encoding_free(&e);
  return status;
}

/* form [n_words]: the number of each word. Adds to *n the pieces of all words, and a blank to each. */
static rn_status find_forms(rn_context *ctx, const rn_input_context *c, const rn_sequences *s, forms *f, int32_t *form, int64_t *n) {
  for (int64_t r = 0; r < rn_ragged_rows(&s->seqs); r++) {
    bool fresh;
    const int64_t *number = rn_map_insert(f->number, s->words[r].data, s->words[r].size, rn_map_size(f->number), &fresh);
    if (!number) return no_memory(ctx);
    form[r] = (int32_t)*number;
    rn_status status = fresh ? add_form(ctx, c, s->words[r], form[r], f) : RN_OK;
    if (status != RN_OK) return status;
    *n += f->offset[form[r] + 1] - f->offset[form[r]] + 1;
  }
  return RN_OK;
}

/* Row 0 is eos; forward, piece i of n is row 1 + i, backward it is row n - i. */
static void lay_out(const rn_input_context *c, const rn_ragged *words, const forms *f, const int32_t *form, rn_context_pieces *out) {
  int64_t *offset = (int64_t *)out->seqs.offset;
  for (int64_t s = 0; s < words->n_seqs; s++) {
    int32_t *forward = out->ids[RN_FORWARD] + offset[s], *backward = out->ids[RN_BACKWARD] + offset[s], n = 0;
    for (int64_t w = words->offset[s]; w < words->offset[s + 1]; w++) {
      const int32_t *ids = f->ids + f->offset[form[w]];
      int32_t count = (int32_t)(f->offset[form[w] + 1] - f->offset[form[w]]);
      if (c->blank >= 0 && n > 0) forward[1 + n++] = c->blank;
      memcpy(forward + 1 + n, ids, (size_t)count * sizeof *ids);
      out->row[RN_BACKWARD][w] = n; /* of its first piece, until n is known */
      out->row[RN_FORWARD][w] = n += count;
    }
    for (int64_t w = words->offset[s]; w < words->offset[s + 1]; w++) out->row[RN_BACKWARD][w] = n - out->row[RN_BACKWARD][w];
    for (int32_t i = 0; i < n; i++) backward[n - i] = forward[1 + i];
    forward[0] = backward[0] = rn_vocab_eos(c->vocab);
    offset[s + 1] = offset[s] + 1 + n;
  }
}

static bool make_room(rn_context_pieces *out, int64_t n_seqs, int64_t n_words, int64_t n_pieces) {
  int64_t *offset = rn_alloc_zero((size_t)n_seqs + 1, sizeof *offset);
  bool ok = offset;
  out->seqs = (rn_ragged){n_seqs, offset};
  for (int d = 0; d < RN_N_DIRECTIONS; d++) {
    out->ids[d] = rn_alloc_zero((size_t)(n_seqs + n_pieces), sizeof *out->ids[d]);
    out->row[d] = rn_alloc_zero((size_t)n_words, sizeof *out->row[d]);
    ok = ok && out->ids[d] && out->row[d];
  }
  return ok;
}

rn_status rn_context_pieces_init(rn_context *ctx, const rn_input_context *c, const rn_sequences *s, rn_context_pieces *out) {
  int64_t n_words = rn_ragged_rows(&s->seqs), n_pieces = 0;
  *out = (rn_context_pieces){0};
  forms f = {.number = rn_map_new(), .offset = rn_alloc_zero((size_t)n_words + 1, sizeof *f.offset)};
  int32_t *form = rn_alloc_zero((size_t)n_words, sizeof *form);
  rn_status status = f.number && f.offset && form ? find_forms(ctx, c, s, &f, form, &n_pieces) : no_memory(ctx);
  if (status == RN_OK && !make_room(out, s->seqs.n_seqs, n_words, n_pieces)) status = no_memory(ctx);
  if (status == RN_OK) lay_out(c, &s->seqs, &f, form, out);
  forms_free(&f);
  rn_free(form);
  return status;
}

void rn_context_pieces_free(rn_context_pieces *pieces) {
  rn_free((int64_t *)pieces->seqs.offset);
  for (int d = 0; d < RN_N_DIRECTIONS; d++) {
    rn_free(pieces->ids[d]);
    rn_free(pieces->row[d]);
  }
  *pieces = (rn_context_pieces){0};
}

/* ---- on each pass ---- */

rn_tensor *rn_input_context_apply(const rn_input_context *c, rn_graph *g, const rn_context_pieces *p, const rn_ragged *all,
                                  const int64_t *pick, const rn_ragged *seqs) {
  static const int64_t none[] = {0};
  int64_t n = seqs->n_seqs, n_words = rn_ragged_rows(seqs);
  const int64_t *offset = rn_pick_offsets(g, &p->seqs, pick, n);
  rn_ragged batch = offset ? (rn_ragged){n, offset} : (rn_ragged){0, none};
  rn_tensor *state[RN_N_DIRECTIONS][RN_MAX_LAYERS + 1], *layer[RN_MAX_LAYERS + 1];
  int32_t *row[RN_N_DIRECTIONS];
  for (int d = 0; d < RN_N_DIRECTIONS; d++) {
    row[d] = rn_pick_rows(g, all, pick, seqs, p->row[d], sizeof *row[d]);
    for (int64_t s = 0; row[d] && s < batch.n_seqs; s++)
      for (int64_t w = seqs->offset[s]; w < seqs->offset[s + 1]; w++) row[d][w] += (int32_t)batch.offset[s];
    rn_lm_states(&c->direction[d], g, rn_pick_rows(g, &p->seqs, pick, &batch, p->ids[d], sizeof *p->ids[d]), &batch, state[d]);
  }
  int n_layers = c->direction->config.stack.n_layers + 1;
  for (int j = 0; j < n_layers; j++) {
    rn_tensor *side[RN_N_DIRECTIONS];
    for (int d = 0; d < RN_N_DIRECTIONS; d++) side[d] = rn_rows(g, state[d][j], row[d], n_words, seqs);
    layer[j] = rn_concat(g, side, RN_N_DIRECTIONS);
  }
  return rn_mix(g, layer, n_layers, &c->scores->tensor, &c->gamma->tensor);
}
