"""What a node asks a person in the middle of its run, and the way of the answer back to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from graph.errors import HeddleError


class NobodyToAsk(HeddleError):
    """A node asks a person where there is none: in a run without a server."""


@dataclass(frozen=True)
class Question:
    """What clients are shown, as JSON.

    With `images` the answer is a list of different indices of them, in the order of choice. `kind` tells a
    client which dialog to open; of a pack's own kind without images the answer may be any JSON, which the
    node has to check.
    """

    kind: str = "choose_images"
    message: str = ""
    images: Sequence[Mapping[str, Any]] = ()  # {filename, subfolder, type} each
    least: int = 1
    most: int = 0  # 0: any number
    more: Mapping[str, Any] = field(default_factory=dict)  # what else a pack's own dialog needs

    def asked(self) -> dict[str, Any]:
        """The question as clients see it."""
        own = {"kind": self.kind, "images": list(self.images), "least": self.least, "most": self.most}
        return {**self.more, **own, "message": self.message}


def problem_with(choice: object, asked: Mapping[str, Any]) -> str | None:
    """What is wrong with an answer to a question as clients see it; None when it will do."""
    count, least, most = len(asked["images"]), asked["least"], asked["most"] or len(asked["images"])
    if not count:
        return None
    if not isinstance(choice, list) or not all(type(index) is int for index in choice):
        return f"the choice must be a list of indices, not {choice!r:.100}"
    if wrong := [index for index in choice if not 0 <= index < count]:
        return f"there is no image {wrong[0]}; the images are 0 to {count - 1}"
    if len(set(choice)) < len(choice):
        return f"an image is named twice in {choice}"
    if not least <= len(choice) <= most:
        return f"{len(choice)} images are chosen; choose at least {least} and at most {most}"
    return None


class Inquiries:
    """The questions that wait for a person, by run and node; a node asks one after another."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], asyncio.Future[Any]] = {}
        self._turns: dict[tuple[str, str], asyncio.Lock] = {}
        self._waited: dict[tuple[str, str], float] = {}  # seconds

    async def ask(self, run_id: str, node_id: str, tell: Callable[[], None]) -> Any:
        """Tell the question when it is its turn, and wait for the answer; on the loop of async nodes."""
        key = (run_id, node_id)
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            answer = self._open[key] = asyncio.get_running_loop().create_future()
            began = perf_counter()
            try:
                tell()
                return await answer
            finally:
                del self._open[key]
                self._waited[key] = self._waited.get(key, 0.0) + perf_counter() - began

    def answer(self, run_id: str, node_id: str, choice: object) -> None:
        """From any thread; nothing happens when the node does not ask any more."""
        future = self._open.get((run_id, node_id))
        if future is not None:
            future.get_loop().call_soon_threadsafe(settle, future, choice)

    def asking(self, run_id: str) -> frozenset[str]:
        """The nodes of a run that wait for an answer now."""
        return frozenset(node_id for run, node_id in tuple(self._open) if run == run_id)

    def settled(self, run_id: str, node_id: str) -> float:
        """A node has ended; the seconds that it waited for answers."""
        self._turns.pop((run_id, node_id), None)
        return self._waited.pop((run_id, node_id), 0.0)


def settle(answer: asyncio.Future[Any], choice: object) -> None:
    """The first answer counts."""
    if not answer.done():
        answer.set_result(choice)
