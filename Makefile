# p2plive: build, test and run everything. `make` alone lists the targets.
.DEFAULT_GOAL := help
.PHONY: help deps toolchain build test test-unit test-web test-fuzz test-cluster test-compose tsan asan leaks demo cluster bench lint format clean
.NOTPARALLEL:

# One scratch path for all packages: each finds Shared's objects where the one before it left them.
BUILD ?= .build
# Seconds that `make demo` and `make cluster` run; empty means until Ctrl-C.
DURATION ?=
# Seconds for each fuzz target in `make test`.
FUZZ_SECONDS ?= 2
# Extra words for pytest, as PYTEST="-k restart -x".
PYTEST ?=

export BUILD

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  make demo DURATION=40 makes the demo end by itself; PYTEST="-k restart" chooses cluster tests'

deps: toolchain ## Install what is missing: Debian packages and a Python environment
	@Tests/tools/deps

toolchain:
	@Tests/tools/toolchain

build: toolchain ## Build the programs (release) into bin/
	@Tests/tools/build

test: deps ## Run all tests: unit, browser viewer, fuzz smoke, whole cluster
	@Tests/tools/test lint unit web fuzz cluster

test-unit: toolchain ## Unit tests of the five packages
	@Tests/tools/test unit

test-web: toolchain ## The viewer in a browser: types, tests under Node, pages in a real browser
	@Tests/tools/test web

test-fuzz: toolchain ## Each fuzz target for FUZZ_SECONDS
	@Tests/tools/test fuzz

test-cluster: toolchain ## Tests of the real programs with a real ffmpeg
	@Tests/tools/test cluster

test-compose: ## Start docker-compose.yml and check what it promises; skips where no engine answers
	@python3 Tests/compose.py --sizes

tsan: toolchain ## Unit tests under ThreadSanitizer, in .build-tsan
	@Tests/tools/sanitize thread

asan: toolchain ## Unit tests under AddressSanitizer and LeakSanitizer, in .build-asan
	@Tests/tools/sanitize address

leaks: toolchain ## Open and close links between peers by the hundred: nothing may be left
	@Tests/leaks.py

demo: deps build ## Run a cluster with a test picture and viewers, and print where to watch
	@.venv/bin/python Tests/demo.py $(if $(DURATION),--duration $(DURATION))

cluster: build ## Run what docker-compose.yml runs, two regions, as processes in this terminal
	@python3 Tests/local_cluster.py $(if $(DURATION),--duration $(DURATION))

bench: build ## Measure fan-out, latency, swarms and churn
	@Tests/tools/bench

lint: toolchain ## Check format and house rules
	@Tests/tools/test lint

format: toolchain ## Format all Swift sources in place
	@Tests/tools/format

clean: ## Remove everything that was built
	rm -rf .build .build-* bin artifacts
	find . -name .build -type d -prune -exec rm -rf {} +

export FUZZ_SECONDS PYTEST
