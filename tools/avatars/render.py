"""Rendering: every picture of a character once, kept under the character's hash."""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING

import neighbours
import shapes
import work
from PIL import Image
from scene import Box, boxes

if TYPE_CHECKING:
    from pathlib import Path

    from character import Character, Seat


def todo(who: Character) -> list[tuple[str, shapes.Units, Box | None, int]]:
    """List name, face units, box and samples of every picture."""
    at = boxes(who.camera)
    pictures: list[tuple[str, shapes.Units, Box | None, int]] = [("base", {}, None, who.samples["base"])]
    for f in shapes.families():
        of = [shapes.units(c) for c in f.shapes]
        pictures += [(f"{f.name}{i:02}", units, at.mouth, who.samples["mouth"]) for i, units in enumerate(of)]
    pictures += [
        (f"blink{i}", {"eyeBlink*": lids}, at.blink, who.samples["blink"]) for i, lids in enumerate(shapes.BLINK)
    ]
    return pictures


def folder(who: Character) -> Path:
    """Give the folder of a character's pictures."""
    return work.folder("renders") / f"{who.name}-{who.digest()}"


def render(who: Character, only: tuple[str, ...] = ()) -> None:
    """Render what is missing; it can be stopped and started again."""
    room(who)
    if not figures(who, only):
        print("everything is rendered")


def figures(who: Character, only: tuple[str, ...] = ()) -> int:
    """Render what is missing of the figure; gives how many pictures that were."""
    place = folder(who)
    place.mkdir(parents=True, exist_ok=True)
    missing = [p for p in todo(who) if not (place / f"{p[0]}.png").exists() and (not only or p[0] in only)]
    if not missing:
        return 0
    from figure import Figure  # noqa: PLC0415 # Blender takes seconds to load and is not needed to pack

    figure = Figure(who)
    for n, (name, units, box, samples) in enumerate(missing, 1):
        began = time.monotonic()
        half = place / f".{name}.png"
        figure.pose(units, head=who.head, gaze=who.gaze)
        figure.render(str(half), samples=samples, border=box.border() if box else None)
        half.rename(place / f"{name}.png")
        print(f"{n}/{len(missing)} {who.name} {name} {time.monotonic() - began:.1f} s", flush=True)
    return len(missing)


def flat(who: Character, name: str, box: Box | None, room: Image.Image) -> Image.Image:
    """Lay a rendered picture over the room."""
    picture = Image.open(folder(who) / f"{name}.png").convert("RGBA")
    behind = room.convert("RGBA")
    if box is not None:
        behind = box.crop(behind)
    behind.alpha_composite(picture)
    return behind.convert("RGB")


def room(who: Character) -> Image.Image:
    """Give what is behind: the room and who sits in it; what is missing is rendered, before any figure is built."""
    return neighbours.lay(empty_room(who), beside(who))


def beside(who: Character, *, alive: bool = False) -> list[neighbours.Sitter]:
    """Give those who sit beside, the furthest first, rendered when they are missing; who is alive can blink."""
    only = ("base", *(f"blink{i}" for i in range(len(shapes.BLINK)))) if alive else ("base",)
    sitters = []
    for seat in seats(who):
        other = neighbours.seated(who, seat)
        figures(other, only)
        sitters.append(neighbours.sitter(other, seat, folder(other), alive=alive))
    return sitters


def seats(who: Character) -> list[Seat]:
    """List the seats beside, the furthest first."""
    return sorted(who.beside, key=lambda seat: seat.size)


def empty_room(who: Character) -> Image.Image:
    """Give the picture of the room alone."""
    looks = json.dumps([who.room, who.camera, who.samples["room"]], sort_keys=True)
    path = work.folder("rooms") / f"{who.name}-{hashlib.sha256(looks.encode()).hexdigest()[:12]}.png"
    if not path.exists():
        import room as studio_room  # noqa: PLC0415 # Blender takes seconds to load

        half = path.with_name(f".{path.name}")
        studio_room.render(who, str(half), who.samples["room"])
        half.rename(path)
    return Image.open(path)
