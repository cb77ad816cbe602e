"""Request bodies: JSON read strictly, within limits; answers as JSON."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Sequence
from typing import Any, NoReturn

from aiohttp import web

DEEPEST = 200  # levels of nesting
LONGEST_NUMBER = 400  # characters
SLOWEST = 60.0  # seconds for a JSON body to arrive


class Refused(web.HTTPBadRequest):
    """A 400 with its reason as `{"error": {...}, "node_errors": {}}`."""

    def __init__(self, kind: str, message: str, details: str = "") -> None:
        text = json.dumps({"error": _error(kind, message, details), "node_errors": {}})
        super().__init__(text=text, content_type="application/json")


def answer(data: object, status: int = 200) -> web.Response:
    return web.Response(
        text=json.dumps(data, separators=(",", ":")), status=status, content_type="application/json"
    )


def refuse(message: str, status: int = 400) -> web.Response:
    """The plain error shape of the newer routes."""
    return answer({"error": message}, status)


def refusal(kind: str, message: str, status: int, details: str = "", **beside: object) -> web.Response:
    """An error with its reason, and what else the client needs to know beside it."""
    return answer({"error": _error(kind, message, details), **beside}, status)


def _error(kind: str, message: str, details: str) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": {}}


async def read_bytes(request: web.Request) -> bytes:
    """The whole body; 413 when it is over the limit, 408 when it comes too slowly."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise web.HTTPUnsupportedMediaType(text="send the body uncompressed")
    try:
        async with asyncio.timeout(SLOWEST):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None


async def read_json(request: web.Request) -> Any:
    """The body as JSON whatever its content type says; `Refused` with the reason otherwise."""
    body = await read_bytes(request)
    try:
        return parse_json(body)
    except ValueError as error:
        raise Refused("invalid_json", "the body is not acceptable JSON", str(error)) from None


async def read_object(request: web.Request) -> dict[str, Any]:
    value = await read_json(request)
    if not isinstance(value, dict):
        raise Refused("invalid_json", "the body must be a JSON object")
    return value


def parse_json(body: bytes) -> Any:
    """Strict JSON: no duplicate keys, NaN, infinities, endless numbers, deep nests, lone surrogates."""
    if body.count(b"[") + body.count(b"{") > DEEPEST:
        _check_depth(body)
    try:
        value = json.loads(
            body,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except RecursionError:
        raise ValueError(f"nested deeper than {DEEPEST} levels") from None
    if b"\\u" in body:
        _check_surrogates(value)
    return value


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice[:80]!r} stands twice in one object")
    return made


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _int(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


def _float(text: str) -> float:
    if len(text) > LONGEST_NUMBER or not math.isfinite(value := float(text)):
        raise ValueError(f"the number {text[:40]} is out of range")
    return value


def _check_depth(body: bytes) -> None:
    """Count brackets outside strings before a parser recurses into them."""
    depth = 0
    for index, part in enumerate(_outside_strings(body)):
        del index
        for byte in part:
            if byte in b"[{":
                depth += 1
                if depth > DEEPEST:
                    raise ValueError(f"nested deeper than {DEEPEST} levels")
            elif byte in b"]}":
                depth -= 1


def _outside_strings(body: bytes) -> list[bytes]:
    """The pieces of a JSON text between its strings."""
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    kept = b'[]{}"'
    return plain.translate(None, bytes(set(range(256)) - set(kept))).split(b'"')[::2]


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("a lone surrogate is not text") from None
