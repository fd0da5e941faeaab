/* terminal.h: what a terminal can show: colour, width, bars, sparklines; and numbers for people. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

bool terminal_is(FILE *stream);
int terminal_width(FILE *stream);  /* columns; 80 when it does not say */
bool terminal_color(FILE *stream); /* a terminal, NO_COLOR is not set, and TERM is not dumb */

/* Writers give back `out`. */
char *text_count(char *out, size_t size, int64_t n);     /* 1,234,567 */
char *text_short(char *out, size_t size, double x);      /* 52.1k */
char *text_time(char *out, size_t size, double seconds); /* 3m20s */
char *text_bytes(char *out, size_t size, double bytes);  /* 4.2 MB */
/* A token as it can be seen: 'a', '\n', 'é'; bytes that are not text as \xff. */
char *text_quoted(char *out, size_t size, const char *text, size_t n);
/* Eighth blocks: values[n] as a row of `width` characters (averaged when there are more), low to high. */
char *text_spark(char *out, size_t size, const double *values, int n, int width);
/* A horizontal bar of `share` of width columns, in eighths. */
char *text_bar(char *out, size_t size, double share, int width);
/* Columns that UTF-8 text takes, one for each code point. */
int text_columns(const char *text);

#endif
