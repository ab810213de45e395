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

from .graphs import VAE_SCALE
from .layers import Conv, Norm, linear
from .operators import ConvOp, LargerOp, ReshapeOp, UpsampledConvOp, last, second
from .tokens import GATES, Gate, Places, Transformer
from .tracing import node

if TYPE_CHECKING:
    from .networks import Networks

# From this width on a transposed convolution takes longer than both: cuDNN lays its weights out anew each time.
WIDE = 1280
# How many pixels of a side the last convolution draws at once.
BLOCK = 4
WHITE = 255


class Residual(nn.Module):
    """A residual block. The time step never changes, so what it adds is in the first convolution's bias."""

    def __init__(self, block: ResnetBlock2D, time: torch.Tensor) -> None:
        """Take a block's place; time is the embedded time step."""
        super().__init__()
        self.norm1, self.norm2 = Norm(block.norm1, silu=True), Norm(block.norm2, silu=True)
        self.conv1, self.conv2 = Conv(block.conv1), Conv(block.conv2)
        if block.time_emb_proj is not None:
            shift = linear(cast("nn.Linear", block.time_emb_proj), functional.silu(time))[0]
            self.conv1.add(shift)
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


class WideUpsample(nn.Module):
    """The same as two operators."""

    def __init__(self, block: Upsample2D) -> None:
        """Take a block's place."""
        super().__init__()
        self.conv = Conv(cast("nn.Conv2d", block.conv))

    def forward(self, x: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        """Compute."""
        return self.conv(second(node(LargerOp, last(x))))


# Which of the three weights of a side each of the four of a transposed convolution adds up.
SIDES = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])


def transposed(weight: torch.Tensor) -> torch.Tensor:
    """Turn weights [O, I, 3, 3] behind upsampling into those of a transposed convolution, [I, O, 4, 4]."""
    sides = SIDES.to(weight.device)
    return torch.einsum("ph,qw,oihw->iopq", sides, sides, weight.float()).to(weight.dtype).contiguous()


class Tail(nn.Module):
    """The decoder's last convolution, to bytes [B, H, W, 3] of blue, green and red.

    It draws blocks of 4 x 4 pixels at once: a convolution of 6 x 6 with 48 outputs, which fill a tensor core that
    three outputs leave nearly empty. White is 255 already, and the bias is added in 32 bits.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        """Take the place of the convolution that gives red, green and blue from -1 to 1."""
        super().__init__()
        weight = WHITE / 2 * last(conv.weight.detach().flip(0)).float()
        self.weight = nn.Parameter(blocks(weight).to(conv.weight.dtype), requires_grad=False)
        bias = WHITE / 2 * (1 + cast("torch.Tensor", conv.bias).detach().flip(0).float())
        self.register_buffer("bias", bias.repeat(BLOCK * BLOCK))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute."""
        y = node(ConvOp, last(x), self.weight, BLOCK, 1).float()
        y = torch.round((y + self.bias).clamp(0, WHITE)).to(torch.uint8)
        height, width = int(y.shape[1]), int(y.shape[2])
        y = node(ReshapeOp, y, [height, width, BLOCK, BLOCK * 3]).transpose(2, 3)
        return node(ReshapeOp, y, [height * BLOCK, width * BLOCK, 3])


def blocks(weight: torch.Tensor) -> torch.Tensor:
    """Turn weights [O, 3, 3, I] into those of a convolution that steps by BLOCK, [BLOCK * BLOCK * O, side, side, I]."""
    side = BLOCK + 2
    placed = [
        functional.pad(weight, (0, 0, x, side - 3 - x, y, side - 3 - y)) for y in range(BLOCK) for x in range(BLOCK)
    ]
    return torch.cat(placed).contiguous()


def for_card(networks: Networks) -> None:
    """Change UNet and decoder, of 16 bits with norms of 32 (see graphs.half), into a card's operators.

    From then on the decoder takes what the UNet gives, and gives bytes. joining.py and sharing.py do what goes over the
    edges of these parts.
    """
    unet, vae = cast("Any", networks.unet), cast("Any", networks.vae)
    with torch.no_grad():
        embedding = unet.time_embedding
        time = functional.silu(linear(embedding.linear_1, unet.time_proj(torch.zeros(1)).float()))
        time = linear(embedding.linear_2, time)
        for network in (unet, vae.decoder):
            network.conv_norm_out, network.conv_act = Norm(network.conv_norm_out, silu=True), nn.Identity()
        vae.decoder.conv_out = Tail(vae.decoder.conv_out)
        between(unet, vae)
        replace(unet, time)
        replace(vae.decoder, time)


def between(unet: Any, vae: Any) -> None:  # noqa: ANN401 (diffusers' networks, of which types tell little)
    """Let the UNet's last convolution scale and mix its result for the decoder, eight channels wide."""
    mixed, first = unet.conv_out, vae.decoder.conv_in
    mix = vae.post_quant_conv.weight.detach().float()[:, :, 0, 0] / VAE_SCALE
    weight = torch.einsum("oi,ihwc->ohwc", mix, mixed.weight.detach().float())
    bias = mix @ mixed.bias.detach().float() + vae.post_quant_conv.bias.detach().float()
    more = -weight.shape[0] % 8
    for conv, name, value in (
        (mixed, "weight", functional.pad(weight, (0, 0, 0, 0, 0, 0, 0, more))),
        (mixed, "bias", functional.pad(bias, (0, more))),
        (first, "weight", functional.pad(first.weight.detach(), (0, 0, 0, 0, 0, more))),
    ):
        setattr(conv, name, nn.Parameter(value.to(conv.weight.dtype), requires_grad=False))
    vae.post_quant_conv = nn.Identity()


def replace(parent: nn.Module, time: torch.Tensor) -> None:
    """Put the parts of this module in place of diffusers'."""
    for name, child in list(parent._modules.items()):  # noqa: SLF001 (named_children leaves out what is there twice)
        if child is None:
            continue
        part = of_card(child, time)
        if part is not None:
            setattr(parent, name, part)
            continue
        replace(child, time)


def of_card(child: nn.Module, time: torch.Tensor) -> nn.Module | None:
    """Give what stands for a part of diffusers; nothing for one that stays."""
    part: nn.Module | None = None
    if isinstance(child, ResnetBlock2D):
        part = Residual(child, time)
    elif isinstance(child, Upsample2D):
        part = WideUpsample(child) if child.channels >= WIDE else Upsample(child)
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
