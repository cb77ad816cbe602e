"""A node that writes drawings to files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final

from nodes import pictures
from nodes.api import Context, Result, Socket, Text, node
from nodes.errors import NodeError
from nodes.image_files import texts_of

ROOT: Final = re.compile(r"<(?:[\w.-]+:)?svg\b(?:\"[^\"]*\"|'[^']*'|[^>\"'])*>")
Svg = Annotated[Any, Socket("SVG")]
"""One document or several: text, bytes, binary streams, a list of these, or an object with such a `data`."""


class SvgError(NodeError):
    """What was given is no drawing."""


@node("image/save", name="SaveSVGNode", display_name="Save SVG", is_output=True, lane="disk")
def save_svg(
    context: Context, *, svg: Svg, filename_prefix: Annotated[str, Text(multiline=False)] = "svg/ComfyUI"
) -> Result:
    """Write drawings to the output folder as SVG files that carry their workflow."""
    texts = texts_of(context)
    whole = [with_metadata(document, texts) for document in documents(svg)]
    place = context.folders.save_path("output", filename_prefix)
    files = []
    for index, document in enumerate(whole):
        name = place.name(index, ".svg")
        pictures.write_whole(place.directory / name, document.encode())
        files.append(place.reference(name))
    return Result(ui={"images": files})


def documents(svg: object) -> Iterator[str]:
    """The texts of all drawings. Raises SvgError for what is none."""
    if isinstance(svg, str):
        yield svg
    elif isinstance(svg, bytes | bytearray):
        yield decoded(bytes(svg))
    elif hasattr(svg, "data"):
        yield from documents(svg.data)
    elif hasattr(svg, "getvalue"):
        yield from documents(svg.getvalue())
    elif isinstance(svg, Iterable):
        for one in svg:
            yield from documents(one)
    else:
        raise SvgError(f"svg is of type {type(svg).__name__}; a text, bytes or streams of SVG are needed")


def decoded(data: bytes) -> str:
    """The text of a document. Raises SvgError where it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SvgError(f"svg is not encoded as UTF-8: {error}") from error


def with_metadata(document: str, texts: Mapping[str, object]) -> str:
    """The drawing with the texts as one JSON object behind its first tag. Raises SvgError without it."""
    root = ROOT.search(document)
    if root is None:
        raise SvgError(
            f"svg begins with {document[:40]!r} and has no <svg> tag; a whole SVG document is needed"
        )
    if not texts or root.group().endswith("/>"):
        return document
    told = json.dumps(texts, indent=2).replace("]]>", "]]\\u003e")
    data = f"\n<metadata>\n<![CDATA[\n{told}\n]]>\n</metadata>"
    return document[: root.end()] + data + document[root.end() :]
