"""A place to run workflows: the real registry, executor, cache and folders around a tiny checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from graph.cache import OutputCache
from graph.context import Cancel
from graph.events import Event
from graph.executor import Executor, RunOutcome
from graph.folders import Folders
from graph.node import NodeType
from graph.registry import Registry
from graph.workflow import Graph
from nodes import all_node_types

CHECKPOINT = "tiny.safetensors"
Prompt = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Ran:
    """What came of a run."""

    outcome: RunOutcome
    events: list[Event]
    types: list[str]  # of the nodes that were called, in order
    files: list[Path]  # pictures shown, in order

    @property
    def messages(self) -> list[str]:
        """What failing nodes said."""
        return [failure.message for failure in self.outcome.failures]


@dataclass
class Studio:
    """Runs graphs in API form, one after another, over one cache."""

    folders: Folders
    extra: Iterable[NodeType] = ()
    executor: Executor = field(init=False)

    def __post_init__(self) -> None:
        registry = Registry.build([*all_node_types(), *self.extra])
        self.executor = Executor(registry, OutputCache(), self.folders)

    def run(
        self,
        prompt: Prompt,
        *,
        cancel: Cancel | None = None,
        on_event: Callable[[Event], None] | None = None,
        pnginfo: Mapping[str, Any] = {},
    ) -> Ran:
        """Parse and run; raises InvalidWorkflow as the engine does."""
        graph = Graph.parse(prompt, self.executor.registry.schemas, list_files=self.folders.list)
        assert graph.node_errors == {}
        events: list[Event] = []
        listen = partial(tell, events, on_event)
        outcome = self.executor.run(
            graph, run_id="run", emit=listen, cancel=cancel, prompt=prompt, extra_pnginfo=pnginfo
        )
        types = [prompt[node_id]["class_type"] for node_id in outcome.executed if node_id in prompt]
        return Ran(outcome, events, types, self.shown(outcome))

    def shown(self, outcome: RunOutcome) -> list[Path]:
        """The files that output nodes name."""
        refs = [ref for ui in outcome.outputs.values() for ref in ui.get("images", [])]
        return [self.folders.directory(ref["type"]) / ref["subfolder"] / ref["filename"] for ref in refs]


def tell(events: list[Event], listener: Callable[[Event], None] | None, event: Event) -> None:
    """Remember an event, and pass it on."""
    events.append(event)
    if listener is not None:
        listener(event)


def pixels(path: Path) -> bytes:
    """The bytes of a picture's pixels, whatever its file says besides."""
    with Pillow.open(path) as picture:
        return picture.convert("RGB").tobytes()


def text_to_image(**changes: Any) -> Prompt:
    """A small text-to-image graph; `changes` are inputs of its KSampler."""
    sampler = {
        "model": ["4", 0],
        "positive": ["6", 0],
        "negative": ["7", 0],
        "latent_image": ["5", 0],
        "seed": 7,
        "steps": 4,
        "cfg": 4.0,
        "sampler_name": "euler",
        "scheduler": "normal",
        "denoise": 1.0,
        **changes,
    }
    return {
        "3": {"class_type": "KSampler", "inputs": sampler},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": CHECKPOINT}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 48, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red house", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "test"}},
    }
