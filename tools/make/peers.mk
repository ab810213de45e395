# A real language backend to test against: llama-server with a small model, built once into PEERS_DIR.

PEERS := $(abspath $(or $(PEERS_DIR),$(BUILD)/peers))

.PHONY: peers test-peers

peers: ## build llama-server and fetch its model, for test-peers (some minutes, once)
	@$(PYTHON) tools/natives/fetch.py $(PEERS) peers
	@$(PYTHON) tools/peers/build.py $(PEERS)

test-peers: natives natives-test build peers ## try the language plugin on a real server
	VISAVIS_BUILD=$(BUILD) VISAVIS_PEERS=$(PEERS) $(GO) test -race -timeout=10m -tags=peers -run='^TestPeer' -count=1 ./host/e2e
