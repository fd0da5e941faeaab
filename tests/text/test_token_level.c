/* test_token_level.c: a tokenizer as the vocabulary of a model: ids with line ends, ids back to text one by one, and the model file. */
#include "base/check.h"
#include "text/vocab.h"
#include <rondo/tokenizer.h>

static rn_context *ctx;

static int setup(void **state) { return folder_setup(state) || rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return folder_teardown(state);
}

/* Emoji of four bytes, so that a byte-level tokenizer of few merges cuts them. */
static const char text[] = "the cat sat\non the mat\n\nthe \xf0\x9f\x98\x80 and \xc3\xa9t\xc3\xa9, the cat";

static rn_vocab *vocab_of(rn_tokenizer_type type, bool byte_level) {
  rn_tokenizer_options o = rn_tokenizer_options_default(type);
  o.byte_level = byte_level;
  o.coverage = 1;
  o.vocab_size = type == RN_TOKENIZER_CHAR ? 0 : byte_level ? 260 : 60;
  rn_tokenizer *t;
  rn_vocab *v;
  const char *path = in_folder("corpus");
  assert_ok(rn_file_write(path, text, strlen(text), NULL), NULL);
  rn_context_clear(ctx);
  if (rn_tokenizer_train(ctx, &path, 1, &o, &t) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  assert_int_equal(rn_vocab_from_tokenizer(ctx, t, &v), RN_OK);
  return v;
}

/* Writes ids one by one; every piece is well-formed. */
static void assert_written(const rn_vocab *v, const rn_encoding *e, const char *expected) {
  rn_vocab_writer *w;
  rn_string piece;
  char out[1024] = "";
  assert_int_equal(rn_vocab_writer_new(ctx, v, -1, &w), RN_OK);
  for (int64_t i = 0; i <= e->n; i++) {
    assert_int_equal(rn_vocab_writer_put(w, i < e->n ? e->ids[i] : -1, &piece), RN_OK);
    assert_null(strstr(piece.data, "\xef\xbf\xbd"));
    strncat(out, piece.data, piece.size);
  }
  assert_string_equal(out, expected);
  rn_vocab_writer_free(w);
}

static void of_bytes(void **state) {
  rn_vocab *v = vocab_of(RN_TOKENIZER_BPE, true);
  rn_encoding e;
  assert_int_equal(rn_vocab_level(v), RN_LEVEL_TOKEN);
  assert_int_equal(rn_vocab_size(v), 260);
  assert_int_equal(rn_vocab_encode(ctx, v, text, strlen(text), &e), RN_OK);
  assert_int_equal(e.n_chars, 46);
  assert_int_equal(e.n_unknown, 0);
  assert_int_equal(rn_vocab_eos(v), rn_vocab_find(v, "\xc4\x8a", 2)); /* the line end is a token, and there is no other end */
  assert_written(v, &e, text);
  /* A character that never becomes whole is shown all the same. */
  rn_vocab_writer *w;
  rn_string piece;
  assert_int_equal(rn_vocab_writer_new(ctx, v, -1, &w), RN_OK);
  int32_t lead = rn_vocab_find(v, "\xc3\xb0", 2); /* 0xf0 */
  assert_int_equal(rn_vocab_writer_put(w, lead, &piece), RN_OK);
  assert_int_equal(piece.size, 0);
  assert_int_equal(rn_vocab_writer_put(w, -1, &piece), RN_OK);
  assert_string_equal(piece.data, "\xef\xbf\xbd");
  rn_vocab_writer_free(w);
  rn_encoding_free(&e);
  rn_vocab_free(v);
}

/* Tokenizers that take line ends for blanks: </s>, or [SEP], stands for them. */
static void line_ends(void **state) {
  static const struct {
    rn_tokenizer_type type;
    const char *eos;
  } kinds[] = {{RN_TOKENIZER_UNIGRAM, "</s>"}, {RN_TOKENIZER_BPE, "</s>"}, {RN_TOKENIZER_WORDPIECE, "[SEP]"}, {RN_TOKENIZER_WORD, "</s>"}};
  for (int k = 0; k < 4; k++) {
    rn_vocab *v = vocab_of(kinds[k].type, false);
    int32_t eos = rn_vocab_eos(v);
    assert_int_equal(eos, rn_vocab_find(v, kinds[k].eos, strlen(kinds[k].eos)));
    rn_encoding e, prompt, empty;
    const char *lines = "the cat\n\non the mat";
    assert_int_equal(rn_vocab_encode(ctx, v, lines, strlen(lines), &e), RN_OK);
    assert_int_equal(rn_vocab_encode_prompt(ctx, v, lines, strlen(lines), &prompt), RN_OK);
    int64_t n = 0;
    for (int64_t i = 0; i < e.n; i++) n += e.ids[i] == eos;
    assert_int_equal(n, 3);
    assert_int_equal(e.ids[e.n - 1], eos);
    assert_int_equal(prompt.n, e.n - 1);
    assert_memory_equal(prompt.ids, e.ids, (size_t)prompt.n * sizeof *e.ids);
    assert_written(v, &e, "the cat\n\non the mat\n");
    assert_int_equal(rn_vocab_encode(ctx, v, "", 0, &empty), RN_OK);
    assert_int_equal(empty.n, 0);
    rn_encoding_free(&e);
    rn_encoding_free(&prompt);
    rn_encoding_free(&empty);
    rn_vocab_free(v);
  }
}

static void piece_by_piece(void **state) {
  rn_vocab *v = vocab_of(RN_TOKENIZER_UNIGRAM, false);
  rn_encoding e;
  char out[64], all[256] = "";
  assert_int_equal(rn_vocab_encode(ctx, v, "the cat sat\nthe", 15, &e), RN_OK);
  for (int64_t i = 0; i < e.n; i++) {
    rn_vocab_decode(v, i > 0 ? e.ids[i - 1] : -1, e.ids[i], out, sizeof out);
    strcat(all, out);
  }
  assert_string_equal(all, "the cat sat\nthe\n");
  assert_int_equal(rn_vocab_decode(v, -1, 1000000, out, sizeof out), 0);
  rn_encoding_free(&e);
  rn_vocab_free(v);
}

static void in_a_model_file(void **state) {
  rn_vocab *v = vocab_of(RN_TOKENIZER_WORDPIECE, false), *back = NULL;
  rn_encoding e;
  rn_error err = {0};
  assert_int_equal(rn_vocab_encode(ctx, v, text, strlen(text), &e), RN_OK);
  rn_vocab_count_ids(v, e.ids, e.n);
  json_t *json = rn_vocab_to_json(v);
  assert_ok(rn_vocab_from_json(json, "model", &back, &err), &err);
  assert_true(rn_vocab_equal(v, back));
  assert_int_equal(rn_vocab_eos(v), rn_vocab_eos(back));
  assert_int_equal(rn_vocab_unk(v), rn_vocab_unk(back));
  for (int32_t id = 0; id < rn_vocab_size(v); id++) assert_int_equal(rn_vocab_count(v, id), rn_vocab_count(back, id));
  assert_true(rn_vocab_count(v, rn_vocab_find(v, "the", 3)) >= 4);
  rn_vocab_free(back);
  static const char *const wrong[] = {"{\"level\": \"token\"}", "{\"level\": \"token\", \"tokenizer\": \"{}\", \"counts\": \"\"}"};
  for (int i = 0; i < 2; i++) {
    json_t *bad = json_loads(wrong[i], 0, NULL);
    rn_error_clear(&err);
    assert_int_equal(rn_vocab_from_json(bad, "model", &back, &err), RN_ERROR_DATA);
    assert_words(&err, "model: ");
    assert_null(back);
    json_decref(bad);
  }
  json_object_set_new(json, "counts", json_string("1 2 3"));
  rn_error_clear(&err);
  assert_int_equal(rn_vocab_from_json(json, "model", &back, &err), RN_ERROR_DATA);
  assert_words(&err, "the counts are not those of its tokens");
  json_decref(json);
  rn_encoding_free(&e);
  rn_vocab_free(v);
}

static void every_allocation(void **state) {
  rn_vocab *v = vocab_of(RN_TOKENIZER_UNIGRAM, false);
  json_t *json = rn_vocab_to_json(v);
  for (uint64_t n = 1;; n++) {
    rn_vocab *back = NULL;
    rn_vocab_writer *w = NULL;
    rn_encoding e = {0};
    rn_error err = {0};
    rn_string piece;
    rn_context_clear(ctx);
    rn_alloc_fail_after(n);
    rn_status status = rn_vocab_from_json(json, "model", &back, &err);
    if (status == RN_OK) status = rn_vocab_encode(ctx, back, text, strlen(text), &e);
    if (status == RN_OK) status = rn_vocab_writer_new(ctx, back, -1, &w);
    if (status == RN_OK) status = rn_vocab_writer_put(w, e.ids[0], &piece);
    rn_alloc_fail_after(0);
    rn_vocab_writer_free(w);
    rn_encoding_free(&e);
    rn_vocab_free(back);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_MEMORY);
  }
  rn_context_clear(ctx);
  json_decref(json);
  rn_vocab_free(v);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(of_bytes),        cmocka_unit_test(line_ends),        cmocka_unit_test(piece_by_piece),
      cmocka_unit_test(in_a_model_file), cmocka_unit_test(every_allocation),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
