"""The face graph for NVIDIA's cards: the same network in operators that ONNX Runtime has kernels of its own for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from diffusers.models.activations import GEGLU
from diffusers.models.attention_processor import Attention
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.upsampling import Upsample2D
from torch import nn
from torch.nn import functional

from .operators import AttentionOp, ConvOp, FirstOp, GateOp, NormOp, ReshapeOp, UpsampledConvOp, flat, last, second
from .tracing import node

if TYPE_CHECKING:
    from .graphs import Norm32
    from .networks import Networks

# The widths that ONNX Runtime's kernel of a gate knows.
GATES = (2560, 5120, 10240)


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

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute."""
        return second(node(ConvOp, last(x), self.weight, self.bias, self.stride, self.pad))


class Residual(nn.Module):
    """A residual block. The time step never changes, so what it adds is in the first convolution's bias."""

    def __init__(self, block: ResnetBlock2D, time: torch.Tensor) -> None:
        """Take a block's place; time is the embedded time step."""
        super().__init__()
        self.norm1, self.norm2 = Norm(block.norm1, silu=True), Norm(block.norm2, silu=True)
        self.conv1, self.conv2 = Conv(block.conv1), Conv(block.conv2)
        if block.time_emb_proj is not None:
            shift = linear(cast("nn.Linear", block.time_emb_proj), functional.silu(time))[0]
            self.conv1.bias.data = (self.conv1.bias.float() + shift).to(self.conv1.bias.dtype)
        self.shortcut = nn.Identity() if block.conv_shortcut is None else Conv(block.conv_shortcut)
        self.scale = block.output_scale_factor

    def forward(self, x: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        """Compute."""
        y = self.shortcut(x) + self.conv2(self.norm2(self.conv1(self.norm1(x))))
        return y if self.scale == 1 else y / self.scale


class Upsample(nn.Module):
    """Twice the size by nearest neighbours and a convolution of 3 x 3, as one transposed convolution of 4 x 4.

    Each pixel of the larger picture sees two by two pixels of the smaller one, three weights of a side falling on two:
    4/9 of the products (695 instead of 800 GFLOP a face), and the larger picture is not written twice. Alone 4 % more
    faces on an H200.
    """

    def __init__(self, block: Upsample2D) -> None:
        """Take a block's place."""
        super().__init__()
        conv = cast("nn.Conv2d", block.conv)
        self.weight = nn.Parameter(transposed(conv.weight.detach()), requires_grad=False)
        self.bias = nn.Parameter(cast("torch.Tensor", conv.bias).detach(), requires_grad=False)

    def forward(self, x: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        """Compute."""
        return node(UpsampledConvOp, x, self.weight, self.bias)


# Which of the three weights of a side each of the four of a transposed convolution adds up.
SIDES = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])


def transposed(weight: torch.Tensor) -> torch.Tensor:
    """Turn weights [O, I, 3, 3] behind upsampling into those of a transposed convolution, [I, O, 4, 4]."""
    return torch.einsum("ph,qw,oihw->iopq", SIDES, SIDES, weight.float()).to(weight.dtype).contiguous()


class Tail(nn.Module):
    """The decoder's last convolution: eight outputs, of which the first three are blue, green and red.

    Tensor cores want channels by the eight. With this order nothing is left to flip. Alone it gained nothing that
    could be measured; the graph that was measured has it.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        """Take the place of the convolution that gives red, green and blue."""
        super().__init__()
        self.conv, self.taken = Conv(conv), conv.out_channels
        more = -conv.out_channels % 8
        self.conv.weight.data = functional.pad(self.conv.weight.flip(0), (0, 0, 0, 0, 0, 0, 0, more))
        self.conv.bias.data = functional.pad(self.conv.bias.flip(0), (0, more))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute."""
        return second(node(FirstOp, last(self.conv(x)), self.taken))


class Gate(nn.Module):
    """The first half of a feed-forward part."""

    def __init__(self, gate: GEGLU) -> None:
        """Take a gate's place."""
        super().__init__()
        self.weight, self.bias = gate.proj.weight, gate.proj.bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute."""
        return node(GateOp, functional.linear(x, self.weight), self.bias)


class Heads:
    """How diffusers' attention over tokens is computed."""

    def __call__(
        self, part: Attention, x: torch.Tensor, encoder_hidden_states: torch.Tensor | None = None, **_: object
    ) -> torch.Tensor:
        """Compute."""
        other = x if encoder_hidden_states is None else encoder_hidden_states
        to_q, to_k, to_v, to_out = (cast("nn.Module", p) for p in (part.to_q, part.to_k, part.to_v, part.to_out[0]))
        return to_out(node(AttentionOp, to_q(x), to_k(other), to_v(other), part.heads))


class Places(nn.Module):
    """The VAE's attention over the places of a picture, of one wide head."""

    def __init__(self, part: Attention) -> None:
        """Take an attention's place."""
        super().__init__()
        self.norm = Norm(cast("nn.Module", part.group_norm), silu=False)
        layers = (part.to_q, part.to_k, part.to_v, part.to_out[0])
        self.linear = nn.ModuleList(cast("list[nn.Module]", list(layers)))

    def forward(self, x: torch.Tensor, **_: object) -> torch.Tensor:
        """Compute."""
        tokens, shape = flat(last(self.norm(x)))
        to_q, to_k, to_v, to_out = self.linear
        scale = shape[2] ** -0.25  # of each side, so that products stay small
        scores = (to_q(tokens) * scale) @ (to_k(tokens) * scale).transpose(1, 2)
        seen = to_out(scores.softmax(dim=-1) @ to_v(tokens))
        return x + second(node(ReshapeOp, seen, shape))


class Transformer(nn.Module):
    """Attention over the places of a picture and over the sound."""

    def __init__(self, part: Transformer2DModel) -> None:
        """Take a transformer's place."""
        super().__init__()
        self.norm = Norm(part.norm, silu=False)
        self.proj_in, self.proj_out = Conv(cast("nn.Conv2d", part.proj_in)), Conv(cast("nn.Conv2d", part.proj_out))
        self.blocks = part.transformer_blocks

    def forward(self, x: torch.Tensor, *, encoder_hidden_states: torch.Tensor, **_: object) -> tuple[torch.Tensor]:
        """Compute."""
        tokens, shape = flat(last(self.proj_in(self.norm(x))))
        for block in self.blocks:
            tokens = block(tokens, encoder_hidden_states=encoder_hidden_states)
        return (x + self.proj_out(second(node(ReshapeOp, tokens, shape))),)


def linear(layer: nn.Linear, x: torch.Tensor) -> torch.Tensor:
    """Compute a layer of 16 bits in 32."""
    return functional.linear(x, layer.weight.float(), layer.bias.float())


def for_card(networks: Networks) -> None:
    """Change UNet and decoder, of 16 bits with norms of 32 (see graphs.half), into a card's operators.

    From then on the decoder gives blue first. joining.py does what goes over the edges of these parts.
    """
    unet, vae = cast("Any", networks.unet), cast("Any", networks.vae)
    with torch.no_grad():
        embedding = unet.time_embedding
        time = functional.silu(linear(embedding.linear_1, unet.time_proj(torch.zeros(1)).float()))
        time = linear(embedding.linear_2, time)
        for network in (unet, vae.decoder):
            network.conv_norm_out, network.conv_act = Norm(network.conv_norm_out, silu=True), nn.Identity()
        vae.decoder.conv_out = Tail(vae.decoder.conv_out)
        replace(unet, time)
        replace(vae.decoder, time)
        vae.post_quant_conv = Conv(vae.post_quant_conv)


def replace(parent: nn.Module, time: torch.Tensor) -> None:
    """Put the parts of this module in place of diffusers'."""
    for name, child in list(parent._modules.items()):  # noqa: SLF001 (named_children leaves out what is there twice)
        if child is None:
            continue
        part = of_card(child, time)
        if part is not None:
            setattr(parent, name, part)
            continue
        if isinstance(child, Attention):
            child.set_processor(cast("Any", Heads()))
        replace(child, time)


def of_card(child: nn.Module, time: torch.Tensor) -> nn.Module | None:
    """Give what stands for a part of diffusers; nothing for one that stays."""
    part: nn.Module | None = None
    if isinstance(child, ResnetBlock2D):
        part = Residual(child, time)
    elif isinstance(child, Upsample2D):
        part = Upsample(child)
    elif isinstance(child, Transformer2DModel):
        part = Transformer(child)
        replace(part, time)
    elif isinstance(child, nn.Conv2d):
        part = Conv(child)
    elif isinstance(child, GEGLU) and child.proj.out_features in GATES:
        part = Gate(child)
    elif isinstance(child, Attention) and child.group_norm is not None:
        part = Places(child)
    return part
