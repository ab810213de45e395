"""The renders that a mouth is learned from: resting and speaking crops, and what made them speak."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from .planes import Bytes, split

FORMAT, VERSION = "visavis-mouths", 1
# The list of coefficients of the project, which networks are made for.
FACE = json.loads((Path(__file__).parents[3] / "sdk" / "face" / "coefficients.json").read_text())
# A network's coarsest level takes so many pixels for one place.
MULTIPLE = 16


class DatasetError(Exception):
    """Says what is wrong with a folder of renders."""


@dataclass
class Samples:
    """Renders in memory; the n-th speaking crop rests as the n-th resting one."""

    resting: Bytes  # [n, 6, h/2, w/2]
    speaking: Bytes  # [n, 6, h/2, w/2]
    coefficients: npt.NDArray[np.float32]  # [n, coefficients], 0 to 1

    def __len__(self) -> int:
        """Give the number of renders."""
        return len(self.coefficients)

    def some(self, about: int) -> Samples:
        """Give so many renders or a few more, spread over all."""
        step = max(1, len(self) // about)
        return Samples(self.resting[::step], self.speaking[::step], self.coefficients[::step])


@dataclass
class Dataset:
    """What is learned from, and what is held out to judge by."""

    character: str
    width: int
    height: int
    scale: int  # of the renders, in percent of 720p; 0 is unknown
    learned: Samples
    held: Samples


def load(folder: Path) -> Dataset:
    """Read a folder with index.json (README.md says what it holds)."""
    index = json.loads((folder / "index.json").read_text())
    if (index.get("format"), index.get("version")) != (FORMAT, VERSION):
        raise DatasetError(f"{folder / 'index.json'}: not {FORMAT} {VERSION}")
    if index["face"] != FACE["version"] or index["coefficients"] != FACE["coefficients"]:
        raise DatasetError(f"{folder / 'index.json'}: made for another list of coefficients")
    width, height = index["width"], index["height"]
    if min(width, height) < MULTIPLE or width % 4 or height % 4:
        raise DatasetError(f"{folder / 'index.json'}: {width} x {height} are not multiples of 4 from {MULTIPLE} on")
    # Of another size the middle is learned: what is left away at a border is never redrawn.
    left, top = (n % MULTIPLE // 2 for n in (width, height))

    def read(name: str) -> Bytes:
        with Image.open(folder / name) as picture:
            if picture.size != (width, height):
                raise DatasetError(f"{folder / name}: {picture.size} instead of {(width, height)}")
            middle = np.asarray(picture.convert("RGB"))[top : height - top, left : width - left]
            return split(middle)

    idle = {name: read(file) for name, file in index["idle"].items()}
    parts = []
    for held in (False, True):
        rows = [s for s in index["samples"] if s["held"] == held]
        if not rows:
            raise DatasetError(f"{folder / 'index.json'}: no renders are {'held out' if held else 'to learn from'}")
        # A face that says nothing stays as it is, or a mouth would jump when it begins.
        still = [] if held else sorted({s["idle"] for s in rows})
        parts.append(
            Samples(
                resting=np.stack([idle[s["idle"]] for s in rows] + [idle[name] for name in still]),
                speaking=np.stack([read(s["picture"]) for s in rows] + [idle[name] for name in still]),
                coefficients=np.array(
                    [s["coefficients"] for s in rows] + [[0.0] * len(FACE["coefficients"])] * len(still), np.float32
                ),
            )
        )
    return Dataset(index["character"], width - 2 * left, height - 2 * top, index.get("scale", 0), *parts)
