"""`models` on the command line: what lies in the model folders, and pickles made into safetensors."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

import main
from diffusion.errors import CheckpointError
from diffusion.weights import conversion
from diffusion.weights.conversion import Converted, convert, found_tensors, refuse_places
from diffusion.weights.listing import counted, sized

ATTENTION = "lora_unet_up_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
LORA = {f"{ATTENTION}.lora_down.weight": (2, 768), f"{ATTENTION}.lora_up.weight": (8, 2)}


class Owned:
    """A pickle of it makes a file where it is read without care."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (f"touch {self.path}",))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for folder in ("checkpoints", "loras", "ipadapter", "vae"):
        (tmp_path / "models" / folder).mkdir(parents=True)
    return tmp_path


def lora(path: Path) -> None:
    save_file({key: torch.zeros(shape, dtype=torch.float16) for key, shape in LORA.items()}, path)


def rows(
    base: Path, capsys: pytest.CaptureFixture[str], *words: str
) -> dict[tuple[str, str], dict[str, Any]]:
    assert main.main(["models", "--json", "--base-directory", str(base), *words]) == 0
    return {(row["folder"], row["name"]): row for row in json.loads(capsys.readouterr().out)}


def test_each_file_is_a_row_with_what_it_is_and_what_loads_it(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lora(base / "models" / "loras" / "good.safetensors")
    lora(base / "models" / "checkpoints" / "stray.safetensors")
    found = rows(base, capsys)
    row = found["loras", "good.safetensors"]
    assert (row["what"], row["family"], row["variant"]) == ("LoRA", "SD 1.x", "kohya")
    assert (row["precision"], row["parameters"], row["use"]) == ("fp16", 1552, "Load LoRA")
    assert row["bytes"] == (base / "models" / "loras" / "good.safetensors").stat().st_size
    assert found["checkpoints", "stray.safetensors"]["use"] == "Load LoRA (belongs into loras)"


def test_the_table_is_sorted_and_aligned(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lora(base / "models" / "loras" / "b.safetensors")
    lora(base / "models" / "loras" / "a name of some length.safetensors")
    assert main.main(["models", "--base-directory", str(base)]) == 0
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["folder", "name", "what"]
    assert [line.index("LoRA") for line in (first, second)] == [header.index("what")] * 2
    assert "a name" in first


def test_broken_files_are_rows_with_the_reason(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vae = base / "models" / "vae"
    (vae / "empty.safetensors").touch()
    (vae / "page.ckpt").write_text("<!DOCTYPE html><title>Log in</title>")
    lora(vae / "whole.safetensors")
    whole = (vae / "whole.safetensors").read_bytes()
    (vae / "cut.safetensors").write_bytes(whole[:-100])
    found = rows(base, capsys)
    assert all(found["vae", name]["what"] == "broken" for name in ("empty.safetensors", "page.ckpt"))
    assert "0 bytes" in found["vae", "empty.safetensors"]["problem"]
    assert "web page" in found["vae", "page.ckpt"]["problem"]
    cut = f"truncated: the header promises {len(whole)} bytes, the file has {len(whole) - 100}"
    assert cut in found["vae", "cut.safetensors"]["problem"]


def test_a_pickle_is_listed_and_not_loaded(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"a": Owned(base / "owned")}, base / "models" / "loras" / "x.pt")
    row = rows(base, capsys)["loras", "x.pt"]
    assert (row["what"], row["use"]) == ("pickle", "convert it: python main.py models convert x.pt")


def test_folders_of_packs_and_further_folders_are_listed_too(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lora(base / "models" / "ipadapter" / "x.safetensors")
    (base / "elsewhere").mkdir()
    lora(base / "elsewhere" / "y.safetensors")
    (base / "more.yaml").write_text(f"one:\n  base_path: {base}\n  loras: elsewhere\n")
    found = rows(base, capsys, "--extra-model-paths-config", str(base / "more.yaml"))
    assert set(found) == {("ipadapter", "x.safetensors"), ("loras", "y.safetensors")}


def test_a_model_in_the_layout_of_transformers_is_one_row(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = base / "models" / "depth" / "small"
    folder.mkdir(parents=True)
    lora(folder / "model.safetensors")
    (folder / "config.json").write_text('{"architectures": ["DepthAnythingForDepthEstimation"]}')
    ((_, row),) = rows(base, capsys).items()
    assert (row["what"], row["variant"]) == ("transformers folder", "DepthAnythingForDepthEstimation")
    assert row["use"] == "Load Depth Model"
    assert row["bytes"] == (folder / "model.safetensors").stat().st_size


def test_a_pipeline_of_diffusers_is_one_row(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from diffusers import UNet2DConditionModel

    folder = base / "models" / "checkpoints" / "pipe"
    down, up = ("CrossAttnDownBlock2D", "DownBlock2D"), ("UpBlock2D", "CrossAttnUpBlock2D")
    network = UNet2DConditionModel(
        down_block_types=down, up_block_types=up, block_out_channels=(32, 64), layers_per_block=1,
        cross_attention_dim=32,
    )  # fmt: skip
    network.save_pretrained(folder / "unet")
    (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
    row = rows(base, capsys)["checkpoints", "pipe"]
    assert (row["what"], row["family"]) == ("diffusers folder", "SD 1.x")
    assert row["variant"] == "StableDiffusionPipeline"


def test_without_models_it_says_where_it_looked(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["models", "--base-directory", str(base)]) == 0
    assert capsys.readouterr().out == f"there are no models in {base / 'models'}\n"


def test_a_pickle_becomes_safetensors_and_says_what_was_left_out(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = torch.randn(4, 4)
    content = {"state_dict": {"a": a, "b": a, "c": a[0], "n": torch.tensor([3])}, "note": "hi", "epoch": 3}
    torch.save(content, base / "models" / "checkpoints" / "x.ckpt")
    assert main.main(["models", "--base-directory", str(base), "convert", "x.ckpt", "--half"]) == 0
    said = capsys.readouterr().out
    made = base / "models" / "checkpoints" / "x.safetensors"
    assert said.startswith(f"{made}: 4 tensors\n")
    assert "2 of them shared their memory" in said
    assert "epoch (int)" in said
    with safe_open(made, framework="pt") as file:
        assert file.metadata() == {"format": "pt", "note": "hi"}
        assert torch.equal(file.get_tensor("b"), a.half())
        assert torch.equal(file.get_tensor("c"), a[0].half())
        assert file.get_tensor("n").dtype == torch.int64


def test_a_malicious_pickle_runs_no_code_and_leaves_nothing(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = base / "models" / "checkpoints" / "x.ckpt"
    torch.save({"a": Owned(base / "owned")}, source)
    assert main.main(["models", "convert", str(source), "--base-directory", str(base)]) == 1
    said = capsys.readouterr().err
    assert "error: x.ckpt was not converted: it cannot be read without running code from it" in said
    assert "system" in said
    assert not (base / "owned").exists()
    assert [path.name for path in source.parent.iterdir()] == ["x.ckpt"]


def test_a_small_file_that_swells_is_stopped(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1).expand(1 << 36)}, tmp_path / "x.pt")  # 256 GiB of one number
    with pytest.raises(CheckpointError, match=r"x\.pt was not converted: .*memory"):
        convert(tmp_path / "x.pt", tmp_path / "x.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["x.pt"]


def test_a_file_that_is_there_is_replaced_only_by_force(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(2)}, tmp_path / "x.pt")
    target = tmp_path / "y.safetensors"
    target.write_text("mine")
    with pytest.raises(CheckpointError, match="is there already; --force replaces it"):
        convert(tmp_path / "x.pt", target)
    assert target.read_text() == "mine"
    assert convert(tmp_path / "x.pt", target, force=True) == Converted(1, 0, (), ())
    with safe_open(target, framework="pt") as file:
        assert torch.equal(file.get_tensor("a"), torch.ones(2))


def test_a_process_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "PATIENCE", 0.01)
    torch.save({"a": torch.ones(2)}, tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match="took longer than"):
        convert(tmp_path / "x.pt", tmp_path / "x.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["x.pt"]


@pytest.mark.parametrize(
    ("name", "to", "reason"),
    [
        ("gone.pt", "y.safetensors", "there is no file"),
        ("page.pt", "y.safetensors", "is a web page"),
        ("x.pt", "y.ckpt", r"must end in \.safetensors"),
        ("x.pt", "gone/y.safetensors", "there is no folder"),
    ],
)
def test_what_cannot_be_converted_is_told_before_any_work(
    tmp_path: Path, name: str, to: str, reason: str
) -> None:
    torch.save({"a": torch.ones(1)}, tmp_path / "x.pt")
    (tmp_path / "page.pt").write_text("<html>")
    with pytest.raises(CheckpointError, match=reason):
        refuse_places(tmp_path / name, tmp_path / to, False)


def test_tables_within_tables_get_dotted_names_and_an_old_embedding_its_new_one() -> None:
    dropped: list[str] = []
    one = torch.ones(1)
    found = dict(
        found_tensors({"string_to_param": {"*": one}, "768": [{"linear.weight": one}], "step": 4}, dropped)
    )
    assert list(found) == ["emb_params", "768.0.linear.weight"]
    assert dropped == ["step (int)"]


def test_a_pickle_that_holds_itself_comes_to_an_end() -> None:
    content: dict[str, Any] = {"a": torch.ones(1)}
    content["self"] = content
    dropped: list[str] = []
    assert len(list(found_tensors(content, dropped))) <= conversion.DEEPEST + 1


def test_numbers_are_short() -> None:
    assert [counted(n) for n in (0, 12, 1500, 860_000_000, 2_567_000_000)] == [
        "",
        "12",
        "1.5K",
        "860M",
        "2.57B",
    ]
    assert [sized(n) for n in (0, 1023, 1536, 7 << 30)] == ["0 B", "1023 B", "1.5 KiB", "7 GiB"]
