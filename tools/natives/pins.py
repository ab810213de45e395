"""Pin files: which wheels make up a set, and whether it is there already. Imports little: this runs at every start."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import NamedTuple, TypedDict, cast

HERE = Path(__file__).resolve().parent
MACHINES = ("x86_64", "aarch64")
# Part of every stamp: raise it when a change in wheels.py must unpack everything anew.
LAYOUT = 1


class FetchError(Exception):
    """Says in one sentence what could not be fetched and what to do about it."""


class Advice(TypedDict, total=False):
    """What may be left out of a wheel's pin: advice for a machine that has no build; without it, it is refused."""

    otherwise: str


class Wheel(Advice):
    """One pinned wheel.

    `sha256` is by machine, or under "any". `take` maps a file pattern, or a folder ending in /, to a place in
    the root.
    """

    package: str
    gives: str
    sha256: dict[str, str]
    take: dict[str, str]


class Requirements(TypedDict):
    """A pip requirements file with hashes, and the folder in the root that its packages go to."""

    file: str
    into: str


class Pins(TypedDict, total=False):
    """What a pin file holds."""

    wheels: list[Wheel]
    requirements: Requirements


class Pinned(NamedTuple):
    """A wheel and the sha256 of its build for this machine."""

    wheel: Wheel
    sha256: str


class Job(NamedTuple):
    """A set for this machine under a root folder; `digest` changes with the pins, the machine and the layout."""

    name: str
    root: Path
    machine: str
    digest: str
    wheels: list[Pinned]
    absent: list[Wheel]
    requirements: Requirements | None

    @property
    def stamp(self) -> Path:
        """The file that holds the digest once the set is whole."""
        return self.root / f".{self.name}.stamp"

    @property
    def targets(self) -> list[str]:
        """The files and folders that the set consists of, relative to the root."""
        places = [to.rstrip("/") for pinned in self.wheels for to in pinned.wheel["take"].values()]
        return [*places, self.requirements["into"]] if self.requirements else places

    def present(self) -> bool:
        """Tell whether the stamp is this one's and everything it stands for is there."""
        try:
            stamped = self.stamp.read_text()
        except FileNotFoundError:
            return False
        return stamped == self.digest and all((self.root / target).exists() for target in self.targets)


def open_job(root: Path, name: str) -> Job:
    """Read a set's pin file for this machine."""
    machine = os.uname().machine
    if sys.platform != "linux" or machine not in MACHINES:
        where = f"linux on {' and '.join(MACHINES)}"
        raise FetchError(f"native parts are pinned for {where}, not for {sys.platform} on {machine}")
    try:
        raw = (HERE / f"{name}.json").read_bytes()
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in HERE.glob("*.json")))
        raise FetchError(f"there is no set {name!r}; there are: {known}") from None
    pins = cast("Pins", json.loads(raw))
    digest = hashlib.sha256(f"{LAYOUT} {machine}\n".encode() + raw)
    requirements = pins.get("requirements")
    if requirements:
        # Compiled packages belong to one version of Python.
        digest.update((HERE / requirements["file"]).read_bytes() + str(sys.version_info[:2]).encode())
    wheels: list[Pinned] = []
    absent: list[Wheel] = []
    for wheel in pins.get("wheels", []):
        sha256 = wheel["sha256"].get(machine) or wheel["sha256"].get("any")
        if sha256:
            wheels.append(Pinned(wheel, sha256))
        elif "otherwise" in wheel:
            absent.append(wheel)
        else:
            raise FetchError(f"{wheel['package']} is not pinned for {machine}")
    return Job(name, root, machine, digest.hexdigest(), wheels, absent, requirements)
