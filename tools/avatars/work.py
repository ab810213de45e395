"""Where the tool keeps what it fetches and makes: one folder, outside of version control."""

from __future__ import annotations

import os
from pathlib import Path

DEFAULT = Path("build") / "avatars"


def place(name: str) -> Path:
    """Give where a folder below the work folder is (AVATARS_WORK, else build/avatars), or would be."""
    return Path(os.environ.get("AVATARS_WORK", DEFAULT)).absolute() / name


def folder(name: str) -> Path:
    """Give such a folder, made when it is missing."""
    path = place(name)
    path.mkdir(parents=True, exist_ok=True)
    return path


def device() -> str:
    """Give what Cycles renders on: AVATARS_DEVICE, one of CPU (the default), CUDA, OPTIX, HIP, METAL, ONEAPI."""
    return os.environ.get("AVATARS_DEVICE", "CPU").upper()


def threads() -> int:
    """Give the processor's share of a render: AVATARS_THREADS, else every core."""
    return int(os.environ.get("AVATARS_THREADS", "0")) or os.cpu_count() or 1
