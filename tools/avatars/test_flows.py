"""Flows: where what a speaking crop shows lay at rest. Needs Blender's module, which tracks and figure load."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import unittest

import flows
import numpy as np
import tracks
from scipy.spatial import cKDTree
from tracks import HEAD, SKIN, Snapshot, Tracker


class FlatTracker(Tracker):
    """Sees from straight ahead: a pixel is a millimetre. Skin has moved as a snapshot says, (3,) in pixels."""

    def __init__(self) -> None:
        self.tree = cKDTree(np.random.default_rng(1).random((20, 3)))

    def project(self, p: np.ndarray, _width: int, _height: int) -> np.ndarray:
        return p[:, [0, 2]] * 1000

    def places(self, snap: Snapshot, rest: np.ndarray, part: np.ndarray, _near: object) -> np.ndarray:
        return rest + np.where(part == SKIN, 1, 0)[:, None] * np.array(snap.moved) / 1000


class Sheet(Snapshot):
    """12 x 8 pixels of a sheet that has moved down; the upper two rows are teeth, the left column is the room."""

    def __init__(self, down: int) -> None:
        self.moved = 0, 0, down
        self.hit, self.part, self.rest = np.ones((8, 12), bool), np.full((8, 12), SKIN), np.zeros((8, 12, 3))
        self.rest[..., 0] = np.arange(12) / 1000
        self.rest[..., 2] = (np.arange(8)[:, None] - down) / 1000
        self.part[: 2 + down], self.hit[:, 0], self.part[:, 0] = HEAD, False, 0
        self.rest[: 2 + down, :, 2] += down / 1000  # teeth stay in their place


class Flows(unittest.TestCase):
    def setUp(self) -> None:
        self.near = tracks.NEAR
        tracks.NEAR = 0.0005

    def tearDown(self) -> None:
        tracks.NEAR = self.near

    def test_skin_comes_from_where_it_was(self) -> None:
        moved = flows.flow(FlatTracker(), Sheet(0), Sheet(2), (1280, 720))
        np.testing.assert_allclose(moved[4:, 1:, :2], np.broadcast_to([0, -2], (4, 11, 2)), atol=1e-9)
        self.assertTrue((moved[4:, 1:, 2] == 1).all())

    def test_what_was_hidden_is_not_known(self) -> None:
        moved = flows.flow(FlatTracker(), Sheet(0), Sheet(2), (1280, 720))
        self.assertEqual(np.abs(moved[2:4, 1:]).max(), 0)  # teeth where lips were
        self.assertTrue((moved[:2, 1:, 2] == 1).all())  # and where they were seen before
        self.assertTrue((moved[:, 0, 2] == 1).all())  # the room
        self.assertEqual(np.abs(moved[:, 0, :2]).max(), 0)

    def test_halves(self) -> None:
        moved = np.zeros((2, 4, 3))
        moved[0, 0] = 3, -1, 1
        small = flows.halved(moved)
        self.assertEqual(small.dtype, np.float16)
        self.assertEqual(small[0, 0].tolist(), [3, -1, 0.25])
        self.assertEqual(small[0, 1].tolist(), [0, 0, 0])


if __name__ == "__main__":
    unittest.main()
