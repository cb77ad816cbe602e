"""The queue held back, jobs edited in their place, what nodes took, sweeps, and answers to nodes that ask."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.runtime.tiny import choosing, shown, slowly, through
from tests.server.conftest import Client


@contextlib.asynccontextmanager
async def paused(client: Client) -> AsyncIterator[None]:
    """Nothing begins meanwhile."""
    assert (await client.post("/queue", {"pause": True}))[0] == 200
    try:
        yield
    finally:
        assert (await client.post("/queue", {"pause": False}))[0] == 200


async def test_a_paused_queue_says_so_and_begins_nothing(client: Client) -> None:
    async with paused(client):
        run_id = await client.submit(shown(11, 60))
        await asyncio.sleep(0.2)
        status = await client.get("/prompt")
        assert status == {"exec_info": {"queue_remaining": 1, "paused": True}}
        assert [item[1] for item in (await client.get("/queue"))["queue_pending"]] == [run_id]
    await client.ended(run_id)
    assert (await client.get("/prompt"))["exec_info"]["paused"] is False


@pytest.mark.parametrize("pause", ["yes", 1, []])
async def test_a_pause_is_true_or_false(client: Client, pause: object) -> None:
    status, told = await client.post("/queue", {"pause": pause})
    assert (status, told["error"]["type"]) == (400, "invalid_pause")


async def put(client: Client, run_id: str, body: Any) -> tuple[int, Any]:
    async with client.session.put(f"{client.url}/api/jobs/{run_id}", json=body) as told:
        return told.status, await told.json()


async def test_a_waiting_job_is_edited_in_its_place(client: Client) -> None:
    async with paused(client):
        runs = [await client.submit(shown(value, 61)) for value in (1, 2)]
        status, told = await put(client, runs[0], {"prompt": shown(9, 61), "number": 99})
        before = (await client.get("/queue"))["queue_pending"]
        assert status == 200
        assert told == {"prompt_id": runs[0], "number": before[0][0], "node_errors": {}}
        assert [item[1] for item in before] == runs
        status, told = await put(client, runs[1], {"prompt": shown(1_000)})
        assert (status, told["error"]["type"]) == (400, "prompt_outputs_failed_validation")
    assert (await client.ended(runs[0]))["outputs"] == {"3": {"text": ["70"]}}
    assert (await client.ended(runs[1]))["outputs"] == {"3": {"text": ["63"]}}
    status, told = await put(client, runs[0], {"prompt": shown(9, 61)})
    assert (status, told["error"]["type"]) == (409, "job_begun")
    status, told = await put(client, str(uuid.uuid4()), {"prompt": shown(9, 61)})
    assert (status, told["error"]["type"]) == (404, "unknown_job")


async def test_a_job_shows_what_each_of_its_nodes_took(client: Client) -> None:
    prompt = slowly(value=3, steps=4) | {"9": {"class_type": "Number", "inputs": {"value": 1}}}
    prompt["1"]["_meta"] = {"title": "The slow one"}
    run_id = await client.submit(prompt)
    await client.ended(run_id)
    job = await client.get(f"/api/jobs/{run_id}")
    first, second = job["nodes"]
    assert first.pop("seconds") > 0.03
    assert first == {
        "node": "1",
        "display_node": "1",
        "class_type": "Slow",
        "title": "The slow one",
        "peak_bytes": None,
        "cached": False,
        "device": None,
    }
    assert (second["node"], second["title"]) == ("2", "Show")
    assert job["profile"]["seconds"] > 0.03
    assert job["profile"]["peak_bytes"] is None
    listed = await client.get("/api/jobs", params={"limit": "1"})
    assert "nodes" not in listed["jobs"][0]


async def test_nodes_made_by_expansion_are_shown_with_their_type_and_place(client: Client) -> None:
    run_id = await client.submit(through("Grow", value=3, steps=2))
    await client.ended(run_id)
    nodes = {node["node"]: node for node in (await client.get(f"/api/jobs/{run_id}"))["nodes"]}
    assert (nodes["1.slow"]["display_node"], nodes["1.slow"]["class_type"]) == ("1", "Slow")


async def test_jobs_of_one_sweep_are_listed_alone(client: Client) -> None:
    sweep = {"id": uuid.uuid4().hex, "title": "cfg", "rows": [1, 2], "columns": [], "row": 1, "axes": []}
    runs = [await client.submit(shown(5, 70), extra_data={"sweep": {**sweep, "row": row}}) for row in (0, 1)]
    await client.submit(shown(5, 71), extra_data={"sweep": {**sweep, "id": "other"}})
    await client.submit(shown(5, 72), extra_data={"sweep": "nonsense"})
    found = await client.get("/api/jobs", params={"sweep": sweep["id"], "sort_order": "asc"})
    assert [job["id"] for job in found["jobs"]] == runs
    assert found["pagination"]["total"] == 2
    assert found["jobs"][1]["sweep"] == {"id": sweep["id"], "title": "cfg", "row": 1}


async def asked(client: Client, run_id: str) -> list[Any]:
    async with asyncio.timeout(15):
        while not (waiting := (await client.get(f"/api/jobs/{run_id}")).get("waiting")):
            await asyncio.sleep(0.02)
    found: list[Any] = waiting
    return found


async def test_a_job_that_waits_for_a_person_shows_its_question_and_takes_one_answer(client: Client) -> None:
    run_id = await client.submit(choosing(4, count=2))
    (question,) = await asked(client, run_id)
    assert question == {
        "prompt_id": run_id,
        "node": "1",
        "display_node": "1",
        "kind": "choose_images",
        "images": [{"filename": f"{n}.png", "subfolder": "", "type": "temp"} for n in range(2)],
        "least": 1,
        "most": 0,
        "message": "which?",
    }
    assert (await client.get(f"/api/jobs/{run_id}"))["status"] == "in_progress"
    path = f"/api/jobs/{run_id}/answer"
    for body in ({"node": "1", "choice": [2]}, {"node": "1"}, {"choice": [0]}, {"node": "1", "choice": "0"}):
        status, told = await client.post(path, body)
        assert (status, told["error"]["type"]) == (400, "invalid_answer")
    for bad in (f"/api/jobs/{uuid.uuid4()}/answer", path):
        status, told = await client.post(bad, {"node": "7", "choice": [0]})
        assert (status, told["error"]["type"]) == (404, "nobody_asks")
    assert await client.post(path, {"node": "1", "choice": [1, 0]}) == (200, {})
    assert (await client.post(path, {"node": "1", "choice": [1]}))[0] == 404
    assert (await client.ended(run_id))["outputs"] == {"2": {"text": ["4: [1, 0]"]}}
    assert "waiting" not in await client.get(f"/api/jobs/{run_id}")
