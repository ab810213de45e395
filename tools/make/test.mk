# Tests run on the programs as they are shipped: built once, here, before go test starts.

.PHONY: test test-tools transcripts check bench

test: natives natives-test build test-tools ## run every test
	VISAVIS_BUILD=$(BUILD) $(GO) test -race -timeout=20m ./...

test-tools:
	@$(PYTHON) -m unittest discover --start-directory tools/natives --quiet
	@$(PYTHON) -m unittest discover --start-directory tools/make --quiet
	@$(PYTHON) -m unittest discover --start-directory tools/avatars --pattern test_fields.py --quiet
	@$(PYTHON) -m unittest discover --start-directory tools/avatars --pattern test_options.py --quiet

TRANSCRIPTS ?= $(BUILD)/transcripts

transcripts: ## let the scripted candidates be interviewed and write down what was said (build/transcripts)
	@TRANSCRIPTS=$(TRANSCRIPTS) $(GO) test -count=1 -run='^TestCandidates$$' ./plugins/llm-interviewer/internal/script
	@echo "$(TRANSCRIPTS)"

check: generated-check lint test ## everything that must hold before a change is merged

bench: natives natives-test build ## measure the numbers the project promises
	VISAVIS_BUILD=$(BUILD) $(GO) test -run='^$$' -bench=. -benchtime=1x ./host/e2e ./host/internal/functions
