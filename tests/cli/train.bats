#!/usr/bin/env bats
# Training: the run folder, the same bits again, killed and resumed, stopped by a signal.
load helper

setup_file() { rhyme 6000 > "$BATS_FILE_TMPDIR/text.txt"; }
setup() {
  text=$BATS_FILE_TMPDIR/text.txt
  dir=$BATS_TEST_TMPDIR
}
train() { "$RONDO" train lm "$text" $TINY "$@" > /dev/null; }

@test "a run folder holds what it should" {
  "$RONDO" train lm "$text" --layers 1 --hidden 16 --epochs 1 -o "$dir/run" > "$dir/out" 2> "$dir/err"
  for file in model.safetensors config.yaml metrics.jsonl report.html README.md checkpoints; do [ -e "$dir/run/$file" ]; done
  ls "$dir"/run/events.out.tfevents.* > /dev/null
  grep -q "^validation  *perplexity" "$dir/out"
  grep -q "guessing by frequency" "$dir/out"
  grep -q "rondo generate $dir/run" "$dir/err"
  grep -q "seed 42" "$dir/err"
  grep -q "^epoch 1/1" "$dir/err"
}

@test "--json gives JSON lines and a result" {
  "$RONDO" train lm "$text" $TINY -o "$dir/run" --test "$text" --json > "$dir/out"
  [ "$(grep -c '^{.*}$' "$dir/out")" -eq "$(wc -l < "$dir/out")" ]
  tail -1 "$dir/out" | grep -q '"event":"result".*"valid":{"nats_per_token":.*"test":{'
}

@test "the same bits twice, on one thread and on two, and from the run's own configuration" {
  train -o "$dir/a" -t 1 --dropout 0.2
  train -o "$dir/b" -t 2 --dropout 0.2
  same_model "$dir/a" "$dir/b"
  "$RONDO" train lm --config "$dir/a/config.yaml" -o "$dir/c" -q > /dev/null
  same_model "$dir/a" "$dir/c"
  train -o "$dir/d" --dropout 0.2 --seed 1
  run ! same_model "$dir/a" "$dir/d"
}

@test "every cell and the options of the layers train" {
  for flags in "--cell rnn" "--cell relu" "--cell gru" "--cell gru-before" "--cell gru-simple" \
    "--cell lstm --peephole --projection 8" "--layer-norm --residual --layers 2" "--layer-norm --cell gru-before" \
    "--skip --layers 2 --learned-state" "--tie" "--init orthogonal --forget-bias 0" \
    "--dropout 0.2 --dropout-kind variational --dropout-embed 0.1"; do
    train -o "$dir/run" --force --epochs 1 $flags
    "$RONDO" generate "$dir/run" --length 5 -q > /dev/null
  done
}

@test "every optimizer and schedule trains" {
  for optimizer in sgd momentum nesterov adagrad rmsprop adam adamw; do train -o "$dir/run" --force --epochs 1 --optimizer $optimizer; done
  for schedule in constant linear cosine rsqrt step plateau; do train -o "$dir/run" --force --schedule $schedule --warmup 5; done
  train -o "$dir/run" --force --average 0.9 --clip-value 0.1 --weight-decay 0.01
}

@test "killed and resumed gives the bits of a run that was never killed" {
  flags="--hidden 32 --epochs 6 --save-every 7 --dropout 0.1"
  train -o "$dir/whole" $flags
  rounds=4
  [ -z "$RN_TEST_LONG" ] || rounds=40
  for i in $(seq $rounds); do
    "$RONDO" train lm "$text" $TINY -o "$dir/killed" $flags --resume > /dev/null 2>&1 &
    sleep 0.$((RANDOM % 4))$((RANDOM % 10))
    kill -9 $! 2> /dev/null || true
    wait $! 2> /dev/null || true
  done
  train -o "$dir/killed" $flags --resume
  same_model "$dir/whole" "$dir/killed"
}

@test "SIGINT exits 130 and SIGTERM 143, with a checkpoint that resumes to the same bits" {
  flags="--hidden 64 --epochs 12"
  train -o "$dir/whole" $flags
  for signal in INT TERM; do
    # Through bash -c with job control, or a background process would ignore SIGINT.
    run bash -mc '"$@" > /dev/null & sleep 0.3; kill -'$signal' $!; wait $!' - "$RONDO" train lm "$text" $TINY -o "$dir/$signal" $flags
    [ "$status" -eq 130 ] || [ "$status" -eq 143 ] || [ "$status" -eq 0 ]
    [ "$status" -eq 0 ] || [ -n "$(ls "$dir/$signal/checkpoints")" ]
    "$RONDO" train lm -o "$dir/$signal" --resume -q > /dev/null
    same_model "$dir/whole" "$dir/$signal"
  done
}

@test "a run folder that another process trains in is refused, --force or not, until that process is gone" {
  "$RONDO" train lm "$text" $TINY -o "$dir/run" --epochs 100000 > /dev/null 2>&1 &
  for i in $(seq 100); do [ ! -e "$dir/run/config.yaml" ] || break; sleep 0.02; done
  for how in --force --resume; do
    run "$RONDO" train lm "$text" -o "$dir/run" $TINY $how
    [ "$status" -eq 1 ]
    [[ "$output" == *"in use by another process"* ]]
  done
  kill -9 $!
  wait $! || true
  train -o "$dir/run" --force
}

@test "resuming from nothing says so; from damaged checkpoints alone it is refused" {
  run "$RONDO" train lm "$text" --layers 1 --hidden 16 --epochs 1 -o "$dir/run" --resume
  [ "$status" -eq 0 ]
  [[ "$output" == *"from the beginning"* ]]
  for file in "$dir"/run/checkpoints/*/manifest.json; do echo x > "$file"; done
  run "$RONDO" train lm -o "$dir/run" --resume --epochs 2
  [ "$status" -eq 3 ]
  [[ "$output" == *"verifies"*"--force"* ]]
}

@test "resuming a finished run does nothing; more epochs go on; another text is refused" {
  train -o "$dir/run"
  cp "$dir/run/model.safetensors" "$dir/before"
  "$RONDO" train lm -o "$dir/run" --resume -q > /dev/null
  cmp "$dir/before" "$dir/run/model.safetensors"
  "$RONDO" train lm -o "$dir/run" --resume --epochs 4 -q > /dev/null
  run ! cmp -s "$dir/before" "$dir/run/model.safetensors"
  tac "$text" > "$dir/other.txt"
  run "$RONDO" train lm "$dir/other.txt" -o "$dir/run" --resume --epochs 6 -q
  [ "$status" -eq 2 ]
}

@test "--init-from takes weights and shape; --freeze leaves some alone" {
  train -o "$dir/a" --hidden 24
  "$RONDO" train lm "$text" -o "$dir/b" --init-from "$dir/a" --freeze 'embed.*' --epochs 1 --json > /dev/null 2> "$dir/err"
  grep -q "tensors taken from" "$dir/err"
  grep -q "1 x 24 lstm" "$dir/err"
  run "$RONDO" train lm "$text" -o "$dir/c" --freeze 'nothing.*' $TINY
  [ "$status" -eq 2 ]
  [[ "$output" == *"embed.weight"* ]]
}

@test "divergence exits 4 and says what to try" {
  run "$RONDO" train lm "$text" $TINY -o "$dir/run" --cell relu --optimizer sgd --lr 10000 --clip 0 --epochs 20 --init normal --init-scale 5
  [ "$status" -eq 4 ]
  [[ "$output" == *"--lr"* ]] || [[ "$output" == *"learning rate"* ]]
}

@test "--max-time, --max-steps and --patience end a run with exit 0" {
  for flags in "--max-time 0.3s --epochs 1000" "--max-steps 5" "--patience 1 --lr 5 --epochs 30 --schedule constant"; do
    train -o "$dir/run" --force $flags
  done
}

@test "the first character comes within 10 ms of opening a model" {
  [ -n "$RN_TEST_LONG" ] || skip "timing: RN_TEST_LONG=1"
  train -o "$dir/run"
  best=1000000
  for i in 1 2 3 4 5 6 7 8 9 10; do
    start=$(date +%s%N)
    "$RONDO" generate "$dir/run" --length 1 -q > /dev/null
    took=$((($(date +%s%N) - start) / 1000))
    [ $took -gt $best ] || best=$took
  done
  echo "$best microseconds"
  [ $best -lt 10000 ]
}

@test "the adding problem trains, resumes to the same bits, and is no language model" {
  flags="--length 20 --hidden 12 --batch 10 --max-steps 40 --save-every 10 --log-every 10 --trace-every 20 -q"
  "$RONDO" train adding $flags -o "$dir/a" > "$dir/out"
  grep -q "mean squared error" "$dir/out"
  "$RONDO" train adding $flags -o "$dir/b" --max-steps 20 > /dev/null
  "$RONDO" train adding $flags -o "$dir/b" --resume > /dev/null
  run "$RONDO" info "$dir/a"
  [ "$status" -eq 0 ]
  run "$RONDO" generate "$dir/a"
  [ "$status" -eq 3 ]
  run "$RONDO" report "$dir/a"
  [ "$status" -eq 0 ]
}

@test "a full disk during training exits 1 and leaves a model that opens" {
  [ "$(id -u)" -eq 0 ] && mkdir "$dir/disk" && mount -t tmpfs -o size=400k tmpfs "$dir/disk" || skip "needs root and mount"
  run "$RONDO" train lm "$text" -o "$dir/disk/run" --layers 1 --hidden 64 --batch 4 --bptt 16 --epochs 20 -q
  "$RONDO" info "$dir/disk/run" > "$dir/info" || true
  umount "$dir/disk"
  [ "$status" -eq 1 ]
  [[ "$output" == *"disk full"*"Last good checkpoint: "* ]]
  grep -q "language model" "$dir/info"
}
