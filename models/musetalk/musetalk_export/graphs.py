"""The graphs that the engine runs: sound to features, and features with a face to a picture."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional
from transformers.audio_utils import mel_filter_bank

if TYPE_CHECKING:
    from .networks import Networks

RATE, SEGMENT = 16_000, 480_000  # Whisper hears 30 s at a time
FFT, HOP, MELS = 400, 160, 80
TOKENS, WIDTH = 50, 384  # of the sound for one frame
VAE_SCALE = 0.18215


class LogMel(nn.Module):
    """Whisper's log-mel spectrogram, [1, 480000] to [1, 80, 3000], as a convolution: every runtime knows that."""

    def __init__(self) -> None:
        """Prepare the windowed Fourier basis and the filters."""
        super().__init__()
        bins = torch.arange(FFT // 2 + 1, dtype=torch.float64)
        time = torch.arange(FFT, dtype=torch.float64)
        window = torch.hann_window(FFT, periodic=True, dtype=torch.float64)
        angle = 2 * math.pi * torch.outer(bins, time) / FFT
        basis = torch.cat([torch.cos(angle), -torch.sin(angle)]) * window
        self.register_buffer("basis", basis.float()[:, None, :])
        filters = mel_filter_bank(
            num_frequency_bins=FFT // 2 + 1,
            num_mel_filters=MELS,
            min_frequency=0.0,
            max_frequency=8000.0,
            sampling_rate=RATE,
            norm="slaney",
            mel_scale="slaney",
        )
        self.register_buffer("filters", torch.from_numpy(filters).float().T.contiguous())

    def power(self, samples: torch.Tensor) -> torch.Tensor:
        """Give the logarithm of what each filter hears."""
        padded = functional.pad(samples[:, None, :], (FFT // 2, FFT // 2), mode="reflect")
        real, imaginary = functional.conv1d(padded, self.basis, stride=HOP)[:, :, :-1].chunk(2, dim=1)
        mel = torch.matmul(self.filters, real.square() + imaginary.square())
        return torch.log10(mel.clamp(min=1e-10))

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        """Give the features of one segment; their floor depends on its loudest moment."""
        log = self.power(samples)
        log = torch.maximum(log, log.amax(dim=(1, 2), keepdim=True) - 8.0)
        return (log + 4.0) / 4.0


class Audio(nn.Module):
    """Sound to features: [1, 480000] samples to [1, 1500, 5, 384], fifty a second."""

    def __init__(self, networks: Networks) -> None:
        """Join the spectrogram and Whisper's encoder."""
        super().__init__()
        self.mel = LogMel()
        self.encoder = networks.whisper.encoder

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        """Give the inputs of the encoder's four layers and its output."""
        states = self.encoder(self.mel(samples), output_hidden_states=True).hidden_states
        return joined(states)


def joined(states: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Put layers beside each other. Those of the small network are repeated until they are wide enough."""
    features = torch.stack(states, dim=2)
    times = WIDTH // features.shape[3]
    return features if times == 1 else features.repeat(1, 1, 1, times)


class AudioFirst(nn.Module):
    """The same as MuseTalk 1.0 was first released with: OpenAI's way of hearing.

    The loudest moment is that of the whole file, so it goes in and comes out; silence behind the speech is no sound at
    all; and the fifth state is the encoder's before its last norm.
    """

    def __init__(self, networks: Networks) -> None:
        """Join the spectrogram and Whisper's encoder without its last norm."""
        super().__init__()
        self.mel = LogMel()
        self.encoder = copy.copy(networks.whisper.encoder)
        self.encoder._modules = {**self.encoder._modules, "layer_norm": nn.Identity()}  # noqa: SLF001 (of the copy alone)

    def forward(
        self, samples: torch.Tensor, loudest: torch.Tensor, frames: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the features, and the loudest moment so far, of a segment whose first frames are speech."""
        log = self.mel.power(samples)
        spoken = (torch.arange(log.shape[2]) < frames)[None, None, :]
        loudest = torch.maximum(loudest, torch.where(spoken, log, -10.0).amax().reshape(1))
        log = (torch.maximum(log, loudest - 8.0) + 4.0) / 4.0
        states = self.encoder(torch.where(spoken, log, 0.0), output_hidden_states=True).hidden_states
        return joined(states), loudest


class Norm32(nn.Module):
    """A group norm that computes in 32 bits, whatever comes: in 16 faces turn grey."""

    def __init__(self, norm: nn.GroupNorm) -> None:
        """Take a norm's place. Its weights are no parameters: diffusers learns a network's kind from its first one."""
        super().__init__()
        self.groups, self.eps = norm.num_groups, norm.eps
        self.register_buffer("weight", norm.weight.detach().float())
        self.register_buffer("bias", norm.bias.detach().float())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute in 32 bits and give back what came."""
        return functional.group_norm(x.float(), self.groups, self.weight, self.bias, self.eps).to(x.dtype)


def half(module: nn.Module) -> nn.Module:
    """Make a network one of 16 bits but for its group norms."""
    module.half()
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.GroupNorm):
                setattr(parent, name, Norm32(child))
    return module


def positions() -> torch.Tensor:
    """Give the sinusoidal encoding of the 50 tokens: sine at even places, cosine at odd ones, base 10000."""
    place = torch.arange(TOKENS, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, WIDTH, 2, dtype=torch.float32) * (-math.log(10000.0) / WIDTH))
    encoding = torch.zeros(TOKENS, WIDTH)
    encoding[:, 0::2] = torch.sin(place * rate)
    encoding[:, 1::2] = torch.cos(place * rate)
    return encoding[None]


class Face(nn.Module):
    """A face for a sound: [B, 8, 32, 32] and [B, 50, 384] to [B, 256, 256, 3], 8 bits of blue, green and red.

    UNet and decoder are one graph, so that latents never leave the device.
    """

    def __init__(self, networks: Networks, *, card: bool = False) -> None:
        """Join both networks. Those of a card need nothing between and behind them."""
        super().__init__()
        self.card = card
        self.unet, self.vae = networks.unet, networks.vae
        self.register_buffer("positions", positions())
        self.register_buffer("timestep", torch.zeros(1, dtype=torch.long))

    def forward(self, latent: torch.Tensor, sound: torch.Tensor) -> torch.Tensor:
        """Draw."""
        kind = self.unet.dtype
        tokens = (sound + self.positions).to(kind)
        drawn = self.unet(latent.to(kind), self.timestep, encoder_hidden_states=tokens, return_dict=False)[0]
        if self.card:
            return self.vae.decode(drawn, return_dict=False)[0]
        picture = self.vae.decode(drawn / VAE_SCALE, return_dict=False)[0].float()
        bytes_ = torch.round((picture / 2 + 0.5).clamp(0, 1) * 255).to(torch.uint8)
        return bytes_.permute(0, 2, 3, 1).flip(-1)


class Encoder(nn.Module):
    """A face to its latent, for preparation: [B, 3, 256, 256] from -1 to 1 to [B, 4, 32, 32], the posterior's mean."""

    def __init__(self, networks: Networks) -> None:
        """Take the VAE's encoder."""
        super().__init__()
        self.vae = networks.vae

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Encode."""
        return self.vae.encode(picture, return_dict=False)[0].mean * VAE_SCALE
