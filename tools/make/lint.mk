# Linters, pinned: golangci-lint in a module of its own, ruff and pyright among the native parts.

GOLANGCI := $(GO) tool -modfile=tools/lint/go.mod golangci-lint
RUFF := $(NATIVES)/bin/ruff
PYRIGHT := $(NATIVES)/bin/node $(NATIVES)/lib/node_modules/pyright/index.js

.PHONY: lint lint-go lint-python fmt

lint: lint-go lint-python proto-lint ## look for mistakes and for breaches of the house rules

lint-go:
	$(GOLANGCI) run

lint-python: natives-lint
	$(RUFF) check
	$(RUFF) format --diff
	$(PYRIGHT)

fmt: natives-lint ## format Go, Python and protocol files
	$(GOLANGCI) fmt
	$(RUFF) format
	$(BUF) format --write
