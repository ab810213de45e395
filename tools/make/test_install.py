"""Runs install.sh on a small tree of its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent / "install.sh"
HOST = '#!/bin/sh\necho sealed > "$3/seal"\n'


class InstallTest(unittest.TestCase):
    def setUp(self) -> None:
        self.tree = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.tree)
        stage = self.tree / "build/stage"
        stage.mkdir(parents=True)
        (stage / "visavis").write_text(HOST)
        (stage / "visavis").chmod(0o755)
        for name in ("tts-a", "tts-b"):
            self.give(name, "one")

    def give(self, name: str, program: str) -> None:
        source = self.tree / "plugins" / name
        source.mkdir(parents=True, exist_ok=True)
        (source / "plugin.json").write_text("{}")
        (self.tree / "build/stage" / name).write_text(program)

    def install(self) -> None:
        subprocess.run([str(SCRIPT), "build"], cwd=self.tree, check=True)

    def installed(self, name: str) -> Path:
        return self.tree / "build/plugins" / name

    def test_what_changed_is_replaced_by_another_file(self) -> None:
        self.install()
        before = {name: (self.installed(name) / name).stat().st_ino for name in ("tts-a", "tts-b")}
        self.give("tts-b", "two")
        self.install()
        self.assertEqual((self.installed("tts-a") / "tts-a").stat().st_ino, before["tts-a"])
        self.assertNotEqual((self.installed("tts-b") / "tts-b").stat().st_ino, before["tts-b"])
        self.assertEqual((self.installed("tts-b") / "tts-b").read_text(), "two")
        self.assertFalse(list((self.tree / "build").glob("install.*")))

    def test_a_plugin_without_source_goes_but_not_somebodys_own(self) -> None:
        self.install()
        own = self.installed("tts-own")
        own.mkdir()
        (own / "plugin.json").write_text("{}")
        shutil.rmtree(self.tree / "plugins/tts-b")
        self.install()
        self.assertEqual(sorted(path.name for path in own.parent.iterdir()), ["tts-a", "tts-own"])


if __name__ == "__main__":
    unittest.main()
