"""Reads files of weights as tensors alone: no code in their pickles runs."""

from __future__ import annotations

import collections
import pickle
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch
from torch import _utils

if TYPE_CHECKING:
    from pathlib import Path

# What tensors are made of. Everything else that a pickle names becomes an Inert.
ALLOWED = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _utils._rebuild_tensor_v2,  # noqa: SLF001 (the name in the files)
    ("torch._utils", "_rebuild_parameter"): _utils._rebuild_parameter,  # noqa: SLF001
}
STORAGES = {
    f"{kind}Storage" for kind in ("Float", "Half", "BFloat16", "Double", "Long", "Int", "Short", "Byte", "Bool")
}


class Inert:
    """Stands for whatever else a file of training holds, such as its history. It takes everything and does nothing."""

    def __init__(self, *_: object, **__: object) -> None:
        """Take."""

    def __call__(self, *_: object, **__: object) -> Inert:
        """Take."""
        return self

    def __setstate__(self, _: object) -> None:
        """Take."""

    def __setitem__(self, _: object, __: object) -> None:
        """Take."""

    def append(self, _: object) -> None:
        """Take."""

    def extend(self, _: object) -> None:
        """Take."""


class TensorUnpickler(pickle.Unpickler):
    """Knows tensors and nothing else."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 (whatever stands behind a name)
        """Give what is allowed, and something that does nothing for the rest."""
        if module == "torch" and name in STORAGES:
            return getattr(torch, name)
        return ALLOWED.get((module, name), Inert)


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """Read the tensors of a file, by name: of the file itself, or of the state in it that it was trained from."""
    zipped = is_zip(path)
    try:
        found: Any = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except pickle.UnpicklingError:
        if not zipped:
            raise
        reader = SimpleNamespace(Unpickler=TensorUnpickler, __name__="tensors")
        found = torch.load(path, map_location="cpu", weights_only=False, pickle_module=reader, mmap=True)
    for inner in ("state_dict", "model_state_dict"):
        if inner in found:
            found = found[inner]
    return {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}


def is_zip(path: Path) -> bool:
    """Tell torch's newer format, which can stay on disk, from the older one."""
    with path.open("rb") as file:
        return file.read(2) == b"PK"
