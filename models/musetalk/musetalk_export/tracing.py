"""Exports of 16 bits without computing: PyTorch's convolutions of that kind take minutes each on a CPU."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterator

alone = False


def shapes_alone() -> bool:
    """Tell whether a graph is being written for which the shape of each result is enough."""
    return alone


def node(operator: type[torch.autograd.Function], *inputs: Any) -> torch.Tensor:  # noqa: ANN401 (torch's own signature)
    """Give what an operator makes of its inputs."""
    return cast("torch.Tensor", operator.apply(*inputs))


class ConvShape(torch.autograd.Function):
    """A convolution of [B, C, H, W] that keeps or halves the sides, as a node of a graph alone."""

    @staticmethod
    def forward(_: Any, *args: Any) -> torch.Tensor:  # noqa: ANN401 (torch's own signature)
        """Give something of the result's shape."""
        x, weight, _, stride, _ = args
        return x.new_zeros(x.shape[0], weight.shape[0], x.shape[2] // stride, x.shape[3] // stride)

    @staticmethod
    def symbolic(g: Any, *args: Any) -> Any:  # noqa: ANN401 (torch's own signature)
        """Give the operator."""
        x, weight, bias, stride, pad = args
        sizes = weight.type().sizes()
        out = g.op(
            "Conv",
            *(x, weight, bias),
            kernel_shape_i=sizes[2:],
            strides_i=[stride, stride],
            pads_i=[pad] * 4,
            dilations_i=[1, 1],
            group_i=1,
        )
        out.setType(x.type().with_sizes([None, sizes[0], None, None]))
        return out


def conv_shape(self: nn.Conv2d, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 (torch's own names)
    """Stand for a convolution."""
    side, stride, pad = self.kernel_size[0], self.stride[0], int(self.padding[0])
    if self.groups != 1 or self.bias is None or self.dilation[0] != 1 or side != 2 * pad + 1:
        raise ValueError(f"no stand-in is known for {self}")
    return node(ConvShape, input, self.weight, self.bias, stride, pad)


@contextmanager
def without_computing() -> Iterator[None]:
    """Let convolutions, and a card's operators, give shapes alone."""
    global alone  # noqa: PLW0603 (torch calls forward without any context of ours)
    before = nn.Conv2d.forward
    nn.Conv2d.forward = conv_shape
    alone = True
    try:
        yield
    finally:
        nn.Conv2d.forward = before
        alone = False
