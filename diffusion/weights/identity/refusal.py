"""Sentences for a weights file that is not what was wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from diffusion.errors import CheckpointError
from diffusion.weights.archive import Archive
from diffusion.weights.identity.identify import identify_archive
from diffusion.weights.identity.kinds import HOMES, Kind, Role, family_label, noun


def refuse(
    path: Path, archive: Archive, wanted: Role, family: str = "", *, built: Sequence[str] = ()
) -> NoReturn:
    """Raise for a file that is no `wanted`, or none for this family of models; the message says what it is.

    `built` are the families that the caller can build, where there was none among them.
    """
    found = identify_archive(archive)
    if found.role == "unknown":
        held = f"{len(archive.entries)} tensors: {summary(archive.entries)}"
        raise CheckpointError(
            f"{path.name} holds no {noun(wanted)}, nor anything else that is known by its keys ({held})"
        )
    if built and found.role in ("checkpoint", "model") and found.family not in built:
        known = ", ".join(map(family_label, built))
        raise CheckpointError(
            f"{path.name} is {found}, a family that is not supported; supported: {known}.{told_by(found)}"
        )
    raise CheckpointError(expected(wanted, found, path.name, family))


def expected(wanted: Role, found: Kind, name: str, family: str = "") -> str:
    """What a file is instead of what was wanted, where it belongs, and what told so."""
    if found.role != wanted:
        reason = f", not {HOMES[wanted].label}: {advice(found)}"
    elif family and family != found.family:
        reason = f", not for {family_label(family)}: take one for {family_label(family)}"
        reason += f", or a model of {family_label(found.family)}" if found.family else ""
    else:
        reason = ", but not one that can be used here"
    return f"{name} is {found}{reason}.{told_by(found)}"


def advice(found: Kind) -> str:
    """Where a file goes and what uses it."""
    home = found.home
    if not home.folder:
        return "nothing here uses it"
    if found.role == "embedding":
        return f"it goes into models/{home.folder} and is called by {home.loader}"
    loader = f"is loaded by {home.loader}" if home.loader else "needs a pack of nodes"
    return f"it goes into models/{home.folder} and {loader}"


def told_by(found: Kind) -> str:
    """The evidence as a sentence."""
    listed = list(found.evidence[:3])
    if not listed:
        return ""
    *others, last = listed
    return f" Told by {', '.join(others)} and {last}." if others else f" Told by {last}."


def summary(keys: Iterable[str], shown: int = 6) -> str:
    """The commonest beginnings of keys, with their counts."""
    starts = Counter(".".join(key.split(".")[:2]) for key in keys)
    parts = [f"{start[:80]}… ({count})" for start, count in starts.most_common(shown)]
    return ", ".join(parts) or "none"
