"""`comfy.utils`: resizing, tiles, files of tensors and state dicts, against torch and by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from compat.comfy import utils
from compat.progress import ProgressBar
from diffusion.errors import CheckpointError


@pytest.mark.parametrize("method", ["nearest-exact", "bilinear", "area", "bicubic"])
def test_resizing_is_that_of_torch(method: str) -> None:
    x = torch.rand(2, 3, 8, 6)
    expected = F.interpolate(x, size=(5, 9), mode=method)
    assert torch.equal(utils.common_upscale(x, 9, 5, method, "disabled"), expected)


@pytest.mark.parametrize("method", ["lanczos", "bislerp"])
def test_every_method_gives_the_size_asked_for(method: str) -> None:
    assert utils.common_upscale(torch.rand(2, 4, 8, 6), 9, 5, method, "disabled").shape == (2, 4, 5, 9)
    assert utils.lanczos(torch.rand(1, 3, 4, 4), 2, 2).shape == (1, 3, 2, 2)
    assert utils.bislerp(torch.rand(1, 4, 4, 4), 2, 2).shape == (1, 4, 2, 2)


def test_the_centre_is_cut_out_so_that_nothing_is_stretched() -> None:
    x = torch.arange(8.0).expand(1, 1, 4, 8)
    assert torch.equal(utils.common_upscale(x, 4, 4, "bilinear", "center"), x[..., 2:6])


def test_frames_of_a_video_are_resized_one_by_one() -> None:
    x = torch.rand(2, 3, 4, 8, 6)
    out = utils.common_upscale(x, 3, 4, "area", "disabled")
    assert out.shape == (2, 3, 4, 4, 3)
    assert torch.equal(out[1, :, 2], utils.common_upscale(x[1:, :, 2], 3, 4, "area", "disabled")[0])


def test_batches_are_repeated_or_cut() -> None:
    x = torch.arange(3)
    assert utils.repeat_to_batch_size(x, 7).tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert utils.repeat_to_batch_size(x, 2).tolist() == [0, 1]
    assert utils.repeat_to_batch_size(x.reshape(1, 3), 4, dim=1).tolist() == [[0, 1, 2, 0]]


def test_batches_are_spread_evenly() -> None:
    x = torch.arange(5)
    assert utils.resize_to_batch_size(x, 3).tolist() == [0, 2, 4]
    assert utils.resize_to_batch_size(x, 10).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert utils.resize_to_batch_size(x, 1).tolist() == [0]
    assert utils.resize_to_batch_size(x, 5).tolist() == [0, 1, 2, 3, 4]


def test_a_mask_is_fitted_to_latents() -> None:
    mask = torch.zeros(2, 16, 16)
    mask[1] = 1
    fitted = utils.reshape_mask(mask, (4, 3, 8, 8))
    assert fitted.shape == (4, 3, 8, 8)
    assert fitted.mean((1, 2, 3)).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("size", [(20, 33), (8, 8), (5, 40)])
def test_tiles_give_what_the_whole_gives(size: tuple[int, int]) -> None:
    x = torch.rand(2, 3, *size)

    def double(tile: torch.Tensor) -> torch.Tensor:
        return F.interpolate(tile, scale_factor=2, mode="nearest")

    tiles = 2 * utils.get_tiled_scale_steps(size[1], size[0], 12, 10, 4)
    bar = ProgressBar(tiles)
    whole = utils.tiled_scale(
        x, double, tile_x=12, tile_y=10, overlap=4, upscale_amount=2, out_channels=3, pbar=bar
    )
    assert torch.allclose(whole, double(x), atol=1e-6)
    assert bar.current == tiles


def test_tiles_fade_into_each_other() -> None:
    calls = iter([0.0, 1.0])
    out = utils.tiled_scale(
        torch.zeros(1, 1, 4, 12),
        lambda tile: torch.full_like(tile, next(calls)),
        tile_x=8,
        tile_y=4,
        overlap=4,
        upscale_amount=1,
        out_channels=1,
    )
    row = out[0, 0, 0]
    assert row[:4].tolist() == [0] * 4
    assert row[8:].tolist() == [1] * 4
    assert bool((row.diff() >= 0).all())
    assert 0 < row[5] < row[6] < 1


def test_tiles_may_shrink_and_have_any_number_of_axes() -> None:
    x = torch.rand(1, 2, 4, 16)
    out = utils.tiled_scale_multidim(
        x, lambda tile: F.avg_pool2d(tile, 2), (4, 8), 4, 2, out_channels=2, downscale=True
    )
    assert torch.allclose(out, F.avg_pool2d(x, 2), atol=1e-6)
    line = torch.rand(1, 1, 10)
    assert torch.allclose(utils.tiled_scale_multidim(line, lambda t: t, (4,), 2, 1, 1), line)


def test_tensors_are_written_and_read(tmp_path: Path) -> None:
    path = str(tmp_path / "a.safetensors")
    utils.save_torch_file({"w": torch.arange(6.0).reshape(2, 3).T}, path, {"author": "me"})
    content, metadata = utils.load_torch_file(path, return_metadata=True)
    assert torch.equal(content["w"], torch.arange(6.0).reshape(2, 3).T)
    assert metadata == {"author": "me"}
    header = utils.safetensors_header(path)
    assert header is not None
    assert b'"author"' in header
    assert utils.safetensors_header(path, max_size=4) is None


def test_files_of_torch_are_read_without_running_code(tmp_path: Path) -> None:
    torch.save({"state_dict": {"w": torch.ones(2)}}, tmp_path / "a.ckpt")
    assert torch.equal(utils.load_torch_file(str(tmp_path / "a.ckpt"))["w"], torch.ones(2))
    torch.save({"params": {"w": torch.ones(2), "scale": 4}}, tmp_path / "c.pth")
    content, metadata = utils.load_torch_file(str(tmp_path / "c.pth"), device="meta", return_metadata=True)
    assert (content["w"].device.type, content["scale"], metadata) == ("meta", 4, {})
    torch.save({"w": Path("code")}, tmp_path / "b.pt")
    with pytest.raises(CheckpointError):
        utils.load_torch_file(str(tmp_path / "b.pt"))


def test_keys_of_a_state_dict_are_renamed() -> None:
    content = {"a.x": 1, "a.y": 2, "b.z": 3}
    assert utils.state_dict_prefix_replace(dict(content), {"a.": "c."}) == {"c.x": 1, "c.y": 2, "b.z": 3}
    assert utils.state_dict_prefix_replace(dict(content), {"a.": ""}, filter_keys=True) == {"x": 1, "y": 2}
    assert utils.state_dict_key_replace(dict(content), {"b.z": "q", "no": "p"})["q"] == 3


def test_the_numbers_of_a_state_dict_are_counted() -> None:
    content = {"a.x": torch.zeros(4, 2), "a.y": torch.zeros(3, dtype=torch.float16), "b": torch.zeros(1)}
    assert utils.calculate_parameters(content, "a.") == 11
    assert utils.weight_dtype(content) == torch.float32
    assert utils.weight_dtype(content, "a.y") == torch.float16
    assert utils.weight_dtype({}) is None
    assert utils.convert_sd_to(dict(content), torch.bfloat16)["b"].dtype == torch.bfloat16


def test_attributes_are_reached_by_their_dotted_names() -> None:
    module = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    before = module[0].weight
    assert utils.get_attr(module, "0.weight") is before
    assert utils.set_attr_param(module, "0.weight", torch.zeros(2, 2)) is before
    utils.copy_to_param(module, "0.weight", torch.ones(2, 2))
    assert torch.equal(utils.get_attr(module, "0.weight"), torch.ones(2, 2))
    assert utils.set_attr(module, "0.in_features", 5) == 2
    assert module[0].in_features == 5
