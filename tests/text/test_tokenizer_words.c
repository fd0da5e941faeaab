/* test_tokenizer_words.c: a text's tokens in place of its words, and the pieces of a word alone. */
#include "base/check.h"
#include "text/tokenizer_words.h"

static rn_context *ctx;

static int setup(void **state) { return folder_setup(state) || rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return folder_teardown(state);
}

static const char corpus[] = "the cat and the dog and the cat\nthe cat sat and the dog sat\n";

static rn_tokenizer *tokenizer_of(rn_tokenizer_type type, bool byte_level) {
  rn_tokenizer_options o = rn_tokenizer_options_default(type);
  const char *path = in_folder("corpus");
  rn_tokenizer *t;
  o.byte_level = byte_level;
  o.min_count = type == RN_TOKENIZER_WORD ? 1 : 0;
  assert_ok(rn_file_write(path, corpus, strlen(corpus), NULL), NULL);
  if (rn_tokenizer_train(ctx, &path, 1, &o, &t) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return t;
}

static void assert_token(const rn_tokenizer *t, int32_t id, const char *expected) {
  assert_string_equal(rn_tokenizer_token(t, id, NULL), expected);
}

/* A word alone is what it is in the midst of a text, by whatever sign the tokenizer knows a word that stands there. */
static void of_a_word(void **state) {
  static const struct {
    rn_tokenizer_type type;
    bool byte_level, blank;
    const char *cat;
  } cases[] = {{RN_TOKENIZER_BPE, true, true, "\u0120cat"},
               {RN_TOKENIZER_BPE, false, false, "cat</w>"},
               {RN_TOKENIZER_WORDPIECE, false, false, "cat"},
               {RN_TOKENIZER_WORD, false, false, "cat"},
               {RN_TOKENIZER_CHAR, false, false, "c"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rn_tokenizer *t = tokenizer_of(cases[i].type, cases[i].byte_level);
    rn_word_pieces pieces;
    rn_tokens tokens;
    assert_int_equal(rn_word_pieces_init(ctx, t, &pieces), RN_OK);
    assert_int_equal(pieces.blank, cases[i].blank);
    assert_int_equal(rn_word_pieces_find(ctx, &pieces, (rn_string){"cat", 3}, &tokens), RN_OK);
    assert_int_equal(tokens.n, cases[i].type == RN_TOKENIZER_CHAR ? 3 : 1);
    assert_token(t, tokens.ids[0], cases[i].cat);
    rn_tokens_free(&tokens);
    rn_tokenizer_free(t);
  }
}

/* Of a text without blanks no token begins with one. */
static void of_a_word_where_blanks_mean_nothing(void **state) {
  rn_tokenizer_options o = rn_tokenizer_options_default(RN_TOKENIZER_BPE);
  const char *path = in_folder("lines"), *lines = "cat\ncat\ndog\n";
  rn_tokenizer *t;
  rn_word_pieces pieces;
  assert_ok(rn_file_write(path, lines, strlen(lines), NULL), NULL);
  assert_int_equal(rn_tokenizer_train(ctx, &path, 1, &o, &t), RN_OK);
  assert_int_equal(rn_word_pieces_init(ctx, t, &pieces), RN_OK);
  assert_false(pieces.blank);
  rn_tokenizer_free(t);
}

/* Unigram marks the beginning of a word itself: one mark, not two. */
static void of_a_word_with_a_mark(void **state) {
  rn_tokenizer *t = tokenizer_of(RN_TOKENIZER_UNIGRAM, false);
  rn_word_pieces pieces;
  rn_tokens tokens;
  char joined[64] = "";
  assert_int_equal(rn_word_pieces_init(ctx, t, &pieces), RN_OK);
  assert_false(pieces.blank);
  assert_int_equal(rn_word_pieces_find(ctx, &pieces, (rn_string){"cat", 3}, &tokens), RN_OK);
  for (int64_t i = 0; i < tokens.n; i++) strcat(joined, rn_tokenizer_token(t, tokens.ids[i], NULL));
  assert_string_equal(joined, "\u2581cat");
  rn_tokens_free(&tokens);
  rn_tokenizer_free(t);
}

static void what_is_not_known(void **state) {
  rn_tokenizer *t = tokenizer_of(RN_TOKENIZER_WORDPIECE, false);
  rn_word_pieces pieces;
  rn_tokens tokens;
  assert_int_equal(rn_word_pieces_init(ctx, t, &pieces), RN_OK);
  assert_int_equal(rn_word_pieces_find(ctx, &pieces, (rn_string){"\xce\xa9", 2}, &tokens), RN_OK);
  assert_int_equal(tokens.n_unknown, 1);
  rn_tokens_free(&tokens);
  assert_int_equal(rn_word_pieces_find(ctx, &pieces, (rn_string){"\x01", 1}, &tokens), RN_OK); /* which BERT's rules leave out */
  assert_int_equal(tokens.n, 0);
  rn_tokens_free(&tokens);
  rn_tokenizer_free(t);
}

static void texts(void **state) {
  rn_tokenizer *t = tokenizer_of(RN_TOKENIZER_BPE, true);
  rn_string out[8];
  int64_t n;
  assert_int_equal(rn_text_split(ctx, RN_SPLIT_TOKENS, t, "the cat x", 9, NULL, NULL, 0, &n), RN_OK);
  assert_int_equal(n, 4); /* the Ġcat Ġ x */
  for (int64_t max = 0; max <= 8; max++) {
    memset(out, 0, sizeof out);
    assert_int_equal(rn_text_split(ctx, RN_SPLIT_TOKENS, t, " the cat", 8, NULL, out, max, &n), RN_OK);
    assert_int_equal(n, 2);
    if (max > 0) assert_string_equal(out[0].data, "\u0120the");
    if (max > 1) assert_string_equal(out[1].data, "\u0120cat");
    if (max > 1) assert_int_equal(out[1].size, 5);
    if (max < 2) assert_null(out[1].data);
  }
  assert_int_equal(rn_text_split(ctx, RN_SPLIT_SPACE, NULL, "the cat x", 9, NULL, out, 8, &n), RN_OK);
  assert_int_equal(n, 3);
  assert_int_equal(out[2].size, 1);
  rn_tokenizer_free(t);
}

static void each_allocation_failed_once(void **state) {
  rn_tokenizer *t = tokenizer_of(RN_TOKENIZER_BPE, true);
  rn_status status = RN_ERROR_MEMORY;
  for (uint64_t i = 1; status != RN_OK; i++) {
    rn_word_pieces pieces;
    rn_tokens tokens = {0};
    rn_string out[8];
    int64_t n;
    rn_alloc_fail_after(i);
    status = rn_word_pieces_init(ctx, t, &pieces);
    if (status == RN_OK) status = rn_word_pieces_find(ctx, &pieces, (rn_string){"cats", 4}, &tokens);
    if (status == RN_OK) status = rn_text_split(ctx, RN_SPLIT_TOKENS, t, "the cats", 8, NULL, out, 8, &n);
    rn_alloc_fail_after(0);
    assert_true(status == RN_OK || status == RN_ERROR_MEMORY);
    rn_tokens_free(&tokens);
    rn_context_clear(ctx);
  }
  rn_tokenizer_free(t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(of_a_word),
      cmocka_unit_test(of_a_word_where_blanks_mean_nothing),
      cmocka_unit_test(of_a_word_with_a_mark),
      cmocka_unit_test(what_is_not_known),
      cmocka_unit_test(texts),
      cmocka_unit_test(each_allocation_failed_once),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
