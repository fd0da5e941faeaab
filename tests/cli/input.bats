#!/usr/bin/env bats
# Texts nobody would wish for: a sensible result or a clear error, and the right exit code; never a crash.
load helper

train() { run "$RONDO" train lm "$BATS_TEST_TMPDIR/in.txt" -o "$BATS_TEST_TMPDIR/run" --force $TINY --epochs 1 "$@"; }
lives() {
  [ "$status" -eq 0 ]
  run "$RONDO" generate "$BATS_TEST_TMPDIR/run" --length 20 -q
  [ "$status" -eq 0 ]
}
input() { cat > "$BATS_TEST_TMPDIR/in.txt"; }

@test "an empty file" {
  input < /dev/null
  train
  [ "$status" -eq 3 ]
  [[ "$output" == *"in.txt"*"empty"* ]]
}

@test "one byte" {
  printf 'a' | input
  train
  [ "$status" -eq 3 ]
  [[ "$output" == *"in.txt: of 1 bytes none are left"* ]]
}

@test "a few bytes" {
  printf 'ab' | input
  train
  [ "$status" -eq 0 ] || [ "$status" -eq 3 ]
  printf 'abcabcabcabc' | input
  train
  lives
}

@test "NUL bytes" {
  { rhyme 500; head -c 20 /dev/zero; rhyme 500; } | input
  train
  lives
}

@test "invalid UTF-8 is read as U+FFFD, with a warning" {
  { rhyme 500; printf '\xff\xfe\xc3\x28\xed\xa0\x80'; rhyme 500; } | input
  run "$RONDO" train lm "$BATS_TEST_TMPDIR/in.txt" -o "$BATS_TEST_TMPDIR/run" --layers 1 --hidden 8 --batch 4 --bptt 8 --epochs 1
  [ "$(grep -c "UTF-8" <<< "$output")" -eq 1 ] # said once, not again for each part of the text, nor for the report
  lives
}

@test "CRLF and a BOM" {
  { printf '\xef\xbb\xbf'; rhyme 1000 | sed 's/$/\r/'; } | input
  train
  lives
  run "$RONDO" next "$BATS_TEST_TMPDIR/run" -n 1000 --json
  [[ "$output" != *'\r'* ]]
}

@test "emoji and Chinese" {
  for i in $(seq 60); do printf '\u4f60\u597d\u4e16\u754c \U1f600\U1f389 \u00e9t\u00e9\n'; done | input
  train
  lives
  run "$RONDO" next "$BATS_TEST_TMPDIR/run" --prompt $'\u4f60' -n 1000
  [[ "$output" == *$'\U1f389'* ]]
  [ -z "$(iconv -f UTF-8 -t UTF-8 <<< "$output" 2>&1 > /dev/null)" ]
}

@test "a directory, a missing file" {
  mkdir "$BATS_TEST_TMPDIR/in.txt"
  train
  [ "$status" -eq 1 ]
  [[ "$output" == *"directory"* ]]
  rmdir "$BATS_TEST_TMPDIR/in.txt"
  train
  [ "$status" -eq 1 ]
  [[ "$output" == *"No such file"* ]] || [[ "$output" == *"no such file"* ]]
}

@test "no permission" {
  as= # root may read everything, and so is somebody else here
  [ "$(id -u)" -ne 0 ] || as="setpriv --reuid=65534 --regid=65534 --clear-groups"
  $as "$RONDO" --version || skip "the program itself lies where others may not read"
  rhyme 100 | input
  chmod 000 "$BATS_TEST_TMPDIR/in.txt"
  run $as "$RONDO" train lm "$BATS_TEST_TMPDIR/in.txt" -o "$BATS_TEST_TMPDIR/run" $TINY
  [ "$status" -eq 1 ]
  [[ "$output" == *"ermission denied"* ]]
}

@test "a vocabulary of one" {
  head -c 500 /dev/zero | tr '\0' a | input
  train
  lives
}

@test "validation shorter than bptt" {
  rhyme 1000 | input
  rhyme 5 | head -c 5 > "$BATS_TEST_TMPDIR/v.txt"
  train --valid "$BATS_TEST_TMPDIR/v.txt" --bptt 64
  lives
}

@test "validation of one symbol is none, with a warning" {
  rhyme 1000 | input
  printf 't' > "$BATS_TEST_TMPDIR/v.txt"
  train --valid "$BATS_TEST_TMPDIR/v.txt"
  [[ "$output" == *"too short"* ]]
  lives
}

@test "standard input" {
  run "$RONDO" train lm - -o "$BATS_TEST_TMPDIR/run" $TINY < /dev/null
  [ "$status" -eq 3 ]
  [[ "$output" == *"standard input: the file is empty"* ]]
  rhyme 1000 > "$BATS_TEST_TMPDIR/in.txt"
  run bash -c '"$0" train lm - -o "$1/run" --layers 1 --hidden 8 --batch 4 --bptt 8 --epochs 1 -q < "$1/in.txt"' "$RONDO" "$BATS_TEST_TMPDIR"
  lives
}

@test "words, lines, and words with <unk>" {
  rhyme 3000 | input
  train --level word
  lives
  train --level word --lines
  lives
  rhyme 3000 | sed 's/fox/<unk>/' | input
  train --level word --vocab 5
  lives
}

@test "blank lines only" {
  head -c 300 /dev/zero | tr '\0' '\n' | input
  train
  [ "$status" -eq 0 ]
  train --level word
  [ "$status" -eq 0 ] || [ "$status" -eq 3 ]
}

@test "one huge line" {
  size=50000000
  [ -z "$RN_TEST_LONG" ] || size=1000000000
  rhyme 100000 | tr '\n' ' ' > "$BATS_TEST_TMPDIR/piece"
  pieces=$((size / 100000))
  yes "$BATS_TEST_TMPDIR/piece" | head -n $pieces | xargs cat > "$BATS_TEST_TMPDIR/in.txt" || true
  train --max-steps 3 --valid-fraction 0.00001
  rm "$BATS_TEST_TMPDIR/in.txt"
  lives
}

@test "compressed texts" {
  rhyme 2000 | gzip > "$BATS_TEST_TMPDIR/in.txt"
  train
  lives
  printf '\x1f\x8b\x08\x00garbage' | input
  train
  [ "$status" -eq 3 ]
}

@test "a run folder that is in the way" {
  rhyme 500 | input
  train
  run "$RONDO" train lm "$BATS_TEST_TMPDIR/in.txt" -o "$BATS_TEST_TMPDIR/run" $TINY
  [ "$status" -eq 2 ]
  [[ "$output" == *"--resume"*"--force"* ]]
  printf x > "$BATS_TEST_TMPDIR/file"
  run "$RONDO" train lm "$BATS_TEST_TMPDIR/in.txt" -o "$BATS_TEST_TMPDIR/file" $TINY
  [ "$status" -eq 2 ] || [ "$status" -eq 1 ]
}

@test "a bidirectional language model is refused with the reason" {
  rhyme 500 | input
  train --bidirectional
  [ "$status" -eq 2 ]
  [[ "$output" == *"language model"* ]]
}
