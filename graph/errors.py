"""What can go wrong in the engine; every message says what was wrong and what would be right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class HeddleError(Exception):
    """Base of the errors of this package."""


class SchemaError(HeddleError):
    """A function's signature cannot become a node."""


class FolderError(HeddleError):
    """A name that does not lead to a file inside its folder."""


class Cancelled(HeddleError):
    """The run was asked to stop."""


@dataclass(eq=False)
class InvalidWorkflow(HeddleError):
    """A workflow that cannot run: one summary, and every problem of every node."""

    type: str
    message: str
    details: str = ""
    extra_info: Mapping[str, Any] = field(default_factory=dict)
    node_errors: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.message}: {self.details}" if self.details else self.message
