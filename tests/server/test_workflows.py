"""The ready-made workflows: what they are about, which models they need, the catalogues of the field."""

import json
from pathlib import Path
from typing import Any

from server.routes.workflows import index
from server.templates import templates
from tests.server.conftest import Client, Server

OURS = Path(__file__).parent.parent.parent / "workflows"


def write(server: Server, name: str, document: Any) -> None:
    path = server.base / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


FOX = {
    "nodes": [
        {"type": "CheckpointLoaderSimple", "widgets_values": ["big/fox.safetensors"]},
        {"type": "LoraLoader", "widgets_values": ["fur.safetensors", 1.0, 1.0]},
        {"type": "CLIPTextEncode", "widgets_values": ["a fox, (embedding:bright:1.2)"]},
    ],
    "extra": {"title": "A fox", "description": "Paints a fox.", "tags": ["adapters", "sd1"]},
}


async def test_a_workflow_tells_what_it_is_about_and_what_it_lacks(client: Client, server: Server) -> None:
    write(server, "workflows/fox.json", FOX)
    write(server, "workflows/plain_thing.json", {"nodes": []})
    write(server, "workflows/no_object.json", [1])
    (server.base / "workflows" / "broken.json").write_text("{")
    for name in ("checkpoints/big/fox.safetensors", "embeddings/bright.pt"):
        path = server.base / "models" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    found = {item["name"]: item for item in await client.get("/api/workflows")}
    assert found["fox.json"] == {
        "name": "fox.json",
        "title": "A fox",
        "description": "Paints a fox.",
        "tags": ["adapters", "sd1"],
        "models": [
            {"name": "big/fox.safetensors", "directory": "checkpoints", "isThere": True},
            {"name": "fur.safetensors", "directory": "loras", "isThere": False},
            {"name": "bright", "directory": "embeddings", "isThere": True},
        ],
        "runs": False,
        "family": "sd1",
    }
    assert set(found) == {"fox.json", "plain_thing.json"}
    plain = found["plain_thing.json"]
    assert (plain["title"], plain["description"], plain["runs"], plain["family"]) == (
        "Plain thing",
        "",
        True,
        None,
    )
    write(server, "models/loras/fur.safetensors", 0)
    assert [item["runs"] for item in await client.get("/api/workflows") if item["name"] == "fox.json"] == [
        True
    ]
    assert await client.get("/api/workflows/fox") == FOX
    assert await client.get("/api/workflows/fox.json") == FOX
    for name in ("absent", "..%2Fuser%2Fdefault", "fox.json%2F.."):
        assert await client.status("GET", f"/api/workflows/{name}") == 404


async def test_the_catalogue_of_the_field_lists_them_by_subject(client: Client, server: Server) -> None:
    write(server, "workflows/fox.json", FOX)
    (server.base / "workflows" / "fox-1.webp").write_bytes(b"RIFF")
    for name in ("index.json", "index.de.json", "index.zh-TW.json"):
        (category,) = [each for each in await client.get(f"/templates/{name}") if each["title"] == "Adapters"]
        assert category["moduleName"] == "default"
        assert category["templates"] == [
            {
                "name": "fox",
                "title": "A fox",
                "description": "Paints a fox.",
                "mediaType": "image",
                "mediaSubtype": "webp",
                "tags": ["adapters", "sd1"],
                "models": ["big/fox.safetensors", "fur.safetensors", "bright"],
            }
        ]
    assert await client.get("/templates/index_logo.json") == {}
    assert await client.get("/templates/fox.json") == FOX
    async with client.session.get(f"{client.url}/templates/fox-1.webp") as picture:
        assert (picture.content_type, await picture.read()) == ("image/webp", b"RIFF")
    for name in ("fox-2.webp", "fox.py", "..%2Flog.json"):
        assert await client.status("GET", f"/templates/{name}") == 404


def test_the_catalogue_has_each_workflow_once() -> None:
    found = templates(OURS)
    names = [entry["name"] for category in index(found) for entry in category["templates"]]
    assert sorted(names) == [path.stem for path in sorted(OURS.glob("*.json"))]


async def test_packs_bring_examples(client: Client, server: Server) -> None:
    for pack in ("weaver", "off.disabled", "_private"):
        for place in (
            "example_workflows/first.json",
            "examples/second.json",
            "other/third.json",
            "__init__.py",
        ):
            write(server, f"custom_nodes/{pack}/{place}", {"nodes": [], "in": place})
    (server.base / "custom_nodes" / "weaver" / "examples" / "second.jpg").write_bytes(b"\xff\xd8")
    (server.base / "custom_nodes" / "single.py").write_text("")
    assert await client.get("/workflow_templates") == {"weaver": ["first", "second"]}
    at = "/api/workflow_templates/weaver"
    assert (await client.get(f"{at}/second.json"))["in"] == "examples/second.json"
    async with client.session.get(f"{client.url}{at}/second.jpg") as picture:
        assert picture.content_type == "image/jpeg"
        assert "sandbox" in picture.headers["Content-Security-Policy"]
    for name in ("third.json", "..%2F__init__.py", "__init__.py", "..%2Fother%2Fthird.json"):
        assert await client.status("GET", f"{at}/{name}") == 404
    assert await client.status("GET", "/api/workflow_templates/off.disabled/first.json") == 404
    assert await client.status("GET", "/workflow_templates/weaver/first.json") == 404  # below /api alone
