"""Where the weights of MuseTalk lie on a user's disk: the official folders of 1.0 and 1.5, and the older ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    whisper_config: Path


# For each part, where it may lie below the folder that the user names, the newest place first.
UNET_PLACES = {
    "1.5": [("musetalkV15/unet.pth", "musetalkV15/musetalk.json")],
    "1.0": [("musetalk/pytorch_model.bin", "musetalk/musetalk.json")],
}
VAE_PLACES = [
    ("sd-vae/diffusion_pytorch_model.bin", "sd-vae/config.json"),
    ("sd-vae-ft-mse/diffusion_pytorch_model.bin", "sd-vae-ft-mse/config.json"),
]
WHISPER_PLACES = [("whisper/pytorch_model.bin", "whisper/config.json")]


def find(path: Path, version: str) -> Weights:
    """Find the files of a version, 1.0 or 1.5, or of the newest that is there for ""."""
    if not path.is_dir():
        raise MissingFileError(f"there is no folder {path}")
    root = path / "models" if (path / "models").is_dir() else path
    versions = [version] if version else list(UNET_PLACES)
    for wanted in versions:
        for weights, config in UNET_PLACES[wanted]:
            if (root / weights).is_file():
                return assemble(root, wanted, (weights, config))
    places = [weights for wanted in versions for weights, _ in UNET_PLACES[wanted]]
    raise MissingFileError(f"the UNet is missing: below {root} there is none of {', '.join(places)}")


def assemble(root: Path, version: str, unet: tuple[str, str]) -> Weights:
    """Collect all files, or say which is missing."""
    vae, vae_config = pair(root, "the VAE", VAE_PLACES)
    whisper, whisper_config = pair(root, "Whisper", WHISPER_PLACES)
    unet_weights, unet_config = pair(root, "the UNet", [unet])
    return Weights(version, unet_weights, unet_config, vae, vae_config, whisper, whisper_config)


def pair(root: Path, what: str, places: list[tuple[str, str]]) -> tuple[Path, Path]:
    """Find weights with their configuration in one of some places."""
    for weights, config in places:
        if not (root / weights).is_file():
            continue
        if not (root / config).is_file():
            raise MissingFileError(f"the configuration of {what} is missing: {root / config}")
        return root / weights, root / config
    looked = ", ".join(weights for weights, _ in places)
    hint = ""
    if what == "Whisper" and (root / "whisper" / "tiny.pt").is_file():
        hint = " (whisper/tiny.pt is OpenAI's own form; fetch openai/whisper-tiny's pytorch_model.bin and config.json)"
    raise MissingFileError(f"{what} is missing: below {root} there is none of {looked}{hint}")
