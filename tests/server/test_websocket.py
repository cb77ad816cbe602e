"""What sockets hear, and who hears it."""

import asyncio
import json
import struct
import uuid
from typing import Any

import pytest

from tests.runtime.tiny import PREVIEW, choosing, shown, slowly, through
from tests.server.conftest import Client, hear, kinds

FLAGS = {"type": "feature_flags", "data": {"supports_preview_metadata": True}}


async def test_the_first_words_are_the_queue_the_id_and_the_worker(client: Client) -> None:
    async with client.socket("me") as socket:
        first = await socket.receive_json()
        assert first["type"] == "status"
        assert first["data"]["sid"] == "me"
        assert isinstance(first["data"]["status"]["exec_info"]["queue_remaining"], int)
        worker = await socket.receive_json()
        assert worker["type"] == "worker"
        assert worker["data"]["state"] in ("starting", "ready")


async def test_a_run_is_told_in_the_order_that_clients_rely_on(client: Client) -> None:
    name = uuid.uuid4().hex
    async with client.socket(name) as socket:
        run_id = await client.submit(slowly(value=41), client_id=name)
        heard = await hear(socket, run_id)
    told = [message for message in heard if isinstance(message, dict)]
    order = [
        m["type"] for m in told if m["type"] not in ("status", "worker", "progress_state", "node_timing")
    ]
    assert order[:3] == ["execution_start", "execution_cached", "executing"]
    assert order[3:6] == ["progress"] * 3
    assert order[6:] == ["executing", "executed", "execution_success", "executing"]
    assert kinds(heard)[-3:] == ["execution_success", "status", "executing"]
    by_kind = {message["type"]: message["data"] for message in told}
    assert by_kind["progress"] == {"value": 3, "max": 3, "prompt_id": run_id, "node": "1"}
    assert by_kind["executed"]["output"] == {"text": ["41"]}
    assert by_kind["executed"]["node"] == by_kind["executed"]["display_node"] == "2"
    assert by_kind["node_timing"]["node"] == "1"
    assert by_kind["node_timing"]["seconds"] > 0
    states = by_kind["progress_state"]["nodes"]
    assert {node: state["state"] for node, state in states.items()} == {"1": "finished", "2": "finished"}
    assert states["1"] | {"value": 3, "max": 3, "real_node_id": "1", "parent_node_id": None} == states["1"]


async def test_the_history_is_there_when_success_is_heard(client: Client) -> None:
    name = uuid.uuid4().hex
    async with client.socket(name) as socket:
        for n in range(10):
            run_id = await client.submit(shown(n, 60), client_id=name)
            async for message in socket:
                if message.json()["type"] == "execution_success":
                    break
            assert (await client.get(f"/history/{run_id}"))[run_id]["status"]["completed"]


async def test_cached_outputs_are_told_again(client: Client) -> None:
    name = uuid.uuid4().hex
    await client.ended(await client.submit(shown(71)))
    async with client.socket(name) as socket:
        run_id = await client.submit(shown(71), client_id=name)
        heard = [message for message in await hear(socket, run_id) if isinstance(message, dict)]
    cached = next(message["data"] for message in heard if message["type"] == "execution_cached")
    executed = next(message["data"] for message in heard if message["type"] == "executed")
    assert set(cached["nodes"]) == {"1", "2", "3"}
    assert (executed["output"], executed["cached"]) == ({"text": ["72"]}, True)


async def test_previews_are_plain_frames_or_carry_their_node_for_those_who_know(client: Client) -> None:
    name = uuid.uuid4().hex
    async with client.socket(name) as old, client.socket(name) as new:
        await new.send_json(FLAGS)
        while (await new.receive_json())["type"] != "feature_flags":
            pass
        run_id = await client.submit(slowly(value=42, pause=0.05), client_id=name)
        heard = await asyncio.gather(hear(old, run_id), hear(new, run_id))
    plain, rich = ([frame for frame in frames if isinstance(frame, bytes)] for frames in heard)
    assert plain
    assert rich
    assert plain[0] == struct.pack(">II", 1, 1) + PREVIEW
    kind, length = struct.unpack_from(">II", rich[0])
    data = json.loads(rich[0][8 : 8 + length])
    assert (kind, rich[0][8 + length :]) == (4, PREVIEW)
    assert data | {"node_id": "1", "prompt_id": run_id, "image_type": "image/jpeg"} == data


async def test_the_server_answers_feature_flags_with_its_own(client: Client) -> None:
    async with client.socket() as socket:
        await socket.send_json(FLAGS)
        while (message := await socket.receive_json())["type"] != "feature_flags":
            pass
    assert message["data"] == await client.get("/features")
    assert message["data"]["supports_preview_metadata"] is True
    assert message["data"]["max_upload_size"] == 100 * 2**20


async def test_two_sockets_of_one_client_both_hear_and_other_clients_do_not(client: Client) -> None:
    name = uuid.uuid4().hex
    async with client.socket(name) as one, client.socket(name) as two, client.socket() as other:
        run_id = await client.submit(shown(3, 80), client_id=name)
        heard = await asyncio.gather(hear(one, run_id), hear(two, run_id))
        await client.submit(shown(3, 81))
        await asyncio.sleep(0.2)
        overheard = [(await other.receive_json())["type"] for _ in range(3)]
    assert [m for m in kinds(heard[0]) if m != "status"] == [m for m in kinds(heard[1]) if m != "status"]
    assert set(overheard) <= {"status", "worker"}


async def test_a_run_of_nobody_tells_its_progress_to_everyone(client: Client) -> None:
    async with client.socket() as socket:
        await client.submit(slowly(value=44, pause=0.05))
        async with asyncio.timeout(10):
            while (message := await socket.receive()).data is not None:
                if message.type.name == "TEXT" and message.json()["type"] == "progress":
                    break


async def test_an_error_comes_after_the_other_branches_and_before_the_end_mark(client: Client) -> None:
    name = uuid.uuid4().hex
    prompt = through("Fail", value=9) | {"8": {"class_type": "Show", "inputs": {"value": 5}}}
    async with client.socket(name) as socket:
        run_id = await client.submit(prompt, client_id=name)
        heard = await hear(socket, run_id)
    assert kinds(heard)[-3:] == ["execution_error", "status", "executing"]
    assert {"executed", "node_skipped"} <= set(kinds(heard))
    skipped = next(m["data"] for m in heard if isinstance(m, dict) and m["type"] == "node_skipped")
    assert skipped["node"] == "2"
    assert "failed" in skipped["reason"]


async def test_an_interrupt_is_told(client: Client) -> None:
    name = uuid.uuid4().hex
    async with client.socket(name) as socket:
        run_id = await client.submit(slowly(steps=3_000, value=2), client_id=name)
        async for message in socket:
            if message.type.name == "TEXT" and message.json()["type"] == "progress":
                break
        await client.post("/interrupt", {"prompt_id": run_id})
        heard = await hear(socket, run_id)
    assert kinds(heard)[-3:] == ["execution_interrupted", "status", "executing"]


async def test_who_reconnects_learns_which_node_runs(client: Client) -> None:
    name = uuid.uuid4().hex
    run_id = await client.submit(slowly(steps=3_000, value=6), client_id=name)
    await client_sees_running(client, run_id)
    await asyncio.sleep(0.1)
    async with client.socket(name) as socket:
        first = [await socket.receive_json() for _ in range(4)]
        assert first[2] == {"type": "executing", "data": {"node": "1"}}
        assert first[3]["data"]["nodes"]["1"]["state"] == "running"
        await client.post("/interrupt", {})
        await hear(socket, run_id)


async def test_who_reconnects_with_a_number_misses_nothing(client: Client) -> None:
    name = uuid.uuid4().hex
    async with client.socket(name, "&since=0") as socket:
        first = await client.submit(shown(1, 90), client_id=name)
        heard = await hear(socket, first)
    last = max(message.get("seq", 0) for message in heard)
    second = await client.submit(shown(2, 90), client_id=name)
    await client.ended(second)
    async with client.socket(name, f"&since={last}") as socket:
        missed = await hear(socket, second)
    told = [kind for kind in kinds(missed) if kind not in ("status", "worker")]
    assert told[0] == "execution_start"
    assert told[-2:] == ["execution_success", "executing"]
    assert all(m["seq"] > last for m in missed if m["type"] not in ("status", "worker"))


async def client_sees_running(client: Client, run_id: str) -> None:
    async with asyncio.timeout(10):
        while run_id not in [item[1] for item in (await client.get("/queue"))["queue_running"]]:
            await asyncio.sleep(0.02)


async def test_logs_come_to_those_who_asked(client: Client) -> None:
    name = uuid.uuid4().hex
    async with client.socket(name) as socket:
        body = {"clientId": name, "enabled": True}
        assert await client.status("PATCH", "/internal/logs/subscribe", json=body) == 200
        await client.submit(through("Deadly", value=1, times=1))
        async with asyncio.timeout(15):
            while (message := await socket.receive_json())["type"] != "logs":
                pass
    assert "worker" in message["data"]["entries"][0]["m"]
    assert "worker" in await client.get("/internal/logs")
    raw: Any = await client.get("/internal/logs/raw")
    assert set(raw["entries"][0]) == {"t", "m"}


async def test_a_client_that_does_not_read_does_not_hold_up_the_others(client: Client) -> None:
    name = uuid.uuid4().hex
    async with client.socket(name), client.socket(name) as reader:
        run_id = await client.submit(slowly(steps=200, pause=0.0, value=8), client_id=name)
        await hear(reader, run_id, seconds=10)


@pytest.mark.parametrize("garbage", ["[]", "{", '{"type": 3}', "[" * 10_000, '{"type":"feature_flags"}'])
async def test_garbage_from_a_client_is_ignored(client: Client, garbage: str) -> None:
    async with client.socket() as socket:
        await socket.send_str(garbage)
        assert (await socket.receive_json())["type"] == "status"
        assert (await client.get("/prompt"))["exec_info"]["queue_remaining"] >= 0


def writing(value: int, pause: float) -> dict[str, Any]:
    """A prompt that leaves the device at once, and is busy beside it."""
    return {"1": {"class_type": "Write", "inputs": {"value": value, "pause": pause}}}


async def test_nodes_made_by_expansion_say_whose_part_they_are(client: Client) -> None:
    name = uuid.uuid4().hex
    async with client.socket(name) as socket:
        await socket.send_json(FLAGS)
        run_id = await client.submit(through("Grow", value=5, steps=3), client_id=name)
        heard = await hear(socket, run_id)
    told = [(m["type"], m["data"]) for m in heard if isinstance(m, dict)]
    begun = {d["node"]: d["display_node"] for kind, d in told if kind == "executing" and d["node"]}
    inner = [node for node in begun if node not in ("1", "2")]
    assert len(inner) == 2
    assert {begun[node] for node in [*inner, "1"]} == {"1"}
    shown_inside = [d for kind, d in told if kind == "executed" and d["display_node"] == "1"]
    assert [(d["node"] in inner, d["output"]) for d in shown_inside] == [(True, {"text": ["5"]})]
    last = [d["nodes"] for kind, d in told if kind == "progress_state"][-1]
    places = {
        (d["display_node_id"], d["parent_node_id"], d["real_node_id"]) for n, d in last.items() if n in inner
    }
    assert places == {("1", "1", "1")}
    preview = next(frame for frame in heard if isinstance(frame, bytes))
    _, length = struct.unpack_from(">II", preview)
    data = json.loads(preview[8 : 8 + length])
    assert data["node_id"] in inner
    assert (data["display_node_id"], data["parent_node_id"], data["real_node_id"]) == ("1", "1", "1")
    entry = (await client.get(f"/history/{run_id}"))[run_id]
    within = next(node for node in entry["outputs"] if node in inner)
    assert entry["outputs"][within] == {"text": ["5"]}
    assert entry["meta"][within] == {
        "node_id": within,
        "display_node": "1",
        "parent_node": "1",
        "real_node_id": "1",
    }
    assert entry["meta"]["2"]["parent_node"] is None


async def test_an_error_within_an_expansion_names_the_node_of_the_canvas(client: Client) -> None:
    name = uuid.uuid4().hex
    async with client.socket(name) as socket:
        run_id = await client.submit(through("Grow", value=-1, steps=1), client_id=name)
        heard = await hear(socket, run_id)
    error = next(m["data"] for m in heard if isinstance(m, dict) and m["type"] == "execution_error")
    assert (error["node_id"], error["exception_message"]) == ("1", "no luck with -1")


async def test_runs_of_two_clients_that_overlap_are_told_each_to_its_own(client: Client) -> None:
    first, second = uuid.uuid4().hex, uuid.uuid4().hex
    async with client.socket(first) as one, client.socket(second) as other:
        runs = [
            await client.submit(writing(1, 0.8), client_id=first),
            await client.submit(slowly(value=90, steps=5), client_id=second),
        ]
        heard = await asyncio.gather(hear(one, runs[0]), hear(other, runs[1]))
    for mine, run_id in zip(heard, runs, strict=True):
        told = [m for m in mine if isinstance(m, dict) and m["type"] not in ("status", "worker")]
        assert {m["data"]["prompt_id"] for m in told} == {run_id}
        assert told[-2]["type"] == "execution_success"
    assert [m["data"]["value"] for m in heard[1] if isinstance(m, dict) and m["type"] == "progress"] == [
        1,
        2,
        3,
        4,
        5,
    ]


async def test_who_reconnects_learns_of_both_runs_that_overlap(client: Client) -> None:
    name = uuid.uuid4().hex
    runs = [
        await client.submit(writing(2, 30), client_id=name),
        await client.submit(slowly(value=91, steps=3_000), client_id=name),
    ]
    for run_id in runs:
        await client_sees_running(client, run_id)
    await asyncio.sleep(0.2)
    async with client.socket(name) as socket:
        first = [await socket.receive_json() for _ in range(6)]
        assert [m["type"] for m in first[2:]] == ["executing", "progress_state"] * 2
        assert [m["data"]["prompt_id"] for m in (first[3], first[5])] == runs
        await client.post("/interrupt", {})
        await asyncio.gather(*(client.ended(run_id) for run_id in runs))
    assert {(await client.ended(run_id))["status"]["messages"][-1][0] for run_id in runs} == {
        "execution_interrupted"
    }


async def test_what_was_missed_of_two_overlapping_runs_is_told_again_in_order(client: Client) -> None:
    name = uuid.uuid4().hex
    async with client.socket(name, "&since=0") as socket:
        first = await client.submit(shown(1, 95), client_id=name)
        last = max(message.get("seq", 0) for message in await hear(socket, first))
    runs = [
        await client.submit(writing(3, 0.5), client_id=name),
        await client.submit(through("Fail", value=96), client_id=name),
    ]
    for run_id in runs:
        await client.ended(run_id)
    async with client.socket(name, f"&since={last}") as socket:
        missed = await hear(socket, runs[0])
    told = [m for m in missed if m["type"] not in ("status", "worker")]
    assert [m["seq"] for m in told] == sorted(m["seq"] for m in told)
    errors = [m["data"]["prompt_id"] for m in told if m["type"] == "execution_error"]
    good = [m["data"]["prompt_id"] for m in told if m["type"] == "execution_success"]
    assert (errors, good) == ([runs[1]], [runs[0]])


async def test_packs_own_messages_reach_their_client_or_everyone(client: Client) -> None:
    name = uuid.uuid4().hex
    async with client.socket(name) as mine, client.socket() as other:
        for everyone in (False, True):
            prompt = {"1": {"class_type": "Tell", "inputs": {"text": f"{everyone}", "everyone": everyone}}}
            run_id = await client.submit(prompt, client_id=name)
            await client.ended(run_id)
        heard = [m["data"] for m in await hear(mine, run_id) if m["type"] == "tiny.told"]
        async with asyncio.timeout(5):
            while (overheard := await other.receive_json())["type"] != "tiny.told":
                pass
    assert heard == [{"text": "False"}, {"text": "True"}]
    assert overheard["data"] == {"text": "True"}


async def heard(socket: Any, kind: str) -> Any:
    async with asyncio.timeout(15):
        while True:
            message = await socket.receive()
            if message.type.name == "TEXT" and message.json()["type"] == kind:
                return message.json()["data"]


async def test_a_question_is_told_and_repeated_to_who_connects_while_it_waits(client: Client) -> None:
    name = uuid.uuid4().hex
    async with client.socket(name) as first:
        run_id = await client.submit(choosing(1), client_id=name)
        question = await heard(first, "node_waiting")
        assert (question["prompt_id"], question["node"], question["kind"]) == (run_id, "1", "choose_images")
        async with client.socket(name) as second, client.socket() as stranger:
            assert await heard(second, "node_waiting") == question
            path = f"/api/jobs/{run_id}/answer"
            assert (await client.post(path, {"node": "1", "choice": [0]}))[0] == 200
            answered = {"prompt_id": run_id, "node": "1", "display_node": "1"}
            for socket in (first, second):
                assert await heard(socket, "node_answered") == answered
            await client.ended(run_id)
            overheard = [(await stranger.receive_json())["type"] for _ in range(2)]
    assert "node_waiting" not in overheard
    async with client.socket(name) as later:
        await client.ended(await client.submit(shown(4, 83), client_id=name))
        told = [(await later.receive_json())["type"] for _ in range(4)]
    assert "node_waiting" not in told


async def test_a_question_goes_to_everyone_when_who_asked_for_the_run_has_gone(client: Client) -> None:
    async with client.socket() as there:
        run_id = await client.submit(choosing(2), client_id="nobody any more")
        question = await heard(there, "node_waiting")
        async with client.socket() as later:
            assert await heard(later, "node_waiting") == question
            await client.post(f"/api/jobs/{run_id}/answer", {"node": "1", "choice": [0]})
            assert (await heard(later, "node_answered"))["prompt_id"] == run_id
    await client.ended(run_id)


async def test_a_pause_is_told_to_every_socket(client: Client) -> None:
    async with client.socket() as socket:
        for pause in (True, False):
            await client.post("/queue", {"pause": pause})
            async with asyncio.timeout(5):
                while (await heard(socket, "status"))["status"]["exec_info"]["paused"] is not pause:
                    pass
