"""BiSeNet, which tells skin from hair: its architecture by face-parsing.PyTorch's weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

CLASSES, SIDE = 19, 512
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of red, green and blue


class ConvBNReLU(nn.Module):
    """Convolution, norm and rectifier."""

    def __init__(self, before: int, after: int, size: int) -> None:
        """Keep the picture's size."""
        super().__init__()
        self.conv = nn.Conv2d(before, after, size, padding=size // 2, bias=False)
        self.bn = nn.BatchNorm2d(after)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        return functional.relu(self.bn(self.conv(x)))


class BasicBlock(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        """Build by ResNet's names."""
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.downsample: nn.Module | None = None
        if before != after or stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """ResNet-18 without its head."""

    def __init__(self, widths: Sequence[int]) -> None:
        """Build four layers."""
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        before = widths[0]
        for number, width in enumerate(widths, 1):
            stride = 1 if number == 1 else 2
            layer = nn.Sequential(BasicBlock(before, width, stride), BasicBlock(width, width, 1))
            setattr(self, f"layer{number}", layer)
            before = width

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Give what it sees at an eighth, a sixteenth and a thirty-second of the size."""
        x = functional.max_pool2d(functional.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        eighth = self.layer2(self.layer1(x))
        sixteenth = self.layer3(eighth)
        return eighth, sixteenth, self.layer4(sixteenth)


class AttentionRefinement(nn.Module):
    """Weighs channels by their mean."""

    def __init__(self, before: int, after: int) -> None:
        """Build."""
        super().__init__()
        self.conv = ConvBNReLU(before, after, 3)
        self.conv_atten = nn.Conv2d(after, after, 1, bias=False)
        self.bn_atten = nn.BatchNorm2d(after)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        x = self.conv(x)
        return x * torch.sigmoid(self.bn_atten(self.conv_atten(x.mean(dim=(2, 3), keepdim=True))))


class ContextPath(nn.Module):
    """ResNet and what joins its sizes."""

    def __init__(self, widths: Sequence[int], inner: int) -> None:
        """Build."""
        super().__init__()
        self.resnet = ResNet(widths)
        self.arm16 = AttentionRefinement(widths[2], inner)
        self.arm32 = AttentionRefinement(widths[3], inner)
        self.conv_head32 = ConvBNReLU(inner, inner, 3)
        self.conv_head16 = ConvBNReLU(inner, inner, 3)
        self.conv_avg = ConvBNReLU(widths[3], inner, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Run."""
        eighth, sixteenth, last = self.resnet(x)
        whole = self.conv_avg(last.mean(dim=(2, 3), keepdim=True))
        y = self.conv_head32(functional.interpolate(self.arm32(last) + whole, scale_factor=2.0, mode="nearest"))
        y = self.arm16(sixteenth) + y
        return eighth, self.conv_head16(functional.interpolate(y, scale_factor=2.0, mode="nearest"))


class FeatureFusion(nn.Module):
    """Joins detail and context."""

    def __init__(self, before: int, after: int) -> None:
        """Build."""
        super().__init__()
        self.convblk = ConvBNReLU(before, after, 1)
        self.conv1 = nn.Conv2d(after, after // 4, 1, bias=False)
        self.conv2 = nn.Conv2d(after // 4, after, 1, bias=False)

    def forward(self, detail: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        """Run."""
        x = self.convblk(torch.cat([detail, context], dim=1))
        weight = torch.sigmoid(self.conv2(functional.relu(self.conv1(x.mean(dim=(2, 3), keepdim=True)))))
        return x * weight + x


class Output(nn.Module):
    """Scores of the classes."""

    def __init__(self, before: int, inner: int) -> None:
        """Build."""
        super().__init__()
        self.conv = ConvBNReLU(before, inner, 3)
        self.conv_out = nn.Conv2d(inner, CLASSES, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run."""
        return self.conv_out(self.conv(x))


class BiSeNet(nn.Module):
    """Its first output alone. `divide` makes a narrow one of the same shape."""

    def __init__(self, divide: int = 1) -> None:
        """Build by the names of the published file."""
        super().__init__()
        widths = [width // divide for width in (64, 128, 256, 512)]
        self.cp = ContextPath(widths, 128 // divide)
        self.ffm = FeatureFusion(256 // divide, 256 // divide)
        self.conv_out = Output(256 // divide, 256 // divide)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give scores at the picture's size."""
        scores = self.conv_out(self.ffm(*self.cp(x)))
        return functional.interpolate(scores, size=(SIDE, SIDE), mode="bilinear", align_corners=True)


class Parser(nn.Module):
    """A face to its parts: [1, 512, 512, 3] of blue, green and red to [1, 512, 512], the class of each pixel."""

    def __init__(self, network: BiSeNet) -> None:
        """Take the network."""
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(MEAN)[None, :, None, None])
        self.register_buffer("deviation", torch.tensor(DEVIATION)[None, :, None, None])

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Parse."""
        x = picture.flip(-1).permute(0, 3, 1, 2).float() / 255
        return self.network((x - self.mean) / self.deviation).argmax(dim=1).to(torch.uint8)
