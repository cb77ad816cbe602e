"""The node at which a person chooses among pictures while the run waits."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from nodes.api import Context, Image, NobodyToAsk, OutputName, Question, Range, Text, node
from nodes.errors import PictureError
from nodes.image_files import written

PREFIX = "choice"
Mode = Literal["ask", "first", "all", "last choice"]
Count = Annotated[int, Range(1, 4096)]
CountOrAny = Annotated[int, Range(0, 4096)]


class Chosen(NamedTuple):
    """The pictures in the order of choice, and which they were."""

    images: Annotated[Image, OutputName("images")]
    indices: Annotated[str, OutputName("indices")]


def changes(mode: str | None = None, **_: object) -> float:
    """A person may choose otherwise each time; what is chosen by rule stays the same."""
    return 0.0 if mode in ("first", "all") else math.nan


@node("image", name="ImageChooser", display_name="Choose Images", fingerprint=changes)
async def choose_images(
    context: Context,
    *,
    images: Image,
    message: Annotated[str, Text()] = "",
    least: Count = 1,
    most: CountOrAny = 0,
    mode: Mode = "ask",
) -> Chosen:
    """Wait for a person to choose pictures of a batch, and go on with these; `most` 0 means any number.

    Other runs go on meanwhile. `first` takes the first pictures, as many as are needed at least, `all` takes
    all, and `last choice` what was last chosen here, asking only when that cannot be had.
    """
    if 0 < most < least:
        raise PictureError(f"at least {least} pictures are to be chosen, but at most {most}: raise `most`")
    least = min(least, len(images))
    if mode in ("first", "all"):
        return taken(images, range(least if mode == "first" else len(images)))
    key = f"choice {context.index}"
    choice = context.state.get(key, [])
    if mode == "ask" or not fits(choice, len(images), least, most):
        choice = context.state[key] = await asked(context, images, message, least, most)
    return taken(images, choice)


async def asked(context: Context, images: Image, message: str, least: int, most: int) -> list[int]:
    """What a person chooses among the pictures, which are shown from the temp folder."""
    if context.inquiries is None:
        raise NobodyToAsk(
            f"node {context.node_id} (Choose Images) asks a person, and nobody can answer in this run:"
            " set its mode to 'first' or 'all'"
        )
    shown = await asyncio.to_thread(written, context, images, "temp", PREFIX)
    choice: list[int] = await context.ask(
        Question(message=message, images=shown.ui["images"], least=least, most=most)
    )
    return choice


def fits(choice: Sequence[int], count: int, least: int, most: int) -> bool:
    """Whether what was chosen before can be chosen again."""
    return least <= len(choice) <= (most or count) and all(index < count for index in choice)


def taken(images: Image, indices: Sequence[int]) -> Chosen:
    """These pictures, in this order."""
    return Chosen(images[list(indices)], ",".join(map(str, indices)))
