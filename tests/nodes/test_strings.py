"""Text made of text: what each node gives for known words."""

import pytest

from nodes import strings


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("UPPERCASE", "A RED HOUSE"),
        ("lowercase", "a red house"),
        ("Capitalize", "A red house"),
        ("Title Case", "A Red House"),
    ],
)
def test_case(mode: str, expected: str) -> None:
    assert strings.convert_case(string="a rEd house", mode=mode) == expected


@pytest.mark.parametrize(("mode", "expected"), [("Both", "a b"), ("Left", "a b \n"), ("Right", " \ta b")])
def test_trimming(mode: str, expected: str) -> None:
    assert strings.trim(string=" \ta b \n", mode=mode) == expected


@pytest.mark.parametrize(
    ("mode", "sensitive", "expected"),
    [
        ("Starts With", True, False),
        ("Starts With", False, True),
        ("Ends With", False, False),
        ("Equal", True, False),
    ],
)
def test_comparing(mode: str, sensitive: bool, expected: bool) -> None:
    assert (
        strings.compare(string_a="Red House", string_b="red", mode=mode, case_sensitive=sensitive) is expected
    )


def test_equal_texts_are_equal_and_endings_are_found() -> None:
    assert strings.compare(string_a="Red", string_b="rED", mode="Equal", case_sensitive=False)
    assert strings.compare(string_a="Red House", string_b="House", mode="Ends With", case_sensitive=True)


def test_pieces() -> None:
    assert strings.contains(string="Red House", substring="house", case_sensitive=False)
    assert not strings.contains(string="Red House", substring="house", case_sensitive=True)
    assert strings.substring(string="heddle", start=1, end=4) == "edd"
    assert strings.substring(string="heddle", start=-3, end=99) == "dle"
    assert strings.replace(string="a.a", find=".", replace="a") == "aaa"
    assert strings.concatenate(string_a="a", string_b="b", delimiter=", ") == "a, b"
    assert strings.length(string="häuser\n") == 7
