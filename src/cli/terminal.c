/* terminal.c: see terminal.h. */
#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_is(FILE *stream) {
  const char *term = getenv("TERM");
  return isatty(fileno(stream)) && !(term && strcmp(term, "dumb") == 0);
}

int terminal_width(FILE *stream) {
  struct winsize window;
  return ioctl(fileno(stream), TIOCGWINSZ, &window) == 0 && window.ws_col > 0 ? window.ws_col : 80;
}

bool terminal_color(FILE *stream) {
  const char *no = getenv("NO_COLOR");
  return terminal_is(stream) && !(no && *no);
}

char *text_count(char *out, size_t size, int64_t n) {
  char digits[32];
  int length = snprintf(digits, sizeof digits, "%lld", (long long)(n < 0 ? -n : n));
  size_t k = 0;
  if (n < 0 && k + 1 < size) out[k++] = '-';
  for (int i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0 && k + 1 < size) out[k++] = ',';
    if (k + 1 < size) out[k++] = digits[i];
  }
  out[k] = '\0';
  return out;
}

char *text_short(char *out, size_t size, double x) {
  const char *unit = x >= 1e9 ? "G" : x >= 1e6 ? "M" : x >= 1e3 ? "k" : "";
  double value = x >= 1e9 ? x / 1e9 : x >= 1e6 ? x / 1e6 : x >= 1e3 ? x / 1e3 : x;
  snprintf(out, size, "%.*f%s", value >= 100 || !*unit ? 0 : 1, value, unit);
  return out;
}

char *text_time(char *out, size_t size, double seconds) {
  if (!(seconds >= 0 && seconds < 1e9)) snprintf(out, size, "?");
  else if (seconds < 10) snprintf(out, size, "%.1fs", seconds);
  else if (seconds < 60) snprintf(out, size, "%.0fs", seconds);
  else if (seconds < 3600) snprintf(out, size, "%dm%02ds", (int)seconds / 60, (int)seconds % 60);
  else snprintf(out, size, "%dh%02dm", (int)(seconds / 3600), (int)seconds / 60 % 60);
  return out;
}

char *text_bytes(char *out, size_t size, double bytes) {
  static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
  int i = 0;
  while (bytes >= 1000 && i < 4) bytes /= 1000, i++;
  snprintf(out, size, "%.*f %s", i == 0 || bytes >= 100 ? 0 : 1, bytes, units[i]);
  return out;
}

char *text_quoted(char *out, size_t size, const char *text, size_t n) {
  size_t k = 0;
  char piece[8];
  for (size_t i = 0; i < n + 2; i++) {
    unsigned char byte = i == 0 || i == n + 1 ? '\'' : (unsigned char)text[i - 1];
    bool quote = i == 0 || i == n + 1;
    if (!quote && byte == '\n') strcpy(piece, "\\n");
    else if (!quote && byte == '\t') strcpy(piece, "\\t");
    else if (!quote && (byte == '\'' || byte == '\\')) snprintf(piece, sizeof piece, "\\%c", byte);
    else if (byte < 0x20 || byte == 0x7f) snprintf(piece, sizeof piece, "\\x%02x", byte);
    else piece[0] = (char)byte, piece[1] = '\0';
    size_t length = strlen(piece);
    if (k + length + 1 >= size && i <= n) continue; /* keep room for the closing quote */
    memcpy(out + k, piece, length);
    k += length;
  }
  out[k] = '\0';
  return out;
}

static const char *const eighths_up[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const eighths_right[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

static void append(char *out, size_t size, const char *text) {
  size_t n = strlen(out), more = strlen(text);
  if (n + more < size) memcpy(out + n, text, more + 1);
}

char *text_spark(char *out, size_t size, const double *values, int n, int width) {
  out[0] = '\0';
  double low = INFINITY, high = -INFINITY;
  for (int i = 0; i < n; i++) low = fmin(low, values[i]), high = fmax(high, values[i]);
  if (n < width) width = n;
  for (int column = 0; column < width; column++) {
    int from = (int)((int64_t)column * n / width), to = (int)((int64_t)(column + 1) * n / width);
    double mean = 0;
    for (int i = from; i < to; i++) mean += values[i] / (to - from);
    int level = high > low ? (int)(7.999 * (mean - low) / (high - low)) : 0;
    append(out, size, eighths_up[level < 0 ? 0 : level > 7 ? 7 : level]);
  }
  return out;
}

char *text_bar(char *out, size_t size, double share, int width) {
  out[0] = '\0';
  int eighths = (int)lround(fmin(fmax(share, 0), 1) * width * 8);
  for (int i = 0; i < eighths / 8; i++) append(out, size, "█");
  append(out, size, eighths_right[eighths % 8]);
  return out;
}

int text_columns(const char *text) {
  int n = 0;
  for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
  return n;
}
