"""Mouths for a network to learn from: crops over random coefficients, poses and moments of idle life.

Each of `states` moments gives one crop at rest and `mouths` speaking ones. All follow from the seed, so that a broken
run goes on where it was.
"""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import loops
import numpy as np
import render
import shapes
import work
from motion import KINDS, Loop
from PIL import Image
from scene import MOUTH_BOX, WIDTH

if TYPE_CHECKING:
    from pathlib import Path

    from character import Character

LOOP_SECONDS = 20.0


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


# Of so many moments of life one is held out to judge by, with all its mouths.
HELD = 10


def make(who: Character, q: loops.Quality, states: int, mouths: int, seed: int = 1) -> Path:
    """Render what is missing; index.json is what models/mouth reads. Gives the folder."""
    from figure import Figure, breathe  # noqa: PLC0415 # Blender takes seconds to load
    from tracks import Tracker  # noqa: PLC0415

    place = work.folder("datasets") / f"{who.name}-{who.digest()}" / f"mouths-{q.scale}-{q.samples}"
    place.mkdir(parents=True, exist_ok=True)
    figure = Figure(who)
    tracker = Tracker(figure, breathe)
    lives = {kind: Loop(kind, LOOP_SECONDS, seed) for kind in KINDS}
    room = render.room(who).convert("RGBA").resize((WIDTH * q.scale // 100, 720 * q.scale // 100))
    box = loops.scaled(MOUTH_BOX, q.scale)
    idle, samples, began, made = {}, [], time.monotonic(), 0
    total = states * (mouths + 1)
    for n in range(states):
        rng = np.random.default_rng([seed, n])
        kind = str(rng.choice(list(KINDS)))
        t = float(rng.uniform(0, LOOP_SECONDS))
        state = lives[kind].at(t)
        for k in range(mouths + 1):
            c = coefficients(rng) if k else {}
            name = f"{n:04}-{k:02}.png"
            figure_path = place / name
            if not figure_path.exists():
                figure.show(state, c)
                figure.render(str(place / ".crop.png"), samples=q.samples, border=MOUTH_BOX.border(), scale=q.scale)
                crop = Image.open(place / ".crop.png").convert("RGBA")
                flat = room.crop((box[0], box[1], box[0] + crop.width, box[1] + crop.height))
                flat.alpha_composite(crop)
                flat.convert("RGB").save(place / ".flat.png")
                (place / ".flat.png").rename(figure_path)
                made += 1
            if k == 0:
                figure.show(state, {})
                where = loops.placement(tracker, np.array(figure.head_now), q.scale)
            if k == 0:
                idle[f"{n:04}"] = name
                continue
            samples.append(
                {
                    "picture": name,
                    "idle": f"{n:04}",
                    "coefficients": [c.get(x, 0.0) for x in shapes.COEFFICIENTS],
                    "held": n % HELD == HELD - 1,
                    "loop": kind,
                    "t": round(t, 4),
                    "placement": where,
                }
            )
        each = (time.monotonic() - began) / max(1, made)
        left = total - (n + 1) * (mouths + 1)
        print(f"{(n + 1) * (mouths + 1)}/{total} crops, {each:.1f} s each, {each * left / 3600:.2f} h left", flush=True)
    about = {
        "format": "visavis-mouths",
        "version": 1,
        "character": who.name,
        "face": 1,
        "width": box[2] - box[0],
        "height": box[3] - box[1],
        "coefficients": list(shapes.COEFFICIENTS),
        "box": list(box),
        "scale": q.scale,
        "render_samples": q.samples,
        "idle": idle,
        "samples": samples,
    }
    half = place / ".index.json"
    half.write_text(json.dumps(about), encoding="utf-8")
    half.rename(place / "index.json")
    return place
