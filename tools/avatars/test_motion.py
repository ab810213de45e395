"""Idle life: loops close, nothing jumps that does not jump in life, blinks are as many and as fast as people's."""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

import unittest

import numpy as np
from motion import KINDS, Loop


class Loops(unittest.TestCase):
    def test_closes_without_a_jump(self) -> None:
        for kind in KINDS:
            loop = Loop(kind, 12.0, seed=3)
            for a, b in ((loop.at(0.0), loop.at(12.0)), (loop.at(12.0 - 1e-4), loop.at(1e-4))):
                self.assertTrue(np.allclose(a.head, b.head, atol=0.02))
                self.assertTrue(np.allclose(a.gaze, b.gaze, atol=0.02))
                self.assertTrue(np.allclose(a.lids, b.lids, atol=0.02))
                self.assertAlmostEqual(a.breath, b.breath, delta=0.001)

    def test_the_head_is_slow(self) -> None:
        for kind in KINDS:
            head = np.array([s.head for s in Loop(kind, 20.0).frames(50)])
            self.assertLess(np.abs(np.diff(head, axis=0)).max() * 50, 30)  # degrees a second
            self.assertLess(np.abs(head).max(), 8)

    def test_blinks(self) -> None:
        count = sum(len(Loop("listening", 60.0, seed=s).blinks) for s in range(20)) / 20
        self.assertGreater(count, 11)
        self.assertLess(count, 22)
        lids = np.array([s.lids[0] for s in Loop("listening", 60.0).frames(100)])
        self.assertGreater(lids.max(), 0.88)
        shut = lids > 0.1
        edges = np.flatnonzero(np.diff(shut.astype(int)))
        lengths = (edges[1::2] - edges[::2]) / 100
        self.assertTrue(((lengths > 0.12) & (lengths < 0.45)).all())

    def test_same_seed_same_life(self) -> None:
        self.assertEqual(Loop("talking", 8.0, 5).frames(25), Loop("talking", 8.0, 5).frames(25))
        self.assertNotEqual(Loop("talking", 8.0, 5).frames(25), Loop("talking", 8.0, 6).frames(25))


if __name__ == "__main__":
    unittest.main()
