# The avatar studio: Blender as a Python module, for those who make avatars. Needs Python 3.11 and some 1.3 GB.

AVATARS_VENV := $(BUILD)/avatars-venv

.PHONY: avatars-venv

$(AVATARS_VENV)/.stamp: $(CURDIR)/tools/avatars/requirements.txt
	$(PYTHON) -m venv $(AVATARS_VENV)
	$(AVATARS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

avatars-venv: $(AVATARS_VENV)/.stamp ## fetch what making avatars needs (PYTHON=python3.11)
