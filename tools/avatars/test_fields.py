"""Character files: whatever is wrong with one is told in a sentence, before anything is rendered."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from character import STUDIO, CharacterError, load

CHARACTERS = ("interviewer", "director", "analyst", "panel")


def changed(path: str, value: object) -> dict[str, Any]:
    """Give the interviewer's data with another value at a place; without one it is taken out."""
    data = json.loads((STUDIO / "interviewer.json").read_text(encoding="utf-8"))
    *above, last = path.split("/")
    place = data
    for name in above:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return data


class Fields(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "anna.json"

    def refuse(self, content: bytes, told: str) -> None:
        self.path.write_bytes(content)
        with self.assertRaisesRegex(CharacterError, told) as caught:
            load(self.path)
        self.assertIn("anna.json", str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))

    def test_those_that_ship_are_good(self) -> None:
        for name in CHARACTERS:
            self.assertEqual(load(STUDIO / f"{name}.json").name, name)

    def test_what_is_no_json(self) -> None:
        for content, told in (
            (b"", "no JSON"),
            (b"{", "no JSON"),
            (b"[" * 100_000, "no JSON"),
            ("{}".encode("utf-16"), "no JSON in UTF-8"),
            (b"[]", "has to be an object"),
            (b"null", "has to be an object"),
        ):
            self.refuse(content, told)
        self.path.unlink()
        with self.assertRaisesRegex(CharacterError, "No such file"):
            load(self.path)

    def test_mistakes_are_told(self) -> None:
        for place, value, told in (
            ("seed", None, "the file lacks seed"),
            ("head", None, "the file lacks head"),
            ("shape/race", None, '"shape" lacks race'),
            ("clothes/top/color", None, '"clothes.top" lacks color'),
            ("smile", 1, "says smile, which is unknown"),
            ("skin/ton", 1, '"skin" says ton, which is unknown; it may say tone'),
            ("hair", "bob", '"hair" has to be an object'),
            ("name", "../anna", '"name" is .* a name of letters'),
            ("name", "anna\n", '"name" is .* a name of letters'),
            ("eyes/name", "../../../etc/x", '"eyes.name" is .* a name of letters'),
            ("shape/details", {"../../../etc/passwd": 1}, '"shape.details" is .* shape targets'),
            ("shape/gender", "robot", "female, male"),
            ("shape/age", float("nan"), '"shape.age" is .*nan.* from 0 to 1'),
            ("shape/age", float("inf"), '"shape.age" is .*inf.* from 0 to 1'),
            ("shape/age", True, '"shape.age" is .*True'),
            ("shape/race", [1, 0], '"shape.race" is .* 3 numbers'),
            ("gaze", ["left", "up"], '"gaze" is .* 2 numbers'),
            ("seed", 1.5, '"seed" is .* whole number'),
            ("seed", -1, '"seed" is .* whole number'),
            ("skin/oil", 1e300, '"skin.oil" is .* a number'),
            ("hair/strands", 10**9, '"hair.strands" is'),
            ("hair/style", "mohawk", "bob, short"),
            ("clothes/style", "tie", '"clothes" lacks tie'),
            ("camera/height", 0, '"camera.height" is'),
            ("samples/base", 0, '"samples.base" is'),
            ("room/slats", 1, "true or false"),
            ("title", {"en": 5}, '"title" is .* names for people'),
            ("rest", {"jawOpen": "wide"}, '"rest" is .* units of the face'),
        ):
            with self.subTest(place=place, value=value):
                self.refuse(json.dumps(changed(place, value)).encode(), told)

    def test_as_a_command(self) -> None:
        self.path.write_text("{}", encoding="utf-8")
        for file, status in ((self.path, 1), (STUDIO / "director.json", 0)):
            ran = subprocess.run(
                [sys.executable, STUDIO / "character.py", file], capture_output=True, text=True, check=False
            )
            self.assertEqual((ran.returncode, ran.stdout), (status, ""))
            self.assertEqual(len(ran.stderr.splitlines()), status)


if __name__ == "__main__":
    unittest.main()
