# A pack's mouth as a network: learned from renders, with PyTorch. Needs Python 3.11 or 3.12, and some 6 GB for PyTorch.

MOUTH_CODE := $(CURDIR)/models/mouth
MOUTH_VENV := $(BUILD)/mouth
MOUTH_OUT ?= $(BUILD)/mouth-out

.PHONY: mouth-train mouth-judge test-mouth

$(MOUTH_VENV)/.stamp: $(MOUTH_CODE)/requirements.txt
	$(PYTHON) -m venv $(MOUTH_VENV)
	$(MOUTH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

mouth-train: $(MOUTH_VENV)/.stamp ## learn a pack's mouth from the renders at MOUTH_DATA; writes MOUTH_OUT
	@test -n "$(MOUTH_DATA)" || { echo "say where the renders lie: make mouth-train MOUTH_DATA=/path" >&2; exit 2; }
	cd $(MOUTH_CODE) && $(MOUTH_VENV)/bin/python -W ignore -m mouth --data $(abspath $(MOUTH_DATA)) --out $(abspath $(MOUTH_OUT)) $(MOUTH_ARGS)

mouth-judge: $(MOUTH_VENV)/.stamp ## judge the mouth MOUTH (a mouth.onnx) by the held-out renders at MOUTH_DATA
	@test -n "$(MOUTH_DATA)" && test -n "$(MOUTH)" || { echo "say which mouth and where the renders lie: make mouth-judge MOUTH=/path/mouth.onnx MOUTH_DATA=/path" >&2; exit 2; }
	cd $(MOUTH_CODE) && $(MOUTH_VENV)/bin/python -W ignore -m mouth --data $(abspath $(MOUTH_DATA)) --out $(abspath $(MOUTH_OUT)) --judge $(abspath $(MOUTH))

test-mouth: natives-lint $(MOUTH_VENV)/.stamp ## check the learning of mouths on a small made-up one
	cd $(MOUTH_CODE) && $(MOUTH_VENV)/bin/python -W ignore -m unittest --quiet
	$(PYRIGHT) --pythonpath $(MOUTH_VENV)/bin/python --project $(MOUTH_CODE)
