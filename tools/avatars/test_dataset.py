"""What mouths are drawn for a network to learn from. Needs Blender's module, which dataset loads."""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

import unittest

import dataset


class Moments(unittest.TestCase):
    """Renders are kept by the numbers of their moments and mouths, so what these are must not change."""

    def test_tongues_come_last(self) -> None:
        few, more = dataset.moments(6, 3, 1), dataset.moments(6, 3, 1, tongues=2)
        for a, b in zip(few, more):
            self.assertEqual((a.number, a.kind, a.t, a.mouths), (b.number, b.kind, b.t, b.mouths[:4]))
            self.assertEqual(len(b.mouths), 6)

    def test_tongues_are_seen(self) -> None:
        shown = [c for m in dataset.moments(40, 0, 2, tongues=2) for c in m.mouths[1:]]
        for c in shown:
            self.assertGreaterEqual(max(c["tongueOut"], c["tongueUp"]), 0.3)
            self.assertEqual(min(c["tongueOut"], c["tongueUp"]), 0)
            self.assertEqual((c["mouthClose"], c["mouthPress"], c["mouthBite"]), (0, 0, 0))
            self.assertGreaterEqual(c["jawOpen"], 0.08)
        out = sum(c["tongueOut"] > 0 for c in shown)
        self.assertTrue(20 < out < 60, out)


class Orders(unittest.TestCase):
    """A folder holds one kind of renders only, or a half-done one would be taken for another."""

    def test_each_kind_has_its_own_folder(self) -> None:
        plan, q = dataset.moments(20, 1, 1), dataset.loops.Quality(64, 100)
        judges = [m for m in plan if dataset.held(m)]
        self.assertEqual([m.number for m in judges], [9, 19])
        self.assertEqual(dataset.Order(plan).name(q), "mouths-100-64")
        self.assertEqual(dataset.Order(judges, renders=3).name(q), "mouths-100-64x3-held")
        film = dataset.Loop("talking", 5.0, 1)
        self.assertEqual(dataset.Order(judges, film).name(q), "mouths-100-64-talking-5s-held")

    def test_no_two_crops_of_a_moment_agree_in_their_noise(self) -> None:
        of_three = dataset.Order([], renders=3)
        noises = [n for k in range(5) for n in of_three.noises(k)]
        self.assertEqual(len(set(noises)), 15)
        self.assertEqual(list(dataset.Order([]).noises(4)), [0], "what is learned from is one render, as ever")


if __name__ == "__main__":
    unittest.main()
