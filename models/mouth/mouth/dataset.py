"""The renders that a mouth is learned from: resting and speaking crops, and what made them speak."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from .planes import Bytes, split

FORMAT, VERSION = "visavis-mouths", 2
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
    # How far to the right and below, in pixels, what a place of 4 x 4 pixels shows lay while the mouth rested; and
    # which share of it is known, 0 to 1.
    flow: npt.NDArray[np.float32]  # [n, 3, h/4, w/4]
    # What carries the upper and the lower row of teeth to where they are in a straight head at rest: a, b, c, d, e, f
    # of x' = (1 + a) x + b y + c and y' = d x + (1 + e) y + f, in pixels from the crop's middle.
    teeth: npt.NDArray[np.float32]  # [n, 2, 6]

    def __len__(self) -> int:
        """Give the number of renders."""
        return len(self.coefficients)

    def some(self, about: int) -> Samples:
        """Give so many renders or a few more, spread over all."""
        step = max(1, len(self) // about)
        return Samples(*(getattr(self, field.name)[::step] for field in fields(self)))


@dataclass
class Dataset:
    """What is learned from, and what is held out to judge by."""

    character: str
    width: int
    height: int
    scale: int  # of the renders, in percent of 720p; 0 is unknown
    learned: Samples
    held: Samples


def load(folder: Path, *, to_judge: bool = False) -> Dataset:
    """Read a folder with index.json (README.md says what it holds); to judge, nothing to learn from is needed."""
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

    crops = Crops(folder, width, height, left, top)
    parts = []
    for held in (True,) if to_judge else (False, True):
        rows = [s for s in index["samples"] if s["held"] == held]
        if not rows:
            raise DatasetError(f"{folder / 'index.json'}: no renders are {'held out' if held else 'to learn from'}")
        parts.append(samples(crops, index["idle"], rows, still=not held))
    return Dataset(index["character"], width - 2 * left, height - 2 * top, index.get("scale", 0), parts[0], parts[-1])


def samples(crops: Crops, resting: dict[str, dict], rows: list[dict], *, still: bool) -> Samples:
    """Read renders; still adds each face that says nothing and stays as it is, or a mouth would jump when it begins."""
    alone = sorted({s["idle"] for s in rows}) if still else []
    idle = {name: crops.picture(resting[name]["picture"]) for name in {s["idle"] for s in rows}}
    flows = [crops.flow(s["flow"]) for s in rows]
    stays = np.zeros_like(flows[0])
    stays[2] = 1
    return Samples(
        resting=np.stack([idle[s["idle"]] for s in rows] + [idle[name] for name in alone]),
        speaking=np.stack([crops.picture(s["picture"]) for s in rows] + [idle[name] for name in alone]),
        coefficients=np.array(
            [s["coefficients"] for s in rows] + [[0.0] * len(FACE["coefficients"])] * len(alone), np.float32
        ),
        flow=np.stack(flows + [stays] * len(alone)),
        teeth=np.stack([crops.teeth(s["teeth"]) for s in rows + [resting[name] for name in alone]]),
    )


@dataclass(frozen=True)
class Crops:
    """Reads what belongs to crops of width x height of which the middle is learned, without left and top pixels."""

    folder: Path
    width: int
    height: int
    left: int
    top: int

    def picture(self, name: str) -> Bytes:
        """Give planes [6, h/2, w/2]."""
        with Image.open(self.folder / name) as picture:
            if picture.size != (self.width, self.height):
                raise DatasetError(f"{self.folder / name}: {picture.size} instead of {(self.width, self.height)}")
            rows, columns = (slice(m, n - m) for m, n in ((self.top, self.height), (self.left, self.width)))
            return split(np.asarray(picture.convert("RGB"))[rows, columns])

    def flow(self, name: str) -> npt.NDArray[np.float32]:
        """Give a flow [3, h/4, w/4] as Samples have it."""
        whole, shape = np.load(self.folder / name, allow_pickle=False), (self.height // 2, self.width // 2, 3)
        if whole.shape != shape:
            raise DatasetError(f"{self.folder / name}: {whole.shape} instead of {shape}")
        rows, columns = (slice(m // 2, (n - m) // 2) for m, n in ((self.top, self.height), (self.left, self.width)))
        return quarter(whole[rows, columns].astype(np.float32))

    def teeth(self, carry: list[list[float]]) -> npt.NDArray[np.float32]:
        """Turn x' = a x + b y + c, y' = d x + e y + f of pixels into what Samples have: [2, 6]."""
        middle = (np.array([self.width, self.height]) - 1) / 2
        rows = np.array(carry, np.float64).reshape(2, 2, 3)
        rows[..., 2] += rows[..., :2] @ middle - middle
        rows[..., :2] -= np.eye(2)
        return rows.reshape(2, 6).astype(np.float32)


def quarter(flow: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Turn a flow [h/2, w/2, 3] into the mean of what is known in each 2 x 2 of it: [3, h/4, w/4]."""
    height, width, _ = flow.shape
    parts = flow.reshape(height // 2, 2, width // 2, 2, 3)
    known = parts[..., 2:]
    share = known.mean((1, 3))
    shift = (parts[..., :2] * known).mean((1, 3)) / np.maximum(share, 1e-6)
    return np.concatenate([shift, share], 2).transpose(2, 0, 1)
