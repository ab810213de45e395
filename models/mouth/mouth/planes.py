"""Pictures as a video has them: planes of BT.709 in the limited range, colour at half the size."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# ITU-R BT.709: luma's shares of red, green and blue.
RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722

Bytes = npt.NDArray[np.uint8]


def split(picture: Bytes) -> Bytes:
    """Turn RGB [h, w, 3] into six planes [6, h/2, w/2]: luma at even and odd places (rows first), then blue and red."""
    rgb = picture.astype(np.float32) / 255
    luma = rgb @ np.array([RED, GREEN, BLUE], np.float32)
    small = rgb.reshape(rgb.shape[0] // 2, 2, rgb.shape[1] // 2, 2, 3).mean((1, 3))
    half = small @ np.array([RED, GREEN, BLUE], np.float32)
    blue = (small[..., 2] - half) / (2 * (1 - BLUE))
    red = (small[..., 0] - half) / (2 * (1 - RED))
    y = 16 + 219 * luma
    planes = [y[row::2, column::2] for row in (0, 1) for column in (0, 1)] + [128 + 224 * blue, 128 + 224 * red]
    return np.clip(np.rint(np.stack(planes)), 0, 255).astype(np.uint8)


def luma(planes: Bytes) -> Bytes:
    """Put the four planes of luma of [..., 6, h/2, w/2] together again: [..., h, w]."""
    *lead, _, height, width = planes.shape
    y = np.empty((*lead, 2 * height, 2 * width), planes.dtype)
    for at, (row, column) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        y[..., row::2, column::2] = planes[..., at, :, :]
    return y


def join(planes: Bytes) -> Bytes:
    """Turn six planes [6, h/2, w/2] into RGB [h, w, 3]."""
    y = (luma(planes).astype(np.float32) - 16) / 219
    blue, red = ((np.repeat(np.repeat(p.astype(np.float32), 2, 0), 2, 1) - 128) / 224 for p in planes[4:])
    r = y + 2 * (1 - RED) * red
    b = y + 2 * (1 - BLUE) * blue
    g = (y - RED * r - BLUE * b) / GREEN
    return np.clip(np.rint(255 * np.stack([r, g, b], -1)), 0, 255).astype(np.uint8)
