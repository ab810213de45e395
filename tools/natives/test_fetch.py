"""Runs the fetcher as a process, with real pip, on wheels made here and offered through a local folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

SOURCES = Path(__file__).resolve().parent


class FetchTest(unittest.TestCase):
    def setUp(self) -> None:
        work = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, work)
        self.tool, self.index, self.root = work / "tool", work / "index", work / "root"
        self.tool.mkdir()
        self.index.mkdir()
        for source in ("fetch.py", "pins.py", "wheels.py"):
            shutil.copy(SOURCES / source, self.tool)
        self.wheel = self.index / "parrot-1.0-py3-none-any.whl"
        self.sha256 = self.make_wheel("1.0 speaks")
        self.pin()

    def make_wheel(self, speech: str) -> str:
        with zipfile.ZipFile(self.wheel, "w") as wheel:
            wheel.writestr("parrot/parrot-linux", speech)
            wheel.writestr("parrot/data/ko", "안녕")
            wheel.writestr("parrot/data/deep/en", "hello")
            wheel.writestr("parrot/__init__.py", "SAYS = 'hello'\n")
            wheel.writestr("parrot-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: parrot\nVersion: 1.0\n")
            wheel.writestr(
                "parrot-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            wheel.writestr("parrot-1.0.dist-info/RECORD", "")
        return hashlib.sha256(self.wheel.read_bytes()).hexdigest()

    def pin(self, sha256: dict[str, str] | None = None, **more: object) -> None:
        wheel = {
            "package": "parrot==1.0",
            "gives": "parrot 1.0",
            "sha256": sha256 or {"any": self.sha256},
            "take": {"parrot/parrot-*": "bin/parrot", "parrot/data/": "share/parrot/"},
            **more,
        }
        (self.tool / "zoo.json").write_text(json.dumps({"wheels": [wheel]}))

    def fetch(self, name: str = "zoo", **environment: str) -> subprocess.CompletedProcess[str]:
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.index), "PIP_CONFIG_FILE": os.devnull}
        return subprocess.run(
            [sys.executable, str(self.tool / "fetch.py"), str(self.root), name],
            env={**os.environ, **offline, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def fetched(self) -> list[str]:
        return sorted(str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_file())

    def test_takes_what_is_pinned_and_leaves_nothing_else(self) -> None:
        done = self.fetch()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(
            self.fetched(), [".lock", ".zoo.stamp", "bin/parrot", "share/parrot/deep/en", "share/parrot/ko"]
        )
        self.assertTrue(os.access(self.root / "bin/parrot", os.X_OK))
        self.assertEqual((self.root / "share/parrot/ko").read_text(), "안녕")

    def test_a_second_run_needs_no_wheel(self) -> None:
        self.fetch()
        self.wheel.unlink()
        done = self.fetch()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_a_part_removed_by_hand_comes_back(self) -> None:
        self.fetch()
        (self.root / "bin/parrot").unlink()
        self.assertEqual(self.fetch().returncode, 0)
        self.assertTrue((self.root / "bin/parrot").exists())

    def test_a_new_pin_replaces_whole_folders(self) -> None:
        self.fetch()
        (self.root / "share/parrot/old").write_text("left over")
        self.sha256 = self.make_wheel("1.0 sings")
        self.pin()
        self.assertEqual(self.fetch().returncode, 0)
        self.assertEqual((self.root / "bin/parrot").read_text(), "1.0 sings")
        self.assertFalse((self.root / "share/parrot/old").exists())

    def test_an_interrupted_run_goes_on_with_the_wheel_it_has(self) -> None:
        store = self.root / ".wheels"
        (store / "tmp12").mkdir(parents=True)
        (self.root / ".unpack-12/bin").mkdir(parents=True)
        self.wheel.rename(store / f"{self.sha256}.whl")
        done = self.fetch()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn("downloading", done.stdout)
        self.assertFalse(list(self.root.glob(".unpack-*")) or list(store.iterdir()))

    def test_another_wheel_under_the_same_name_is_refused(self) -> None:
        self.make_wheel("1.0 bites")
        done = self.fetch()
        self.assertEqual(done.returncode, 1)
        self.assertIn("not what is pinned", done.stderr)
        self.assertEqual(self.fetched(), [".lock"])

    def test_a_wheel_damaged_after_its_download_is_refused_and_dropped(self) -> None:
        store = self.root / ".wheels"
        store.mkdir(parents=True)
        (store / f"{self.sha256}.whl").write_bytes(self.wheel.read_bytes()[:-1])
        self.assertIn("not the one pinned", self.fetch().stderr)
        self.assertEqual(self.fetch().returncode, 0)

    def test_a_wheel_without_the_part_is_refused(self) -> None:
        self.pin(take={"parrot/wings": "bin/wings"})
        self.assertIn("nothing in it is called parrot/wings", self.fetch().stderr)

    def test_a_machine_without_a_build_gets_advice_or_a_refusal(self) -> None:
        self.pin({"pdp11": self.sha256}, otherwise="buy one from a shop")
        done = self.fetch()
        self.assertEqual(done.returncode, 0)
        self.assertIn("buy one from a shop", done.stdout)
        self.pin({"pdp11": self.sha256})
        done = self.fetch()
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"parrot==1.0 is not pinned for {os.uname().machine}", done.stderr)

    def test_packages_are_installed_beside_the_system_ones(self) -> None:
        (self.tool / "zoo.json").write_text('{"requirements": {"file": "zoo.txt", "into": "python"}}')
        (self.tool / "zoo.txt").write_text(f"parrot==1.0 --hash=sha256:{self.sha256}\n")
        self.assertEqual(self.fetch().stderr, "")
        said = subprocess.run(
            [sys.executable, "-c", "import parrot; print(parrot.SAYS)"],
            env={**os.environ, "PYTHONPATH": str(self.root / "python")},
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(said.stdout, "hello\n")

    def test_says_that_pip_is_missing(self) -> None:
        shadow = self.tool / "shadow/pip"
        shadow.mkdir(parents=True)
        (shadow / "__init__.py").write_text("raise ImportError('No module named pip')")
        done = self.fetch(PYTHONPATH=str(shadow.parent))
        self.assertEqual(done.returncode, 1)
        self.assertIn("has no pip; install it", done.stderr)

    def test_says_that_the_index_cannot_be_reached(self) -> None:
        closed = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
        self.wheel.unlink()
        done = self.fetch(**closed)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is the network on?", done.stderr)

    def test_names_the_sets_there_are(self) -> None:
        self.assertIn("there are: zoo", self.fetch("circus").stderr)
        self.assertEqual(self.fetch("").returncode, 1)

    def test_every_pin_file_of_the_project_is_whole(self) -> None:
        for file in SOURCES.glob("*.json"):
            pins = json.loads(file.read_text())
            for wheel in pins["wheels"]:
                with self.subTest(file=file.name, package=wheel["package"]):
                    self.assertRegex(wheel["package"], r"^[a-z0-9-]+==[0-9.]+$")
                    self.assertTrue({"any", "x86_64"} & wheel["sha256"].keys())
                    for digest in wheel["sha256"].values():
                        self.assertRegex(digest, r"^[0-9a-f]{64}$")


if __name__ == "__main__":
    unittest.main()
