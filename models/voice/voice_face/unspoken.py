"""Makes sounds that nobody speaks: noise, music, tones, knocks, hum. Each is of level 1 and as long as is asked."""

from __future__ import annotations

import numpy as np

from voice_face.corpus import RATE

# One turn of a tone, as partials make it, for levels from soft to loud.
TURN, LEVELS, PARTIALS = 4096, 4, 40
# Half tones above a root.
SCALE = (0, 0, 2, 3, 4, 5, 7, 9, 11, 12)
CHORD = (0, 3, 4, 5, 7, 8, 9, 12, 16, 19)


def levelled(sound: np.ndarray) -> np.ndarray:
    """Bring a sound to level 1."""
    return (sound / (np.std(sound) + 1e-9)).astype(np.float32)


def coloured(random: np.random.Generator, count: int, slope: float) -> np.ndarray:
    """Give noise of level 1 whose power falls with frequency: slope 0 is white, 1 pink, 2 brown."""
    return sloped(random.standard_normal(count), slope)


def sloped(sound: np.ndarray, slope: float) -> np.ndarray:
    """Let the power of a sound fall with frequency, and bring it to level 1."""
    count = len(sound)
    spectrum = np.fft.rfft(sound)
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20)
    return levelled(np.fft.irfft(spectrum * frequency ** (-slope / 2), count))


class Instrument:
    """Something that plays tones: pure or full, brighter when loud or not, with breath, a body, a trembling hand."""

    def __init__(self, random: np.random.Generator) -> None:
        """Make one at random."""
        self._random = random
        n = np.arange(1, PARTIALS + 1)
        self._loud = (n <= random.choice([1, 2, 3, 4, 6, 8, 12, 24, PARTIALS])).astype(float)
        self._loud *= random.uniform(0, 1, PARTIALS) ** random.choice([0, 1])
        if random.random() < 0.25:
            self._loud[1::2] = 0  # as a closed pipe and a square wave
        self._slope = random.uniform(0, 2.2)
        self._softer = random.choice([0.0, 0.0, 1.0]) * random.uniform(0.3, 3)
        self._body = 2 ** random.uniform(8, 11.5) if random.random() < 0.3 else 0.0
        self._breath = random.choice([0.0, 0.0, 1.0]) * 2 ** random.uniform(-7, 0)
        self._vibrato = random.choice([0.0, 0.0, 0.004, 0.01]), random.uniform(4, 7)
        self._attack = 2 ** random.uniform(-8, -2.3)
        self._decay = 0.0 if random.random() < 0.5 else 2 ** random.uniform(-1.5, 3)

    def play(self, pitch: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Play one tone: Hz and level, from 0 to 1, of each sample."""
        time = np.arange(len(pitch)) / RATE
        left = time[::-1]
        level = level * np.minimum(1, time / self._attack) * np.exp(-self._decay * time) * np.minimum(1, left / 0.03)
        depth, speed = self._vibrato
        turns = np.cumsum(pitch * (1 + depth * np.sin(2 * np.pi * speed * time))) / RATE
        place = (turns * TURN).astype(np.int64) & (TURN - 1)
        tables = self._turns(float(pitch.max()))
        if len(tables) == 1:
            sound = tables[0][place] * level
        else:
            share = level * (LEVELS - 1)
            low = np.minimum(share.astype(np.int64), LEVELS - 2)
            share -= low
            sound = (tables[low, place] * (1 - share) + tables[low + 1, place] * share) * level
        if self._breath:
            sound += self._breath * level * self._random.standard_normal(len(level))
        return sound

    def _turns(self, pitch: float) -> np.ndarray:
        """Give one turn of a tone of so many Hz for each level, or one for all: levels × TURN."""
        n = np.arange(1, PARTIALS + 1)
        loud = self._loud * (n * pitch * (1 + self._vibrato[0]) < RATE / 2.1)
        if self._body:
            loud = loud * (0.1 + np.exp(-((np.log2(n * pitch / self._body) / 0.7) ** 2)))
        soft = np.linspace(1, 0, LEVELS) if self._softer else np.zeros(1)
        spectrum = np.zeros((len(soft), TURN // 2 + 1), complex)
        phase = np.exp(2j * np.pi * self._random.random(PARTIALS))
        spectrum[:, 1 : PARTIALS + 1] = loud * n ** -(self._slope + self._softer * soft[:, None]) * phase
        turns = np.fft.irfft(spectrum, TURN)
        return turns / (np.std(turns[-1]) + 1e-9)


def music(random: np.random.Generator, count: int) -> np.ndarray:
    """Give tones and chords that are struck, blown, bowed or held, gliding or in steps, with a beat or without."""
    sound = np.zeros(count)
    instrument = Instrument(random)
    beat = 2 ** random.uniform(-2.5, 3.2)  # seconds
    root = random.choice([50.0, 60.0]) if random.random() < 0.1 else 55 * 2 ** random.uniform(0, 4.2)
    voices = random.integers(1, 5)
    overlap = random.choice([0.6, 0.95, 1.0, 1.0, 1.5])
    glide = random.uniform(-0.4, 0.4) if random.random() < 0.15 else 0.0
    steady, drums = random.random() < 0.3, random.random() < 0.15
    level = _swell(random, count)
    at = -random.uniform(0, beat)
    while at < count / RATE:
        length = beat * random.choice([1, 1, 2, 4])
        first, last = max(0, int(at * RATE)), min(count, int((at + overlap * length) * RATE))
        if last - first > RATE // 50:
            time = np.arange(first, last) / RATE
            step = 0 if steady else random.choice(SCALE)
            for above in random.choice(CHORD, size=voices, replace=False):
                pitch = root * 2 ** ((above + step) / 12 + glide * time)
                sound[first:last] += instrument.play(np.minimum(pitch, RATE / 2.2), level[first:last])
            if drums:
                hit = random.standard_normal(last - first) * np.exp(-(time - time[0]) / 0.03)
                sound[first:last] += random.uniform(0, 3) * hit
        at += length
    sound += random.choice([0, 0, 0.003, 0.03]) * random.standard_normal(count)
    return levelled(sound)


def melody(random: np.random.Generator, count: int) -> np.ndarray:
    """Give tones or chords that go from note to note without a breath."""
    instrument = Instrument(random)
    beat = 2 ** random.uniform(-3, 1)  # seconds
    time = np.arange(count) / RATE
    steps = random.choice(SCALE, size=int(time[-1] / beat) + 2)
    pitch = 55 * 2 ** (random.uniform(0, 4.2) + steps[(time / beat + random.random()).astype(np.int64)] / 12)
    level = _swell(random, count)
    sound = random.choice([0, 0, 0.003, 0.03]) * random.standard_normal(count)
    for above in random.choice(CHORD, size=random.integers(1, 4), replace=False):
        sound += instrument.play(np.minimum(pitch * 2 ** (above / 12), RATE / 2.2), level)
    return levelled(sound)


def struck(random: np.random.Generator, count: int) -> np.ndarray:
    """Give strings that are plucked, bells, bars, glasses: each partial dies away at its own rate, in tune or not."""
    time = np.arange(2 * RATE) / RATE
    root, partials = 2 ** random.uniform(6.5, 10.5), random.integers(1, 13)
    if random.random() < 0.5:
        ratios = np.arange(1.0, partials + 1) ** random.uniform(1, 1.04)
    else:
        ratios = np.append(1, 2 ** random.uniform(0.1, 3.2, partials - 1))
    loud = ratios ** -random.uniform(0, 1.8) * random.uniform(0.2, 1, partials) * (2 * root * ratios < RATE / 2.1)
    fade = 2 ** random.uniform(0, 3.3) * ratios ** random.uniform(0, 1.2)
    one = random.choice([0.0, random.uniform(0, 1)]) * random.standard_normal(len(time)) * np.exp(-time / 0.01)
    for ratio, a, f in zip(ratios, loud, fade, strict=True):
        one += a * np.exp(-f * time) * np.sin(2 * np.pi * root * ratio * time)
    one *= np.minimum(1, time / 2 ** random.uniform(-10, -6))
    one *= np.minimum(1, (time[-1] - time) / 0.1)
    sound, samples = 1e-4 * random.standard_normal(count), np.arange(len(one))
    beat = 2 ** random.uniform(-3.3, 0.7)  # seconds
    at = -random.uniform(0, beat)
    while at < count / RATE:
        pitch = random.choice([0.5, 1, 1]) * 2 ** (random.choice(SCALE) / 12)
        first, last = max(0, int(at * RATE)), min(count, int(at * RATE + len(one) / pitch))
        if last > first:
            places = (np.arange(first, last) - at * RATE) * pitch
            sound[first:last] += random.uniform(0.3, 1) * np.interp(places, samples, one)
        at += beat * random.choice([0.5, 1, 1, 2])
    return levelled(sound)


def _swell(random: np.random.Generator, count: int) -> np.ndarray:
    """Give a level that stays, or swells within a sixth of a second, as speech does, to eight."""
    if random.random() < 0.5:
        return np.ones(count)
    speed, begin = 6 * 0.02 ** random.random(), random.random()
    wave = np.sin(2 * np.pi * (speed * np.arange(count) / RATE + begin))
    return 1 - random.uniform(0.2, 1) * (0.5 + 0.5 * wave)


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
    return levelled(sound)


def crackle(random: np.random.Generator, count: int) -> np.ndarray:
    """Give rain, a fire, a bad record: ten to two thousand drops a second."""
    drops = random.standard_normal(count) * (random.random(count) < 10 ** random.uniform(1, 3.3) / RATE)
    return sloped(drops * random.random(count) ** random.choice([0, 1, 4]), random.uniform(-0.5, 2))


def hum(random: np.random.Generator, count: int) -> np.ndarray:
    """Give what mains hum."""
    time = np.arange(count) / RATE
    sound = sum(np.sin(2 * np.pi * random.choice([50, 60, 100, 120]) * n * time) / n for n in range(1, 6))
    return np.asarray(sound / np.std(sound), np.float32)


def unspoken(random: np.random.Generator, count: int) -> np.ndarray:
    """Give any of them."""
    kind = random.random()
    if kind < 0.2:
        noise = coloured(random, count, random.uniform(-0.5, 2.2))
        if random.random() < 0.4:  # wind, waves, applause
            turns = random.choice([9, 9, 20, 50])
            noise *= np.interp(np.arange(count), np.linspace(0, count, turns), random.uniform(0.05, 1.5, turns))
        return noise
    if kind < 0.53:
        return music(random, count)
    if kind < 0.69:
        return melody(random, count)
    if kind < 0.86:
        return struck(random, count)
    if kind < 0.94:
        return crackle(random, count)
    return hum(random, count) if kind < 0.96 else clatter(random, count)
