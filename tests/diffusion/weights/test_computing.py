"""Models in another number format, and compiled ones."""

from pathlib import Path

import pytest
import torch

from diffusion.errors import DiffusionError, PartMissing
from diffusion.types import Model
from diffusion.weights.checkpoint import open_checkpoint
from diffusion.weights.computing import check_backend, compiled, in_dtype
from tests.factories import tiny_sd1


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    opened = open_checkpoint(
        tiny_sd1(tmp_path_factory.mktemp("sd1") / "tiny.safetensors"), dtype=torch.float32
    )
    assert opened.model is not None
    return opened.model


def test_another_number_format_and_back(model: Model) -> None:
    narrow = in_dtype(model, "bf16")
    assert narrow.dtype == torch.bfloat16
    assert {tensor.dtype for tensor in narrow.network.state_dict().values()} == {torch.bfloat16}
    again = in_dtype(narrow, "default")
    assert again.dtype == torch.float32
    assert again.network is model.network
    assert in_dtype(model, "fp32") is model
    with pytest.raises(PartMissing):
        in_dtype(None, "fp16")


def test_compilers_that_cannot_work_are_refused_with_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DiffusionError, match="cudagraphs need an NVIDIA GPU"):
        check_backend("cudagraphs", cuda=False)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DiffusionError, match=r"none of c\+\+, g\+\+, clang\+\+, cl is installed"):
        check_backend("inductor", cuda=False)
    check_backend("inductor", cuda=True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch itself, as its compiler is imported
def test_the_compiled_network_is_a_copy_that_shares_its_weights(
    model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "g++").write_text("#!/bin/sh\n")
    (tmp_path / "g++").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = compiled(model, "inductor")
    assert found.network is not model.network
    assert found.network._compiled_call_impl is not None
    assert getattr(model.network, "_compiled_call_impl", None) is None
    ours = dict(model.network.named_parameters())
    assert all(tensor is ours[name] for name, tensor in found.network.named_parameters())
