"""The network: sound at 16 kHz in blocks of 40 ms, two faces a block, what it remembers handed in and out.

It is causal. Face n stands for the time n · 20 ms − LOOKAHEAD + 20 ms: the network has heard LOOKAHEAD further.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

RATE = 16000
BLOCK = 640  # samples
FACES = 2  # of a block
WINDOW, HOP, BANDS = 512, 160, 48
LEAD = WINDOW - HOP  # samples of the last block that the first window still needs
LOWEST, HIGHEST = 60.0, 7600.0
# 120 ms are six faces.
LOOKAHEAD = 0.120
DELAY = 6
WIDTH, FIRST, SECOND = 192, 5, 3
FLOOR = 1e-8
# Share of what is felt that is left out in training, so that nothing hangs on one feature of a voice.
DROPOUT = 0.2
# Of the logarithm of a band's power, by and large.
MEAN, SPREAD = -9.0, 4.0


def mel_weights() -> Tensor:
    """Give triangles that are even on the mel scale: bins × bands."""

    def mel(hz: float) -> float:
        return 2595 * math.log10(1 + hz / 700)

    edges = torch.linspace(mel(LOWEST), mel(HIGHEST), BANDS + 2, dtype=torch.float64)
    edges = 700 * (10 ** (edges / 2595) - 1)
    bins = torch.arange(WINDOW // 2 + 1, dtype=torch.float64) * RATE / WINDOW
    rise = (bins[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[None, 2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    return torch.clamp(torch.minimum(rise, fall), min=0).float()


class VoiceFace(nn.Module):
    """Filters, two convolutions over time, two recurrent layers, a face."""

    def __init__(self, coefficients: int, width: int = WIDTH, dropout: float = DROPOUT) -> None:
        """Make the network with random weights."""
        super().__init__()
        self.width = width
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)
        self.register_buffer("bands", mel_weights(), persistent=False)
        self.first = nn.Conv1d(2 * BANDS, width, FIRST)
        self.second = nn.Conv1d(width, width, SECOND)
        self.memory = nn.GRU(width, width, batch_first=True)
        self.deeper = nn.GRU(width, width, batch_first=True)
        self.face = nn.Linear(width, coefficients)
        self.forget = nn.Dropout(dropout)

    def features(self, samples: Tensor) -> Tensor:
        """Give pairs of band levels: batch × samples, LEAD of which came before, → batch × faces × values."""
        spectrum = torch.stft(samples, WINDOW, HOP, window=self.window, center=False, return_complex=True)
        power = spectrum.real**2 + spectrum.imag**2
        return self.levels(power.transpose(1, 2))

    def levels(self, power: Tensor) -> Tensor:
        """Give pairs of band levels of powers: batch × windows × bins."""
        level = (torch.log(power @ self.bands + FLOOR) - MEAN) / SPREAD
        return level.reshape(level.shape[0], -1, 2 * BANDS)

    def forward(
        self, features: Tensor, first: Tensor, second: Tensor, memory: Tensor, deeper: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Give logits of faces, batch × faces × coefficients, and what is to be handed in next time."""
        heard = torch.cat([first, features.transpose(1, 2)], dim=2)
        near = torch.relu(self.first(heard))
        wide = torch.cat([second, near], dim=2)
        x = torch.relu(self.second(wide)).transpose(1, 2) + near.transpose(1, 2)
        y, memory = self.memory(self.forget(x), memory)
        z, deeper = self.deeper(self.forget(x + y), deeper)
        return self.face(self.forget(x + y + z)), heard[:, :, 1 - FIRST :], wide[:, :, 1 - SECOND :], memory, deeper

    def silent(self, batch: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Give what there is to remember of nothing: of a silence without end before the first sample."""
        quiet = (math.log(FLOOR) - MEAN) / SPREAD
        device = self.window.device
        return (
            torch.full((batch, 2 * BANDS, FIRST - 1), quiet, device=device),
            torch.zeros(batch, self.width, SECOND - 1, device=device),
            torch.zeros(1, batch, self.width, device=device),
            torch.zeros(1, batch, self.width, device=device),
        )
