#!/usr/bin/env bats
# rondo train bilm, what it refuses to be asked, and --context of taggers and classifiers.
load helper

# $1 sentences of who lives where, a line each.
lines() {
  awk -v n="$1" -v from="${2:-0}" 'BEGIN {
    split("Anna Bert Clara Dora Emil Frida", who); split("Berlin Paris Oslo Rome Bern Kiel", where); split("lives works waits sleeps", does)
    for (i = from; i < from + n; i++) print who[i * 7 % 6 + 1], does[i * 5 % 4 + 1], "in", where[i * 11 % 6 + 1], "."
  }'
}
# The same with names marked.
tagged() { lines "$@" | awk '{ for (i = 1; i <= NF; i++) print $i, i == 1 ? "B-PER" : i == 4 ? "B-LOC" : "O"; print "" }'; }

setup_file() {
  T=$BATS_FILE_TMPDIR
  lines 300 > "$T/train.txt"
  lines 60 1000 > "$T/valid.txt"
  tagged 60 > "$T/train.conll"
  tagged 20 500 > "$T/dev.conll"
  SMALL="--lines --hidden 16 --batch 16 --lr 0.01 -q"
  "$RONDO" train bilm "$T/train.txt" --valid "$T/valid.txt" -o "$T/run" $SMALL --epochs 6 --test "$T/valid.txt" > "$T/said"
  FLAGS="--hidden 8 --embed 8 --chars none --casing 0 --dropout 0 --lr 0.02 -q"
  "$RONDO" train tagger "$T/train.conll" --valid "$T/dev.conll" --context "$T/run" -o "$T/tagger" $FLAGS --epochs 6 > "$T/tagger.said"
  export SMALL FLAGS
}
setup() { T=$BATS_FILE_TMPDIR; dir=$BATS_TEST_TMPDIR; }

@test "train bilm --help: its options and their defaults" {
  run "$RONDO" train bilm --help
  [ "$status" -eq 0 ]
  [[ "$output" == *"rondo train tagger train.conll --context runs/bilm"* ]]
  [[ "$output" == *"--level WORD"*"[word]"*"--lines"*"--hidden N"*"[256]"* ]]
  [[ "$output" != *"--bidirectional"* && "$output" != *"--embed "* ]]
}

@test "train bilm: learns from both ends, and says how well" {
  grep -q "^validation  perplexity [23]\." "$T/said"
  grep -q "^test  *perplexity [23]\." "$T/said"
  "$RONDO" train bilm "$T/train.txt" --valid "$T/valid.txt" -o "$dir/run" ${SMALL% -q} --epochs 1 2> "$dir/err" > /dev/null
  grep -q "^model: 2 x 16 lstm from each end, " "$dir/err"
  grep -q "^perplexity [0-9.]* forward, [0-9.]* backward$" "$dir/err"
  grep -q "rondo train tagger train.conll --context $dir/run" "$dir/err"
}

@test "eval: both directions, as a table and as JSON" {
  run "$RONDO" eval "$T/run" "$T/valid.txt"
  [ "$status" -eq 0 ]
  [[ "${lines[0]}" == *"forward      backward" ]]
  [[ "${lines[1]}" == "perplexity"*" "[23].*" "[23].* ]]
  [[ "$output" == *"tokens              360"* ]]
  run --separate-stderr "$RONDO" eval "$T/run" "$T/valid.txt" --json
  [[ "$output" == '{"forward":{"nats_per_token":'*'"backward":{"nats_per_token":'*'"nats_per_token":'*'"perplexity":'* ]]
  run "$RONDO" info "$T/run"
  [[ "$output" == *"Two language models, from both ends of a text: lstm, 2 layers of 16 units"*"Validation: perplexity "* ]]
}

@test "a text has no probability by it: score, next, generate and --mix say why" {
  for verb in score next generate; do
    run "$RONDO" $verb "$T/run" < "$T/valid.txt"
    [ "$status" -eq 3 ]
    [[ "$output" == *"read from both ends, and gives a text no probability: rondo eval $T/run; \`rondo $verb\` wants a language model"* ]]
  done
  run "$RONDO" eval "$T/run" "$T/valid.txt" --cache 20
  [ "$status" -eq 2 ]
  [[ "$output" == *"language models alone are mixed"* ]]
}

@test "train bilm: the same bits for any number of threads, and after a kill; lines and streams" {
  for how in --lines --no-lines; do
    A="--hidden 12 --batch 8 --bptt 8 --epochs 4 --save-every 5 -q $how"
    "$RONDO" train bilm "$T/train.txt" -o "$dir/a$how" $A -t 1 > /dev/null
    "$RONDO" train bilm "$T/train.txt" -o "$dir/b$how" $A -t 2 > /dev/null
    same_model "$dir/a$how" "$dir/b$how"
    "$RONDO" train bilm "$T/train.txt" -o "$dir/c$how" $A > /dev/null 2>&1 &
    for i in $(seq 100); do [ -z "$(ls "$dir/c$how/checkpoints" 2> /dev/null)" ] || break; sleep 0.01; done
    kill -9 $!
    wait $! || true
    "$RONDO" train bilm -o "$dir/c$how" --resume -q > /dev/null
    same_model "$dir/a$how" "$dir/c$how"
  done
}

@test "train bilm: --init-from takes the shape and the weights; usage errors" {
  "$RONDO" train bilm "$T/train.txt" --init-from "$T/run" --dump-config > "$dir/config"
  grep -q "^hidden: 16 " "$dir/config"
  "$RONDO" train bilm "$T/train.txt" --init-from "$T/run" -o "$dir/on" --lines --epochs 1 2>&1 > /dev/null |
    grep -q "^\([0-9]*\) of \1 tensors taken from $T/run$"
  run "$RONDO" train bilm
  [ "$status" -eq 2 ]
  [[ "$output" == *"which text? for example: rondo train bilm book.txt"* ]]
  run "$RONDO" train bilm "$T/train.txt" --bidirectional
  [ "$status" -eq 2 ]
  printf 'abcabcabcabc' > "$dir/line"
  run "$RONDO" train bilm "$dir/line" --level char -o "$dir/none" --valid-fraction 0
  [ "$status" -eq 2 ]
  [[ "$output" == *"an end of line, from which both directions begin"* ]]
}

@test "--context: the tagger learns, and is complete without the language models" {
  grep -q "^validation  F1 100" "$T/tagger.said"
  cp "$T/tagger/model.safetensors" "$dir/alone.safetensors"
  [[ "$(echo "Dora waits in Rome ." | "$RONDO" tag "$dir/alone.safetensors" -q)" == "[PER Dora] waits in [LOC Rome] ." ]]
  run "$RONDO" info "$dir/alone.safetensors"
  [[ "$output" == *"context.forward.weight_ih_l0"*"context_mix.gamma"* ]]
  run "$RONDO" eval "$T/tagger" "$T/dev.conll"
  [ "$status" -eq 0 ]
}

@test "--context: a file in batches, a pipe line by line: the same bits" {
  lines 90 700 > "$dir/lines"
  "$RONDO" tag "$T/tagger" "$dir/lines" --json --probabilities > "$dir/file"
  cat "$dir/lines" | "$RONDO" tag "$T/tagger" --json --probabilities > "$dir/pipe"
  cmp "$dir/file" "$dir/pipe"
}

@test "--context: the same bits for any number of threads, and after a kill; no moments of what is frozen" {
  flags="$FLAGS --context $T/run --epochs 10 --dropout 0.2 --average 0.9 --save-every 5"
  "$RONDO" train tagger "$T/train.conll" -o "$dir/a" $flags -t 1 > /dev/null
  "$RONDO" train tagger "$T/train.conll" -o "$dir/b" $flags -t 2 > /dev/null
  same_model "$dir/a" "$dir/b"
  "$RONDO" train tagger "$T/train.conll" -o "$dir/c" $flags > /dev/null 2>&1 &
  for i in $(seq 100); do [ -z "$(ls "$dir/c/checkpoints" 2> /dev/null)" ] || break; sleep 0.01; done
  kill -9 $!
  wait $! || true
  "$RONDO" train tagger -o "$dir/c" --resume -q > /dev/null
  same_model "$dir/a" "$dir/c"
  ! grep -aqE "(m|v|average)\.context\.embed" "$dir"/a/checkpoints/*/state.safetensors
  grep -aq "average.context_mix.scores" "$dir"/a/checkpoints/*/state.safetensors
}

@test "--context: classifiers read it too" {
  lines 80 | awk '{ print ($4 ~ /[Bb]er/ ? "germany" : "elsewhere") "\t" $0 }' > "$dir/train.tsv"
  for kind in rnn cnn attention; do
    "$RONDO" train classifier "$dir/train.tsv" --model $kind --context "$T/run" -o "$dir/$kind" --hidden 8 --filters 8 --embed 8 --epochs 2 -q > /dev/null
    [ "$(echo "Anna lives in Bern ." | "$RONDO" classify "$dir/$kind" -q | wc -l)" -eq 1 ]
  done
  run "$RONDO" train classifier "$dir/train.tsv" --model bag --context "$T/run" -o "$dir/bag" -q
  [ "$status" -eq 2 ]
  [[ "$output" == *"has no use for contextual vectors"* ]]
}

@test "--context: what it cannot be" {
  run "$RONDO" train tagger "$T/train.conll" --context "$dir/nowhere" -o "$dir/x"
  [ "$status" -eq 1 ]
  [[ "$output" == *"$dir/nowhere"* ]]
  run "$RONDO" train tagger "$T/train.conll" --context "$T/tagger" -o "$dir/x"
  [ "$status" -eq 3 ]
  [[ "$output" == *"--context $T/tagger: it is a tagger, where one is needed that \`rondo train bilm\` made"* ]]
  printf 'seq,time,x,label\n1,1,2,a\n1,2,3,b\n2,1,2,a\n2,2,1,b\n' > "$dir/long.csv"
  run "$RONDO" train tagger "$dir/long.csv" --input series --id seq --context "$T/run" -o "$dir/x"
  [ "$status" -eq 2 ]
  [[ "$output" == *"--context: "*" are no text"* ]]
  "$RONDO" tokenizer train "$T/train.txt" --vocab 300 -o "$dir/tok.json" -q
  printf 'a\tone two\nb\tthree four\n' > "$dir/two.tsv"
  run "$RONDO" train classifier "$dir/two.tsv" --context "$T/run" --tokenizer "$dir/tok.json" -o "$dir/x"
  [ "$status" -eq 2 ]
  [[ "$output" == *"--context is of words, and the rows of --tokenizer are its tokens"* ]]
}
