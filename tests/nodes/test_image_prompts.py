"""Pictures as prompts in workflows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image as Pillow
from safetensors.torch import save_file

from diffusion.control.image_prompt import ImagePrompter
from diffusion.networks.ip_adapter import IpAdapter, IpAdapterConfig, ResamplerConfig
from diffusion.networks.style import StyleAdapter, StyleConfig
from diffusion.networks.unet import UNet
from diffusion.types import Model
from graph.folders import Folders
from nodes.errors import ConditioningError
from nodes.image_prompts import apply_ip_adapter
from tests.diffusion.control.oracles import model_of
from tests.diffusion.vision.test_clip_vision import tiny_clip
from tests.factories.checkpoints import UNET, enliven
from tests.nodes.studio import Prompt, Studio, pixels, text_to_image

# Of the tiny UNet's cross-attentions, in the order of the files: down, up, middle.
CHANNELS = (32, 32, 32, 32, 64, 64, 64, 64, 64, 32, 32, 32, 32, 32, 32, 64)
SEEN, WIDTH = 24, 128  # what the tiny encoder gives: of a picture, and of each token


def ip_adapter(kind: str) -> IpAdapter:
    torch.manual_seed(1)
    if kind == "plus":
        sizes = ResamplerConfig(tokens=3, width=12, depth=1, inner=64, hidden=24)
        network = IpAdapter(IpAdapterConfig("plus", WIDTH, UNET.context_width, CHANNELS, 0, sizes))
    else:
        network = IpAdapter(IpAdapterConfig("plain", SEEN, UNET.context_width, CHANNELS))
    enliven(network)
    return network


def write(network: IpAdapter, path: Path) -> None:
    weights = {}
    for key, value in network.state_dict().items():
        first, number, rest = (*key.split(".", 2), "")[:3]
        named = f"ip_adapter.{2 * int(number) + 1}.{rest}" if first == "layers" else key
        weights[named] = value.contiguous()
    save_file(weights, path)


@pytest.fixture
def prompting(tmp_path: Path, tiny_models: Path) -> Studio:
    """A studio with a picture, an image encoder and what reads it."""
    folder = tmp_path / "seeing"
    folder.mkdir()
    for kind in ("plain", "plus"):
        write(ip_adapter(kind), folder / f"{kind}.safetensors")
    torch.manual_seed(1)
    style = StyleAdapter(StyleConfig(WIDTH, UNET.context_width, 1, 2)).state_dict()
    save_file(style, folder / "style.safetensors")
    encoder = tiny_clip().state_dict()
    save_file({key: value.contiguous() for key, value in encoder.items()}, folder / "clip.safetensors")
    (tmp_path / "input").mkdir()
    Pillow.effect_noise((64, 48), 80).convert("RGB").save(tmp_path / "input" / "seen.png")
    places = {key: [folder] for key in ("ipadapter", "style_models", "clip_vision")}
    return Studio(Folders(tmp_path, models=tiny_models, extra=places))


def seeing() -> Prompt:
    encode = {"clip_vision": ["20", 0], "image": ["21", 0], "crop": "center"}
    return {
        "20": {"class_type": "CLIPVisionLoader", "inputs": {"clip_name": "clip.safetensors"}},
        "21": {"class_type": "LoadImage", "inputs": {"image": "seen.png"}},
        "22": {"class_type": "CLIPVisionEncode", "inputs": encode},
    }


def prompted(kind: str, **inputs: Any) -> Prompt:
    apply = {
        "model": ["4", 0],
        "ipadapter": ["23", 0],
        "weight": 1.0,
        "start_at": 0.0,
        "end_at": 1.0,
        "clip_vision": ["20", 0],
        "image": ["21", 0],
    } | inputs
    return {
        **text_to_image(model=["24", 0]),
        **seeing(),
        "23": {"class_type": "IPAdapterLoader", "inputs": {"ipadapter_name": f"{kind}.safetensors"}},
        "24": {"class_type": "IPAdapterApply", "inputs": apply},
    }


def picture(studio: Studio, prompt: Prompt) -> bytes:
    ran = studio.run(prompt)
    assert ran.messages == []
    return pixels(ran.files[0])


@pytest.mark.parametrize("kind", ["plain", "plus"])
def test_a_model_follows_a_picture(prompting: Studio, kind: str) -> None:
    plain = picture(prompting, text_to_image())
    assert picture(prompting, prompted(kind)) != plain
    assert picture(prompting, prompted(kind, weight=0.0)) == plain


def test_what_an_encoder_said_may_be_linked_instead(prompting: Studio) -> None:
    linked = prompted("plain", clip_vision_output=["22", 0])
    del linked["24"]["inputs"]["image"], linked["24"]["inputs"]["clip_vision"]
    assert picture(prompting, linked) == picture(prompting, prompted("plain"))


@pytest.mark.parametrize("kind", ["multiply", "attn_bias"])
def test_a_style_is_read_behind_the_prompt(prompting: Studio, kind: str) -> None:
    def styled(strength: float) -> Prompt:
        apply = {
            "conditioning": ["6", 0],
            "style_model": ["23", 0],
            "clip_vision_output": ["22", 0],
            "strength": strength,
            "strength_type": kind,
        }
        return {
            **text_to_image(positive=["24", 0]),
            **seeing(),
            "23": {"class_type": "StyleModelLoader", "inputs": {"style_model_name": "style.safetensors"}},
            "24": {"class_type": "StyleModelApply", "inputs": apply},
        }

    plain, whole, much = (
        picture(prompting, prompt) for prompt in (text_to_image(), styled(1.0), styled(3.0))
    )
    assert len({plain, whole, much}) == 3


def test_without_a_picture_it_says_what_to_link() -> None:
    model: Model = model_of(UNet(UNET))
    with pytest.raises(ConditioningError, match="link clip_vision and image, or clip_vision_output"):
        apply_ip_adapter(model=model, ipadapter=ImagePrompter(ip_adapter("plain"), torch.float32))
