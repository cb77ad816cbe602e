"""Earlier contents of workflows: kept, thinned out, named, moved along, safe from kill -9."""

import asyncio
import json
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server import versions
from server.versions import DAY, HOUR, LONGEST, MOST, WEEK, Version, staying
from tests.server.conftest import Client, Server, serving, start

FILE = "workflows%2Ffox.json"
NOW = 1_800_000_000_000  # ms


def content(count: int, text: str = "") -> bytes:
    return json.dumps({"nodes": [{"id": number} for number in range(count)], "extra": {"t": text}}).encode()


async def save(client: Client, data: bytes, file: str = FILE, match: str | None = None) -> tuple[int, str]:
    """The status and the new revision."""
    headers = {} if match is None else {"If-Match": f'"{match}"'}
    async with client.session.post(f"{client.url}/api/userdata/{file}", data=data, headers=headers) as told:
        return told.status, told.headers.get("ETag", "").strip('"')


async def history(client: Client, file: str = FILE) -> list[Any]:
    found: list[Any] = (await client.get(f"/api/versions?file={file}"))["versions"]
    return found


async def test_each_change_is_kept_and_can_be_read_again(client: Client) -> None:
    before = time.time() * 1000 - 1
    revisions = [(await save(client, content(count)))[1] for count in (1, 2, 2, 3)]
    found = await history(client)
    assert [(item["nodes"], item["etag"], item["label"]) for item in found] == [
        (count, revisions[index], None) for count, index in ((3, 3), (2, 1), (1, 0))
    ]
    assert before <= found[2]["saved"] < found[1]["saved"] < found[0]["saved"]
    assert [item["size"] for item in found] == [len(content(count)) for count in (3, 2, 1)]
    assert await client.get(f"/api/versions/{found[2]['id']}?file={FILE}") == json.loads(content(1))


async def test_a_version_of_a_deleted_file_can_still_be_read(client: Client) -> None:
    file = "workflows%2Fgone.json"
    await save(client, content(4), file)
    assert await client.status("DELETE", f"/userdata/{file}") == 204
    (only,) = await history(client, file)
    assert len((await client.get(f"/api/versions/{only['id']}?file={file}"))["nodes"]) == 4


async def test_moving_a_file_moves_its_versions_and_their_names(client: Client) -> None:
    one, other = "workflows%2Fold%20name.json", "workflows%2Fin%2Fnew.json"
    for count in (1, 2):
        await save(client, content(count), one)
    await save(client, content(7, "was here before"), other)
    first = (await history(client, one))[1]
    path = f"/versions/{first['id']}?file="
    assert (await client.post(f"/api{path}{one}", {"label": "the good one"}))[0] == 200
    assert await client.status("POST", f"/userdata/{one}/move/{other}") == 200
    assert await history(client, one) == []
    found = await history(client, other)
    assert [item["nodes"] for item in found] == [2, 7, 2, 1]
    assert found[-1]["label"] == "the good one"
    assert found[0]["etag"] == found[2]["etag"]  # the newest one is what the file holds
    assert await client.status("POST", f"/userdata/{other}/move/{other}") == 200
    assert await history(client, other) == found


async def test_what_another_program_wrote_is_kept_before_it_is_overwritten(
    client: Client, server: Server
) -> None:
    file = "workflows%2Fcopied.json"
    path = server.base / "user" / "default" / "workflows" / "copied.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content(9))
    assert await history(client, file) == []
    await save(client, content(1), file)
    path.write_bytes(content(8))
    await save(client, content(2), file)
    assert [item["nodes"] for item in await history(client, file)] == [2, 8, 1, 9]
    path.write_bytes(content(5))
    await client.status("DELETE", f"/userdata/{file}")
    assert (await history(client, file))[0]["nodes"] == 5


async def test_only_workflows_have_versions(client: Client, server: Server) -> None:
    for file in ("notes.json", "workflows%2F.index.json", "workflows%2Fpicture.png"):
        assert (await save(client, b"{}", file))[0] == 200
        assert await client.status("GET", f"/api/versions?file={file}") == 400
    assert await client.status("GET", "/api/versions") == 400
    assert await client.status("GET", "/versions?file=workflows%2Fa.json") == 404  # below /api alone
    shelves = server.base / "user" / "default" / versions.SHELVES
    assert not [path for path in shelves.rglob("*") if "picture" in path.name or "index" in path.name]


@pytest.mark.parametrize(
    "name", ["..%2Fx.json", "workflows%2F..%2F..%2Fx.json", "%2Fetc%2Fpasswd", "workflows%2F%00.json"]
)
async def test_versions_of_files_elsewhere_are_refused(client: Client, name: str) -> None:
    assert await client.status("GET", f"/api/versions?file={name}") in (400, 403)
    assert await client.status("GET", f"/api/versions/{'0' * 15}-1-{'a' * 32}?file={name}") in (400, 403)


async def test_an_id_is_no_way_to_another_file(client: Client) -> None:
    await save(client, content(1))
    for version in ("..%2F..%2Fnotes", "x", "0" * 15 + "-1-" + "a" * 32):
        assert await client.status("GET", f"/api/versions/{version}?file={FILE}") == 404
        assert await client.status("POST", f"/api/versions/{version}?file={FILE}", json={"label": "x"}) == 404


async def test_the_shelves_are_not_files_of_the_user(client: Client) -> None:
    await save(client, content(1))
    (first, *_) = await history(client)
    inside = f".versions%2F{FILE}%2F{first['id']}.json"
    for method in ("GET", "POST", "DELETE"):
        assert await client.status(method, f"/userdata/{inside}", data=b"{}") == 403
    assert await client.status("POST", f"/userdata/{FILE}/move/{inside}") == 403
    tree = await client.get("/v2/userdata?path=")
    assert not [item for item in tree if ".versions" in item["path"]]


async def test_a_version_can_be_named_and_its_name_taken_away(client: Client) -> None:
    file = "workflows%2Fnamed.json"
    await save(client, content(1), file)
    (only,) = await history(client, file)
    at = f"/api/versions/{only['id']}?file={file}"
    for label in ("for the poster", None):
        assert await client.post(at, {"label": label}) == (200, {})
        assert (await history(client, file))[0]["label"] == label
    for wrong in ({"label": 3}, {"label": "x" * 201}, {}):
        status, told = await client.post(at, wrong)
        assert (status, told["error"]["type"]) == (400, "invalid_label")


async def test_versions_survive_a_kill_at_any_moment(tmp_path: Path) -> None:
    """Killed while it saves: what was answered is there, and what is there is whole."""
    told: list[str] = []
    for begin in (1, 100):
        server = start(tmp_path)
        async with aiohttp.ClientSession() as session:
            client = Client(session, server.url)
            told += [(await save(client, content(count)))[1] for count in range(begin, begin + 12)]
            pending = [
                session.post(f"{server.url}/userdata/{FILE}", data=content(n)) for n in range(200, 204)
            ]
            tasks = [asyncio.ensure_future(each.__aenter__()) for each in pending]
            await asyncio.sleep(0)
            server.kill()
            await asyncio.gather(*tasks, return_exceptions=True)
    with serving(tmp_path) as server:
        async with aiohttp.ClientSession() as session:
            client = Client(session, server.url)
            found = await history(client)
            assert set(told) <= {item["etag"] for item in found}
            for item in found:
                document = await client.get(f"/api/versions/{item['id']}?file={FILE}")
                assert len(document["nodes"]) == item["nodes"]
            assert len((await client.get(f"/api/userdata/{FILE}"))["nodes"]) in {
                item["nodes"] for item in found
            }


WRITES = ("os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir", "tempfile.mkstemp")


def killed_at(number: int, work: Callable[[], None]) -> bool:
    """Do the work in a process that dies before its n-th write; False when there are fewer."""
    with warnings.catch_warnings():  # the child does not use what other threads may hold
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        left = number

        def die(event: str, _: object) -> None:
            nonlocal left
            left -= event in WRITES
            if left == 0 and event in WRITES:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(die)
        work()
        os._exit(0)
    return os.waitpid(child, 0)[1] == signal.SIGKILL


def contents(home: Path) -> list[bytes | None]:
    """Everything that can be read by its file or by its versions."""
    files = [path for path in (home / "workflows").glob("*.json") if path.is_file()]
    shelves = [versions.shelf(home, f"workflows/{name}.json") for name in ("a", "b")]
    kept = [versions.read(shelf, each.id) for shelf in shelves for each in versions.listed(shelf)]
    return [*(path.read_bytes() for path in files), *kept]


def a_home(folder: Path) -> tuple[Path, Path, Path]:
    """A user's folder and two files in it, one with versions and a name, one with an unseen content."""
    home = folder.resolve()
    first, second = home / "workflows" / "a.json", home / "workflows" / "b.json"
    for count in (1, 2, 3):
        versions.write(home, first, content(count), NOW + count)
    shelf = versions.shelf(home, "workflows/a.json")
    assert versions.label(shelf, versions.listed(shelf)[1].id, "named")
    versions.write(home, second, content(4), NOW)
    second.write_bytes(content(5))
    return home, first, second


def test_a_save_that_is_killed_at_any_write_loses_nothing(tmp_path: Path) -> None:
    for number in range(1, 100):
        home, _, file = a_home(tmp_path / str(number))
        if not killed_at(number, lambda: versions.write(home, file, content(6), NOW + 9)):  # noqa: B023
            break
        assert file.read_bytes() in (content(5), content(6))
        versions.write(home, file, content(7), NOW + 10)
        assert {content(count) for count in (4, 5, 7)} <= set(contents(home))
    assert number > 4
    assert {content(count) for count in (4, 5, 6)} <= set(contents(home))


def test_a_move_that_is_killed_at_any_write_loses_nothing(tmp_path: Path) -> None:
    for number in range(1, 100):
        home, source, target = a_home(tmp_path / str(number))
        died = killed_at(number, lambda: versions.move(home, source, target, NOW + 9))  # noqa: B023
        assert {content(count) for count in (1, 2, 3, 4, 5)} <= set(contents(home))
        is_moved = not source.exists()
        shelf = versions.shelf(home, "workflows/b.json" if is_moved else "workflows/a.json")
        names = [(each.nodes, each.label) for each in versions.listed(shelf) if each.nodes < 4]
        assert sorted(set(names)) == [(1, None), (2, "named"), (3, None)]
        if not died:
            break
    assert number > 8
    assert versions.listed(versions.shelf(home, "workflows/a.json")) == []


# Thinning out


def version(age: int, label: str | None = None) -> Version:
    return Version(NOW - age, 1, f"{age:032x}", label=label)


AGES = st.one_of(
    st.integers(0, 2 * DAY),
    st.integers(0, 2 * WEEK),
    st.integers(0, 2 * LONGEST),
    st.integers(0, 5 * LONGEST),
)
HISTORIES = st.lists(AGES, unique=True, max_size=120)


@settings(deadline=None)
@given(HISTORIES, st.sets(st.integers(0, 119)))
def test_thinning_out_follows_the_rules(ages: list[int], named: set[int]) -> None:
    found = [version(age, "kept" if index in named else None) for index, age in enumerate(ages)]
    stay = staying(found, NOW)
    ids = {each.id for each in stay}
    assert ids <= {each.id for each in found}
    assert [each.saved for each in stay] == sorted((each.saved for each in stay), reverse=True)
    for each in found:
        if each.label is not None or NOW - each.saved < DAY:
            assert each.id in ids
    for span, oldest in ((HOUR, WEEK), (DAY, LONGEST)):
        slots = {each.saved // span for each in found if DAY <= NOW - each.saved < oldest}
        assert slots <= {each.saved // span for each in stay}
    assert {max(found, key=lambda each: each.saved).id} <= ids if found else not ids
    unnamed = [each for each in stay if each.label is None]
    hours = [each.saved // HOUR for each in unnamed if DAY <= NOW - each.saved < WEEK]
    days = [each.saved // DAY for each in unnamed if WEEK <= NOW - each.saved < LONGEST]
    assert len(hours) == len(set(hours))
    assert len(days) == len(set(days))
    assert sum(NOW - each.saved >= LONGEST for each in unnamed) <= 1


@settings(deadline=None)
@given(HISTORIES, st.integers(0, LONGEST))
def test_thinning_out_twice_and_thinning_out_late_leave_the_same(ages: list[int], later: int) -> None:
    found = [version(age) for age in ages]
    once = staying(found, NOW)
    assert staying(once, NOW) == once
    assert staying(once, NOW + later) == staying(found, NOW + later)


def test_of_very_many_the_oldest_without_a_name_go() -> None:
    found = [version(age) for age in range(MOST + 40)]
    named = [replace(each, label="x") for each in found[-10:]]
    stay = staying([*found[:-10], *named], NOW)
    assert len(stay) == MOST
    assert stay == [*found[: MOST - 10], *named]
    all_named = [replace(each, label="x") for each in found]
    assert len(staying([version(-1), *all_named], NOW)) == len(found) + 1


def test_what_a_file_was_before_a_change_stays_however_old_it_is(tmp_path: Path) -> None:
    versions.keep(tmp_path / "x", b"1", NOW - 300 * DAY)
    versions.keep(tmp_path / "x", b"2", NOW)
    assert [each.saved for each in versions.listed(tmp_path / "x")] == [NOW, NOW - 300 * DAY]
    versions.keep(tmp_path / "x", b"3", NOW + DAY)
    assert [each.saved for each in versions.listed(tmp_path / "x")] == [NOW + DAY, NOW]


def test_a_clock_that_goes_back_does_not_turn_the_order(tmp_path: Path) -> None:
    for data, now in ((b"1", NOW), (b"2", NOW - WEEK), (b"3", NOW - WEEK)):
        versions.keep(tmp_path, data, now)
    ordered = [versions.read(tmp_path, each.id) for each in versions.listed(tmp_path)]
    assert ordered == [b"3", b"2", b"1"]


@pytest.mark.parametrize(
    ("data", "nodes"),
    [
        (content(3), 3),
        (b'{"1": {"class_type": "A", "inputs": {}}, "2": {"class_type": "B", "inputs": {}}}', 2),
        (b"[1]", 0),
        (b"{half", 0),
        (b"[" * 100_000, 0),
    ],
)
def test_nodes_are_counted_in_either_form(tmp_path: Path, data: bytes, nodes: int) -> None:
    versions.keep(tmp_path, data, NOW)
    assert [each.nodes for each in versions.listed(tmp_path)] == [nodes]
