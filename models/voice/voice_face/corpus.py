"""Makes the corpus: speech of many voices with the time of every sound, in files of which each costs little to make.

Some voices are never trained on: they are for judging (HELD_OUT).
"""

from __future__ import annotations

import json
import subprocess
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from voice_face import texts
from voice_face.said import Said, Sound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from voice_face.espeak import Espeak
    from voice_face.neural import Kokoro

RATE = 16000
SEED = 20261125

# The voices that the project speaks with, and some that are far from all others, are judges.
HELD_OUT_TIMBRES = ("visavis-woman", "visavis-man", "visavis-bright", "visavis-deep", "f2", "m3", "Andy", "linda")
HELD_OUT_STYLES = ("jf_nezumi",)
# Kokoro has few voices. Up to so many times as far from their mean as they are, what it says still fits its phonemes
# (loudness against sonority, r 0.75 at 1, 1.3 and 1.7).
FURTHEST = 1.6
# Piper's only voice is a judge too.
TIMBRES = [
    "f1",
    "f3",
    "f4",
    "f5",
    "m1",
    "m2",
    "m4",
    "m5",
    "m6",
    "m7",
    "m8",
    "Alex",
    "Alicia",
    "Andrea",
    "Annie",
    "Denis",
    "Diogo",
    "Gene",
    "Gene2",
    "Henrique",
    "Hugo",
    "Jacky",
    "Lee",
    "Marco",
    "Mario",
    "Michael",
    "Mike",
    "Nguyen",
    "Reed",
    "Storm",
    "adam",
    "anika",
    "antonio",
    "aunty",
    "belinda",
    "benjamin",
    "boris",
    "caleb",
    "david",
    "ed",
    "edward",
    "grandma",
    "grandpa",
    "gustave",
    "ian",
    "iven",
    "iven2",
    "john",
    "kaukovalta",
    "klatt",
    "klatt2",
    "klatt3",
    "klatt4",
    "max",
    "michel",
    "miguel",
    "norbert",
    "pablo",
    "paul",
    "pedro",
    "quincy",
    "rob",
    "robert",
    "sandro",
    "shelby",
    "steph",
    "steph2",
    "travis",
    "victor",
    "zac",
]
BASES = {"ko": ("ko",), "en": ("en-us", "en-us", "en", "en-gb-x-rp", "en-gb-scotland"), "ja": ("ja",)}
LANGUAGES = ("ko", "ko", "en", "en", "ja")
# Utterances of a file.
PER_FILE = {"espeak": 100, "kokoro": 8, "coded": 60}


def resampled(said: Said, ffmpeg: Path) -> Said:
    """Bring a speech to the network's sample rate."""
    command = [ffmpeg, "-v", "error", "-f", "s16le", "-ar", str(said.rate), "-ac", "1", "-i", "-"]
    command += ["-f", "s16le", "-ar", str(RATE), "-"]
    done = subprocess.run(command, input=said.pcm.tobytes(), capture_output=True, check=True)
    return Said(np.frombuffer(done.stdout, np.int16), RATE, said.sounds)


def save(path: Path, speeches: list[Said]) -> None:
    """Write a file of the corpus, whole or not at all."""
    arrays = {f"pcm{n}": s.pcm for n, s in enumerate(speeches)}
    sounds = json.dumps([s.sounds for s in speeches])
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, sounds=np.array(sounds), **arrays)
    part.rename(path)


def load(path: Path) -> list[Said]:
    """Read a file of the corpus."""
    with np.load(path) as file:
        sounds = json.loads(str(file["sounds"]))
        return [Said(file[f"pcm{n}"], RATE, [Sound(*s) for s in said]) for n, said in enumerate(sounds)]


def by_espeak(random: Random, espeak: Espeak) -> Said:
    """Say something in some voice of espeak-ng's, at some speed and pitch."""
    language = random.choice(LANGUAGES)
    timbres = [t for t in TIMBRES if t not in HELD_OUT_TIMBRES]
    voice = f"{random.choice(BASES[language])}+{random.choice(timbres)}"
    text = texts.sentence(random, language)
    return espeak.speak(text, voice, random.randint(120, 230), random.randint(20, 80), random.randint(20, 90))


def by_kokoro(random: Random, kokoro: Kokoro) -> Said:
    """Say something in a voice that is made of Kokoro's."""
    style = blended(random, np.stack([s for n, s in sorted(kokoro.styles.items()) if n not in HELD_OUT_STYLES]))
    language = random.choice(LANGUAGES)
    voice = {"ko": "ko", "en": "en-us", "ja": "ja"}[language]
    return kokoro.speak(texts.sentence(random, language), voice, style, random.uniform(0.85, 1.25))


def blended(random: Random, styles: np.ndarray) -> np.ndarray:
    """Make a style that none of the styles is: the first half is how it sounds, the second how it is said."""

    def mixture() -> np.ndarray:
        weights = np.array([random.gammavariate(0.35, 1) + 1e-6 for _ in styles])
        return np.tensordot(weights / weights.sum(), styles, 1)

    half = styles.shape[-1] // 2
    sound, manner = mixture()[..., :half], mixture()[..., half:]
    mean = styles.mean(axis=0)
    return mean + random.uniform(1, FURTHEST) * (np.concatenate([sound, manner], axis=-1) - mean)


# What a speech goes through: the encoder's options and a container that tells the delay.
CODECS = (
    ("-c:a libopus -b:a 10k -application voip", "ogg"),
    ("-c:a libopus -b:a 24k", "ogg"),
    ("-c:a aac -b:a 24k", "mp4"),
    ("-c:a libmp3lame -b:a 24k", "mp3"),
    ("-ar 8000 -c:a pcm_alaw", "wav"),
    ("-ar 8000 -c:a g726 -b:a 24k", "wav"),
)
# A codec may move a speech by no more than this, in samples.
SLACK = 48


def coded(random: Random, said: Said, ffmpeg: Path, work: Path) -> Said:
    """Send a speech through a codec and back."""
    options, kind = random.choice(CODECS)
    path = work / f"coded.{kind}"
    raw = ["-f", "s16le", "-ar", str(RATE), "-ac", "1"]
    command = [ffmpeg, "-v", "error", "-y", *raw, "-i", "-", *options.split(), "-bitexact", str(path)]
    subprocess.run(command, input=said.pcm.tobytes(), capture_output=True, check=True)
    done = subprocess.run([ffmpeg, "-v", "error", "-i", path, *raw, "-"], capture_output=True, check=True)
    path.unlink()
    pcm = np.frombuffer(done.stdout, np.int16)
    shift = _shift(said.pcm, pcm)
    if abs(shift) > SLACK:
        pcm = pcm[shift:] if shift > 0 else np.pad(pcm, (-shift, 0))
    return Said(pcm[: len(said.pcm)], RATE, said.sounds)


def _shift(before: np.ndarray, after: np.ndarray) -> int:
    """Tell how many samples a speech came later."""
    size = 1 << (max(len(before), len(after)) * 2 - 1).bit_length()
    product = np.fft.rfft(after, size) * np.conj(np.fft.rfft(before, size))
    peak = int(np.argmax(np.fft.irfft(product, size)))
    return peak if peak < size // 2 else peak - size


def make(folder: Path, kind: str, count: int, speak: Callable[[Random], Said], ffmpeg: Path) -> Iterator[str]:
    """Make the files of a kind that are missing, and tell of each."""
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        path = folder / f"{kind}-{n:03}.npz"
        if path.exists():
            continue
        random = Random(f"{SEED}/{kind}/{n}")  # noqa: S311 (what is said need not be secret)
        speeches = [resampled(speak(random), ffmpeg) for _ in range(PER_FILE[kind])]
        save(path, speeches)
        yield f"{path.name}: {sum(len(s.pcm) for s in speeches) / RATE / 60:.1f} min"
