"""Settings and the user's own files."""

import asyncio
import json
import re
from typing import Any

import pytest

from tests.server.conftest import Client, Server


async def test_settings_are_merged_and_read_back_one_by_one(client: Client, server: Server) -> None:
    assert await client.status("POST", "/settings", json={"a": 1, "b": {"c": 2}}) == 200
    assert await client.status("POST", "/settings/Heddle.Theme", data=b'"dark"') == 200
    assert await client.get("/settings") == {"a": 1, "b": {"c": 2}, "Heddle.Theme": "dark"}
    assert await client.get("/api/settings/Heddle.Theme") == "dark"
    assert await client.get("/settings/absent") is None
    kept = json.loads((server.base / "user" / "default" / "comfy.settings.json").read_text())
    assert kept["a"] == 1


async def test_damaged_settings_are_put_aside_and_the_server_goes_on(client: Client, server: Server) -> None:
    path = server.base / "user" / "default" / "comfy.settings.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{half")
    assert await client.get("/settings") == {}
    assert path.with_suffix(".damaged").read_text() == "{half"


async def test_what_may_be_there_is_asked_for_without_failure(client: Client) -> None:
    for address in ("/userdata/absent.json", "/userdata?dir=absent"):
        joined = "&" if "?" in address else "?"
        assert await client.status("GET", f"{address}{joined}optional=true") == 204
        assert await client.status("GET", f"{address}{joined}optional=false") == 404
    assert await client.status("POST", "/userdata/there.json", data=b"{}") == 200
    assert await client.get("/userdata/there.json?optional=true") == {}
    assert await client.status("DELETE", "/userdata/there.json") == 204


async def test_a_workflow_is_saved_listed_moved_and_deleted(client: Client) -> None:
    file, moved = "/api/userdata/workflows%2Fa%20b.json", "/api/userdata/workflows%2Fc.json"
    assert await client.status("GET", "/userdata?dir=nothing") == 404
    assert await client.status("POST", f"{file}?overwrite=false", data=b"{}") == 200
    assert await client.status("POST", f"{file}?overwrite=false", data=b"[]") == 409
    assert await client.status("POST", file, data=b'{"n": 1}') == 200
    assert await client.get(file) == {"n": 1}
    assert await client.get("/userdata?dir=workflows") == ["a b.json"]
    assert await client.status("POST", f"{file}/move/workflows%2Fc.json") == 200
    assert await client.status("GET", file) == 404
    assert await client.status("POST", f"{file}/move/workflows%2Fc.json") == 404
    await client.status("POST", file, data=b"{}")
    assert await client.status("POST", f"{file}/move/workflows%2Fc.json?overwrite=false") == 409
    assert await client.status("DELETE", moved) == 204
    assert await client.status("DELETE", moved) == 404


async def test_listings_come_in_every_form_that_is_asked_for(client: Client) -> None:
    for name in ("x%2Fone.txt", "x%2Fy%2Ftwo.txt"):
        await client.status("POST", f"/userdata/{name}", data=b"12345")
    assert await client.get("/userdata?dir=x") == ["one.txt"]
    assert await client.get("/userdata?dir=x&recurse=true") == ["one.txt", "y/two.txt"]
    split = await client.get("/userdata?dir=x&recurse=true&split=true")
    assert split == [["one.txt", "one.txt"], ["y/two.txt", "y", "two.txt"]]
    info = await client.get("/userdata?dir=x&full_info=true")
    assert [(item["path"], item["size"]) for item in info] == [("one.txt", 5)]
    status, told = await client.post("/userdata/x%2Fthree.txt?full_info=true", {})
    assert (status, told["path"]) == (200, "x/three.txt")
    tree = await client.get("/v2/userdata?path=x")
    assert [(item["path"], item["type"]) for item in tree] == [
        ("x/y", "directory"),
        ("x/one.txt", "file"),
        ("x/three.txt", "file"),
        ("x/y/two.txt", "file"),
    ]
    assert await client.status("GET", "/userdata") == 400
    assert await client.status("GET", "/v2/userdata?path=x/one.txt") == 400
    assert await client.status("GET", "/v2/userdata?path=absent") == 404


@pytest.mark.parametrize(
    "name",
    [
        "..%2Fheddle.sqlite",
        "%2e%2e%2fx",
        "..%252Fx",
        "%2Fetc%2Fpasswd",
        "a%5C..%5Cb",
        "%EF%BC%8E%EF%BC%8E%2Fx",
        "x%00",
    ],
)
async def test_the_area_cannot_be_left(client: Client, server: Server, name: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert await client.status(method, f"/userdata/{name}", data=b"evil") in (400, 403, 404)
    await client.status("POST", "/userdata/mine", data=b"x")
    assert await client.status("POST", f"/userdata/mine/move/{name}") in (400, 403, 404)
    assert await client.status("GET", f"/userdata?dir={name}") in (400, 403)
    assert not (server.base / "user" / "x").exists()


async def test_a_name_that_is_too_long_is_refused_with_the_reason(client: Client) -> None:
    status, body = await client.post(f"/userdata/{'x' * 300}.json", {})
    assert status == 400
    assert "longer than 255 bytes" in body["error"]


async def test_stored_pages_are_not_served_as_pages(client: Client) -> None:
    await client.status("POST", "/userdata/page.html", data=b"<script>alert(1)</script>")
    async with client.session.get(f"{client.url}/userdata/page.html") as answer:
        assert answer.content_type == "application/octet-stream"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_there_is_one_user(client: Client) -> None:
    assert await client.get("/users") == {"storage": "server", "migrated": True}
    assert await client.status("POST", "/users", json={"username": "b"}) == 400


async def test_a_file_has_a_revision_of_its_content(client: Client) -> None:
    at = f"{client.url}/api/userdata/revised.json"
    async with client.session.post(at, data=b"[1]") as told:
        first = told.headers["ETag"]
    assert re.fullmatch('"[0-9a-f]+"', first)
    async with client.session.get(at) as read:
        assert (read.headers["ETag"], await read.read()) == (first, b"[1]")
    async with client.session.get(at, headers={"If-None-Match": first}) as read:
        assert (read.status, await read.read()) == (304, b"")
    async with client.session.post(f"{at}?full_info=true", data=b"[2]") as told:
        assert told.headers["ETag"] != first
    async with client.session.post(f"{at}/move/revised%20too.json") as told:
        moved = told.headers["ETag"]
    async with client.session.post(at, data=b"[2]") as told:
        assert told.headers["ETag"] == moved


async def test_only_the_revision_that_was_read_is_overwritten(client: Client) -> None:
    at = f"{client.url}/api/userdata/workflows%2Fguarded.json"

    async def save(data: bytes, match: str) -> tuple[int, Any]:
        async with client.session.post(at, data=data, headers={"If-Match": match}) as told:
            error = (await told.json()) if told.status == 409 else {}
            if error:
                assert error["error"]["type"] == "conflict"
                assert set(error["error"]) == {"type", "message", "details", "extra_info"}
            return told.status, error.get("etag", told.headers.get("ETag"))

    assert await save(b"[0]", "*") == (409, None)  # there is none yet
    async with client.session.post(at, data=b"[0]") as told:
        first = told.headers["ETag"]
    status, second = await save(b"[1]", first)
    assert status == 200
    assert await save(b"[2]", first) == (409, second.strip('"'))
    assert await client.get("/userdata/workflows%2Fguarded.json") == [1]
    assert (await save(b"[3]", f'"other", {second}'))[0] == 200
    assert (await save(b"[4]", "*"))[0] == 200
    await client.status("DELETE", "/userdata/workflows%2Fguarded.json")
    assert await save(b"[5]", second) == (409, None)
    assert await client.status("GET", "/userdata/workflows%2Fguarded.json") == 404


async def test_of_two_writers_with_one_revision_one_wins(client: Client) -> None:
    at = f"{client.url}/api/userdata/workflows%2Fshared.json"
    for turn in range(10):
        async with client.session.post(at, data=b'"%d"' % turn) as told:
            headers = {"If-Match": told.headers["ETag"]}
        bodies = [b"[%d, %d]" % (turn, writer) for writer in range(8)]

        async def save(body: bytes, headers: dict[str, str] = headers) -> int:
            async with client.session.post(at, data=body, headers=headers) as told:
                return told.status

        statuses = await asyncio.gather(*map(save, bodies))
        assert sorted(statuses) == [200, *[409] * 7]
        winner = json.loads(bodies[statuses.index(200)])
        assert await client.get("/userdata/workflows%2Fshared.json") == winner


async def test_settings_of_many_writers_at_once_are_all_kept(client: Client) -> None:
    await asyncio.gather(*(client.status("POST", f"/settings/many.{n}", json=n) for n in range(30)))
    kept = await client.get("/settings")
    assert {name: kept[name] for name in kept if name.startswith("many.")} == {
        f"many.{n}": n for n in range(30)
    }


async def test_drafts_of_a_killed_server_are_not_listed(client: Client, server: Server) -> None:
    await client.status("POST", "/userdata/drafts%2Fa.json", data=b"{}")
    (server.base / "user" / "default" / "drafts" / ".x1.part").write_bytes(b"{")
    assert await client.get("/userdata?dir=drafts") == ["a.json"]
    assert await client.get("/userdata?dir=drafts&recurse=true") == ["a.json"]
    assert [item["name"] for item in await client.get("/v2/userdata?path=drafts")] == ["a.json"]
