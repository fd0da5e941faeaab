/* cmd_help.c: rondo help [VERB [SUBJECT]], rondo help --man, rondo completion bash. */
#include "cli.h"

#include <string.h>

int cmd_help(cli *c) {
  if (opt_bool(&c->options, "man")) return cli_manual(stdout), EXIT_DONE;
  if (c->options.n_args == 0) return cli_help_program(stdout), EXIT_DONE;
  const char *verb = c->options.args[0], *subject = c->options.n_args > 1 ? c->options.args[1] : NULL;
  int shown = 0;
  for (int i = 0; i < cli_command_count; i++) {
    const cli_command *command = &cli_command_table[i];
    if (strcmp(command->verb, verb) != 0 || (subject && (!command->subject || strcmp(command->subject, subject) != 0))) continue;
    if (shown++) putchar('\n');
    cli_help(stdout, command);
  }
  if (shown) return EXIT_DONE;
  const char *verbs[64];
  int n = 0;
  for (int i = 0; i < cli_command_count; i++) verbs[n++] = cli_command_table[i].verb;
  verbs[n] = NULL;
  const char *near = cli_nearest(verb, verbs);
  return cli_fail(EXIT_USAGE, "no help for '%s%s%s'%s%s", verb, subject ? " " : "", subject ? subject : "", near ? "; did you mean: " : "",
                  near ? near : "");
}

int cmd_completion(cli *c) {
  if (strcmp(c->options.args[0], "bash") != 0)
    return cli_fail(EXIT_USAGE, "completion for '%s' is not there; for bash it is", c->options.args[0]);
  cli_completion(stdout);
  return EXIT_DONE;
}
