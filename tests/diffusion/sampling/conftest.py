"""k-diffusion's samplers as an oracle: its sampling module alone, without what the package drags in."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from torch import Tensor

NAME = "k_diffusion_oracle"


def append_dims(x: Tensor, dimensions: int) -> Tensor:
    return x[(...,) + (None,) * (dimensions - x.ndim)]


def load_sampling() -> ModuleType:
    package = importlib.util.find_spec("k_diffusion")
    assert package is not None
    assert package.submodule_search_locations
    parent: Any = ModuleType(NAME)
    parent.__path__ = []
    parent.utils = ModuleType(f"{NAME}.utils")
    parent.utils.append_dims = append_dims  # all that the samplers need of a module that wants torchvision
    source = Path(package.submodule_search_locations[0]) / "sampling.py"
    spec = importlib.util.spec_from_file_location(f"{NAME}.sampling", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, NAME, parent)
        patch.setitem(sys.modules, f"{NAME}.utils", parent.utils)
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def k_diffusion() -> ModuleType:
    return load_sampling()
