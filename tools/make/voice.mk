# The network that hears speech (models/voice) and the proof of its sync. Both need Python 3.11 or 3.12 and environments of
# their own; no test and no run of the system does.

VOICE := $(CURDIR)/models/voice
VOICE_VENV := $(BUILD)/voice
MESH_VENV := $(BUILD)/mediapipe
# How many sentences of each language the bench takes: all, or fewer for a first look.
SYNC_COUNT ?= 1000
SYNC := $(BUILD)/bench-sync/$(SYNC_COUNT)
ONE_THREAD := OMP_NUM_THREADS=1 VISAVIS_BUILD=$(BUILD) nice -n 19

.PHONY: voice-train voice-speech test-voice bench-sync

$(VOICE_VENV)/.stamp: $(VOICE)/requirements.txt
	$(PYTHON) -m venv $(VOICE_VENV)
	$(VOICE_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

$(MESH_VENV)/.stamp: $(VOICE)/bench/requirements.txt
	$(PYTHON) -m venv $(MESH_VENV)
	$(MESH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

voice-speech: natives ## fetch the voices that the network learns from and is judged by
	@$(PYTHON) tools/natives/fetch.py $(BUILD)/speech voices

voice-train: voice-speech $(VOICE_VENV)/.stamp ## make the voice network from nothing: speak, train, export, judge (hours; it resumes)
	cd $(VOICE) && for step in corpus train export evaluate; do $(ONE_THREAD) $(VOICE_VENV)/bin/python -W ignore -m voice_face $$step || exit 1; done

test-voice: natives-lint $(VOICE_VENV)/.stamp ## check the training's code and that it moves faces as the engine does
	cd $(VOICE) && $(VOICE_VENV)/bin/python -W ignore -m unittest --quiet
	$(PYRIGHT) --pythonpath $(VOICE_VENV)/bin/python --project $(VOICE)

bench-sync: voice-speech $(VOICE_VENV)/.stamp $(MESH_VENV)/.stamp ## measure lip sync in finished films, with MediaPipe (SYNC_COUNT=10 for a first look)
	$(ONE_THREAD) $(VOICE_VENV)/bin/python -W ignore $(VOICE)/bench/cases.py $(SYNC)/cases $(SYNC_COUNT)
	rm -rf $(SYNC)/films
	SYNC_CASES=$(SYNC)/cases SYNC_FILMS=$(SYNC)/films nice -n 19 $(GO) test -tags=sync -timeout=3h -count=1 -run='^TestFilms$$' ./plugins/lipsync-lite
	$(ONE_THREAD) $(MESH_VENV)/bin/python -W ignore $(VOICE)/bench/measure.py $(NATIVES)/bin/ffmpeg $(SYNC)/films $(SYNC)/cases $(SYNC)/measured
	$(VOICE_VENV)/bin/python $(VOICE)/bench/report.py $(SYNC)/cases $(SYNC)/measured $(SYNC)/report.md
