"""What is replaced in texts at queue time: dynamic prompts, and the tokens of file names."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import datetime

COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
TOKEN = re.compile(r"%([^%]+)%")
DATE_PART = re.compile(r"yyyy|yy|MM|M|dd|d|hh|h|mm|m|ss|s")
NOT_IN_NAMES = re.compile(r'[/?<>\\:*|"\x00-\x1f\x7f]')


def dynamic_prompt(text: str, rng: random.Random) -> str:
    r"""`{a|b}` picks one, nested ones too; comments go; `\{`, `\|` and `\}` stand for themselves."""
    frames: list[list[str]] = [[""]]  # for each open brace, its alternatives so far
    for piece in re.findall(r"\\[{|}]|.", COMMENTS.sub("", text), re.DOTALL):
        if piece == "{":
            frames.append([""])
        elif piece == "|" and len(frames) > 1:
            frames[-1].append("")
        elif piece == "}" and len(frames) > 1:
            chosen = rng.choice(frames.pop())
            frames[-1][-1] += chosen
        else:
            frames[-1][-1] += piece[-1]
    return closed(frames)


def closed(frames: list[list[str]]) -> str:
    """The text, braces that nobody closed being plain signs."""
    text = frames[0][0]
    return text + "".join("{" + "|".join(alternatives) for alternatives in frames[1:])


def file_name_tokens(text: str, now: datetime, value_of: Callable[[str, str], str | None]) -> str:
    """`%date:FORMAT%` and `%Node title.widget%`; every other token is left to the node that saves."""

    def replaced(found: re.Match[str]) -> str:
        token = found[1]
        if token.startswith("date:"):
            return format_date(token.removeprefix("date:"), now)
        title, dot, widget = token.rpartition(".")
        value = value_of(title, widget) if dot else None
        return found[0] if value is None else NOT_IN_NAMES.sub("_", value)

    return TOKEN.sub(replaced, text)


def format_date(form: str, now: datetime) -> str:
    """A date by the letters of the field: yyyy yy MM M dd d hh h mm m ss s."""
    numbers = {"M": now.month, "d": now.day, "h": now.hour, "m": now.minute, "s": now.second}
    parts = {"yyyy": f"{now.year:04}", "yy": f"{now.year % 100:02}"}
    parts |= {letter: str(number) for letter, number in numbers.items()}
    parts |= {letter * 2: f"{number:02}" for letter, number in numbers.items()}
    return DATE_PART.sub(lambda found: parts[found[0]], form)
