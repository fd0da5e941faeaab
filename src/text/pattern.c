/* pattern.c: regular expressions over PCRE2. A file is not trusted: steps and memory of a match are limited in proportion to the text. */
#include "text/pattern.h"
#include "base/alloc.h"
#include "base/text_buffer.h"
#include "text/char_classes.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#define WORD "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}"
#define HEAP_KIB 65536       /* of one match */
#define STACK_MAX (4u << 20) /* of the compiled code, bytes */
#define STEPS(size) (100000 + 64 * (size))

struct rn_pattern {
  pcre2_code *code;
};

static void *allocate(size_t size, void *user) { return rn_alloc(size); }
static void release(void *p, void *user) { rn_free(p); }

/* The expression in PCRE2's words: its own \s and \w know neither of Unicode's White_Space nor of its marks. */
static rn_status translate(const char *regex, size_t size, rn_text *out, rn_error *err) {
  bool in_class = false;
  for (size_t i = 0; i < size; i++) {
    char c = regex[i];
    if (c == '\\' && i + 1 < size) {
      char letter = regex[++i];
      if (letter == 's') rn_text_puts(out, "\\p{White_Space}");
      else if (letter == 'S') rn_text_puts(out, "\\P{White_Space}");
      else if (letter == 'w') rn_text_puts(out, in_class ? WORD : "[" WORD "]");
      else if (letter == 'W' && !in_class) rn_text_puts(out, "[^" WORD "]");
      else rn_text_append(out, regex + i - 1, 2);
      continue;
    }
    if (in_class && c == '&' && i + 1 < size && regex[i + 1] == '&')
      return rn_error_set(err, RN_ERROR_DATA, "at byte %zu: the intersection of classes, &&, is not known here", i);
    if (c == '[' && !in_class) in_class = true;
    else if (c == ']') in_class = false;
    rn_text_append(out, &c, 1);
  }
  return out->failed ? rn_error_set(err, RN_ERROR_MEMORY, "out of memory for a pattern") : RN_OK;
}

rn_status rn_pattern_new(const char *regex, size_t size, rn_pattern **out, rn_error *err) {
  *out = NULL;
  rn_text text = {0};
  rn_status status = translate(regex, size, &text, err);
  rn_pattern *pattern = status == RN_OK ? rn_alloc_zero(1, sizeof *pattern) : NULL;
  pcre2_general_context *memory = pattern ? pcre2_general_context_create(allocate, release, NULL) : NULL;
  pcre2_compile_context *context = memory ? pcre2_compile_context_create(memory) : NULL;
  int code = 0;
  PCRE2_SIZE at = 0;
  if (context) {
    uint32_t flags = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
    pattern->code = pcre2_compile((PCRE2_SPTR)(text.data ? text.data : ""), text.size, flags, &code, &at, context);
    if (pattern->code) pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE); /* without it, matching is slower */
  }
  if (status == RN_OK && (!pattern || !pattern->code)) {
    char words[128];
    if (!context || code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED) {
      status = rn_error_set(err, RN_ERROR_MEMORY, "out of memory for a pattern");
    } else {
      pcre2_get_error_message(code, (PCRE2_UCHAR *)words, sizeof words);
      status = rn_error_set(err, RN_ERROR_DATA, "at byte %zu of \"%.200s\": %s", (size_t)at, text.data ? text.data : "", words);
    }
  }
  pcre2_compile_context_free(context);
  pcre2_general_context_free(memory);
  rn_text_free(&text);
  if (status != RN_OK) {
    rn_pattern_free(pattern);
    return status;
  }
  *out = pattern;
  return RN_OK;
}

void rn_pattern_free(rn_pattern *pattern) {
  if (!pattern) return;
  pcre2_code_free(pattern->code);
  rn_free(pattern);
}

static bool matcher_ready(rn_matcher *m, rn_error *err) {
  if (m->data) return true;
  pcre2_general_context *memory = pcre2_general_context_create(allocate, release, NULL);
  if (memory) {
    m->data = pcre2_match_data_create(1, memory);
    m->context = pcre2_match_context_create(memory);
    m->stack = pcre2_jit_stack_create(64u << 10, STACK_MAX, memory);
  }
  pcre2_general_context_free(memory);
  if (!m->data || !m->context || !m->stack) {
    rn_matcher_free(m);
    rn_error_set(err, RN_ERROR_MEMORY, "out of memory for matching a pattern");
    return false;
  }
  pcre2_set_heap_limit(m->context, HEAP_KIB);
  pcre2_jit_stack_assign(m->context, NULL, m->stack);
  return true;
}

void rn_matcher_free(rn_matcher *m) {
  pcre2_match_data_free(m->data);
  pcre2_match_context_free(m->context);
  pcre2_jit_stack_free(m->stack);
  *m = (rn_matcher){0};
}

rn_matches rn_matches_init(const rn_pattern *pattern, rn_matcher *matcher, const char *text, size_t size) {
  return (rn_matches){.pattern = pattern, .matcher = matcher, .text = text, .size = size};
}

bool rn_matches_next(rn_matches *m, rn_error *err) {
  if (!matcher_ready(m->matcher, err)) return false;
  size_t steps = STEPS(m->size);
  pcre2_set_match_limit(m->matcher->context, steps < UINT32_MAX ? (uint32_t)steps : UINT32_MAX);
  while (m->at <= m->size) {
    int code = pcre2_match(m->pattern->code, (PCRE2_SPTR)(m->text ? m->text : ""), m->size, m->at, PCRE2_NO_UTF_CHECK, m->matcher->data,
                           m->matcher->context);
    if (code == PCRE2_ERROR_NOMATCH) break;
    if (code < 0) {
      char words[128];
      pcre2_get_error_message(code, (PCRE2_UCHAR *)words, sizeof words);
      rn_error_set(err, code == PCRE2_ERROR_NOMEMORY ? RN_ERROR_MEMORY : RN_ERROR_DATA,
                   "the pattern fails at byte %zu of a text of %zu: %s", m->at, m->size, words);
      return false;
    }
    const PCRE2_SIZE *found = pcre2_get_ovector_pointer(m->matcher->data);
    size_t begin = found[0], end = found[1];
    if (begin > end) begin = end; /* \K in a look-ahead can say so */
    m->at = end;
    if (begin == end) {
      if (end == m->size) m->at = m->size + 1;
      else rn_char_at(m->text, end, &m->at);
      if (m->any && begin == m->end) continue;
    }
    m->begin = begin;
    m->end = end;
    m->any = true;
    return true;
  }
  m->at = m->size + 1;
  return false;
}
