"""A character file: everything that makes one interviewer, as data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


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

    def digest(self) -> str:
        """Give a short hash of everything that changes pictures: renders are kept under it."""
        return hashlib.sha256(json.dumps(self.__dict__, sort_keys=True).encode()).hexdigest()[:12]


def load(path: Path) -> Character:
    """Read a character file; unknown or missing fields are errors."""
    data = json.loads(path.read_text(encoding="utf-8"))
    data["shape"]["race"] = tuple(data["shape"]["race"])
    for field in ("head", "gaze"):
        data[field] = tuple(data[field])
    return Character(**data)
