# What is generated and checked in: Go code of the plugin protocol (sdk/proto → sdk/internal/pb), and the licences
# of the modules that are linked (THIRD_PARTY.md).

BUF := $(GO) tool -modfile=tools/buf/go.mod buf

.PHONY: generate generated-check proto-lint proto-breaking

generate: ## regenerate what is checked in: sdk/internal/pb, the table in THIRD_PARTY.md
	$(BUF) generate
	$(PYTHON) tools/licenses/modules.py

# Generates beside the tree and compares, so that it works in a tree with changes and outside git. The folder's
# name begins with a dot, or go would take it for a package.
generated-check: ## fail when the generated code differs from its sources
	@rm -rf $(BUILD)/.generated
	@$(BUF) generate -o $(BUILD)/.generated
	@diff -r $(BUILD)/.generated/sdk/internal/pb sdk/internal/pb \
	  || { echo 'sdk/internal/pb is not what sdk/proto generates: run make generate' >&2; exit 1; }
	@$(PYTHON) tools/licenses/modules.py --check

proto-lint:
	$(BUF) lint
	$(BUF) format --diff --exit-code

AGAINST ?= main
proto-breaking: ## would this tree's protocol break plugins built against AGAINST (a git ref, default main)?
	$(BUF) breaking --against '.git#ref=$(AGAINST)'
