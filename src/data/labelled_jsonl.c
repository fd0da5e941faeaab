/* labelled_jsonl.c: texts and labels from an object a line. */
#include "base/json.h"
#include "data/labelled.h"
#include <stdio.h>
#include <string.h>

/* A label as text: strings as they are, numbers and truth values as JSON writes them; false when it is none of these. */
static bool push_label(rn_examples *e, const json_t *value) {
  char text[32];
  const char *label = text;
  size_t size;
  if (json_is_string(value)) label = json_string_value(value), size = json_string_length(value);
  else if (json_is_integer(value)) size = (size_t)snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
  else if (json_is_real(value)) size = (size_t)snprintf(text, sizeof text, "%.9g", json_real_value(value));
  else if (json_is_boolean(value)) size = (size_t)snprintf(text, sizeof text, "%s", json_is_true(value) ? "true" : "false");
  else return false;
  rn_examples_label(e, rn_reading_keep(e->r, label, size));
  return true;
}

static void read_object(rn_examples *e, const json_t *object, const char *text_key, const char *label_key) {
  rn_reading *r = e->r;
  const json_t *text = json_object_get(object, text_key), *label = json_object_get(object, label_key), *item;
  size_t i;
  if (!json_is_string(text)) {
    rn_reading_bad(r, r->line.data, "expected a string under the key \"%s\"", text_key);
    return;
  }
  bool good = true;
  if (json_is_array(label)) json_array_foreach(label, i, item) good &= push_label(e, item);
  else good = e->unlabelled || push_label(e, label);
  if (good) rn_examples_text(e, rn_reading_keep(r, json_string_value(text), json_string_length(text)), r->line_number, r->line.data);
  else {
    rn_reading_bad(r, r->line.data, "expected a string, a number or an array of them under the key \"%s\"", label_key);
    rn_examples_drop(e);
  }
}

/* "JSON:1:14: WORDS" to WORDS and their place in the line. */
static void tell(rn_reading *r, const char *error) {
  int column = 1, words = 0;
  sscanf(error, "JSON:%*d:%d: %n", &column, &words);
  size_t at = column < 1 ? 0 : (size_t)column - 1;
  rn_reading_bad(r, r->line.data + (at < r->line.size ? at : r->line.size), "not JSON: %s", error + words);
}

rn_status rn_labelled_jsonl(rn_examples *e, const rn_labelled_options *o) {
  rn_reading *r = e->r;
  while (rn_reading_next(r)) {
    if (!rn_string_trim(r->line).size) continue;
    json_t *object;
    rn_error error = {0};
    rn_status status = rn_json_parse(r->line.data, r->line.size, "JSON", &object, &error);
    if (status == RN_ERROR_MEMORY) r->no_memory = true;
    else if (status != RN_OK) tell(r, error.text);
    else if (!json_is_object(object)) rn_reading_bad(r, r->line.data, "expected an object, {...}, got \"%.*s\"", RN_SHOW(r->line));
    else read_object(e, object, o->text ? o->text : "text", o->label ? o->label : "label");
    json_decref(object);
  }
  return RN_OK;
}
