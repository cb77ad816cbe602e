"""Control networks in workflows."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image as Pillow
from safetensors.torch import save_file

from diffusion.control.controlnet import NetControl
from diffusion.control.file import AnyControl
from diffusion.errors import DiffusionError
from diffusion.networks.adapter import Adapter, AdapterConfig
from diffusion.networks.controlnet import ControlNet, ControlNetConfig, UnionConfig
from diffusion.networks.unet import UNetConfig
from diffusion.types import Cond
from graph.folders import Folders
from nodes.control import apply_inpainting, set_union_type
from tests.factories.checkpoints import UNET, enliven, tiny_networks
from tests.nodes.studio import Prompt, Studio, pixels, text_to_image

HINTS = (4, 4, 6, 6, 8, 8, 10)


def network(config: UNetConfig = UNET, union: UnionConfig | None = None, channels: int = 3) -> ControlNet:
    torch.manual_seed(4)
    found = ControlNet(ControlNetConfig(config, channels, HINTS, union)).eval().requires_grad_(False)
    enliven(found)
    return found


@pytest.fixture
def steered(tmp_path: Path, tiny_models: Path) -> Studio:
    """A studio with a picture and control networks for its checkpoint."""
    folder = tmp_path / "controls"
    folder.mkdir()
    weights = network().state_dict()
    save_file(weights, folder / "net.safetensors")
    plain = tiny_networks()["unet"].state_dict()
    stored = {key: value - plain[key] if key in plain else value for key, value in weights.items()}
    save_file({**stored, "difference": torch.zeros(1)}, folder / "diff.safetensors")
    torch.manual_seed(4)
    adapter = Adapter(AdapterConfig("light", widths=UNET.widths, blocks=1, kernel=3)).state_dict()
    save_file({f"adapter.{key}": value for key, value in adapter.items()}, folder / "adapter.safetensors")
    wide = network(UNetConfig(widths=(32, 32, 64, 64), context_width=48))
    save_file(wide.state_dict(), folder / "wide.safetensors")
    (tmp_path / "input").mkdir()
    Pillow.effect_noise((64, 48), 80).convert("RGB").save(tmp_path / "input" / "hint.png")
    return Studio(Folders(tmp_path, models=tiny_models, extra={"controlnet": [folder]}))


def loaded(name: str) -> Prompt:
    return {
        "20": {"class_type": "ControlNetLoader", "inputs": {"control_net_name": name}},
        "21": {"class_type": "LoadImage", "inputs": {"image": "hint.png"}},
    }


def steered_by(name: str, **changes: object) -> Prompt:
    apply = {
        "positive": ["6", 0],
        "negative": ["7", 0],
        "control_net": ["20", 0],
        "image": ["21", 0],
        "strength": 1.0,
        "start_percent": 0.0,
        "end_percent": 1.0,
        **changes,
    }
    prompt = text_to_image(positive=["22", 0], negative=["22", 1])
    return {**prompt, **loaded(name), "22": {"class_type": "ControlNetApplyAdvanced", "inputs": apply}}


def picture(studio: Studio, prompt: Prompt) -> bytes:
    ran = studio.run(prompt)
    assert ran.messages == []
    return pixels(ran.files[0])


@pytest.mark.parametrize("name", ["net.safetensors", "adapter.safetensors"])
def test_a_picture_steers_what_is_sampled(steered: Studio, name: str) -> None:
    plain = picture(steered, text_to_image())
    assert picture(steered, steered_by(name)) != plain
    assert picture(steered, steered_by(name, strength=0.0)) == plain


def test_its_share_of_sampling_counts(steered: Studio) -> None:
    whole = picture(steered, steered_by("net.safetensors"))
    assert picture(steered, steered_by("net.safetensors", end_percent=0.3)) != whole


def test_one_prompt_alone_can_be_steered(steered: Studio) -> None:
    inputs = {"conditioning": ["6", 0], "control_net": ["20", 0], "image": ["21", 0], "strength": 1.0}
    prompt = text_to_image(positive=["22", 0]) | loaded("net.safetensors")
    prompt["22"] = {"class_type": "ControlNetApply", "inputs": inputs}
    assert picture(steered, prompt) != picture(steered, text_to_image())


def test_a_file_of_differences_is_opened_with_its_model(steered: Studio) -> None:
    prompt = steered_by("diff.safetensors")
    assert "DiffControlNetLoader" in steered.run(prompt).messages[0]
    prompt["20"] = {
        "class_type": "DiffControlNetLoader",
        "inputs": {"model": ["4", 0], "control_net_name": "diff.safetensors"},
    }
    assert picture(steered, prompt) != picture(steered, text_to_image())


def test_a_network_of_another_family_is_refused_with_both_widths(steered: Studio) -> None:
    (message,) = steered.run(steered_by("wide.safetensors")).messages
    assert "width 48" in message
    assert "32" in message


def union() -> NetControl:
    kinds = UnionConfig(kinds=6, width=32, layers=1, sinusoids=4)
    return NetControl(network(union=kinds), torch.float32)


def test_a_union_network_is_told_what_it_is_shown() -> None:
    told = set_union_type(control_net=union(), type="depth")
    assert told.kind == 1
    assert set_union_type(control_net=told, type="auto").kind is None


def inpainted(net: AnyControl, mask: torch.Tensor) -> torch.Tensor:
    prompt = (Cond(torch.zeros(1, 7, 32)),)
    found = apply_inpainting(
        positive=prompt, negative=prompt, control_net=net, vae=None, image=torch.ones(1, 4, 6, 3), mask=mask
    )
    assert found.positive[0].controls == found.negative[0].controls
    hint: torch.Tensor = found.positive[0].controls[0].hint
    return hint


MASK = torch.tensor([[0.0, 0.4, 1.0]]).expand(2, 3)[None].repeat_interleave(2, 1).repeat_interleave(2, 2)


def test_an_inpainting_network_does_not_see_what_is_masked() -> None:
    hint = inpainted(NetControl(network(), torch.float32), MASK)
    assert torch.equal(hint[0, 0, :, 0], torch.tensor([1.0, 1.0, 1.0, 1.0, -1.0, -1.0]))


def test_one_with_a_channel_for_the_mask_gets_it() -> None:
    hint = inpainted(NetControl(network(channels=4), torch.float32), MASK[:, :2, :3])  # of another size
    assert hint.shape == (1, 4, 6, 4)
    assert torch.equal(hint[..., 3], (hint[..., 0] == 0).float())


def test_what_follows_no_such_pictures_is_refused() -> None:
    with pytest.raises(DiffusionError, match="this one is a ControlNet with 5"):
        inpainted(NetControl(network(channels=5), torch.float32), MASK)
