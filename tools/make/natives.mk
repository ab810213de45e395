# Native parts: pinned wheels, checked and unpacked into build/natives (tools/natives says how).

FETCH := $(PYTHON) tools/natives/fetch.py $(NATIVES)

.PHONY: natives natives-test natives-lint

natives: ## fetch what running needs: ffmpeg, espeak-ng, ONNX Runtime
	@$(FETCH) run

natives-test: ## fetch what only the tests need: ffprobe, node, Python packages
	@$(FETCH) node test

natives-lint:
	@$(FETCH) node lint
