"""A finished loop in a smaller size: one render serves 1080p and 720p."""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path


def smaller(loop: Path, scale: int) -> Path:
    """Make a loop's frames anew in another size (percent of 720p), beside it; gives their folder.

    It can be stopped and started again. Raises ValueError if the loop is not finished, or not larger.
    """
    whole = loop / "loop.json"
    if not whole.exists():
        raise ValueError(f"{loop} is no finished loop: the command loop writes its loop.json last")
    about = json.loads(whole.read_text(encoding="utf-8"))
    share = scale / about["scale"]
    if share >= 1:
        raise ValueError(f"{loop} has {about['scale']} percent of 720p, and {scale} is not less")
    place = loop.with_name(f"{loop.name}-in-{scale}")
    place.mkdir(exist_ok=True)
    for frame in sorted(loop.glob("frame*.png")):
        if (place / frame.name).exists():
            continue
        picture = Image.open(frame)
        size = round(picture.width * share), round(picture.height * share)
        half = place / f".{frame.name}"
        picture.resize(size, Image.Resampling.LANCZOS).save(half)
        half.rename(place / frame.name)
    about |= {
        "scale": scale,
        "box": [round(x * share) for x in about["box"]],
        "placement": [[a, b, round(x * share, 5), round(y * share, 5)] for a, b, x, y in about["placement"]],
    }
    half = place / ".loop.json"
    half.write_text(json.dumps(about), encoding="utf-8")
    half.rename(place / "loop.json")
    return place
