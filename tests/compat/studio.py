"""A real server with all packs of the tests, and what tests ask of it."""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

ROOT = Path(__file__).parents[2]
PACKS = Path(__file__).parents[1] / "packs"
PATIENCE = 60  # seconds until a run must have ended

Prompt = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Studio:
    """A server that has loaded the packs, and its folder."""

    address: str
    folder: Path

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.address}{path}", timeout=PATIENCE) as answer:
            return json.load(answer)

    def post(self, path: str, body: Any) -> Any:
        request = urllib.request.Request(f"{self.address}{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def run(self, prompt: Prompt, **extra: Any) -> dict[str, Any]:
        """The history of a prompt that was accepted."""
        run_id = self.post("/prompt", {"prompt": prompt, **extra})["prompt_id"]
        until = time.monotonic() + PATIENCE
        while not (found := self.get(f"/history/{run_id}")):
            assert time.monotonic() < until, f"{prompt} did not end"
            time.sleep(0.02)
        entry: dict[str, Any] = found[run_id]
        return entry

    def shown(self, nodes: Prompt, *links: list[Any], **extra: Any) -> list[Any]:
        """What comes out of these outputs, as Python writes it: one text for each item, link after link."""
        outputs = {f"show{i}": node("WordsShow", value=link) for i, link in enumerate(links)}
        entry = self.run(nodes | outputs, **extra)
        assert entry["status"]["status_str"] == "success", entry["status"]
        return [text for output in outputs for text in entry["outputs"].get(output, {}).get("shown", [])]

    def failure(self, prompt: Prompt) -> dict[str, Any]:
        """The error that a run ends with."""
        messages = self.run(prompt)["status"]["messages"]
        return next(data for kind, data in messages if kind == "execution_error")

    def refused(self, prompt: Prompt) -> dict[str, list[dict[str, Any]]]:
        """The errors of each node of a prompt that is not accepted."""
        with pytest.raises(HTTPError) as error:
            self.post("/prompt", {"prompt": prompt})
        assert error.value.code == 400
        found = json.load(error.value)
        return {node_id: of["errors"] for node_id, of in found["node_errors"].items()}


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


@contextmanager
def open_studio(folder: Path) -> Iterator[Studio]:
    """`main.py` with this base directory, into which the packs and the small model were put."""
    (folder / "input").mkdir()
    (folder / "models" / "loras").mkdir(parents=True)
    (folder / "models" / "checkpoints").symlink_to(ROOT / "models" / "checkpoints")
    for path in (path for style in ("v1_*", "v3_*") for path in PACKS.glob(style)):
        place = folder / "custom_nodes" / path.name
        place.parent.mkdir(exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, place)
    log = folder / "server.log"
    command = [sys.executable, "main.py", "--port=0", "--cpu", f"--base-directory={folder}"]
    with log.open("w") as errors:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    found = re.search(r"http://[\d.]+:\d+", first)
    try:
        assert found, f"the server did not start: {first}{log.read_text()}"
        yield Studio(found[0], folder)
    finally:
        process.terminate()
        process.wait(timeout=40)
        process.stdout.close()
