# Each target says in its ## line what it does; `make help` prints them.

GO ?= go
LINT := $(GO) tool -modfile=e2e/tools/lint/go.mod golangci-lint
SOURCES := shared wasm companion e2e
WASM := GOOS=js GOARCH=wasm
FUZZTIME ?= 10s

# Browsers and a model server share the computer with these tests, so one package runs at a time, and so many browsers in it.
# A third makes them quicker by a quarter, and everything in them so slow that faults show that no person would meet.
BROWSERS ?= 2
E2E := $(GO) test -p 1 -parallel $(BROWSERS) -count 1 -timeout 30m

# A Node of the checkout's own is used where the system's is too old; `make deps` decides.
export PATH := $(CURDIR)/build/tools/node_modules/.bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help run build full test check bench soak fuzz generate dist clean deps lint vuln unit duckdb browser

help: ## Print what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Open a browser with kAI in it; sets up what is missing first
	@$(GO) run ./e2e/tools/deps run
	@$(GO) run ./e2e/tools/pack build
	@$(GO) run ./e2e/tools/run

build: ## Build the extension, the web app and kai into build/
	@$(GO) run ./e2e/tools/deps build
	@$(GO) run ./e2e/tools/pack build

full: ## Build build/kai-full too, with DuckDB in it; needs a C++ compiler (make deps gets one)
	@$(GO) run ./e2e/tools/deps build
	@$(GO) run ./e2e/tools/pack full

test: deps build lint vuln unit duckdb browser ## Run every test: Go, TypeScript, WebAssembly in Chromium, end to end

check: ## Format, vet, lint, known vulnerabilities and unit tests: what to run before every commit
	@$(GO) run ./e2e/tools/deps build
	@$(MAKE) --no-print-directory lint vuln unit

# The linter vets too. It runs once natively and once for the files of the browser; the linter itself is always native.
lint:
	@$(LINT) fmt --diff $(SOURCES)
	$(LINT) run ./...
	linter=$$($(GO) tool -n -modfile=e2e/tools/lint/go.mod golangci-lint) && $(WASM) $$linter run ./shared/... ./wasm/...

# GOVULNDB names another database than https://vuln.go.dev. Where that one can't be reached nothing is checked, which is said and fails nothing.
vuln:
	@$(GO) run ./e2e/tools/vulncheck

unit:
	npm --prefix extension run --silent typecheck
	cd extension && node_modules/.bin/tsc -p background && node_modules/.bin/tsc -p engine
	npm --prefix extension test --silent
	$(GO) test ./shared/... ./companion/... ./wasm/... ./e2e/arch/...

# DuckDB is C++: its code is behind a tag, and needs a C++ compiler (make deps) that nothing else of kai does.
duckdb:
	linter=$$($(GO) tool -n -modfile=e2e/tools/lint/go.mod golangci-lint) && CGO_ENABLED=1 $$linter run --build-tags duckdb ./companion/store/duckdb/... ./companion/app/...
	CGO_ENABLED=1 $(GO) test -tags duckdb ./companion/store/duckdb/... ./companion/app/...

browser:
	$(GO) build -o build/tools/ ./e2e/tools/wasmtest
	$(WASM) $(GO) test -p 2 -exec "$(CURDIR)/build/tools/wasmtest" ./wasm/...
	KAI_WASMTEST_BROWSER=firefox $(WASM) $(GO) test -count 1 -exec "$(CURDIR)/build/tools/wasmtest" -run 'TestStore|Blob' ./wasm/store/idb
	$(E2E) $(shell $(GO) list ./e2e/... | grep -v /e2e/arch)

bench: deps build ## Run the Go benchmarks, then measure what is promised against its limits
	$(GO) test -run '^$$' -bench . -benchtime 200ms ./shared/... ./companion/...
	CGO_ENABLED=1 $(GO) test -tags duckdb -run '^$$' -bench . -benchtime 200ms -timeout 20m ./companion/store/duckdb
	$(GO) run ./e2e/bench

soak: ## Run for as long as it takes: stores killed at 1,000 moments, contracts with 100,000 records, SOAK (100000) histories of replicas
	KAI_SOAK=1 $(GO) test -count 1 -timeout 0 -run 'Kill|Contract' ./companion/store/... ./companion/queue/...
	SOAK=$(or $(SOAK),100000) $(GO) test -count 1 -timeout 0 -run TestRandomHistories ./shared/replica/replicasim
	KAI_SOAK=1 CGO_ENABLED=1 $(GO) test -tags duckdb -count 1 -timeout 0 -run 'Kill|Contract' ./companion/store/duckdb

fuzz: ## Fuzz each parser for FUZZTIME (10s)
	@grep -rl --include='*_test.go' '^func Fuzz' $(SOURCES) | while read -r file; do \
		for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$$file"); do \
			echo "$$file $$name"; \
			$(GO) test "./$$(dirname "$$file")" -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) || exit 1; \
		done; done
	cd extension && KAI_FUZZ=$(FUZZTIME:s=) node tests/run.mjs markdown

generate: ## Write what is generated from the Go source
	$(GO) run ./e2e/tools/tsgen
	$(GO) run ./e2e/tools/tsgen

dist: ## Pack what is given away into dist/
	@$(GO) run ./e2e/tools/deps build
	@$(GO) run ./e2e/tools/pack dist

clean: ## Remove everything that was built
	@$(GO) run ./e2e/tools/pack clean

deps: ## Get what building and testing need; quick when it is there
	@$(GO) run ./e2e/tools/deps test
