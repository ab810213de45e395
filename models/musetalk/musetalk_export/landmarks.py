"""RTMPose-l, which finds the points of a face: its architecture by DWPose's weights (dw-ll_ucoco_384)."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

WIDTH, HEIGHT, POINTS = 288, 384, 133
SPLIT = 2  # places in a pixel
MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # of red, green and blue
# Width before, width after, blocks, whether they have shortcuts, whether the stage pools.
STAGES = (
    (64, 128, 3, True, False),
    (128, 256, 6, True, False),
    (256, 512, 6, True, False),
    (512, 1024, 3, False, True),
)


class ConvModule(nn.Module):
    """Convolution, norm and SiLU."""

    def __init__(self, before: int, after: int, size: int, stride: int = 1, groups: int = 1) -> None:
        """Build by mmcv's names."""
        super().__init__()
        self.conv = nn.Conv2d(before, after, size, stride, size // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(after)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        return functional.silu(self.bn(self.conv(x)))


class Separable(nn.Module):
    """A convolution of each channel, then one of all."""

    def __init__(self, channels: int) -> None:
        """Build."""
        super().__init__()
        self.depthwise_conv = ConvModule(channels, channels, 5, groups=channels)
        self.pointwise_conv = ConvModule(channels, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        return self.pointwise_conv(self.depthwise_conv(x))


class Block(nn.Module):
    """CSPNeXt's block."""

    def __init__(self, channels: int, *, shortcut: bool) -> None:
        """Build."""
        super().__init__()
        self.conv1 = ConvModule(channels, channels, 3)
        self.conv2 = Separable(channels)
        self.shortcut = shortcut

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        y = self.conv2(self.conv1(x))
        return x + y if self.shortcut else y


class ChannelAttention(nn.Module):
    """Weighs channels by their mean."""

    def __init__(self, channels: int) -> None:
        """Build."""
        super().__init__()
        self.fc = nn.Conv2d(channels, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        return x * functional.hardsigmoid(self.fc(x.mean(dim=(2, 3), keepdim=True)))


class CSPLayer(nn.Module):
    """Blocks beside a short way."""

    def __init__(self, channels: int, blocks: int, *, shortcut: bool) -> None:
        """Build."""
        super().__init__()
        half = channels // 2
        self.main_conv = ConvModule(channels, half, 1)
        self.short_conv = ConvModule(channels, half, 1)
        self.final_conv = ConvModule(channels, channels, 1)
        self.blocks = nn.Sequential(*[Block(half, shortcut=shortcut) for _ in range(blocks)])
        self.attention = ChannelAttention(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        joined = torch.cat([self.blocks(self.main_conv(x)), self.short_conv(x)], dim=1)
        return self.final_conv(self.attention(joined))


class Pooling(nn.Module):
    """Looks at surroundings of three sizes."""

    def __init__(self, channels: int) -> None:
        """Build."""
        super().__init__()
        self.conv1 = ConvModule(channels, channels // 2, 1)
        self.conv2 = ConvModule(channels * 2, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        x = self.conv1(x)
        pools = [functional.max_pool2d(x, size, 1, size // 2) for size in (5, 9, 13)]
        return self.conv2(torch.cat([x, *pools], dim=1))


class CSPNeXt(nn.Module):
    """The backbone."""

    def __init__(self, divide: int) -> None:
        """Build."""
        super().__init__()
        first = 64 // divide
        self.stem = nn.Sequential(
            ConvModule(3, first // 2, 3, stride=2),
            ConvModule(first // 2, first // 2, 3),
            ConvModule(first // 2, first, 3),
        )
        for number, (before, after, blocks, shortcut, pools) in enumerate(STAGES, 1):
            width = after // divide
            parts: list[nn.Module] = [ConvModule(before // divide, width, 3, stride=2)]
            if pools:
                parts.append(Pooling(width))
            parts.append(CSPLayer(width, blocks if divide == 1 else 1, shortcut=shortcut))
            setattr(self, f"stage{number}", nn.Sequential(*parts))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        return self.stage4(self.stage3(self.stage2(self.stage1(self.stem(x)))))


class ScaleNorm(nn.Module):
    """Scales vectors to one length."""

    def __init__(self, width: int) -> None:
        """Build."""
        super().__init__()
        self.scale = width**-0.5
        self.g = nn.Parameter(torch.ones(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        return x / (torch.linalg.vector_norm(x, dim=2, keepdim=True) * self.scale).clamp(min=1e-5) * self.g


class Scale(nn.Module):
    """A weight for each place."""

    def __init__(self, width: int) -> None:
        """Build."""
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        return x * self.scale


class GatedAttention(nn.Module):
    """RTMCC's block, in which points look at each other."""

    def __init__(self, width: int, inner: int) -> None:
        """Build."""
        super().__init__()
        self.inner, self.wide = inner, 2 * width
        self.uv = nn.Linear(width, 2 * self.wide + inner, bias=False)
        self.o = nn.Linear(self.wide, width, bias=False)
        self.gamma = nn.Parameter(torch.rand(2, inner))
        self.beta = nn.Parameter(torch.rand(2, inner))
        self.ln = ScaleNorm(width)
        self.res_scale = Scale(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        u, v, base = functional.silu(self.uv(self.ln(x))).split([self.wide, self.wide, self.inner], dim=2)
        query, key = (base * self.gamma[i] + self.beta[i] for i in range(2))
        weight = functional.relu(torch.matmul(query, key.transpose(1, 2)) / math.sqrt(self.inner)).square()
        return self.res_scale(x) + self.o(u * torch.matmul(weight, v))


class Head(nn.Module):
    """Scores of where each point lies, across and down."""

    def __init__(self, before: int, inner: int) -> None:
        """Build."""
        super().__init__()
        places = WIDTH * HEIGHT // 32 // 32
        self.final_layer = nn.Conv2d(before, POINTS, 7, padding=3)
        self.mlp = nn.Sequential(ScaleNorm(places), nn.Linear(places, inner, bias=False))
        self.gau = GatedAttention(inner, inner // 2)
        self.cls_x = nn.Linear(inner, WIDTH * SPLIT, bias=False)
        self.cls_y = nn.Linear(inner, HEIGHT * SPLIT, bias=False)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Run."""
        x = self.gau(self.mlp(self.final_layer(x).flatten(2)))
        return self.cls_x(x), self.cls_y(x)


class RTMPose(nn.Module):
    """Backbone and head. `divide` makes a narrow one of the same shape."""

    def __init__(self, divide: int = 1) -> None:
        """Build by the names of the published file."""
        super().__init__()
        self.backbone = CSPNeXt(divide)
        self.head = Head(1024 // divide, 256 if divide == 1 else 64)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Run."""
        scores: tuple[torch.Tensor, torch.Tensor] = self.head(self.backbone(x))
        return scores


class Landmarks(nn.Module):
    """A person to points: [1, 384, 288, 3] of blue, green and red to [1, 133, 2], across and down in its pixels."""

    def __init__(self, network: RTMPose) -> None:
        """Take the network."""
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(MEAN)[None, :, None, None])
        self.register_buffer("deviation", torch.tensor(DEVIATION)[None, :, None, None])

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Find."""
        x = (picture.flip(-1).permute(0, 3, 1, 2).float() - self.mean) / self.deviation
        across, down = self.network(x)
        return torch.stack([across.argmax(dim=2), down.argmax(dim=2)], dim=2).float() / SPLIT
