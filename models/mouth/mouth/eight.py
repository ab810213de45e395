"""What 8 bits do to the values between layers: learned with, and written into the graph with the same numbers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional

from .network import MIDDLE, RANGE, LastConv2d, Mouth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .dataset import Samples

# Seven bits of weight: on processors without VNNI the sums of eight would overflow.
WEIGHT_STEPS = 64
STEPS = 255
# Shares of the widest range that are tried; a range cut shorter has finer steps and flattens what is beyond it.
CUTS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1)
# The first layers see bytes as they are: one step is one step.
IMAGES = ("luma_in", "colour_in")

# By convolution: step and zero of what it takes, and of what it gives, as [4].
Ranges = dict[str, torch.Tensor]


def convolutions(network: nn.Module) -> dict[str, nn.Conv2d]:
    """Give the layers that go to 8 bits, by the names of their modules."""
    return {
        name: module
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d) and not isinstance(module, LastConv2d)
    }


def stepped(x: torch.Tensor, step: torch.Tensor, zero: torch.Tensor) -> torch.Tensor:
    """Round values to 8 bits."""
    return (whole((x.float() / step + zero).clamp(0, STEPS)) - zero) * step


def whole(x: torch.Tensor) -> torch.Tensor:
    """Round to whole numbers; what is learned passes through as if they were not rounded."""
    return x + (x.round() - x).detach()


def best(values: torch.Tensor) -> torch.Tensor:
    """Give step and zero [2] of the range that rounds values with the least absolute error."""
    low, high = values.min().clamp(max=0), values.max().clamp(min=0)
    tried, errors = [], []
    for cut in CUTS:
        step = ((high - low) * cut / STEPS).clamp(min=1e-6)
        zero = (-low * cut / step).round().clamp(0, STEPS)
        tried.append(torch.stack([step, zero]))
        errors.append((stepped(values, step, zero) - values).abs().mean())
    return tried[int(torch.stack(errors).argmin())]


@torch.no_grad()
def ranges(network: Mouth, shown: Samples) -> Ranges:
    """Look at what a network makes of renders, and say what steps each convolution's values need."""
    seen: Ranges = {}

    def look(name: str, module: nn.Conv2d) -> torch.utils.hooks.RemovableHandle:
        def hook(_: nn.Module, taken: tuple[torch.Tensor, ...], given: torch.Tensor) -> None:
            image = torch.tensor([1 / RANGE, MIDDLE], device=given.device)
            seen[name] = torch.cat([image if name in IMAGES else best(taken[0].float()), best(given.float())])

        return module.register_forward_hook(hook)

    handles = [look(name, module) for name, module in convolutions(network).items()]
    device = network.luma_in.weight.device
    resting, coefficients = (torch.from_numpy(a).to(device) for a in (shown.resting, shown.coefficients))
    network(resting.float(), coefficients)
    for handle in handles:
        handle.remove()
    return seen


def weights(weight: torch.Tensor) -> torch.Tensor:
    """Round a convolution's weights [out, in, h, w], each output channel with a step of its own."""
    step = weight.detach().abs().amax((1, 2, 3)).clamp(min=1e-8) / WEIGHT_STEPS
    step = step[:, None, None, None]
    return whole(weight / step) * step


def as_in_8_bits(layer: nn.Conv2d, steps: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    """Give what a convolution computes in the graph, in floats."""

    def forward(x: torch.Tensor) -> torch.Tensor:
        taken = stepped(x, steps[0], steps[1])
        given = functional.conv2d(taken, weights(layer.weight), layer.bias, layer.stride, cast("int", layer.padding))
        return stepped(given, steps[2], steps[3])

    return forward


@contextmanager
def rounding(network: Mouth, steps: Ranges) -> Iterator[None]:
    """Have a network compute as its graph in 8 bits does, for as long as the context lasts."""
    layers = convolutions(network)
    for name, layer in layers.items():
        layer.forward = as_in_8_bits(layer, steps[name])  # pyright: ignore[reportAttributeAccessIssue] # one argument
    try:
        yield
    finally:
        for layer in layers.values():
            del layer.forward
