"""Packs between Heddle's own nodes on a real server: what they are given, and what comes of their changes."""

import ast
import json
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.compat.studio import PATIENCE, Prompt, Studio, node

LOADED = {
    "model": node("CheckpointLoaderSimple", ckpt_name="heddle-demo.safetensors"),
    "boat": node("CLIPTextEncode", clip=["model", 1], text="a white sailboat"),
    "hut": node("CLIPTextEncode", clip=["model", 1], text="a red cottage in the snow"),
    "none": node("CLIPTextEncode", clip=["model", 1], text=""),
    "empty": node("EmptyLatentImage", width=64, height=64, batch_size=1),
}


def drawn(positive: str, latent: str = "empty", slot: int = 0) -> dict[str, Any]:
    return node(
        "KSampler", model=["model", 0], seed=3, steps=2, cfg=2.0, sampler_name="euler", scheduler="normal",
        positive=[positive, slot], negative=["none", 0], latent_image=[latent, 0], denoise=1.0,
    )  # fmt: skip


def decoded(latent: list[Any]) -> dict[str, Any]:
    return node("VAEDecode", samples=latent, vae=["model", 2])


def same(studio: Studio, nodes: Prompt, *pairs: tuple[str, str]) -> list[bool]:
    """Whether the latents of these nodes are the same pictures."""
    asked = dict(LOADED) | nodes
    for one, other in pairs:
        asked |= {f"decoded {name}": decoded([name, 0]) for name in (one, other)}
        asked[f"{one} {other}"] = node("StagesSame", one=[f"decoded {one}", 0], other=[f"decoded {other}", 0])
    return [text == "True" for text in studio.shown(asked, *([f"{one} {other}", 0] for one, other in pairs))]


def told(studio: Studio, nodes: Prompt, *links: list[Any]) -> list[Any]:
    """What values look like to a pack."""
    tellers = {f"tell{i}": node("StagesTell", value=link) for i, link in enumerate(links)}
    texts = studio.shown(dict(LOADED) | nodes | tellers, *([name, 0] for name in tellers))
    return [ast.literal_eval(ast.literal_eval(text)) for text in texts]


@pytest.mark.parametrize("scale", ["StagesScale", "V3StagesScale"])
def test_a_pack_changes_a_latent_between_sampling_and_decoding(studio: Studio, scale: str) -> None:
    nodes = {
        "drawn": drawn("boat"),
        "as it was": node(scale, latent=["drawn", 0], factor=1.0),
        "nothing": node(scale, latent=["drawn", 0], factor=0.0),
    }
    pairs = [("as it was", "drawn"), ("nothing", "empty"), ("nothing", "drawn")]
    assert same(studio, nodes, *pairs) == [True, True, False]


@pytest.mark.parametrize("style", ["Stages", "V3Stages"])
def test_a_pack_changes_a_conditioning(studio: Studio, style: str) -> None:
    nodes = {
        "unheard": node(f"{style}Wish", conditioning=["hut", 0], strength=0.0),
        "faint": node(f"{style}Wish", conditioning=["hut", 0], strength=0.5),
        "boat and unheard": node("StagesBoth", first=["boat", 0], second=["unheard", 0]),
        "boat and faint": node("StagesBoth", first=["boat", 0], second=["faint", 0]),
        "boat only": drawn("boat"),
        "one": drawn("boat and unheard"),
        "two": drawn("boat and faint"),
    }
    assert same(studio, nodes, ("one", "boat only"), ("two", "boat only")) == [True, False]


def test_areas_are_given_in_latents_or_in_parts_of_the_picture(studio: Studio) -> None:
    def wish(*area: Any) -> dict[str, Any]:
        return node("StagesWish", conditioning=["hut", 0], area={"__value__": list(area)})

    nodes: Prompt = {
        "latents": wish(8, 4, 0, 4),
        "parts": wish("percentage", 1.0, 0.5, 0.0, 0.5),
        "left": wish(8, 4, 0, 0),
        **{f"with {name}": node("StagesBoth", first=["boat", 0], second=[name, 0])
           for name in ("latents", "parts", "left")},
        **{f"drawn {name}": drawn(f"with {name}") for name in ("latents", "parts", "left")},
    }  # fmt: skip
    pairs = [("drawn latents", "drawn parts"), ("drawn latents", "drawn left")]
    assert same(studio, nodes, *pairs) == [True, False]


def test_packs_know_values_by_the_fields_names(studio: Studio) -> None:
    nodes = {"wish": node("StagesWish", conditioning=["boat", 0], strength=0.5, pooled=2.0)}
    latent, plain, changed = told(studio, nodes, ["empty", 0], ["boat", 0], ["wish", 0])
    assert latent == {"samples": "1x4x8x8"}
    ((context, says),) = plain
    assert says.keys() == {"pooled_output"}
    assert changed == [[context, says | {"strength": 0.5}]]


def test_what_a_pack_has_put_into_a_latent_survives_heddles_nodes(studio: Studio) -> None:
    nodes = {
        "first": node("StagesScale", latent=["empty", 0], factor=0.5),
        "larger": node("LatentUpscaleBy", samples=["first", 0], upscale_method="bilinear", scale_by=2.0),
        "drawn": drawn("boat", "larger"),
        "second": node("V3StagesScale", latent=["drawn", 0], factor=1.0),
    }
    assert told(studio, nodes, ["second", 0]) == [{"samples": "1x4x16x16", "stages.factors": [0.5, 1.0]}]


def test_values_of_any_type_are_converted_too(studio: Studio) -> None:
    nodes = {
        "latent": node("StagesPass", value=["empty", 0]),
        "wish": node("V3StagesPass", **{"value": ["boat", 0], "more.one0": ["latent", 0]}),
        "drawn": drawn("wish", "latent"),
        "without": drawn("boat"),
    }
    assert same(studio, nodes, ("drawn", "without")) == [True]
    assert studio.shown(dict(LOADED) | nodes, ["wish", 1]) == ["\"['list', 'dict']\""]


def test_lazy_inputs_are_asked_for_with_values_as_packs_know_them(studio: Studio) -> None:
    nodes = {
        "two": node("EmptyLatentImage", width=32, height=32, batch_size=2),
        "first": node("V3StagesChoose", latent=["two", 0], other=["empty", 0]),
        "second": node("V3StagesChoose", latent=["empty", 0], other=["two", 0]),
    }
    assert told(studio, nodes, ["first", 0], ["second", 0]) == [{"samples": "2x4x4x4"}] * 2


def test_lists_of_latents_are_converted_one_by_one(studio: Studio) -> None:
    nodes = {
        "four": node("EmptyLatentImage", width=64, height=64, batch_size=4),
        "split": node("StagesSplit", latent=["four", 0]),
        "drawn": drawn("boat", "split"),
        "joined": node("StagesJoin", latents=["drawn", 0]),
        "all": node("StagesTellAll", value=["drawn", 0]),
    }
    one = {"batch_index": [0], "samples": "1x4x8x8"}
    assert told(studio, nodes, ["joined", 0], ["split", 0])[0] == {"samples": "4x4x8x8"}
    texts = studio.shown(dict(LOADED) | nodes, ["all", 0])
    seen = ast.literal_eval(ast.literal_eval(texts[0]))
    assert seen == [one | {"batch_index": [i]} for i in range(4)]


def test_the_hosts_classes_take_and_give_the_fields_forms(studio: Studio) -> None:
    nodes = dict(LOADED) | {
        "drawn": drawn("boat"),
        "theirs": node("StagesDecode", latent=["drawn", 0], vae=["model", 2]),
        "ours": decoded(["drawn", 0]),
        "same": node("StagesSame", one=["theirs", 0], other=["ours", 0]),
        "encoded": node("StagesEncode", clip=["model", 1], text="a white sailboat"),
    }
    assert studio.shown(nodes, ["same", 0], ["encoded", 0]) == [
        "True",
        repr("['pooled_output'] (1, 4, 4, 8)"),
    ]
    again = {"drawn": drawn("boat"), "again": drawn("encoded", slot=1), "encoded": nodes["encoded"]}
    assert same(studio, again, ("drawn", "again")) == [True]


def test_values_inside_of_an_added_graph_reach_heddles_nodes(studio: Studio) -> None:
    nodes = dict(LOADED) | {
        "drawn": drawn("boat"),
        "grown": node("StagesGrow", latent=["drawn", 0], vae=["model", 2]),
        "black": decoded(["empty", 0]),
        "same": node("StagesSame", one=["grown", 0], other=["black", 0]),
    }
    assert studio.shown(nodes, ["same", 0]) == ["True"]
    assert told(studio, nodes, ["grown", 1]) == [{"samples": "1x4x8x8", "stages.factors": [3.0]}]


def test_packs_see_each_others_classes_and_folders(studio: Studio) -> None:
    (text,) = studio.shown({"1": node("StagesNeighbours")}, ["1", 0])
    missing, shown, called, places, scripts = ast.literal_eval(ast.literal_eval(text))
    assert missing == []
    assert shown == ["Tell what it is", "Mapped"]
    assert called == [4]
    assert places["v1_stages"] == str(studio.folder / "custom_nodes" / "v1_stages")
    assert places["v1_single"] == str(studio.folder / "custom_nodes")
    assert scripts["v1_words"] == str(studio.folder / "custom_nodes" / "v1_words" / "js")
    assert "words-of-the-field" in scripts


def test_a_hidden_input_that_is_no_tag_has_its_value_from_the_workflow(studio: Studio) -> None:
    nodes = {
        "plain": node("StagesNoted"),
        "said": node("StagesNoted", note="hello", unknown=1, node="ignored"),
        "n": node("SinglePlain", value=5),
        "linked": node("StagesNoted", note="hi", source=["n", 0]),
        "grown": node("StagesGrowNoted"),
    }
    seen = studio.shown(nodes, ["plain", 0], ["said", 0], ["linked", 0], ["grown", 0])
    assert seen[:3] == ["'plain nothing 0'", "'said hello 0'", "'linked hi 4'"]
    assert seen[3].endswith(" grown 0'")
    refused = studio.refused({"1": node("StagesNoted", note=3), "2": node("WordsShow", value=["1", 0])})
    assert [error["details"] for error in refused["1"]] == ["note - 3 is no note"]


def test_a_hidden_input_of_the_newer_style_has_no_value_from_the_workflow(studio: Studio) -> None:
    (text,) = studio.shown({"t": node("V3Told", unique_id="another")}, ["t", 0])
    assert text.startswith("'t V3Told")


def test_the_canvas_is_told_which_outputs_match(studio: Studio) -> None:
    entry = studio.get("/object_info/V3StagesPass")["V3StagesPass"]
    assert entry["output_matchtypes"] == ["thing", None]
    assert entry["input"]["required"]["value"][1]["template"]["template_id"] == "thing"


async def test_what_packs_announce_reaches_their_pages(studio: Studio) -> None:
    heard: list[dict[str, Any]] = []
    frames: list[bytes] = []
    asked = {"prompt": {"say": node("StagesAnnounce", text="hello")}, "client_id": "page"}
    async with ClientSession() as session, session.ws_connect(f"{studio.address}/ws?clientId=page") as socket:
        await session.post(f"{studio.address}/prompt", json=asked)
        while not heard or heard[-1]["type"] != "execution_success":
            message = await socket.receive(timeout=PATIENCE)
            if isinstance(message.data, bytes):
                frames.append(message.data)
            else:
                heard.append(json.loads(message.data))
    told_of = {message["type"]: message["data"] for message in heard}
    assert told_of["stages.told"] == {"text": "hello", "client": "page"}
    assert told_of["stages.own"] == {"text": "hello"}
    text, raw = b"\0\0\0\3" + b"\0\0\0\3" + b"say" + b"hello!", b"\0\0\0\3" + b"raw"
    assert sorted(frames) == sorted([text, raw])
    assert "stages.others" not in told_of
