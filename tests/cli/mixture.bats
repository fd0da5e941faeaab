#!/usr/bin/env bats
# Several language models as one: --mix, --cache, and the weights that are found.
load helper

setup_file() {
  T=$BATS_FILE_TMPDIR
  rhyme 3000 > "$T/train.txt"
  rhyme 600 | rev > "$T/valid.txt"
  rhyme 900 | tr 'aeiou' 'eioua' > "$T/test.txt"
  cp "$T/valid.txt" "$T/kept.txt"
  for cell in lstm gru; do
    "$RONDO" train lm "$T/train.txt" --valid "$T/valid.txt" -o "$T/$cell" $TINY --cell $cell --lr 0.02 > /dev/null
  done
  rhyme 300 | tr 'q' 'Q' > "$T/other.txt"
  "$RONDO" train lm "$T/other.txt" -o "$T/other" $TINY > /dev/null
}
setup() { T=$BATS_FILE_TMPDIR; }

perplexity() { sed 's/.*"perplexity":\([^,]*\),"bits.*/\1/'; }

@test "eval --mix: weights found on the run's own validation text; each component's perplexity" {
  run --separate-stderr "$RONDO" eval "$T/lstm" "$T/test.txt" --mix "$T/gru" --cache 50
  [ "$status" -eq 0 ]
  [[ "$output" == "perplexity "*"component "*"weight  perplexity alone"*"$T/lstm "*"$T/gru "*"cache of 50 words "* ]]
  [[ "$stderr" == "weights for $T/valid.txt: perplexity "*" rounds"* ]]
  alone=$("$RONDO" eval "$T/lstm" "$T/test.txt" --json -q | perplexity)
  grep -q "$T/lstm .* $(printf %.3f "$alone" | sed 's/.$//')" <<< "$output"
}

@test "eval --mix: the mixture is better than its parts on the text its weights are found on" {
  mixed=$("$RONDO" eval "$T/lstm" "$T/valid.txt" --mix "$T/gru" --cache 50 --cache-decay 0.02 --json -q | perplexity)
  for cell in lstm gru; do
    alone=$("$RONDO" eval "$T/$cell" "$T/valid.txt" --json -q | perplexity)
    awk -v a="$mixed" -v b="$alone" 'BEGIN { exit !(a < b) }'
  done
}

@test "--mix given twice, and once with a comma, is the same; --mix-weights are taken as they are, by their share" {
  a=$("$RONDO" eval "$T/lstm" "$T/test.txt" --mix "$T/gru" --mix "$T/gru" --mix-weights 2,1,1 --json)
  b=$("$RONDO" eval "$T/lstm" "$T/test.txt" --mix "$T/gru,$T/gru" --mix-weights 0.5,0.25,0.25 --json)
  [ "$a" = "$b" ]
  [[ "$a" == *'"mixture":[{"name":"'*'/lstm","weight":0.5,"perplexity":'* ]]
}

@test "--mix-weights 1,0 is the model alone" {
  a=$("$RONDO" eval "$T/lstm" "$T/test.txt" --json | perplexity)
  b=$("$RONDO" eval "$T/lstm" "$T/test.txt" --mix "$T/gru" --mix-weights 1,0 --json | perplexity)
  awk -v a="$a" -v b="$b" 'BEGIN { exit !(a - b < 1e-4 && b - a < 1e-4) }'
}

@test "score, next and generate take a mixture" {
  run "$RONDO" score "$T/lstm" --mix "$T/gru" --mix-weights 1,1 -q <<< "the lazy dog"
  [ "$status" -eq 0 ]
  total=$("$RONDO" next "$T/lstm" --mix "$T/gru" --cache 20 --cache-states 20 -p "the qui" -n 1000 --json -q |
    sed 's/.*"probability":\([^,]*\).*/\1/' | awk '{ s += $1 } END { print s }')
  awk -v s="$total" 'BEGIN { exit !(s > 0.999 && s < 1.001) }'
  a=$("$RONDO" generate "$T/lstm" --mix "$T/gru" --cache 20 --mix-weights 1,1,1 --length 40 -q)
  b=$("$RONDO" generate "$T/lstm" --mix "$T/gru" --cache 20 --mix-weights 1,1,1 --length 40 -q -t 1)
  [ "$a" = "$b" ]
  [ "$a" != "$("$RONDO" generate "$T/lstm" --length 40 -q)" ]
}

@test "what cannot be mixed" {
  run "$RONDO" eval "$T/lstm" "$T/test.txt" --mix "$T/other"
  [ "$status" -eq 2 ]
  [[ "$output" == *'model 2 knows "Q", which the first does not'* ]]
  run "$RONDO" eval "$T/lstm" "$T/test.txt" --mix "$T/nowhere"
  [ "$status" -eq 1 ]
  run "$RONDO" eval "$T/lstm" "$T/test.txt" --mix "$T/gru" --mix-weights 1,2,3
  [ "$status" -eq 2 ]
  [[ "$output" == *"--mix-weights 1,2,3: of 2 components 3 have a weight"* ]]
  run "$RONDO" eval "$T/lstm" "$T/test.txt" --mix "$T/gru" --mix-weights 1,x
  [ "$status" -eq 2 ]
  [[ "$output" == *"must be numbers of 0 and more, as 0.5,0.3,0.2"* ]]
  run "$RONDO" train adding --length 20 --hidden 4 --max-steps 2 -o "$T/adding" -q
  run "$RONDO" eval "$T/lstm" "$T/test.txt" --mix "$T/adding"
  [ "$status" -eq 3 ]
  [[ "$output" == *"--mix wants language models"* ]]
  run "$RONDO" eval "$T/adding" "$T/test.txt" --cache 20
  [ "$status" -eq 2 ]
  [[ "$output" == *"language models alone are mixed"* ]]
}

@test "a validation text that is gone or changed is not taken for the run's own" {
  echo more >> "$T/valid.txt"
  run "$RONDO" eval "$T/lstm" "$T/test.txt" --cache 20
  cp "$T/kept.txt" "$T/valid.txt"
  [ "$status" -eq 2 ]
  [[ "$output" == *"that of $T/lstm is not known: give --valid FILE, or --mix-weights"* ]]
  run "$RONDO" eval "$T/lstm" "$T/test.txt" --cache 20 --valid "$T/nowhere.txt"
  [ "$status" -eq 1 ]
}
