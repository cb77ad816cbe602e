"""Node types in the shape that clients read."""

from dataclasses import replace

from graph.schema import InputSpec, OutputSpec, Schema
from server.object_info import object_info, object_infos
from tests.server.conftest import Client, Server

SCHEMA = Schema(
    name="Thing",
    display_name="A Thing",
    category="a/b",
    description="What it does.",
    inputs=(
        InputSpec("model", "MODEL"),
        InputSpec("steps", "INT", options={"default": 20, "min": 1, "max": 100}),
        InputSpec("kind", "COMBO", options={"default": "b"}, choices=("a", "b")),
        InputSpec("file", "COMBO", options={"image_upload": True}, choices=("none",), folder="input"),
        InputSpec("mask", "MASK", required=False, lazy=True),
    ),
    outputs=(OutputSpec("IMAGE", "IMAGE"), OutputSpec("list", "INT", is_list=True, tooltip="many")),
    is_output=True,
    experimental=True,
    module="custom_nodes.pack",
)


def test_an_entry_has_everything_that_clients_look_for() -> None:
    assert object_info(SCHEMA, lambda _: ["x.png"]) == {
        "input": {
            "required": {
                "model": ["MODEL"],
                "steps": ["INT", {"default": 20, "min": 1, "max": 100}],
                "kind": [["a", "b"], {"default": "b"}],
                "file": [["none", "x.png"], {"image_upload": True}],
            },
            "optional": {"mask": ["MASK", {"lazy": True}]},
        },
        "input_order": {"required": ["model", "steps", "kind", "file"], "optional": ["mask"]},
        "output": ["IMAGE", "INT"],
        "output_is_list": [False, True],
        "output_name": ["IMAGE", "list"],
        "output_tooltips": ["", "many"],
        "name": "Thing",
        "display_name": "A Thing",
        "description": "What it does.",
        "python_module": "custom_nodes.pack",
        "category": "a/b",
        "output_node": True,
        "experimental": True,
    }


def test_a_folder_is_listed_once_however_many_nodes_show_it() -> None:
    listed: list[str] = []

    def list_files(folder: str) -> list[str]:
        listed.append(folder)
        return []

    object_infos({"a": SCHEMA, "b": SCHEMA}, list_files)
    assert listed == ["input"]


async def test_a_new_file_is_in_the_drop_down_without_a_restart(client: Client, server: Server) -> None:
    folder = server.base / "input"
    folder.mkdir(exist_ok=True)
    (folder / "fresh.png").write_bytes(b"")
    info = await client.get("/object_info/Look")
    assert info["Look"]["input"]["required"]["image"][0] == ["fresh.png"]
    assert await client.get("/object_info/Unheard") == {}
    assert set(await client.get("/object_info")) >= {"Look", "Number"}


def test_hidden_inputs_and_rare_marks_are_told_where_there_are_any() -> None:
    schema = replace(
        SCHEMA,
        hidden={"prompt": "PROMPT", "own_id": "UNIQUE_ID"},
        takes_lists=True,
        is_api=True,
        search_aliases=("gadget",),
    )
    found = object_info(schema, lambda _: [])
    assert found["input"]["hidden"] == {"prompt": "PROMPT", "own_id": "UNIQUE_ID"}
    assert found["input_order"]["hidden"] == ["prompt", "own_id"]
    assert (found["is_input_list"], found["api_node"], found["search_aliases"]) == (True, True, ["gadget"])


def test_drop_downs_keep_the_form_in_which_they_were_declared() -> None:
    inputs = (
        InputSpec("old", "COMBO", choices=(1, None)),
        InputSpec("new", "COMBO", options={"options": [], "multi_select": True}, choices=("a",)),
        InputSpec("file", "COMBO", options={"options": []}, choices=("none",), folder="loras"),
        InputSpec("remote", "COMBO", options={"remote": {"route": "/x"}}),
        InputSpec("link", "*", raw_link=True),
    )
    found = object_info(replace(SCHEMA, inputs=inputs), lambda _: ["x.png"])["input"]["required"]
    assert found == {
        "old": [[1, None]],
        "new": ["COMBO", {"options": ["a"], "multi_select": True}],
        "file": ["COMBO", {"options": ["none", "x.png"]}],
        "remote": ["COMBO", {"remote": {"route": "/x"}}],
        "link": ["*", {"rawLink": True}],
    }
