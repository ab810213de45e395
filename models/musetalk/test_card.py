"""Checks the graph of a card, in standard operators: `make test-musetalk` installs what it needs."""

from __future__ import annotations

import copy
import tempfile
import unittest
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast
from unittest import mock

import numpy as np
import onnx
import torch
from diffusers.models.upsampling import Upsample2D
from musetalk_export import adding, card
from musetalk_export.export import OPSET
from musetalk_export.joining import Joining
from musetalk_export.networks import Networks, random_networks
from musetalk_export.operators import UpsampledConvOp
from musetalk_export.plan import carded, halved
from musetalk_export.write import run_onnx, write
from torch import nn
from torch.nn import functional

SEED = 3


def biased() -> Networks:
    """Small networks in which every sum counts: without any one of the biases faces change."""
    networks = random_networks(SEED, small=True)
    for part in (networks.unet, networks.vae):
        for name, value in part.named_parameters():
            if name.endswith("bias"):
                nn.init.normal_(value, std=0.2)
    return networks


class CardTest(unittest.TestCase):
    def test_upsampling_and_a_convolution_are_one(self) -> None:
        generator = torch.Generator().manual_seed(SEED)
        x, weight = torch.randn(2, 5, 6, 4, generator=generator), torch.randn(7, 5, 3, 3, generator=generator)
        bias = torch.randn(7, generator=generator)
        larger = functional.interpolate(x, scale_factor=2.0, mode="nearest")
        wanted = functional.conv2d(larger, weight, bias, padding=1)
        got = UpsampledConvOp.apply(x, card.transposed(weight), bias)
        self.assertTrue(torch.allclose(wanted, cast("torch.Tensor", got), atol=1e-5))

    def test_wide_upsampling_keeps_its_convolution(self) -> None:
        torch.manual_seed(SEED)
        block = Upsample2D(6, use_conv=True, out_channels=4)
        x = torch.randn(2, 6, 3, 5)
        with torch.no_grad():
            self.assertTrue(torch.allclose(block(x), card.WideUpsample(block)(x), atol=1e-5))

    def test_the_last_convolution_draws_bytes_in_blocks(self) -> None:
        torch.manual_seed(SEED)
        conv = nn.Conv2d(6, 3, 3, padding=1)
        x = torch.randn(2, 6, 8, 12)
        with torch.no_grad():
            wanted = ((conv(x).flip(1) / 2 + 0.5).clamp(0, 1) * 255).permute(0, 2, 3, 1)
            got = card.Tail(conv)(x)
        self.assertEqual((got.shape, got.dtype), (wanted.shape, torch.uint8))
        self.assertLessEqual((wanted - got).abs().max(), 0.501)
        self.assertGreater(wanted.std(), 20)

    def test_every_bias_of_a_card_counts(self) -> None:
        networks = biased()
        half = halved(networks)
        graph = carded(networks, half)
        for known in (adding.KNOWN, {8, 16}):
            with mock.patch.object(adding, "KNOWN", known), tempfile.TemporaryDirectory() as folder:
                write(graph, Path(folder), OPSET, small=False)
                path = Path(folder, "face-card.onnx")
                kinds = {node.op_type for node in onnx.load(str(path)).graph.node}
                self.assertEqual("BiasAdd" in kinds, known == {8, 16})
                got = run_onnx(path, graph).astype(int)
            self.assertGreater(got.std(), 10)
            self.assertLessEqual(np.abs(got - cast("np.ndarray", half.wanted)).mean(), 0.1)

    def test_layers_that_look_at_the_sound_share_a_product(self) -> None:
        networks = biased()
        for block in cast("Any", networks.unet).modules():
            for n, part in enumerate(getattr(block, "attentions", [])):
                block.attentions[n] = copy.deepcopy(part)  # small networks have all of them once
        for name, value in networks.unet.named_parameters():
            if name.endswith(("attn2.to_k.weight", "attn2.to_v.weight")):
                nn.init.normal_(value, std=0.1)
        graph = carded(networks, halved(networks))
        drawn, products = [], []
        with tempfile.TemporaryDirectory() as folder:
            for shared in (True, False):
                with nullcontext() if shared else mock.patch("musetalk_export.write.share"):
                    write(graph, Path(folder), OPSET, small=False)
                path = Path(folder, "face-card.onnx")
                kinds = Counter(node.op_type for node in onnx.load(str(path)).graph.node)
                self.assertEqual(kinds["Split"], int(shared))
                products.append(kinds["MatMul"])
                drawn.append(run_onnx(path, graph).astype(int))
        self.assertEqual(products[1] - products[0], 2 * 10 - 1)
        self.assertGreater(drawn[0].std(), 10)
        self.assertLessEqual(np.abs(drawn[0] - drawn[1]).mean(), 0.01)

    def test_norms_that_add_draw_the_same(self) -> None:
        networks = biased()
        graph = carded(networks, halved(networks))
        drawn, sums = [], []
        with tempfile.TemporaryDirectory() as folder:
            for joined in (True, False):
                with nullcontext() if joined else mock.patch.object(Joining, "run"):
                    write(graph, Path(folder), OPSET, small=False)
                path = Path(folder, "face-card.onnx")
                nodes = onnx.load(str(path)).graph.node
                self.assertEqual(joined, "SkipGroupNorm" in {node.op_type for node in nodes})
                sums.append(sum(node.op_type == "Add" for node in nodes))
                drawn.append(run_onnx(path, graph).astype(int))
        self.assertLess(sums[0], sums[1])
        self.assertGreater(drawn[0].std(), 10)
        self.assertLessEqual(np.abs(drawn[0] - drawn[1]).mean(), 0.1)

    def test_a_gate_in_a_cards_operators_is_the_gate(self) -> None:
        networks = random_networks(SEED, small=True)
        half = halved(networks)
        with mock.patch.object(card, "GATES", (128,)), tempfile.TemporaryDirectory() as folder:
            graph = carded(networks, half)
            write(graph, Path(folder), OPSET, small=True)
            path = Path(folder, "face-card.onnx")
            self.assertIn("BiasSplitGelu", {node.op_type for node in onnx.load(str(path)).graph.node})
            got = run_onnx(path, graph)
        with torch.inference_mode():
            theirs = graph.module(*graph.inputs.values()).numpy()
        wanted = cast("np.ndarray", half.wanted)
        for drawn in (got, theirs):
            self.assertLessEqual(np.abs(drawn.astype(int) - wanted.astype(int)).mean(), 0.2)
