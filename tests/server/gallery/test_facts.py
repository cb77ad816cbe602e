"""How pictures were made, told from the graphs and texts that they carry."""

import json
from typing import Any

import pytest

from server.gallery import parameters
from server.gallery.facts import Facts, from_parameters, from_prompt, from_texts


def node(kind: str, **inputs: object) -> dict[str, object]:
    return {"class_type": kind, "inputs": inputs}


def plain(**changes: Any) -> dict[str, Any]:
    graph = {
        "1": node("CheckpointLoaderSimple", ckpt_name="sub/base.safetensors"),
        "2": node("LoraLoader", lora_name="style.safetensors", model=["1", 0], clip=["1", 1]),
        "3": node("CLIPTextEncode", text="a red fox", clip=["2", 1]),
        "4": node("CLIPTextEncode", text="blurry", clip=["2", 1]),
        "5": node("EmptyLatentImage", width=512, height=768, batch_size=1),
        "6": node(
            "KSampler",
            model=["2", 0],
            positive=["3", 0],
            negative=["4", 0],
            latent_image=["5", 0],
            seed=2**63 + 5,
            steps=20,
            cfg=7,
            sampler_name="euler",
            scheduler="karras",
        ),
        "7": node("VAEDecode", samples=["6", 0], vae=["1", 2]),
        "8": node("SaveImage", images=["7", 0], filename_prefix="fox"),
    }
    return graph | changes


def test_the_facts_of_a_plain_graph_are_all_found() -> None:
    assert from_prompt(plain()) == Facts(
        prompt="a red fox",
        negative="blurry",
        seed=2**63 + 5,
        model="sub/base.safetensors",
        models=("sub/base.safetensors", "style.safetensors"),
        sampler="euler",
        scheduler="karras",
        steps=20,
        cfg=7.0,
        width=512,
        height=768,
    )


def test_prompts_are_followed_through_control_combination_and_text_nodes() -> None:
    graph = plain(
        **{
            "3": node("CLIPTextEncode", text=["t", 0], clip=["2", 1]),
            "t": node("StringConcatenate", string_a=["u", 0], string_b="at night", delimiter=", "),
            "u": node("PrimitiveString", value="a red fox"),
            "n": node("CLIPTextEncode", text="in the snow", clip=["2", 1]),
            "b": node("ConditioningCombine", conditioning_1=["3", 0], conditioning_2=["n", 0]),
            "c": node("ControlNetApplyAdvanced", positive=["b", 0], negative=["4", 0], image=["1", 0]),
        }
    )
    graph["6"]["inputs"] |= {"positive": ["c", 0], "negative": ["c", 1]}
    found = from_prompt(graph)
    assert set(found.prompt.split("\n")) == {"a red fox", "at night", "in the snow"}
    assert found.negative == "blurry"


def test_a_node_that_passes_both_prompts_on_is_followed_by_the_slot() -> None:
    graph = plain(c=node("ControlNetApplyAdvanced", positive=["3", 0], negative=["4", 0]))
    graph["6"]["inputs"] |= {"positive": ["c", 1], "negative": ["c", 0]}
    assert (from_prompt(graph).prompt, from_prompt(graph).negative) == ("blurry", "a red fox")


@pytest.mark.parametrize(
    ("encoder", "prompt"),
    [
        (node("CLIPTextEncodeSDXL", text_g="a fox", text_l="a fox", width=1024, clip=["1", 1]), "a fox"),
        (node("CLIPTextEncodeFlux", clip_l="fox", t5xxl="a long fox", guidance=3.5), "fox\na long fox"),
        (node("SomePackEncoder", prompt="a fox", negative_prompt="no"), "a fox"),
        (node("EfficientLoader", positive="a fox", negative="no", ckpt_name="x.safetensors"), "a fox"),
        (node("Styler", text_positive="a fox", text_negative="no", style="base"), "a fox"),
        (node("Reroute", **{"": ["3", 0]}), "a red fox"),
        (node("ConditioningZeroOut", conditioning=["3", 0]), ""),
        (node("unCLIPConditioning", conditioning=["3", 0], clip_vision_output=["4", 0]), "a red fox"),
    ],
)
def test_nodes_of_many_makers_give_their_text(encoder: dict[str, object], prompt: str) -> None:
    graph = plain(e=encoder)
    graph["6"]["inputs"]["positive"] = ["e", 0]
    assert from_prompt(graph).prompt == prompt


def test_the_parts_of_a_custom_sampler_are_put_together() -> None:
    graph = plain(
        **{
            "6": node(
                "SamplerCustomAdvanced",
                noise=["a", 0],
                guider=["b", 0],
                sampler=["c", 0],
                sigmas=["d", 0],
                latent_image=["5", 0],
            ),
            "a": node("RandomNoise", noise_seed=["i", 0]),
            "i": node("PrimitiveInt", value=77),
            "b": node("CFGGuider", model=["2", 0], positive=["3", 0], negative=["4", 0], cfg=4.5),
            "c": node("SamplerEulerAncestral", eta=1.0),
            "d": node("SplitSigmas", sigmas=["k", 0], step=5),
            "k": node("BasicScheduler", model=["2", 0], scheduler="beta", steps=12),
        }
    )
    found = from_prompt(graph)
    assert (found.prompt, found.negative, found.seed, found.cfg) == ("a red fox", "blurry", 77, 4.5)
    assert (found.sampler, found.scheduler, found.steps) == ("SamplerEulerAncestral", "beta", 12)
    assert (found.model, found.width) == ("sub/base.safetensors", 512)
    graph["b"] = node("BasicGuider", model=["2", 0], conditioning=["3", 0])
    graph["k"] = node("KarrasScheduler", steps=9)
    found = from_prompt(graph)
    assert (found.prompt, found.negative, found.scheduler, found.steps) == (
        "a red fox",
        "",
        "KarrasScheduler",
        9,
    )


def refined(graph: dict[str, Any]) -> dict[str, Any]:
    """With a second sampler between the first one and the decoder."""
    second = graph["6"]["inputs"] | {"seed": 1, "steps": 5, "latent_image": ["6", 0]}
    graph["9"] = node("KSampler", **second)
    graph["7"]["inputs"]["samples"] = ["9", 0]
    return graph


def test_of_two_samplers_in_a_row_the_first_one_counts() -> None:
    assert from_prompt(refined(plain())).steps == 20


def two_pictures() -> dict[str, Any]:
    other = {f"o{key}": value for key, value in json.loads(json.dumps(plain())).items()}
    for value in other.values():
        links = {k: [f"o{v[0]}", v[1]] for k, v in value["inputs"].items() if isinstance(v, list)}
        value["inputs"] |= links
    other["o3"]["inputs"]["text"] = "a blue bird"
    other["o8"]["inputs"]["filename_prefix"] = "birds/%date%"
    return plain() | other


def test_the_name_of_a_file_tells_which_branch_of_a_graph_made_it() -> None:
    assert from_prompt(two_pictures(), "birds/2024_00001_.png").prompt == "a blue bird"
    assert from_prompt(two_pictures(), "fox_00001_.png").prompt == "a red fox"


def test_a_graph_without_a_sampler_gives_the_text_that_led_to_the_file() -> None:
    graph = {"1": node("ImageOfText", prompt="a fox"), "2": node("SaveImage", images=["1", 0])}
    assert from_prompt(graph).prompt == "a fox"


def test_loras_that_are_switched_off_are_left_out() -> None:
    lora = {"on": True, "lora": "used.safetensors", "strength": 1}
    unused = {"on": False, "lora": "unused.safetensors"}
    graph = plain(**{"2": node("PowerLoraLoader", lora_1=lora, lora_2=unused, model=["1", 0])})
    assert from_prompt(graph).models == ("sub/base.safetensors", "used.safetensors")


def test_a_model_is_found_past_what_changes_it() -> None:
    graph = plain(
        **{
            "2": node("ModelMergeSimple", model1=["1", 0], model2=["z", 0], ratio=0.5),
            "z": node("UNETLoader", unet_name="z.safetensors"),
        }
    )
    assert from_prompt(graph).model == "sub/base.safetensors"


CIRCLE = {
    "1": node("KSampler", positive=["2", 0], seed=["2", 0], model=["2", 0], sampler=["2", 0], steps=["1", 0]),
    "2": node("Conditioning", conditioning=["2", 0], value=["1", 0], model=["1", 0], sampler=["2", 0]),
}


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"1": 5, "2": {"class_type": 7}, "3": {"class_type": "X", "inputs": []}},
        CIRCLE,
        {"1": node("KSampler", positive=["absent", 0], negative=[{}, 0], seed=True, steps="x", cfg=[])},
        {"1": node("KSampler", positive=[1, 0], seed=float("inf"), steps=1e300)},
    ],
)
def test_what_makes_no_sense_gives_no_facts(document: object) -> None:
    found = from_prompt(document)
    assert (found.prompt, found.seed, found.steps) == ("", None, None)


def test_a_chain_of_a_hundred_thousand_nodes_is_followed_in_one_go() -> None:
    graph = {str(n): node("Pass", model=[str(n + 1), 0]) for n in range(100_000)}
    graph["100000"] = node("KSampler", positive=["1", 0], seed=4)
    assert from_prompt(graph).seed == 4


PARAMETERS = """a red fox, <lora:style:0.8>
in the snow
Negative prompt: blurry,
low quality
Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 42, Size: 512x768, \
Model hash: ab12, Model: base_v1, Lora hashes: "style: 12, other: 34", Version: v1.10"""


def test_the_parameters_of_other_tools_are_understood() -> None:
    assert from_parameters(PARAMETERS) == Facts(
        prompt="a red fox, <lora:style:0.8>\nin the snow",
        negative="blurry,\nlow quality",
        seed=42,
        model="base_v1",
        models=("base_v1", "style"),
        sampler="DPM++ 2M",
        scheduler="Karras",
        steps=20,
        cfg=6.5,
        width=512,
        height=768,
    )


def test_parameters_without_settings_or_with_odd_ones_give_what_there_is() -> None:
    assert from_parameters("only words") == Facts(prompt="only words")
    odd = from_parameters("x\nSteps: many, Size: big, Seed: -1, CFG scale: nan")
    assert odd == Facts(prompt="x")
    assert parameters.whole("9" * 100) is None


def test_the_graph_counts_more_than_other_texts() -> None:
    texts = {"prompt": json.dumps(plain()), "parameters": "other"}
    assert from_texts(texts).prompt == "a red fox"
    assert from_texts({"prompt": "{damaged", "parameters": "other"}).prompt == "other"
    assert from_texts({}) == Facts()


def canvas_nodes(*, names_are_written: bool) -> list[dict[str, Any]]:
    def widgets(*names: str) -> list[dict[str, Any]]:
        found = [{"name": name, "widget": {"name": name}, "link": None} for name in names]
        return found if names_are_written else []

    settings = widgets("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise")
    linked = [{"name": "positive", "link": 1}, {"name": "negative", "link": 2}, {"name": "model", "link": 3}]
    values = [5, "randomize", 20, 7.5, "euler", "normal", 1]
    return [
        {"id": 1, "type": "KSampler", "inputs": [*linked, *settings], "widgets_values": values},
        {"id": 2, "type": "CLIPTextEncode", "inputs": widgets("text"), "widgets_values": ["a red fox"]},
        {"id": 3, "type": "CLIPTextEncode", "inputs": widgets("text"), "widgets_values": ["blurry"]},
        {"id": 4, "type": "LoraLoader", "mode": 4, "inputs": [{"name": "model", "link": 4}]}
        | {"widgets_values": ["unused.safetensors", 1, 1]},
        {"id": 5, "type": "CheckpointLoaderSimple", "widgets_values": ["base.safetensors"]},
        {"id": 6, "type": "LoraLoader", "mode": 2, "widgets_values": ["muted.safetensors", 1, 1]},
    ]


@pytest.mark.parametrize("names_are_written", [True, False])
@pytest.mark.parametrize(
    "links",
    [
        [[1, 2, 0, 1, 0, "C"], [2, 3, 0, 1, 1, "C"], [3, 4, 0, 1, 2, "M"], [4, 5, 0, 4, 0, "M"]],
        [{"id": n, "origin_id": n + 1, "origin_slot": 0} for n in (1, 2, 3, 4)],
    ],
)
def test_a_file_that_carries_its_canvas_only_is_understood_too(
    links: object, names_are_written: bool
) -> None:
    document = {"nodes": canvas_nodes(names_are_written=names_are_written), "links": links}
    found = from_texts({"workflow": json.dumps(document)})
    assert (found.prompt, found.negative, found.seed) == ("a red fox", "blurry", 5)
    assert (found.steps, found.cfg, found.sampler, found.scheduler) == (20, 7.5, "euler", "normal")
    assert (found.model, found.models) == ("base.safetensors", ("base.safetensors",))


@pytest.mark.parametrize(
    "document",
    [
        {"nodes": 5},
        {"nodes": [5, {}, {"id": [], "inputs": 5, "widgets_values": 5}], "links": [[], 5, {}, [[], 1, 2]]},
        {
            "nodes": [
                {"id": 1, "type": "KSampler", "inputs": [{"link": []}, 5], "widgets_values": {"seed": []}}
            ]
        },
    ],
)
def test_a_canvas_that_makes_no_sense_gives_no_facts(document: object) -> None:
    found = from_texts({"workflow": json.dumps(document)})
    assert (found.prompt, found.seed) == ("", None)
