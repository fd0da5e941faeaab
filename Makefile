# The front door. `make demo` shows what Rondo does; `make check` tests it; `make help` lists the rest.
BUILD ?= build
PACKAGES = build-essential cmake ninja-build pkg-config libjansson-dev libyaml-dev libpcre2-dev libutf8proc-dev libxxhash-dev libzstd-dev zlib1g-dev
TEST_PACKAGES = libcmocka-dev bats
LONG_PACKAGES = clang valgrind

.PHONY: all help deps deps-test build build-tests demo check check-all bench-peers results golden pictures install clean
all: build

help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

deps:
	@tools/install-packages $(PACKAGES)
deps-test: deps
	@tools/install-packages $(TEST_PACKAGES)

build: deps ## the library and the program, in build/
	@cmake -S . -B $(BUILD) -G Ninja -DRONDO_TESTS=OFF >/dev/null
	@cmake --build $(BUILD)

demo: build ## train a small language model in about a minute and let it write
	@tools/demo $(BUILD)

build-tests: deps-test
	@cmake -S . -B $(BUILD) -G Ninja -DRONDO_TESTS=ON >/dev/null
	@cmake --build $(BUILD)

check: build-tests ## the tests: under 10 minutes
	@tools/check $(BUILD)

check-all: build-tests ## the long check: sanitizers, fuzzing, valgrind, long tests
	@tools/install-packages $(LONG_PACKAGES)
	@tools/check-all

bench-peers: build-tests ## side by side with PyTorch and oneDNN, and of words with what is named (fetches PyTorch into build-venv/)
	@tools/venv
	@bench/bench_peers $(BUILD)

results: build ## train every system of docs/results.md again (hours; DATA=folder holding ptb/ and tinyshakespeare/)
	@tools/results $(BUILD) $(DATA)

golden: ## make the golden vectors of the tests again, with PyTorch, scikit-learn, seqeval, tokenizers and sentencepiece
	@tools/venv
	@build-venv/bin/pip install --quiet scikit-learn seqeval tokenizers sentencepiece
	@build-venv/bin/python tools/golden/make_golden.py tests/golden
	@build-venv/bin/python tools/golden/make_metrics.py tests/golden/metrics.json
	@build-venv/bin/python tools/golden/make_tokenizers.py tests/golden

pictures: build ## draw docs/pictures again
	@tools/pictures $(BUILD)

install: build ## into PREFIX (default /usr/local), with DESTDIR
	@cmake --install $(BUILD) --prefix $(or $(PREFIX),/usr/local)

clean: ## remove build folders
	@rm -rf build build-*
