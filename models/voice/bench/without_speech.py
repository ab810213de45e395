"""Sounds that nobody speaks and no network was trained on: music is made otherwise here than for the training."""

from __future__ import annotations

import numpy as np
from voice_face import corpus, unspoken

SECONDS = 6
COUNT = SECONDS * corpus.RATE
TIME = np.arange(COUNT) / corpus.RATE
# Half tones above a low E, one each quarter of a second.
TUNE = (0, 7, 12, 16, 19, 16, 12, 7, 5, 12, 17, 21, 24, 21, 17, 12, 7, 14, 19, 23)


def sounds() -> dict[str, np.ndarray]:
    """Give each by its name, of level 0.1."""
    random = np.random.default_rng(77)
    white, pink = (unspoken.coloured(random, COUNT, slope) for slope in (0, 1))
    music = {
        "guitar": sum(plucked(random, 82.4 * 2 ** (n / 12), at) for at, n in enumerate(TUNE)),
        "organ": organ(),
        "brass": brass(),
        "square waves": np.sign(np.sin(turns(steps(220, 2)))),
        "violin": violin(),
        "flute": flute(random),
        "bells": bells(),
        "drums": drums(random),
        "rain": random.standard_normal(COUNT) * random.random(COUNT) * (random.random(COUNT) < 0.01),
        "siren": np.sin(turns(700 + 300 * np.sin(2 * np.pi * 0.4 * TIME))),
    }
    heard = {"silence": np.zeros(COUNT), "white noise": 0.1 * white, "pink noise": 0.1 * pink}
    return heard | {name: 0.1 * sound / np.std(sound) for name, sound in music.items()}


def steps(root: float, speed: float) -> np.ndarray:
    """Give the pitch of the tune in Hz, so many notes a second."""
    return root * 2 ** (np.array(TUNE)[(TIME * speed).astype(int) % len(TUNE)] / 12)


def turns(pitch: np.ndarray) -> np.ndarray:
    """Give the phase of a tone."""
    return 2 * np.pi * np.cumsum(pitch) / corpus.RATE


def plucked(random: np.random.Generator, pitch: float, place: int) -> np.ndarray:
    """Pluck a string: noise that runs round and is smoothed each time."""
    sound = np.zeros(COUNT)
    period = int(corpus.RATE / pitch)
    at = int(place * 0.25 * corpus.RATE)
    string = random.uniform(-1, 1, period)
    while at < COUNT:
        end = min(COUNT, at + period)
        sound[at:end] = string[: end - at]
        string = 0.498 * (string + np.roll(string, 1))
        at = end
    return sound


def organ() -> np.ndarray:
    """Hold six even pipes that swell twice a second."""
    pipes = sum(np.sin(2 * np.pi * 130.8 * n * TIME) for n in (1, 2, 3, 4, 5, 6))
    return pipes * (0.6 + 0.4 * np.sin(2 * np.pi * 2 * TIME))


def brass() -> np.ndarray:
    """Blow the tune, a note a second: one sine turns another, more when louder, as synthesisers make brass."""
    turn = turns(165 * 2 ** (np.array(TUNE)[(TIME % 5).astype(int) * 4] / 12))
    breath = np.minimum(1, TIME % 1 * 12) * np.exp(-(TIME % 1))
    return breath * np.sin(turn + 4 * breath * np.sin(turn))


def violin() -> np.ndarray:
    """Bow the tune: a trembling sawtooth in a body that rings at 720 Hz."""
    pitch = steps(330, 2) * (1 + 0.006 * np.sin(2 * np.pi * 5.5 * TIME))
    string = 2 * (turns(pitch) / (2 * np.pi) % 1) - 1
    rung = np.zeros(COUNT + 2)
    for n, push in enumerate(string):
        rung[n + 2] = push + 1.6 * np.cos(2 * np.pi * 720 / corpus.RATE) * rung[n + 1] - 0.64 * rung[n]
    return rung[2:]


def flute(random: np.random.Generator) -> np.ndarray:
    """Blow into a pipe: noise that runs round in it."""
    pipe = int(corpus.RATE / 523)
    breath = 0.05 * random.standard_normal(COUNT)
    sound = np.zeros(COUNT)
    for n in range(pipe, COUNT):
        sound[n] = 0.4925 * (sound[n - pipe] + sound[n - pipe + 1]) + breath[n]
    return sound


def bells() -> np.ndarray:
    """Strike three bells in turn: a sine turns another that is no multiple of it."""
    sound = np.zeros(COUNT)
    for n in range(3):
        since = (TIME + 0.13 * n) % 0.8
        turn = 2 * np.pi * 440 * 2 ** (n / 4) * TIME
        sound += np.exp(-3 * since) * np.sin(turn + 5 * np.exp(-4 * since) * np.sin(1.4 * turn))
    return sound


def drums(random: np.random.Generator) -> np.ndarray:
    """Beat a drum and a snare four times a second."""
    since = TIME % 0.25
    return np.exp(-since / 0.03) * random.standard_normal(COUNT) + np.exp(-since / 0.1) * np.sin(2 * np.pi * 80 * since)
