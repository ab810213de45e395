"""A character file: everything that makes one interviewer, as data.

`character.py FILE` says what is wrong with one; it needs no Blender.
"""

from __future__ import annotations

import hashlib
import json
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import basis
import fields

STUDIO = Path(__file__).parent
LARGEST = 1 << 20  # a character file, in bytes
# What a seat says, and from where to where it makes sense; what is missing is the first number.
SEAT = {"at": (0.3, -0.6, 0.6), "size": (0.9, 0.4, 1.2), "lower": (0.0, -0.3, 0.3), "turn": (0.0, 0.0, 10.0)}


class CharacterError(ValueError):
    """What is wrong with a character file, in a sentence for who wrote it."""


@dataclass(frozen=True)
class Seat:
    """Where somebody sits beside the one who speaks; units and meaning stand in README.md."""

    who: Character
    at: float
    size: float
    lower: float
    turn: float


@dataclass(frozen=True)
class Character:
    """What a character file says; units and meaning stand in README.md."""

    name: str
    title: dict[str, str]
    seed: int
    shape: dict[str, Any]
    rest: dict[str, float]
    skin: dict[str, Any]
    eyes: dict[str, Any]
    brows: dict[str, Any]
    hair: dict[str, Any]
    clothes: dict[str, Any]
    room: dict[str, Any]
    light: dict[str, Any]
    camera: dict[str, float]
    head: tuple[float, float, float]
    gaze: tuple[float, float]
    samples: dict[str, int]
    beside: tuple[Seat, ...] = ()

    def digest(self) -> str:
        """Give a short hash of everything that changes pictures: renders are kept under it."""
        looks = {k: v for k, v in self.__dict__.items() if k != "beside"}
        if self.beside:
            looks["beside"] = [{**s.__dict__, "who": s.who.digest()} for s in self.beside]
        return hashlib.sha256(json.dumps(looks, sort_keys=True).encode()).hexdigest()[:12]


def content(path: Path) -> bytes:
    """Read a plain file of a character's size."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a device has no end, and a pipe perhaps no beginning
            raise CharacterError(f"{path} is no plain file")
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise CharacterError(f"{path}: {error.strerror}") from None
    if len(raw) > LARGEST:
        raise CharacterError(f"{path} is larger than a character file may be, {LARGEST >> 20} MiB")
    return raw


def read(path: Path) -> Any:  # noqa: ANN401
    """Read a file of JSON."""
    raw = content(path)
    try:
        return json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CharacterError(f"{path} is no JSON in UTF-8: {error}") from None


def load(path: Path) -> Character:
    """Read a character file; unknown or missing fields are errors."""
    data = read(path)
    said = fields.wrong(data) or unmet(data)
    if said:
        raise CharacterError(f"{path}: {said}")
    data["shape"]["race"] = tuple(data["shape"]["race"])
    for field in ("head", "gaze"):
        data[field] = tuple(data[field])
    seats = data.get("beside", [])
    if not isinstance(seats, list):
        raise CharacterError(f'{path}: "beside" is a list, one entry for each who sits beside')
    data["beside"] = tuple(seat(path, n, entry) for n, entry in enumerate(seats, 1))
    return Character(**data)


def unmet(data: dict[str, Any]) -> str:
    """Say in a sentence what fields need of each other and of the basis, if that is there, or nothing."""
    clothes = data["clothes"]
    if clothes["style"] == "tie" and "tie" not in clothes:
        return '"clothes" lacks tie, which its style has'
    for part in ("jacket", "top", "tie"):
        if "stripe" in clothes.get(part, {}) and "stripes" not in clothes[part]:
            return f'"clothes.{part}" says stripe, but not how many stripes'
    if not basis.fetched():
        return ""
    for field, names, known, pair in (
        ("shape.details", data["shape"].get("details", {}), basis.targets(), basis.TARGET_SIDES),
        ("rest", data["rest"], basis.units(), basis.UNIT_SIDES),
    ):
        said = basis.unknown(names, known, pair)
        if said:
            return f'"{field}" says {said}'
    return ""


def seat(path: Path, n: int, entry: object) -> Seat:
    """Read the n-th entry of "beside"; the file it names lies beside this one, or in the studio."""
    here = f'{path}: entry {n} of "beside"'
    if not isinstance(entry, dict) or not isinstance(entry.get("character"), str):
        raise CharacterError(f'{here} needs a "character": the file of who sits there')
    unknown = sorted(set(entry) - {"character", *SEAT})
    if unknown:
        raise CharacterError(f"{here} says {', '.join(unknown)}; it may say character, {', '.join(SEAT)}")
    place: dict[str, float] = {}
    for field, (usual, low, high) in SEAT.items():
        value = entry.get(field, usual)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise CharacterError(f"{here}: {field} is {value!r}, but has to be a number from {low:g} to {high:g}")
        place[field] = float(value)
    near, ours = (folder / entry["character"] for folder in (path.parent, STUDIO))
    file = near if near.exists() else ours
    if not file.exists():
        raise CharacterError(f"{here}: there is no character file {near}")
    theirs = read(file)
    if isinstance(theirs, dict) and "beside" in theirs:
        raise CharacterError(f"{here}: {file} is a panel itself; name the file of one person")
    return Seat(load(file), **place)


if __name__ == "__main__":
    try:
        load(Path(sys.argv[1]))
    except CharacterError as mistake:
        raise SystemExit(str(mistake)) from None
