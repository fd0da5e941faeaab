/* test_tag_scheme.c: every pair of tags against rules written out as a table; all short sequences of spans through all schemes and back;
 * detection; and what real data has wrong with it. */
#include <math.h>
#include <rondo/tags.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A string of tags, separated by spaces, taken apart. */
static int64_t parse(const char *text, rn_tag *tags, char *copy) {
  int64_t n = 0;
  strcpy(copy, text);
  for (char *rest = copy, *tag; (tag = strtok_r(rest, " ", &rest));) tags[n++] = rn_tag_parse(tag);
  return n;
}

/* ---- every pair ---- */

enum { N_TAGS = 9 };
static const char *const all[N_TAGS] = {"O", "B-X", "I-X", "E-X", "S-X", "B-Y", "I-Y", "E-Y", "S-Y"};

/* A row for the tag before (first the start of the sequence, then in the order above), a column for the tag after, then the end. */
enum { ROW = N_TAGS + 1 };
static const char *const allowed[RN_TAG_SCHEME_COUNT] = {
    [RN_IOB1] = "x.x...x..x"
                "x.x...x..x"
                "xxx...x..x"
                "xxx...x..x"
                ".........."
                ".........."
                "x.x..xx..x"
                "x.x..xx..x"
                ".........."
                "..........",
    [RN_IOB2] = "xx...x...x"
                "xx...x...x"
                "xxx..x...x"
                "xxx..x...x"
                ".........."
                ".........."
                "xx...xx..x"
                "xx...xx..x"
                ".........."
                "..........",
    [RN_IOBES] = "xx..xx..xx"
                 "xx..xx..xx"
                 "..xx......"
                 "..xx......"
                 "xx..xx..xx"
                 "xx..xx..xx"
                 "......xx.."
                 "......xx.."
                 "xx..xx..xx"
                 "xx..xx..xx",
};

static void test_every_pair(void **state) {
  rn_tag tags[N_TAGS];
  float transitions[N_TAGS * N_TAGS], start[N_TAGS], end[N_TAGS];
  for (int i = 0; i < N_TAGS; i++) tags[i] = rn_tag_parse(all[i]);
  for (int s = 0; s < RN_TAG_SCHEME_COUNT; s++) {
    rn_tag_scheme_mask((rn_tag_scheme)s, tags, N_TAGS, transitions, start, end);
    for (int i = 0; i < N_TAGS; i++) {
      assert_int_equal(start[i] == 0, allowed[s][i] == 'x');
      assert_int_equal(end[i] == 0, allowed[s][(i + 1) * ROW + N_TAGS] == 'x');
      for (int j = 0; j < N_TAGS; j++) {
        float mask = transitions[i * N_TAGS + j];
        if ((mask == 0) != (allowed[s][(i + 1) * ROW + j] == 'x') || (mask != 0 && mask != -INFINITY))
          fail_msg("%s: %s %s is %g", rn_tag_scheme_name((rn_tag_scheme)s), all[i], all[j], (double)mask);
      }
    }
  }
}

/* ---- conversion ---- */

typedef struct words {
  rn_context *ctx;
  rn_tag_set *set;
} words;

static int words_setup(void **state) {
  static words w;
  *state = &w;
  return rn_context_new(NULL, &w.ctx, NULL, 0) == RN_OK && rn_tag_set_new(w.ctx, all, N_TAGS, &w.set) == RN_OK ? 0 : -1;
}

static int words_teardown(void **state) {
  words *w = *state;
  rn_tag_set_free(w->set);
  rn_context_free(w->ctx);
  return 0;
}

static int32_t id_of(rn_tag tag) {
  char text[8];
  rn_tag_text(tag, text, sizeof text);
  for (int32_t i = 0; i < N_TAGS; i++)
    if (strcmp(text, all[i]) == 0) return i;
  fail_msg("no tag %s", text);
  return -1;
}

static void assert_converts(const words *w, rn_tag_scheme to, const char *from, const char *wanted) {
  char copy[128], got[128] = "";
  rn_tag tags[16], out[16];
  rn_span spans[16];
  int32_t ids[16];
  int64_t n = parse(from, tags, copy);
  for (int64_t t = 0; t < n; t++) ids[t] = id_of(tags[t]);
  rn_tags_write(to, w->set, spans, rn_spans_read(w->set, ids, n, spans), n, out);
  for (int64_t t = 0, at = 0; t < n; t++) {
    if (t > 0) got[at++] = ' ';
    at += rn_tag_text(out[t], got + at, sizeof got - (size_t)at);
  }
  assert_string_equal(got, wanted);
}

static void test_known_sequences(void **state) {
  static const char *const same[][RN_TAG_SCHEME_COUNT] = {
      {"I-X I-X I-X B-X O", "B-X I-X I-X B-X O", "B-X I-X E-X S-X O"},
      {"I-X I-Y I-Y O I-Y", "B-X B-Y I-Y O B-Y", "S-X B-Y E-Y O S-Y"},
      {"O O", "O O", "O O"},
      {"I-Y", "B-Y", "S-Y"},
      {"I-X B-X B-X I-X", "B-X B-X B-X I-X", "S-X S-X B-X E-X"},
  };
  for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
    for (int from = 0; from < RN_TAG_SCHEME_COUNT; from++)
      for (int to = 0; to < RN_TAG_SCHEME_COUNT; to++) assert_converts(*state, (rn_tag_scheme)to, same[i][from], same[i][to]);
}

/* What no scheme allows still has a meaning, conlleval's, and comes out well-formed. */
static void test_broken_sequences(void **state) {
  assert_converts(*state, RN_IOB2, "O I-X I-X B-Y I-X", "O B-X I-X B-Y B-X");
  assert_converts(*state, RN_IOBES, "B-X O E-X E-X", "S-X O S-X S-X");
  assert_converts(*state, RN_IOB2, "S-X I-X E-Y I-Y", "B-X B-X B-Y B-Y");
}

/* Each of the 9^4 sequences of four tags: whatever is written is allowed and is read as the same spans. */
static void test_there_and_back(void **state) {
  const words *w = *state;
  enum { N = 4 };
  for (int number = 0; number < N_TAGS * N_TAGS * N_TAGS * N_TAGS; number++) {
    int32_t ids[N];
    rn_span spans[N], again[N];
    rn_tag tags[N];
    for (int t = 0, rest = number; t < N; t++, rest /= N_TAGS) ids[t] = rest % N_TAGS;
    int64_t n = rn_spans_read(w->set, ids, N, spans);
    for (int s = 0; s < RN_TAG_SCHEME_COUNT; s++) {
      rn_tags_write((rn_tag_scheme)s, w->set, spans, n, N, tags);
      assert_int_equal(rn_tags_invalid((rn_tag_scheme)s, tags, N, NULL), 0);
      for (int t = 0; t < N; t++) ids[t] = id_of(tags[t]);
      assert_int_equal(rn_spans_read(w->set, ids, N, again), n);
      for (int64_t i = 0; i < n; i++) {
        assert_int_equal(again[i].begin, spans[i].begin);
        assert_int_equal(again[i].end, spans[i].end);
        assert_int_equal(again[i].type, spans[i].type);
      }
    }
  }
}

/* ---- what is wrong, and which scheme it is ---- */

static void test_invalid_places(void **state) {
  char copy[128];
  rn_tag tags[16];
  int64_t places[17];
  int64_t n = parse("I-X O B-X I-Y E-X B-X", tags, copy);
  assert_int_equal(rn_tags_invalid(RN_IOBES, tags, n, places), 5);
  static const int64_t wanted[] = {0, 1, 3, 4, 6};
  assert_memory_equal(places, wanted, sizeof wanted);
  assert_int_equal(rn_tags_invalid(RN_IOB2, tags, n, places), 4); /* I-X at 0, I-Y at 3, E at 4, and what follows it */
  assert_int_equal(places[0], 0);
  assert_int_equal(places[1], 3);
  assert_int_equal(rn_tags_invalid(RN_IOBES, tags, 0, places), 0);
  assert_int_equal(rn_tags_invalid(RN_IOB2, (rn_tag[]){rn_tag_parse("B"), rn_tag_parse("I")}, 2, places), 0);
}

static rn_tag_scheme detect(const char *a, const char *b) {
  char copy[128];
  rn_tag tags[16];
  rn_tag_evidence evidence = {0};
  rn_tags_count(&evidence, tags, parse(a, tags, copy));
  rn_tags_count(&evidence, tags, parse(b, tags, copy));
  return rn_tags_detect(&evidence);
}

static void test_detection(void **state) {
  assert_int_equal(detect("O I-X I-X O", "I-Y O"), RN_IOB1);
  assert_int_equal(detect("O B-X I-X O", "B-Y O"), RN_IOB2);
  assert_int_equal(detect("O B-X E-X O", "S-Y O"), RN_IOBES);
  assert_int_equal(detect("O O", "O"), RN_IOB2);
  assert_int_equal(detect("B-X I-X O B-X O B-Y B-X", "I-X"), RN_IOB2); /* one mistake does not make it IOB1 */
}

static void test_names(void **state) {
  char text[3];
  rn_tag_scheme scheme;
  for (int s = 0; s < RN_TAG_SCHEME_COUNT; s++) {
    assert_true(rn_tag_scheme_parse(rn_tag_scheme_name((rn_tag_scheme)s), &scheme));
    assert_int_equal(scheme, s);
  }
  assert_false(rn_tag_scheme_parse("bilou", &scheme));
  assert_int_equal(rn_tag_text(rn_tag_parse("B-LONG"), text, sizeof text), 6);
  assert_string_equal(text, "B-");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_pair),
      cmocka_unit_test_setup_teardown(test_known_sequences, words_setup, words_teardown),
      cmocka_unit_test_setup_teardown(test_broken_sequences, words_setup, words_teardown),
      cmocka_unit_test_setup_teardown(test_there_and_back, words_setup, words_teardown),
      cmocka_unit_test(test_invalid_places),
      cmocka_unit_test(test_detection),
      cmocka_unit_test(test_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
