"""Layers of a card's face graph that others are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional

from .operators import ConvOp, NormOp, last, second
from .tracing import node

if TYPE_CHECKING:
    from .graphs import Norm32


class Norm(nn.Module):
    """A group norm of [B, C, H, W]; silu tells whether SiLU comes behind it."""

    def __init__(self, norm: nn.Module, *, silu: bool) -> None:
        """Take a norm's place. Its weights are no parameters: diffusers learns a network's kind from those."""
        super().__init__()
        norm = cast("Norm32", norm)
        self.groups, self.eps, self.silu = norm.groups, norm.eps, silu
        self.register_buffer("weight", norm.weight)
        self.register_buffer("bias", norm.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute."""
        return second(node(NormOp, last(x), self.weight, self.bias, self.groups, self.eps, self.silu))


class Conv(nn.Module):
    """A convolution of [B, C, H, W]."""

    def __init__(self, conv: nn.Conv2d) -> None:
        """Take a convolution's place."""
        super().__init__()
        self.weight = nn.Parameter(last(conv.weight.detach()).contiguous(), requires_grad=False)
        bias = torch.zeros(conv.out_channels, dtype=conv.weight.dtype) if conv.bias is None else conv.bias.detach()
        self.bias = nn.Parameter(bias, requires_grad=False)
        self.stride, self.pad = conv.stride[0], int(conv.padding[0])

    def add(self, shift: torch.Tensor) -> None:
        """Add to the bias."""
        self.bias.data = (self.bias.float() + shift).to(self.bias.dtype)

    def bare(self, x: torch.Tensor) -> torch.Tensor:
        """Compute without the bias."""
        return second(node(ConvOp, last(x), self.weight, self.stride, self.pad))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute."""
        return second(node(ConvOp, last(x), self.weight, self.bias, self.stride, self.pad))


def linear(layer: nn.Linear, x: torch.Tensor) -> torch.Tensor:
    """Compute a layer of 16 bits in 32."""
    return functional.linear(x, layer.weight.float(), layer.bias.float())
