#!/usr/bin/env bats
# Classifiers: training, classifying, measuring, and data that is wrong.
load helper

# $1 reviews by rule, label<TAB>text: what is not lacking is good.
reviews() {
  awk -v n="$1" -v from="${2:-0}" 'BEGIN {
    split("taste service ambience food wine staff", thing); split("good great fine lovely", nice); split("bad awful dull poor", ugly)
    for (i = from; i < from + n; i++) {
      x = thing[i * 7 % 6 + 1]; y = i * 5 % 4 + 1
      if (i % 2) print "pos\tvery " nice[y] " " x " and " nice[i * 3 % 4 + 1] " " thing[i * 11 % 6 + 1]
      else print "neg\t" ugly[y] " " x " , it was " ugly[i * 3 % 4 + 1] " " thing[i * 11 % 6 + 1]
    }
  }'
}
# $1 series of 12 steps, label first: rising or falling.
slopes() { awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) { s = i % 2 ? 1 : -1; printf "%d", 1 + i % 2; for (t = 0; t < 12; t++) printf ",%.3f", s * t / 6 + (i * 7 + t * 3) % 5 / 10; print "" } }'; }

setup_file() {
  reviews 120 > "$BATS_FILE_TMPDIR/train.tsv"
  reviews 30 500 > "$BATS_FILE_TMPDIR/test.tsv"
  slopes 40 > "$BATS_FILE_TMPDIR/slopes.csv"
  MODEL=$BATS_FILE_TMPDIR/model
  FLAGS="--hidden 8 --embed 8 --filters 8 --batch 10 --dropout 0 --lr 0.02 -q"
  "$RONDO" train classifier "$BATS_FILE_TMPDIR/train.tsv" -o "$MODEL" $FLAGS --epochs 6 --model attention \
    --test "$BATS_FILE_TMPDIR/test.tsv" > "$BATS_FILE_TMPDIR/out"
  export MODEL FLAGS
}
setup() {
  train=$BATS_FILE_TMPDIR/train.tsv
  test=$BATS_FILE_TMPDIR/test.tsv
  dir=$BATS_TEST_TMPDIR
}

@test "training: a run folder, the accuracy, the table of the test" {
  for file in model.safetensors config.yaml metrics.jsonl evaluation.json report.html README.md checkpoints; do [ -e "$MODEL/$file" ]; done
  grep -q "^validation  accuracy [0-9.]* ± [0-9.]* (" "$BATS_FILE_TMPDIR/out"
  grep -q "^test  *accuracy " "$BATS_FILE_TMPDIR/out"
  grep -q "^ROC AUC" "$BATS_FILE_TMPDIR/out"
  run "$RONDO" train classifier "$train" -o "$dir/run" $FLAGS --epochs 1 --json
  [[ "${lines[-1]}" == '{"event":"result",'*'"valid":{"metric":"accuracy","value":'* ]]
}

@test "every kind of model, of pooling and of labels trains and answers" {
  for flags in "--model bag" "--model bag --ngrams 1 --subword 3-4 --buckets 1000" "--model rnn --pooling last" \
    "--model rnn --pooling mean --cell gru" "--model attention --no-bidirectional" "--model cnn --widths 2,3" "--model cnn --layers 2" \
    "--balance --max-length 4 --long ends" "--max-length 4 --long windows" "--labels multi" "--chars cnn --casing 4 --split space"; do
    "$RONDO" train classifier "$train" -o "$dir/run" --force $FLAGS --epochs 1 $flags > /dev/null
    [ "$("$RONDO" classify "$dir/run" <<< "very good wine" | wc -l)" -eq 1 ]
  done
}

@test "the same bits twice, on one thread and on two, and from the run's own configuration" {
  "$RONDO" train classifier "$train" -o "$dir/a" $FLAGS --epochs 2 --dropout 0.2 -t 1 > /dev/null
  "$RONDO" train classifier "$train" -o "$dir/b" $FLAGS --epochs 2 --dropout 0.2 -t 2 > /dev/null
  same_model "$dir/a" "$dir/b"
  "$RONDO" train classifier --config "$dir/a/config.yaml" -o "$dir/c" -q > /dev/null
  same_model "$dir/a" "$dir/c"
}

@test "classify: label and probability, the best k, JSON; an empty line is answered with an empty line" {
  printf 'very good wine and great staff\n\nbad food , it was awful service\n' > "$dir/lines"
  "$RONDO" classify "$MODEL" "$dir/lines" > "$dir/out"
  [ "$(cut -f1 "$dir/out" | tr '\n' '|')" = "pos||neg|" ]
  "$RONDO" classify "$MODEL" -k 2 < "$dir/lines" | awk -F '\t' 'NF { n++; if (NF != 4 || $2 + $4 < 0.999 || $2 < $4) exit 1 } END { exit n != 2 }'
  run "$RONDO" classify "$MODEL" "$dir/lines" --json -k 2
  [[ "${lines[0]}" == '{"labels":[{"label":"pos","probability":'*'"label":"neg"'*'"text":"very good wine and great staff"}' ]]
  [[ "${lines[1]}" == '{"labels":[],"text":""}' ]]
}

@test "classify --attention: a share for each word; other models have none" {
  "$RONDO" classify "$MODEL" --attention <<< "very good wine" | tail -1 | grep -qE '^  very:[01]\.[0-9]{2} good:[01]\.[0-9]{2} wine:[01]\.[0-9]{2}$'
  "$RONDO" classify "$MODEL" --attention --json <<< "very good wine" | grep -q '"attention":\[{"row":"very","attention":'
  "$RONDO" train classifier "$train" -o "$dir/run" $FLAGS --epochs 1 --model bag > /dev/null
  run "$RONDO" classify "$dir/run" --attention
  [ "$status" -eq 2 ]
  [[ "$output" == *"is a classifier of --model bag"* ]]
}

@test "eval: table, matrix and interval; labels that are new are errors, and named" {
  run "$RONDO" eval "$MODEL" "$test"
  [ "$status" -eq 0 ]
  [[ "$output" == *"precision  recall"*"predicted"*"accuracy  "*" ± "*"ROC AUC"*"sequences 30"* ]]
  printf 'pos\tvery good wine\nodd\tpoor staff\n' > "$dir/new.tsv"
  run "$RONDO" eval "$MODEL" "$dir/new.tsv"
  [ "$status" -eq 0 ]
  [[ "$output" == *"new.tsv: 1 label that the model was never taught counts as errors: odd (1 times)"* ]]
  run "$RONDO" eval "$MODEL" "$test" --json
  [[ "$output" == '{"metric":"accuracy",'*'"f1_macro":'*'"confusion":[['* ]]
}

@test "--seeds and --folds: a run each; leaving one out needs no folders; together" {
  run "$RONDO" train classifier "$train" -o "$dir/a" $FLAGS --epochs 2 --seeds 1,2,3
  [ "$status" -eq 0 ]
  [ -e "$dir/a/seed-3/report.html" ]
  [[ "$output" == *"validation "*" ± "*" over 3 seeds"* ]]
  run "$RONDO" train classifier "$train" -o "$dir/b" $FLAGS --epochs 2 --folds 3
  [ "$status" -eq 0 ]
  [ -e "$dir/b/fold-3/model.safetensors" ]
  [[ "$output" == *"3 folds"*"accuracy "*" ± "*"sequences 120"* ]]
  head -24 "$train" > "$dir/few.tsv"
  run "$RONDO" train classifier "$dir/few.tsv" -o "$dir/c" $FLAGS --epochs 1 --folds 24 --valid-fraction 0 --seeds 1,2
  [ "$status" -eq 0 ]
  [ ! -e "$dir/c" ]
  [[ "$output" == *"24 folds"*"seed 2"*"test "*" over 2 seeds"* ]]
}

@test "classify: a file in batches, a pipe line by line: the same bits" {
  cut -f 2 "$test" "$train" > "$dir/lines"
  echo >> "$dir/lines"
  "$RONDO" classify "$MODEL" "$dir/lines" --json --attention > "$dir/file"
  cat "$dir/lines" | "$RONDO" classify "$MODEL" --json --attention > "$dir/pipe"
  cmp "$dir/file" "$dir/pipe"
  [ "$(wc -l < "$dir/file")" -eq 151 ]
}

@test "--init-from: the shape of a classifier is that of the one begun from, unless something else is said" {
  "$RONDO" train classifier "$train" --init-from "$MODEL" --embed 9 --dump-config > "$dir/config"
  grep -q "^model: attention " "$dir/config"
  grep -q "^hidden: 8 " "$dir/config"
  grep -q "^embed: 9 " "$dir/config"
  "$RONDO" train classifier "$BATS_FILE_TMPDIR/slopes.csv" --input series -o "$dir/cnn" $FLAGS --epochs 1 --model cnn --widths 2,5 > /dev/null
  "$RONDO" train classifier "$BATS_FILE_TMPDIR/slopes.csv" --init-from "$dir/cnn" --dump-config > "$dir/config"
  grep -q "^input: series " "$dir/config"
  grep -q '^widths: "*2,5"* ' "$dir/config"
}

@test "a run too short to record anything still has its report" {
  "$RONDO" train classifier "$train" -o "$dir/short" $FLAGS --epochs 1 --valid-fraction 0 --resume > /dev/null
  [ -f "$dir/short/report.html" ]
  "$RONDO" train classifier "$train" -o "$dir/short" $FLAGS --epochs 2 --valid-fraction 0 --resume > /dev/null
}

@test "formats: CSV by name, JSONL, fastText with several labels, rows of one value; eval remembers" {
  awk -F '\t' 'BEGIN { print "id,stars,review,part" } { print NR ",\"" $1 "\",\"" $2 "\"," (NR % 4 ? "train" : "test") }' "$train" > "$dir/r.csv"
  "$RONDO" train classifier "$dir/r.csv" --text review --label stars --where part=train -o "$dir/csv" $FLAGS --epochs 1 2> /dev/null > /dev/null
  run "$RONDO" eval "$dir/csv" "$dir/r.csv" --where part=test
  [[ "$output" == *"sequences 30"* ]]
  awk -F '\t' '{ print "{\"text\": \"" $2 "\", \"label\": \"" $1 "\"}" }' "$train" > "$dir/r.jsonl"
  "$RONDO" train classifier "$dir/r.jsonl" -o "$dir/jsonl" $FLAGS --epochs 1 > /dev/null
  awk -F '\t' '{ print "__label__" $1 (NR % 3 ? "" : " __label__third") " " $2 }' "$train" > "$dir/r.ft"
  "$RONDO" train classifier "$dir/r.ft" -o "$dir/ft" $FLAGS --epochs 2 --model bag > /dev/null
  "$RONDO" info "$dir/ft" | grep -q "multi"
  "$RONDO" eval "$dir/ft" "$dir/r.ft" > "$dir/several"
  grep -q "third" "$dir/several"
  grep -q "^F1  *[0-9.]* ± " "$dir/several"
  grep -q "^exact  *[0-9.]*% have all their labels and no other$" "$dir/several"
  "$RONDO" eval "$dir/ft" "$dir/r.ft" --json | grep -q '^{"metric":"F1","value":\([0-9.]*\),.*"f1_micro":\1,'
}

@test "stars: --labels ordinal says how far off" {
  awk -F '\t' '{ print ($1 == "pos" ? 4 + NR % 4 / 2 % 2 : 1 + NR % 3 % 2) "\t" $2 }' "$train" | sed 's/^\([0-9]\)\.[0-9]*/\1/' > "$dir/stars.tsv"
  "$RONDO" train classifier "$dir/stars.tsv" -o "$dir/run" $FLAGS --epochs 3 --labels ordinal > /dev/null
  run "$RONDO" eval "$dir/run" "$dir/stars.tsv"
  [[ "$output" == *"mean absolute error"*"within one"* ]]
  [[ "$("$RONDO" classify "$dir/run" <<< "very good wine" | cut -f1)" =~ ^[1-5]$ ]]
}

@test "series: numbers in rows, classified with and without their labels" {
  "$RONDO" train classifier "$BATS_FILE_TMPDIR/slopes.csv" --input series -o "$dir/run" $FLAGS --epochs 20 --model cnn > /dev/null
  grep -q "svg class=series" "$dir/run/report.html"
  "$RONDO" classify "$dir/run" "$BATS_FILE_TMPDIR/slopes.csv" --label 1 | cut -f1 > "$dir/with"
  cut -d , -f 2- "$BATS_FILE_TMPDIR/slopes.csv" | "$RONDO" classify "$dir/run" - | cut -f1 > "$dir/without"
  cmp "$dir/with" "$dir/without"
  [ "$(paste -d ' ' "$dir/with" <(cut -d , -f 1 "$BATS_FILE_TMPDIR/slopes.csv") | awk '$1 == $2' | wc -l)" -ge 38 ]
  printf '1,0,1,2,3\n2,?,-1,,-3\n1,0,2,3,nan\n2,0,-1,-2,-2\n' > "$dir/gaps.csv"
  "$RONDO" train classifier "$dir/gaps.csv" --input series -o "$dir/gaps" $FLAGS --epochs 2 --valid-fraction 0 > /dev/null
}

@test "--nearest: beside the network the nearest neighbour, by both distances where lengths are equal" {
  "$BATS_TEST_DIRNAME/../../tools/guide-data" shapes 60 | grep -v ',$' > "$dir/shapes.csv" # a gap at the end is a shorter series
  "$BATS_TEST_DIRNAME/../../tools/guide-data" shapes 30 2 | grep -v ',$' > "$dir/test.csv"
  flags="--input series --model cnn --force -o $dir/run $FLAGS --epochs 1 --nearest"
  run --separate-stderr "$RONDO" train classifier "$dir/shapes.csv" --test "$dir/test.csv" $flags
  [[ "${lines[2]}" == "validation "* && "${lines[3]}" =~ ^nearest\ +accuracy\ [0-9.]+\ \(Euclidean\),\ [0-9.]+\ \(DTW\)$ ]]
  [[ "${lines[4]}" == "test "* && "${lines[5]}" =~ ^nearest\ +accuracy\ [0-9.]+\ \(Euclidean\),\ [0-9.]+\ \(DTW\)$ ]]
  run --separate-stderr "$RONDO" train classifier "$dir/shapes.csv" --valid "$dir/test.csv" --test "$dir/test.csv" $flags --seeds 1,2
  [[ "$output" == *"test "*$'\nnearest     '*" ± 0.00 (Euclidean), "*" ± 0.00 (DTW) over 2 seeds"* ]] # all have the same parts
  cut -d , -f 1-50 "$dir/test.csv" > "$dir/short.csv"
  run --separate-stderr "$RONDO" train classifier "$dir/shapes.csv" --test "$dir/short.csv" $flags --json
  [[ "$output" == *'"test":{'*'"nearest":{"euclidean":null,"dtw":'[01]* ]]
}

@test "--nearest: the answers are those of the training part, gaps at its mean, and no series is its own neighbour" {
  nearest() { "$RONDO" train classifier "$@" --input series --model cnn $FLAGS --epochs 2 --nearest 2> /dev/null; }
  printf 'a,0,1,0,0,0,0\nb,0,0,0,0,0,0\n' > "$dir/known.csv"
  printf 'a,0,0,0,1,0,0\nb,0,0,0,0,0,0.1\n' > "$dir/late.csv"
  nearest "$dir/known.csv" --valid "$dir/late.csv" -o "$dir/a" | grep -q "^nearest     accuracy 50.00 (Euclidean), 100.00 (DTW)$"
  printf 'a,10,10,10\nb,20,20,20\n' > "$dir/known.csv"
  printf 'b,?,?,17\na,?,13,?\n' > "$dir/gaps.csv"
  nearest "$dir/known.csv" --valid "$dir/gaps.csv" -o "$dir/b" | grep -q "^nearest     accuracy 100.00 (Euclidean), 100.00 (DTW)$"
  printf 'a,0,0,0\nb,0,0,1\na,9,9,9\nb,9,9,8\n' > "$dir/pairs.csv"
  [ "$(nearest "$dir/pairs.csv" --valid "$dir/pairs.csv" -o "$dir/c" --folds 4 | tail -1)" = "nearest   accuracy 0.00 (Euclidean), 0.00 (DTW)" ]
  nearest "$dir/pairs.csv" --valid "$dir/pairs.csv" -o "$dir/d" --folds 4 --json | grep -q '"event":"folds".*"nearest":{"euclidean":0.0,"dtw":0.0}}$'
}

@test "info and report know a classifier, and where it looked" {
  run "$RONDO" info "$MODEL"
  [[ "$output" == *"A classifier of words (attention): lstm, 1 layer of 8 units each way, 2 labels"*"Validation: accuracy "* ]]
  "$RONDO" report "$MODEL" -o "$dir/page.html"
  grep -q "What is taken for what" "$dir/page.html"
  grep -q "class=heat" "$dir/page.html"
  run ! grep -qi "http" "$dir/page.html"
  run "$RONDO" tag "$MODEL"
  [ "$status" -eq 3 ]
  [[ "$output" == *"is a classifier: rondo classify $MODEL; \`rondo tag\` wants a tagger"* ]]
}

@test "odd text: a long line, a long word, ill-formed UTF-8" {
  awk 'BEGIN { for (i = 0; i < 100000; i++) printf "good "; print "" }' > "$dir/long"
  [ "$("$RONDO" classify "$MODEL" "$dir/long" | wc -l)" -eq 1 ]
  awk 'BEGIN { for (i = 0; i < 10000; i++) printf "x"; print "" }' > "$dir/word"
  [ "$("$RONDO" classify "$MODEL" "$dir/word" | wc -l)" -eq 1 ]
  printf 'good\xff\xfe wine\n' > "$dir/bytes"
  "$RONDO" classify "$MODEL" "$dir/bytes" --json | iconv -f UTF-8 -t UTF-8 > /dev/null
}

@test "bad data is named, with its place" {
  printf 'pos\tgood\npos\tbad\n' > "$dir/one.tsv"
  printf 'label,text\npos,good\nneg,bad,worse\n' > "$dir/ragged.csv"
  printf '1,0.5,inf\n2,1,2\n' > "$dir/inf.csv"
  printf 'no tab here\n' > "$dir/flat.tsv"
  while IFS='|' read -r flags code words; do
    run "$RONDO" train classifier $(eval echo "$flags") -o "$dir/run"
    [ "$status" -eq "$code" ]
    [[ "$output" == *"$words"* ]]
  done <<'LIST'
$dir/one.tsv|3|the label "pos": there is nothing to tell apart
$dir/ragged.csv|3|ragged.csv:3:9: expected 2 columns, got 3
$dir/inf.csv --input series|3|inf.csv:1:7: expected a number
$dir/flat.tsv|3|flat.tsv:1
$dir/nowhere.tsv|1|cannot read
$train --format conll|2|--format conll: words with labels are read from tsv, csv
$train --widths 3,x|2|--widths 3,x: must be up to 8 whole numbers
$train --subword 6-3|2|--subword 6-3: must be the shortest and the longest
$train --folds 1000|2|--folds 1000: must be at least 2 and at most
$train --folds 2 --test $test|2|--test has no place there
$train --nearest|2|--nearest: only series have a distance
$BATS_FILE_TMPDIR/slopes.csv --input series --nearest --labels multi|2|--labels multi has no place there
$train --model lstm|2|must be one of: bag rnn attention cnn
$BATS_FILE_TMPDIR/slopes.csv --input series --vectors $test|2|steps have no word vectors
LIST
}
