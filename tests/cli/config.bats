#!/usr/bin/env bats
# Values: ranges, units, precedence, configuration files.
load helper

value() { "$RONDO" train lm x.txt --dump-config "$@" | sed -n "s/^$key: //p"; }

@test "values out of range are refused in words" {
  while IFS='|' read -r flags words; do
    run "$RONDO" train lm x.txt $flags
    [ "$status" -eq 2 ]
    [[ "$output" == *"$words"* ]]
  done <<'LIST'
--dropout 1.5|--dropout 1.5: must be at least 0 and below 1
--layers 0|--layers 0: must be at least 1 and at most 32
--layers two|must be a whole number
--hidden 1.5|must be a whole number
--lr nan|must be a number
--lr 0x10|must be a number
--clip -1|must be at least 0
--cell lstn|must be one of: rnn relu gru gru-before gru-simple lstm
--max-time 2y|must be a time
--seed -2|must be at least -1
--momentum 1|at least 0 and below 1
LIST
}

@test "units" {
  key=max-time
  [ "$(value --max-time 2h)" = "2h  # flag" ]
  rhyme 2000 > "$BATS_TEST_TMPDIR/t.txt"
  run "$RONDO" train lm "$BATS_TEST_TMPDIR/t.txt" -o "$BATS_TEST_TMPDIR/r" $TINY --max-steps 0.5e --json
  [ "$status" -eq 0 ]
  [[ "${lines[-1]}" == *'"why":"steps"'* ]]
}

@test "flag over environment over file over default, and --dump-config says which" {
  key=hidden
  printf 'hidden: 11\nlayers: 3\n' > "$BATS_TEST_TMPDIR/c.yaml"
  [ "$(value)" = "256  # default" ]
  [ "$(value --config "$BATS_TEST_TMPDIR/c.yaml")" = "11  # $BATS_TEST_TMPDIR/c.yaml:1:9" ]
  [ "$(RONDO_HIDDEN=12 value --config "$BATS_TEST_TMPDIR/c.yaml")" = "12  # RONDO_HIDDEN" ]
  [ "$(RONDO_HIDDEN=12 value --config "$BATS_TEST_TMPDIR/c.yaml" --hidden 13)" = "13  # flag" ]
  key=layers
  [ "$(RONDO_HIDDEN=12 value --config "$BATS_TEST_TMPDIR/c.yaml")" = "3  # $BATS_TEST_TMPDIR/c.yaml:2:9" ]
}

@test "a dumped configuration reads back as itself" {
  "$RONDO" train lm x.txt --dropout 0.2 --residual --freeze 'a"b\c,d' --dump-config > "$BATS_TEST_TMPDIR/c.yaml"
  "$RONDO" train lm --config "$BATS_TEST_TMPDIR/c.yaml" --dump-config | sed 's/  #.*//' > "$BATS_TEST_TMPDIR/again.yaml"
  sed 's/  #.*//' "$BATS_TEST_TMPDIR/c.yaml" | diff - "$BATS_TEST_TMPDIR/again.yaml"
}

@test "--no-NAME turns a switch off again" {
  key=residual
  printf 'residual: true\n' > "$BATS_TEST_TMPDIR/c.yaml"
  [[ "$(value --config "$BATS_TEST_TMPDIR/c.yaml")" == true* ]]
  [[ "$(value --config "$BATS_TEST_TMPDIR/c.yaml" --no-residual)" == false* ]]
}

@test "errors of a configuration file name line and column" {
  file=$BATS_TEST_TMPDIR/c.yaml
  while IFS='|' read -r text words; do
    printf -- "$text" > "$file"
    run "$RONDO" train lm x.txt --config "$file"
    [ "$status" -eq 2 ]
    [[ "$output" == *"$file:$words"* ]]
  done <<'LIST'
layers: 2\nhiden: 3\n|2:1: unknown option 'hiden'; did you mean 'hidden'?
layers: 2\ndropout: 7\n|2:10: dropout 7: must be at least 0 and below 1
layers: &a 2\n|1:9: anchors are not used here
layers: 2\nhidden: *a\n|2:9: aliases are not used here
layers: !!int 2\n|1:9: tags are not used here
<<: 3\n|1:1: merge keys are not used here
layers: [1, 2]\n|1:9: expected one value
layers: 2\nlayers: 3\n|2:1: 'layers' is given twice
- layers\n|1:1: expected lines of the form
layers: "2\n|
LIST
  run "$RONDO" train lm x.txt --config "$BATS_TEST_TMPDIR/none.yaml"
  [ "$status" -eq 2 ]
}

@test "a variable that is no value is an error that names it" {
  RONDO_DROPOUT=2 run "$RONDO" train lm x.txt
  [ "$status" -eq 2 ]
  [[ "$output" == *"RONDO_DROPOUT=2: must be at least 0 and below 1"* ]]
}

@test "an empty configuration is none" {
  : > "$BATS_TEST_TMPDIR/c.yaml"
  run "$RONDO" train lm x.txt --config "$BATS_TEST_TMPDIR/c.yaml" --dump-config
  [ "$status" -eq 0 ]
}
