# `make run` starts the whole system on port 5000, `make test` runs every test; `make` alone lists the rest.
# HOST, PORT, DATA_DIR and the other settings pass through: `make run PORT=5050`, or from the environment.

GO ?= go
PYTHON ?= python3
BUILD := $(CURDIR)/build
NATIVES := $(BUILD)/natives

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

include tools/make/*.mk
