/* report_style.h: the looks and the few lines of script of a report. */
#ifndef CLI_REPORT_STYLE_H
#define CLI_REPORT_STYLE_H

extern const char report_style[];
extern const char report_script[];

#endif
