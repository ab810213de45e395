"""Where the voices lie: what make natives and make voice-speech fetched."""

from __future__ import annotations

import os
from pathlib import Path

from voice_face.espeak import ROOT, Espeak
from voice_face.neural import Kokoro, Piper

BUILD = Path(os.environ.get("VISAVIS_BUILD") or ROOT / "build")
FFMPEG = BUILD / "natives/bin/ffmpeg"
SPEECH = BUILD / "speech"


def open_espeak() -> Espeak:
    """Start espeak-ng."""
    return Espeak(BUILD / "natives", SPEECH)


def open_kokoro(espeak: Espeak) -> Kokoro:
    """Open Kokoro."""
    return Kokoro(SPEECH / "kokoro", espeak)


def open_piper(espeak: Espeak) -> Piper:
    """Open Piper's voice."""
    return Piper(SPEECH / "piper", espeak)
