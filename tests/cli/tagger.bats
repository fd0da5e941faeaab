#!/usr/bin/env bats
# Taggers: training, tagging, measuring, and data that is wrong.
load helper

# $1 sentences of names by rule: who lives where.
sentences() {
  awk -v n="$1" -v from="${2:-0}" 'BEGIN {
    split("Anna Bert Clara Dora Emil Frida", who); split("Berlin Paris Oslo Rome Bern Kiel", where); split("lives works waits sleeps", does)
    for (i = from; i < from + n; i++) {
      printf "%s B-PER\n", who[i * 7 % 6 + 1]
      if (i % 3 == 0) printf "Smith I-PER\n"
      printf "%s O\nin O\n%s B-LOC\n. O\n\n", does[i * 5 % 4 + 1], where[i * 11 % 6 + 1]
    }
  }'
}
# The data's own columns by blanks, in $1: token, true tag, tag of the model $MODEL.
with_answers() {
  awk 'NF { printf "%s ", $1; next } { print "" }' "$1" | "$RONDO" tag "$MODEL" --split space --format conll |
    paste -d ' ' "$1" - | awk 'NF { print $1, $2, $4; next } { print "" }'
}

setup_file() {
  sentences 120 > "$BATS_FILE_TMPDIR/train.conll"
  sentences 30 500 > "$BATS_FILE_TMPDIR/test.conll"
  MODEL=$BATS_FILE_TMPDIR/model
  FLAGS="--hidden 12 --embed 8 --char-embed 4 --char-hidden 4 --casing 4 --dropout 0 --lr 0.02 -q"
  "$RONDO" train tagger "$BATS_FILE_TMPDIR/train.conll" -o "$MODEL" $FLAGS --epochs 8 --test "$BATS_FILE_TMPDIR/test.conll" \
    > "$BATS_FILE_TMPDIR/out"
  export MODEL FLAGS
}
setup() {
  train=$BATS_FILE_TMPDIR/train.conll
  test=$BATS_FILE_TMPDIR/test.conll
  dir=$BATS_TEST_TMPDIR
}

@test "training: a run folder, the metric by its name, the table of the test" {
  for file in model.safetensors config.yaml metrics.jsonl evaluation.json report.html README.md checkpoints; do [ -e "$MODEL/$file" ]; done
  grep -q "^validation  F1 [0-9.]* ± [0-9.]* (" "$BATS_FILE_TMPDIR/out"
  grep -q "^test  *F1 " "$BATS_FILE_TMPDIR/out"
  grep -q "LOC: precision:" "$BATS_FILE_TMPDIR/out"
  [ "$(grep -c '^            F1 [0-9.]* by the word alone$' "$BATS_FILE_TMPDIR/out")" -eq 2 ]
  "$RONDO" train tagger "$train" -o "$dir/run" ${FLAGS% -q} --epochs 1 2> "$dir/err" > /dev/null
  grep -q "^training: 120 sequences, 640 words" "$dir/err"
  grep -q "^epoch 1/1 .* validation F1 [0-9.]*  .*(best)" "$dir/err"
  grep -q "rondo tag $dir/run < lines.txt" "$dir/err"
}

@test "tag: a file in batches, a pipe line by line: the same bits" {
  awk 'NF { printf "%s ", $1; next } { print "" }' "$test" "$train" > "$dir/lines"
  "$RONDO" tag "$MODEL" "$dir/lines" --json --probabilities > "$dir/file"
  cat "$dir/lines" | "$RONDO" tag "$MODEL" --json --probabilities > "$dir/pipe"
  cmp "$dir/file" "$dir/pipe"
  [ "$(wc -l < "$dir/file")" -eq 150 ]
}

@test "--init-from: the shape of a tagger is that of the one begun from, unless something else is said" {
  "$RONDO" train tagger "$train" --init-from "$MODEL" --cell gru --dump-config > "$dir/config"
  grep -q "^hidden: 12 " "$dir/config"
  grep -q "^char-hidden: 4 " "$dir/config"
  grep -q "^cell: gru " "$dir/config"
  "$RONDO" train tagger "$train" --init-from "$MODEL" -o "$dir/on" --epochs 1 2>&1 > /dev/null | grep -q "^\([0-9]*\) of \1 tensors taken from $MODEL$"
}

@test "the same bits twice, on one thread and on two, and killed and resumed" {
  flags="$FLAGS --epochs 10 --dropout 0.2 --save-every 5"
  "$RONDO" train tagger "$train" -o "$dir/a" $flags -t 1 > /dev/null
  "$RONDO" train tagger "$train" -o "$dir/b" $flags -t 2 > /dev/null
  same_model "$dir/a" "$dir/b"
  "$RONDO" train tagger "$train" -o "$dir/c" $flags > /dev/null 2>&1 &
  for i in $(seq 100); do [ -z "$(ls "$dir/c/checkpoints" 2> /dev/null)" ] || break; sleep 0.01; done
  kill -9 $!
  wait $! || true
  "$RONDO" train tagger -o "$dir/c" --resume -q > /dev/null
  same_model "$dir/a" "$dir/c"
}

@test "the kinds of characters, no CRF, schemes and vectors train" {
  printf 'Anna 1 2 3\nBerlin 2 1 0\nParis 2 1 1\n' > "$dir/small.vec"
  for flags in "--chars none --casing 0" "--chars cnn" "--no-crf --scheme iob1" "--scheme none --no-fold" \
    "--vectors $dir/small.vec --embed 3 --freeze-embed" "--cell gru --layers 2 --no-bidirectional --min-count 2 --unk-rate 0.1 --no-lazy"; do
    "$RONDO" train tagger "$train" -o "$dir/run" --force $FLAGS --epochs 1 $flags > /dev/null
    "$RONDO" tag "$dir/run" <<< "Anna waits ." > /dev/null
  done
}

@test "--seeds: a run each, their mean and deviation; resumed they are done" {
  run "$RONDO" train tagger "$train" -o "$dir/run" $FLAGS --epochs 2 --seeds 3,4 --test "$test"
  [ "$status" -eq 0 ]
  [ -e "$dir/run/seed-3/report.html" ] && [ -e "$dir/run/seed-4/model.safetensors" ]
  [[ "$output" == *"validation "*" ± "*" over 2 seeds"*"test "*" ± "*" over 2 seeds"*"F1 "*" by the word alone" ]]
  cp "$dir/run/seed-4/model.safetensors" "$dir/before"
  "$RONDO" train tagger -o "$dir/run" --seeds 3,4 --resume -q > "$dir/again"
  [ "$(tail -4 "$dir/again")" = "$(tail -4 <<< "$output")" ]
  cmp "$dir/before" "$dir/run/seed-4/model.safetensors"
  "$RONDO" train tagger "$train" -o "$dir/four" $FLAGS --epochs 2 --seed 4 --test "$test" > /dev/null
  same_model "$dir/four" "$dir/run/seed-4"
}

@test "tag: text, CoNLL, JSON lines, HTML; an empty line is answered with an empty line" {
  printf 'Anna Smith lives in Rome.\n\nI wait.\n' > "$dir/lines"
  run "$RONDO" tag "$MODEL" "$dir/lines"
  [ "${lines[0]}" = "[PER Anna Smith] lives in [LOC Rome]." ]
  [ "$("$RONDO" tag "$MODEL" < "$dir/lines" | sed -n 2p)" = "" ]
  [ "$("$RONDO" tag "$MODEL" < "$dir/lines" | wc -l)" -eq 3 ]
  [ "$("$RONDO" tag "$MODEL" "$dir/lines" --format conll | head -2)" = $'Anna\tB-PER\nSmith\tI-PER' ]
  [ "$("$RONDO" tag "$MODEL" "$dir/lines" --format conll | wc -l)" -eq 12 ]
  run "$RONDO" tag "$MODEL" "$dir/lines" --format jsonl --probabilities
  [[ "${lines[0]}" == *'"spans":[{"type":"PER","begin":0,"end":2,"text":"Anna Smith","probability":'* ]]
  [[ "${lines[1]}" == '{"text":"","tokens":[],"tags":[],"spans":[],"probabilities":[]}' ]]
  [[ "$("$RONDO" tag "$MODEL" "$dir/lines" --probabilities)" =~ "[PER Anna Smith "[01]\.[0-9]{2}"]" ]]
  "$RONDO" tag "$MODEL" --format html <<< 'Anna <b>& "Rome"' > "$dir/page.html"
  grep -q '<mark class=t[0-9]>Anna<b>PER</b></mark> &lt;b>&amp; &quot;' "$dir/page.html"
  run ! grep -qi "http" "$dir/page.html"
}

@test "tag: a line is answered while the next is still being written" {
  mkfifo "$dir/in"
  "$RONDO" tag "$MODEL" < "$dir/in" > "$dir/out" &
  exec 7> "$dir/in"
  echo "Anna lives in Rome ." >&7
  for i in $(seq 100); do [ ! -s "$dir/out" ] || break; sleep 0.02; done
  [ "$(cat "$dir/out")" = "[PER Anna] lives in [LOC Rome] ." ]
  exec 7>&-
  wait $!
}

@test "eval: what conlleval prints of the answers, and what the labels are" {
  "$RONDO" eval "$MODEL" "$test" > "$dir/ours"
  grep -q "^processed 160 tokens with 60 phrases; found: " "$dir/ours"
  grep -q "^accuracy: " "$dir/ours"
  grep -q "^F1 " "$dir/ours"
  # The figures again, from the tags as `rondo tag` gives them.
  right=$(with_answers "$test" | awk 'NF { n++; good += $2 == $3 } END { printf "%.2f", 100 * good / n }')
  grep -q "^accuracy: *$right%;" "$dir/ours"
  run "$RONDO" eval "$MODEL" "$test" --json
  [[ "$output" == '{"metric":"F1","value":'*'"confusion":[['*'"spans":[{"label":"LOC"'* ]]
}

@test "eval: tags that the model was never taught are errors, and named" {
  printf 'Anna B-PER\nwaits V\n\nRome B-LOC\n. O\n' > "$dir/new.conll"
  run "$RONDO" eval "$MODEL" "$dir/new.conll"
  [ "$status" -eq 0 ]
  [[ "$output" == *"new.conll: 1 label that the model was never taught counts as errors: V (1 times)"* ]]
  [[ "$output" == *"processed 4 tokens"* ]]
}

@test "info and report know a tagger" {
  run "$RONDO" info "$MODEL"
  [[ "$output" == *"A tagger of words: lstm, 1 layer of 12 units each way, CRF, 5 labels"*"Validation: F1 "* ]]
  "$RONDO" report "$MODEL" -o "$dir/page.html"
  grep -q "What is taken for what" "$dir/page.html"
  grep -q "by the word alone" "$dir/page.html"
  grep -q "<mark class=t[0-9]" "$dir/page.html"
  grep -q "Lengths of sequences" "$dir/page.html"
  run ! grep -qi "http" "$dir/page.html"
}

@test "a model of another kind: the command that fits" {
  run "$RONDO" classify "$MODEL"
  [ "$status" -eq 3 ]
  [[ "$output" == *"is a tagger: rondo tag $MODEL; \`rondo classify\` wants a classifier"* ]]
  run "$RONDO" generate "$MODEL"
  [ "$status" -eq 3 ]
  [[ "$output" == *"is a tagger: rondo tag"*"wants a language model"* ]]
}

@test "odd text: a long line, a long token, ill-formed UTF-8, a NUL" {
  awk 'BEGIN { for (i = 0; i < 100000; i++) printf "word "; print "" }' > "$dir/long"
  [ "$("$RONDO" tag "$MODEL" "$dir/long" | wc -w)" -ge 100000 ]
  awk 'BEGIN { for (i = 0; i < 10000; i++) printf "x"; print "" }' > "$dir/token"
  [ "$("$RONDO" tag "$MODEL" "$dir/token" --format conll | head -1 | cut -f1 | wc -c)" -eq 10001 ]
  printf 'Anna\xff\xfe lives\n' > "$dir/bytes"
  "$RONDO" tag "$MODEL" "$dir/bytes" --format jsonl | iconv -f UTF-8 -t UTF-8 | grep -q '"tokens":\["Anna'
  printf 'Anna\0x lives\n' > "$dir/nul"
  [ "$("$RONDO" tag "$MODEL" "$dir/nul" | wc -l)" -eq 1 ]
}

@test "bad data is named, with its place" {
  printf 'Anna B-PER\nwaits\n' > "$dir/columns.conll"
  printf 'Anna O\nwaits O\n\n. O\n' > "$dir/one.conll"
  printf 'a 1 2 3\nb 1 2\n' > "$dir/mixed.vec"
  printf '3 2\na 1 2\nb 1' > "$dir/cut.vec"
  while IFS='|' read -r flags code words; do
    run "$RONDO" train tagger $(eval echo "$flags") -o "$dir/run"
    [ "$status" -eq "$code" ]
    [[ "$output" == *"$words"* ]]
  done <<'LIST'
$dir/columns.conll|3|columns.conll:2:6: expected 2 columns
$dir/one.conll|3|there is nothing to learn
$train --vectors $dir/mixed.vec|3|mixed.vec:2:1: expected a word and 3 numbers, got 2
$train --vectors $dir/cut.vec|3|cut.vec: cut short
$train --vectors $dir/nowhere.vec|1|cannot read
$train --embed 7 --vectors $dir/good.vec|1|cannot read
$train --format tsv|2|--format tsv: words with a label for each row are read from conll, conllu
$train --column 9|2|column
$train --seeds 1,x|2|--seeds 1,x: must be
$train --valid-fraction 1|2|at most 0.9
LIST
  run "$RONDO" train tagger
  [ "$status" -eq 2 ]
  [[ "$output" == *"which data? for example: rondo train tagger train.conll"* ]]
  run "$RONDO" tag "$MODEL" "$dir/nowhere"
  [ "$status" -eq 1 ]
}

@test "DNA: a letter for each base, in and out" {
  awk 'BEGIN { srand(1); for (i = 0; i < 40; i++) { b = t = ""; for (k = 0; k < 30; k++) { x = substr("ACGT", int(4 * rand()) + 1, 1);
    b = b x; t = t (x ~ /[CG]/ ? "s" : "w") } print t "\t" b } }' > "$dir/bases.tsv"
  "$RONDO" train tagger "$dir/bases.tsv" --input dna -o "$dir/dna" --hidden 8 --lr 0.05 --epochs 10 --reverse-complement -q > /dev/null
  [ "$("$RONDO" tag "$dir/dna" <<< "ACGTTA")" = "wsswww" ]
  [ "$("$RONDO" tag "$dir/dna" --format conll <<< "ACN" | head -2)" = $'A\tw\nC\ts' ]
  [ "$("$RONDO" tag "$dir/dna" "$dir/bases.tsv" --text 2)" = "$(cut -f 1 "$dir/bases.tsv")" ]
  { echo name,bases; awk '{ print "x," $2 }' "$dir/bases.tsv"; } > "$dir/bases.csv"
  [ "$("$RONDO" tag "$dir/dna" "$dir/bases.csv" --text bases)" = "$(cut -f 1 "$dir/bases.tsv")" ]
  run "$RONDO" eval "$dir/dna" "$dir/bases.tsv" --json
  [[ "$output" == '{"metric":"accuracy","value":1.0,'*'"f1_macro":1.0'* ]]
  run "$RONDO" eval "$dir/dna" "$dir/bases.tsv"
  [[ "$output" == *"precision  recall      F1  expected"*"s     100.00  100.00  100.00"*"w     100.00  100.00  100.00"*"macro  "* ]]
  run "$RONDO" train tagger "$dir/bases.tsv" --input dna --valid "$dir/bases.tsv" -o "$dir/dna" --force --hidden 2 --max-steps 1 -q
  [[ "$output" == *"validation  accuracy "*"), macro F1 "*"            accuracy 100.00, macro F1 100.00 by 9 bases alone"* ]]
  run "$RONDO" train tagger "$dir/bases.tsv" --input dna --valid "$dir/bases.tsv" -o "$dir/dna" --force --hidden 2 --max-steps 1 --json
  [[ "$output" == *'"valid":{"metric":"accuracy",'*'"baseline":{"value":1.0,"by":"9 bases","f1_macro":1.0}'* ]]
}

@test "the first sentence comes within 30 ms of a cold start" {
  [ -n "$RN_TEST_LONG" ] || skip "timing: RN_TEST_LONG=1"
  best=1000000
  for i in 1 2 3 4 5 6 7 8 9 10; do
    start=$(date +%s%N)
    "$RONDO" tag "$MODEL" <<< "Anna lives in Rome ." > /dev/null
    took=$((($(date +%s%N) - start) / 1000))
    [ $took -gt $best ] || best=$took
  done
  echo "$best microseconds"
  [ $best -lt 30000 ]
}

@test "a folder that is not empty is left as it is" {
  cp -r "$MODEL" "$dir/run"
  run "$RONDO" train tagger "$train" -o "$dir/run" $FLAGS --epochs 1
  [ "$status" -eq 2 ]
  [[ "$output" == *"--force"* ]]
  diff -r "$MODEL" "$dir/run"
}
