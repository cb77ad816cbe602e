"""Image encoders in workflows."""

from pathlib import Path

import torch
from PIL import Image as Pillow
from safetensors.torch import save_file

from diffusion.vision.clip_vision import ClipVisionOutput
from graph.folders import Folders
from nodes.api import ClipVisionOutput as Seen
from nodes.api import Image, node
from nodes.pictures import read_image
from tests.diffusion.vision.test_clip_vision import tiny_clip
from tests.nodes.studio import Prompt, Studio


@node("testing", is_output=True)
def look_at(*, seen: Seen, image: Image) -> Image:
    """Check what an encoder hands out."""
    assert isinstance(seen, ClipVisionOutput)
    assert seen.image_embeds.shape == (1, 24)
    assert seen.penultimate_hidden_states.shape == (1, 17, 128)
    return image + seen.image_embeds.mean() * 0


def workflow(crop: str) -> Prompt:
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": "wide.png"}},
        "2": {"class_type": "CLIPVisionLoader", "inputs": {"clip_name": "tiny.safetensors"}},
        "3": {
            "class_type": "CLIPVisionEncode",
            "inputs": {"clip_vision": ["2", 0], "image": ["1", 0], "crop": crop},
        },
        "4": {"class_type": "LookAt", "inputs": {"seen": ["3", 0], "image": ["1", 0]}},
        "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "seen"}},
    }


def test_an_encoder_is_loaded_by_name_and_looks(tmp_path: Path) -> None:
    (tmp_path / "input").mkdir()
    Pillow.effect_noise((40, 24), 60).convert("RGB").save(tmp_path / "input" / "wide.png")
    folder = tmp_path / "models" / "clip_vision"
    folder.mkdir(parents=True)
    save_file(
        {key: t.contiguous() for key, t in tiny_clip().state_dict().items()}, folder / "tiny.safetensors"
    )
    studio = Studio(Folders(tmp_path), extra=[look_at])
    for crop in ("center", "none"):
        ran = studio.run(workflow(crop))
        assert ran.messages == []
    assert torch.isfinite(read_image(ran.files[0])).all()
