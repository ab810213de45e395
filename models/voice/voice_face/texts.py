"""What the training voices say: sentences out of slots, and made-up words that no vocabulary would bring together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

WORDS = json.loads((Path(__file__).parent / "texts.json").read_text())
HANGUL, VOWELS, FINALS = 0xAC00, 21, 28
PLAIN_FINALS = (0, 0, 0, 0, 4, 8, 16, 17, 21, 1, 7)
PAUSE = (" ", " ", " ", " ", ", ")


def _korean(random: Random) -> str:
    """Give a made-up word of Hangul."""
    return "".join(
        chr(HANGUL + (random.randrange(19) * VOWELS + random.randrange(VOWELS)) * FINALS + random.choice(PLAIN_FINALS))
        for _ in range(random.randint(1, 4))
    )


def _english(random: Random) -> str:
    parts = random.randint(1, 3)
    return "".join(
        random.choice(WORDS["onsets"]) + random.choice(WORDS["nuclei"]) + random.choice(WORDS["codas"])
        for _ in range(parts)
    )


def _japanese(random: Random) -> str:
    return "".join(random.choice(WORDS["kana"]) for _ in range(random.randint(2, 5)))


INVENT = {"ko": _korean, "en": _english, "ja": _japanese}


def sentence(random: Random, language: str) -> str:
    """Give one thing to say in ko, en or ja: two times in three out of slots, else made-up words."""
    if random.random() < 1 / 3:
        words = [INVENT[language](random) for _ in range(random.randint(4, 8))]
        return "".join(w + random.choice(PAUSE) for w in words).strip(" ,") + "."
    slots = WORDS["slots"][language]
    words = [random.choice(slots[name]) for name in WORDS["order"][language] if random.random() < 0.8]
    if not words:
        words = [random.choice(slots["so"])]
    if random.random() < 1 / 4:
        words.insert(random.randrange(len(words) + 1), INVENT[language](random))
    return "".join(w + random.choice(PAUSE) for w in words).strip(" ,") + random.choice(".?!")
