"""Two face units of our own, where the basis falls short: lips that round, and a lower lip tucked under the teeth.

The basis opens a rounded mouth as a diamond, pointed at the corners, and lets dark slits show beside a bitten lip.
"""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from mesh import REFERENCE

if TYPE_CHECKING:
    from mesh import Base

# Metres on the reference figure.
CORNER = 0.0245  # from the middle of the mouth to its corner
EYES = 0.6033  # height of the eyes, where landmarks are measured from
ROUND_LOWER, ROUND_UPPER = 0.010, 0.003
TUCK = 0.0016


def _between(a: float, b: float, x: np.ndarray) -> np.ndarray:
    t = np.clip((x - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)


def _moved(base: Base, unit: str) -> np.ndarray:
    return np.linalg.norm(base.face(f"{unit}Left") + base.face(f"{unit}Right"), axis=1)


def units(base: Base) -> dict[str, np.ndarray]:
    """Give how far mouthRound and mouthTuck, each 0 to 1, move every point of the basis, in metres."""
    at = base.lower_arms(base.shape(**REFERENCE))
    at[:, 2] += EYES - base.joint(at, "l-eye")[2]
    upper, lower = _moved(base, "mouthUpperUp"), _moved(base, "mouthLowerDown")
    lip = (upper - lower) / (upper + lower + 2e-4)  # 1 on the upper, -1 on the lower
    front = _between(-0.08, -0.115, at[:, 1])
    below = np.clip(-lip, 0, 1) * front * _between(0.512, 0.534, at[:, 2])
    above = np.clip(lip, 0, 1) * front * _between(0.568, 0.552, at[:, 2])
    x = np.abs(at[:, 0]) / CORNER
    beside = 4 * x**2 * np.clip(1 - x**2, 0, 1)
    skin = np.zeros(base.n)
    skin[base.vgroups["body"]] = 1
    up = {
        "mouthRound": ROUND_UPPER * beside * above - ROUND_LOWER * beside * below,
        "mouthTuck": TUCK * beside * (below - above),
    }
    return {name: np.stack([0 * z, 0 * z, z * skin], 1) for name, z in up.items()}
