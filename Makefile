# Everything this workspace is built, tested and verified with.

.DEFAULT_GOAL := help
.PHONY: help run test verify book bench accuracy faults reports rivals fuzz

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Run the service on 127.0.0.1:3000
	cargo run --locked --release -p app

test: ## Run every test; installs Redis, PostgreSQL and openssl where they are missing
	./scripts/install-test-servers
	cargo test --locked --workspace --all-features

verify: ## Check formatting, lints, documentation, dependencies and what the service is operated with
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
	./scripts/build-book
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --all-features --document-private-items
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --all-features
	./scripts/check-dependencies
	./scripts/check-operations
	./scripts/test-contract

bench: ## Measure what a call costs
	cargo bench --locked -p cached-tests

book: ## Check all pages and build those of docs/ as a book into target/book
	./scripts/build-book

accuracy: ## Compare the charts with Swiss Ephemeris, as docs/accuracy.md does
	cargo run --locked --release -p cached-tests --example accuracy

faults: ## Break Redis in every way there is and write reports/faults.md; takes a quarter of an hour
	./scripts/install-test-servers
	cargo run --locked --release -p cached-tests --example faults
	./scripts/add-ratios-to-report

reports: ## Measure the service and write the other reports; takes five to ten minutes
	./scripts/install-test-servers
	./scripts/install-nginx
	./scripts/install-verify-tools
	cargo run --locked --release -p cached-tests --example reports

SECONDS = 120

fuzz: ## Give every reader of foreign bytes two minutes of hostile ones; SECONDS=20 is shorter
	./scripts/fuzz $(SECONDS)

# Not `--locked`: the lock file of this workspace also follows what the project's own packages depend on.
rivals: ## Try other crates on the faults of `make faults`; writes reports/rivals.json
	mkdir -p reports
	cd rivals && cargo run --release -- ../reports/rivals.json
