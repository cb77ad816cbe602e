"""One search with a regular expression; run as a program it reads one from its input as JSON, and answers.

It imports nothing but the standard library, so that it starts at once where it can be ended at any time.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from typing import Any


def search(task: dict[str, Any]) -> Any:
    """What `what` asks for. Raises re.error for a malformed pattern, IndexError for a group that it lacks."""
    pattern, text = re.compile(task["pattern"], task["flags"]), task["text"]
    match task["what"]:
        case "found":
            return pattern.search(text) is not None
        case "replaced":
            return pattern.sub(task["replace"], text, task["count"])
        case "first":
            return [found[0] for found in [pattern.search(text)] if found]
        case "all":
            return [one if isinstance(one, str) else one[0] for one in pattern.findall(text)]
    return groups(pattern, text, task["group"], only_first=task["what"] == "first group")


def groups(pattern: re.Pattern[str], text: str, group: int, only_first: bool) -> list[str]:
    """What a group holds, in the first match or in each; nothing where the pattern has no such group."""
    if group > pattern.groups:
        return []
    matches = [found for found in [pattern.search(text)] if found] if only_first else pattern.finditer(text)
    return [found[group] or "" for found in matches]


def answer() -> None:
    """Read a task, and write what comes of it."""
    task = json.load(sys.stdin)
    if hasattr(signal, "alarm"):  # in case that whoever would end this process has died
        signal.alarm(task["seconds"] + 1)
    try:
        told = {"result": search(task)}
    except (re.error, IndexError, OverflowError, RecursionError, MemoryError) as error:
        told = {"error": f"{error}"}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    answer()
