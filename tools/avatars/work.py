"""Where the tool keeps what it fetches and makes: one folder, outside of version control."""

from __future__ import annotations

import os
from pathlib import Path

DEFAULT = Path("build") / "avatars"


def folder(name: str) -> Path:
    """Give a folder below the work folder (AVATARS_WORK, else build/avatars), made when it is missing."""
    path = Path(os.environ.get("AVATARS_WORK", DEFAULT)).absolute() / name
    path.mkdir(parents=True, exist_ok=True)
    return path
