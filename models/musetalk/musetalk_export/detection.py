"""S3FD, which finds faces: its architecture by face-alignment's weights, with the boxes decoded in the graph."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

# Where the six maps of faces come from: the convolutions in front of each pooling, and what they are called.
STAGES = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
MAPS = ("conv3_3_norm", "conv4_3_norm", "conv5_3_norm", "fc7", "conv6_2", "conv7_2")
MEAN = (104.0, 117.0, 123.0)  # of blue, green and red
VARIANCES = (0.1, 0.2)


class L2Norm(nn.Module):
    """Scales every pixel to length one, and then each channel by what was learnt."""

    def __init__(self, channels: int, scale: float) -> None:
        """Begin with one scale for all channels."""
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), scale))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scale."""
        return x / (x.pow(2).sum(dim=1, keepdim=True).sqrt() + 1e-10) * self.weight[None, :, None, None]


class S3FD(nn.Module):
    """Picture to maps of scores and boxes. `divide` makes a narrow one of the same shape."""

    def __init__(self, divide: int = 1) -> None:
        """Build by the names of the published file."""
        super().__init__()
        before = 3
        for stage, widths in enumerate(STAGES, 1):
            for number, width in enumerate(widths, 1):
                setattr(self, f"conv{stage}_{number}", nn.Conv2d(before, width // divide, 3, padding=1))
                before = width // divide
        d = divide
        self.fc6 = nn.Conv2d(512 // d, 1024 // d, 3, padding=3)
        self.fc7 = nn.Conv2d(1024 // d, 1024 // d, 1)
        self.conv6_1 = nn.Conv2d(1024 // d, 256 // d, 1)
        self.conv6_2 = nn.Conv2d(256 // d, 512 // d, 3, stride=2, padding=1)
        self.conv7_1 = nn.Conv2d(512 // d, 128 // d, 1)
        self.conv7_2 = nn.Conv2d(128 // d, 256 // d, 3, stride=2, padding=1)
        for name, width, scale in zip(MAPS[:3], (256, 512, 512), (10.0, 8.0, 5.0), strict=True):
            setattr(self, name, L2Norm(width // d, scale))
        for name, width in zip(MAPS, (256, 512, 512, 1024, 512, 256), strict=True):
            scores = 4 if name == MAPS[0] else 2
            setattr(self, f"{name}_mbox_conf", nn.Conv2d(width // d, scores, 3, padding=1))
            setattr(self, f"{name}_mbox_loc", nn.Conv2d(width // d, 4, 3, padding=1))

    def maps(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Give the six maps that faces are read from, the finest first."""
        found = []
        for stage, widths in enumerate(STAGES, 1):
            for number in range(1, len(widths) + 1):
                x = functional.relu(getattr(self, f"conv{stage}_{number}")(x))
            if len(widths) == 3:  # noqa: PLR2004 (the stages that are read)
                found.append(getattr(self, f"conv{stage}_3_norm")(x))
            x = functional.max_pool2d(x, 2, 2)
        x = functional.relu(self.fc7(functional.relu(self.fc6(x))))
        found.append(x)
        for stage in (6, 7):
            x = functional.relu(getattr(self, f"conv{stage}_1")(x))
            x = functional.relu(getattr(self, f"conv{stage}_2")(x))
            found.append(x)
        return found

    def forward(self, picture: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Give scores and boxes of each map."""
        results = []
        for name, x in zip(MAPS, self.maps(picture), strict=True):
            scores, boxes = getattr(self, f"{name}_mbox_conf")(x), getattr(self, f"{name}_mbox_loc")(x)
            if name == MAPS[0]:  # the best of three backgrounds
                scores = torch.cat([scores[:, :3].amax(dim=1, keepdim=True), scores[:, 3:]], dim=1)
            results.append((scores, boxes))
        return results


class Detector(nn.Module):
    """A picture to places where a face may be: [1, H, W, 3] of blue, green and red to [N, 5], corners and score."""

    def __init__(self, network: S3FD) -> None:
        """Take the network."""
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(MEAN))

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Find."""
        x = (picture.float() - self.mean).permute(0, 3, 1, 2)
        found = []
        for level, (scores, boxes) in enumerate(self.network(x)):
            stride = 4.0 * 2**level
            score = torch.softmax(scores, dim=1)[:, 1]
            down = torch.arange(score.shape[1], dtype=torch.float32)[None, :, None] * stride + stride / 2
            across = torch.arange(score.shape[2], dtype=torch.float32)[None, None, :] * stride + stride / 2
            side = stride * 4
            x_centre = across + boxes[:, 0] * VARIANCES[0] * side
            y_centre = down + boxes[:, 1] * VARIANCES[0] * side
            width = side * torch.exp(boxes[:, 2] * VARIANCES[1])
            height = side * torch.exp(boxes[:, 3] * VARIANCES[1])
            left, top = x_centre - width / 2, y_centre - height / 2
            all_of_them = torch.stack([left, top, left + width, top + height, score], dim=-1)
            found.append(all_of_them.reshape(-1, 5))
        return torch.cat(found)
