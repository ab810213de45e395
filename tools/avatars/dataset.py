"""Mouths for a network to learn from: crops over random coefficients, poses and moments of idle life.

Each of `states` moments gives one crop at rest and `mouths` speaking ones. All follow from the seed, so that a broken
run goes on where it was.
"""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import loops
import numpy as np
import render
import shapes
import work
from motion import KINDS, Loop, State
from PIL import Image
from scene import boxes, pixels

if TYPE_CHECKING:
    from pathlib import Path

    from character import Character
    from figure import Figure

LOOP_SECONDS = 20.0
# Of so many moments of life one is held out to judge by, with all its mouths.
HELD = 10


def coefficients(rng: np.random.Generator) -> dict[str, float]:
    """Draw a mouth: the jaw always, others at times; what excludes each other in speech stays apart."""
    c = dict.fromkeys(shapes.COEFFICIENTS, 0.0)
    c["jawOpen"] = float(rng.beta(1.1, 1.6))
    for name in ("mouthLowerDown", "mouthUpperUp"):
        if rng.random() < 0.40:
            c[name] = float(rng.random())
    kind = rng.random()
    if kind < 0.40:
        c["mouthFunnel"], c["mouthPucker"] = float(rng.random()), float(rng.random() * (rng.random() < 0.7))
    elif kind < 0.75:
        c["mouthStretch"] = float(rng.random())
    if rng.random() < 0.12:
        c["mouthSmile"] = float(rng.random())
    kind = rng.random()
    if kind < 0.16:  # bilabials, and how lips come to and leave them
        c["mouthClose"] = float(rng.random() ** 0.5)
        c["mouthPress"] = float(rng.random() * c["mouthClose"])
    elif kind < 0.26:
        c["mouthBite"] = float(rng.random() ** 0.5)
    elif kind < 0.38:
        c["tongueUp"] = float(rng.random() ** 0.5)
    elif kind < 0.44:
        c["tongueOut"] = float(rng.random() ** 0.5)
    return {k: round(v, 4) for k, v in c.items()}


def tongue(rng: np.random.Generator) -> dict[str, float]:
    """Draw a mouth that shows its tongue, as L and TH do: of all mouths they are few, and easily learned wrong."""
    c = coefficients(rng) | dict.fromkeys(("mouthClose", "mouthPress", "mouthBite", "tongueUp", "tongueOut"), 0.0)
    c["jawOpen"] = round(float(rng.uniform(0.08, 0.6)), 4)
    c["tongueOut" if rng.random() < 0.5 else "tongueUp"] = round(float(rng.uniform(0.3, 1.0)), 4)
    return c


@dataclass(frozen=True)
class Moment:
    """One moment of idle life and the mouths that are rendered of it; the first is at rest."""

    number: int
    kind: str
    t: float
    state: State
    mouths: list[dict[str, float]]

    def picture(self, k: int) -> str:
        """Give the file of a mouth."""
        return f"{self.number:04}-{k:02}.png"

    def flow(self, k: int) -> str:
        """Give the file of where a mouth's skin was at rest."""
        return f"{self.number:04}-{k:02}.npy"


def moments(states: int, mouths: int, seed: int, film: Loop | None = None, tongues: int = 0) -> list[Moment]:
    """Draw moments of one film, or of idle life of all kinds, each with a mouth at rest and some that speak.

    The tongues come last, so that more of them change nothing of what was drawn.
    """
    lives = {film.kind: film} if film else {kind: Loop(kind, LOOP_SECONDS, seed) for kind in KINDS}
    out = []
    for n in range(states):
        rng = np.random.default_rng([seed, n])
        kind = str(rng.choice(list(lives)))
        t = float(rng.uniform(0, lives[kind].seconds))
        drawn = [coefficients(rng) for _ in range(mouths)] + [tongue(rng) for _ in range(tongues)]
        out.append(Moment(n, kind, t, lives[kind].at(t), [{}, *drawn]))
    return out


def held(moment: Moment) -> bool:
    """Tell whether a moment is one to judge by."""
    return moment.number % HELD == HELD - 1


@dataclass(frozen=True)
class Order:
    """What is rendered of a plan: each crop is the mean of `renders` pictures that differ in their noise.

    The share (i, n) is each n-th moment from i on and no index, so that n processes may work at once.
    """

    plan: list[Moment]
    film: Loop | None = None
    share: tuple[int, int] = (0, 1)
    renders: int = 1

    def noises(self, k: int) -> range:
        """Give the noises of a moment's k-th mouth; of several none is another mouth's, or both would agree in it."""
        return range(k * self.renders, (k + 1) * self.renders) if self.renders > 1 else range(1)

    def name(self, q: loops.Quality) -> str:
        """Give the folder's name; one of held-out moments alone has no index to learn from, and its own folder."""
        times = f"x{self.renders}" if self.renders > 1 else ""
        of = f"-{self.film.kind}-{self.film.seconds:g}s" if self.film else ""
        return f"mouths-{q.scale}-{q.samples}{times}{of}{'-held' if all(map(held, self.plan)) else ''}"


def render_missing(
    who: Character, figure: Figure, behind: Image.Image, q: loops.Quality, order: Order, place: Path
) -> None:
    """Render the crops that are not there yet, and say how long it takes."""
    room = behind.convert("RGBA").resize(pixels(q.scale))
    box = boxes(who.camera).speech
    x, y, _, _ = loops.scaled(box, q.scale)
    part = order.plan[order.share[0] :: order.share[1]]
    missing = [(m, k) for m in part for k in range(len(m.mouths)) if not (place / m.picture(k)).exists()]
    began = time.monotonic()
    for n, (m, k) in enumerate(missing, 1):
        half = place / f".{m.picture(k)}"
        figure.show(m.state, m.mouths[k])
        seen = []
        for noise in order.noises(k):
            figure.render(str(half), samples=q.samples, border=box.border(), scale=q.scale, noise=noise)
            crop = Image.open(half).convert("RGBA")
            flat = room.crop((x, y, x + crop.width, y + crop.height))
            flat.alpha_composite(crop)
            seen.append(np.asarray(flat.convert("RGB")))
        Image.fromarray(np.round(np.mean(seen, 0)).astype(np.uint8)).save(half)
        half.rename(place / m.picture(k))
        each = (time.monotonic() - began) / n
        print(f"{n}/{len(missing)} crops, {each:.2f} s each, {each * (len(missing) - n) / 60:.1f} min left", flush=True)


def make(who: Character, q: loops.Quality, order: Order) -> Path:
    """Render what is missing; index.json is what models/mouth reads. Gives the folder."""
    import flows  # noqa: PLC0415 # Blender takes seconds to load
    from figure import Figure, breathe  # noqa: PLC0415
    from tracks import Tracker  # noqa: PLC0415

    place = work.folder("datasets") / f"{who.name}-{who.digest()}" / order.name(q)
    place.mkdir(parents=True, exist_ok=True)
    behind = render.room(who)  # before the figure: Blender has one scene
    figure = Figure(who)
    render_missing(who, figure, behind, q, order, place)
    tracker = Tracker(figure, breathe)
    flows.make_missing(figure, tracker, q.scale, order.plan[order.share[0] :: order.share[1]], place)
    if order.share[1] > 1:
        return place
    box = loops.scaled(boxes(who.camera).speech, q.scale)
    idle, samples = {}, []
    for m in order.plan:
        rows = []
        for c in m.mouths:
            figure.show(m.state, c)
            rows.append(flows.teeth(figure, tracker, pixels(q.scale), box[:2]))
        where = loops.placement(tracker, np.array(figure.head_now), q.scale)  # no mouth moves the head
        idle[f"{m.number:04}"] = {"picture": m.picture(0), "teeth": rows[0]}
        samples += [
            {
                "picture": m.picture(k),
                "flow": m.flow(k),
                "teeth": rows[k],
                "idle": f"{m.number:04}",
                "coefficients": [c.get(x, 0.0) for x in shapes.COEFFICIENTS],
                "held": held(m),
                "loop": m.kind,
                "t": round(m.t, 4),
                "placement": where,
            }
            for k, c in enumerate(m.mouths)
            if k
        ]
    about = {
        "format": "visavis-mouths",
        "version": 2,
        "character": who.name,
        "face": 1,
        "width": box[2] - box[0],
        "height": box[3] - box[1],
        "coefficients": list(shapes.COEFFICIENTS),
        "box": list(box),
        "scale": q.scale,
        "render_samples": q.samples,
        "renders": order.renders,
        "idle": idle,
        "samples": samples,
    }
    half = place / ".index.json"
    half.write_text(json.dumps(about), encoding="utf-8")
    half.rename(place / "index.json")
    return place
