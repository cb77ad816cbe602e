"""Submitting and following jobs over HTTP."""

import asyncio
import json
import uuid
from typing import Any

import pytest

from tests.runtime.tiny import shown, slowly, through
from tests.server.conftest import Client, Server


async def test_a_prompt_is_answered_with_its_id_and_lands_in_the_history(client: Client) -> None:
    run_id = await client.submit(shown(7, 3))
    entry = await client.ended(run_id)
    number, kept_id, prompt, extra, outputs = entry["prompt"]
    assert isinstance(number, int)
    assert (kept_id, prompt, outputs) == (run_id, shown(7, 3), ["3"])
    assert "create_time" in extra
    assert entry["outputs"] == {"3": {"text": ["10"]}}
    assert entry["status"]["status_str"] == "success"
    assert entry["status"]["completed"] is True
    told = [kind for kind, _ in entry["status"]["messages"]]
    assert told == ["execution_start", "execution_cached", "execution_success"]
    assert entry["meta"]["3"]["display_node"] == "3"


async def test_every_dynamic_route_exists_with_and_without_the_prefix(client: Client) -> None:
    for path in ("/prompt", "/queue", "/history", "/object_info", "/embeddings", "/extensions", "/models"):
        assert await client.get(path) == await client.get(f"/api{path}")
    for path in ("/system_stats", "/features", "/users", "/settings", "/i18n", "/workflow_templates"):
        assert await client.status("GET", path) == await client.status("GET", f"/api{path}") == 200


async def test_jobs_exist_only_with_the_prefix_and_unknown_paths_are_404(client: Client) -> None:
    for path in ("/jobs", "/api/nothing", "/nothing.js", "/api/", "/api/assets", "/manager/queue/status"):
        assert await client.status("GET", path) == 404
    assert await client.status("POST", "/api/nothing") == 404


async def test_a_prompt_posted_as_a_form_type_is_read_as_json(client: Client) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = json.dumps({"prompt": shown()}).encode()
    assert await client.status("POST", "/prompt", data=body, headers=headers) == 200


BAD: list[tuple[Any, str]] = [
    ({}, "no_prompt"),
    ({"prompt": {}}, "prompt_no_outputs"),
    ({"prompt": {"1": {"class_type": "Unheard", "inputs": {}}}}, "missing_node_type"),
    ({"prompt": {"1": {"inputs": {}}}}, "missing_node_type"),
    ({"prompt": shown(), "prompt_id": "not a uuid"}, "invalid_prompt_id"),
    ({"prompt": shown(), "prompt_id": 7}, "invalid_prompt_id"),
    ({"prompt": [1]}, "invalid_prompt"),
    ({"prompt": shown(value=101)}, "prompt_outputs_failed_validation"),
]


@pytest.mark.parametrize(("body", "kind"), BAD, ids=[kind for _, kind in BAD])
async def test_what_cannot_run_is_400_with_its_type(client: Client, body: Any, kind: str) -> None:
    status, data = await client.post("/prompt", body)
    assert status == 400
    assert data["error"]["type"] == kind
    assert set(data["error"]) == {"type", "message", "details", "extra_info"}
    assert isinstance(data["node_errors"], dict)


async def test_problems_are_told_for_each_node_and_the_server_lives(client: Client) -> None:
    prompt = shown(value=-1)
    prompt["2"]["inputs"]["b"] = "many"
    prompt["3"]["inputs"]["value"] = ["2", 5]
    status, data = await client.post("/prompt", {"prompt": prompt})
    found = {node: [e["type"] for e in errors["errors"]] for node, errors in data["node_errors"].items()}
    assert status == 400
    assert found["1"] == ["value_smaller_than_min"]
    assert found["2"] == ["invalid_input_type"]
    assert await client.ended(await client.submit(shown()))


async def test_valid_outputs_run_while_the_others_are_reported(client: Client) -> None:
    prompt = shown() | {"9": {"class_type": "Look", "inputs": {"image": "absent.png"}}}
    status, data = await client.post("/prompt", {"prompt": prompt})
    assert status == 200
    assert data["node_errors"]["9"]["errors"][0]["type"] == "value_not_in_list"
    assert (await client.ended(data["prompt_id"]))["prompt"][4] == ["3"]


async def test_partial_targets_narrow_what_runs(client: Client) -> None:
    prompt = shown() | {"4": {"class_type": "Show", "inputs": {"value": 1}}}
    run_id = await client.submit(prompt, partial_execution_targets=["4"])
    assert (await client.ended(run_id))["outputs"] == {"4": {"text": ["1"]}}


async def test_a_client_may_choose_the_id_but_not_twice(client: Client) -> None:
    run_id = str(uuid.uuid4())
    assert await client.submit(shown(), prompt_id=run_id) == run_id
    status, data = await client.post("/prompt", {"prompt": shown(), "prompt_id": run_id})
    assert (status, data["error"]["type"]) == (400, "invalid_prompt_id")


async def test_one_idempotency_key_makes_one_run(client: Client) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    answers = [await client.post("/prompt", {"prompt": shown(31)}, headers=headers) for _ in range(2)]
    assert answers[0] == answers[1]
    status, _ = await client.post("/prompt", {"prompt": shown(32)}, headers=headers)
    assert status == 400


async def test_a_failing_node_is_named_in_the_history(client: Client) -> None:
    run_id = await client.submit(through("Fail", value=3))
    status = (await client.ended(run_id))["status"]
    kind, data = status["messages"][-1]
    assert (status["status_str"], status["completed"], kind) == ("error", False, "execution_error")
    assert (data["node_id"], data["node_type"], data["exception_type"]) == ("1", "Fail", "ValueError")
    assert data["exception_message"] == "no luck with 3"
    assert data["current_inputs"] == {"value": ["3"]}
    assert any("no luck" in line for line in data["traceback"])


async def test_the_queue_shows_runs_and_they_can_be_deleted_and_cleared(client: Client) -> None:
    running = await client.submit(slowly(steps=3_000))
    waiting = [await client.submit(shown(n)) for n in range(4)]
    queue = await client.get("/queue")
    assert [len(item) for item in queue["queue_pending"]] == [5] * 4
    assert [item[1] for item in queue["queue_pending"]] == waiting
    await client.post("/queue", {"delete": [waiting[0], "unknown"]})
    await client.post("/queue", {"cancel": [waiting[1]]})
    left = [item[1] for item in (await client.get("/queue"))["queue_pending"]]
    assert left == waiting[2:]
    await client.post("/queue", {"clear": True})
    assert (await client.get("/queue"))["queue_pending"] == []
    assert await client.status("POST", "/interrupt", json={"prompt_id": str(uuid.uuid4())}) == 200
    assert [item[1] for item in (await client.get("/queue"))["queue_running"]] == [running]
    assert await client.status("POST", "/interrupt", data=b"not json") == 200
    messages = (await client.ended(running))["status"]["messages"]
    kind, data = messages[-1]
    assert (kind, data["node_id"], data["node_type"]) == ("execution_interrupted", "1", "Slow")


async def test_waiting_runs_are_moved_by_number_to_the_front_and_before_another(client: Client) -> None:
    running = await client.submit(slowly(steps=3_000))
    a, b, c = [await client.submit(shown(n)) for n in range(3)]

    async def order() -> list[str]:
        return [item[1] for item in (await client.get("/queue"))["queue_pending"]]

    moves = [{"prompt_id": c, "front": True}, {"prompt_id": str(uuid.uuid4()), "front": True}]
    assert (await client.post("/queue", {"move": moves}))[0] == 200
    assert await order() == [c, a, b]
    await client.post("/queue", {"move": [{"prompt_id": b, "before": a}]})
    assert await order() == [c, b, a]
    await client.post(
        "/queue", {"move": [{"prompt_id": c, "number": 1e6}, {"prompt_id": a, "before": "gone"}]}
    )
    assert await order() == [b, a, c]
    await client.post("/queue", {"clear": True})
    await client.post("/interrupt", {})
    await client.ended(running)


@pytest.mark.parametrize(
    "move", [7, {}, {"prompt_id": 7}, {"prompt_id": "x"}, {"prompt_id": "x", "number": True}]
)
async def test_a_move_that_says_not_where_is_400(client: Client, move: Any) -> None:
    status, data = await client.post("/queue", {"move": [move]})
    assert (status, data["error"]["type"]) == (400, "invalid_move")


async def test_a_nodes_own_validator_is_heard_over_http(client: Client) -> None:
    prompt = {"1": {"class_type": "Picky", "inputs": {"value": 3}}}
    status, data = await client.post("/prompt", {"prompt": prompt})
    assert (status, data["error"]["type"]) == (400, "prompt_outputs_failed_validation")
    assert data["node_errors"]["1"]["errors"][0]["type"] == "custom_validation_failed"
    prompt["1"]["inputs"] = {"value": 2}
    assert (await client.ended(await client.submit(prompt)))["outputs"] == {"1": {"text": ["2"]}}


async def test_choices_that_change_are_listed_as_they_are_now(client: Client, server: Server) -> None:
    def choices(found: Any) -> Any:
        return found["Changing"]["input"]["required"]["choice"][0]

    (server.base / "user" / "choices").write_text("x y")
    assert choices(await client.get("/object_info/Changing")) == ["x", "y"]
    (server.base / "user" / "choices").write_text("x y z")
    assert choices(await client.get("/object_info")) == ["x", "y", "z"]


async def test_all_that_run_are_interrupted_without_an_id_and_one_with(client: Client) -> None:
    first = await client.submit({"1": {"class_type": "Write", "inputs": {"value": 1, "pause": 30}}})
    second = await client.submit(slowly(steps=3_000, value=77))
    await wait_for_status(client, second, "in_progress")
    queue = await client.get("/queue")
    assert [item[1] for item in queue["queue_running"]] == [first, second]
    assert await client.post("/api/jobs/cancel", {"job_ids": [second]}) == (200, {"cancelled": True})
    await client.ended(second)
    third = await client.submit(slowly(steps=3_000, value=78))
    await wait_for_status(client, third, "in_progress")
    await client.post("/interrupt", {})
    for run_id in (first, third):
        assert (await client.ended(run_id))["status"]["messages"][-1][0] == "execution_interrupted"


async def test_history_can_be_windowed_deleted_and_cleared(client: Client) -> None:
    await client.post("/history", {"clear": True})
    runs = [await client.submit(shown(n)) for n in range(4)]
    await client.ended(runs[-1])
    assert list(await client.get("/history")) == runs
    assert list(await client.get("/history?max_items=2")) == runs[2:]
    assert list(await client.get("/history?max_items=2&offset=1")) == runs[1:3]
    await client.post("/history", {"delete": [runs[0], "unknown"]})
    assert await client.get(f"/history/{runs[0]}") == {}
    await client.post("/history", {"clear": True})
    assert await client.get("/history") == {}


async def test_jobs_are_listed_sorted_paged_and_cancelled(client: Client) -> None:
    await client.post("/history", {"clear": True})
    workflow = {"extra_pnginfo": {"workflow": {"id": "w7"}}}
    good = await client.submit(
        {"1": {"class_type": "Draw", "inputs": {"name": "picture"}}}, extra_data=workflow
    )
    bad = await client.submit(through("Fail", value=1))
    await client.ended(bad)
    running = await client.submit(slowly(steps=3_000))
    waiting = await client.submit(shown())
    status, data = await client.post(f"/api/jobs/{waiting}/cancel", {})
    assert (status, data) == (200, {"cancelled": True})
    assert await client.post(f"/api/jobs/{waiting}/cancel", {}) == (200, {"cancelled": False})
    await wait_for_status(client, running, "in_progress")
    assert await client.post("/api/jobs/cancel", {"job_ids": [running]}) == (200, {"cancelled": True})
    await client.ended(running)

    listed = await client.get("/api/jobs?status=completed,failed,cancelled&sort_order=asc")
    assert [(job["id"], job["status"]) for job in listed["jobs"]] == [
        (good, "completed"),
        (bad, "failed"),
        (running, "cancelled"),
    ]
    assert listed["pagination"] == {"offset": 0, "limit": 3, "total": 3, "has_more": False}
    first = listed["jobs"][0]
    assert first["workflow_id"] == "w7"
    assert first["preview_output"]["mediaType"] == "images"
    assert first["outputs_count"] == 1
    assert isinstance(first["execution_start_time"], int)
    assert listed["jobs"][1]["execution_error"]["node_id"] == "1"
    page = await client.get("/api/jobs?limit=1&offset=1&sort_by=execution_duration")
    assert (len(page["jobs"]), page["pagination"]["has_more"]) == (1, True)
    assert [job["id"] for job in (await client.get("/api/jobs?workflow_id=w7"))["jobs"]] == [good]
    one = await client.get(f"/api/jobs/{good}")
    assert one["workflow"]["prompt"] == {"1": {"class_type": "Draw", "inputs": {"name": "picture"}}}
    assert await client.status("GET", f"/api/jobs/{uuid.uuid4()}") == 404
    assert await client.status("POST", "/api/jobs/cancel", json={"job_ids": ["x"]}) == 400


async def wait_for_status(client: Client, run_id: str, status: str) -> None:
    async with asyncio.timeout(10):
        while (await client.get(f"/api/jobs/{run_id}"))["status"] != status:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "query", ["status=lost", "sort_by=size", "sort_order=up", "limit=0", "limit=x", "offset=x"]
)
async def test_a_wrong_listing_of_jobs_is_400(client: Client, query: str) -> None:
    async with client.session.get(f"{client.url}/api/jobs?{query}") as answer:
        assert answer.status == 400
        assert set(await answer.json()) == {"error"}


async def test_freeing_memory_is_answered_and_drops_the_cache(client: Client) -> None:
    await client.ended(await client.submit(shown(55)))
    assert await client.status("POST", "/free", json={"free_memory": True, "unload_models": True}) == 200
    entry = await client.ended(await client.submit(shown(55)))
    assert entry["status"]["messages"][1][1]["nodes"] == []


HOSTILE = {
    "nan": b'{"prompt": NaN}',
    "infinity": b'{"prompt": -Infinity}',
    "too large a float": b'{"prompt": 1e999}',
    "duplicate keys": b'{"prompt": {}, "prompt": {}}',
    "deep lists": b'{"prompt": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "endless digits": b'{"prompt": ' + b"9" * 100_000 + b"}",
    "lone surrogate": b'{"prompt": {"1": "\\ud800"}}',
    "not json": b"<xml/>",
    "not text": b"\xff\xfe\x00",
    "an array": b"[]",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_body_is_refused_with_400(client: Client, body: bytes) -> None:
    assert await client.status("POST", "/prompt", data=body) == 400


async def test_a_compressed_body_is_refused(client: Client) -> None:
    headers = {"Content-Encoding": "gzip"}
    assert await client.status("POST", "/prompt", data=b"\x1f\x8b", headers=headers) in (400, 415)
