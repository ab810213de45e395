"""Loops in a smaller size: frames, boxes and placements shrink together; what cannot be shrunk is told."""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

from PIL import Image
from smaller import smaller


class Smaller(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.loop = Path(folder.name) / "talking-1s-7-150-16"
        self.loop.mkdir()
        for i in range(2):
            Image.new("RGB", (192, 108), (90 * i, 40, 10)).save(self.loop / f"frame{i:05}.png")
        about = {"kind": "talking", "fps": 25, "frames": 2, "scale": 150, "box": [78, 46, 112, 72]}
        about |= {"keyframes": [0], "placement": [[1.0, 0.0, 3.0, -1.5], [1.0, 0.01, 0.0, 6.0]]}
        (self.loop / "loop.json").write_text(json.dumps(about), encoding="utf-8")

    def test_all_shrinks_together(self) -> None:
        place = smaller(self.loop, 100)
        about = json.loads((place / "loop.json").read_text(encoding="utf-8"))
        self.assertEqual((about["scale"], about["box"], about["frames"]), (100, [52, 31, 75, 48], 2))
        self.assertEqual(about["placement"], [[1.0, 0.0, 2.0, -1.0], [1.0, 0.01, 0.0, 4.0]])
        with Image.open(place / "frame00001.png") as picture:
            self.assertEqual((picture.size, picture.getpixel((60, 30))), ((128, 72), (90, 40, 10)))
        self.assertFalse(list(place.glob(".*")))

    def test_what_is_made_is_not_made_again(self) -> None:
        place = smaller(self.loop, 100)
        Image.new("RGB", (1, 1)).save(place / "frame00000.png")
        with Image.open(smaller(self.loop, 100) / "frame00000.png") as picture:
            self.assertEqual(picture.size, (1, 1))

    def test_what_cannot_be_made_smaller(self) -> None:
        with self.assertRaisesRegex(ValueError, "has 150 percent of 720p, and 150 is not less"):
            smaller(self.loop, 150)
        (self.loop / "loop.json").unlink()
        with self.assertRaisesRegex(ValueError, "is no finished loop"):
            smaller(self.loop, 100)


if __name__ == "__main__":
    unittest.main()
