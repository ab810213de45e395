"""Speech from espeak-ng through its C API, with the time of every phoneme."""

from __future__ import annotations

import ctypes
import shutil
import unicodedata
from pathlib import Path

import numpy as np

from voice_face.said import Said, Sound

ROOT = Path(__file__).resolve().parents[3]
# Timbres of the project's own speech plugin, which lie with it.
VARIANTS = ROOT / "plugins/tts-espeak/internal/voices/variants"

SYNCHRONOUS = 2
PHONEME_EVENTS, PHONEME_IPA, DONT_EXIT = 1, 2, 1 << 15
RATE, VOLUME, PITCH, RANGE = 1, 2, 3, 4
UTF8 = 1
IPA_MODE = 0x02
EVENT_END, EVENT_PHONEME = 0, 7
# As loud as the library gets without clipping any voice.
LOUDNESS = 60
# What the library's Korean leaves without an IPA name.
KOREAN = {"ph": "p", "th": "t", "kh": "k", "q": "k"}


class _Event(ctypes.Structure):
    _fields_ = [
        ("kind", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("place", ctypes.c_int * 3),
        ("sample", ctypes.c_int),
        ("user", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def clean(raw: bytes) -> str | None:
    """Give the bare IPA letters of a phoneme's name; None is a note that is no sound."""
    if raw in (b"", b"_"):
        return ""
    if raw.startswith(b"("):
        return None
    letters = [
        r
        for r in unicodedata.normalize("NFD", raw.decode("utf-8", "ignore"))
        if unicodedata.category(r).startswith("L") and unicodedata.category(r) != "Lm"
    ]
    ipa = "".join(letters)
    return KOREAN.get(ipa, ipa) or None


class Espeak:
    """The library, of which a process has one."""

    def __init__(self, natives: Path, work: Path) -> None:
        """Start the library on its data and the project's own timbres."""
        data = work / "espeak-ng-data"
        if not data.is_dir():
            shutil.copytree(natives / "espeak/espeak-ng-data", data)
        for variant in VARIANTS.iterdir():
            shutil.copy(variant, data / "voices/!v" / variant.name)
        self._lib = ctypes.CDLL(str(natives / "espeak/libespeak-ng.so"))
        self._lib.espeak_TextToPhonemes.restype = ctypes.c_char_p
        options = PHONEME_EVENTS | PHONEME_IPA | DONT_EXIT
        self.rate: int = self._lib.espeak_Initialize(SYNCHRONOUS, 60, str(work).encode(), options)
        if self.rate <= 0:
            raise RuntimeError("espeak-ng does not start")
        self._lib.espeak_ng_SetRandSeed(ctypes.c_long(1))
        self._callback = _Callback(self._receive)
        self._lib.espeak_SetSynthCallback(self._callback)
        self._pcm: list[np.ndarray] = []
        self._events: list[tuple[int, str]] = []

    def _receive(self, wav, count: int, events) -> int:  # noqa: ANN001 (pointers of ctypes)
        if wav and count > 0:
            self._pcm.append(np.ctypeslib.as_array(wav, shape=(count,)).copy())
        index = 0
        while events and events[index].kind != EVENT_END:
            if events[index].kind == EVENT_PHONEME and (ipa := clean(events[index].name)) is not None:
                self._events.append((events[index].sample, ipa))
            index += 1
        return 0

    def _voice(self, voice: str) -> None:
        if self._lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice}")

    def speak(self, text: str, voice: str, rate: int = 175, pitch: int = 50, liveliness: int = 50) -> Said:
        """Speak a text; rate in words a minute, pitch and liveliness 0 to 99."""
        self._voice(voice)
        for parameter, value in ((RATE, rate), (VOLUME, LOUDNESS), (PITCH, pitch), (RANGE, liveliness)):
            self._lib.espeak_SetParameter(parameter, value, 0)
        self._pcm, self._events = [], []
        raw = text.encode()
        self._lib.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, UTF8, None, None)
        pcm = np.concatenate(self._pcm) if self._pcm else np.zeros(0, np.int16)
        sounds: list[Sound] = []
        for at, (sample, ipa) in enumerate(self._events):
            end = self._events[at + 1][0] if at + 1 < len(self._events) else len(pcm)
            if end > sample:
                sounds.append(Sound(sample / self.rate, end / self.rate, ipa))
        return Said(pcm, self.rate, sounds)

    def phonemes(self, text: str, voice: str) -> str:
        """Give the IPA of a text, with stress and length; clauses are parted by commas."""
        self._voice(voice)
        buffer = ctypes.create_string_buffer(text.encode())
        pointer = ctypes.c_void_p(ctypes.addressof(buffer))
        clauses = []
        while pointer.value:
            got = self._lib.espeak_TextToPhonemes(ctypes.byref(pointer), UTF8, IPA_MODE)
            clauses.append((got or b"").decode())
        return ", ".join(c.strip() for c in clauses if c.strip())
