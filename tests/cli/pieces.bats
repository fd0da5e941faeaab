#!/usr/bin/env bats
# --tokenizer of n-grams, taggers and classifiers.
load helper

# $1 reviews by rule, label<TAB>text.
reviews() {
  awk -v n="$1" -v from="${2:-0}" 'BEGIN {
    split("taste service ambience food wine staff", thing); split("good great fine lovely", nice); split("bad awful dull poor", ugly)
    for (i = from; i < from + n; i++) {
      x = thing[i * 7 % 6 + 1]; y = i * 5 % 4 + 1
      if (i % 2) print "pos\tvery " nice[y] " " x " and " nice[i * 3 % 4 + 1] " " thing[i * 11 % 6 + 1]
      else print "neg\t" ugly[y] " " x ", it was " ugly[i * 3 % 4 + 1] " " thing[i * 11 % 6 + 1]
    }
  }'
}
# $1 sentences of invented verbs and places: ten of a kind, their ends say which.
sentences() {
  awk -v n="$1" -v from="${2:-0}" 'BEGIN {
    split("ba do ki lu mo ne pa ri su ta", stem)
    for (i = from; i < from + n; i++)
      printf "she PRP\n%s%sing VBG\nin IN\n%s%sville NNP\n\n", stem[i * 7 % 10 + 1], stem[i * 3 % 10 + 1], stem[i % 10 + 1], stem[i * 9 % 10 + 1]
  }'
}

setup_file() {
  cd "$BATS_FILE_TMPDIR"
  rhyme 4000 > text.txt
  reviews 120 > reviews.tsv
  sentences 60 > train.conll
  sentences 20 70 > test.conll
  "$RONDO" tokenizer train text.txt reviews.tsv --vocab 340 -o bpe.json -q > /dev/null
  "$RONDO" tokenizer train text.txt reviews.tsv --type unigram --vocab 80 -o uni.json -q > /dev/null
  awk '{ print $1 }' train.conll > words.txt
  "$RONDO" tokenizer train words.txt --vocab 300 -o words.json -q > /dev/null
  "$RONDO" train ngram text.txt --tokenizer bpe.json --order 4 --valid text.txt -o kn -q > ngram.out
  FLAGS="--hidden 8 --embed 8 --filters 8 --batch 10 --dropout 0 --lr 0.02 -q"
  TAG="--hidden 12 --embed 12 --chars none --casing 0 --dropout 0 --lr 0.02 -q"
  "$RONDO" train classifier reviews.tsv --tokenizer uni.json --model attention $FLAGS --epochs 6 -o attention > /dev/null
  "$RONDO" train tagger train.conll --tokenizer words.json $TAG --epochs 8 -o tagger --test test.conll > tagger.out
  export FLAGS TAG
}
setup() { T=$BATS_FILE_TMPDIR; cd "$BATS_TEST_TMPDIR"; }
teardown_file() { rm -rf "$BATS_FILE_TMPDIR"/*; }

# ---- n-grams ----

@test "n-grams of tokens: any byte can be written, and the verbs of a language model" {
  grep -q '^n-grams     3[0-9]* of 1, ' "$T/ngram.out"
  run -0 "$RONDO" eval "$T/kn" "$T/text.txt" --json
  jq -e '.perplexity < 1.1 and .unknown == 0 and .bits_per_char < 0.01 and .baseline_perplexity > 10' <<< "$output"
  run -0 "$RONDO" generate "$T/kn" -p "the quick" --length 8 --temperature 0 -q
  [[ "$output" == "the quick brown fox jumps over the lazy dog"* ]]
  run -0 "$RONDO" next "$T/kn" -p "the quick" -n 1 --json
  [ "$(jq -r .token <<< "$output")" = "Ġbrown" ]
  run -0 "$RONDO" score "$T/kn" - -q <<< "Ωμέγα ünd mehr"
  run -0 "$RONDO" info "$T/kn"
  [[ "$output" == *"n-grams of up to 4 tokens"*"Vocabulary: 3"*" tokens: "* ]]
}

@test "n-grams of tokens: the tokenizer of a model, and the same model from little memory and any number of threads" {
  "$RONDO" train ngram "$T/text.txt" --tokenizer "$T/kn" --order 4 -o a -q -t 1 --memory 1M > /dev/null
  "$RONDO" train ngram - --tokenizer "$T/bpe.json" --order 4 -o b -q -t 3 < "$T/text.txt" > /dev/null
  "$RONDO" convert a a.arpa -q && "$RONDO" convert b b.arpa -q && "$RONDO" convert "$T/kn" kn.arpa -q
  cmp a.arpa kn.arpa
  cmp b.arpa kn.arpa
}

@test "n-grams of tokens as ARPA: pieces are its words; the line end is that of the lines" {
  "$RONDO" train ngram "$T/text.txt" --tokenizer "$T/uni.json" --lines -o lines -q > /dev/null
  "$RONDO" convert lines lines.arpa -q
  "$RONDO" train ngram lines.arpa --arpa -o back -q > /dev/null
  "$RONDO" tokenizer encode "$T/uni.json" "$T/text.txt" --tokens -q > pieces.txt
  a=$("$RONDO" eval lines "$T/text.txt" --json | jq .nats_per_token)
  b=$("$RONDO" eval back pieces.txt --json | jq .nats_per_token)
  awk -v a="$a" -v b="$b" 'BEGIN { exit !(a > 0 && a - b < 1e-5 && b - a < 1e-5) }'
  "$RONDO" train ngram "$T/text.txt" --tokenizer "$T/uni.json" -o stream -q > /dev/null
  run -2 "$RONDO" convert stream stream.arpa
  [[ "$output" == *"<s> is a word of this model; an ARPA file means the end of a line by it, as a model trained with --lines does" ]]
}

@test "a language model and n-grams are mixed by the same tokenizer alone" {
  "$RONDO" train lm "$T/text.txt" --tokenizer "$T/kn" -o lm $TINY > /dev/null
  run -0 "$RONDO" eval lm "$T/text.txt" --mix "$T/kn" --valid "$T/text.txt" -q
  [[ "$output" == *"component"*"weight"*"kn "* ]]
  "$RONDO" train ngram "$T/text.txt" --tokenizer "$T/uni.json" -o uni -q > /dev/null
  run -2 "$RONDO" eval lm "$T/text.txt" --mix uni
  [[ "$output" == *"model 2 reads tokens of one tokenizer, the first tokens of another: models are mixed whose tokens begin and end at the same places" ]]
  "$RONDO" train ngram "$T/text.txt" -o words -q > /dev/null
  run -2 "$RONDO" eval lm "$T/text.txt" --mix words
  [[ "$output" == *"model 2 reads words, the first tokens"* ]]
}

@test "n-grams of tokens: what makes no sense" {
  run -2 "$RONDO" train ngram "$T/text.txt" --tokenizer "$T/bpe.json" --vocab 100 -o x
  [[ "$output" == *"--vocab 100: the tokens are those of --tokenizer, however often they come" ]]
  run -2 "$RONDO" train ngram x.arpa --arpa --tokenizer "$T/bpe.json" -o x
  [[ "$output" == *"--tokenizer: an ARPA file has its tokens already"* ]]
  run -1 "$RONDO" train ngram "$T/text.txt" --tokenizer nowhere.json -o x
  [[ "$output" == *"cannot read 'nowhere.json': no such file" ]]
  run -3 "$RONDO" train ngram "$T/text.txt" --tokenizer "$T/text.txt" -o x
  : > empty
  run -3 "$RONDO" train ngram empty --tokenizer "$T/bpe.json" -o x
  [[ "$output" == *"empty: there is no token in it" ]]
  [ ! -e x/model.safetensors ]
}

# ---- classifiers ----

@test "every kind of classifier reads tokens, and its file is complete in itself" {
  for flags in "--model bag" "--model bag --ngrams 1" "--model rnn" "--model cnn --widths 2,3" "--max-length 4 --long ends" "--max-length 4 --long windows"; do
    "$RONDO" train classifier "$T/reviews.tsv" --tokenizer "$T/bpe.json" $FLAGS --epochs 4 $flags -o run --force > /dev/null
    mkdir -p alone && cp run/model.safetensors alone/m.safetensors
    [ "$("$RONDO" classify alone/m.safetensors -q <<< "it was awful, dull wine" | cut -f 1)" = neg ]
    run -0 "$RONDO" eval alone/m.safetensors "$T/reviews.tsv" --json
    jq -e '.metric == "accuracy" and .value > 0.9' <<< "$output"
  done
}

@test "attention shows pieces" {
  run -0 "$RONDO" classify "$T/attention" --attention -q <<< "very good wine"
  [[ "${lines[1]}" == *"▁very:"* && "${lines[1]}" == *"▁wine:"* ]]
  run -0 "$RONDO" classify "$T/attention" --attention --json <<< "very good wine"
  jq -e '[.attention[].row] | index("▁wine")' <<< "$output"
  grep -q "▁wine" "$T/attention/report.html"
}

@test "classifier by tokens: from the weights of another, from its own configuration, and in folds" {
  "$RONDO" train classifier "$T/reviews.tsv" --init-from "$T/attention" -o on $FLAGS --epochs 1 2> err > /dev/null
  run -0 "$RONDO" info on
  [[ "$output" == *"input.split "*"tokens"* ]]
  "$RONDO" train classifier "$T/reviews.tsv" --tokenizer "$T/uni.json" -o a $FLAGS --epochs 2 > /dev/null
  "$RONDO" train classifier --config a/config.yaml -o b -q > /dev/null
  same_model a b
  "$RONDO" train classifier "$T/reviews.tsv" --tokenizer "$T/uni.json" --folds 3 -o folds $FLAGS --epochs 1 > /dev/null
}

@test "a word that the tokenizer cannot read: file, line and column" {
  echo '{"added_tokens":[],"pre_tokenizer":{"type":"Whitespace"},"model":{"type":"WordLevel","vocab":{"a":0,"b":1},"unk_token":""}}' > two.json
  printf 'a b\nb a\na c b\n' > text
  run -3 "$RONDO" train ngram text --tokenizer two.json -o x
  [[ "$output" == *'error: text:3:3: "c" is not in the vocabulary, and it has no unknown token' ]]
  printf 'pos\ta b\nneg\tb a\npos\ta c\n' > lines.tsv
  run -3 "$RONDO" train classifier lines.tsv --tokenizer two.json -o x
  [[ "$output" == *'error: lines.tsv:3:3: "c" is not in the vocabulary, and it has no unknown token' ]]
  printf 'a N\nb V\n\nc N\n\n' > two.conll
  run -3 "$RONDO" train tagger two.conll --tokenizer two.json -o x --valid-fraction 0
  [[ "$output" == *'"c" is not in the vocabulary, and it has no unknown token' ]]
}

@test "classifier by tokens: what makes no sense" {
  run -2 "$RONDO" train classifier "$T/reviews.tsv" --tokenizer "$T/bpe.json" --chars lstm -o x -q
  [[ "$output" == *"rows that are tokens have no letters and no casing of a word (characters, casing)" ]]
  run -2 "$RONDO" train classifier "$T/reviews.tsv" --tokenizer "$T/bpe.json" --fold -o x -q
  [[ "$output" == *"a tokenizer says itself which letters are alike: words are not folded before it (fold)" ]]
  run -2 "$RONDO" train classifier "$T/reviews.tsv" --tokenizer "$T/bpe.json" --model bag --subword 3-4 -o x -q
  [[ "$output" == *"tokens are parts of words: a bag of them has no runs of letters beside them (subword)" ]]
  run -2 "$RONDO" train classifier "$T/reviews.tsv" --tokenizer "$T/bpe.json" --vectors v.txt -o x -q
  [[ "$output" == *"--vectors are of words, and the tokens of --tokenizer are not: one or the other" ]]
  run -2 "$RONDO" train classifier series.csv --input series --tokenizer "$T/bpe.json" -o x -q
  [[ "$output" == *"--tokenizer: steps are no text" ]]
  run -2 "$RONDO" train classifier "$T/reviews.tsv" --tokenizer "$T/bpe.json" --min-count 3 -o x -q
  [[ "$output" == *"--min-count 3: the tokens are those of --tokenizer"* ]]
}

# ---- taggers ----

@test "a tagger of pieces: words it never saw are known by their parts" {
  grep -q '^test  *accuracy ' "$T/tagger.out"
  run -0 "$RONDO" eval "$T/tagger" "$T/test.conll" --json
  jq -e '.value > 0.97' <<< "$output"
  run -0 --separate-stderr "$RONDO" tag "$T/tagger" -q <<< "she bibabing in zozoville"
  [[ "$output" == *"VBG"*"NNP"* ]]
  run -0 "$RONDO" tag "$T/tagger" --probabilities --json -q <<< "she zozoing in zozoville"
  jq -e '.tokens | length == 4' <<< "$output"
}

@test "tagger of pieces: letters and casing beside them, a CRF or none, and the same bits on any number of threads" {
  for flags in "--chars lstm --char-embed 4 --char-hidden 4 --casing 4" "--chars cnn --no-crf" "--scheme none --layers 2"; do
    "$RONDO" train tagger "$T/train.conll" --tokenizer "$T/words.json" $TAG $flags --epochs 1 -o a --force -t 1 > /dev/null
    "$RONDO" train tagger "$T/train.conll" --tokenizer "$T/words.json" $TAG $flags --epochs 1 -o b --force -t 2 > /dev/null
    same_model a b
  done
}

@test "tagger of pieces: a file in batches, a pipe line by line: the same bits" {
  awk 'NF { printf "%s ", $1; next } { print "" }' "$T/test.conll" > lines
  "$RONDO" tag "$T/tagger" lines --probabilities --json > batches
  cat lines | "$RONDO" tag "$T/tagger" --probabilities --json > one
  cmp batches one
}

@test "tagger of pieces: what makes no sense" {
  run -2 "$RONDO" train tagger "$T/train.conll" --tokenizer "$T/words.json" --unk-rate 0.5 -o x -q
  [[ "$output" == *"a tokenizer has a token for what it does not know: no other is read as that (unk_rate)" ]]
  run -2 "$RONDO" train tagger "$T/train.conll" --tokenizer "$T/words.json" --embed 0 -o x -q
  [[ "$output" == *"tokens need an embedding (embed)" ]]
}
