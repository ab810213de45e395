"""The operators of com.microsoft that ONNX Runtime has kernels for on NVIDIA's cards, each as PyTorch computes it.

Channels lie last in memory, as the cards' convolutions want them; a group norm and the SiLU behind it are one kernel
that adds up in 32 bits; attention is one kernel that never writes its scores.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from .tracing import node, shapes_alone


def last(x: torch.Tensor) -> torch.Tensor:
    """Put the channels last."""
    return x.permute(0, 2, 3, 1)


def second(x: torch.Tensor) -> torch.Tensor:
    """Put the channels behind the batch again."""
    return x.permute(0, 3, 1, 2)


def flat(x: torch.Tensor) -> tuple[torch.Tensor, list[int]]:
    """Give [B, H, W, C] as [B, tokens, C], with what lay behind the batch."""
    shape = [int(side) for side in x.shape[1:]]
    return node(ReshapeOp, x, [shape[0] * shape[1], shape[2]]), shape


class NormOp(torch.autograd.Function):
    """A group norm of [B, H, W, C] in 32 bits, with SiLU behind it or without."""

    @staticmethod
    def forward(_: Any, *args: Any) -> torch.Tensor:  # noqa: ANN401 (torch's own signature)
        """Compute as PyTorch does."""
        x, weight, bias, groups, eps, silu = args
        if shapes_alone():
            return torch.zeros_like(x)
        y = functional.group_norm(second(x).float(), groups, weight, bias, eps)
        return last(functional.silu(y) if silu else y).to(x.dtype)

    @staticmethod
    def symbolic(g: Any, *args: Any) -> Any:  # noqa: ANN401 (torch's own signature)
        """Give the operator."""
        x, weight, bias, groups, eps, silu = args
        out = g.op(
            "com.microsoft::GroupNorm",
            *(x, weight, bias),
            groups_i=groups,
            epsilon_f=eps,
            activation_i=int(silu),
            channels_last_i=1,
        )
        out.setType(x.type())
        return out


class ConvOp(torch.autograd.Function):
    """A convolution of [B, H, W, C] with weights [O, h, w, C], and a bias [O] if any."""

    @staticmethod
    def forward(_: Any, *args: Any) -> torch.Tensor:  # noqa: ANN401 (torch's own signature)
        """Compute as PyTorch does."""
        x, weight, *bias, stride, pad = args
        if shapes_alone():
            return x.new_zeros(x.shape[0], x.shape[1] // stride, x.shape[2] // stride, weight.shape[0])
        return last(functional.conv2d(second(x), second(weight), bias[0] if bias else None, stride, pad))

    @staticmethod
    def symbolic(g: Any, *args: Any) -> Any:  # noqa: ANN401 (torch's own signature)
        """Give the operator."""
        x, weight, *bias, stride, pad = args
        sizes = weight.type().sizes()
        out = g.op(
            "com.microsoft::NhwcConv",
            *(x, weight, *bias),
            kernel_shape_i=sizes[1:3],
            strides_i=[stride, stride],
            pads_i=[pad] * 4,
            dilations_i=[1, 1],
            group_i=1,
        )
        out.setType(x.type().with_sizes([None, None, None, sizes[0]]))
        return out


class AttentionOp(torch.autograd.Function):
    """Attention of several heads: three times [B, tokens, width]."""

    @staticmethod
    def forward(_: Any, *args: Any) -> torch.Tensor:  # noqa: ANN401 (torch's own signature)
        """Compute as PyTorch does."""
        query, key, value, heads = args
        if shapes_alone():
            return torch.zeros_like(query)
        parts = [x.unflatten(2, (heads, -1)).transpose(1, 2) for x in (query, key, value)]
        return functional.scaled_dot_product_attention(*parts).transpose(1, 2).flatten(2)

    @staticmethod
    def symbolic(g: Any, *args: Any) -> Any:  # noqa: ANN401 (torch's own signature)
        """Give the operator."""
        query, key, value, heads = args
        out = g.op("com.microsoft::MultiHeadAttention", query, key, value, num_heads_i=heads)
        out.setType(query.type())
        return out


class SumNormOp(torch.autograd.Function):
    """A layer norm of a sum of [B, tokens, width], of the same or [tokens, width], and a bias; and the sum."""

    @staticmethod
    def forward(_: Any, *args: Any) -> tuple[torch.Tensor, torch.Tensor]:  # noqa: ANN401 (torch's own signature)
        """Compute as PyTorch does."""
        x, other, weight, shift, bias, eps = args
        total = x + bias + other
        return functional.layer_norm(total, weight.shape, weight, shift, eps), total

    @staticmethod
    def symbolic(g: Any, *args: Any) -> Any:  # noqa: ANN401 (torch's own signature)
        """Give the operator."""
        *inputs, eps = args
        outs = g.op("com.microsoft::SkipLayerNormalization", *inputs, epsilon_f=eps, outputs=4)
        for out in outs:
            out.setType(args[0].type())
        return outs[0], outs[3]


class LargerOp(torch.autograd.Function):
    """Twice the height and width of [B, H, W, C] by nearest neighbours."""

    @staticmethod
    def forward(_: Any, *args: Any) -> torch.Tensor:  # noqa: ANN401 (torch's own signature)
        """Compute as PyTorch does."""
        (x,) = args
        return x.repeat_interleave(2, dim=1).repeat_interleave(2, dim=2)

    @staticmethod
    def symbolic(g: Any, *args: Any) -> Any:  # noqa: ANN401 (torch's own signature)
        """Give the operator."""
        (x,) = args
        none = g.op("Constant", value_t=torch.tensor([], dtype=torch.float32))
        scales = g.op("Constant", value_t=torch.tensor([1.0, 2.0, 2.0, 1.0]))
        ways = {"mode_s": "nearest", "coordinate_transformation_mode_s": "asymmetric", "nearest_mode_s": "floor"}
        out = g.op("Resize", x, none, scales, **ways)
        out.setType(x.type())
        return out


class GateOp(torch.autograd.Function):
    """A bias, then the first half of [B, tokens, width] times GELU of the second."""

    @staticmethod
    def forward(_: Any, *args: Any) -> torch.Tensor:  # noqa: ANN401 (torch's own signature)
        """Compute as PyTorch does."""
        x, bias = args
        value, gate = (x + bias).chunk(2, dim=-1)
        return value * functional.gelu(gate)

    @staticmethod
    def symbolic(g: Any, *args: Any) -> Any:  # noqa: ANN401 (torch's own signature)
        """Give the operator."""
        out = g.op("com.microsoft::BiasSplitGelu", *args)
        out.setType(args[0].type().with_sizes([None, None, args[1].type().sizes()[0] // 2]))
        return out


class UpsampledConvOp(torch.autograd.Function):
    """A transposed convolution of [B, C, H, W] with weights [C, O, 4, 4], to twice the height and width.

    A standard operator of the standard layout: ONNX Runtime puts the channels last with prefer_nhwc.
    """

    @staticmethod
    def forward(_: Any, *args: Any) -> torch.Tensor:  # noqa: ANN401 (torch's own signature)
        """Compute as PyTorch does."""
        x, weight, bias = args
        if shapes_alone():
            return x.new_zeros(x.shape[0], weight.shape[1], 2 * x.shape[2], 2 * x.shape[3])
        return functional.conv_transpose2d(x, weight, bias, stride=2, padding=1)

    @staticmethod
    def symbolic(g: Any, *args: Any) -> Any:  # noqa: ANN401 (torch's own signature)
        """Give the operator."""
        out = g.op("ConvTranspose", *args, kernel_shape_i=[4, 4], strides_i=[2, 2], pads_i=[1] * 4)
        out.setType(args[0].type().with_sizes([None, args[1].type().sizes()[1], None, None]))
        return out


class ReshapeOp(torch.autograd.Function):
    """Another shape of what lies behind the batch, without asking for any length."""

    @staticmethod
    def forward(_: Any, *args: Any) -> torch.Tensor:  # noqa: ANN401 (torch's own signature)
        """Compute as PyTorch does."""
        x, shape = args
        return x.reshape(x.shape[0], *shape)

    @staticmethod
    def symbolic(g: Any, *args: Any) -> Any:  # noqa: ANN401 (torch's own signature)
        """Give the operator."""
        x, shape = args
        out = g.op("Reshape", x, g.op("Constant", value_t=torch.tensor([0, *shape[:-1], -1])))
        out.setType(x.type().with_sizes([None, *shape]))
        return out
