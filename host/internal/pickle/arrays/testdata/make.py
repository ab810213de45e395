"""Writes the pickles beside it: python3 make.py, once with numpy 1 and torch 2.5, once with numpy 2.

Each holds a dictionary of arrays whose elements count up from 0, so that a test knows them from their shapes.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent


def arrays() -> dict[str, Any]:
    """Give one array of each kind that avatars have, and some that they might."""
    count = np.arange(24)
    return {
        "u1": count.astype(np.uint8).reshape(2, 4, 3),
        "i4": count.astype(np.int32).reshape(4, 6),
        "i8": count.astype(np.int64),
        "f2": count.astype(np.float16).reshape(1, 2, 3, 4),
        "f4": count.astype(np.float32).reshape(24, 1),
        "f8": count.astype(np.float64).reshape(3, 8),
        "fortran": np.asfortranarray(count.astype(np.uint8).reshape(2, 4, 3)),
        "part": np.arange(48, dtype=np.uint8).reshape(2, 8, 3)[:, :4],
        "empty": np.zeros((0, 3), dtype=np.uint8),
        "scalars": [np.int32(-3), np.int64(1 << 40), np.uint8(200), 7, True, None, 1.5, "가나다", (1, 2), b"\x00\xff"],
    }


def main() -> None:
    """Write one file for each protocol, and one of tensors where there is torch."""
    major = np.__version__.split(".", maxsplit=1)[0]
    for protocol in range(2, 6):
        with (HERE / f"numpy{major}-protocol{protocol}.pkl").open("wb") as out:
            pickle.dump(arrays(), out, protocol=protocol)
    try:
        import torch  # noqa: PLC0415
    except ImportError:
        return
    half = torch.arange(24, dtype=torch.float16).reshape(1, 2, 3, 4)
    tensors = {
        "half": half,
        "float": half.float(),
        "turned": half.float().reshape(4, 6).t(),
        "part": torch.arange(48, dtype=torch.float32)[24:].reshape(4, 6),
        "gradient": half.float().requires_grad_(),
        "list": [half, None, half],
    }
    for protocol in (2, 4, 5):
        with (HERE / f"torch-protocol{protocol}.pkl").open("wb") as out:
            pickle.dump(tensors, out, protocol=protocol)
    torch.save([half, half.float()], HERE / "latents.pt")


if __name__ == "__main__":
    main()
