"""The gallery over HTTP: found, marked, deleted, brought back, and refused what lies elsewhere."""

import os
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.server.conftest import Client, Server, serving
from tests.server.gallery.test_index import picture

ITEM_KEYS = {
    "filename", "subfolder", "type", "prompt_id", "node_id", "created", "size", "width", "height", "prompt",
    "negative", "seed", "model", "sampler", "scheduler", "steps", "cfg", "tags", "favourite",
}  # fmt: skip


def put(base: Path, name: str, data: bytes, at: float = 1_700_000_000.0) -> dict[str, str]:
    path = base / "output" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (at, at))
    subfolder, _, filename = name.rpartition("/")
    return {"filename": filename, "subfolder": subfolder, "type": "output"}


async def found(client: Client, query: str) -> list[str]:
    page = await client.get(f"/api/gallery?{query}")
    return [item["filename"] for item in page["items"]]


async def test_without_wishes_the_answer_is_a_plain_list_of_pictures(client: Client, server: Server) -> None:
    put(server.base, "old/one.png", b"1", 1_000.0)
    put(server.base, "old/two.JPG", b"2", 2_000.0)
    put(server.base, "old/film.mp4", b"3", 3_000.0)
    put(server.base, "old/drawing.bmp", b"4", 3_000.0)
    put(server.base, "old/.hidden.png", b"5", 3_000.0)
    async with client.session.get(f"{client.url}/api/gallery?limit=500") as answer:
        text = await answer.text()
    assert text.endswith(
        '{"filename":"two.JPG","subfolder":"old","type":"output"},'
        '{"filename":"one.png","subfolder":"old","type":"output"}]'
    )
    assert "film" not in text
    assert len(await client.get("/api/gallery?limit=1")) == 1
    assert await client.get("/api/gallery?limit=0") == []
    assert isinstance(await client.get("/api/gallery?limit=x"), list)


async def test_a_picture_that_was_made_here_is_told_with_its_origin_and_facts(client: Client) -> None:
    run_id = await client.submit({"5": {"class_type": "Draw", "inputs": {"name": "told/p"}}})
    await client.ended(run_id)
    page = await client.get("/api/gallery?folder=told")
    assert {"items", "total", "folders", "models", "tags"} <= set(page)
    (item,) = page["items"]
    assert set(item) == ITEM_KEYS
    assert (item["prompt_id"], item["node_id"], item["type"]) == (run_id, "5", "output")
    assert item["created"] > 1_700_000_000_000
    assert {"name": "told", "count": 1} in page["folders"]


async def test_a_picture_copied_in_is_found_by_its_words(client: Client, server: Server) -> None:
    put(server.base, "in/copied.png", picture("a walrus on ice", model="polar.safetensors"))
    page = await client.get("/api/gallery?search=ice+walr")
    (item,) = page["items"]
    assert (item["filename"], item["prompt_id"], item["node_id"]) == ("copied.png", None, None)
    assert (item["prompt"], item["model"], item["width"]) == ("a walrus on ice", "polar.safetensors", 6)
    assert "polar.safetensors" in page["models"]
    assert await found(client, "search=walrus&model=polar.safetensors&seed=7&kind=image") == ["copied.png"]
    assert await found(client, "search=walrus&from=1700000000000&to=1700000000000") == ["copied.png"]
    assert await found(client, "search=walrus&to=1699999999999") == []
    assert await found(client, "search=walrus&offset=1") == []


async def test_marks_are_given_found_and_outlive_the_server(tmp_path: Path) -> None:
    ref = put(tmp_path, "m.png", picture("a marked picture"))
    with serving(tmp_path) as first:
        async with aiohttp.ClientSession() as session:
            client = Client(session, first.url)
            change = {"files": [ref], "favourite": True, "add_tags": ["Good", " for  print "]}
            assert await client.post("/api/gallery/mark", change) == (200, {"marked": 1})
            assert await client.post("/api/gallery/mark", {"files": [ref], "remove_tags": ["Good"]}) == (
                200,
                {"marked": 1},
            )
        first.kill()
    for path in tmp_path.rglob("gallery.sqlite*"):
        path.write_bytes(b"rubbish")
    with serving(tmp_path) as second:
        async with aiohttp.ClientSession() as session:
            client = Client(session, second.url)
            page = await client.get("/api/gallery?favourite=1")
            assert [(item["filename"], item["tags"]) for item in page["items"]] == [("m.png", ["for print"])]
            assert page["tags"] == ["for print"]
            assert await found(client, "tag=for+print&search=print") == ["m.png"]
            assert await found(client, "favourite=1&tag=Good") == []


async def test_a_deleted_picture_is_gone_until_it_is_restored(client: Client, server: Server) -> None:
    refs = [put(server.base, f"bin/{n}.png", picture(f"deletable {n}")) for n in range(3)]
    marked = {"files": refs[:1], "favourite": True}
    assert (await client.post("/api/gallery/mark", marked))[0] == 200
    status, answer = await client.post("/api/gallery/delete", {"files": [*refs[:2], refs[0]]})
    assert (status, answer["deleted"]) == (200, 2)
    assert await found(client, "folder=bin") == ["2.png"]
    assert await client.status("GET", "/view?filename=0.png&subfolder=bin") == 404
    restored = await client.post("/api/gallery/restore", {"undo": answer["undo"]})
    assert restored == (200, {"restored": 2, "files": refs[:2]})
    assert await found(client, "folder=bin&sort=name") == ["0.png", "1.png", "2.png"]
    assert await found(client, "folder=bin&favourite=1") == ["0.png"]
    assert (await client.post("/api/gallery/restore", {"undo": answer["undo"]}))[0] == 404
    gone = {"files": [{"filename": "absent.png"}]}
    assert await client.post("/api/gallery/delete", gone) == (200, {"deleted": 0, "undo": None})


WRONG_FILES: list[Any] = [
    None,
    {},
    ["a.png"],
    [{"subfolder": "x"}],
    [{"filename": 5}],
    [{"filename": "a.png", "subfolder": 5}],
    [{"filename": "a.png", "type": "input"}],
    [{"filename": "../main.py"}],
    [{"filename": "../input/kept.png"}],
    [{"filename": "kept.png", "subfolder": "../input"}],
    [{"filename": "/etc/kept.png"}],
    [{"filename": "kept.png", "subfolder": "/etc"}],
    [{"filename": "a\\b.png"}],
    [{"filename": "x\0.png"}],
    [{"filename": "x.png", "subfolder": ".deleted/0"}],
    [{"filename": ".hidden.png"}],
    [{"filename": "notes.txt"}],
    [{"filename": "way out/kept.png"}],
]


@pytest.mark.parametrize("files", WRONG_FILES, ids=repr)
@pytest.mark.parametrize("route", ["mark", "delete"])
async def test_only_files_of_the_gallery_can_be_changed(
    client: Client, server: Server, route: str, files: Any
) -> None:
    kept = server.base / "input" / "kept.png"
    kept.parent.mkdir(exist_ok=True)
    kept.write_bytes(b"kept")
    notes = server.base / "output" / "notes.txt"
    put(server.base, "notes.txt", b"notes")
    if not (server.base / "output" / "way out").is_symlink():
        (server.base / "output" / "way out").symlink_to(server.base / "input")
    status, answer = await client.post(f"/api/gallery/{route}", {"files": files, "favourite": True})
    assert (status, set(answer["error"])) == (400, {"type", "message", "details", "extra_info"})
    assert kept.exists()
    assert notes.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"favourite": "yes"},
        {"add_tags": "tag"},
        {"add_tags": [5]},
        {"add_tags": [" "]},
        {"add_tags": ["x" * 65]},
        {"remove_tags": ["a\u0007b"]},
    ],
)
async def test_marks_that_make_no_sense_are_refused(client: Client, change: dict[str, Any]) -> None:
    assert (await client.post("/api/gallery/mark", {"files": [], **change}))[0] == 400


@pytest.mark.parametrize(
    "query",
    [
        "kind=text",
        "sort=best",
        "offset=-1",
        "offset=1.5",
        "from=today",
        "to=9999999999999999",
        "offset=0&limit=x",
    ],
)
async def test_wishes_that_make_no_sense_are_refused(client: Client, query: str) -> None:
    assert await client.status("GET", f"/api/gallery?{query}") == 400


async def test_empty_wishes_ask_for_all(client: Client, server: Server) -> None:
    put(server.base, "e.png", picture("empty wishes"))
    empty = "search=&folder=&model=&seed=&tag=&kind=&sort=&favourite=0&from=&to=&offset="
    page = await client.get(f"/api/gallery?{empty}")
    assert page["total"] == len((await client.get("/api/gallery?offset=0&limit=500"))["items"])


@pytest.mark.parametrize("body", [{}, {"undo": 5}])
async def test_an_undo_that_is_none_is_refused(client: Client, body: dict[str, Any]) -> None:
    assert (await client.post("/api/gallery/restore", body))[0] == 400


async def test_the_gallery_is_part_of_the_api_only(client: Client) -> None:
    assert await client.status("POST", "/gallery/delete", json={"files": []}) in (404, 405)
