"""Turns the corpus into clips as they come in life: other voices, rooms, noise, levels, narrow lines, and no speech."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from voice_face.corpus import RATE
from voice_face.said import Said, Sound
from voice_face.unspoken import coloured, unspoken

if TYPE_CHECKING:
    from voice_face.coarticulation import Face

NO_SPEECH = 0.3  # share of clips
FULL = 32768
# Makes a length that transforms fast, longer than any room's tail.
ROOM = 8000
# Behind speech a sound that nobody speaks is one of so many that are made once and begin anywhere.
BACKGROUNDS = 480


class Clip(NamedTuple):
    """Samples from −1 to 1, and the face at each time."""

    samples: np.ndarray
    faces: np.ndarray


def stretched(said: Said, factor: float) -> tuple[np.ndarray, list[Sound]]:
    """Play a speech faster by a factor: higher, and of a smaller head."""
    pcm = said.pcm.astype(np.float32) / FULL
    places = np.arange(0, len(pcm) - 1, factor)
    return np.interp(places, np.arange(len(pcm)), pcm).astype(np.float32), [
        Sound(s.start / factor, s.end / factor, s.ipa) for s in said.sounds
    ]


def room(random: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    """Say it in a room: a direct sound and a tail that dies away."""
    length = int(RATE * random.uniform(0.08, 0.49))
    tail = random.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
    tail[: int(RATE * 0.002)] = 0
    tail *= random.uniform(0.1, 0.9) / (np.sqrt(np.sum(tail**2)) + 1e-9)
    tail[0] = 1
    size = len(samples) + ROOM
    return np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)[: len(samples)].astype(np.float32)


def line(random: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    """Send it over a line that bends the spectrum and may cut off both ends."""
    spectrum = np.fft.rfft(samples)
    frequency = np.fft.rfftfreq(len(samples), 1 / RATE)
    gains = random.uniform(-9, 9, 7)
    bend = np.interp(np.log2(np.maximum(frequency, 60)), np.log2([60, 150, 400, 1000, 2500, 5000, 8000]), gains)
    if random.random() < 0.4:
        low, high = random.uniform(30, 350), random.choice([3400, 3800, 5500, 7000])
        bend += np.where(frequency < low, -30, 0) + np.where(frequency > high, -50, 0)
    return np.fft.irfft(spectrum * 10 ** (bend / 20), len(samples)).astype(np.float32)


def companded(samples: np.ndarray) -> np.ndarray:
    """Send it through eight bits, as telephones do."""
    peak = 255.0
    small = np.sign(samples) * np.log1p(peak * np.abs(np.clip(samples, -1, 1))) / np.log1p(peak)
    small = np.round(small * 127) / 127
    return (np.sign(small) * np.expm1(np.abs(small) * np.log1p(peak)) / peak).astype(np.float32)


class Clips:
    """Makes clips of a fixed length out of speeches."""

    def __init__(
        self, face: Face, groups: list[list[Said]], shares: list[float], count: int, times: np.ndarray
    ) -> None:
        """Take groups of speeches with the share of clips that each is for, a clip's samples and its faces' times."""
        self._face, self._groups, self._shares, self._count, self._times = face, groups, shares, count, times
        self._still = face.faces([], times)
        random = np.random.default_rng(count)
        self._backgrounds = [unspoken(random, count) for _ in range(BACKGROUNDS)]

    def _background(self, random: np.random.Generator) -> np.ndarray:
        if random.random() < 0.4:
            return coloured(random, self._count, random.uniform(-0.5, 2.2))
        return np.roll(self._backgrounds[random.integers(BACKGROUNDS)], random.integers(self._count))

    def clip(self, random: np.random.Generator) -> Clip:
        """Make one."""
        level = 10 ** (random.uniform(-38, -12) / 20)
        if random.random() < NO_SPEECH:
            samples = unspoken(random, self._count) * level
            if random.random() < 0.25:
                samples *= 10 ** (-random.uniform(20, 60) / 20)
            return Clip(samples.astype(np.float32), self._still)
        samples, sounds = self._speech(random)
        samples *= level / (np.sqrt(np.mean(samples**2)) + 1e-6)
        if random.random() < 0.4:
            samples = room(random, samples)
        if random.random() < 0.6:
            samples = line(random, samples)
        if random.random() < 0.65:
            samples = samples + self._background(random) * level * 10 ** (-random.uniform(4, 45) / 20)
        if random.random() < 0.12:
            samples = companded(samples)
        if random.random() < 0.1:
            samples = np.clip(samples, -2 * level, 2 * level)
        if random.random() < 0.1:
            samples = samples + random.uniform(-0.1, 0.1)
        samples = np.clip(samples, -1, 1)
        if random.random() < 0.5:
            samples = np.round(samples * FULL) / FULL
        return Clip(samples.astype(np.float32), self._face.faces(sounds, self._times).astype(np.float32))

    def _speech(self, random: np.random.Generator) -> tuple[np.ndarray, list[Sound]]:
        """Fill a clip with speeches of one voice, begun at any place."""
        samples = np.zeros(self._count, np.float32)
        sounds: list[Sound] = []
        group = self._groups[random.choice(len(self._groups), p=self._shares)]
        factor = 2 ** random.uniform(-0.32, 0.26) if random.random() < 0.6 else 1.0
        at = int(random.uniform(-2.5, 0.6) * RATE)
        while at < self._count:
            pcm, said = stretched(group[random.integers(len(group))], factor)
            first, last = max(0, at), min(self._count, at + len(pcm))
            if last > first:
                samples[first:last] = pcm[first - at : last - at]
                moved = (Sound(s.start + at / RATE, s.end + at / RATE, s.ipa) for s in said)
                sounds += [s for s in moved if s.end > 0 and s.start < self._count / RATE + 0.3]
            at += len(pcm) + int(random.uniform(0, 0.7) * RATE)
        return samples, sounds
