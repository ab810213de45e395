# MuseTalk's networks as ONNX graphs, from the weights that a user has. Needs Python 3.11 or 3.12, and some 6 GB for PyTorch.

MUSETALK := $(CURDIR)/models/musetalk
MUSETALK_VENV := $(BUILD)/musetalk
MUSETALK_OUT ?= $(CURDIR)/models/musetalk/graphs

.PHONY: musetalk-venv musetalk-natives-cuda musetalk-export musetalk-golden test-musetalk bench-musetalk

$(MUSETALK_VENV)/.stamp: $(MUSETALK)/requirements.txt
	$(PYTHON) -m venv $(MUSETALK_VENV)
	$(MUSETALK_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

musetalk-venv: $(MUSETALK_VENV)/.stamp

musetalk-natives-cuda: ## fetch what the MuseTalk engine needs on a graphics card: ONNX Runtime for CUDA 13, cuBLAS, cuDNN (2.1 GB)
	@$(FETCH) musetalk-cuda

musetalk-export: musetalk-venv ## turn the weights at MUSETALK_PATH into graphs for the engine
	@test -n "$(MUSETALK_PATH)" || { echo "say where the weights lie: make musetalk-export MUSETALK_PATH=/path/to/MuseTalk" >&2; exit 2; }
	cd $(MUSETALK) && $(MUSETALK_VENV)/bin/python -W ignore -m musetalk_export --models $(abspath $(MUSETALK_PATH)) --out $(abspath $(MUSETALK_OUT))

# Small graphs on random weights, with inputs and what PyTorch makes of them: the ordinary tests run on them. Their bytes
# differ between processors in the last places of numbers; the tests allow for it.
musetalk-golden: musetalk-venv ## make anew what the ordinary tests of MuseTalk run on (models/musetalk/golden)
	rm -rf $(MUSETALK)/golden
	cd $(MUSETALK) && $(MUSETALK_VENV)/bin/python -W ignore -m musetalk_export --random --small --out golden/graphs
	cd $(MUSETALK) && $(MUSETALK_VENV)/bin/python -W ignore reference.py golden/play
	cd $(MUSETALK) && $(MUSETALK_VENV)/bin/python -W ignore reference_preparation.py golden/prepare
	rm -f $(MUSETALK)/golden/graphs/.*.json

# The exact architecture takes 9 GB of memory and of disk, and some minutes; the export itself compares with PyTorch.
test-musetalk: natives-lint musetalk-venv ## compare the graphs with PyTorch afresh, small ones and those of full size
	cd $(MUSETALK) && $(MUSETALK_VENV)/bin/python -W ignore -m unittest --quiet
	$(PYRIGHT) --pythonpath $(MUSETALK_VENV)/bin/python --project $(MUSETALK)
	cd $(MUSETALK) && $(MUSETALK_VENV)/bin/python -W ignore -m musetalk_export --random --out $(BUILD)/musetalk-random

bench-musetalk: natives ## measure the MuseTalk engine on the graphs at MUSETALK_GRAPHS: faces a second, streams, latency, memory
	@test -n "$(MUSETALK_GRAPHS)" || { echo "say where the graphs lie: make bench-musetalk MUSETALK_GRAPHS=/path/to/graphs" >&2; exit 2; }
	MUSETALK_GRAPHS=$(abspath $(MUSETALK_GRAPHS)) $(GO) test -run='^$$' -bench=. -benchtime=1x -timeout=30m ./plugins/lipsync-musetalk
