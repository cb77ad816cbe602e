"""Regular expressions of anyone: what they find, and that none runs for ever."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.context import Cancel, Context
from graph.errors import Cancelled
from graph.events import Event
from graph.folders import Folders
from nodes import regexes
from nodes.errors import PatternError
from nodes.regexes import regex_extract, regex_match, regex_replace

TEXT = "a1 b22 A333"
ENDLESS = {"string": "a" * 60, "regex_pattern": "(a+)+b"}


def unheard(_: Event) -> None:
    """Where nobody listens."""


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context("1", "run", Folders(tmp_path), unheard)


def extract(context: Context, pattern: str, mode: str, group: int = 1, **flags: bool) -> str:
    found = regex_extract(context, string=TEXT, regex_pattern=pattern, mode=mode, group_index=group, **flags)
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("pattern", "mode", "expected"),
    [
        (r"[a-z]\d+", "First Match", "a1"),
        (r"[a-z]\d+", "All Matches", "a1\nb22\nA333"),
        (r"([a-z])(\d+)", "All Matches", "a\nb\nA"),
        (r"([a-z])(\d+)", "First Group", "a"),
        (r"([a-z])(\d+)", "All Groups", "a\nb\nA"),
        (r"[a-z]\d+", "All Groups", ""),
        (r"x\d+", "First Match", ""),
        (r"x\d+", "First Group", ""),
        ("22", "First Match", "22"),
    ],
)
def test_extracting(context: Context, pattern: str, mode: str, expected: str) -> None:
    assert extract(context, pattern, mode) == expected


def test_extracting_another_group_the_whole_and_one_that_took_no_part(context: Context) -> None:
    assert extract(context, r"([a-z])(\d+)", "All Groups", 2) == "1\n22\n333"
    assert extract(context, r"([a-z])(\d+)", "First Group", 0) == "a1"
    assert extract(context, r"([a-z])(\d+)", "First Group", 3) == ""
    assert extract(context, r"(x)?a1", "First Group", 1) == ""


def test_flags(context: Context) -> None:
    assert extract(context, r"A\d+", "First Match", case_insensitive=False) == "A333"
    for name, text, pattern in (("multiline", "x\ny", "^y"), ("dotall", "x\ny", "x.y")):
        for value in (False, True):
            found = regex_match(context, string=text, regex_pattern=pattern, **{name: value})
            assert found is value


def test_replacing(context: Context) -> None:
    swap = {"string": TEXT, "regex_pattern": r"([a-z])(\d+)", "replace": r"\2\1"}
    assert regex_replace(context, **swap) == "1a 22b 333A"
    assert regex_replace(context, **swap, count=1, case_insensitive=None) == "1a b22 A333"
    assert regex_replace(context, string="ä\ud800", regex_pattern="x*", replace="-") == "-ä-\ud800-"


@pytest.mark.parametrize("pattern", ["(", "a**", "[", r"\1", "(?P<a>x)(?P<a>y)"])
def test_a_malformed_pattern_is_named_with_its_fault(context: Context, pattern: str) -> None:
    with pytest.raises(PatternError, match="cannot be used"):
        regex_match(context, string="a", regex_pattern=pattern)


@pytest.mark.parametrize("pattern", ["a", "a+"])
def test_a_replacement_that_names_no_group_is_refused(context: Context, pattern: str) -> None:
    for replacement in (r"\3", r"\g<x>"):
        with pytest.raises(PatternError, match="cannot be used"):
            regex_replace(context, string="a", regex_pattern=pattern, replace=replacement)


def test_a_pattern_that_would_take_for_ever_is_given_up(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regexes, "SECONDS", 1)
    with pytest.raises(PatternError, match="more than 1 s"):
        regex_match(context, **ENDLESS)


@pytest.fixture
def cancel() -> Iterator[Cancel]:
    flag = Cancel()
    timer = threading.Timer(0.3, flag.set)
    timer.start()
    yield flag
    timer.join()


def test_a_long_search_ends_when_its_run_is_cancelled(tmp_path: Path, cancel: Cancel) -> None:
    context = Context("1", "run", Folders(tmp_path), unheard, cancel=cancel)
    with pytest.raises(Cancelled):
        regex_match(context, **ENDLESS)
