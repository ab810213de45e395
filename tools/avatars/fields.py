"""What a character file may say: its fields, what each is, and which are needed. README.md says what they mean."""

from __future__ import annotations

import re
from typing import Callable

# Says what is wrong with a value, or nothing.
Kind = Callable[[object], str]


class Section:
    """An object with some needed fields and some others."""

    def __init__(self, needed: dict[str, Kind | Section], others: dict[str, Kind | Section] | None = None) -> None:
        """Take what each field is by its name."""
        self.needed, self.all = needed, {**needed, **(others or {})}


def number(low: float = -1e4, high: float = 1e4, *, whole: bool = False) -> Kind:
    """Give what a number from low to high is: of measures, shares and degrees none is larger."""
    kind = f"a {'whole ' if whole else ''}number from {low:g} to {high:g}"

    def wrong(value: object) -> str:
        fits = isinstance(value, int) or (isinstance(value, float) and not whole)
        return "" if fits and not isinstance(value, bool) and low <= value <= high else kind  # type: ignore[operator]

    return wrong


def numbers(count: int, low: float = -1e4, high: float = 1e4) -> Kind:
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


NUMBER, COLOR, SIZE = number(), numbers(3, 0, 1), number(1e-3)
SAMPLES, COUNT = number(1, 65536, whole=True), number(0, 1_000_000, whole=True)
SEED = number(0, 2**32 - 1, whole=True)
# Names that become part of a file's.
PLAIN = text(r"[^\W_][\w.-]{0,99}", "a name of letters, digits, hyphens and dots")
TITLE = mapping(r".+", "names for people by language", text(r".+", "a name"))
TARGETS = mapping(r"[a-z0-9]+(/[a-z0-9*-]+)+", "shape targets of the basis and how much of each", number(-10, 10))
UNITS = mapping(r"[A-Za-z]+\*?", "units of the face and how much of each", number(-10, 10))

CLOTH: dict[str, Kind | Section] = {
    **each(NUMBER, "weave", "melange", "rough", "sheen", "bump", "twill", "spec", "stripes", "stripe_width"),
    **each(NUMBER, "open", "rise", "pad", "folds"),
    "smooth": COUNT,
    "stripe": COLOR,
    "direction": one_of("X", "Y", "Z", "DIAGONAL"),
}
FABRIC = Section({"color": COLOR}, CLOTH)

CHARACTER = Section(
    {
        "name": PLAIN,
        "title": TITLE,
        "seed": SEED,
        "shape": Section(
            {"gender": one_of("female", "male"), "age": number(0, 1), "race": numbers(3, 0, 1)},
            {"weight": number(0, 1), "muscle": number(0, 1), "details": TARGETS},
        ),
        "rest": UNITS,
        "skin": Section(
            {"tone": COLOR, "lips": COLOR},
            {
                "scalp": COLOR,
                **each(
                    NUMBER,
                    "lip_cover",
                    "redness",
                    "mottle",
                    "pores",
                    "oil",
                    "scatter",
                    "beard",
                    "tired",
                    "lids",
                    "lines",
                ),
            },
        ),
        "eyes": Section({"name": PLAIN, "dark": COLOR, "mid": COLOR, "light": COLOR}, {"white": COLOR}),
        "brows": Section(
            {"melanin": number(0, 1)},
            {
                "hairs": COUNT,
                "lashes": COUNT,
                **each(NUMBER, "thick", "grey", "height", "arch", "slant", "long", "hair", "shade", "uneven"),
            },
        ),
        "hair": Section(
            {"style": one_of("bob", "short"), "strands": COUNT, "melanin": number(0, 1)},
            each(NUMBER, "part", "redness", "grey", "hairline", "sideburns", "ends", "thickness", "rough"),
        ),
        "clothes": Section({"style": one_of("knit", "tie"), "jacket": FABRIC, "top": FABRIC}, {"tie": FABRIC}),
        "room": Section(
            {"seed": SEED, "wall": COLOR},
            {
                "wood": COLOR,
                "frame": COLOR,
                "slats": flag,
                "side": number(-1, 1, whole=True),
                **each(NUMBER, "books", "plant", "daylight", "lamps", "exposure"),
            },
        ),
        "light": Section({}, each(NUMBER, "key", "fill", "rim", "edge", "bounce", "hair", "sky", "exposure")),
        "camera": Section(
            {"height": SIZE, "eyes": NUMBER, "lens": SIZE},
            {"fstop": SIZE, "wide": SIZE, "lower": NUMBER, "above": NUMBER},
        ),
        "head": numbers(3, -90, 90),
        "gaze": numbers(2, -90, 90),
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
