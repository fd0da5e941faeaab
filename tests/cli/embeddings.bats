# embeddings.bats: rondo train embeddings.
load helper

setup_file() {
  cd "$BATS_FILE_TMPDIR"
  awk 'BEGIN { srand(1); for (i = 0; i < 1200; i++) { t = int(4 * rand()); line = ""
    for (k = 0; k < 8; k++) line = line sprintf("%s%d ", k % 3 ? substr("abcd", t + 1, 1) "word" : "of", int(6 * rand())); print line } }' > text.txt
}
setup() { cd "$BATS_FILE_TMPDIR"; }

TRAIN="train embeddings text.txt --dim 16 --min-count 1 --sample 0 --epochs 2"

@test "embeddings: help" {
  run -0 "$RONDO" train embeddings --help
  [[ "$output" == *"Usage: rondo train embeddings [TEXT] [--flags]"* ]]
  [[ "$output" == *"skipgram cbow"* ]]
  [[ "$output" == *"[5; glove: 15]"* ]]
}

@test "embeddings: trains, and leaves a run folder that info reads" {
  run -0 --separate-stderr "$RONDO" $TRAIN -o one
  [[ "$output" == *"30 words in"* ]]
  [[ "$stderr" == *"text: 9,600 words, 30 of them distinct"* ]]
  [[ "$stderr" == *"rondo embed nn one WORD"* ]]
  for f in model.safetensors config.yaml metrics.jsonl README.md report.html; do [ -e one/$f ]; done
  run -0 "$RONDO" info one
  [[ "$output" == *"Word vectors of 16 numbers: "* ]]
}

@test "embeddings: the same file for any number of threads, for each model" {
  for model in skipgram cbow glove; do
    "$RONDO" $TRAIN --model $model -q -t 1 -o "$model-1" > /dev/null
    "$RONDO" $TRAIN --model $model -q -t 3 -o "$model-3" > /dev/null
    same_model "$model-1" "$model-3"
  done
}

@test "embeddings: subwords, a tree, phrases, from standard input, as JSON" {
  run -0 --separate-stderr "$RONDO" train embeddings - --dim 8 --min-count 1 --subword 2-4 --buckets 100 --loss hierarchical --phrases 1 \
    --phrase-threshold 1 --epochs 1 --json -q -o sub < text.txt
  [[ "${lines[-1]}" == *'"event": "result"'* || "${lines[-1]}" == *'"event":"result"'* ]]
  run -0 "$RONDO" info sub
  [[ "$output" == *"buckets"*"100"* ]]
}

@test "embeddings: a folder that is not empty" {
  "$RONDO" $TRAIN -q -o full > /dev/null
  run -2 "$RONDO" $TRAIN -q -o full
  [[ "$output" == *"'full' is not empty"* ]]
  run -0 "$RONDO" $TRAIN -q -o full --force
  run -0 "$RONDO" train embeddings -q -o full --resume
}

@test "embeddings: what makes no sense" {
  run -2 "$RONDO" train embeddings
  [[ "$output" == *"which text?"* ]]
  run -2 "$RONDO" train embeddings text.txt --subword 6-3 -o no
  [[ "$output" == *"--subword 6-3"*"as 3-6"* ]]
  run -2 "$RONDO" train embeddings text.txt --model glove --subword 3-6 -o no
  [[ "$output" == *"glove has whole words only"* ]]
  run -2 "$RONDO" train embeddings text.txt --model skipgarm -o no
  run -2 "$RONDO" train embeddings text.txt --sample 1 -o no
  [ ! -e no ]
}

@test "embeddings: texts that teach nothing" {
  : > empty.txt
  run -3 "$RONDO" train embeddings empty.txt -o no
  [[ "$output" == *"empty.txt: no words"* ]]
  printf 'a a a a a a\n' > one.txt
  run -3 "$RONDO" train embeddings one.txt -o no
  [[ "$output" == *"one word alone, \"a\""* ]]
  seq 100 > distinct.txt
  run -3 "$RONDO" train embeddings distinct.txt -o no
  [[ "$output" == *"of 100 distinct words none comes 5 times"* ]]
  printf 'a b\0a b \377 a b a b a b' > odd.txt
  run -0 "$RONDO" train embeddings odd.txt --dim 4 -o odd
  [[ "$output" == *"1 parts are not UTF-8"* ]]
  run -1 "$RONDO" train embeddings missing.txt -o no
  [[ "$output" == *"missing.txt"* ]]
}

@test "embeddings: a signal leaves what was learned, and resuming ends with the same bits" {
  "$RONDO" $TRAIN --epochs 60 -q -o whole > /dev/null
  "$RONDO" $TRAIN --epochs 60 -o cut > /dev/null 2> cut.log &
  pid=$!
  for i in $(seq 200); do [ -s cut/metrics.jsonl ] && break; sleep 0.02; done
  kill -INT $pid 2> /dev/null || true
  code=0; wait $pid || code=$?
  [ $code = 130 ] || [ $code = 0 ]
  if [ $code = 130 ]; then grep -q "what was learned so far is in cut/model.safetensors" cut.log; fi
  "$RONDO" train embeddings -q -o cut --resume > /dev/null
  cmp <(tail -c 2000 whole/model.safetensors) <(tail -c 2000 cut/model.safetensors)
}
