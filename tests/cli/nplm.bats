#!/usr/bin/env bats
# rondo train nplm, and the verbs on its model.
load helper

setup_file() {
  T=$BATS_FILE_TMPDIR
  rhyme 3000 > "$T/train.txt"
  rhyme 600 > "$T/valid.txt"
  "$RONDO" train nplm "$T/train.txt" --valid "$T/valid.txt" -o "$T/run" --embed 8 --hidden 12 --epochs 8 --batch 16 --lr 0.02 -q > "$T/said"
}
setup() { T=$BATS_FILE_TMPDIR; }

@test "train nplm --help: its options and their defaults" {
  run "$RONDO" train nplm --help
  [ "$status" -eq 0 ]
  [[ "$output" == *"--order N"*"[5]"*"--embed N"*"[60]"*"--hidden N"*"[100]"*"--direct"* ]]
  [[ "$output" != *"--peephole"* ]]
}

@test "train nplm: learns a rhyme; the verbs of language models take it" {
  grep -q "^validation  perplexity 1\." "$T/said"
  run "$RONDO" eval "$T/run" "$T/valid.txt"
  [ "$status" -eq 0 ]
  [[ "$output" == "perplexity          1."* ]]
  [[ "$("$RONDO" generate "$T/run" --prompt "the quick brown fox" --length 3 --temperature 0 -q)" == "the quick brown fox jumps over the" ]]
  run "$RONDO" next "$T/run" --prompt "over the lazy" -n 1
  [[ "$output" == *"dog"* ]]
  run "$RONDO" score "$T/run" <<< "the quick brown fox"
  [ "$status" -eq 0 ]
  run "$RONDO" info "$T/run"
  [[ "$output" == *"A language model of the 4 tokens before: 12 hidden units, "*"Validation: perplexity 1."* ]]
}

@test "train nplm: the same bits for any number of threads, and after going on" {
  A="--embed 8 --hidden 12 --direct --epochs 3 -q"
  "$RONDO" train nplm "$T/train.txt" -o "$T/a" $A -t 1 > /dev/null
  "$RONDO" train nplm "$T/train.txt" -o "$T/b" $A -t 2 > /dev/null
  same_model "$T/a" "$T/b"
  "$RONDO" train nplm "$T/train.txt" -o "$T/c" $A --schedule constant > /dev/null
  "$RONDO" train nplm "$T/train.txt" -o "$T/d" $A --schedule constant --epochs 1 > /dev/null
  "$RONDO" train nplm -o "$T/d" --resume --epochs 3 -q > /dev/null
  same_model "$T/c" "$T/d"
}

@test "train nplm: mixed with another model" {
  "$RONDO" train lm "$T/train.txt" --valid "$T/valid.txt" --level word -o "$T/lm" $TINY > /dev/null
  run "$RONDO" eval "$T/run" "$T/valid.txt" --mix "$T/lm" --cache 20 --cache-states 20
  [ "$status" -eq 0 ]
  [[ "$output" == *"component "*"cache of 20 states"* ]]
}

@test "train nplm: usage errors" {
  run "$RONDO" train nplm
  [ "$status" -eq 2 ]
  [[ "$output" == *"which text? for example: rondo train nplm book.txt"* ]]
  run "$RONDO" train nplm "$T/train.txt" --order 1
  [ "$status" -eq 2 ]
  [[ "$output" == *"--order 1: must be at least 2 and at most 9"* ]]
  run "$RONDO" train nplm "$T/train.txt" --cell gru
  [ "$status" -eq 2 ]
}
