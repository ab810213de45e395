"""Frames between keyframes: what a head hides in one of them comes from the other. Needs Blender's module."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import unittest

import numpy as np
from test_flows import FlatTracker
from tracks import HEAD, SKIN, Snapshot

WIDE, HIGH, LONG = 20, 8, 5


class Jaw(Snapshot):
    """Hair in the left columns, still and dark; a pale jaw over it from a column on; then the room."""

    def __init__(self, begins: int) -> None:
        self.moved = begins, 0, 0
        columns = np.arange(WIDE)
        row = np.where(columns < begins, HEAD, np.where(columns < begins + LONG, SKIN, 0))
        self.part = np.broadcast_to(row, (HIGH, WIDE))
        self.hit, self.rest = self.part > 0, np.zeros((HIGH, WIDE, 3))
        self.rest[..., 0] = (np.arange(WIDE) - np.where(self.part == SKIN, begins, 0)) / 1000
        self.rest[..., 2] = np.arange(HIGH)[:, None] / 1000
        self.rest[..., 1] = np.where(self.part == HEAD, 0.01 * (np.indices((HIGH, WIDE)).sum(0) % 2), 0)  # strands

    def picture(self) -> np.ndarray:
        return np.repeat((self.part == SKIN)[..., None], 4, 2).astype(float)


def between(now: int, *keys: tuple[int, float]) -> np.ndarray:
    """Give a row of the picture in which the jaw begins at `now`, of keyframes: where it begins there, their share."""
    jaws = [(Jaw(begins), share) for begins, share in keys]
    return FlatTracker().between(Jaw(now), [(jaw, jaw.picture(), share) for jaw, share in jaws])[HIGH // 2, :, 0]


class Between(unittest.TestCase):
    def test_hair_comes_from_where_the_jaw_does_not_hide_it(self) -> None:
        row = between(6, (4, 0.9), (10, 0.1))
        self.assertLess(row[:6].max(), 0.1)
        self.assertGreater(row[7 : 5 + LONG].min(), 0.9)

    def test_hair_that_no_keyframe_shows_is_like_the_hair_beside_it(self) -> None:
        row = between(9, (4, 0.5), (5, 0.5))
        self.assertLess(row[6:8].max(), 0.1)
        self.assertGreater(row[10 : 8 + LONG].min(), 0.9)

    def test_the_room_stays_empty(self) -> None:
        row = between(9, (4, 0.5), (5, 0.5))
        self.assertLess(row[10 + LONG :].max(), 0.1)


if __name__ == "__main__":
    unittest.main()
