"""A prompt as people write it: weights in brackets, escapes, embeddings, any length."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

from diffusion.text.embeddings import Lookup, read_embedding
from diffusion.text.tokenizer import Tokenizer

EMPHASIS = 1.1  # of a pair of brackets without a number
CHUNK = 77  # tokens that CLIP reads at once, with start and end
WHOLE = 8  # a segment of fewer tokens is not torn across chunks
SYMBOLS = re.compile(r"\\[()]|[()]|[^()\\]+|\\")
EMBEDDING = re.compile(r"(?:^|(?<=[ \n]))embedding:(\S+)")

log = logging.getLogger(__name__)

Token: TypeAlias = int | Tensor  # an id of the vocabulary, or a learned vector (width,) in its place


@dataclass(frozen=True)
class Segment:
    """A run of text under one weight, its escapes resolved."""

    text: str
    weight: float


@dataclass(frozen=True, eq=False)
class Chunk:
    """What the tower reads at once: tokens with start, end and padding, and the weight of each."""

    tokens: tuple[Token, ...]
    weights: tuple[float, ...]


def parse(text: str) -> tuple[Segment, ...]:
    r"""Segments of a prompt: `(a)` weighs 1.1 times more, `(a:1.3)` exactly 1.3, `\(` is a bracket.

    A bracket without a partner is text.
    """
    symbols = SYMBOLS.findall(text)
    partners = match_brackets(symbols)
    explicit = explicit_weights(symbols, partners)
    segments: list[Segment] = []
    run: list[str] = []
    weights = [1.0]
    for index, symbol in enumerate(symbols):
        if index not in partners:
            run.append(literal(symbol, cut=explicit.get(index + 1)))
            continue
        segments.append(Segment("".join(run), weights[-1]))
        run = []
        if symbol == "(":
            weight = explicit.get(partners[index])
            weights.append(weights[-1] * EMPHASIS if weight is None else weight.value)
        else:
            weights.pop()
    segments.append(Segment("".join(run), weights[-1]))
    return tuple(segment for segment in segments if segment.text)


@dataclass(frozen=True)
class Weight:
    """A weight written before a closing bracket, and where its colon stands in the text before it."""

    value: float
    colon: int


def match_brackets(symbols: list[str]) -> dict[int, int]:
    """The place of each bracket that has a partner -> the partner's place."""
    opened: list[int] = []
    partners: dict[int, int] = {}
    for index, symbol in enumerate(symbols):
        if symbol == "(":
            opened.append(index)
        elif symbol == ")" and opened:
            start = opened.pop()
            partners[start], partners[index] = index, start
    return partners


def explicit_weights(symbols: list[str], partners: dict[int, int]) -> dict[int, Weight]:
    """Place of a closing bracket -> the weight written before it, where there is one."""
    found: dict[int, Weight] = {}
    for close, start in partners.items():
        if start < close:
            weight = weight_before(symbols[close - 1], opens_group=close - 1 == start + 1)
            if weight is not None:
                found[close] = weight
    return found


def weight_before(symbol: str, *, opens_group: bool) -> Weight | None:
    """The number after the last colon of a text; a group that is nothing but a weight has none."""
    colon = symbol.rfind(":")
    if colon < 0 or (opens_group and colon == 0):
        return None
    try:
        value = float(symbol[colon + 1 :])
    except ValueError:
        return None
    return Weight(value, colon) if math.isfinite(value) else None


def literal(symbol: str, *, cut: Weight | None) -> str:
    """What a symbol says as text: escapes resolved, a weight cut off."""
    if cut is not None:
        return symbol[: cut.colon]
    return symbol[1] if len(symbol) == 2 and symbol[0] == "\\" else symbol


def escape(text: str) -> str:
    """The prompt that means this text, brackets and all."""
    return re.sub(r"([()])", r"\\\1", text)


@dataclass(frozen=True, eq=False)
class Group:
    """Tokens that stay together if they are few: a segment's text, or an embedding's vectors."""

    tokens: tuple[Token, ...]
    weight: float


def groups(
    segments: Iterable[Segment], tokenizer: Tokenizer, lookup: Lookup, width: int, tower: str
) -> Iterator[Group]:
    """The tokens of segments; `embedding:name` gives the vectors of a file."""
    for segment in segments:
        # re.split with one capture: text, name, text, name, ..., text
        for index, part in enumerate(EMBEDDING.split(segment.text)):
            text = part
            if index % 2:
                vectors, text = embedding(part, lookup, width, tower)
                yield Group(vectors, segment.weight)
            yield Group(tuple(tokenizer.ids(text)), segment.weight)


def embedding(name: str, lookup: Lookup, width: int, tower: str) -> tuple[tuple[Token, ...], str]:
    """The vectors of an embedding, and the commas after its name, which are text."""
    bare = name.rstrip(",")
    for candidate in dict.fromkeys([name, bare]):
        path = lookup(candidate)
        if path is not None:
            return tuple(read_embedding(path, width, tower)), name[len(candidate) :]
    log.warning("embedding %r is not there: skipped", bare)
    return (), name[len(bare) :]


def chunks(pieces: Iterable[Group], tokenizer: Tokenizer) -> tuple[Chunk, ...]:
    """Groups laid out in chunks of 77; at least one, and short groups whole."""
    room = CHUNK - 2  # start and end
    rows: list[list[tuple[Token, float]]] = [[]]
    for group in pieces:
        rest = [(token, group.weight) for token in group.tokens]
        tearable = len(rest) >= WHOLE
        while len(rows[-1]) + len(rest) > room:
            fits = room - len(rows[-1]) if tearable else 0
            rows[-1] += rest[:fits]
            rest = rest[fits:]
            rows.append([])
        rows[-1] += rest
    return tuple(framed(row, tokenizer) for row in rows)


def framed(row: list[tuple[Token, float]], tokenizer: Tokenizer) -> Chunk:
    """A row of tokens with start, end and padding, which all weigh 1."""
    padding = [(tokenizer.pad, 1.0)] * (CHUNK - 2 - len(row))
    full = [(tokenizer.start, 1.0), *row, (tokenizer.end, 1.0), *padding]
    return Chunk(tokens=tuple(token for token, _ in full), weights=tuple(weight for _, weight in full))


def tokenize(
    text: str, tokenizer: Tokenizer, lookup: Lookup, width: int, tower: str = ""
) -> tuple[Chunk, ...]:
    """A prompt as chunks for a tower of this name whose tokens have `width` numbers."""
    return chunks(groups(parse(text), tokenizer, lookup, width, tower), tokenizer)
