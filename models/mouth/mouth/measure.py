"""How well drawn crops agree with rendered ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .planes import Bytes, luma

# A pixel moves when its luma differs from that of rest by more than this.
MOVES = 6


@dataclass
class Figures:
    """Means over the held-out renders; PSNR in dB on luma."""

    crop: float
    moving: float
    worst: float
    ssim: float

    def __str__(self) -> str:
        """Give one line."""
        return (
            f"crop {self.crop:.2f} dB, moving pixels {self.moving:.2f} dB, "
            f"worst crop {self.worst:.2f} dB, SSIM {self.ssim:.4f}"
        )


def psnr(error: npt.NDArray[np.float64]) -> float:
    """Give the ratio for errors in bytes."""
    return float(10 * np.log10(255**2 / max(1e-6, float(np.mean(error**2)))))


def blurred(picture: npt.NDArray[np.float64], sigma: float = 1.5, radius: int = 5) -> npt.NDArray[np.float64]:
    """Smooth [h, w] with a Gaussian; only what the whole kernel covers."""
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        picture = np.apply_along_axis(np.convolve, axis, picture, kernel, mode="valid")
    return picture


def ssim(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    """Give the structural similarity (Wang et al. 2004: Gaussian of 1.5, K 0.01 and 0.03) of two pictures of bytes."""
    one, two = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    ma, mb = blurred(a), blurred(b)
    va, vb = blurred(a * a) - ma * ma, blurred(b * b) - mb * mb
    both = blurred(a * b) - ma * mb
    return float(np.mean((2 * ma * mb + one) * (2 * both + two) / ((ma * ma + mb * mb + one) * (va + vb + two))))


def compare(resting: Bytes, speaking: Bytes, drawn: Bytes) -> Figures:
    """Judge planes [n, 6, h/2, w/2]."""
    rest, want, have = (luma(p).astype(np.float64) for p in (resting, speaking, drawn))
    crops = [psnr(h - w) for h, w in zip(have, want)]
    moving = [
        psnr((h - w)[np.abs(w - r) > MOVES])
        for r, w, h in zip(rest, want, have)
        if np.count_nonzero(np.abs(w - r) > MOVES) > MOVES
    ]
    alike = [ssim(h, w) for h, w in zip(have, want)]
    return Figures(float(np.mean(crops)), float(np.mean(moving)), min(crops), float(np.mean(alike)))
