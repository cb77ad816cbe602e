"""The sampler nodes, run by the real executor on a tiny checkpoint."""

import io
import time

import pytest
from PIL import Image as Pillow

from diffusion.errors import PartMissing
from diffusion.parts import present_model
from graph.context import Cancel
from graph.errors import InvalidWorkflow
from graph.events import Event, NodePreview, NodeProgress
from nodes.previews import INTERVAL, preview_size
from tests.nodes.studio import Prompt, Studio, pixels, text_to_image


def advanced(prompt: Prompt, node_id: str, **inputs: object) -> None:
    """Put a KSamplerAdvanced where the KSampler's settings hold but for what is given."""
    base = {name: value for name, value in prompt["3"]["inputs"].items() if name not in ("seed", "denoise")}
    whole = {
        "add_noise": "enable",
        "start_at_step": 0,
        "end_at_step": 10000,
        "return_with_leftover_noise": "disable",
    }
    prompt[node_id] = {
        "class_type": "KSamplerAdvanced",
        "inputs": {**base, "noise_seed": 7, **whole, **inputs},
    }


def test_the_same_seed_gives_the_same_file_to_the_byte(studio: Studio) -> None:
    first = studio.run(text_to_image()).files[0].read_bytes()
    studio.executor.cache.clear()
    second = studio.run(text_to_image()).files[0].read_bytes()
    assert first == second


def test_another_seed_gives_another_picture(studio: Studio) -> None:
    first, second = (pixels(studio.run(text_to_image(seed=seed)).files[0]) for seed in (7, 8))
    assert first != second


def test_the_largest_seed_works(studio: Studio) -> None:
    assert studio.run(text_to_image(seed=2**64 - 1, steps=1)).outcome.status == "success"


@pytest.mark.parametrize("sampler", ["euler", "heun", "ddim"])
def test_half_the_steps_and_then_the_rest_are_the_picture_of_one_go(studio: Studio, sampler: str) -> None:
    whole = text_to_image(sampler_name=sampler, scheduler="karras")
    halves = text_to_image(sampler_name=sampler, scheduler="karras")
    advanced(halves, "10", end_at_step=2, return_with_leftover_noise="enable")
    advanced(halves, "3", add_noise="disable", start_at_step=2, latent_image=["10", 0])
    assert pixels(studio.run(whole).files[0]) == pixels(studio.run(halves).files[0])


def test_the_advanced_sampler_alone_is_the_simple_one(studio: Studio) -> None:
    simple, alone = text_to_image(), text_to_image()
    advanced(alone, "3")
    assert pixels(studio.run(simple).files[0]) == pixels(studio.run(alone).files[0])


def test_stopping_early_without_leftover_noise_ends_clean(studio: Studio) -> None:
    noisy, clean = text_to_image(), text_to_image()
    advanced(noisy, "3", end_at_step=1, return_with_leftover_noise="enable")
    advanced(clean, "3", end_at_step=1)
    assert pixels(studio.run(noisy).files[0]) != pixels(studio.run(clean).files[0])


def test_every_step_is_told_with_its_number(studio: Studio) -> None:
    steps = [event for event in studio.run(text_to_image(steps=5)).events if isinstance(event, NodeProgress)]
    assert [(step.node_id, step.value, step.total) for step in steps] == [("3", n, 5) for n in range(1, 6)]


def test_a_preview_is_a_jpeg_of_a_readable_size(studio: Studio) -> None:
    previews = [event for event in studio.run(text_to_image()).events if isinstance(event, NodePreview)]
    assert previews[0].node_id == "3"
    assert previews[0].mime == "image/jpeg"
    with Pillow.open(io.BytesIO(previews[0].data)) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (256, 192)  # 64 x 48 pixels, shown larger


def test_previews_come_at_most_ten_times_a_second(studio: Studio) -> None:
    started = time.monotonic()
    ran = studio.run(text_to_image(steps=60))
    seconds = time.monotonic() - started
    count = sum(isinstance(event, NodePreview) for event in ran.events)
    assert 1 <= count <= seconds / INTERVAL + 1
    assert count < 60


def test_a_preview_keeps_the_aspect_within_its_limits() -> None:
    assert preview_size((16, 16)) == (256, 256)
    assert preview_size((40, 20)) == (320, 160)
    assert preview_size((128, 64)) == (512, 256)
    assert preview_size((1000, 1)) == (512, 1)


def test_cancel_stops_at_the_next_step(studio: Studio) -> None:
    cancel = Cancel()

    def stop(event: Event) -> None:
        if isinstance(event, NodeProgress) and event.value == 2:
            cancel.set()

    ran = studio.run(text_to_image(steps=30), cancel=cancel, on_event=stop)
    assert ran.outcome.status == "interrupted"
    assert max(event.value for event in ran.events if isinstance(event, NodeProgress)) == 2
    assert ran.files == []


def test_a_lower_denoise_stays_nearer_to_its_start(studio: Studio) -> None:
    start = text_to_image(seed=3)
    source = pixels(studio.run(start).files[0])
    differences = []
    for denoise in (0.0, 0.2, 0.9):
        prompt = text_to_image(denoise=denoise, latent_image=["11", 0], steps=6)
        prompt["10"] = {"class_type": "LoadImage", "inputs": {"image": "test_00001_.png [output]"}}
        prompt["11"] = {"class_type": "VAEEncode", "inputs": {"pixels": ["10", 0], "vae": ["4", 2]}}
        result = pixels(studio.run(prompt).files[0])
        differences.append(sum(abs(a - b) for a, b in zip(source, result, strict=True)))
    reference = differences[0]  # encoding and decoding alone
    assert abs(differences[1] - reference) < abs(differences[2] - reference)
    assert differences[1] != reference


def test_a_batch_has_a_noise_for_each_picture(studio: Studio) -> None:
    prompt = text_to_image()
    prompt["5"]["inputs"]["batch_size"] = 3
    files = studio.run(prompt).files
    assert [file.name for file in files] == ["test_00001_.png", "test_00002_.png", "test_00003_.png"]
    assert len({pixels(file) for file in files}) == 3


def test_a_bad_number_and_an_unknown_sampler_are_told_before_anything_runs(studio: Studio) -> None:
    with pytest.raises(InvalidWorkflow) as caught:
        studio.run(text_to_image(steps=0, sampler_name="eular"))
    kinds = {found["type"] for found in caught.value.node_errors["3"]["errors"]}
    assert kinds == {"value_smaller_than_min", "value_not_in_list"}


def test_a_checkpoint_without_a_model_is_named_by_the_sampler() -> None:
    with pytest.raises(PartMissing, match="there is no model: "):
        present_model(None)


def test_a_guidance_of_one_does_not_look_at_the_negative(studio: Studio) -> None:
    plain, other = text_to_image(cfg=1.0), text_to_image(cfg=1.0)
    other["7"]["inputs"]["text"] = "rain"
    assert pixels(studio.run(plain).files[0]) == pixels(studio.run(other).files[0])
