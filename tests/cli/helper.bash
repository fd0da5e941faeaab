# helper.bash: what the transcripts share. RONDO is the program under test.
bats_require_minimum_version 1.5.0
export LC_ALL=C.UTF-8 # for \u in the transcripts
: "${RONDO:=$BATS_TEST_DIRNAME/../../build/rondo}"
TINY="--layers 1 --hidden 16 --batch 4 --bptt 16 --epochs 2 -q"

# A text that a tiny model can learn, of about $1 characters.
rhyme() {
  awk -v n="$1" 'BEGIN { s = "the quick brown fox jumps over the lazy dog\nand the dog sleeps on\n"; while (n > 0) { printf "%s", s; n -= length(s) } }'
}

# One tiny model for all the tests of a file, in $MODEL.
setup_model() {
  MODEL=$BATS_FILE_TMPDIR/model
  rhyme 4000 > "$BATS_FILE_TMPDIR/text.txt"
  "$RONDO" train lm "$BATS_FILE_TMPDIR/text.txt" -o "$MODEL" $TINY --lr 0.02 --epochs 8 > /dev/null
  export MODEL
}

# The run's standard error alone.
stderr_of() { "$@" 2>&1 > /dev/null; }

# The same weights, byte for byte.
same_model() { cmp "$1/model.safetensors" "$2/model.safetensors"; }
