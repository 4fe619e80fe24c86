# What a person can ask of this repository. Each target works on a fresh Debian or Ubuntu that has a
# Rust toolchain; what else it needs is installed by tests/counterparts/install.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench

CARGO ?= cargo

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## The hub, the sample region and its services on this machine
	@tests/counterparts/install build
	$(CARGO) build --locked --workspace --bins
	@target=$${CARGO_TARGET_DIR:-target}; exec $$target/debug/clau-demo

test: ## Everything: check, then all tests on both stores, with real clients and a browser
	@tests/counterparts/install
	@tests/run-all

check: ## The fast part: format, lints, unit tests, rules of the house
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) test --locked --workspace --lib
	$(CARGO) test --locked --package clau-tests --test architecture --test security_rules

bench: ## Measure the hub against bare libraries and print the ratios
	@tests/counterparts/install
	$(CARGO) build --locked --release --workspace --bins
	$(CARGO) bench --locked --package clau-tests --bench ratios
