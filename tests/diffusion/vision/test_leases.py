"""Networks that look at pictures, on a simulated device that holds only part of them: the same answers."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from diffusion.vision.clip_vision import encode_image
from diffusion.vision.depth import depth, open_depth_model
from diffusion.vision.image_encoder_file import open_clip_vision
from diffusion.vision.pose import find_poses, open_pose_model
from diffusion.vision.segmentation import open_segmentation_model, segments
from diffusion.vision.skeleton import draw_poses
from diffusion.vision.upscaling import open_upscale_model, upscale
from diffusion.weights.streaming import stream
from tests.diffusion.vision import models
from tests.diffusion.vision.test_clip_vision import saved, tiny_clip
from tests.diffusion.vision.test_upscaling import compact_weights
from tests.diffusion.weights.streams import device, snapshot, total

Place = tuple[int, tuple[int, ...], Tensor]
Case = tuple[nn.Module, Callable[[Tensor], Tensor]]


def clip_vision(folder: Path) -> Case:
    path = saved(tiny_clip().state_dict(), folder / "clip.safetensors")
    encoder = open_clip_vision(path, device=torch.device("cpu"))
    return encoder.network, lambda image: encode_image(encoder, image).penultimate_hidden_states


def upscaler(folder: Path) -> Case:
    save_file(compact_weights(), folder / "x2.safetensors")
    model = open_upscale_model(folder / "x2.safetensors")
    return model.network, lambda image: upscale(model, image, tile=32)


def depth_model(folder: Path) -> Case:
    model = open_depth_model(models.depth_anything(folder / "depth"))
    return model.network, lambda image: depth(model, image)


def segmentation_model(folder: Path) -> Case:
    model = open_segmentation_model(models.segformer(folder / "segments"))
    return model.network, lambda image: segments(model, image)


def pose_model(folder: Path) -> Case:
    model = open_pose_model(models.vitpose(folder / "pose"))
    return model.network, lambda image: draw_poses(find_poses(model, image, None, 0.3, 0.0))


def hooks(network: nn.Module) -> int:
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in network.modules())


def same(old: Place, new: Place) -> bool:
    """Whether a tensor is where it was, bit for bit."""
    return old[:2] == new[:2] and torch.equal(old[2], new[2])


@pytest.mark.parametrize("case", [clip_vision, upscaler, depth_model, segmentation_model, pose_model])
def test_a_network_gives_the_same_whatever_of_it_stays(tmp_path: Path, case: Callable[[Path], Case]) -> None:
    network, run = case(tmp_path)
    image = torch.rand(2, 48, 56, 3, generator=torch.Generator().manual_seed(0))
    expected, before, whole = run(image), snapshot(network), total(network)
    hooked = hooks(network)  # transformers sets some of its own at the first call
    for share in (0.0, 0.5, 1.0):
        simulated = device()
        streamed = stream(network, simulated, int(share * whole))
        assert torch.equal(run(image), expected)
        assert torch.equal(run(image), expected)
        assert simulated.peak() <= streamed.resident_bytes + streamed.ring_bytes
        streamed.close()
        assert all(same(old, new) for old, new in zip(before, snapshot(network), strict=True))
        assert hooks(network) == hooked
        assert simulated.used() == 0
