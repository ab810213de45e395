"""Turns the corpus into clips as they come in life: other voices, rooms, noise, levels, narrow lines, and no speech."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from voice_face.corpus import RATE
from voice_face.said import Said, Sound

if TYPE_CHECKING:
    from voice_face.coarticulation import Face

NO_SPEECH = 0.25  # share of clips
FULL = 32768
# Makes a length that transforms fast, longer than any room's tail.
ROOM = 8000
# Sounds that nobody speaks are dear to make: some are made once and begin anywhere.
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


def coloured(random: np.random.Generator, count: int, slope: float) -> np.ndarray:
    """Give noise of level 1 whose power falls with frequency: slope 0 is white, 1 pink, 2 brown."""
    spectrum = np.fft.rfft(random.standard_normal(count))
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20)
    noise = np.fft.irfft(spectrum * frequency ** (-slope / 2), count)
    return (noise / (np.std(noise) + 1e-9)).astype(np.float32)


def tune(random: np.random.Generator, count: int) -> np.ndarray:
    """Give something like music of level 1: chords of harmonic tones that are struck, held or bowed, and a beat."""
    time = np.arange(count) / RATE
    sound = np.zeros(count)
    beat = random.uniform(0.18, 0.7)
    root = 55 * 2 ** random.uniform(0, 2.5)
    brightness = random.uniform(0.4, 2)
    struck, vibrato = random.random() < 0.6, random.uniform(0, 0.008)
    at = -random.uniform(0, beat)
    while at < count / RATE:
        length = beat * random.choice([1, 1, 2, 4])
        first, last = max(0, int(at * RATE)), min(count, int((at + 1.5 * length) * RATE))
        t = time[first:last] - at
        for _ in range(random.integers(1, 5)):
            pitch = root * 2 ** (random.choice([0, 2, 4, 5, 7, 9, 11, 12, 14, 16, 19, 24]) / 12)
            phase = 2 * np.pi * pitch * (t + vibrato / 5 * np.sin(2 * np.pi * 5.5 * t))
            envelope = np.exp(-3 * t / length) if struck else np.sin(np.pi * np.clip(t / (1.5 * length), 0, 1)) ** 0.5
            for harmonic in range(1, int(min(12, 7000 / pitch)) + 1):
                sound[first:last] += envelope * np.sin(harmonic * phase) / harmonic**brightness
        if random.random() < 0.5 and last > first:
            sound[first:last] += random.uniform(0, 3) * random.standard_normal(last - first) * np.exp(-t / 0.03)
        at += beat * random.choice([1, 1, 0.5])
    return (sound / (np.std(sound) + 1e-9)).astype(np.float32)


def tones(random: np.random.Generator, count: int) -> np.ndarray:
    """Give tones of level 1 that no mouth makes, alone or in chords: held, gliding or in steps, pure or full."""
    time = np.arange(count) / RATE
    sound = np.zeros(count)
    step = random.choice([0.12, 0.25, 0.5, 1.0, 2.0, 9.0]) * random.uniform(0.8, 1.25)
    steps = np.floor(time / step + random.random()).astype(int)
    notes = random.choice([0, 0, 2, 3, 4, 5, 7, 9, 11, 12], size=int(steps[-1]) + 1)
    melody = notes[steps] / 12 if random.random() < 0.5 else 0.0
    glide = random.uniform(-0.4, 0.4) * time if random.random() < 0.2 else 0.0
    shake = random.choice([0.0, 0.0, 0.004, 0.01]) * np.sin(2 * np.pi * random.uniform(4, 7) * time)
    root = random.choice([50.0, 60.0]) if random.random() < 0.2 else 55 * 2 ** random.uniform(0, 4.5)
    chord = random.choice([0, 3, 4, 5, 7, 8, 9, 12, 16, 19], size=random.integers(1, 5), replace=False)
    partials = np.arange(1, random.choice([2, 3, 4, 6, 7, 9, 13, 25, 41]))
    loud = partials ** -random.uniform(0, 2.2) * random.uniform(0, 1, len(partials)) ** random.choice([0, 1])
    if random.random() < 0.25:
        loud[1::2] = 0  # as a closed pipe and a square wave
    for above in chord:
        pitch = root * 2 ** (above / 12 + melody + glide + shake)
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        for n, a in zip(partials, loud, strict=True):
            sound += a * np.sin(n * phase) * (n * pitch < RATE / 2.1)
    swell = np.minimum(1, (time / step % 1) * step / random.uniform(0.005, 0.08))
    if random.random() < 0.4:  # as loud and soft as speech
        swell *= 1 - random.uniform(0.2, 1) * (0.5 + 0.5 * np.sin(2 * np.pi * 6 * 0.02 ** random.random() * time))
    sound = sound * swell + random.choice([0, 0, 0.01, 0.05]) * random.standard_normal(count)
    return (sound / (np.std(sound) + 1e-9)).astype(np.float32)


def clatter(random: np.random.Generator, count: int) -> np.ndarray:
    """Give knocks, keys and clicks of level 1."""
    sound = np.zeros(count)
    for _ in range(random.integers(3, 40)):
        at, length = random.integers(0, count), int(RATE * random.uniform(0.005, 0.15))
        end = min(count, at + length)
        t = np.arange(end - at) / RATE
        ring = np.sin(2 * np.pi * random.uniform(80, 4000) * t) * random.uniform(0, 1) + random.standard_normal(
            end - at
        )
        sound[at:end] += ring * np.exp(-t * 5 * RATE / length) * random.uniform(0.1, 1)
    return (sound / (np.std(sound) + 1e-9)).astype(np.float32)


def background(random: np.random.Generator, count: int) -> np.ndarray:
    """Give some sound of level 1 that nobody speaks."""
    kind = random.random()
    if kind < 0.30:
        noise = coloured(random, count, random.uniform(-0.5, 2.2))
        if random.random() < 0.4:
            noise *= np.interp(np.arange(count), np.linspace(0, count, 9), random.uniform(0.05, 1.5, 9))
        return noise
    if kind < 0.62:
        return tones(random, count)
    if kind < 0.66:
        t = np.arange(count) / RATE
        hum = sum(np.sin(2 * np.pi * random.choice([50, 60, 100, 120]) * n * t) / n for n in range(1, 6))
        return np.asarray(hum / np.std(hum), np.float32)
    return tune(random, count) if kind < 0.9 else clatter(random, count)


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
        self._backgrounds = [background(random, count) for _ in range(BACKGROUNDS)]

    def _background(self, random: np.random.Generator) -> np.ndarray:
        if random.random() < 0.4:
            return coloured(random, self._count, random.uniform(-0.5, 2.2))
        return np.roll(self._backgrounds[random.integers(BACKGROUNDS)], random.integers(self._count))

    def clip(self, random: np.random.Generator) -> Clip:
        """Make one."""
        level = 10 ** (random.uniform(-38, -12) / 20)
        if random.random() < NO_SPEECH:
            samples = self._background(random) * level
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
