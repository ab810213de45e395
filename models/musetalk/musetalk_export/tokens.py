"""Attention for a card: what is added to tokens is added in the layer norm behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn
from torch.nn import functional

from .layers import Conv, Norm
from .operators import AttentionOp, GateOp, ReshapeOp, SumNormOp, flat, last, second
from .tracing import node

if TYPE_CHECKING:
    from diffusers.models.activations import GEGLU
    from diffusers.models.attention import BasicTransformerBlock
    from diffusers.models.attention_processor import Attention
    from diffusers.models.transformers.transformer_2d import Transformer2DModel

# The widths that ONNX Runtime's kernel of a gate knows.
GATES = (2560, 5120, 10240)


class Gate(nn.Module):
    """The first half of a feed-forward part."""

    def __init__(self, gate: GEGLU) -> None:
        """Take a gate's place."""
        super().__init__()
        self.weight, self.bias = gate.proj.weight, gate.proj.bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute."""
        return node(GateOp, functional.linear(x, self.weight), self.bias)


class SumNorm(nn.Module):
    """A layer norm of a sum."""

    def __init__(self, norm: nn.LayerNorm, bias: torch.Tensor) -> None:
        """Take a norm's place; bias [width] is what is added as well."""
        super().__init__()
        self.weight, self.shift, self.eps = norm.weight, norm.bias, norm.eps
        self.bias = nn.Parameter(bias.detach(), requires_grad=False)

    def forward(self, x: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the norm and the sum, both of x's shape; other may lack the batch."""
        both = node(SumNormOp, x, other, self.weight, self.shift, self.bias, self.eps)
        return cast("tuple[torch.Tensor, torch.Tensor]", both)


class Block(nn.Module):
    """Attention over the places, attention over the sound, and a feed-forward part."""

    def __init__(self, block: BasicTransformerBlock, bias: torch.Tensor) -> None:
        """Take a block's place; bias [width] is to be added to its tokens."""
        super().__init__()
        parts = cast("Any", block)
        self.places, self.sound, self.forward_part = parts.attn1, parts.attn2, parts.ff.net
        self.norm1 = SumNorm(parts.norm1, bias)
        self.norm2 = SumNorm(parts.norm2, self.places.to_out[0].bias)
        self.norm3 = SumNorm(parts.norm3, self.sound.to_out[0].bias)

    def forward(self, x: torch.Tensor, other: torch.Tensor, sound: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give two parts of the tokens' sum, from two; what the last layer adds to each token is left out."""
        x, other = self.norm1(x, other)
        x, other = self.norm2(seen(self.places, x, x), other)
        x, other = self.norm3(seen(self.sound, x, sound), other)
        return functional.linear(self.forward_part[0](x), self.forward_part[2].weight), other

    @property
    def left(self) -> torch.Tensor:
        """What the last layer adds to each token, [width]."""
        return cast("torch.Tensor", self.forward_part[2].bias)


def seen(part: Attention, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Give what attention makes of tokens that look at others, without what its last layer adds to each."""
    to_q, to_k, to_v, to_out = (cast("nn.Linear", p) for p in (part.to_q, part.to_k, part.to_v, part.to_out[0]))
    return functional.linear(node(AttentionOp, to_q(x), to_k(other), to_v(other), part.heads), to_out.weight)


class Transformer(nn.Module):
    """Attention over the places of a picture and over the sound."""

    def __init__(self, part: Transformer2DModel) -> None:
        """Take a transformer's place. What the last layer before it adds to each token, proj_out adds."""
        super().__init__()
        self.norm = Norm(part.norm, silu=False)
        self.proj_in, self.proj_out = Conv(cast("nn.Conv2d", part.proj_in)), Conv(cast("nn.Conv2d", part.proj_out))
        bias: torch.Tensor = self.proj_in.bias
        self.blocks = nn.ModuleList()
        for block in part.transformer_blocks:
            self.blocks.append(Block(cast("BasicTransformerBlock", block), bias))
            bias = cast("Block", self.blocks[-1]).left
        self.proj_out.add(self.proj_out.weight[:, 0, 0].float() @ bias.float())

    def forward(self, x: torch.Tensor, *, encoder_hidden_states: torch.Tensor, **_: object) -> tuple[torch.Tensor]:
        """Compute."""
        tokens, shape = flat(last(self.proj_in.bare(self.norm(x))))
        other = torch.zeros(shape[0] * shape[1], shape[2], dtype=tokens.dtype, device=tokens.device)
        for block in self.blocks:
            tokens, other = block(tokens, other, encoder_hidden_states)
        return (x + self.proj_out(second(node(ReshapeOp, tokens + other, shape))),)


class Places(nn.Module):
    """The VAE's attention over the places of a picture, of one wide head."""

    def __init__(self, part: Attention) -> None:
        """Take an attention's place.

        What to_k adds moves all scores of a place alike, so it changes nothing; what to_v adds, each place gets whole.
        """
        super().__init__()
        self.norm = Norm(cast("nn.Module", part.group_norm), silu=False)
        to_q, to_k, to_v, to_out = (cast("nn.Linear", p) for p in (part.to_q, part.to_k, part.to_v, part.to_out[0]))
        self.to_q, self.keys, self.values, self.out = to_q, to_k.weight, to_v.weight, to_out.weight
        bias = to_out.bias.float() + to_out.weight.float() @ to_v.bias.float()
        self.bias = nn.Parameter(bias.detach().to(to_out.bias.dtype), requires_grad=False)

    def forward(self, x: torch.Tensor, **_: object) -> torch.Tensor:
        """Compute."""
        tokens, shape = flat(last(self.norm(x)))
        scale = shape[2] ** -0.25  # of each side, so that products stay small
        scores = (self.to_q(tokens) * scale) @ (functional.linear(tokens, self.keys) * scale).transpose(1, 2)
        values = scores.softmax(dim=-1) @ functional.linear(tokens, self.values)
        return x + second(node(ReshapeOp, functional.linear(values, self.out) + self.bias, shape))
