"""Writes the table of linked Go modules and their licences into THIRD_PARTY.md, or checks it.

usage: python3 modules.py [--check]

A module is listed when a package of it is linked into the host or a plugin. A licence that this file does not
know, or that may not be linked into the programs, ends with an error.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PAGE = Path("THIRD_PARTY.md")
BEGIN, END = "<!-- modules: written by make generate -->\n", "<!-- end of modules -->\n"
PROGRAMS = ("./host/cmd/visavis", "./plugins/...")
# Sentences that only this licence has; the first that fits decides.
SIGNS = (
    ("AGPL-3.0", "GNU AFFERO GENERAL PUBLIC LICENSE Version"),
    ("GPL", "GNU GENERAL PUBLIC LICENSE Version"),
    ("LGPL", "GNU LESSER GENERAL PUBLIC LICENSE Version"),
    ("MPL-2.0", "Mozilla Public License, version 2.0"),
    ("MPL-2.0", "Mozilla Public License Version 2.0"),
    ("Apache-2.0", "Apache License Version 2.0"),
    ("BSD-3-Clause", "may be used to endorse or promote products"),
    ("BSD-2-Clause", "Redistributions in binary form must reproduce"),
    ("ISC", "Permission to use, copy, modify, and/or distribute this software"),
    ("ISC", "Permission to use, copy, modify, and distribute this software"),
    ("MIT", "The above copyright notice and this permission notice shall be included"),
)
LINKABLE = {"MPL-2.0", "Apache-2.0", "BSD-3-Clause", "BSD-2-Clause", "ISC", "MIT"}


def linked_modules() -> dict[str, Path]:
    """Map every module linked into a program, other than this one, to its folder."""
    form = "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}"
    # -e: what does not compile is the compiler's to report.
    command = ["go", "list", "-e", "-deps", "-f", form, *PROGRAMS]
    listed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Path] = {}
    for line in sorted(filter(None, listed.stdout.splitlines())):
        module, _, folder = line.partition("\t")
        if not folder:
            sys.exit(f"licenses: {module} is not downloaded: run go mod download")
        found[module] = Path(folder)
    return found


def licence_of(module: str, folder: Path) -> str:
    """Recognise a module's licence by what it says."""
    texts = [
        path.read_text(errors="replace")
        for path in sorted(folder.iterdir())
        if path.name.upper().startswith(("LICEN", "COPYING")) and path.is_file()
    ]
    said = " ".join(" ".join(texts).split())
    for name, sign in SIGNS:
        if sign.lower() in said.lower():
            if name not in LINKABLE:
                sys.exit(f"licenses: {module} is under {name}: it may not be linked into a program of this project")
            return name
    sys.exit(f"licenses: the licence of {module} is not one this file knows; look at {folder}")


def main(arguments: list[str]) -> int:
    """Write the page, or with --check say whether it is current."""
    rows = [f"| {module} | {licence_of(module, folder)} |\n" for module, folder in linked_modules().items()]
    page = PAGE.read_text()
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        sys.exit(f"licenses: {PAGE} has lost the lines that frame the table")
    fresh = "".join([before, BEGIN, "\n| module | licence |\n|---|---|\n", *rows, "\n", END, after])
    if arguments == ["--check"]:
        if fresh != page:
            sys.exit(f"licenses: {PAGE} does not list the modules that are linked: run make generate")
    elif fresh != page:
        PAGE.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
