"""Nodes that make text of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal

from nodes.api import OutputName, Text, node

Lines = Annotated[str, Text(multiline=True)]
Line = Annotated[str, Text()]

CASES: Final[Mapping[str, Callable[[str], str]]] = {
    "UPPERCASE": str.upper,
    "lowercase": str.lower,
    "Capitalize": str.capitalize,
    "Title Case": str.title,
}
TRIMS: Final[Mapping[str, Callable[[str], str]]] = {
    "Both": str.strip,
    "Left": str.lstrip,
    "Right": str.rstrip,
}
COMPARISONS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "Starts With": str.startswith,
    "Ends With": str.endswith,
    "Equal": str.__eq__,
}


@node("utils/string", name="StringConcatenate", display_name="Concatenate", lane="cpu")
def concatenate(*, string_a: Lines, string_b: Lines, delimiter: Line = "") -> str:
    """Two texts, one after the other, with something between them."""
    return f"{string_a}{delimiter}{string_b}"


@node("utils/string", name="StringSubstring", display_name="Substring", lane="cpu")
def substring(*, string: Lines, start: int, end: int) -> str:
    """The part of a text from one place to before another; places below 0 count from the end."""
    return string[start:end]


@node("utils/string", name="StringLength", display_name="Length", lane="cpu")
def length(*, string: Lines) -> Annotated[int, OutputName("length")]:
    """How many characters a text has."""
    return len(string)


@node("utils/string", name="CaseConverter", display_name="Case Converter", lane="cpu")
def convert_case(
    *, string: Lines, mode: Literal["UPPERCASE", "lowercase", "Capitalize", "Title Case"]
) -> str:
    """A text in capitals, in small letters, or with some capitals."""
    return CASES[mode](string)


@node("utils/string", name="StringTrim", display_name="Trim", lane="cpu")
def trim(*, string: Lines, mode: Literal["Both", "Left", "Right"]) -> str:
    """A text without the blanks and line breaks at its ends."""
    return TRIMS[mode](string)


@node("utils/string", name="StringReplace", display_name="Replace", lane="cpu")
def replace(*, string: Lines, find: Lines, replace: Lines) -> str:
    """A text with every occurrence of a piece replaced."""
    return string.replace(find, replace)


@node("utils/string", name="StringContains", display_name="Contains", lane="cpu")
def contains(
    *, string: Lines, substring: Lines, case_sensitive: bool = True
) -> Annotated[bool, OutputName("contains")]:
    """Whether a text holds a piece."""
    return folded(substring, case_sensitive) in folded(string, case_sensitive)


@node("utils/string", name="StringCompare", display_name="Compare", lane="cpu")
def compare(
    *,
    string_a: Lines,
    string_b: Lines,
    mode: Literal["Starts With", "Ends With", "Equal"],
    case_sensitive: bool = True,
) -> bool:
    """Whether the first text starts with the second, ends with it, or equals it."""
    return COMPARISONS[mode](folded(string_a, case_sensitive), folded(string_b, case_sensitive))


def folded(text: str, case_sensitive: bool) -> str:
    """A text as it is compared."""
    return text if case_sensitive else text.lower()
