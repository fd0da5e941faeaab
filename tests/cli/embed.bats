#!/usr/bin/env bats
# Looking at word vectors: rondo embed, rondo convert.
load helper

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  # Royal words on two axes, animals on a third; 60 more words around them.
  awk 'BEGIN {
    split("man 1 0 0 .1,king 1 1 0 0,woman -1 0 0 .1,queen -1 1 0 0,boy .9 0 0 .3,girl -.9 0 0 .3,cat .1 0 1 0,dog .2 0 1 .1,nurse -.5 .1 .3 1,smith .5 .2 .3 1", w, ",")
    for (i = 1; i <= 10; i++) print w[i], 2 # what all words share, so that cosines are positive
    for (i = 0; i < 60; i++) printf "w%d %.3f %.3f %.3f %.3f 2\n", i, sin(i) / 2, -cos(2 * i) ^ 2, sin(3 * i), cos(5 * i) }' > v.txt
  printf ': family\nman king woman queen\nboy king girl queen\nman king Horse queen\n: gram1\ncat dog dog cat\n' > questions.txt
  printf 'word1\tword2\tscore\ncat\tdog\t9\nman\tking\t6\nking\tqueen\t5\ncat\tking\t1\nhorse\tcat\t3\n' > sim.tsv
  printf 'man woman\nboy girl\nking queen\n' > pairs.txt
}
setup() { cd "$BATS_FILE_TMPDIR"; }

@test "embed: help of each subject" {
  for subject in nn analogy eval similarity map debias quantize; do
    run "$RONDO" embed $subject --help
    [ "$status" -eq 0 ]
    [[ "${lines[0]}" == "rondo embed $subject: "* ]]
  done
  run "$RONDO" embed
  [ "$status" -eq 2 ]
  run "$RONDO" embed analogie v.txt a b c
  [ "$status" -eq 2 ]
  [[ "$output" == *"did you mean: rondo embed analogy?"* ]]
}

@test "nn: nearest first, not the word itself; several words; Euclidean; --json" {
  run "$RONDO" embed nn v.txt cat -k 2
  [ "$status" -eq 0 ]
  [[ "${lines[0]}" == *" dog" ]]
  [ "${#lines[@]}" -eq 2 ]
  [[ "$output" != *" cat"* ]]
  run "$RONDO" embed nn v.txt cat man -k 1 --metric euclidean
  [ "${lines[0]}" = cat ]
  [[ "${lines[1]}" == "  0.1414  dog" ]]
  [ "${lines[2]}" = man ]
  run "$RONDO" embed nn v.txt cat -k 1 --json
  [[ "$output" == '{"word":"cat","known":true,"nearest":[{"word":"dog","score":0.99'* ]]
  [ "$("$RONDO" embed nn v.txt Cat -k 1)" = "$("$RONDO" embed nn v.txt cat -k 1)" ] # lower case where it is not there as written
  [ "$("$RONDO" embed nn v.txt cat -k 500 | wc -l)" -eq 69 ]                      # k larger than there are words
}

@test "nn: an unknown word gets the words spelt like it, exit 3" {
  run "$RONDO" embed nn v.txt quene
  [ "$status" -eq 3 ]
  [ "$output" = "error: 'quene' is none of the 70 words; did you mean: queen?" ]
  run "$RONDO" embed nn v.txt zzzzzzzz
  [ "$status" -eq 3 ]
  [ "$output" = "error: 'zzzzzzzz' is none of the 70 words" ]
  run "$RONDO" embed nn nothere.txt cat
  [ "$status" -eq 1 ]
}

@test "analogy: the inputs are no answers; both methods" {
  for method in add mul; do
    run "$RONDO" embed analogy v.txt man king woman -k 1 --method $method
    [ "$status" -eq 0 ]
    [[ "$output" == *" queen" ]]
  done
  run "$RONDO" embed analogy v.txt man king woman -k 1 --json
  [[ "$output" == '{"a":"man","b":"king","c":"woman","method":"add","nearest":[{"word":"queen",'* ]]
  run "$RONDO" embed analogy v.txt man king
  [ "$status" -eq 2 ]
  run "$RONDO" embed analogy v.txt man king womann
  [ "$status" -eq 3 ]
  [[ "$output" == *"did you mean: woman, man?"* ]]
}

@test "eval: by section, and what is not asked" {
  run "$RONDO" embed eval v.txt questions.txt
  [ "$status" -eq 0 ]
  [[ "$output" == *"family "*" 2 of       3   100.00 %"* ]]
  [[ "$output" == *"semantic "*"syntactic "*"all "*" 3 of       4 "* ]]
  [[ "$output" == *"1 of 4 questions hold a word"* ]]
  run "$RONDO" embed eval v.txt questions.txt --json -q
  [[ "${lines[0]}" == '{"section":"family","questions":3,"asked":2,"correct_add":2,"correct_mul":2,"accuracy_add":1.0,"accuracy_mul":1.0}' ]]
  run "$RONDO" embed eval v.txt questions.txt --vocab-limit 3 --json -q
  [[ "${lines[0]}" == '{"section":"family","questions":3,"asked":0,'* ]]
  printf ': a\none two three\n' > bad.txt
  run "$RONDO" embed eval v.txt bad.txt
  [ "$status" -eq 3 ]
  [ "$output" = 'error: bad.txt:2:1: expected four words "a b c d" or ": SECTION", got 3: "one two three"' ]
}

@test "similarity: rank correlation with its interval; pairs that are not known; bad lines" {
  run "$RONDO" embed similarity v.txt sim.tsv
  [ "$status" -eq 0 ]
  [[ "${lines[1]}" == "sim.tsv "*" 4 of      5    0.8000"* ]]
  run "$RONDO" embed similarity v.txt sim.tsv --json
  [[ "$output" == '{"set":"sim.tsv","pairs":5,"known":4,"spearman":0.8,"low":'* ]]
  printf 'cat dog 9\ncat dog x\n' > bad.tsv
  run "$RONDO" embed similarity v.txt bad.tsv
  [ "$status" -eq 3 ]
  [[ "$output" == *'bad.tsv:2:1: expected two words and a finite number: "cat dog x"'* ]]
}

@test "map: a page, a picture, a table; a list of words; a matrix with labels" {
  run "$RONDO" embed map v.txt -o m.html --iterations 60
  [ "$status" -eq 0 ]
  [[ "$output" == *"m.html: 70 words: t-SNE, perplexity 23, divergence "* ]]
  grep -q '"queen"' m.html
  [ "$(grep -c 'https\?://' m.html)" -eq 0 ] # nothing from elsewhere
  run "$RONDO" embed map v.txt --method pca -o m.svg -q
  [ "$status" -eq 0 ]
  [ "$(grep -c '<circle' m.svg)" -eq 70 ]
  printf 'cat\ndog\nman\nking\nhorse\n' > list.txt
  run "$RONDO" embed map v.txt --words list.txt --method pca -o - -q
  [ "$status" -eq 0 ]
  [[ "$output" == *"no vector for 'horse'"*"word"$'\t'"x"$'\t'"y"* ]]
  awk 'BEGIN { for (i = 0; i < 40; i++) printf "%d,%d,%d\n", i % 2 * 50 + i, i, i * i % 7 }' > m.csv
  awk 'BEGIN { for (i = 0; i < 40; i++) print (i % 2 ? "odd" : "even") }' > m.labels
  run "$RONDO" embed map m.csv --labels m.labels -o m.tsv --iterations 60 -q
  [ "$status" -eq 0 ]
  [ "$(head -1 m.tsv)" = "row"$'\t'"x"$'\t'"y"$'\t'"label" ]
  [ "$(wc -l < m.tsv)" -eq 41 ]
  cp m.tsv first.tsv
  "$RONDO" embed map m.csv --labels m.labels -o m.tsv --iterations 60 -q -t 1
  cmp first.tsv m.tsv
}

@test "map: what cannot be drawn" {
  run "$RONDO" embed map v.txt --perplexity 40
  [ "$status" -eq 2 ]
  [[ "$output" == *"a perplexity of 40 is too large for 70 rows: 1 to 23, a third of the others, is possible"* ]]
  run "$RONDO" embed map v.txt -o m.png
  [ "$status" -eq 2 ]
  [[ "$output" == *"must end in .html, .svg or .tsv, or be -"* ]]
  run "$RONDO" embed map v.txt --words top:x
  [ "$status" -eq 2 ]
  run "$RONDO" embed map v.txt --words top:1
  [ "$status" -eq 3 ]
  [[ "$output" == *"a map of 1 points: four are needed"* ]]
  printf '1,2\n3,nan\n4\n' > bad.csv
  run "$RONDO" embed map bad.csv
  [ "$status" -eq 3 ]
  [[ "$output" == *'bad.csv:2:3: expected a finite number, got "nan"'*'bad.csv:3:1: expected 2 numbers, got 1'* ]]
  printf 'a\n' > one.labels
  run "$RONDO" embed map m.csv --labels one.labels
  [ "$status" -eq 3 ]
  [[ "$output" == *"one.labels: 1 labels of 40 rows"* ]]
}

@test "debias: the direction, the bias before and after; soft; what is wrong" {
  run "$RONDO" embed debias v.txt --pairs pairs.txt -o fair.txt
  [ "$status" -eq 0 ]
  [[ "$output" == *"pairs                 3, whose direction holds 100.0 %"*"direct bias after     0.0000"* ]]
  [ "$("$RONDO" embed nn fair.txt nurse -k 70 --json -q | grep -o '"man","score":[-0-9.]*' | cut -c1-20)" = \
    "$("$RONDO" embed nn fair.txt nurse -k 70 --json -q | grep -o '"woman","score":[-0-9.]*' | sed s/wo// | cut -c1-20)" ]
  run "$RONDO" embed debias v.txt --pairs pairs.txt --soft --tuning 100 --json -q
  [ "$status" -eq 0 ]
  [[ "${lines[0]}" == '{"method":"soft","pairs":3,'* ]]
  run "$RONDO" embed debias v.txt
  [ "$status" -eq 2 ]
  [[ "$output" == *"needs --pairs FILE"* ]]
  run "$RONDO" embed debias v.txt --pairs pairs.txt -o fair
  [[ "$output" == *"fair/report.html: before and after, to look at"* ]]
  grep -q "<b>0.0000</b><span>direct bias after" fair/report.html
  grep -q "<td>nurse<td>-\{0,1\}0\.[1-9][0-9]*<td>0.000<td>" fair/report.html
  run "$RONDO" embed debias v.txt --pairs pairs.txt --soft --report soft.html -q
  grep -q "Soft debiasing (tuning 0.2)" soft.html
  run "$RONDO" embed debias v.txt --pairs pairs.txt --report no/such/page.html
  [ "$status" -eq 1 ]
  [[ "$output" == *"cannot write 'no/such/page.html'"* ]]
  printf 'man horse\n' > none.txt
  run "$RONDO" embed debias v.txt --pairs none.txt
  [ "$status" -eq 3 ]
  [[ "$output" == *"'horse' is not among the words; its pair is left out"*"none.txt: no pair of it is known"* ]]
  printf 'man\n' > half.txt
  run "$RONDO" embed debias v.txt --pairs half.txt
  [ "$status" -eq 3 ]
  [[ "$output" == *'half.txt:1:1: expected two words: "man"'* ]]
  run "$RONDO" embed debias v.txt --pairs pairs.txt --directions 4
  [ "$status" -eq 2 ]
}

@test "quantize: what is lost, and files that are read again" {
  run "$RONDO" embed quantize v.txt -o q8 --similarity sim.tsv
  [ "$status" -eq 0 ]
  [[ "$output" == *"8 bits: "*"of 10 nearest words, stay    "*"Spearman with sim.tsv"* ]]
  [[ "$("$RONDO" embed nn q8 cat -k 1)" == *" dog" ]]
  run "$RONDO" embed quantize v.txt --bits 1 -o q1.safetensors --json
  [[ "$output" == '{"bits":1,"words":70,"dim":5,'* ]]
  run "$RONDO" embed nn q1.safetensors cat -k 1
  [ "$status" -eq 0 ]
  run "$RONDO" info q1.safetensors
  [[ "$output" == *"Word vectors of 5 numbers, kept in 1 bit each"*"Vocabulary: 70 words"* ]]
  run "$RONDO" embed quantize v.txt --bits 4
  [ "$status" -eq 2 ]
  run "$RONDO" embed quantize v.txt -o q.txt
  [ "$status" -eq 2 ]
}

@test "numbers out of range: the end that was passed is named" {
  run "$RONDO" embed debias v.txt --pairs p.txt --soft --tuning 1e30
  [ "$status" -eq 2 ]
  [[ "$output" == *"--tuning 1e30: must be above 0 and at most 1000000000"* ]]
  run "$RONDO" embed debias v.txt --pairs p.txt --soft --tuning -1
  [[ "$output" == *"--tuning -1: must be above 0" ]]
}

@test "map: a file is there whole or not at all" {
  run "$RONDO" embed map v.txt --words top:20 --iterations 10 -o none/map.html
  [ "$status" -eq 1 ]
  [[ "$output" == *"cannot write 'none/map.html': No such file or directory"* ]]
  "$RONDO" embed map v.txt --words top:20 --iterations 10 -o map.html -q
  cp map.html before.html
  # No room for more than a block of 512 bytes: as on a full disk.
  run bash -c "ulimit -f 1; trap '' XFSZ; '$RONDO' embed map v.txt --words top:30 --iterations 10 -o map.html -q"
  [ "$status" -eq 1 ]
  [[ "$output" == *"cannot write 'map.html': File too large"* ]]
  cmp map.html before.html
  ! ls map.html.* 2> /dev/null
}

@test "convert: to every layout and back, the same numbers" {
  "$RONDO" convert v.txt first.vec -q
  [ "$(head -1 first.vec)" = "70 5" ]
  for to in a.bin a.txt a.vec a.npy a.safetensors folder; do
    "$RONDO" convert v.txt $to -q
    "$RONDO" convert $to again.vec -q
    cmp again.vec first.vec
  done
  run "$RONDO" info folder
  [ "$status" -eq 0 ]
  run "$RONDO" convert v.txt a.foo
  [ "$status" -eq 2 ]
  [[ "$output" == *"vectors are written to .bin (word2vec), .txt (GloVe), .vec (fastText), .npy, .safetensors or a folder"* ]]
  run "$RONDO" convert v.txt -
  [ "$status" -eq 2 ]
  [[ "$output" == *"-: vectors are written to .bin"* ]]
  head -c -1 v.txt > short.txt
  run "$RONDO" convert short.txt b.txt
  [[ "$output" == *"warning: short.txt:"*": the last line has no end: is the file cut short?"* ]]
  rm a.words
  run "$RONDO" convert a.npy b.txt
  [ "$status" -eq 1 ]
  [[ "$output" == *"expected its words beside it, a line for each row, in a.words"* ]]
}
