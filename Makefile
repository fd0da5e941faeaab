# The front door. `make demo` shows what Rondo does; `make check` tests it; `make help` lists the rest.
BUILD ?= build
PACKAGES = build-essential cmake ninja-build pkg-config libjansson-dev libyaml-dev libutf8proc-dev libxxhash-dev libzstd-dev zlib1g-dev
TEST_PACKAGES = libcmocka-dev bats

.PHONY: all help deps deps-test build demo check check-all install clean
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

install: build ## into PREFIX (default /usr/local), with DESTDIR
	@cmake --install $(BUILD) --prefix $(or $(PREFIX),/usr/local)

clean: ## remove build folders
	@rm -rf build build-*
