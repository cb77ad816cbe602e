"""Where things are and how the worker is built."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graph.folders import Folders
from runtime.messages import Configure
from runtime.supervisor import Patience


@dataclass(frozen=True)
class Settings:
    """Of one engine."""

    folders: Folders
    database: Path
    remembered: Path  # file for the catalogue of node types
    code: str  # hash of the code that makes them
    worker: Configure
    patience: Patience = field(default_factory=Patience)
    queue_cap: int = 10_000
    metadata: bool = True  # False: pictures carry no workflow
    previews: bool = True
    attended: bool = True  # somebody is there whom nodes may ask
