# The host and its plugins. go's own cache decides what is stale; install.sh replaces only what changed.

# Without debug tables the programs start and verify faster: `make build GO_LDFLAGS=` keeps them.
GO_LDFLAGS ?= -s -w

.PHONY: build run clean

build: ## build the host (build/bin/visavis) and every plugin (build/plugins)
	@mkdir -p $(BUILD)/stage
	@$(GO) build -ldflags='$(GO_LDFLAGS)' -o $(BUILD)/stage/ ./host/cmd/visavis ./plugins/...
	@tools/make/install.sh $(BUILD)

run: ## fetch, build and start everything on http://localhost:5000
	@$(MAKE) --no-print-directory -j2 natives build
	@exec $(BUILD)/bin/visavis serve

clean: ## remove everything built and fetched
	rm -rf $(BUILD)
