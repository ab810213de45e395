"""Panels: what a file may say of those who sit beside, where they are laid, and that boxes follow the camera."""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

import neighbours
import numpy as np
import scene
import shapes
from character import STUDIO, CharacterError, load
from motion import State
from PIL import Image


class Files(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "three.json"

    def write(self, beside: object) -> Path:
        data = json.loads((STUDIO / "interviewer.json").read_text(encoding="utf-8"))
        self.path.write_text(json.dumps({**data, "beside": beside}), encoding="utf-8")
        return self.path

    def test_whoever_sits_alone_keeps_their_renders(self) -> None:
        alone = load(STUDIO / "interviewer.json")
        self.assertEqual(alone.digest(), load(self.write([])).digest())

    def test_the_hash_follows_those_beside(self) -> None:
        seat = {"character": "director.json", "at": -0.3}
        seen = {load(STUDIO / "interviewer.json").digest()}
        for beside in ([seat], [{**seat, "at": 0.3}], [{**seat, "character": "interviewer.json"}], [seat, seat]):
            seen.add(load(self.write(beside)).digest())
        other = json.loads((STUDIO / "director.json").read_text(encoding="utf-8"))
        (self.path.parent / "director.json").write_text(json.dumps({**other, "seed": 99}), encoding="utf-8")
        seen.add(load(self.write([seat])).digest())
        self.assertEqual(len(seen), 6)

    def test_mistakes_are_told(self) -> None:
        for beside, told in (
            ({}, "list"),
            (["director.json"], 'needs a "character"'),
            ([{"at": 0.3}], 'needs a "character"'),
            ([{"character": "director.json", "left": 3}], "left"),
            ([{"character": "director.json"}, {"character": "director.json", "at": 0.9}], "entry 2.*at is 0.9"),
            ([{"character": "director.json", "size": "large"}], "size is 'large'"),
            ([{"character": "director.json", "turn": True}], "turn is True"),
            ([{"character": "nobody.json"}], "no character file"),
            ([{"character": "three.json"}], "a panel itself"),
        ):
            with self.assertRaisesRegex(CharacterError, told):
                load(self.write(beside))

    def test_the_panel_that_ships(self) -> None:
        who = load(STUDIO / "panel.json")
        self.assertEqual([seat.who.name for seat in who.beside], ["director", "analyst"])


class Camera(unittest.TestCase):
    def test_a_portrait_has_its_boxes(self) -> None:
        at = scene.boxes({"height": 0.375, "eyes": 0.37})
        self.assertEqual((at.mouth, at.speech, at.blink), (scene.MOUTH_BOX, scene.SPEECH_BOX, scene.BLINK_BOX))

    def test_boxes_follow_the_camera(self) -> None:
        camera = {"height": 0.355, "eyes": 0.36, "wide": 1.5, "lower": 0.06}
        at = scene.boxes(camera)
        eyes = 0.36 * 720
        for box, usual in ((at.mouth, scene.MOUTH_BOX), (at.speech, scene.SPEECH_BOX), (at.blink, scene.BLINK_BOX)):
            # What was in the box is in it still, but for the rounding of its place.
            x0, y0, x1, y1 = usual.border()
            across = [640 + (x - 640) / 1.5 for x in (x0, x1)]
            down = [eyes + 0.06 * 720 + (y - eyes) / 1.5 for y in (y0, y1)]
            self.assertLessEqual(box.x, across[0] + 2)
            self.assertLessEqual(box.y, down[0] + 2)
            self.assertGreaterEqual(box.x + box.width, across[1] - 2)
            self.assertGreaterEqual(box.y + box.height, down[1] - 2)
            self.assertEqual((box.x % 4, box.y % 4, box.width % 8, box.height % 8), (0, 0, 0, 0))
        self.assertEqual((at.speech.width % 16, at.speech.height % 16), (0, 0))
        self.assertEqual(at.breath.y + at.breath.height, 720)


def figure() -> neighbours.Sitter:
    """Somebody grey, 100 pixels wide in the middle, whose lids darken."""
    base = np.zeros((720, 1280, 4), np.float32)
    base[200:, 590:690] = (0.5, 0.5, 0.5, 1)
    at = scene.boxes({"height": 0.37, "eyes": 0.36})
    box = (at.blink.height, at.blink.width, 4)
    lids = [np.full(box, -0.4 * x, np.float32) * (1, 1, 1, 0) for x in shapes.BLINK]
    return neighbours.Sitter(-0.25, base, lids, at)


class Laying(unittest.TestCase):
    def test_a_seat_is_where_it_says(self) -> None:
        room = Image.new("RGB", (1280, 720), (200, 100, 0))
        picture = np.asarray(neighbours.lay(room, [figure()]).convert("RGB"))
        here = np.flatnonzero(picture[300, :, 0] != 200)
        self.assertEqual((here[0], here[-1]), (270, 369))
        self.assertTrue((picture[:200] == (200, 100, 0)).all())

    def test_eyes_blink_and_chests_rise(self) -> None:
        one = figure()
        open_, shut = (np.asarray(one.picture(lids, 0.0)) for lids in (0.0, 1.0))
        eye = 250, 320
        self.assertGreater(int(open_[eye][0]) - int(shut[eye][0]), 80)
        self.assertTrue((open_[eye][3], shut[eye][3]) == (255, 255))
        ramp = np.repeat(np.linspace(0, 1, 720, dtype=np.float32)[:, None, None], 1280, 1)
        risen = neighbours.risen(ramp, 2.4, one.boxes)
        self.assertTrue((risen[:470] == ramp[:470]).all())
        self.assertAlmostEqual(float((risen - ramp)[640].mean()), 2.4 / 719, places=4)

    def test_a_neighbour_is_as_large_as_told_and_looks_at_the_camera(self) -> None:
        who = load(STUDIO / "panel.json")
        for seat in who.beside:
            other = neighbours.seated(who, seat)
            tall = other.camera["height"] * other.camera["wide"]
            self.assertAlmostEqual(tall, who.camera["height"] * who.camera["wide"] / seat.size, places=5)
            turned = other.head[2] - seat.who.head[2]
            self.assertLess(turned * seat.at, 0)  # towards the middle: the picture's right is the head's positive turn
            self.assertAlmostEqual(other.gaze[1] - seat.who.gaze[1], -turned)

    def test_life_behind(self) -> None:
        room = Image.new("RGB", (1280, 720), (200, 100, 0))
        lives = [[State(), State(lids=(1.0, 1.0))]]
        behind = neighbours.Behind(room, [figure()], lives, (640, 360))
        self.assertEqual(behind.frame(0).shape, (360, 640, 3))
        self.assertGreater(np.abs(behind.frame(1) - behind.frame(0))[125, 160].max(), 0.3)
        alone = neighbours.Behind(room, [], [], (640, 360))
        self.assertIs(alone.frame(0), alone.frame(7))


if __name__ == "__main__":
    unittest.main()
