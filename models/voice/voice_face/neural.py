"""Speech from two neural voices whose networks tell how long each phoneme is: Piper and Kokoro."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime as ort

from voice_face.said import Said, Sound

if TYPE_CHECKING:
    from pathlib import Path

    from voice_face.espeak import Espeak

FULL = 32767
KOKORO_RATE = 24000
KOKORO_FRAME = 600  # samples of one unit of Kokoro's durations
KOKORO_TOKENS = 500
# Kokoro's sound comes two frames before its durations say so: the loudness of 72 speeches fits its phonemes best there,
# as that of espeak-ng and of Piper fits without a shift.
KOKORO_EARLY = 2 * KOKORO_FRAME / KOKORO_RATE
# Under this share of the loudest, nothing is heard any more; a sound goes on for LINGER after it.
# One that is not heard at all, such as a last k, lasts for BRIEF.
FAINT, LINGER, GRAIN, BRIEF = 0.02, 0.03, 0.01, 0.1
PIPER_FRAME = 256
PARTS = 4
PAUSES = set(" ,.;:!?…—")
SILENT = set("ˈˌːʰʲ̃^$_'\"()↓→↗↘ᵝ-")

# Kokoro's own letters for two sounds of IPA, the longest first where espeak-ng writes them so.
TO_KOKORO = [
    ("eɪ", "A"), ("aɪ", "I"), ("oʊ", "O"), ("əʊ", "O"), ("aʊ", "W"), ("ɔɪ", "Y"),
    ("tʃ", "ʧ"), ("dʒ", "ʤ"), ("tɕ", "ʨ"), ("dʑ", "ʥ"), ("ts", "ʦ"), ("dz", "ʣ"),
    ("ɜː", "ɜɹ"), ("ɚ", "əɹ"), ("r", "ɹ"), ("ɬ", "l"), ("ɫ", "l"), ("g", "ɡ"),
    ("ph", "p"), ("th", "t"), ("kh", "k"), ("ɔː", "ɔ"),
]  # fmt: skip
FROM_KOKORO = {
    "A": "eɪ", "I": "aɪ", "O": "oʊ", "W": "aʊ", "Y": "ɔɪ",
    "ʧ": "tʃ", "ʤ": "dʒ", "ʨ": "tɕ", "ʥ": "dʑ", "ʦ": "ts", "ʣ": "dz", "ꭧ": "tʂ", "ᵻ": "ɪ", "ᵊ": "ə",
}  # fmt: skip


def _run(session: ort.InferenceSession, feed: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Give the wave and the frames of each symbol."""
    names = [o.name for o in session.get_outputs()]
    wave, frames = session.run([names[0], names[-1]], feed)
    return np.ravel(np.asarray(wave)), np.ravel(np.asarray(frames))


def _session(graph: bytes, output: str, threads: int) -> ort.InferenceSession:
    """Open a network that also gives one of its inner values."""
    model = onnx.load_from_string(graph)
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(output))
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _sounds(symbols: list[str], frames: np.ndarray, frame: float) -> list[Sound]:
    """Lay symbols one after the other; what is no sound lengthens the one before it."""
    sounds: list[Sound] = []
    at = 0.0
    for symbol, count in zip(symbols, frames, strict=True):
        length = float(count) * frame
        ipa = "" if symbol in PAUSES or symbol in "^$" else FROM_KOKORO.get(symbol, symbol)
        if sounds and (symbol in SILENT or (ipa == "" and sounds[-1].ipa == "")):
            sounds[-1] = sounds[-1]._replace(end=at + length)
        elif length > 0:
            sounds.append(Sound(at, at + length, "" if symbol in SILENT else ipa))
        at += length
    return sounds


class Kokoro:
    """Kokoro-82M with 8-bit weights."""

    def __init__(self, folder: Path, espeak: Espeak, threads: int = 1) -> None:
        """Put the network together from its parts and open it."""
        graph = b"".join((folder / f"part{n}.bin").read_bytes() for n in range(1, PARTS + 1))
        if hashlib.sha256(graph).hexdigest() != (folder / "model.sha256").read_text().strip():
            raise ValueError("Kokoro's parts do not fit together: fetch them again")
        self._session = _session(graph, "/encoder/Round_output_0", threads)
        self._vocabulary: dict[str, int] = json.loads((folder / "vocab.json").read_text())["vocab"]
        with np.load(folder / "voices.npz") as voices:
            self.styles = {name: voices[name].reshape(-1, 256) for name in voices.files}
        self._espeak = espeak

    def tokens(self, text: str, language: str) -> str:
        """Spell a text in Kokoro's letters."""
        ipa = re.sub(r"\([a-z-]+\)", "", self._espeak.phonemes(text, language))
        for old, new in [*TO_KOKORO, ("ɐ", "ə" if language.startswith("en") else "a")]:
            ipa = ipa.replace(old, new)
        decomposed = unicodedata.normalize("NFD", ipa) + "."
        return "".join(c for c in decomposed if c in self._vocabulary)[:KOKORO_TOKENS]

    def speak(self, text: str, language: str, style: np.ndarray, speed: float = 1.0) -> Said:
        """Speak a text in a style: one of self.styles or a mixture of them."""
        symbols = self.tokens(text, language)
        feed = {
            "tokens": np.array([[0, *(self._vocabulary[c] for c in symbols), 0]], np.int64),
            "style": style[min(len(symbols), len(style)) - 1].reshape(1, 256).astype(np.float32),
            "speed": np.array([speed], np.float32),
        }
        wave, frames = _run(self._session, feed)
        sounds = _sounds([" ", *symbols, " "], frames, KOKORO_FRAME / KOKORO_RATE)
        return settled(Said(_pcm(wave), KOKORO_RATE, earlier(sounds, KOKORO_EARLY)))


class Piper:
    """A voice of Piper's."""

    def __init__(self, folder: Path, espeak: Espeak, threads: int = 1) -> None:
        """Open the voice in a folder."""
        self._session = _session((folder / "joe.onnx").read_bytes(), "/Ceil_output_0", threads)
        self._config = json.loads((folder / "joe.json").read_text())
        self._espeak = espeak

    def speak(self, text: str, slowness: float = 1.0) -> Said:
        """Speak an English text; slowness stretches every phoneme."""
        ids: dict[str, list[int]] = self._config["phoneme_id_map"]
        ipa = unicodedata.normalize("NFD", self._espeak.phonemes(text, self._config["espeak"]["voice"])) + "."
        symbols = ["^", "_"]
        for c in ipa:
            if c in ids:
                symbols += [c, "_"]
        symbols.append("$")
        feed = {
            "input": np.array([[ids[s][0] for s in symbols]], np.int64),
            "input_lengths": np.array([len(symbols)], np.int64),
            "scales": np.array([0.667, slowness, 0.8], np.float32),
        }
        wave, frames = _run(self._session, feed)
        rate: int = self._config["audio"]["sample_rate"]
        sounds = _sounds(symbols, _unpadded(symbols, frames), PIPER_FRAME / rate)
        return settled(Said(_pcm(wave), rate, sounds))


def earlier(sounds: list[Sound], seconds: float) -> list[Sound]:
    """Move sounds towards the beginning."""
    return [Sound(max(0, s.start - seconds), s.end - seconds, s.ipa) for s in sounds if s.end > seconds]


def settled(said: Said) -> Said:
    """End a sound before a pause where nothing is heard any more: a network lets it last into the silence."""
    grain = int(GRAIN * said.rate)
    count = len(said.pcm) // grain
    loud = np.sqrt(np.mean(said.pcm[: count * grain].reshape(count, grain).astype(np.float64) ** 2, axis=1))
    heard = np.flatnonzero(loud > FAINT * np.abs(said.pcm.astype(np.int32)).max())
    sounds: list[Sound] = []
    for at, sound in enumerate(said.sounds):
        last = at + 1 == len(said.sounds) or said.sounds[at + 1].ipa == ""
        inside = heard[(heard >= int(sound.start / GRAIN)) & (heard < int(sound.end / GRAIN) + 1)]
        if sound.ipa and last:
            end = min(sound.end, (inside[-1] + 1) * GRAIN + LINGER if len(inside) else sound.start + BRIEF)
            sounds += [sound._replace(end=end), *([Sound(end, sound.end, "")] if end < sound.end else [])]
        else:
            sounds.append(sound)
    return said._replace(sounds=sounds)


def _unpadded(symbols: list[str], frames: np.ndarray) -> np.ndarray:
    """Give each filler's time to its neighbours in halves: it is the way from one sound to the next."""
    given = frames.astype(np.float64)
    for at in range(1, len(symbols) - 1):
        if symbols[at] == "_":
            given[at - 1] += given[at] / 2
            given[at + 1] += given[at] / 2
            given[at] = 0
    return given


def _pcm(wave: np.ndarray) -> np.ndarray:
    return (np.clip(wave, -1, 1) * FULL).astype(np.int16)
