"""The whole house with the bundled model: the documented client, the command line, nothing run twice."""

import json
import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
from PIL import Image

from tests.conftest import ROOT, Server

WORKFLOW = ROOT / "workflows" / "text_to_image.json"
PATIENCE = 240  # seconds; a cold worker on two busy cores


def default_workflow(prompt: str = "a red tent in the snow at night", seed: int = 11) -> dict[str, Any]:
    """The canvas's first document, asking for something else."""
    document: dict[str, Any] = json.loads(WORKFLOW.read_text(encoding="utf-8"))
    nodes = {node["id"]: node for node in document["nodes"]}
    nodes[6]["widgets_values"] = [prompt]
    nodes[3]["widgets_values"][0] = seed
    return document


def pixels(path: Path) -> np.ndarray:
    """(H, W, 3) in 0..1."""
    return np.asarray(Image.open(path).convert("RGB"), dtype=np.float32) / 255


def call(arguments: Sequence[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=PATIENCE
    )


async def queue(server: Server, document: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Run a workflow; (nodes that ran, nodes answered from the cache)."""
    me = uuid.uuid4().hex
    ran: list[str] = []
    cached: list[str] = []
    async with (
        aiohttp.ClientSession(server.address) as http,
        http.ws_connect("/ws", params={"clientId": me}) as socket,
    ):
        async with http.post("/prompt", json={"prompt": document, "client_id": me}) as answer:
            assert answer.status == 200, await answer.text()
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            event = message.json()
            if event["type"] == "execution_cached":
                cached = event["data"]["nodes"]
            if event["type"] == "executing" and event["data"]["node"] is None:
                break
            if event["type"] == "executing":
                ran.append(event["data"]["node"])
    return ran, cached


def test_the_documented_client_fetches_a_picture_of_what_was_asked(server: Server, tmp_path: Path) -> None:
    workflow = tmp_path / "night.json"
    workflow.write_text(json.dumps(default_workflow()))
    done = call([ROOT / "docs" / "client.py", workflow, server.address], tmp_path)
    assert done.returncode == 0, done.stderr
    (picture,) = tmp_path.glob("*.png")
    night = pixels(picture)
    assert night.shape == (128, 128, 3)
    assert night[:32].mean() < 0.35


def test_the_documented_client_is_as_short_as_it_says() -> None:
    assert len((ROOT / "docs" / "client.py").read_text(encoding="utf-8").splitlines()) <= 30


async def test_an_unchanged_workflow_runs_no_node_and_a_new_prompt_loads_no_checkpoint(
    server: Server,
) -> None:
    await queue(server, default_workflow("a blue boat on the sea by day"))
    ran, cached = await queue(server, default_workflow("a blue boat on the sea by day"))
    assert ran == []
    assert sorted(cached) == ["3", "4", "5", "6", "7", "8", "9"]
    ran, cached = await queue(server, default_workflow("a white boat on the sea by day"))
    assert sorted(ran) == ["3", "6", "8", "9"]
    assert "4" in cached


def test_the_command_line_repeats_a_picture_to_the_byte_from_the_picture_itself(tmp_path: Path) -> None:
    workflow = tmp_path / "workflow.json"
    workflow.write_text(json.dumps(default_workflow("a yellow house in a meadow by day")))
    first = call([ROOT / "main.py", "run", workflow, "--set", "3.seed=5", "--output", tmp_path / "a"], ROOT)
    assert first.returncode == 0, first.stderr
    (picture,) = (tmp_path / "a").glob("*.png")
    assert str(picture) in first.stdout
    again = call([ROOT / "main.py", "run", picture, "--output", tmp_path / "b"], ROOT)
    assert again.returncode == 0, again.stderr
    (copy,) = (tmp_path / "b").glob("*.png")
    assert np.array_equal(pixels(picture), pixels(copy))


def test_the_bundled_model_is_small_enough_to_come_with_every_clone() -> None:
    assert (ROOT / "models" / "checkpoints" / "heddle-demo.safetensors").stat().st_size <= 16 * 2**20
