#!/usr/bin/env bats
# n-gram models: counting, and the verbs of every language model.
load helper

setup_file() {
  rhyme 4000 > "$BATS_FILE_TMPDIR/text.txt"
  "$RONDO" train ngram "$BATS_FILE_TMPDIR/text.txt" --order 3 --valid "$BATS_FILE_TMPDIR/text.txt" -o "$BATS_FILE_TMPDIR/kn3" -q > "$BATS_FILE_TMPDIR/out"
}
setup() { KN3=$BATS_FILE_TMPDIR/kn3 TEXT=$BATS_FILE_TMPDIR/text.txt; cd "$BATS_TEST_TMPDIR"; }

@test "help" {
  run -0 "$RONDO" train ngram --help
  [[ "$output" == *"rondo train ngram corpus.txt --order 5 -o runs/kn5"* ]]
  [[ "$output" == *"--prune LIST"* && "$output" == *"[kneser-ney]"* ]]
}

@test "train: counts, time, validation, and a run folder" {
  grep -q '^n-grams     13 of 1, 16 of 2, 14 of 3$' "$BATS_FILE_TMPDIR/out"
  grep -q '^validation  perplexity 1\.' "$BATS_FILE_TMPDIR/out"
  [ -s "$KN3/model.safetensors" ] && [ -s "$KN3/config.yaml" ] && [ -s "$KN3/README.md" ] && [ -s "$KN3/metrics.jsonl" ]
  [ -z "$(find "$KN3" -name 'spill*')" ]
}

@test "train --json" {
  run -0 "$RONDO" train ngram "$TEXT" --order 2 --json -q -o r
  [ "$(jq -r '.ngrams | join(" ")' <<< "$output")" = "13 16" ]
}

@test "eval, score, next, generate, info, report" {
  run -0 "$RONDO" eval "$KN3" "$TEXT" --json
  jq -e '.perplexity < 1.6 and .baseline_perplexity > 8' <<< "$output"
  run -0 "$RONDO" score "$KN3" - -q <<< "the quick brown fox"
  [[ "$output" == *"the quick brown fox" ]]
  run -0 "$RONDO" next "$KN3" -p "the quick" -n 1 --json
  [ "$(jq -r .token <<< "$output")" = brown ]
  run -0 "$RONDO" generate "$KN3" -p "the quick" --length 3 --temperature 0 -q
  [ "$output" = "the quick brown fox jumps" ]
  run -0 "$RONDO" info "$KN3"
  [[ "$output" == *"n-grams of up to 3 tokens (kneser-ney): 43 n-grams"* ]]
  run -0 "$RONDO" report "$KN3"
}

@test "stupid backoff says that it gives scores" {
  run -0 "$RONDO" train ngram "$TEXT" --smoothing stupid-backoff -o sb -q
  run -0 --separate-stderr "$RONDO" eval sb "$TEXT"
  [[ "$stderr" == *"scores that sum to more than 1"* ]]
}

@test "deleted interpolation" {
  run -0 "$RONDO" train ngram "$TEXT" --smoothing jelinek-mercer -o jm -q
  [[ "$("$RONDO" info jm)" == *"jelinek-mercer"* ]]
  run -0 --separate-stderr "$RONDO" eval jm "$TEXT"
  [[ "$stderr" != *"scores"* && "$output" == "perplexity          1."* ]]
}

@test "characters, in one stream" {
  run -0 "$RONDO" train ngram "$TEXT" --level char --order 6 -o ch -q
  run -0 "$RONDO" next ch -p "the qui" -n 1 --json
  [ "$(jq -r .token <<< "$output")" = c ]
}

@test "any number of threads and little memory: the same model" {
  "$RONDO" train ngram "$TEXT" -o a -q -t 1 > /dev/null
  "$RONDO" train ngram "$TEXT" -o b -q -t 3 --memory 1M > /dev/null
  cmp <("$RONDO" convert a a.arpa -q; cat a.arpa) <("$RONDO" convert b b.arpa -q; cat b.arpa)
}

@test "ARPA there and back" {
  run -0 "$RONDO" convert "$KN3" kn3.arpa --json
  [ "$(jq .ngrams <<< "$output")" = 43 ]
  grep -q '^ngram 1=14$' kn3.arpa
  gzip kn3.arpa
  run -0 "$RONDO" convert kn3.arpa.gz back -q
  run -0 "$RONDO" train ngram kn3.arpa.gz --arpa -o trained -q
  a=$("$RONDO" eval "$KN3" "$TEXT" --json | jq .nats) b=$("$RONDO" eval back "$TEXT" --json | jq .nats)
  awk -v a="$a" -v b="$b" 'BEGIN { exit !(a - b < 0.001 && b - a < 0.001) }'
}

@test "an ARPA file that is wrong: its line and column, exit 3" {
  printf '\\data\\\nngram 1=2\n\\1-grams:\n-1 a\n\\end\\\n' > bad.arpa
  run -3 "$RONDO" convert bad.arpa out
  [[ "$output" == *"error: bad.arpa:5:1: 1 1-grams are above; \\data\\ says 2"* ]]
  run -3 "$RONDO" train ngram "$TEXT" --arpa -o out2
  [[ "$output" == *"no ARPA file: it has no line"* ]]
}

@test "usage: exit 2" {
  run -2 "$RONDO" train ngram
  [[ "$output" == *"which text?"* ]]
  run -2 "$RONDO" train ngram "$TEXT" --order 9
  run -2 "$RONDO" train ngram "$TEXT" --prune 0,x -o p
  [[ "$output" == *"--prune 0,x: expected counts"* ]]
  run -2 "$RONDO" train ngram "$TEXT" --prune 0,2,1 -o p
  [[ "$output" == *"without their beginning"* ]]
  run -2 "$RONDO" train ngram "$TEXT" -o "$KN3"
  [[ "$output" == *"is not empty"* ]]
}

@test "odd texts" {
  printf word > one.txt
  run -0 "$RONDO" train ngram one.txt -o one -q
  printf 'a\0b \377\376 c' > bytes.txt
  run -0 "$RONDO" train ngram bytes.txt -o bytes -q
  [[ "$output" == *"not UTF-8"* ]]
  : > empty.txt
  run -3 "$RONDO" train ngram empty.txt -o empty
  [[ "$output" == *"empty.txt: the file is empty"* ]]
  run -1 "$RONDO" train ngram nothing.txt -o nothing
  run -0 "$RONDO" train ngram one.txt -o nothing -q
}

@test "a damaged model: exit 3" {
  cp "$KN3/model.safetensors" m.safetensors
  printf x | dd of=m.safetensors bs=1 seek=$(($(stat -c %s m.safetensors) - 9)) conv=notrunc status=none
  run -3 "$RONDO" eval m.safetensors "$TEXT"
  [[ "$output" == *"damaged"* ]]
}
