"""The only thing a node learns of its run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graph.errors import Cancelled
from graph.events import Event, NodePreview, NodeProgress, NodeWaiting
from graph.question import Inquiries, NobodyToAsk, Question

if TYPE_CHECKING:
    from graph.folders import Folders


@dataclass
class Cancel:
    """A flag that asks a run to stop; set from any thread."""

    requested: bool = False

    def set(self) -> None:
        """Ask."""
        self.requested = True


@dataclass(frozen=True, slots=True)
class Expanded:
    """A node made by expansion: its API form, its maker, and the node of the canvas that it belongs to."""

    data: Mapping[str, Any]
    parent_id: str
    display_id: str


@dataclass(frozen=True)
class Context:
    """Progress, previews, cancelling and folders for one call of one node."""

    node_id: str
    run_id: str
    folders: Folders
    emit: Callable[[Event], None] = field(repr=False)
    cancel: Cancel = field(default_factory=Cancel)
    prompt: Mapping[str, Any] | None = None  # the whole graph in API form
    extra_pnginfo: Mapping[str, Any] | None = None  # what goes into files beside the graph; None: neither
    client_id: str | None = None  # who asked for the run
    index: int = 0  # which call this is, where the node is called for each item of a list
    expanded: Mapping[str, Expanded] = field(default_factory=dict, repr=False)  # nodes made so far
    state: dict[str, Any] = field(default_factory=dict, repr=False)  # the node's, while it stays in the graph
    display_id: str | None = None  # as in events
    parent_id: str | None = None
    inquiries: Inquiries | None = field(default=None, repr=False)  # None: nobody is there to answer

    def progress(self, value: int, total: int) -> None:
        """Tell how far the node is. Raises Cancelled when the run was asked to stop."""
        self.check_cancelled()
        self.emit(
            NodeProgress(
                self.run_id, self.node_id, value, total, display_id=self.display_id, parent_id=self.parent_id
            )
        )

    def preview(self, data: bytes, mime: str = "image/jpeg") -> None:
        """Show an encoded picture of what the node has so far."""
        self.emit(
            NodePreview(
                self.run_id, self.node_id, mime, data, display_id=self.display_id, parent_id=self.parent_id
            )
        )

    async def ask(self, question: Question) -> Any:
        """Ask a person and wait for the answer, as long as it takes; for coroutine functions.

        Other nodes and other runs go on meanwhile. The wait ends by `asyncio.CancelledError` when the run is
        stopped; after a restart of the server the node is called, and so asks, again. Raises NobodyToAsk
        where no one can answer: in a run without a server.
        """
        if self.inquiries is None:
            raise NobodyToAsk(f"node {self.node_id} asks a person, and this run has nobody who could answer")
        waiting = NodeWaiting(
            self.run_id,
            self.node_id,
            question.asked(),
            display_id=self.display_id,
            parent_id=self.parent_id,
        )
        return await self.inquiries.ask(self.run_id, self.node_id, lambda: self.emit(waiting))

    def check_cancelled(self) -> None:
        """Raises Cancelled when the run was asked to stop; call it between steps of long work."""
        if self.cancel.requested:
            raise Cancelled(f"run {self.run_id} was interrupted in node {self.node_id}")
