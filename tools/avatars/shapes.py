"""The shapes of a face: coefficients of speech (docs/face.md), and the face units of the model that make them.

Units are those of the ARKit face (0 to 1); a name with a star acts on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

# Denser where lips part: that is where a cross-fade would show two mouths.
OPEN = (0.0, 0.08, 0.18, 0.32, 0.50, 0.74, 1.0)
SHAPE = (-1.0, -0.5, 0.0, 0.5, 1.0)
ENDS = (-1.0, 0.0, 1.0)
SPREAD = (0.0, 1.0)
TONGUE_OPEN = (0.2, 0.45, 0.7)
BLINK = (0.0, 0.2, 0.4, 0.6, 0.8, 0.92, 1.0)

COEFFICIENTS = (
    "jawOpen", "mouthClose", "mouthPress", "mouthBite", "mouthFunnel", "mouthPucker",
    "mouthStretch", "mouthSmile", "mouthLowerDown", "mouthUpperUp", "tongueUp", "tongueOut",
)  # fmt: skip

# Not a unit but a share of one: how much of the resting smile stays. Corners that smile make no round lips.
RESTING_SMILE = "restingSmile"

Units = dict[str, float]


@dataclass(frozen=True)
class Family:
    """A grid of shapes, the first axis slowest."""

    name: str
    axes: dict[str, tuple[float, ...]]
    shapes: list[Units]


def units(c: Units) -> Units:
    """Give the model's units for coefficients of speech; what is missing is at rest."""
    jaw, close, press, bite, funnel, pucker, stretch, smile, lower, upper, tip, out = (
        min(1.0, max(0.0, c.get(k, 0.0))) for k in COEFFICIENTS
    )
    shut = max(close, press)
    opening = 0.50 * jaw
    part = (1 - shut) * (1 - bite)
    return {
        "jawOpen": opening + 0.035 * bite * (1 - jaw) - 0.02 * press * (1 - jaw),
        "mouthClose": opening * max(shut, 0.85 * bite),
        "mouthRollUpper": -0.25 * bite + 0.30 * press + 0.05 * close * (1 - press),
        "mouthRollLower": 0.34 * press + 0.05 * close * (1 - press) + 0.55 * bite,
        "mouthPress*": 0.15 * press,
        # lips that are rolled outwards would not meet
        "mouthFunnel": 0.95 * funnel * (1 - 0.7 * bite) * (1 - 0.85 * shut),
        "mouthPucker": 0.80 * pucker * (1 - 0.35 * funnel * jaw),
        "mouthStretch*": 0.36 * stretch + 0.03 * jaw,
        "mouthSmile*": 0.45 * smile + 0.10 * stretch - 0.30 * jaw * (1 - stretch) - 0.12 * press,
        "mouthLowerDown*": (0.60 * lower + 0.16 * jaw * (1 - funnel)) * part,
        "mouthUpperUp*": (0.55 * upper + 0.12 * jaw * (1 - funnel)) * (1 - shut) * (1 - bite) + 0.70 * bite,
        "mouthShrugLower": 0.50 * bite,
        "mouthRound": jaw**0.7 * min(1.0, funnel + pucker) * part,
        "mouthTuck": bite,
        "mouthDimple*": -0.12 * jaw,
        "cheekPuff": 0.06 * press,
        "tongueTip": tip,
        "tongueTeeth": out,
        RESTING_SMILE: 1 - 0.95 * min(1.0, max(0.0, funnel + pucker - 0.15) / 0.85),
    }


def vowel(opening: float, shape: float) -> Units:
    """Give the coefficients of a vowel: opening 0 to 1, shape -1 (rounded) to 1 (spread)."""
    r, w = max(0.0, -shape), max(0.0, shape)
    parted = min(1.0, 4 * opening)
    return {
        "jawOpen": opening * (1.0 - 0.42 * r - 0.08 * w),
        "mouthFunnel": (0.14 * (1 - w) + 0.80 * r) * min(1.0, 1.6 * opening),
        "mouthPucker": r * (1.0 - 0.45 * opening),
        "mouthStretch": 0.85 * w,
        "mouthLowerDown": (0.45 * opening + 0.22 * w * parted) * (1 - 0.85 * r),
        "mouthUpperUp": (0.35 * opening + 0.28 * w * parted) * (1 - 0.8 * r),
    }


def press(shape: float) -> Units:
    """Give lips pressed shut, as for m, b and p."""
    r, w = max(0.0, -shape), max(0.0, shape)
    return {"mouthClose": 1.0, "mouthPress": 0.9, "mouthStretch": 0.5 * w, "mouthPucker": 0.5 * r}


def bite(shape: float) -> Units:
    """Give the lower lip under the upper teeth, as for f and v."""
    r, w = max(0.0, -shape), max(0.0, shape)
    return {"mouthBite": 1.0, "mouthStretch": 0.5 * w, "mouthFunnel": 0.3 * r}


def tongue(opening: float, shape: float) -> Units:
    """Give a vowel's mouth with the tongue's tip lifted, as for l and d."""
    return {**vowel(opening, shape), "tongueUp": 1.0}


def families() -> list[Family]:
    """Give every shape of a pack, as coefficients, in the order of its stack."""
    return [
        Family("vowel", {"open": OPEN, "shape": SHAPE}, [vowel(o, s) for o in OPEN for s in SHAPE]),
        Family("press", {"shape": ENDS}, [press(s) for s in ENDS]),
        Family("bite", {"shape": SPREAD}, [bite(s) for s in SPREAD]),
        Family("tongue", {"open": TONGUE_OPEN}, [tongue(o, 0.2) for o in TONGUE_OPEN]),
    ]
