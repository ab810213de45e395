# MuseTalk's networks as ONNX graphs, from the weights that a user has. Needs Python 3.11 or 3.12, and some 6 GB for PyTorch.

MUSETALK := $(CURDIR)/models/musetalk
MUSETALK_VENV := $(BUILD)/musetalk
MUSETALK_OUT ?= $(CURDIR)/models/musetalk/graphs

.PHONY: musetalk-venv musetalk-natives musetalk-export test-musetalk

$(MUSETALK_VENV)/.stamp: $(MUSETALK)/requirements.txt
	$(PYTHON) -m venv $(MUSETALK_VENV)
	$(MUSETALK_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

musetalk-venv: $(MUSETALK_VENV)/.stamp

musetalk-natives: ## fetch what the MuseTalk engine needs: ONNX Runtime
	@$(FETCH) musetalk

musetalk-export: musetalk-venv ## turn the weights at MUSETALK_PATH into graphs for the engine
	@test -n "$(MUSETALK_PATH)" || { echo "say where the weights lie: make musetalk-export MUSETALK_PATH=/path/to/MuseTalk" >&2; exit 2; }
	cd $(MUSETALK) && $(MUSETALK_VENV)/bin/python -W ignore -m musetalk_export --models $(abspath $(MUSETALK_PATH)) --out $(abspath $(MUSETALK_OUT))

# The engine runs on small random networks, made once.
$(BUILD)/musetalk-small/manifest.json: $(MUSETALK_VENV)/.stamp $(wildcard $(MUSETALK)/*.py $(MUSETALK)/musetalk_export/*.py)
	cd $(MUSETALK) && $(MUSETALK_VENV)/bin/python -W ignore -m musetalk_export --random --small --out $(@D)
	cd $(MUSETALK) && $(MUSETALK_VENV)/bin/python -W ignore reference.py $(@D)/reference
	touch $@

test-musetalk: natives natives-test natives-lint musetalk-natives build $(BUILD)/musetalk-small/manifest.json ## compare the graphs with PyTorch and run the engine, on random networks
	cd $(MUSETALK) && $(MUSETALK_VENV)/bin/python -W ignore -m unittest --quiet
	$(PYRIGHT) --pythonpath $(MUSETALK_VENV)/bin/python --project $(MUSETALK)
	VISAVIS_BUILD=$(BUILD) $(GO) test -race -tags=musetalk -count=1 ./plugins/lipsync-musetalk/...
