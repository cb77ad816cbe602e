"""What is replaced in texts when a canvas file is queued: dynamic prompts, and tokens in file names."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import datetime

COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
DATE_PARTS = re.compile(r"yyyy|yy|MM|M|dd|d|hh|h|mm|m|ss|s")
UNFIT = re.compile(r'[/?<>\\:*|"]')  # for a file name


def dynamic_prompt(text: str, lot: random.Random) -> str:
    r"""`{a|b}` picks one, nested too; comments go; `\{`, `\|` and `\}` stand for themselves."""
    source = COMMENTS.sub("", text)
    frames = [[""]]  # one for each open brace: the alternatives met so far
    at = 0
    while at < len(source):
        sign, following = source[at], source[at + 1 : at + 2]
        if sign == "\\" and following and following in "{|}":
            frames[-1][-1] += following
            at += 1
        elif sign == "{":
            frames.append([""])
        elif sign == "|" and len(frames) > 1:
            frames[-1].append("")
        elif sign == "}" and len(frames) > 1:
            picked = lot.choice(frames.pop())
            frames[-1][-1] += picked
        else:
            frames[-1][-1] += sign
        at += 1
    while len(frames) > 1:  # braces that never close are plain text
        rest = "{" + "|".join(frames.pop())
        frames[-1][-1] += rest
    return frames[0][0]


def file_name_tokens(text: str, now: datetime, value_of: Callable[[str, str], object]) -> str:
    """`%date:FORMAT%` and `%Node title.widget%`; every other token is left to the node that saves."""

    def replaced(found: re.Match[str]) -> str:
        token = found[1]
        if token.startswith("date:"):
            return format_date(token.removeprefix("date:"), now)
        title, dot, widget = token.rpartition(".")
        value = value_of(title, widget) if dot and title else None
        return found[0] if value is None else UNFIT.sub("_", str(value))

    return re.sub(r"%([^%]+)%", replaced, text)


def format_date(form: str, now: datetime) -> str:
    """`yyyy-MM-dd hh:mm:ss` and its shorter parts."""
    parts = {"yyyy": now.year, "yy": f"{now.year % 100:02}"}
    for short, value in (
        ("M", now.month),
        ("d", now.day),
        ("h", now.hour),
        ("m", now.minute),
        ("s", now.second),
    ):
        parts |= {short: value, short * 2: f"{value:02}"}
    return DATE_PARTS.sub(lambda found: str(parts[found[0]]), form)
