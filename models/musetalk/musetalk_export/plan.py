"""Which graphs there are, each with an example of what goes in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch

from . import graphs
from .card import for_card
from .detection import Detector
from .landmarks import HEIGHT, WIDTH, Landmarks
from .parsing import SIDE, Parser

if TYPE_CHECKING:
    import numpy as np

    from .networks import Networks


# Of a card's graph.
FORM = 1


@dataclass
class Graph:
    """A network with an example of what goes in."""

    name: str
    module: torch.nn.Module
    inputs: dict[str, torch.Tensor]
    # The first one is compared.
    outputs: tuple[str, ...]
    # By input or output, the sides that may have any length.
    dynamic: dict[str, dict[int, str]] = field(default_factory=dict)
    # What PyTorch makes of the inputs in 32 bits; computed when it is not given.
    wanted: np.ndarray | None = None
    # Of 16 bits: it is written without computing.
    half: bool = False
    # In a card's operators, which no CPU knows.
    card: bool = False
    # ONNX Runtime is to put channels last in standard operators, too.
    nhwc: bool = False
    # Another number for other operators: graphs that were written before are then made anew.
    form: int = 0


def plan(networks: Networks, precisions: tuple[str, ...], features: str = "1.5") -> list[Graph]:
    """List the graphs in the order in which they are made, the face last; that of 16 bits changes the networks."""
    generator = torch.Generator().manual_seed(7)
    latent = torch.randn(2, 8, 32, 32, generator=generator)
    sound = torch.randn(2, graphs.TOKENS, graphs.WIDTH, generator=generator)
    noise = 0.1 * torch.randn(1, graphs.SEGMENT, generator=generator)
    picture = torch.rand(2, 3, 256, 256, generator=generator) * 2 - 1
    batch = {0: "batch"}
    if features == "1.0":
        inputs = {"samples": noise, "loudest": torch.tensor([-10.0]), "frames": torch.tensor([2000])}
        audio = Graph("audio", graphs.AudioFirst(networks), inputs, ("features", "loudest_now"))
    else:
        audio = Graph("audio", graphs.Audio(networks), {"samples": noise}, ("features",))
    encoder = Graph(
        "encoder", graphs.Encoder(networks), {"picture": picture}, ("latent",), {"picture": batch, "latent": batch}
    )
    all_of_them = [audio, encoder, *preparation(networks, generator)]
    if "fp32" in precisions:
        face = {"latent": latent, "sound": sound}
        sides = {"latent": batch, "sound": batch, "picture": batch}
        all_of_them.append(Graph("face", graphs.Face(networks), face, ("picture",), sides))
    return all_of_them


def preparation(networks: Networks, generator: torch.Generator) -> list[Graph]:
    """List the graphs that prepare avatars, as far as their networks are there."""
    found = []
    for name, network in networks.preparation.items():
        height, width = {"detector": (192, 256), "landmarks": (HEIGHT, WIDTH), "parser": (SIDE, SIDE)}[name]
        picture = torch.randint(0, 256, (1, height, width, 3), generator=generator, dtype=torch.uint8)
        module: torch.nn.Module
        sides: dict[str, dict[int, str]] = {}
        if name == "detector":
            module, output = Detector(network), "places"  # type: ignore[arg-type]
            sides = {"picture": {1: "height", 2: "width"}, "places": {0: "count"}}
        elif name == "landmarks":
            module, output = Landmarks(network), "points"  # type: ignore[arg-type]
        else:
            module, output = Parser(network), "classes"  # type: ignore[arg-type]
        found.append(Graph(name, module, {"picture": picture}, (output,), sides))
    return found


def halved(networks: Networks) -> Graph:
    """Give the face graph in 16 bits, with what the one in 32 bits makes of its inputs. It changes the networks."""
    graph = plan(networks, ("fp32",))[-1]
    wanted = run_torch(graph)
    graphs.half(networks.unet)
    graphs.half(networks.vae)
    return replace(graph, name="face-half", module=graphs.Face(networks), wanted=wanted, half=True)


def carded(networks: Networks, half: Graph) -> Graph:
    """Give the face graph for a card, of networks that have 16 bits already. It changes them."""
    for_card(networks)
    face = graphs.Face(networks, card=True).eval()
    return replace(half, name="face-card", module=face, card=True, nhwc=True, form=FORM)


def run_torch(graph: Graph) -> np.ndarray:
    """Give what PyTorch makes of the example."""
    with torch.inference_mode():
        result = graph.module(*graph.inputs.values())
    first: np.ndarray = (result[0] if isinstance(result, tuple) else result).numpy()
    return first
