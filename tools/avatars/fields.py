"""What a character file may say: its fields, what each is, and which are needed. README.md says what they mean."""

from __future__ import annotations

import math
import re
from typing import Callable

# Says what is wrong with a value, or nothing.
Kind = Callable[[object], str]


class Section:
    """An object with some needed fields and some others."""

    def __init__(self, needed: dict[str, Kind | Section], others: dict[str, Kind | Section] | None = None) -> None:
        """Take what each field is by its name."""
        self.needed, self.all = needed, {**needed, **(others or {})}


def number(low: float, high: float, *, whole: bool = False) -> Kind:
    """Give what a number from low to high is."""
    kind = f"a {'whole ' if whole else ''}number from {low:.10g} to {high:.10g}"

    def wrong(value: object) -> str:
        fits = isinstance(value, int) or (isinstance(value, float) and not whole)
        return "" if fits and not isinstance(value, bool) and low <= value <= high else kind  # type: ignore[operator]

    return wrong


def numbers(count: int, low: float, high: float) -> Kind:
    """Give what a list of so many numbers is."""
    one = number(low, high)

    def wrong(value: object) -> str:
        fits = isinstance(value, list) and len(value) == count and not any(one(x) for x in value)
        return "" if fits else f"a list of {count} numbers from {low:g} to {high:g}"

    return wrong


def text(pattern: str, kind: str) -> Kind:
    """Give what a text that matches a pattern is."""
    return lambda value: "" if isinstance(value, str) and re.fullmatch(pattern, value) else kind


def one_of(*words: str) -> Kind:
    """Give what one of some words is."""
    return lambda value: "" if value in words else "one of " + ", ".join(words)


def flag(value: object) -> str:
    """Tell whether a value is true or false."""
    return "" if isinstance(value, bool) else "true or false"


def mapping(name: str, kind: str, of: Kind) -> Kind:
    """Give what an object is whose fields' names match a pattern and whose values are of one kind."""

    def wrong(value: object) -> str:
        fits = isinstance(value, dict) and all(re.fullmatch(name, k) and not of(v) for k, v in value.items())
        return "" if fits else kind

    return wrong


def each(kind: Kind, *names: str) -> dict[str, Kind | Section]:
    """Give fields of one kind."""
    return dict.fromkeys(names, kind)


def shares(value: object) -> str:
    """Tell whether a value is three shares of one whole."""
    wrong = numbers(3, 0, 1)(value)
    return wrong or ("" if math.isclose(sum(value), 1, abs_tol=0.1) else "three shares that are 1 together")  # type: ignore[call-overload]


def colors(few: int, many: int) -> Kind:
    """Give what a list of so many colours is."""

    def wrong(value: object) -> str:
        fits = isinstance(value, list) and few <= len(value) <= many and not any(COLOR(x) for x in value)
        return "" if fits else f"a list of {few} to {many} colours"

    return wrong


def named(value: object) -> str:
    """Tell whether a value can be part of a file's name; with what a pack adds it is an id, of at most 100 bytes."""
    fits = isinstance(value, str) and re.fullmatch(r"[^\W_][\w.-]*", value) and len(value.encode()) <= LONGEST_NAME
    return "" if fits else f"a name of letters, digits, hyphens and dots, of at most {LONGEST_NAME} bytes in UTF-8"


LONGEST_NAME = 90
COLOR, SHARE, MUCH = numbers(3, 0, 1), number(0, 1), number(0, 3)
LIGHT, STOPS, SEED = number(0, 10), number(-5, 5), number(0, 2**32 - 1, whole=True)
SAMPLES = number(1, 4096, whole=True)
TITLE = mapping(r".+", "names for people by language", text(r".+", "a name"))
TARGETS = mapping(
    r"[a-z0-9]+(/[a-z0-9*-]+)+", "shape targets of the basis and how much of each, from -2 to 2", number(-2, 2)
)
UNITS = mapping(r"[A-Za-z]+\*?", "units of the face and how much of each, from -2 to 2", number(-2, 2))

CLOTH: dict[str, Kind | Section] = {
    **each(SHARE, "melange", "rough", "sheen", "spec", "stripe_width"),
    "weave": number(10, 10_000),
    "bump": MUCH,
    "twill": MUCH,
    "stripes": number(1, 1000),
    "stripe": COLOR,
    "direction": one_of("X", "Y", "Z", "DIAGONAL"),
    "folds": number(0, 0.02),
}
FABRIC = Section({"color": COLOR}, CLOTH)

CHARACTER = Section(
    {
        "name": named,
        "title": TITLE,
        "seed": SEED,
        "shape": Section(
            {"gender": one_of("female", "male"), "age": SHARE, "race": shares},
            {"weight": SHARE, "muscle": SHARE, "details": TARGETS},
        ),
        "rest": UNITS,
        "skin": Section(
            {"tone": COLOR, "lips": COLOR},
            {
                "scalp": COLOR,
                **each(SHARE, "lip_cover", "oil", "beard"),
                **each(MUCH, "redness", "mottle", "pores", "tired", "lids", "lines"),
                "scatter": number(0, 0.02),
            },
        ),
        "eyes": Section({"name": named, "dark": COLOR, "mid": COLOR, "light": COLOR}, {"white": COLOR}),
        "brows": Section(
            {"melanin": SHARE},
            {
                "hairs": number(1, 10_000, whole=True),
                "lashes": number(1, 2000, whole=True),
                **each(MUCH, "thick", "shade", "uneven", "liner"),
                **each(SHARE, "grey", "even"),
                **each(number(-0.01, 0.01), "height", "arch"),
                "slant": number(-0.02, 0.02),
                "long": number(0.5, 1.5),
                "hair": number(1e-5, 2e-4),
            },
        ),
        "hair": Section(
            {"style": one_of("bob", "short"), "strands": number(2000, 200_000, whole=True), "melanin": SHARE},
            {
                **each(SHARE, "redness", "grey", "streaks", "rough", "fringe"),
                "part": number(-0.06, 0.06),
                "hairline": number(-0.02, 0.03),
                "sideburns": number(0, 0.06),
                "ends": number(0.42, 0.56),
                "thickness": number(2e-5, 3e-4),
            },
        ),
        "clothes": Section({"style": one_of("knit", "tie"), "jacket": FABRIC, "top": FABRIC}, {"tie": FABRIC}),
        "room": Section(
            {"seed": SEED, "wall": COLOR},
            {
                "wood": COLOR,
                "frame": COLOR,
                "slats": flag,
                "side": lambda value: "" if value in (1, -1) and not isinstance(value, bool) else "1 or -1",
                "books": colors(7, 100),  # what is on a shelf takes seven
                "plant": number(-1, 1),
                **each(LIGHT, "daylight", "lamps"),
                "exposure": STOPS,
            },
        ),
        "light": Section({}, {**each(LIGHT, "key", "fill", "rim", "edge", "bounce", "hair", "sky"), "exposure": STOPS}),
        # The boxes of mouth, eyes and breath have fixed places in a portrait (scene.py), which the face must not leave.
        "camera": Section(
            {"height": number(0.32, 0.45), "eyes": number(0.32, 0.42), "lens": number(24, 200)},
            {
                "fstop": number(0.5, 64),
                "wide": number(1, 1.6),
                "lower": number(-0.2, 0.2),
                "above": number(-0.3, 0.3),
            },
        ),
        "head": numbers(3, -15, 15),
        "gaze": numbers(2, -20, 20),
        "samples": Section(each(SAMPLES, "base", "mouth", "blink", "room")),
    },
    {"beside": lambda _: ""},
)  # whoever reads it says what is wrong with it


def wrong(value: object, kind: Kind | Section = CHARACTER, name: str = "") -> str:
    """Say in a sentence what is wrong with a character's data, or nothing."""
    here = f'"{name}"' if name else "the file"
    if not isinstance(kind, Section):
        said = kind(value)
        return said and f"{here} is {str(value)[:60]!r}, but has to be {said}"
    if not isinstance(value, dict):
        return f"{here} has to be an object with the fields {', '.join(kind.all)}"
    missing = [f for f in kind.needed if f not in value]
    unknown = sorted(set(value) - set(kind.all))
    if missing:
        return f"{here} lacks {', '.join(missing)}"
    if unknown:
        return f"{here} says {', '.join(unknown)[:100]}, which is unknown; it may say {', '.join(kind.all)}"
    parts = (wrong(v, kind.all[f], f"{name}.{f}" if name else f) for f, v in value.items())
    return next((said for said in parts if said), "")
