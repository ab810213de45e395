# MuseTalk's networks as ONNX graphs, from the weights that a user has. Needs Python 3.11 or 3.12, and some 6 GB for PyTorch.

MUSETALK := $(CURDIR)/models/musetalk
MUSETALK_VENV := $(BUILD)/musetalk
MUSETALK_OUT ?= $(CURDIR)/models/musetalk/graphs

.PHONY: musetalk-venv musetalk-export test-musetalk

$(MUSETALK_VENV)/.stamp: $(MUSETALK)/requirements.txt
	$(PYTHON) -m venv $(MUSETALK_VENV)
	$(MUSETALK_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

musetalk-venv: $(MUSETALK_VENV)/.stamp

musetalk-export: musetalk-venv ## turn the weights at MUSETALK_PATH into graphs for the engine
	@test -n "$(MUSETALK_PATH)" || { echo "say where the weights lie: make musetalk-export MUSETALK_PATH=/path/to/MuseTalk" >&2; exit 2; }
	cd $(MUSETALK) && $(MUSETALK_VENV)/bin/python -W ignore -m musetalk_export --models $(abspath $(MUSETALK_PATH)) --out $(abspath $(MUSETALK_OUT))

test-musetalk: musetalk-venv natives-lint ## compare the graphs with PyTorch, on random networks
	cd $(MUSETALK) && $(MUSETALK_VENV)/bin/python -W ignore -m unittest --quiet
	$(PYRIGHT) --pythonpath $(MUSETALK_VENV)/bin/python --project $(MUSETALK)
