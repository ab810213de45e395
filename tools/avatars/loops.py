"""Loops of idle life as pictures: keyframes at full quality, the rest from the way of every point between them.

What is finished lies under the character's hash and is not made again.
"""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import render
import work
from motion import Loop
from neighbours import Behind
from PIL import Image
from scene import Box, boxes, pixels

if TYPE_CHECKING:
    from pathlib import Path

    from character import Character
    from figure import Figure
    from motion import State

FPS = 25
LONGEST = 12  # frames from one keyframe to the next, at most
TURN = 2.0  # degrees between keyframes, at most
# Points of the head around the mouth, at rest: what a mouth's picture is laid on.
ANCHORS = np.array([[-0.03, -0.125, 0.56], [0.03, -0.125, 0.56], [0.0, -0.13, 0.50], [0.0, -0.14, 0.54]])


class Wanted(NamedTuple):
    """A picture to be rendered: the number of its frame, its file, and which part of the whole it is."""

    frame: int
    file: str
    part: Box | None


@dataclass(frozen=True)
class Quality:
    """How much work a picture gets; scale is in percent of 720p."""

    samples: int
    scale: int


def scaled(box: Box, scale: int) -> tuple[int, int, int, int]:
    """Give a box's borders in pixels of another size."""
    x0, y0, x1, y1 = box.border()
    return round(x0 * scale / 100), round(y0 * scale / 100), round(x1 * scale / 100), round(y1 * scale / 100)


def keyframes(states: list[State]) -> list[int]:
    """Choose frames so near in time and pose that points between them move straight; the last leads to the first."""
    keys, last = [0], states[0]
    for i, s in enumerate(states):
        if i - keys[-1] >= LONGEST or max(abs(a - b) for a, b in zip(s.head, last.head)) > TURN:
            keys.append(i)
            last = s
    return keys


def eyes_move(a: State, b: State, c: State) -> bool:
    """Tell whether eyes do something between keyframes a and c that frame b must show for itself."""
    lids = max(abs(b.lids[k] - x.lids[k]) for k in (0, 1) for x in (a, c))
    looks = max(abs(b.gaze[k] - x.gaze[k]) for k in (0, 1) for x in (a, c))
    return lids > 0.02 or looks > 0.8


def placement(tracker, snap_matrix: np.ndarray, scale: int) -> list[float]:
    """Give the similarity that carries the mouth's reference box into a frame: a, b, x, y in x' = a x - b y + tx."""
    w, h = pixels(scale)
    here = tracker.project(ANCHORS @ snap_matrix[:3, :3].T + snap_matrix[:3, 3], w, h)
    rest = tracker.project(ANCHORS, w, h)
    p, q = rest - rest.mean(0), here - here.mean(0)
    n = (p**2).sum()
    a = float((p * q).sum() / n)
    b = float((p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum() / n)
    t = here.mean(0) - np.array(
        [a * rest[:, 0].mean() - b * rest[:, 1].mean(), b * rest[:, 0].mean() + a * rest[:, 1].mean()]
    )
    return [round(x, 5) for x in (a, b, float(t[0]), float(t[1]))]


def folder(who: Character, loop: Loop, q: Quality) -> Path:
    """Give the folder of a loop's frames."""
    name = f"{loop.kind}-{loop.seconds:g}s-{loop.seed}-{q.scale}-{q.samples}"
    path = work.folder("loops") / f"{who.name}-{who.digest()}" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def _rgba(path: Path) -> np.ndarray:
    """Read a picture with its colours multiplied by alpha."""
    px = np.asarray(Image.open(path).convert("RGBA")).astype(np.float64) / 255
    px[..., :3] *= px[..., 3:]
    return px


def _over(picture: np.ndarray, patch: np.ndarray, at: tuple[int, int], feather: int) -> None:
    """Lay a patch over a picture, fading it out towards its border."""
    h, w = patch.shape[:2]
    fade = np.minimum(
        np.minimum(np.arange(w), np.arange(w)[::-1])[None], np.minimum(np.arange(h), np.arange(h)[::-1])[:, None]
    )
    m = np.clip(fade / max(1, feather), 0, 1)[..., None]
    view = picture[at[1] : at[1] + h, at[0] : at[0] + w]
    view[:] = view * (1 - m) + patch * m


def render_share(who: Character, loop: Loop, q: Quality, share: tuple[int, int]) -> Path:
    """Render each n-th picture that frames are made of from the i-th on, for share (i, n): n processes work at once."""
    from figure import Figure  # noqa: PLC0415 # Blender takes seconds to load

    place = folder(who, loop, q)
    states = loop.frames(FPS)
    figure = Figure(who)
    render_missing(figure, states, pictures(who, states, keyframes(states))[share[0] :: share[1]], q, place)
    return place


def key(i: int) -> str:
    """Give the file of a keyframe."""
    return f"key{i:05}.png"


def eyes(i: int) -> str:
    """Give the file of a frame's eyes."""
    return f"eyes{i:05}.png"


def frame(i: int) -> str:
    """Give the file of a finished frame."""
    return f"frame{i:05}.png"


def make(who: Character, loop: Loop, q: Quality, limit: int | None = None) -> Path:
    """Render a loop's frames; it can be stopped and taken up again. Gives their folder."""
    from figure import Figure  # noqa: PLC0415 # Blender takes seconds to load

    place = folder(who, loop, q)
    states = loop.frames(FPS)[:limit]
    done_before = place / "loop.json"
    if done_before.exists() and json.loads(done_before.read_text(encoding="utf-8"))["frames"] == len(states):
        return place
    behind = scenery(who, loop, q)  # before the figure: Blender has one scene
    figure = Figure(who)
    keys = keyframes(states)
    render_missing(figure, states, pictures(who, states, keys), q, place)
    placements = compose(behind, figure, states, keys, q, place)
    about = {
        "kind": loop.kind, "fps": FPS, "frames": len(states), "scale": q.scale,
        "box": list(scaled(boxes(who.camera).speech, q.scale)), "keyframes": keys, "placement": placements,
    }  # fmt: skip
    half = place / ".loop.json"
    half.write_text(json.dumps(about), encoding="utf-8")
    half.rename(done_before)
    return place


def scenery(who: Character, loop: Loop, q: Quality) -> Behind:
    """Give what is behind each frame; who sits beside listens for as long as the loop, each in their own way."""
    lives = [Loop("listening", loop.seconds, s.who.seed + n).frames(FPS) for n, s in enumerate(render.seats(who))]
    return Behind(render.empty_room(who), render.beside(who, alive=True), lives, pixels(q.scale))


def pictures(who: Character, states: list[State], keys: list[int]) -> list[Wanted]:
    """List what no other picture shows: keyframes, and eyes that move between them."""
    box = boxes(who.camera).blink
    wanted = [Wanted(i, key(i), None) for i in keys]
    for at, after in pairwise([*keys, len(states)]):
        wanted += [
            Wanted(i, eyes(i), box)
            for i in range(at + 1, after)
            if eyes_move(states[at], states[i], states[after % len(states)])
        ]
    return wanted


def render_missing(figure: Figure, states: list[State], wanted: list[Wanted], q: Quality, place: Path) -> None:
    """Render the pictures that are not there yet, and say how long it takes."""
    missing = [w for w in wanted if not (place / w.file).exists()]
    began = time.monotonic()
    for n, (i, name, box) in enumerate(missing, 1):
        figure.show(states[i], {})
        figure.render(str(place / f".{name}"), samples=q.samples, border=box.border() if box else None, scale=q.scale)
        (place / f".{name}").rename(place / name)
        each = (time.monotonic() - began) / n
        left = each * (len(missing) - n) / 60
        print(f"{n}/{len(missing)} pictures, {each:.1f} s each, {left:.1f} min left", flush=True)


def compose(
    behind: Behind, figure: Figure, states: list[State], keys: list[int], q: Quality, place: Path
) -> list[list[float]]:
    """Make the frames that are not there yet of what was rendered; gives the mouth's placement in each."""
    from figure import breathe  # noqa: PLC0415 # Blender takes seconds to load
    from tracks import Snapshot, Tracker, places  # noqa: PLC0415

    x, y, _, _ = scaled(boxes(figure.character.camera).blink, q.scale)
    tracker = Tracker(figure, breathe)
    placements, looks, began = [], {}, time.monotonic()

    def look(i: int) -> tuple[Snapshot, np.ndarray]:
        """Give a keyframe with the way of its points; two are kept, and the first, which follows the last."""
        i %= len(states)
        if i not in looks:
            figure.show(states[i], {})
            looks[i] = Snapshot(figure, str(place / ".places.exr"), q.scale), _rgba(place / key(i))
        return looks[i]

    def between(i: int, at: int, after: int) -> np.ndarray:
        here, there, s = look(at), look(after), (i - at) / (after - at)
        figure.show(states[i], {})
        snap = Snapshot(figure, str(place / ".places.exr"), q.scale)
        rgba = tracker.between(snap, [(*here, 1 - s), (*there, s)])
        if (place / eyes(i)).exists():
            _over(rgba, _rgba(place / eyes(i)), (x, y), max(2, 16 * q.scale // 100))
        return rgba

    with places(figure):
        for at, after in pairwise([*keys, len(states)]):
            for i in range(at, after):
                if not (place / frame(i)).exists():
                    rgba = _rgba(place / key(at)) if i == at else between(i, at, after)
                    flat = rgba[..., :3] + behind.frame(i) * (1 - rgba[..., 3:])
                    Image.fromarray((flat.clip(0, 1) * 255 + 0.5).astype(np.uint8)).save(place / f".{frame(i)}")
                    (place / f".{frame(i)}").rename(place / frame(i))
                figure.show(states[i], {})
                placements.append(placement(tracker, np.array(figure.head_now), q.scale))
            looks = {i: looks[i] for i in (0, after) if i in looks}
            each = (time.monotonic() - began) / after
            left = each * (len(states) - after) / 60
            print(f"{after}/{len(states)} frames, {each:.1f} s each, {left:.1f} min left", flush=True)
    return placements
