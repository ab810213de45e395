"""Exports MuseTalk to ONNX.

usage: python -m musetalk_export --models FOLDER | --random [--small]  --out FOLDER
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from .export import ToleranceError, export, sha256
from .layout import PREPARATION_PLACES, MissingFileError, find
from .networks import load_networks, random_networks

SEED = 20_240_401


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="musetalk_export", description="Export MuseTalk to ONNX.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--models", type=Path, help="folder of MuseTalk's weights, or the folder above its models/")
    source.add_argument("--random", action="store_true", help="weights from a seed, for tests")
    parser.add_argument("--small", action="store_true", help="with --random: the same graph with few channels")
    parser.add_argument(
        "--version", choices=["1.0", "1.5"], default="", help="which MuseTalk; else the newest that is there"
    )
    parser.add_argument(
        "--features",
        choices=["1.0", "1.5"],
        default="1.5",
        help="how the sound is heard: as MuseTalk does today, with either version's weights, or as 1.0 first did",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the graphs")
    parser.add_argument(
        "--precision", action="append", choices=["fp32", "fp16"], help="of the face graph; both by default"
    )
    return parser.parse_args()


def main() -> int:
    """Export; 0 when every graph agrees with PyTorch, 1 with a sentence otherwise."""
    asked = arguments()
    torch.manual_seed(SEED)
    try:
        if asked.random:
            networks = random_networks(SEED, small=asked.small)
            about = {"musetalk": "random", "small": asked.small, "seed": SEED}
            missing: list[str] = []
        else:
            weights = find(asked.models, asked.version)
            networks = load_networks(weights)
            about = {"musetalk": weights.version, "unet": sha256(weights.unet), "vae": sha256(weights.vae)}
            about |= {"whisper": sha256(weights.whisper)}
            about |= {name: sha256(path) for name, path in weights.preparation.items()}
            missing = [places[0] for name, places in PREPARATION_PLACES.items() if name not in weights.preparation]
        about["features"] = asked.features
        export(networks, asked.out, tuple(asked.precision or ("fp32", "fp16")), about)
    except (MissingFileError, ToleranceError) as error:
        print(f"musetalk_export: {error}", file=sys.stderr)
        return 1
    print(f"the graphs are in {asked.out}", flush=True)
    if missing:
        print(
            f"avatars cannot be prepared with them: below {asked.models} there is no {', no '.join(missing)}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
