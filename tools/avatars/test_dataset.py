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


if __name__ == "__main__":
    unittest.main()
