"""Prepares an avatar the plain way, in PyTorch, OpenCV and Pillow: what `visavis avatar prepare` must agree with.

usage: python reference_preparation.py FOLDER

Writes film.bgr, latents.f4 (one after the other), a mask for each face, and prepared.json with boxes and crops, by the
small random networks.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from musetalk_export.__main__ import SEED
from musetalk_export.detection import Detector
from musetalk_export.landmarks import HEIGHT, WIDTH, Landmarks
from musetalk_export.networks import Networks, random_networks
from musetalk_export.parsing import Parser
from PIL import Image

FILM_WIDTH, FILM_HEIGHT, FRAMES = 224, 160, 3
PADDING, EXPAND, NOSE, FACE = 1.25, 1.5, 29, slice(23, 91)


def film() -> list[np.ndarray]:
    """Give smooth frames with something bright in the middle."""
    y, x = np.mgrid[0:FILM_HEIGHT, 0:FILM_WIDTH]
    frames = []
    for n in range(FRAMES):
        hill = np.exp(-((x - 110 - 5 * n) ** 2 + (y - 80) ** 2) / 1800)
        waves = [np.sin((x + 9 * n) / 13) * hill, np.cos(y / 17) * hill, np.sin((x - y) / 11 + n) * hill]
        frames.append((60 + 90 * hill[..., None] + 80 * np.stack(waves, axis=-1)).clip(0, 255).astype(np.uint8))
    return frames


def detect(networks: Networks, frame: np.ndarray) -> np.ndarray | None:
    """Find the likeliest face: score above 0.5, overlapping ones left out."""
    places = Detector(networks.preparation["detector"])(torch.from_numpy(frame)[None]).numpy()  # type: ignore[arg-type]
    places = places[places[:, 4] > 0.5]  # noqa: PLR2004 (the reference's)
    if not len(places):
        return None
    best = places[places[:, 4].argmax()]
    return np.clip(best[:4], 0, None).astype(int)


def find_points(networks: Networks, frame: np.ndarray) -> np.ndarray:
    """Find the 68 points of the face of one person who fills the frame."""
    high, wide = frame.shape[:2]
    width, height = wide * PADDING, high * PADDING
    if width > height * WIDTH / HEIGHT:
        height = width * HEIGHT / WIDTH
    else:
        width = height * WIDTH / HEIGHT
    ratio = WIDTH / width
    matrix = np.array([[ratio, 0, WIDTH / 2 - ratio * wide / 2], [0, ratio, HEIGHT / 2 - ratio * high / 2]])
    seen = cv2.warpAffine(frame, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    points = Landmarks(networks.preparation["landmarks"])(torch.from_numpy(seen)[None]).numpy()[0]  # type: ignore[arg-type]
    scale = np.array([width, height])
    points = points / [WIDTH, HEIGHT] * scale + np.array([wide / 2, high / 2]) - 0.5 * scale
    return points[FACE].astype(np.int32)


def box(networks: Networks, frame: np.ndarray) -> list[int] | None:
    """Place a face's box as MuseTalk 1.5 does; inside the frame, since a face outside cannot be drawn."""
    found = detect(networks, frame)
    if found is None:
        return None
    points = find_points(networks, frame)
    low = int(points[:, 1].max())
    placed = [int(points[:, 0].min()), max(0, 2 * int(points[NOSE, 1]) - low), int(points[:, 0].max()), low]
    if placed[3] <= placed[1] or placed[2] <= placed[0] or placed[0] < 0:
        placed = [int(v) for v in found]
    high, wide = frame.shape[:2]
    return [placed[0], placed[1], min(placed[2], wide), min(placed[3] + 10, high)]


def latent(networks: Networks, frame: np.ndarray, face: list[int]) -> np.ndarray:
    """Encode a face without and with its lower half."""
    cut = cv2.resize(frame[face[1] : face[3], face[0] : face[2]], (256, 256), interpolation=cv2.INTER_LANCZOS4)
    picture = torch.from_numpy(cut[..., ::-1].copy()).permute(2, 0, 1)[None].float() / 255
    masked = picture.clone()
    masked[:, :, 128:] = 0
    both = [networks.vae.encode((p - 0.5) / 0.5, return_dict=False)[0].mean * 0.18215 for p in (masked, picture)]
    return torch.cat(both, dim=1).numpy()


def jaw(classes: np.ndarray) -> np.ndarray:
    """Make the mask of MuseTalk 1.5 of the parts of a face."""
    kernel = np.zeros((33, 33), np.uint8)
    for row in range(10, 33):
        half = min(row - 10, 10)
        kernel[row, 16 - half : 17 + half] = 1
    wide = cv2.dilate((classes == 1).astype(np.uint8) * 255, kernel, iterations=1)
    narrow = cv2.erode(wide, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (35, 3)), iterations=2)
    middle = np.abs(np.arange(512) - 256) < 90  # noqa: PLR2004 (the cheeks' width)
    mask = np.where(middle[None, :], wide, narrow)
    mask[classes == 10] = 0  # noqa: PLR2004 (the nose)
    mask[np.isin(classes, (11, 12, 13))] = 255
    return mask


def mask_of(networks: Networks, frame: np.ndarray, face: list[int], crop: list[int]) -> np.ndarray:
    """Make a face's mask, of its crop's size."""
    large = Image.fromarray(frame[..., ::-1]).crop((crop[0], crop[1], crop[2], crop[3]))
    small = np.asarray(large.resize((512, 512), Image.Resampling.BILINEAR))[..., ::-1].copy()
    classes = Parser(networks.preparation["parser"])(torch.from_numpy(small)[None]).numpy()[0]  # type: ignore[arg-type]
    seen = np.asarray(Image.fromarray(jaw(classes)).resize(large.size))
    mask = np.zeros_like(seen)
    inner = (slice(face[1] - crop[1], face[3] - crop[1]), slice(face[0] - crop[0], face[2] - crop[0]))
    mask[inner] = seen[inner]
    mask[: int(mask.shape[0] * 0.5)] = 0
    size = int(0.1 * mask.shape[1] // 2 * 2) + 1
    return cv2.GaussianBlur(mask, (size, size), 0)


def main(out: Path) -> None:
    """Write everything."""
    out.mkdir(parents=True, exist_ok=True)
    networks, frames = random_networks(SEED, small=True), film()
    entries: list[dict[str, Any] | None] = []
    with torch.inference_mode(), (out / "film.bgr").open("wb") as pictures, (out / "latents.f4").open("wb") as latents:
        for n, frame in enumerate(frames):
            pictures.write(frame.tobytes())
            face = box(networks, frame)
            if face is None:
                entries.append(None)
                continue
            middle, half = ((face[0] + face[2]) // 2, (face[1] + face[3]) // 2), 0
            half = int(max(face[2] - face[0], face[3] - face[1]) // 2 * EXPAND)
            crop = [middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half]
            latents.write(latent(networks, frame, face).tobytes())
            Image.fromarray(mask_of(networks, frame, face, crop)).save(out / f"mask-{n}.png")
            points = find_points(networks, frame).tolist()
            entries.append({"box": face, "crop": crop, "points": points})
    said = {"width": FILM_WIDTH, "height": FILM_HEIGHT, "frames": entries}
    (out / "prepared.json").write_text(json.dumps(said) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
