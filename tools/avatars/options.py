"""What the commands' numbers may be; whatever is wrong with one is said in a sentence before anything begins."""

from __future__ import annotations

import argparse
from typing import Callable

# Seconds that a loop may last: in less no blink has room, and no pack has longer ones.
SHORTEST, LONGEST = 1, 400
MANY, DIGITS = 1000, 12


def share(text: str) -> tuple[int, int]:
    """Read "2/8": the second of eight."""
    part, of = text.split("/") if text.count("/") == 1 else ("", "")
    if not (part.isdecimal() and of.isdecimal() and 1 <= int(part) <= int(of) <= MANY):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not as 2/8, the second of eight, of {MANY} at most")
    return int(part) - 1, int(of)


def whole(low: int, high: int, step: int = 1) -> Callable[[str], int]:
    """Give what reads a whole number from low to high, a multiple of step."""
    kind = f"a whole number from {low} to {high}" + (f", a multiple of {step}" if step > 1 else "")

    def read(text: str) -> int:
        if not (text.isdecimal() and len(text) <= DIGITS and low <= int(text) <= high and int(text) % step == 0):
            raise argparse.ArgumentTypeError(f"{text[:40]!r} is not {kind}")
        return int(text)

    return read


def seconds(text: str) -> float:
    """Read how long a loop is."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not SHORTEST <= number <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number from {SHORTEST} to {LONGEST}")
    return number
