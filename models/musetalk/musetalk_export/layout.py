"""Where the weights of MuseTalk lie on a user's disk: the official folders of 1.0 and 1.5, and the older ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


class MissingFileError(Exception):
    """Says which files were looked for, and where."""


@dataclass
class Weights:
    """The files of one MuseTalk."""

    version: str
    unet: Path
    unet_config: Path
    vae: Path
    vae_config: Path
    whisper: Path
    # None beside OpenAI's own tiny.pt, which tells its sizes itself.
    whisper_config: Path | None
    # What is there for preparing avatars: detector, landmarks and parser.
    preparation: dict[str, Path] = field(default_factory=dict)


# For each part, where it may lie below the folder that the user names, the newest place first, with its configuration.
UNET_PLACES = {
    "1.5": [("musetalkV15/unet.pth", "musetalkV15/musetalk.json")],
    "1.0": [("musetalk/pytorch_model.bin", "musetalk/musetalk.json")],
}
VAE_PLACES = [
    ("sd-vae/diffusion_pytorch_model.bin", "sd-vae/config.json"),
    ("sd-vae-ft-mse/diffusion_pytorch_model.bin", "sd-vae-ft-mse/config.json"),
]
WHISPER_PLACES = [("whisper/pytorch_model.bin", "whisper/config.json"), ("whisper/tiny.pt", "")]
PREPARATION_PLACES = {
    "detector": ["s3fd-619a316812.pth", "face_detection/s3fd-619a316812.pth"],
    "landmarks": ["dwpose/dw-ll_ucoco_384.pth"],
    "parser": ["face-parse-bisent/79999_iter.pth", "face-parse-bisenet/79999_iter.pth"],
}
# Where face-alignment itself keeps what it fetched.
HUB = Path(".cache") / "torch" / "hub" / "checkpoints"


def find(path: Path, version: str) -> Weights:
    """Find the files of a version, 1.0 or 1.5, or of the newest for ""; or name every one that is missing."""
    if not path.is_dir():
        raise MissingFileError(f"there is no folder {path}")
    root = path / "models" if (path / "models").is_dir() else path
    versions = [version] if version else list(UNET_PLACES)
    there = [v for v in versions if any((root / weights).is_file() for weights, _ in UNET_PLACES[v])]
    missing: list[str] = []
    places = UNET_PLACES[there[0]] if there else [place for v in versions for place in UNET_PLACES[v]]
    unet = pair(root, "the UNet", places, missing)
    vae = pair(root, "the VAE", VAE_PLACES, missing)
    whisper = pair(root, "Whisper", WHISPER_PLACES, missing)
    if unet is None or vae is None or whisper is None or unet[1] is None or vae[1] is None:
        raise MissingFileError(f"below {root}: {'; '.join(missing)}")
    return Weights(there[0], unet[0], unet[1], vae[0], vae[1], whisper[0], whisper[1], preparation(root))


def pair(root: Path, what: str, places: list[tuple[str, str]], missing: list[str]) -> tuple[Path, Path | None] | None:
    """Find weights with their configuration in one of some places, or note what is missing."""
    for weights, config in places:
        if not (root / weights).is_file():
            continue
        if not config:
            return root / weights, None
        if not (root / config).is_file():
            missing.append(f"the configuration of {what} is missing: {config}")
            return None
        return root / weights, root / config
    looked = " nor ".join(weights for weights, _ in places)
    missing.append(f"{what} is missing: there is {'neither' if len(places) > 1 else 'no'} {looked}")
    return None


def preparation(root: Path) -> dict[str, Path]:
    """Find what only the preparation of avatars needs; parts may be missing."""
    found = {}
    for name, places in PREPARATION_PLACES.items():
        candidates = [folder / place for place in places for folder in (root, root.parent)]
        candidates += [Path.home() / HUB / Path(places[0]).name]
        there = [candidate for candidate in candidates if candidate.is_file()]
        if there:
            found[name] = there[0]
    return found
