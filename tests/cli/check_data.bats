#!/usr/bin/env bats
# What rondo check-data says of good data, of each thing that is odd, and of each kind of bad file.
load helper

setup() { cd "$BATS_TEST_TMPDIR"; }
check() { run "$RONDO" check-data "$@"; }
says() { [[ "$output" == *"$1"* ]] || { echo "$output"; false; }; }
# What the reader says about a file that cannot be read: exit 3, and nothing but these words.
refused() {
  [ "$status" -eq 3 ]
  [ "$output" = "error: $1" ] || { echo "$output"; false; }
}

# $1 sentences of four words with names in them, no two alike.
names() { awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++) printf "Mr%d NNP O\nAda NNP B-PER\nKing%d NNP I-PER\n. . O\n\n", i, i }'; }
# $1 reviews of two kinds.
reviews() { awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++) printf "%s\tfilm %d was %s\n", i % 2 ? "good" : "bad", i, i % 2 ? "fine" : "dull" }'; }

@test "help" {
  check --help
  [ "$status" -eq 0 ]
  says "Usage: rondo check-data FILE [--flags]"
  says "--task WORD"
}

@test "names" {
  names 1000 > train.conll
  check train.conll
  [ "$status" -eq 0 ]
  says "train.conll: conll, a label for each row
  sequences        1,000
  words            4,000  2,002 distinct, 2,000 of them seen once
  labels               3  chunks, as iob2"
  says "B-PER       1,000   25.0%"
  says "Lengths: 4 words each"
  says "ok: 4,000 labelled words
ok: 3 labels, each seen at least 20 times
ok: tags are chunks in iob2, and every transition is one of it
ok: no sequence stands twice"
  [[ "$output" != *warning* ]]
}

@test "reviews" {
  reviews 200 > train.tsv
  check train.tsv
  [ "$status" -eq 0 ]
  says "train.tsv: tsv, a label for each sequence"
  says "ok: 200 labelled sequences"
  [[ "$output" != *warning* ]]
}

@test "JSON" {
  names 500 > train.conll
  check train.conll --test train.conll --json
  [ "$status" -eq 0 ]
  says '"format":"conll"'
  says '"labels":{"B-PER":500,"I-PER":500,"O":1000}'
  says '"lengths":{"least":4,"most":4,"mean":4.0}'
  says '"tags":{"scheme":"iob2","invalid":0,"first":[]}'
  says '"in_training":500'
  says '{"level":"ok","text":"no sequence stands twice"}'
}

@test "a label for each row or each sequence is told by the options, or by the file" {
  printf 'a\tX\nb\tY\n' > pairs
  check pairs
  says "tsv, a label for each sequence"
  check pairs --task tagger
  says "conll, a label for each row"
  check pairs --column 2
  says "conll, a label for each row"
  printf 'a\tX\nb\tY\n\nc\tX\n' > sentences
  check sentences
  says "conll, a label for each row"
  run bash -c '"$0" check-data - < pairs' "$RONDO"
  [ "$status" -eq 2 ]
  says "error: standard input is read once: say --task tagger or --task classifier"
  run bash -c '"$0" check-data - --task tagger < pairs' "$RONDO"
  [ "$status" -eq 0 ]
}

@test "rare labels" {
  { names 600; printf 'Rome NNP B-LOC\n'; } > train.conll
  check train.conll
  [ "$status" -eq 0 ]
  says "warning: 1 of 4 labels are seen less than 20 times (B-LOC 1): find more of them, or join them with others"
}

@test "transitions that the scheme has not" {
  { names 600; printf 'a NN O\nb NN I-PER\n\nc NN I-LOC\n'; } > train.conll
  check train.conll
  [ "$status" -eq 0 ]
  says "Transitions that are not of iob2
  line 3002    I-PER after O
  line 3004    I-LOC at the beginning of a sequence"
  says "warning: 2 transitions are not of iob2, the first in line 3002 (I-PER after O): correct them"
  check train.conll --json
  says '"invalid":2,"first":[{"where":"line 3002","what":"I-PER after O"}'
}

@test "sequences that stand twice, and with other labels" {
  { reviews 100; printf 'good\tfilm 2 was dull\nbad\tfilm 4 was dull\n'; } > train.tsv
  check train.tsv
  says "ok: 2 (2.0 %) sequences repeat earlier ones, the first is line 101, equal to line 2"
  says "warning: 1 (50.0 %) of them have other labels than those, the first is line 101, against line 2: decide which are right"
  { reviews 100; reviews 100; } > train.tsv
  check train.tsv
  says "warning: 100 (50.0 %) sequences repeat earlier ones, the first is line 101, equal to line 1: leave them out"
}

@test "a test set that is in training, has new labels and new words" {
  reviews 200 > train.tsv
  printf 'good\tfilm 7 was fine\nso-so\tneither here nor there\n' > test.tsv
  check train.tsv --test test.tsv --valid train.tsv
  [ "$status" -eq 0 ]
  says "valid: train.tsv, 200 sequences, 800 words
test: test.tsv, 2 sequences, 8 words"
  says "warning: test: 1 (50.0 %) sequences are in training too, the first is line 1, there line 7: leave them out, or memory is measured"
  says "warning: test: 1 labels are not in training (so-so 1): no model answers them; find examples"
  says "warning: test: 4 (50.0 %) words are not in training: letters (--chars) or vectors (--vectors) help"
}

@test "one label, or none, cannot be trained on" {
  printf 'good\ta\ngood\tb\n' > train.tsv
  check train.tsv
  [ "$status" -eq 3 ]
  says 'error: every label is "good": there is nothing to learn; is it another column (--label, --column)?'
  printf 'id,time,x\na,1,2\na,2,3\n' > steps.csv
  check steps.csv --input series
  [ "$status" -eq 3 ]
  says "error: steps.csv: no labels: say with --label or --column where they are"
  check steps.csv --input series --json
  [ "$status" -eq 3 ]
  says '{"level":"error","text":"no labels'
}

@test "one label nearly everywhere" {
  { reviews 2 | tail -1; for i in $(seq 60); do echo "good	film $i"; done; } > train.tsv
  check train.tsv
  says 'warning: 98.4 % of the labels are "good": accuracy says little here, F1 does; --balance weighs the others up'
}

@test "several labels of a sequence" {
  printf '__label__a __label__b x\n__label__b y\n' > train.txt
  check train.txt
  says "fasttext, a label for each sequence"
  says "ok: 1 (50.0 %) have several labels: they are learned with --labels multi"
}

@test "numbers that are missing, constant or absent" {
  printf 'id,time,label,u,v,w\na,1,x,1,5,?\na,2,x,,5,NaN\nb,1,y,3,5,?\n' > train.csv
  check train.csv --input series
  [ "$status" -eq 0 ]
  says "steps                3  of 3 variables"
  says "        1           1           3           2           1           1"
  says "warning: 4 (44.4 %) values are missing: they are read as the mean, and flagged; leave out the variables that have few"
  says "warning: 1 of 3 variables are constant, the first is 2 (5): leave them out"
  says "warning: 1 of 3 variables have no value at all, the first is 3: leave them out"
}

@test "a label for each step" {
  printf 'id,time,label,u\na,1,x,1\na,2,y,2\n' > train.csv
  check train.csv --input series --task tagger
  [ "$status" -eq 0 ]
  says "long, a label for each row"
  says "warning: one sequence: no part of it can be kept for validation; give another with --valid"
}

@test "bases that are ambiguous" {
  printf 'x\tACGTNN\ny\tACGTAC\n' > train.tsv
  check train.tsv --input dna
  [ "$status" -eq 0 ]
  says "warning: 2 (16.7 %) bases are ambiguous (N, R, Y, ...): they are read as equal chances; look where they come from"
}

@test "text that is not UTF-8" {
  { names 2; printf 'caf\xe9 NN O\n'; } > train.conll
  check train.conll
  [ "$status" -eq 0 ]
  says "warning: train.conll:11:4: not UTF-8, the first of 1 such parts: each is read as U+FFFD"
  says "warning: 1 words are not UTF-8, the first in line 11: their bad bytes are read as U+FFFD; convert it (iconv -t UTF-8)"
}

@test "a wrong number of columns" {
  printf 'a NN O\nb O\n' > train.conll
  check train.conll --task tagger
  refused 'train.conll:2:4: expected 3 columns separated by blanks, got 2: "b O"'
  check train.conll --task tagger --skip-bad
  [ "$status" -eq 3 ]
  printf 'a NN O\n\nb O\n\nc NN X\n' > train.conll
  check train.conll --task tagger --skip-bad
  [ "$status" -eq 0 ]
  says "warning: 1 bad lines are left out: correct them"
}

@test "empty sentences are passed over, and texts without a word are refused" {
  printf '\n\na X\n\n\n\nb Y\n\n' > train.conll
  check train.conll
  [ "$status" -eq 0 ]
  says "sequences            2"
  printf '\n \n' > train.conll
  check train.conll --task tagger
  refused 'train.conll: no sentence in it: expected a token a line, with its tag'
  printf 'good\ta\nbad\t \n' > train.tsv
  check train.tsv
  refused 'train.tsv:2:5: the text is empty'
}

@test "an empty file, and one that is not there" {
  : > train.conll
  check train.conll
  refused 'train.conll: the file is empty'
  check none.conll
  [ "$status" -eq 1 ]
  says "none.conll"
}

@test "ragged rows, and quotes that are never closed" {
  printf 'good,a\nbad,b,c\n' > train.csv
  check train.csv
  refused 'train.csv:2:7: expected 2 columns, got 3'
  printf 'good,"a\n' > train.csv
  check train.csv
  refused 'train.csv:1:6: a quote that is never closed; a quote in a cell is written twice'
  printf 'id,time,label,u\na,1,x,1\na,2,x\n' > train.csv
  check train.csv --input series
  refused 'train.csv:3:6: expected 4 columns, got 3'
}

@test "infinity, and what is no number" {
  printf 'a,1,2\nb,inf,3\n' > train.csv
  check train.csv --input series
  refused 'train.csv:2:3: expected a number, or NaN, ? or nothing for a missing one, got "inf": not finite as a float'
  printf 'a,1,2\nb,1,two\n' > train.csv
  check train.csv --input series
  refused 'train.csv:2:5: expected a number, or NaN, ? or nothing for a missing one, got "two"'
}

@test "frames of a list that leads elsewhere" {
  printf 'run\t../a.npy\n' > list.tsv
  check list.tsv --input frames
  refused 'list.tsv:1:5: "../a.npy": expected a path below the folder of this list'
}

@test "another width in the test set" {
  printf 'id,time,label,u,v\na,1,x,1,2\nb,1,y,1,2\n' > train.csv
  printf 'id,time,label,u\na,1,x,1\n' > test.csv
  check train.csv --input series --test test.csv
  refused 'test.csv: 1 variables; training has 2'
}

@test "a format that such sequences are not written in" {
  printf 'a X\n' > train.conll
  check train.conll --task tagger --format csv
  [ "$status" -eq 2 ]
  says "error: --format csv"
  check train.conll --input series --column 2
  [ "$status" -eq 3 ]
}
