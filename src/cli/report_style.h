/* report_style.h: the looks and the few lines of script of a report, and how every page begins. */
#ifndef CLI_REPORT_STYLE_H
#define CLI_REPORT_STYLE_H

#include <stdio.h>

extern const char report_style[];
extern const char report_script[];

/* From the first line to <main>. */
void report_page_begin(FILE *out, const char *title);

#endif
