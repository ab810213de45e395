"""A speech with the time of every sound in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np


class Sound(NamedTuple):
    """A phoneme in IPA, "" for a pause, with its time in seconds."""

    start: float
    end: float
    ipa: str


class Said(NamedTuple):
    """Mono 16-bit samples, their rate in Hz, and what is said when."""

    pcm: np.ndarray
    rate: int
    sounds: list[Sound]
