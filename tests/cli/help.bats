#!/usr/bin/env bats
# Help, nearest matches, completion, the manual page.
load helper

VERBS="train_lm train_tagger train_classifier tag classify check-data generate eval score next info report doctor bench completion help"

@test "help goes to standard output, exits 0, and fits in 80 columns" {
  run "$RONDO" --help
  [ "$status" -eq 0 ]
  [[ "${lines[0]}" == "rondo "* ]]
  for verb in $("$RONDO" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort -u); do
    run "$RONDO" help "$verb"
    [ "$status" -eq 0 ]
    [[ "$output" == *"Usage: rondo $verb"* ]]
    [[ "$output" == *"Examples:"* ]]
    awk 'length($0) > 80 { bad = 1 } END { exit bad }' <<< "$output"
  done
}

@test "--help of a verb, whatever else is wrong" {
  for verb in tag classify generate eval score next info report doctor completion help; do
    run "$RONDO" $verb --help
    [ "$status" -eq 0 ]
    [[ "$output" == "rondo $verb: "* ]]
  done
  run "$RONDO" train lm --help
  [ "$status" -eq 0 ]
  [[ "$output" == *"--forget-bias X"*"[1]"* ]]
  run "$RONDO" train tagger --help
  [ "$status" -eq 0 ]
  [[ "$output" == *"--crf"*"[yes]"* ]]
}

@test "--help of a verb with subjects lists these alone" {
  run "$RONDO" embed --help
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "Usage: rondo embed SUBJECT [ARGS] [--flags]" ]
  [[ "$output" == *"embed nn "* && "$output" != *"train lm"* ]]
}

@test "no verb prints help on standard error and exits 2" {
  run "$RONDO"
  [ "$status" -eq 2 ]
  [ -z "$("$RONDO" 2> /dev/null)" ]
}

@test "an unknown verb, subject or flag gets the nearest match and exit 2" {
  run "$RONDO" generat x
  [ "$status" -eq 2 ]
  [[ "$output" == *"did you mean: rondo generate?"* ]]
  run "$RONDO" train ml x
  [ "$status" -eq 2 ]
  [[ "$output" == *"did you mean: rondo train lm?"* ]]
  run "$RONDO" train lm x --hiden 3
  [ "$status" -eq 2 ]
  [[ "$output" == *"did you mean --hidden?"* ]]
  run "$RONDO" generate x --temprature=0.5
  [ "$status" -eq 2 ]
  [[ "$output" == *"did you mean --temperature?"* ]]
  run "$RONDO" zzzzzzzzz
  [ "$status" -eq 2 ]
}

@test "missing and superfluous arguments exit 2" {
  for command in "tag" "classify" "tag a b c" "train tagger a b" "generate" "eval x" "score" "next" "info" "report" "info a b" "train lm a b" "train"; do
    run "$RONDO" $command
    [ "$status" -eq 2 ]
  done
  run "$RONDO" train lm
  [ "$status" -eq 2 ]
  run "$RONDO" train lm x --hidden
  [ "$status" -eq 2 ]
  [[ "$output" == *"--hidden needs a value"* ]]
}

@test "the completion is bash, and knows verbs, flags and words" {
  eval "$("$RONDO" completion bash)"
  COMP_WORDS=(rondo ge); COMP_CWORD=1; _rondo
  [ "${COMPREPLY[*]}" = generate ]
  COMP_WORDS=(rondo train lm --cell gru-); COMP_CWORD=4; _rondo
  [ "${COMPREPLY[*]}" = "gru-before gru-simple" ]
  COMP_WORDS=(rondo train lm --hid); COMP_CWORD=3; _rondo
  [ "${COMPREPLY[*]}" = --hidden ]
}

@test "the manual page names every verb" {
  "$RONDO" help --man > "$BATS_TEST_TMPDIR/rondo.1"
  for verb in $VERBS; do
    grep -q "^.SS rondo ${verb/_/ }" "$BATS_TEST_TMPDIR/rondo.1"
  done
  if command -v groff; then [ -z "$(groff -man -ww -Tutf8 "$BATS_TEST_TMPDIR/rondo.1" 2>&1 > /dev/null)" ]; fi
}

@test "--version" {
  run "$RONDO" --version
  [ "$status" -eq 0 ]
  [[ "$output" == "rondo "[0-9]* ]]
}
