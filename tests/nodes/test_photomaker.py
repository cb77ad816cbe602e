"""People in prompts, in workflows."""

from __future__ import annotations

from pathlib import Path

from PIL import Image as Pillow

from graph.folders import Folders
from tests.diffusion.control.oracles import saved
from tests.diffusion.control.test_photomaker import network
from tests.nodes.studio import Prompt, Studio, pixels, text_to_image


def with_person(text: str) -> Prompt:
    encode = {"photomaker": ["20", 0], "image": ["21", 0], "clip": ["4", 1], "text": text}
    return {
        **text_to_image(positive=["22", 0]),
        "20": {"class_type": "PhotoMakerLoader", "inputs": {"photomaker_model_name": "tiny.safetensors"}},
        "21": {"class_type": "LoadImage", "inputs": {"image": "face.png"}},
        "22": {"class_type": "PhotoMakerEncode", "inputs": encode},
    }


def test_a_person_is_put_into_a_prompt(tmp_path: Path, tiny_models: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    weights = {f"id_encoder.{key}": value for key, value in network().state_dict().items()}
    saved(weights, folder / "tiny.safetensors")
    (tmp_path / "input").mkdir()
    Pillow.effect_noise((16, 16), 80).convert("RGB").save(tmp_path / "input" / "face.png")
    studio = Studio(Folders(tmp_path, models=tiny_models, extra={"photomaker": [folder]}))
    texts = ("a red photomaker house", "a red house")
    runs = [studio.run(prompt) for prompt in (text_to_image(), *map(with_person, texts))]
    assert [ran.messages for ran in runs] == [[], [], []]
    plain, person, nobody = (pixels(ran.files[0]) for ran in runs)
    assert person != plain
    assert nobody == plain
