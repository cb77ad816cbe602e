"""The keys and shapes of a file, searched as one text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

HEADER_KEY = "heddle.config"  # under which our own files say what their weights cannot tell

Shape = tuple[int, ...]
SHOWN = 60  # signs of a key in a sentence


@dataclass(frozen=True, eq=False)
class Sheet:
    """What the header of a file says; patterns are regular expressions that match within one key."""

    shapes: Mapping[str, Shape]
    metadata: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def text(self) -> str:
        """All keys, each on its line."""
        return "\n".join(self.shapes)

    def first(self, pattern: str) -> str | None:
        """The first key in which the pattern is found; `^` and `$` are the ends of the key."""
        found = re.search(pattern, self.text, re.MULTILINE)
        if found is None:
            return None
        begin = self.text.rfind("\n", 0, found.start()) + 1
        end = self.text.find("\n", found.start())
        return self.text[begin:] if end < 0 else self.text[begin:end]

    def has(self, *patterns: str) -> bool:
        """Whether every pattern is found in some key."""
        return all(re.search(pattern, self.text, re.MULTILINE) for pattern in patterns)

    def shape(self, pattern: str) -> Shape:
        """The shape of the first key with the pattern; () for none."""
        key = self.first(pattern)
        return () if key is None else self.shapes[key]

    def size(self, pattern: str, axis: int) -> int:
        """One dimension of the first key with the pattern; 0 for none."""
        shape = self.shape(pattern)
        return shape[axis] if -len(shape) <= axis < len(shape) else 0

    def numbers(self, pattern: str) -> set[int]:
        """The numbers that the pattern's first group takes."""
        return {int(found[1][:9]) for found in re.finditer(pattern, self.text, re.MULTILINE)}

    def highest(self, pattern: str) -> int:
        """The highest of `numbers`; -1 for none."""
        return max(self.numbers(pattern), default=-1)

    def below(self, *prefixes: str) -> Sheet:
        """The part under the first prefix that has any keys, without the prefix."""
        for prefix in prefixes:
            found = {
                key.removeprefix(prefix): shape
                for key, shape in self.shapes.items()
                if key.startswith(prefix)
            }
            if found:
                return Sheet(found, self.metadata)
        return Sheet({}, self.metadata)

    def told(self, pattern: str, axis: int | None = None) -> str:
        """A key as evidence, with its shape if one of its dimensions told."""
        key = self.first(pattern) or pattern
        return shortened(key) + (f" {self.shapes[key]}" if axis is not None and key in self.shapes else "")


def shortened(key: str) -> str:
    """A key, its middle left out when it is long."""
    return key if len(key) <= SHOWN else f"{key[: SHOWN // 2]}…{key[-SHOWN // 2 :]}"
