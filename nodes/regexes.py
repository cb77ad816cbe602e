"""Nodes that search texts with regular expressions, which may be anyone's: none runs for ever.

Python's search can take time that doubles with each character, and nothing can stop it inside a process. So
patterns that could do that are searched for in a process of their own, which is ended when its time is up.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from typing import Annotated, Any, Final, Literal

from nodes import regex_search
from nodes.api import Context, OutputName, Range, node
from nodes.errors import PatternError
from nodes.strings import Lines

SECONDS: Final = 10
GLANCE: Final = 0.2  # seconds between two looks whether the run was cancelled
BRANCHING: Final = frozenset("*+?{|")  # without these a search goes through the text once

Mode = Literal["First Match", "All Matches", "First Group", "All Groups"]
WHAT: Final = {
    "First Match": "first",
    "All Matches": "all",
    "First Group": "first group",
    "All Groups": "all groups",
}


@node("utils/string", name="RegexMatch", display_name="Regex Match", lane="cpu")
def regex_match(
    context: Context,
    *,
    string: Lines,
    regex_pattern: Lines,
    case_insensitive: bool = True,
    multiline: bool = False,
    dotall: bool = False,
) -> Annotated[bool, OutputName("matches")]:
    """Whether a pattern is found anywhere in a text."""
    flags = flags_of(case_insensitive, multiline, dotall)
    return bool(searched(context, "found", string, regex_pattern, flags))


@node("utils/string", name="RegexExtract", display_name="Regex Extract", lane="cpu")
def regex_extract(
    context: Context,
    *,
    string: Lines,
    regex_pattern: Lines,
    mode: Mode,
    case_insensitive: bool = True,
    multiline: bool = False,
    dotall: bool = False,
    group_index: Annotated[int, Range(0, 100)] = 1,
) -> str:
    """What a pattern, or a group of it, matches; several on lines of their own.

    All matches of a pattern with groups are what its first group holds.
    """
    flags = flags_of(case_insensitive, multiline, dotall)
    found = searched(context, WHAT[mode], string, regex_pattern, flags, group=group_index)
    return "\n".join(found)


@node("utils/string", name="RegexReplace", display_name="Regex Replace", lane="cpu")
def regex_replace(
    context: Context,
    *,
    string: Lines,
    regex_pattern: Lines,
    replace: Lines,
    case_insensitive: bool | None = True,
    multiline: bool | None = False,
    dotall: bool | None = False,
    count: Annotated[int, Range(0, 100)] | None = 0,
) -> str:
    r"""Replace what a pattern matches; `\1` stands for its first group. A count of 0 replaces all."""
    flags = flags_of(bool(case_insensitive), bool(multiline), bool(dotall))
    wanted = {"replace": replace, "count": count or 0}
    return str(searched(context, "replaced", string, regex_pattern, flags, **wanted))


def flags_of(case_insensitive: bool, multiline: bool, dotall: bool) -> int:
    """The flags of Python's `re`."""
    chosen = {re.IGNORECASE: case_insensitive, re.MULTILINE: multiline, re.DOTALL: dotall}
    return sum(int(flag) for flag, is_set in chosen.items() if is_set)


def searched(context: Context, what: str, text: str, pattern: str, flags: int, **more: Any) -> Any:
    """What a search finds. Raises PatternError for a malformed pattern and for one that takes too long."""
    task = {"what": what, "text": text, "pattern": pattern, "flags": flags, "seconds": SECONDS, **more}
    if BRANCHING.isdisjoint(pattern):
        try:
            return regex_search.search(task)
        except (re.error, IndexError, OverflowError) as error:
            raise PatternError(malformed(pattern, str(error))) from error
    told = asked(context, task)
    if "error" in told:
        raise PatternError(malformed(pattern, told["error"]))
    return told["result"]


def malformed(pattern: str, reason: str) -> str:
    """The message for a pattern that Python's `re` refuses."""
    return (
        f"the regular expression {pattern[:200]!r} cannot be used: {reason}; signs that stand for themselves "
        "need a backslash, and every bracket its partner"
    )


def asked(context: Context, task: dict[str, Any]) -> dict[str, Any]:
    """The answer of a process of its own. Raises PatternError when there is none in time, and Cancelled."""
    command = [sys.executable, "-I", "-S", regex_search.__file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            answer = waited(context, process, json.dumps(task).encode(), task["pattern"])
        finally:
            process.kill()
    if not answer:
        raise PatternError(
            f"the search for {task['pattern'][:200]!r} ended without an answer "
            f"(code {process.returncode}): it most likely took more memory than there is"
        )
    told: dict[str, Any] = json.loads(answer)
    return told


def waited(context: Context, process: subprocess.Popen[bytes], question: bytes, pattern: str) -> bytes:
    """What a process answers within the time, watching whether the run is cancelled."""
    deadline = time.monotonic() + SECONDS
    unsent: bytes | None = question
    while time.monotonic() < deadline:
        try:
            return process.communicate(unsent, GLANCE)[0]
        except subprocess.TimeoutExpired:
            unsent = None  # it goes on being sent
            context.check_cancelled()
    raise PatternError(
        f"the regular expression {pattern[:200]!r} takes more than {SECONDS} s: repeats within repeats, "
        "as in (a+)+, make it try too many ways; say it without them"
    )
