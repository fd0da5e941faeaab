#!/usr/bin/env bats
# Asking a trained model: generate, eval, score, next, info, report.
load helper

setup_file() { setup_model; }

@test "generate: the same text for the same seed, another for another" {
  a=$("$RONDO" generate "$MODEL" --length 60 --temperature 2 --seed 7 -q)
  b=$("$RONDO" generate "$MODEL" --length 60 --temperature 2 --seed 7 -q -t 1)
  c=$("$RONDO" generate "$MODEL" --length 60 --temperature 2 --seed 8 -q)
  [ "$a" = "$b" ]
  [ "$a" != "$c" ]
}

@test "generate: continues the prompt; length 0 is the prompt alone" {
  run "$RONDO" generate "$MODEL" --prompt "the quick" --length 0 -q
  [ "$status" -eq 0 ]
  [ "$output" = "the quick" ]
  [[ "$("$RONDO" generate "$MODEL" --prompt "the quick" --length 5 --temperature 0 -q)" == "the quick"?* ]]
}

@test "generate: a prompt with unknown characters" {
  run "$RONDO" generate "$MODEL" --prompt $'\u4f60\u597d \U1f600 the' --length 10 -q
  [ "$status" -eq 0 ]
}

@test "generate: sampling options, and their ranges" {
  run "$RONDO" generate "$MODEL" --length 20 --top-k 3 --top-p 0.9 --min-p 0.01 --temperature 0.5
  [ "$status" -eq 0 ]
  run "$RONDO" generate "$MODEL" --top-p 0
  [ "$status" -eq 2 ]
  [[ "$output" == *"must be above 0 and at most 1"* ]]
}

@test "generate: --seed -1 draws one and prints it; --json is one line" {
  [[ "$(stderr_of "$RONDO" generate "$MODEL" --length 5 --seed -1)" == *"seed "[0-9]* ]]
  run "$RONDO" generate "$MODEL" --length 5 --json -q
  [ "${#lines[@]}" -eq 1 ]
  [[ "$output" == '{"prompt":"","text":'*'"tokens":5,"seed":42'* ]]
}

@test "eval: perplexity, bits per character, tokens, share of unknown" {
  run "$RONDO" eval "$MODEL" "$BATS_FILE_TMPDIR/text.txt"
  [ "$status" -eq 0 ]
  [[ "$output" == *"perplexity"*"nats per token"*"bits per character"*"tokens"*"unknown"* ]]
  run "$RONDO" eval "$MODEL" "$BATS_FILE_TMPDIR/text.txt" --json
  [[ "$output" == '{"nats_per_token":'*'"bits_per_char":'*'"unknown_share":0.0'* ]]
  [ "$("$RONDO" eval "$MODEL" - --json < "$BATS_FILE_TMPDIR/text.txt")" = "$output" ]
}

@test "eval: --streams is near the exact figure, counts the same tokens, and one stream is exact" {
  nats() {
    "$RONDO" eval "$MODEL" "$BATS_FILE_TMPDIR/text.txt" --json "$@" | sed 's/{"nats_per_token":\([^,]*\).*"tokens":\([0-9]*\).*/\1 \2/'
  }
  [ "$(nats)" = "$(nats --streams 1)" ]
  echo "$(nats) $(nats --streams 8)" | awk '{ exit !($2 == $4 && $1 < 1.05 * $3 && $3 < 1.05 * $1) }'
}

@test "score: one line for each line, sense above nonsense" {
  printf 'the lazy dog\nthe zaly gdo\n\n' > "$BATS_TEST_TMPDIR/lines"
  run "$RONDO" score "$MODEL" "$BATS_TEST_TMPDIR/lines"
  [ "$status" -eq 0 ]
  [ "$(wc -l <<< "$output")" -eq 3 ] || [ "${#lines[@]}" -ge 2 ]
  good=$(cut -f1 <<< "${lines[0]}")
  bad=$(cut -f1 <<< "${lines[1]}")
  awk -v a="$good" -v b="$bad" 'BEGIN { exit !(a > b) }'
  [ "$("$RONDO" score "$MODEL" < "$BATS_TEST_TMPDIR/lines")" = "$output" ]
  run "$RONDO" score "$MODEL" "$BATS_TEST_TMPDIR/lines" --json --per-token
  [[ "${lines[0]}" == *'"text":"the lazy dog"'*'"per_token":[{'* ]]
}

@test "next: a ranking whose probabilities fall" {
  run "$RONDO" next "$MODEL" --prompt "the qui" -n 3
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 3 ]
  run "$RONDO" next "$MODEL" --prompt "the qui" -n 1000000 --json
  [ "$status" -eq 0 ]
  total=$(sed 's/.*"probability":\([^,]*\).*/\1/' <<< "$output" | awk '{ s += $1 } END { print s }')
  awk -v s="$total" 'BEGIN { exit !(s > 0.999 && s < 1.001) }'
}

@test "info: a card, and JSON" {
  run "$RONDO" info "$MODEL"
  [ "$status" -eq 0 ]
  [[ "$output" == *"rnn.weight_ih_l0"* ]]
  run "$RONDO" info "$MODEL/model.safetensors" --json
  [ "$status" -eq 0 ]
  [[ "$output" == *'"kind":"lm"'* ]]
}

@test "report: one file that names no other" {
  run "$RONDO" report "$MODEL"
  [ "$status" -eq 0 ]
  [ "$output" = "$MODEL/report.html" ]
  run ! grep -Eq '(src|href)=|url\(["'"'"']?http|@import' "$MODEL/report.html"
  run "$RONDO" report "$MODEL" "$MODEL" -o "$BATS_TEST_TMPDIR/two.html"
  [ "$status" -eq 0 ]
  [ -s "$BATS_TEST_TMPDIR/two.html" ]
  run "$RONDO" report "$BATS_TEST_TMPDIR"
  [ "$status" -eq 1 ]
}

@test "a full standard output is an error; a closed one is not" {
  [ -w /dev/full ] || skip "no /dev/full"
  run bash -c '"$0" generate "$1" --length 5000 -q > /dev/full' "$RONDO" "$MODEL"
  [ "$status" -eq 1 ]
  run bash -c '"$0" help train lm > /dev/full' "$RONDO"
  [ "$status" -eq 1 ]
  run bash -c 'set -o pipefail; "$0" generate "$1" --length 100000 -q | head -c 5 > /dev/null' "$RONDO" "$MODEL"
  [ "$status" -eq 0 ]
}

@test "files that are no model exit 3, missing ones 1" {
  head -c 1000 "$MODEL/model.safetensors" > "$BATS_TEST_TMPDIR/cut.safetensors"
  : > "$BATS_TEST_TMPDIR/empty.safetensors"
  for file in cut empty; do
    for verb in generate next info score; do
      run "$RONDO" $verb "$BATS_TEST_TMPDIR/$file.safetensors" < /dev/null
      [ "$status" -eq 3 ]
      [[ "$output" == *"$file.safetensors"* ]]
    done
  done
  run "$RONDO" info "$BATS_TEST_TMPDIR/none"
  [ "$status" -eq 1 ]
}

@test "bench of an operation that is not there exits 2" {
  run "$RONDO" bench zzz --seconds 0.001
  [ "$status" -eq 2 ]
  [[ "$output" == *"no operation is called 'zzz'"* ]]
}

@test "doctor finds nothing wrong" {
  run "$RONDO" doctor
  [ "$status" -eq 0 ]
  [[ "$output" == *"reproducible"* ]]
}

@test "a signal ends generate, score and eval with 130" {
  yes "the quick brown fox" | head -c 20000000 > "$BATS_TEST_TMPDIR/long"
  for command in "generate $MODEL --length 1000000000" "score $MODEL $BATS_TEST_TMPDIR/long" "eval $MODEL $BATS_TEST_TMPDIR/long"; do
    run bash -mc '"$@" > /dev/null & sleep 0.3; kill -INT $!; wait $!' - "$RONDO" $command
    [ "$status" -eq 130 ]
  done
}
