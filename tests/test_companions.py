"""What comes with the bundled model does what it says: each effect is measured in pixels."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

from diffusion.training.segments import GROUND, OBJECT, SKY
from graph.folders import Folders
from tests.nodes.studio import Prompt, Studio

ROOT = Path(__file__).parent.parent
CHECKPOINT = "heddle-demo.safetensors"
CONTROL = "heddle-demo-segments.safetensors"
LORA = "heddle-demo-winter.safetensors"
STEPS = 12
Pictures = NDArray[np.float64]  # (B, H, W, 3) in [0, 1]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("companions")
    (folder / "in").mkdir()
    for name, horizon, middle in (("high.png", 0.42, 44), ("low.png", 0.68, 84)):
        draw_map(horizon, middle).save(folder / "in" / name)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield Studio(Folders(folder, input=folder / "in", models=ROOT / "models"))
    torch.set_num_threads(threads)


def draw_map(horizon: float, middle: int) -> Pillow.Image:
    """A house on a plain, as three plain colours."""
    page = Pillow.new("RGB", (128, 128), SKY)
    brush, foot = ImageDraw.Draw(page), int((horizon + 0.24) * 128)
    brush.rectangle((0, int(horizon * 128), 128, 128), fill=GROUND)
    brush.rectangle((middle - 16, foot - 30, middle + 16, foot), fill=OBJECT)
    brush.polygon([(middle - 22, foot - 28), (middle, foot - 48), (middle + 22, foot - 28)], fill=OBJECT)
    return page


def base(text: str, negative: str = "") -> Prompt:
    """A workflow of the bundled model, two pictures."""
    return {
        "4": use("CheckpointLoaderSimple", ckpt_name=CHECKPOINT),
        "6": use("CLIPTextEncode", text=text, clip=["4", 1]),
        "7": use("CLIPTextEncode", text=negative, clip=["4", 1]),
        "5": use("EmptyLatentImage", width=128, height=128, batch_size=2),
        "3": use(
            "KSampler",
            model=["4", 0],
            seed=3,
            steps=STEPS,
            cfg=3.5,
            sampler_name="dpmpp_2m",
            scheduler="karras",
            positive=["6", 0],
            negative=["7", 0],
            latent_image=["5", 0],
            denoise=1.0,
        ),
        "8": use("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": use("SaveImage", images=["8", 0], filename_prefix="companion"),
    }


def use(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def with_control(prompt: Prompt, image: str, strength: float) -> Prompt:
    prompt["10"] = use("ControlNetLoader", control_net_name=CONTROL)
    prompt["11"] = use("LoadImage", image=image)
    prompt["12"] = use(
        "ControlNetApplyAdvanced",
        positive=["6", 0],
        negative=["7", 0],
        control_net=["10", 0],
        image=["11", 0],
        strength=strength,
        start_percent=0.0,
        end_percent=1.0,
    )
    prompt["3"]["inputs"] |= {"positive": ["12", 0], "negative": ["12", 1]}
    return prompt


def with_lora(prompt: Prompt, strength: float) -> Prompt:
    prompt["10"] = use(
        "LoraLoader",
        model=["4", 0],
        clip=["4", 1],
        lora_name=LORA,
        strength_model=strength,
        strength_clip=strength,
    )
    prompt["3"]["inputs"]["model"] = ["10", 0]
    return prompt


def made(studio: Studio, prompt: Prompt) -> Pictures:
    ran = studio.run(prompt)
    assert ran.messages == []
    return np.stack([np.asarray(Pillow.open(file).convert("RGB")) for file in ran.files]) / 255.0


def horizons(pictures: Pictures) -> NDArray[np.int64]:
    """The row down to which each picture is blue sky, above green land, at its right edge."""
    edge = pictures[:, :, 118:126].mean(2)  # (B, H, 3)
    is_sky = edge[:, ::-1, 2] > edge[:, ::-1, 1]
    return np.asarray(edge.shape[1] - is_sky.argmax(1))


def saturation(pictures: Pictures) -> float:
    return float((pictures.max(-1) - pictures.min(-1)).mean())


def test_no_companion_is_larger_than_three_megabytes() -> None:
    files = (f"controlnet/{CONTROL}", f"loras/{LORA}", "embeddings/heddle-harbour.safetensors")
    assert all((ROOT / "models" / file).stat().st_size <= 3_000_000 for file in files)


def test_the_horizon_and_the_house_follow_the_map(studio: Studio) -> None:
    text = "a red house in a meadow by day, clear sky"
    high = made(studio, with_control(base(text), "high.png", 1.0))
    low = made(studio, with_control(base(text), "low.png", 1.0))
    assert np.abs(horizons(high) - 0.42 * 128).max() <= 10
    assert np.abs(horizons(low) - 0.68 * 128).max() <= 10
    for pictures, middle in ((high, 44), (low, 84)):
        red = (pictures[..., 0] > 0.6) & (pictures[..., 1] < 0.35)
        columns = [np.nonzero(one)[1].mean() for one in red]
        assert np.abs(np.array(columns) - middle).max() <= 10


def test_the_palette_follows_the_strength_of_the_lora(studio: Studio) -> None:
    text = "a red house in a meadow by day"
    found = [saturation(made(studio, with_lora(base(text), strength))) for strength in (0.0, 0.5, 1.0)]
    assert found[0] > 0.3
    assert found[1] < 0.75 * found[0]
    assert found[2] < 0.4 * found[0]


def test_at_strength_0_both_change_nothing_at_all(studio: Studio) -> None:
    text = "a blue tent in the desert at sunset"
    plain = made(studio, base(text))
    assert np.array_equal(made(studio, with_control(base(text), "high.png", 0.0)), plain)
    assert np.array_equal(made(studio, with_lora(base(text), 0.0)), plain)


def test_the_embedding_stands_for_its_scene_and_goes_along_with_words(studio: Studio) -> None:
    harbour = made(studio, base("embedding:heddle-harbour"))
    water = harbour[:, 110:].mean((1, 2))
    assert (water[:, 2] > water[:, 0] + 0.2).all()  # sea
    sky = harbour[:, 40:60].mean((1, 2))
    assert (sky[:, 0] > 0.75).all()  # dawn
    sails = made(studio, base("red sail, embedding:heddle-harbour"))
    red = (sails[..., 0] > 0.6) & (sails[..., 1] < 0.35)
    assert (red.mean((1, 2)) > 0.01).all()
