# The habits of a BusyBox user: make, make menuconfig, make install. `make help` lists everything.

CONFIG  ?= $(wildcard .config.toml)
APPLETS ?=
ARCH    ?= $(shell uname -m)
PREFIX  ?= ./_install
CMD     ?=
TARGET  ?=
SECONDS ?=

CARGO  := $(or $(shell command -v cargo 2>/dev/null),/usr/bin/cargo)
XTASK  := $(CARGO) run --quiet --package xtask --
HOST   := $(shell uname -m)
BINARY := out/cairn$(if $(filter-out $(HOST),$(ARCH)),-$(ARCH))
# A cross-built binary runs under QEMU's user emulation.
RUNNER := $(if $(filter-out $(HOST),$(ARCH)),qemu-$(ARCH)-static)
TEST   := CAIRN_BIN=$(CURDIR)/$(BINARY) $(if $(RUNNER),CAIRN_RUNNER=$(RUNNER)) $(CARGO) test --quiet --package cairn-tests

.PHONY: all help defconfig menuconfig install test check oracle size bench shell fuzz docs fmt clean prepare

# Where there is no cargo yet, Debian's packages bring one.
prepare:
	@command -v $(CARGO) >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends rustc-web cargo-web rust-web-src musl-dev lld-19; \
	  else echo "cairn needs cargo: install rustc-web cargo-web rust-web-src musl-dev lld-19 (Debian), or rustup with rust-src and the musl target" >&2; exit 1; fi; }

all: prepare  ## build out/cairn (CONFIG=configs/tiny.toml, APPLETS="ls cat", ARCH=aarch64)
	@$(XTASK) dist --config "$(CONFIG)" --applets "$(APPLETS)" --arch "$(ARCH)"
.DEFAULT_GOAL := all

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 20

defconfig: prepare  ## select the default applets again
	@rm -f .config.toml

menuconfig: prepare  ## choose applets in a menu; the choice is kept in .config.toml
	@$(XTASK) menuconfig

install: all  ## install the binary and a link for every applet below PREFIX (./_install)
	@$(XTASK) install --prefix "$(PREFIX)"

test: all  ## run all tests against the static binary (ARCH=aarch64: under QEMU)
ifeq ($(RUNNER),)
	@$(CARGO) test --quiet --workspace --exclude cairn-tests
	@$(TEST)
else
	@$(TEST) --test transcripts
endif

check: prepare  ## format, lints, generated files
	@$(CARGO) fmt --all --check
	@rustfmt --edition 2024 --check $$(git ls-files 'applets/*.rs' 'fuzz/*.rs')
	@$(CARGO) clippy --quiet --workspace --all-targets -- -D warnings
	@$(XTASK) sync --check
	@$(XTASK) docs --check

oracle: all  ## compare the transcripts' expectations with GNU, BusyBox and toybox
	@$(CARGO) run --quiet --package cairn-tests --bin oracle

size: all  ## what the bytes of the binary are
	@$(XTASK) size

bench: all  ## time cairn, GNU and BusyBox side by side; writes docs/speed.md
	@$(CARGO) run --quiet --release --package cairn-bench -- --write docs/speed.md

shell: all  ## a root folder whose /bin is cairn: a shell in it, or CMD='ls -l /'
	@$(XTASK) shell $(if $(CMD),-- "$(CMD)")

fuzz: prepare  ## run every fuzz target, or TARGET, for a few seconds (SECONDS=10)
	@$(XTASK) fuzz $(TARGET) --seconds "$(SECONDS)"

docs: prepare  ## write docs/applets from the applets' own texts
	@$(XTASK) docs

fmt: prepare  ## format the source
	@$(CARGO) fmt --all
	@rustfmt --edition 2024 $$(git ls-files 'applets/*.rs' 'fuzz/*.rs')

clean:  ## remove what was built
	@rm -rf out target _install
