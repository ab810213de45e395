"""The networks of MuseTalk, by their public configurations, with random or a user's own weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn
from transformers import WhisperConfig, WhisperModel

from .detection import MAPS, S3FD
from .landmarks import RTMPose
from .parsing import BiSeNet
from .tensors import read_tensors

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
SMALL_UNET = {
    "block_out_channels": [16, 16, 16, 16],
    "layers_per_block": 1,
    "attention_head_dim": 4,
    "norm_num_groups": 8,
}
SMALL_VAE = {"block_out_channels": [8, 8, 8, 8], "layers_per_block": 1, "norm_num_groups": 8}
# Its features are repeated until they are wide enough.
SMALL_WHISPER = {
    "d_model": 64,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
}
PREPARATION_SEED = 35
SKIN = 0.8  # how much of it random networks see
SMALL_DIVIDE = 16  # of the channels of what prepares avatars

# The attention of the VAE's older files, and what diffusers calls it now.
LEGACY_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}


# OpenAI's names of the parts of an encoder's layer, and those of transformers.
OPENAI_LAYER = {
    "attn.query": "self_attn.q_proj",
    "attn.key": "self_attn.k_proj",
    "attn.value": "self_attn.v_proj",
    "attn.out": "self_attn.out_proj",
    "attn_ln": "self_attn_layer_norm",
    "mlp.0": "fc1",
    "mlp.2": "fc2",
    "mlp_ln": "final_layer_norm",
}


@dataclass
class Networks:
    """All networks of one MuseTalk, in evaluation; those that prepare avatars only where they are there."""

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    whisper: WhisperModel
    preparation: dict[str, nn.Module]


def random_networks(seed: int, *, small: bool) -> Networks:
    """Build the exact architecture, or the small one, with weights from a seed."""
    torch.manual_seed(seed)
    divide = SMALL_DIVIDE if small else 1
    networks = Networks(
        UNet2DConditionModel(**{**UNET, **(SMALL_UNET if small else {})}),
        AutoencoderKL(**{**VAE, **(SMALL_VAE if small else {})}),
        WhisperModel(WhisperConfig(**{**WHISPER, **(SMALL_WHISPER if small else {})})),
        {"detector": S3FD(divide), "landmarks": RTMPose(2 * divide if small else 1), "parser": BiSeNet(divide)},
    )
    for number, network in enumerate(networks.preparation.values()):
        torch.manual_seed(seed + PREPARATION_SEED + number)
        enliven(network)
    choose_one_face(networks.preparation["detector"])
    gather_points(networks.preparation["landmarks"])
    favour_skin(networks.preparation["parser"])
    if small:
        share(networks)
        for network in (networks.unet, networks.vae, networks.whisper, *networks.preparation.values()):
            network.half().float()  # so that what is kept in 16 bits is exact
    return evaluation(networks)


def share(networks: Networks) -> None:
    """Let parts of one shape be one part, so that its weights are kept once."""
    layers = networks.whisper.encoder.layers
    for n in range(1, len(layers)):
        layers[n] = layers[0]
    layers[0].self_attn.v_proj = layers[0].self_attn.out_proj = layers[0].self_attn.q_proj
    for network in (networks.unet, networks.vae):
        known: dict[Any, nn.Module] = {}
        for parent in list(network.modules()):
            for name, child in list(parent.named_children()):
                if isinstance(child, (ResnetBlock2D, Transformer2DModel)):
                    shapes = tuple((key, value.shape) for key, value in child.state_dict().items())
                    parent.add_module(name, known.setdefault(shapes, child))


def enliven(network: nn.Module) -> None:
    """Draw weights that keep what passes through them at its size, as training would."""
    for part in network.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight)
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(cast("torch.Tensor", part.running_var), 0.8, 1.2)
            nn.init.normal_(cast("torch.Tensor", part.running_mean), 0, 0.1)


def choose_one_face(detector: nn.Module) -> None:
    """Let a random detector see faces in the coarsest map alone, of a fifth of that map's usual size."""
    with torch.no_grad():
        for name in MAPS:
            scores, boxes = getattr(detector, f"{name}_mbox_conf"), getattr(detector, f"{name}_mbox_loc")
            scores.weight.mul_(0.0)
            scores.bias.fill_(4.0)
            scores.bias[-1] = 6.0 if name == MAPS[-1] else -4.0
            boxes.weight.mul_(0.001)
            boxes.bias.zero_()
            boxes.bias[2:] = -8.0


def gather_points(landmarks: nn.Module) -> None:
    """Let random landmarks lie near the middle, as those of one face would."""
    head = cast("RTMPose", landmarks).head
    for scores in (head.cls_x, head.cls_y):
        place = torch.linspace(-0.5, 0.5, scores.out_features)
        scores.weight.data *= torch.exp(-((place / 0.1) ** 2))[:, None]


def favour_skin(parser: nn.Module) -> None:
    """Let a random parser see much skin: what it adds up is never negative."""
    weight = cast("BiSeNet", parser).conv_out.conv_out.weight.data
    weight[1] = weight[1].abs() * SKIN


def load_networks(weights: Weights) -> Networks:
    """Build the networks of a user's files. Pickles among them are read as tensors alone: no code in them runs."""
    unet = UNet2DConditionModel(**read_config(weights.unet_config, UNET))
    unet.load_state_dict(read_tensors(weights.unet))
    vae = AutoencoderKL(**read_config(weights.vae_config, VAE))
    vae.load_state_dict({modern(name): squeezed(name, value) for name, value in read_tensors(weights.vae).items()})
    parts: dict[str, nn.Module] = {}
    kinds: dict[str, type[nn.Module]] = {"detector": S3FD, "landmarks": RTMPose, "parser": BiSeNet}
    for name, path in weights.preparation.items():
        parts[name] = kinds[name]()
        wanted = parts[name].state_dict()
        # Files of training hold more than the network: auxiliary heads, a teacher.
        tensors = {key: value for key, value in read_tensors(path).items() if key in wanted}
        parts[name].load_state_dict(tensors)
    return evaluation(Networks(unet, vae, load_whisper(weights), parts))


def load_whisper(weights: Weights) -> WhisperModel:
    """Build Whisper of transformers' files, or of OpenAI's tiny.pt."""
    tensors = {name.removeprefix("model."): value for name, value in read_tensors(weights.whisper).items()}
    encoder = {name.removeprefix("encoder."): value for name, value in tensors.items() if name.startswith("encoder.")}
    config: dict[str, Any] = {}
    if weights.whisper_config is None:
        encoder = {from_openai(name): value for name, value in encoder.items()}
        heads = torch.load(weights.whisper, map_location="cpu", weights_only=True)["dims"]["n_audio_head"]
        config = {"encoder_attention_heads": heads, "decoder_attention_heads": heads}
        config["d_model"] = encoder["layer_norm.weight"].shape[0]
        config["encoder_ffn_dim"] = encoder["layers.0.fc1.bias"].shape[0]
    else:
        config = read_json(weights.whisper_config)
    whisper = WhisperModel(WhisperConfig(**{**WHISPER, **config, "decoder_layers": 1}))
    whisper.encoder.load_state_dict(encoder)
    return whisper


def from_openai(name: str) -> str:
    """Give a weight of OpenAI's encoder the name that transformers has for it."""
    name = name.replace("positional_embedding", "embed_positions.weight").replace("ln_post.", "layer_norm.")
    if not name.startswith("blocks."):
        return name
    _, number, rest = name.split(".", 2)
    part, leaf = rest.rsplit(".", 1)
    return f"layers.{number}.{OPENAI_LAYER[part]}.{leaf}"


def evaluation(networks: Networks) -> Networks:
    """Switch everything that only training needs off."""
    for network in (networks.unet, networks.vae, networks.whisper, *networks.preparation.values()):
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


def modern(name: str) -> str:
    """Give a weight of the VAE the name that diffusers has for it now."""
    for legacy, now in LEGACY_ATTENTION.items():
        name = name.replace(f"attentions.0.{legacy}.", f"attentions.0.{now}.")
    return name


def squeezed(name: str, value: torch.Tensor) -> torch.Tensor:
    """Turn the 1 x 1 convolutions of older attentions into the matrices that they are."""
    linear = ".attentions." in name and name.endswith(".weight") and value.dim() == 4  # noqa: PLR2004 (a convolution's)
    return value[:, :, 0, 0] if linear else value
