"""What a face does while sounds are spoken: the reading of visemes.json that the network is taught.

The speech path with marks reads the same file in Go; a file of faces that both must give keeps them alike.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_face.said import Sound

ROOT = Path(__file__).resolve().parents[3]
COEFFICIENTS = ROOT / "sdk/face/coefficients.json"
VISEMES = ROOT / "plugins/lipsync-lite/internal/viseme/visemes.json"
GROUPS = ("jaw", "rounding", "lips", "tongue")
TWO = 2


class Target(NamedTuple):
    """Where the face wants to be for a sound, how much it insists on each group, and whether it is a pause."""

    face: np.ndarray
    insist: np.ndarray
    pause: bool


class _Segment(NamedTuple):
    start: float
    end: float
    target: Target
    # Nobody marked it: it is the gap between two sounds.
    gap: bool = False


class Face:
    """The table of sounds and the movement that follows from them."""

    def __init__(self) -> None:
        """Read coefficients.json and visemes.json."""
        self.names: list[str] = json.loads(COEFFICIENTS.read_text())["coefficients"]
        file = json.loads(VISEMES.read_text())
        self._curve: dict[str, float] = file["curve"]
        self._narrowing: dict[str, float] = file["narrowing"]
        self._opening = [self.names.index(c) for c in ("jawOpen", "mouthLowerDown", "mouthUpperUp")]
        self._close = self.names.index("mouthClose")
        self._groups = [file["groups"][g] for g in GROUPS]
        self._members = [[self.names.index(c) for c in g["coefficients"]] for g in self._groups]
        self._closures = [(self.names.index(name), c) for name, c in file["closures"].items()]
        self._sounds: dict[str, Target] = {}
        self._vowels: set[str] = set()
        for v in file["visemes"]:
            face = np.zeros(len(self.names))
            for name, value in v["target"].items():
                face[self.names.index(name)] = value
            target = Target(face, np.array([v["insist"][g] for g in GROUPS]), v.get("pause", False))
            if v["name"] == "rest":
                self._rest = target
            if v["name"] == "unknown":
                self._unknown = target
            for letter in v["ipa"]:
                self._sounds[letter] = target
                if v.get("vowel"):
                    self._vowels.add(letter)

    def phoneme(self, ipa: str) -> Target:
        """Give the target of a phoneme: of its last part that is known."""
        if not ipa.strip("_|: \t"):
            return self._rest
        known = [self._sounds[letter] for letter in ipa if letter in self._sounds]
        return known[-1] if known else self._unknown

    def _segments(self, sounds: Sequence[Sound]) -> list[_Segment]:
        """Give the sounds with diphthongs taken apart and what nobody claims as pauses."""
        short = self._curve["short_pause"]
        segments: list[_Segment] = []
        spoken = -np.inf
        for start, end, ipa in sounds:
            if start - spoken >= short:
                segments.append(_Segment(spoken, start, self._rest, gap=True))
            vowels = [self._sounds[letter] for letter in ipa if letter in self._vowels]
            if len(vowels) == TWO and end > start:
                change = start + self._curve["first_vowel"] * (end - start)
                segments += [_Segment(start, change, vowels[0]), _Segment(change, end, vowels[1])]
            else:
                segments.append(_Segment(start, end, self.phoneme(ipa)))
            spoken = end
        segments.append(_Segment(spoken, np.inf, self._rest, gap=True))
        return segments

    def faces(self, sounds: Sequence[Sound], times: np.ndarray) -> np.ndarray:
        """Give a face for each of the rising times, in seconds: times × coefficients."""
        given = np.zeros((len(times), len(self.names)))
        weights = np.zeros((len(times), len(GROUPS)))
        lookahead, short = self._curve["lookahead"], self._curve["short_pause"]
        segments = self._segments(sounds)
        for start, end, target, gap in segments:
            # A gap counts from when it is seen to be long.
            first = np.searchsorted(times, start - lookahead + (short if gap else 0), side="right")
            last = np.searchsorted(times, end + self._curve["reach"], side="right")
            if first == last:
                continue
            now = times[first:last]
            brief = target.pause & (np.minimum(end, now + lookahead) - start < short) & (not gap)
            share = np.where(brief, self._curve["short_pause_weight"], 1)
            before, after = np.maximum(0, start - now), np.maximum(0, now - end)
            for at, (group, members) in enumerate(zip(self._groups, self._members, strict=True)):
                away = (before / group["before"]) ** group["power"] + (after / group["after"]) ** group["power"]
                weight = share * target.insist[at] * np.exp(-away)
                weights[first:last, at] += weight
                for member in members:
                    given[first:last, member] += weight * target.face[member]
            for member, closure in self._closures:
                if target.face[member] > 0:
                    shut = target.face[member] * _shut(now, start, end, closure)
                    given[first:last, member] = np.maximum(given[first:last, member], shut)
        for at, members in enumerate(self._members):
            given[:, members] /= (weights[:, at] + self._curve["indifference"])[:, None]
        given[:, self._opening] *= self._wide(segments, times)[:, None]
        return given

    def _wide(self, segments: list[_Segment], times: np.ndarray) -> np.ndarray:
        """Give how far a mouth opens that is about to shut or has just been shut."""
        wide = np.ones(len(times))
        said = [s for s in segments if not s.gap]
        for at, (start, end, target, _) in enumerate(said):
            if target.face[self._close] <= 0:
                continue
            before, after = self._narrowing["before"], self._narrowing["after"]
            if at > 0:
                before = min(before, (start - said[at - 1].start) / 2)
            if at + 1 < len(said):
                after = min(after, (said[at + 1].end - end) / 2)
            first, last = np.searchsorted(times, [start - before, end + after])
            now = times[first:last]
            within = np.where(now > end, max(after, 0.01), max(before, 0.01))
            near = np.clip(1 - np.where(now > end, now - end, start - now) / within, 0, 1)
            wide[first:last] = np.minimum(wide[first:last], 1 - self._narrowing["share"] * near)
        return wide


def _shut(now: np.ndarray, start: float, end: float, closure: dict[str, float]) -> np.ndarray:
    middle = (start + end) / 2
    half = max((end - start) / 2 - closure["trim"], closure["hold"] / 2)
    away = np.abs(now - middle) - half
    return np.clip(1 - away / np.where(now > middle, closure["fall"], closure["rise"]), 0, 1)
