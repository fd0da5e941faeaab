#!/usr/bin/env bats
# rondo tokenizer: learning, applying, looking at tokenizers, and language models of their tokens.
load helper

setup_file() {
  text=$BATS_FILE_TMPDIR/text.txt
  { rhyme 3000; printf 'caf\303\251 \360\237\230\200 caf\303\251\n'; } > "$text"
  TOK=$BATS_FILE_TMPDIR/tok.json
  UNI=$BATS_FILE_TMPDIR/uni.json
  "$RONDO" tokenizer train "$text" --vocab 300 -o "$TOK" -q > "$BATS_FILE_TMPDIR/out"
  "$RONDO" tokenizer train "$text" --type unigram --vocab 60 -o "$UNI" -q > /dev/null
  export text TOK UNI
}
setup() { dir=$BATS_TEST_TMPDIR; }

@test "train: a tokenizer.json, what it is, what to type next" {
  grep -q "tok.json: bpe, 300 tokens, learned in" "$BATS_FILE_TMPDIR/out"
  "$RONDO" tokenizer train "$text" --vocab 5000 -o "$dir/t.json" > "$dir/out" 2> "$dir/err"
  grep -q "warning: the text supports no more than [0-9]* tokens of the 5000 asked for" "$dir/err"
  grep -q "rondo tokenizer encode $dir/t.json --tokens < text" "$dir/err"
  grep -q "rondo train lm $text --tokenizer $dir/t.json" "$dir/err"
  "$RONDO" tokenizer train "$text" "$text" --type char -o "$dir/c.json" --json 2> /dev/null | grep -q '"type":"char","size":[0-9]*,"seconds":'
}

@test "train: every type, streams, the same on one thread and on two" {
  for type in bpe wordpiece unigram word char; do
    "$RONDO" tokenizer train "$text" --type $type --vocab 290 -t 1 -q -o "$dir/1.json" > /dev/null
    gzip -c "$text" | "$RONDO" tokenizer train - --type $type --vocab 290 -t 2 -q -o "$dir/2.json" > /dev/null
    cmp "$dir/1.json" "$dir/2.json"
  done
}

@test "train: words with U+0000 are left out, and told" {
  printf 'a\0b c a\0b c d\n' | "$RONDO" tokenizer train - --type word -o "$dir/t.json" > "$dir/out" 2> "$dir/err"
  grep -q "warning: 1 words hold U+0000 and are left out" "$dir/err"
  "$RONDO" tokenizer info "$dir/t.json" --json | grep -q '"size":4' # <unk>, </s>, c, d
}

@test "train and info: tokenizer.json to standard output, and nothing else" {
  "$RONDO" tokenizer train "$text" --vocab 300 -o - 2> "$dir/err" | cmp - "$TOK"
  "$RONDO" tokenizer info "$TOK" -o - | cmp - "$TOK"
  [ ! -e ./- ]
}

@test "encode and decode: there and back; tokens; offsets; sampling" {
  "$RONDO" tokenizer encode "$TOK" "$text" | "$RONDO" tokenizer decode "$TOK" | cmp - "$text"
  [ "$(echo 'the quick fox' | "$RONDO" tokenizer encode "$TOK" --tokens)" = "the Ġquick Ġfox" ]
  echo 'the fox' | "$RONDO" tokenizer encode "$TOK" --json | grep -q '"tokens":\["the","Ġfox"\],"offsets":\[\[0,3\],\[3,7\]\]}'
  a=$(echo 'the quick brown fox' | "$RONDO" tokenizer encode "$TOK" --sample 0.5 --seed 1)
  [ "$a" = "$(echo 'the quick brown fox' | "$RONDO" tokenizer encode "$TOK" --sample 0.5 --seed 1)" ]
  [ "$a" != "$(echo 'the quick brown fox' | "$RONDO" tokenizer encode "$TOK" --sample 0.5 --seed 2)" ]
  [ "$(echo "$a" | "$RONDO" tokenizer decode "$TOK")" = "the quick brown fox" ]
  [ "$(echo '[1, 2]' | "$RONDO" tokenizer decode "$UNI")" = "" ]
  [ "$(echo '[1, 2]' | "$RONDO" tokenizer decode "$UNI" --specials --json)" = '{"text":"<s></s>"}' ]
}

@test "encode: what a vocabulary without an unknown token leaves out is said once" {
  echo '{"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[]}}' > "$dir/ab.json"
  run --separate-stderr "$RONDO" tokenizer encode "$dir/ab.json" <<< $'axb\ncc\nab'
  [ "$output" = $'0 1\n\n0 1' ]
  [ "$stderr" = "warning: 3 symbols are left out: they are not in the vocabulary, which has no unknown token" ]
}

@test "info: steps, tokens, a text, two tokenizers side by side, another format" {
  "$RONDO" tokenizer info "$TOK" > "$dir/out"
  grep -q "tok.json: bpe, 300 tokens" "$dir/out"
  grep -q "cuts  *ByteLevel" "$dir/out"
  grep -q "merges  *44" "$dir/out"
  "$RONDO" tokenizer info "$TOK" "$text" --compare "$UNI" > "$dir/out"
  grep -q "^  tokens per word  *[0-9.]*  *[0-9.]*$" "$dir/out"
  grep -q "^  lines that differ, percent" "$dir/out"
  grep -q "^Cut otherwise" "$dir/out"
  "$RONDO" tokenizer info "$TOK" "$text" --compare "$UNI" --json | grep -q '"lines_cut_otherwise":'
  "$RONDO" tokenizer info "$UNI" -o "$dir/again.json" > /dev/null
  cmp "$UNI" "$dir/again.json"
  "$RONDO" tokenizer info "$UNI" --json | grep -q '"special":{"<unk>":0,"<s>":1,"</s>":2}'
}

@test "a language model of tokens: train, resume its options, generate, score, next, eval, info" {
  "$RONDO" train lm "$text" --tokenizer "$TOK" -o "$dir/lm" $TINY --lr 0.02 > "$dir/out"
  grep -q "^validation  perplexity .* bits per character" "$dir/out"
  "$RONDO" generate "$dir/lm" --prompt "the quick" --length 5 -q | grep -q "^the quick"
  "$RONDO" next "$dir/lm" --prompt "the" -n 1 | grep -q "^   1  '"
  echo "the dog" | "$RONDO" score "$dir/lm" | grep -q "	the dog$"
  "$RONDO" eval "$dir/lm" "$text" | grep -q "bits per character"
  "$RONDO" info "$dir/lm" | grep -q "^Vocabulary: 300 tokens"
  "$RONDO" train lm "$text" --init-from "$dir/lm" -o "$dir/more" $TINY > /dev/null 2>&1
  "$RONDO" info "$dir/more" --json | grep -q '"vocabulary":{"size":300,"level":"token"}'
  "$RONDO" train lm "$text" --tokenizer "$UNI" --lines -o "$dir/uni" $TINY > /dev/null
  "$RONDO" generate "$dir/uni" --until-eos --length 50 -q > /dev/null
}

# $1 the exit code, $2 the words, then the arguments.
refused() {
  code=$1 words=$2
  shift 2
  run --separate-stderr "$RONDO" tokenizer "$@"
  [ "$status" -eq "$code" ] || { echo "exit $status: $stderr"; false; }
  [[ "$stderr" == *"$words"* ]] || { echo "$stderr"; false; }
}

@test "errors say what would have been right" {
  refused 2 "did you mean: rondo tokenizer train?" trian "$text"
  refused 2 "rondo tokenizer train wants more than 0 arguments" train
  refused 2 "256 characters for bytes and 0 other tokens, 256 in all" train "$text" --vocab 100 -o "$dir/t.json"
  refused 2 "'upper' is no normalization; there are nfc, nfd" train "$text" --normalize upper -o "$dir/t.json"
  refused 2 "one of the special tokens must stand for what is not known" train "$text" --type word --special "<s>" -o "$dir/t.json"
  refused 2 "is a folder; name the file" train "$text" -o "$dir"
  refused 1 "no such file" train "$dir/none" -o "$dir/t.json"
  : > "$dir/empty"
  refused 3 "$dir/empty: there is no text to learn from in 0 bytes" train "$dir/empty" -o "$dir/t.json"
  [ ! -e "$dir/t.json" ]
  refused 1 "no such file" encode "$dir/none"
  refused 3 "empty: the file is empty: no tokenizer" encode "$dir/empty"
  echo '{"model":{"type":"WordLevel","vocab":{"the":0}},"pre_tokenizer":{"type":"WhitespaceSplit"}}' > "$dir/words.json"
  printf 'the\nthe the\nthe fox\n' > "$dir/three"
  refused 3 "three:3:5: \"fox\" is not in the vocabulary, and it has no unknown token" encode "$dir/words.json" "$dir/three"
  refused 3 "three:3:5: \"fox\"" info "$dir/words.json" "$dir/three"
  refused 3 "text.txt" encode "$text"
  echo "1 x" > "$dir/ids"
  refused 3 "ids:1:3: expected ids, whole numbers" decode "$TOK" "$dir/ids"
  echo "1 300" > "$dir/ids"
  refused 3 "ids:1:3: there is no token 300" decode "$TOK" "$dir/ids"
  refused 2 "compared on which text?" info "$TOK" --compare "$UNI"
}

@test "help: usage, examples, defaults" {
  for subject in train encode decode info; do
    "$RONDO" tokenizer $subject --help > "$dir/help"
    grep -q "^Usage: rondo tokenizer $subject" "$dir/help"
    grep -q "^  rondo tokenizer" "$dir/help"
    ! grep -q '.\{81\}' "$dir/help"
  done
  "$RONDO" tokenizer train --help | grep -q "\[8000;"
}
