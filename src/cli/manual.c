/* manual.c: the manual page (roff) and the completion of bash, made from the tables. */
#include "cli.h"

#include <string.h>

/* ---- rondo help --man ---- */

/* Text with roff's own characters escaped. */
static void put_roff(FILE *out, const char *text) {
  bool start = true;
  for (; *text; text++) {
    if (start && (*text == '.' || *text == '\'')) fputs("\\&", out);
    if (*text == '\\') fputs("\\e", out);
    else if (*text == '-') fputs("\\-", out);
    else fputc(*text, out);
    start = *text == '\n';
  }
}

static void put_roff_option(FILE *out, const cli_option *option) {
  fputs(".TP\n", out);
  if (option->letter) fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
  fputs("\\fB\\-\\-", out);
  put_roff(out, option->name);
  fprintf(out, "\\fR%s%s%s\n", option->arg ? " \\fI" : "", option->arg ? option->arg : "", option->arg ? "\\fR" : "");
  put_roff(out, option->help);
  if (option->choices) {
    fputs(": ", out);
    put_roff(out, option->choices);
  }
  const char *initial = option->shown ? option->shown : option->type == CLI_BOOL ? NULL : option->initial;
  if (initial && *initial) {
    fputs(" [", out);
    put_roff(out, initial);
    fputc(']', out);
  }
  fputc('\n', out);
}

void cli_manual(FILE *out) {
  fprintf(out, ".TH RONDO 1 \"\" \"Rondo %s\" \"User Commands\"\n.SH NAME\nrondo \\- trains and runs models of sequences\n", rn_version());
  fputs(".SH SYNOPSIS\n\\fBrondo\\fR \\fIVERB\\fR [\\fISUBJECT\\fR] [\\fIARGS\\fR] [\\fB\\-\\-flags\\fR]\n.SH COMMANDS\n", out);
  for (int i = 0; i < cli_command_count; i++) {
    const cli_command *command = &cli_command_table[i];
    fprintf(out, ".SS rondo %s%s%s ", command->verb, command->subject ? " " : "", command->subject ? command->subject : "");
    put_roff(out, command->usage);
    fputc('\n', out);
    put_roff(out, command->summary);
    fputs(".\n.PP\n.nf\n", out);
    put_roff(out, command->examples);
    fputs(".fi\n", out);
    for (int k = 0; k < cli_option_count; k++) {
      if (cli_option_table[k].verbs & command->bit) put_roff_option(out, &cli_option_table[k]);
    }
  }
  fputs(".SH ENVIRONMENT\nEvery option is also a variable, RONDO_ and its name in capitals with _ for \\-. NO_COLOR turns colours off.\n"
        ".SH EXIT STATUS\n0 done, 1 failure at run time, 2 usage or configuration, 3 bad data or model file, 4 training diverged, "
        "130 and 143 after SIGINT and SIGTERM, with a checkpoint written.\n",
        out);
}

/* ---- rondo completion bash ---- */

void cli_completion(FILE *out) {
  fputs("# bash completion of rondo: source <(rondo completion bash)\n"
        "_rondo() {\n"
        "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]} flags= values=\n"
        "  COMPREPLY=()\n"
        "  if [ \"$COMP_CWORD\" = 1 ]; then\n"
        "    COMPREPLY=($(compgen -W \"",
        out);
  for (int i = 0; i < cli_command_count; i++) {
    if (i == 0 || strcmp(cli_command_table[i].verb, cli_command_table[i - 1].verb) != 0) fprintf(out, "%s ", cli_command_table[i].verb);
  }
  fputs("\" -- \"$word\")); return\n  fi\n  [ \"$verb\" = train ] && verb=\"train ${COMP_WORDS[2]}\"\n  case $previous in\n", out);
  for (int i = 0; i < cli_option_count; i++) {
    if (cli_option_table[i].choices) fprintf(out, "    --%s) values=\"%s\" ;;\n", cli_option_table[i].name, cli_option_table[i].choices);
  }
  fputs("    train) values=\"", out);
  for (int i = 0; i < cli_command_count; i++) {
    if (strcmp(cli_command_table[i].verb, "train") == 0) fprintf(out, "%s ", cli_command_table[i].subject);
  }
  fputs("\" ;;\n    completion) values=\"bash\" ;;\n  esac\n"
        "  if [ -n \"$values\" ]; then COMPREPLY=($(compgen -W \"$values\" -- \"$word\")); return; fi\n  case $verb in\n",
        out);
  for (int i = 0; i < cli_command_count; i++) {
    const cli_command *command = &cli_command_table[i];
    fprintf(out, "    \"%s%s%s\") flags=\"", command->verb, command->subject ? " " : "", command->subject ? command->subject : "");
    for (int k = 0; k < cli_option_count; k++) {
      if (cli_option_table[k].verbs & command->bit) fprintf(out, "--%s ", cli_option_table[k].name);
    }
    fputs("\" ;;\n", out);
  }
  fputs("  esac\n"
        "  case $word in -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$word\")) ;; *) COMPREPLY=($(compgen -f -- \"$word\")) ;; esac\n"
        "}\n"
        "complete -o filenames -F _rondo rondo\n",
        out);
}
