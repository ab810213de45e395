"""The shapes of a mouth pack and the face units that make them.

Units are those of the ARKit face (0 to 1); a name with a star acts on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

# Denser where lips part: that is where a cross-fade would show two mouths.
OPEN = (0.0, 0.08, 0.18, 0.30, 0.45, 0.62, 0.80, 1.0)
SHAPE = (-1.0, -0.66, -0.33, 0.0, 0.33, 0.66, 1.0)
ENDS = (-1.0, 0.0, 1.0)
TONGUE_OPEN = (0.2, 0.45, 0.7)
BLINK = (0.0, 0.2, 0.4, 0.6, 0.8, 0.92, 1.0)

Units = dict[str, float]


@dataclass(frozen=True)
class Family:
    """A grid of shapes, the first axis slowest."""

    name: str
    axes: dict[str, tuple[float, ...]]
    shapes: list[Units]


def vowel(opening: float, shape: float) -> Units:
    """Give the units of a vowel: opening 0 to 1, shape -1 (rounded) to 1 (spread)."""
    r, w = max(0.0, -shape), max(0.0, shape)
    parted = min(1.0, 4 * opening)
    return {
        "jawOpen": opening * (0.50 - 0.21 * r - 0.04 * w),
        "mouthLowerDown*": (0.30 * opening + 0.10 * w * parted) * (1 - 0.85 * r),
        "mouthUpperUp*": (0.22 * opening + 0.12 * w * parted) * (1 - 0.8 * r),
        "mouthFunnel": 0.14 * opening * (1 - w) + 0.72 * r * min(1.0, 0.3 + 1.2 * opening),
        "mouthPucker": r * (0.78 - 0.40 * opening),
        "mouthStretch*": 0.30 * w + 0.04 * opening,
        "mouthSmile*": 0.20 * w - 0.10 * r - 0.16 * opening * (1 - w),
    }


def press(shape: float) -> Units:
    """Give lips pressed shut, as for m, b and p."""
    r, w = max(0.0, -shape), max(0.0, shape)
    return {
        "jawOpen": -0.03,
        "mouthRollUpper": 0.28,
        "mouthRollLower": 0.33,
        "mouthSmile*": -0.10 + 0.12 * w,
        "mouthStretch*": 0.18 * w,
        "mouthPucker": 0.42 * r,
    }


def bite(shape: float) -> Units:
    """Give the lower lip under the upper teeth, as for f and v."""
    r, w = max(0.0, -shape), max(0.0, shape)
    return {
        "jawOpen": 0.045,
        "mouthRollLower": 0.42,
        "mouthUpperUp*": 0.62,
        "mouthShrugLower": 0.42,
        "mouthShrugUpper": 0.12,
        "mouthStretch*": 0.18 * w,
        "mouthFunnel": 0.22 * r,
    }


def tongue(opening: float, shape: float) -> Units:
    """Give a vowel's mouth with the tongue's tip lifted, as for l and d."""
    return {**vowel(opening, shape), "tongueOut": 0.20 + 0.10 * opening}


def families() -> list[Family]:
    """Give every shape of a pack in the order of its stack."""
    return [
        Family("vowel", {"open": OPEN, "shape": SHAPE}, [vowel(o, s) for o in OPEN for s in SHAPE]),
        Family("press", {"shape": ENDS}, [press(s) for s in ENDS]),
        Family("bite", {"shape": ENDS}, [bite(s) for s in ENDS]),
        Family("tongue", {"open": TONGUE_OPEN, "shape": ENDS}, [tongue(o, s) for o in TONGUE_OPEN for s in ENDS]),
    ]
