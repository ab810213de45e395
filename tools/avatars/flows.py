"""Where what is seen of a speaking mouth was while it rested, and where its teeth are: a network learns from it."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from scene import boxes, pixels
from tracks import Snapshot, places

if TYPE_CHECKING:
    from pathlib import Path

    from dataset import Moment
    from figure import Figure
    from tracks import Tracker

# Teeth no further than this behind the foremost one, in metres, say where the row is.
FRONT = 0.012


def teeth(figure: Figure, tracker: Tracker, size: tuple[int, int], corner: tuple[int, int]) -> list[list[float]]:
    """Give for the upper and the lower row a, b, c, d, e, f: x' = a x + b y + c and y' = d x + e y + f.

    x and y are pixels of the crop that begins at corner, and x', y' where what is seen there would be if the head were
    straight and the mouth at rest.
    """
    out = []
    for row in ("upper", "lower"):
        ob, points = figure.teeth[row][2][0]
        points = points[points[:, 1] < points[:, 1].min() + FRONT]
        m = np.array(ob.matrix_world)
        rest, now = (tracker.project(p, *size) - corner for p in (points, points @ m[:3, :3].T + m[:3, 3]))
        carries, *_ = np.linalg.lstsq(np.column_stack([now, np.ones(len(now))]), rest, rcond=None)
        out.append([round(float(x), 5) for x in carries.T.ravel()])
    return out


def flow(tracker: Tracker, rests: Snapshot, speaks: Snapshot, size: tuple[int, int]) -> np.ndarray:
    """Give [h, w, 3]: how far to the right and below a pixel's point was at rest, and 1 where that is known.

    It is not where the point was hidden at rest, as teeth were. Size is that of the whole picture, in pixels.
    """
    h, w = speaks.hit.shape
    ys, xs = np.nonzero(speaks.hit)
    rest, part = speaks.rest[ys, xs], speaks.part[ys, xs]
    near = tracker.near(rest, part)
    was, now = (tracker.project(tracker.places(s, rest, part, near), *size) for s in (rests, speaks))
    shift = was - now
    x, y = xs + shift[:, 0], ys + shift[:, 1]
    inside = (np.rint(y) >= 0) & (np.rint(y) < h) & (np.rint(x) >= 0) & (np.rint(x) < w)
    seen = inside & rests.shows(x, y, rest, part)
    out = np.zeros((h, w, 3))
    out[~speaks.hit & ~rests.hit, 2] = 1  # the room
    out[ys, xs, :2], out[ys, xs, 2] = np.where(seen[:, None], shift, 0), seen
    return out


def halved(moved: np.ndarray) -> np.ndarray:
    """Give the mean of what is known in each 2 x 2 pixels, and which share that is: [h/2, w/2, 3]."""
    h, w, _ = moved.shape
    small = moved.reshape(h // 2, 2, w // 2, 2, 3).mean((1, 3))
    small[..., :2] /= np.maximum(small[..., 2:], 1e-6)
    return small.astype(np.float16)


def make_missing(figure: Figure, tracker: Tracker, scale: int, plan: list[Moment], place: Path) -> None:
    """Write the flow of each speaking crop that has none, and say how long it takes."""
    missing = [(m, [k for k in range(1, len(m.mouths)) if not (place / m.flow(k)).exists()]) for m in plan]
    missing = [(m, mouths) for m, mouths in missing if mouths]
    if not missing:
        return
    box = boxes(figure.character.camera).speech
    began = time.monotonic()
    with places(figure):
        for n, (m, mouths) in enumerate(missing, 1):
            shots = []
            for k in (0, *mouths):
                figure.show(m.state, m.mouths[k])
                shots.append(Snapshot(figure, str(place / f".{m.number:04}.exr"), scale, box.border()))
            for k, speaks in zip(mouths, shots[1:]):
                half = place / f".{m.flow(k)}"
                np.save(half, halved(flow(tracker, shots[0], speaks, pixels(scale))))
                half.rename(place / m.flow(k))
            each = (time.monotonic() - began) / n
            print(f"{n}/{len(missing)} moments' flows, {each * (len(missing) - n) / 60:.1f} min left", flush=True)
    for file in place.glob(".*.exr"):
        file.unlink()
