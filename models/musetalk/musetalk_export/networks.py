"""The networks of MuseTalk, by their public configurations, with random or a user's own weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import WhisperConfig, WhisperModel

if TYPE_CHECKING:
    from pathlib import Path

    from .layout import Weights

# MuseTalk 1.5's musetalk.json; 1.0's is read from the user's folder where there is one.
UNET: dict[str, Any] = {
    "sample_size": 64,
    "in_channels": 8,
    "out_channels": 4,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    "block_out_channels": [320, 640, 1280, 1280],
    "layers_per_block": 2,
    "downsample_padding": 1,
    "act_fn": "silu",
    "norm_num_groups": 32,
    "norm_eps": 1e-5,
    "cross_attention_dim": 384,
    "attention_head_dim": 8,
}

# stabilityai/sd-vae-ft-mse's config.json.
VAE: dict[str, Any] = {
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "block_out_channels": [128, 256, 512, 512],
    "layers_per_block": 2,
    "latent_channels": 4,
    "norm_num_groups": 32,
    "sample_size": 256,
}

# openai/whisper-tiny's encoder.
WHISPER: dict[str, Any] = {
    "d_model": 384,
    "encoder_layers": 4,
    "encoder_attention_heads": 6,
    "encoder_ffn_dim": 1536,
    "decoder_layers": 1,  # never run
    "decoder_ffn_dim": 64,
    "num_mel_bins": 80,
    "max_source_positions": 1500,
    "vocab_size": 51865,
}

# The same graph with few channels, for tests: inputs and outputs keep their shapes.
SMALL_UNET = {"block_out_channels": [32, 32, 64, 64], "layers_per_block": 1, "attention_head_dim": 4}
SMALL_VAE = {"block_out_channels": [32, 32, 32, 32], "layers_per_block": 1}
SMALL_WHISPER = {"encoder_ffn_dim": 64}

# The attention of the VAE's older files, and what diffusers calls it now.
LEGACY_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}


@dataclass
class Networks:
    """All networks of one MuseTalk, in evaluation."""

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    whisper: WhisperModel


def random_networks(seed: int, *, small: bool) -> Networks:
    """Build the exact architecture, or the small one, with weights from a seed."""
    torch.manual_seed(seed)
    networks = Networks(
        UNet2DConditionModel(**{**UNET, **(SMALL_UNET if small else {})}),
        AutoencoderKL(**{**VAE, **(SMALL_VAE if small else {})}),
        WhisperModel(WhisperConfig(**{**WHISPER, **(SMALL_WHISPER if small else {})})),
    )
    return evaluation(networks)


def load_networks(weights: Weights) -> Networks:
    """Build the networks of a user's files. Pickles among them are read as tensors alone: no code in them runs."""
    unet = UNet2DConditionModel(**read_config(weights.unet_config, UNET))
    unet.load_state_dict(read_tensors(weights.unet))
    vae = AutoencoderKL(**read_config(weights.vae_config, VAE))
    vae.load_state_dict({modern(name): squeezed(name, value) for name, value in read_tensors(weights.vae).items()})
    whisper = WhisperModel(WhisperConfig(**{**WHISPER, **read_json(weights.whisper_config), "decoder_layers": 1}))
    tensors = {name.removeprefix("model."): value for name, value in read_tensors(weights.whisper).items()}
    encoder = {name.removeprefix("encoder."): value for name, value in tensors.items() if name.startswith("encoder.")}
    whisper.encoder.load_state_dict(encoder)
    return evaluation(Networks(unet, vae, whisper))


def evaluation(networks: Networks) -> Networks:
    """Switch everything that only training needs off."""
    for network in (networks.unet, networks.vae, networks.whisper):
        network.eval().requires_grad_(requires_grad=False)
    return networks


def read_json(path: Path) -> dict[str, Any]:
    """Read a configuration."""
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def read_config(path: Path, fallback: dict[str, Any]) -> dict[str, Any]:
    """Read a configuration of diffusers without what it says of itself."""
    config = {name: value for name, value in read_json(path).items() if not name.startswith("_")}
    return {**fallback, **config}


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """Read a file of weights; `weights_only` refuses everything else that a pickle can hold."""
    tensors: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip(path))
    return tensors


def is_zip(path: Path) -> bool:
    """Tell torch's newer format, which can stay on disk, from the older one."""
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def modern(name: str) -> str:
    """Give a weight of the VAE the name that diffusers has for it now."""
    for legacy, now in LEGACY_ATTENTION.items():
        name = name.replace(f"attentions.0.{legacy}.", f"attentions.0.{now}.")
    return name


def squeezed(name: str, value: torch.Tensor) -> torch.Tensor:
    """Turn the 1 x 1 convolutions of older attentions into the matrices that they are."""
    linear = ".attentions." in name and name.endswith(".weight") and value.dim() == 4  # noqa: PLR2004 (a convolution's)
    return value[:, :, 0, 0] if linear else value
