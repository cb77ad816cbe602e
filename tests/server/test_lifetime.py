"""The server as a process: its start, its end, and what survives a kill."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.runtime.tiny import choosing, shown, slowly
from tests.server.conftest import ROOT, Client, is_alive, kinds, serving, start

LISTING = """
import sys
import main, runtime.engine, runtime.logbook, server.app
found = sorted({name.split('.')[0] for name in sys.modules} & set(sys.argv[1:]))
print(' '.join(found))
"""


def test_the_server_process_imports_neither_torch_nor_anything_heavy() -> None:
    heavy = ["torch", "numpy", "PIL", "transformers", "scipy", "safetensors", "networkx", "tqdm", "diffusion"]
    words = [sys.executable, "-c", LISTING, *heavy]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_a_running_server_has_not_loaded_torch_after_serving_everything(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        for path in ("/object_info", "/system_stats", "/api/jobs", "/history", "/"):
            with urllib.request.urlopen(server.url + path, timeout=10) as answer:
                assert answer.status == 200
        maps = Path(f"/proc/{server.process.pid}/maps")
        if maps.exists():
            assert "torch" not in maps.read_text()


async def test_it_answers_within_moments_and_the_worker_comes_up_behind_it(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert server.answered_after < 5.0  # a loaded machine; about half a second on a free one
        async with aiohttp.ClientSession() as session:
            client = Client(session, server.url)
            assert (await client.get("/object_info/Number"))["Number"]["name"] == "Number"
            assert (await client.get("/api/worker"))["state"] == "ready"
            packs = await client.get("/api/packs")
        assert packs[0]["error"].startswith("ImportError")


async def submitted(client: Client, prompts: list[Any]) -> list[str]:
    return [await client.submit(prompt) for prompt in prompts]


async def worker_pid(client: Client) -> int:
    entry = await client.ended(await client.submit({"1": {"class_type": "Pid", "inputs": {}}}))
    return int(entry["outputs"]["1"]["text"][0])


async def test_kill_9_after_a_200_loses_no_job(tmp_path: Path) -> None:
    server = start(tmp_path)
    async with aiohttp.ClientSession() as session:
        client = Client(session, server.url)
        worker = await worker_pid(client)
        runs = await submitted(client, [slowly(steps=200, value=5), shown(3), shown(4)])
        server.kill()
    async with asyncio.timeout(5):
        while is_alive(worker):
            await asyncio.sleep(0.02)
    with serving(tmp_path) as again:
        async with aiohttp.ClientSession() as session:
            client = Client(session, again.url)
            entries = [await client.ended(run_id) for run_id in runs]
    assert [entry["status"]["status_str"] for entry in entries] == ["success"] * 3
    assert entries[0]["outputs"] == {"2": {"text": ["5"]}}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_server_and_worker_quickly_and_in_order(tmp_path: Path, number: int) -> None:
    server = start(tmp_path)
    async with aiohttp.ClientSession() as session:
        client = Client(session, server.url)
        worker = await worker_pid(client)
        run_id = await client.submit(slowly(steps=3_000, value=9))
        async with client.socket() as socket_:
            await asyncio.sleep(0.2)
            assert server.stop(number) == 0
            closed = await last_message(socket_)
    assert closed.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING)
    assert not is_alive(worker)
    with serving(tmp_path) as again:
        async with aiohttp.ClientSession() as session:
            queue = await Client(session, again.url).get("/queue")
    assert [item[1] for item in queue["queue_running"] + queue["queue_pending"]] == [run_id]


async def last_message(socket_: aiohttp.ClientWebSocketResponse) -> aiohttp.WSMessage:
    async with asyncio.timeout(10):
        while (message := await socket_.receive()).type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            pass
    return message


async def test_a_killed_worker_is_told_on_the_socket_and_comes_back(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        async with aiohttp.ClientSession() as session:
            client = Client(session, server.url)
            worker = await worker_pid(client)
            async with client.socket() as socket_:
                os.kill(worker, signal.SIGKILL)
                heard: list[Any] = []
                async with asyncio.timeout(10):
                    while not heard or heard[-1].get("data", {}).get("state") != "ready" or len(heard) < 4:
                        heard.append(await socket_.receive_json())
    states = [message["data"]["state"] for message in heard if message["type"] == "worker"]
    assert states == ["ready", "restarting", "ready"]
    assert "worker" in kinds(heard)


def refused(base: Path, *options: str) -> str:
    words = [sys.executable, "-m", "tests.server.tiny_server", "--base-directory", str(base), *options]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = refused(tmp_path, "--port", str(taken.getsockname()[1]))
    assert "choose another with --port" in told


def test_a_second_server_on_the_same_user_folder_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path):
        assert "another Heddle is using" in refused(tmp_path, "--port", "0")


def test_the_example_client_of_the_documentation_works_as_it_stands(tmp_path: Path) -> None:
    workflow = tmp_path / "workflow.json"
    workflow.write_text('{"1": {"class_type": "Draw", "inputs": {"name": "example"}}}')
    with serving(tmp_path) as server:
        words = [sys.executable, str(ROOT / "docs" / "client.py"), str(workflow), server.url]
        ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "example_00001_.png").read_bytes().startswith(b"\x89PNG")
    assert len((ROOT / "docs" / "client.py").read_text().splitlines()) <= 30


async def test_a_pause_survives_kill_9(tmp_path: Path) -> None:
    server = start(tmp_path)
    async with aiohttp.ClientSession() as session:
        client = Client(session, server.url)
        assert (await client.post("/queue", {"pause": True}))[0] == 200
        run_id = await client.submit(shown(3))
        server.kill()
    with serving(tmp_path) as server:
        async with aiohttp.ClientSession() as session:
            client = Client(session, server.url)
            assert (await client.get("/prompt"))["exec_info"] == {"queue_remaining": 1, "paused": True}
            await client.post("/queue", {"pause": False})
            assert (await client.ended(run_id))["status"]["completed"]


async def test_a_question_is_asked_again_after_any_number_of_kills(tmp_path: Path) -> None:
    run_id = None
    for _ in range(3):
        server = start(tmp_path)
        async with aiohttp.ClientSession() as session:
            client = Client(session, server.url)
            run_id = run_id or await client.submit(choosing(3))
            await asked(client, run_id)
            await asyncio.sleep(0.2)  # until it is noted
            server.kill()
    with serving(tmp_path) as server:
        async with aiohttp.ClientSession() as session:
            client = Client(session, server.url)
            assert run_id is not None
            await asked(client, run_id)
            answered = await client.post(f"/api/jobs/{run_id}/answer", {"node": "1", "choice": [0]})
            assert answered == (200, {})
            assert (await client.ended(run_id))["status"]["completed"]


async def asked(client: Client, run_id: str) -> None:
    async with asyncio.timeout(15):
        while not (await client.get(f"/api/jobs/{run_id}")).get("waiting"):
            await asyncio.sleep(0.02)
