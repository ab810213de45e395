"""Writes pictures as OpenCV and Pillow scale them; run where both are installed."""

import cv2
import numpy as np
from PIL import Image

noise = np.random.default_rng(1).integers(0, 256, (31, 43, 3), dtype=np.uint8)
picture = ((cv2.GaussianBlur(noise, (5, 5), 0).astype(int) - 128) * 4 + 128).clip(0, 255).astype(np.uint8)
plain = Image.fromarray(picture)
matrix = np.array([[1 / 1.25, 0, 10.5 / 1.25], [0, 1 / 1.25, 7.25 / 1.25]])
made = {
    "in": picture,
    "lanczos": cv2.resize(picture, (64, 80), interpolation=cv2.INTER_LANCZOS4),
    "large": np.asarray(plain.resize((70, 60), Image.Resampling.BILINEAR)),
    "small": np.asarray(plain.resize((20, 12), Image.Resampling.BILINEAR)),
    "cubic": np.asarray(plain.resize((20, 50), Image.Resampling.BICUBIC)),
    "warp": cv2.warpAffine(picture, matrix, (60, 50), flags=cv2.INTER_LINEAR),
    "blur": cv2.GaussianBlur(picture, (11, 11), 0),
}
for name, value in made.items():
    value.tofile(f"{name}.bgr")
