"""Writes small avatars as the known tools do: python3 make.py, with numpy, torch and pillow.

Frames are 64 x 48 pixels; the latent of frame n has the value n in all its elements, so that a test knows it.
"""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

HERE = Path(__file__).parent
WIDTH, HEIGHT, FRAMES = 64, 48, 6
NO_FACE = 2  # the frame in which no face is found


def frame(n: int) -> np.ndarray:
    """Give a picture that differs from its neighbours: blue rises to the right, green downwards, red with time."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([x * 4, y * 5, np.full_like(x, n * 40)], axis=-1).astype(np.uint8)


def latent(n: int, kind: torch.dtype = torch.float16) -> torch.Tensor:
    """Give the latent of a frame."""
    return torch.full((1, 8, 32, 32), float(n), dtype=kind)


def box(n: int) -> tuple[Any, ...]:
    """Give a face that moves to the right; numbers are of several types, as detectors give them."""
    return (np.int32(10 + n), np.int64(8), 40 + n, np.int32(30))


def mask() -> np.ndarray:
    """Give a soft square."""
    ramp = np.minimum(np.arange(44), np.arange(44)[::-1]) * 11
    return np.minimum.outer(ramp, ramp).clip(0, 255).astype(np.uint8)


def documented(*, script: bool) -> dict[str, Any]:
    """Give what precompute_avatar.py writes: the root's, which adds the margin, or that of scripts/, which does not."""
    faces = [n for n in range(FRAMES) if n != NO_FACE]
    data: dict[str, Any] = {
        "frames": [frame(n) for n in range(FRAMES)],
        "coords_list": [box(n) if n in faces else (0, 0, 0, 0) for n in range(FRAMES)],
        "input_latent_list": [latent(n) if n in faces else None for n in range(FRAMES)],
        "fps": 25.0,
        "video_path": "talk.mp4",
        "cached_mask": mask(),
        "cached_crop_box": [3, -3, 47, 41],
    }
    if script:
        extra = {"width": WIDTH, "height": HEIGHT, "total_frames": FRAMES, "extra_margin": 10, "use_float16": True}
        return {**data, **extra, "face_index": "auto"}
    data["input_latent_list"] = [latent(n) for n in faces]
    return data


def folder(path: Path, *, mirrored: bool) -> None:
    """Write a result folder: MuseTalk's holds everything twice, LiveTalking's once."""
    order = [*range(FRAMES), *reversed(range(FRAMES))] if mirrored else list(range(FRAMES))
    for name in ("full_imgs", "mask"):
        (path / name).mkdir(parents=True, exist_ok=True)
    for at, n in enumerate(order):
        Image.fromarray(frame(n)[:, :, ::-1]).save(path / "full_imgs" / f"{at:08d}.png")
        Image.fromarray(mask()).save(path / "mask" / f"{at:08d}.png")
    crops = [[3 + n, -3, 47 + n, 41] for n in order]
    boxes = [box(n) if n != NO_FACE else (0.0, 0.0, 0.0, 0.0) for n in order]
    for name, value in (("coords.pkl", boxes), ("mask_coords.pkl", crops)):
        with (path / name).open("wb") as out:
            pickle.dump(value, out)
    torch.save([latent(n) for n in order], path / "latents.pt")
    if mirrored:
        (path / "avator_info.json").write_text(json.dumps({"avatar_id": "test", "bbox_shift": 0}))


def main() -> None:
    """Write all of them."""
    older = {
        "frames": "frame_list_cycle",
        "coords_list": "coord_list_cycle",
        "input_latent_list": "input_latent_list_cycle",
        "cached_mask": "mask_cache",
        "cached_crop_box": "crop_box_cache",
    }
    whole = {
        "root.pkl": documented(script=False),
        "script.pkl": documented(script=True),
        "older.pkl": {older.get(key, key): value for key, value in documented(script=True).items()},
    }
    for name, data in whole.items():
        with (HERE / name).open("wb") as out:
            pickle.dump(data, out)
    folder(HERE / "musetalk", mirrored=True)
    folder(HERE / "livetalking", mirrored=False)


if __name__ == "__main__":
    main()
