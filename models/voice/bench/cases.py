"""Speaks the sentences of the sync bench with voices that no network was trained on, and keeps the time of every sound.

usage: python cases.py FOLDER [COUNT]
"""

from __future__ import annotations

import json
import sys
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import without_speech  # noqa: E402 (the path must be known first)
from voice_face import corpus  # noqa: E402 (the path must be known first)
from voice_face.said import Said, Sound  # noqa: E402
from voice_face.voices import open_espeak, open_kokoro, open_piper  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

QUIET = 0.3  # silence around a sentence, in seconds


def voices() -> dict[str, list[tuple[str, Callable[[str], Said]]]]:
    """Give the judges of each language."""
    espeak = open_espeak()
    kokoro, piper = open_kokoro(espeak), open_piper(espeak)
    style = corpus.HELD_OUT_STYLES[0]
    return {
        "ko": [
            ("espeak ko Jiwon", lambda text: espeak.speak(text, "ko+visavis-woman", 165)),
            ("espeak ko Minjun", lambda text: espeak.speak(text, "ko+visavis-man", 165)),
            ("Kokoro ko nezumi", lambda text: kokoro.speak(text, "ko", kokoro.styles[style])),
        ],
        "en": [
            ("Piper en Joe", piper.speak),
            ("Kokoro en nezumi", lambda text: kokoro.speak(text, "en-us", kokoro.styles[style])),
            ("espeak en Sora", lambda text: espeak.speak(text, "en-us+visavis-bright", 160)),
            ("espeak en m3", lambda text: espeak.speak(text, "en-gb-x-rp+m3", 170)),
        ],
    }


def framed(said: Said) -> Said:
    """Put silence around a sentence."""
    quiet = np.zeros(int(QUIET * said.rate), np.int16)
    sounds = [Sound(0.0, QUIET, ""), *(Sound(s.start + QUIET, s.end + QUIET, s.ipa) for s in said.sounds)]
    end = (len(said.pcm) + 2 * len(quiet)) / said.rate
    return Said(np.concatenate([quiet, said.pcm, quiet]), said.rate, [*sounds, Sound(sounds[-1].end, end, "")])


def write(folder: Path, name: str, said: Said, about: dict[str, object]) -> None:
    """Write one case: sound, and what is said when."""
    with wave.open(str(folder / f"{name}.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(said.rate)
        file.writeframes(said.pcm.tobytes())
    sounds = [{"start": round(s.start, 5), "end": round(s.end, 5), "ipa": s.ipa} for s in said.sounds]
    (folder / f"{name}.json").write_text(json.dumps({**about, "sounds": sounds}, ensure_ascii=False) + "\n")


def main(folder: Path, count: int) -> None:
    """Write the cases that are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    judges = voices()
    for language, speakers in judges.items():
        for n, text in enumerate((HERE / f"{language}.txt").read_text().splitlines()[:count]):
            name, speak = speakers[n % len(speakers)]
            if not (folder / f"{language}{n:03}.json").exists():
                about = {"voice": name, "language": language, "text": text, "speech": True}
                write(folder, f"{language}{n:03}", framed(speak(text)), about)
    for n, (name, samples) in enumerate(without_speech.sounds().items()):
        pcm = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        said = Said(pcm, corpus.RATE, [Sound(0, without_speech.SECONDS, "")])
        write(folder, f"no{n:03}", said, {"voice": name, "language": "", "text": "", "speech": False})


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
