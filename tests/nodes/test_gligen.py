"""Boxes with phrases in workflows."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

from diffusion.networks.gligen import Gligen, GligenConfig
from diffusion.networks.transformer import SpatialTransformer
from diffusion.networks.unet import UNet
from graph.folders import Folders
from tests.factories.checkpoints import TEXT, UNET, enliven
from tests.nodes.studio import Prompt, Studio, pixels, text_to_image


def write(path: Path) -> None:
    """GLIGEN's additions to the tiny UNet, their gates open."""
    torch.manual_seed(0)
    parts = {
        f"{name}.transformer_blocks.0.fuser": part.proj_in.weight.shape[0]
        for name, part in UNet(UNET).named_modules()
        if isinstance(part, SpatialTransformer)
    }
    network = Gligen(GligenConfig(TEXT.width, 16, UNET.context_width, tuple(parts.values())))
    enliven(network)
    for fuser in network.fusers:
        torch.nn.init.ones_(fuser.alpha_attn)
    names = list(parts)
    weights = {}
    for key, value in network.state_dict().items():
        first, number, *rest = key.split(".")
        weights[".".join([names[int(number)], *rest]) if first == "fusers" else key] = value.contiguous()
    path.parent.mkdir()
    save_file(weights, path)


def boxed(x: int) -> Prompt:
    apply = {
        "conditioning_to": ["6", 0],
        "clip": ["4", 1],
        "gligen_textbox_model": ["20", 0],
        "text": "a dog",
        "width": 32,
        "height": 32,
        "x": x,
        "y": 8,
    }
    return {
        **text_to_image(positive=["21", 0]),
        "20": {"class_type": "GLIGENLoader", "inputs": {"gligen_name": "tiny.safetensors"}},
        "21": {"class_type": "GLIGENTextBoxApply", "inputs": apply},
    }


def test_a_box_changes_the_picture_and_so_does_its_place(tmp_path: Path, tiny_models: Path) -> None:
    write(tmp_path / "gligen" / "tiny.safetensors")
    studio = Studio(Folders(tmp_path, models=tiny_models, extra={"gligen": [tmp_path / "gligen"]}))
    runs = [studio.run(prompt) for prompt in (text_to_image(), boxed(0), boxed(32))]
    assert [ran.messages for ran in runs] == [[], [], []]
    assert len({pixels(ran.files[0]) for ran in runs}) == 3
