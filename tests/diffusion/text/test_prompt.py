"""Weights, escapes, embeddings and chunks of prompts."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from diffusion.text.embeddings import no_embeddings
from diffusion.text.prompt import Chunk, escape, parse, tokenize
from diffusion.text.tokenizer import clip_tokenizer

START, END = 49_406, 49_407
CAT = 2368


def weighed(text: str) -> list[tuple[str, float]]:
    return [(segment.text, round(segment.weight, 6)) for segment in parse(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a cat", [("a cat", 1.0)]),
        ("", []),
        ("a (cat)", [("a ", 1.0), ("cat", 1.1)]),
        ("((cat))", [("cat", 1.21)]),
        ("(cat:1.3)", [("cat", 1.3)]),
        ("(a:1.2) (b:.5) (c:-1)", [("a", 1.2), (" ", 1.0), ("b", 0.5), (" ", 1.0), ("c", -1.0)]),
        ("(very (red:1.5) hat:0.8)", [("very ", 0.8), ("red", 1.5), (" hat", 0.8)]),
        ("((red):1.5)", [("red", 1.65)]),
        ("(a (b) c)", [("a ", 1.1), ("b", 1.21), (" c", 1.1)]),
        ("(time 12:30)", [("time 12", 30.0)]),
        ("(ratio a:b)", [("ratio a:b", 1.1)]),
        ("(a:1:2)", [("a:1", 2.0)]),
        ("(:1.5)", [(":1.5", 1.1)]),
        ("(a:nan) (b:inf)", [("a:nan", 1.1), (" ", 1.0), ("b:inf", 1.1)]),
        (r"a \(b\)", [("a (b)", 1.0)]),
        (r"(a \(b\):1.4)", [("a (b)", 1.4)]),
        (r"a \ b\\(c", [("a \\ b\\(c", 1.0)]),
        ("[a] {b}", [("[a] {b}", 1.0)]),
        ("a (b", [("a (b", 1.0)]),
        ("a) b (c:1.2)", [("a) b ", 1.0), ("c", 1.2)]),
        ("foo(bar:1.0)", [("foo", 1.0), ("bar", 1.0)]),
        ("()", []),
    ],
)
def test_brackets_weigh(text: str, expected: list[tuple[str, float]]) -> None:
    assert weighed(text) == expected


def test_brackets_nested_very_deep_are_read_without_recursion() -> None:
    (segment,) = parse("(" * 50_000 + "cat" + ":1)" + ")" * 49_999)
    assert (segment.text, segment.weight) == ("cat", 1.0)


@given(st.text(alphabet=st.sampled_from("ab:1.5()\\ \nembdig,\u00e9"), max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_parses_and_fills_whole_chunks(text: str) -> None:
    for chunk in chunks_of(text):
        assert len(chunk.tokens) == len(chunk.weights) == 77
        assert (chunk.tokens[0], chunk.tokens[-1]) == (START, END)


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_an_escaped_text_says_itself_at_weight_one(text: str) -> None:
    plain = text.replace("\\", "")
    assert weighed(escape(plain)) == ([(plain, 1.0)] if plain else [])


def chunks_of(text: str) -> tuple[Chunk, ...]:
    return tokenize(text, clip_tokenizer(), no_embeddings, width=4)


def words(chunk: Chunk) -> list[object]:
    """The tokens between start and the first end."""
    tokens = list(chunk.tokens)
    return tokens[1 : tokens.index(END)]


def test_an_empty_prompt_is_one_chunk_of_padding() -> None:
    (chunk,) = chunks_of("")
    assert chunk.tokens == (START, *[END] * 76)
    assert set(chunk.weights) == {1.0}


def test_weights_stand_at_their_tokens_only() -> None:
    (chunk,) = chunks_of("a (cat:1.5) cat")
    assert chunk.tokens[:5] == (START, 320, CAT, CAT, END)
    assert chunk.weights[:5] == (1.0, 1.0, 1.5, 1.0, 1.0)


def test_seventy_five_tokens_fill_a_chunk_and_the_next_begins_another() -> None:
    (full,) = chunks_of("cat " * 75)
    assert words(full) == [CAT] * 75
    first, second = chunks_of("cat " * 76)
    assert (len(words(first)), len(words(second))) == (75, 1)


def test_a_segment_of_seven_tokens_moves_whole_to_the_next_chunk() -> None:
    first, second = chunks_of("cat " * 70 + "(" + "dog " * 7 + ":1.2)")
    assert (len(words(first)), len(words(second))) == (70, 7)
    assert first.tokens[71:] == (END,) * 6
    assert second.weights[1:9] == (*[1.2] * 7, 1.0)


def test_a_segment_of_eight_tokens_is_torn() -> None:
    first, second = chunks_of("cat " * 70 + "(" + "dog " * 8 + ":1.2)")
    assert (len(words(first)), len(words(second))) == (75, 3)


def lookup_in(folder: Path):
    def lookup(name: str) -> Path | None:
        found = [folder / (name + suffix) for suffix in (".safetensors", ".pt", ".bin")]
        return next((path for path in found if path.is_file()), None)

    return lookup


@pytest.fixture
def embeddings(tmp_path: Path) -> Path:
    save_file({"emb_params": torch.arange(8.0).reshape(2, 4)}, tmp_path / "style.safetensors")
    torch.save({"string_to_param": {"*": torch.ones(3, 4)}}, tmp_path / "old.pt")
    torch.save({"<cat>": torch.full((4,), 2.0)}, tmp_path / "concept.bin")
    save_file({"clip_g": torch.zeros(1, 6), "clip_l": torch.ones(1, 4)}, tmp_path / "two.safetensors")
    save_file({"emb_params": torch.zeros(1, 6)}, tmp_path / "wide.safetensors")
    return tmp_path


def inside(text: str, folder: Path) -> list[object]:
    (chunk,) = tokenize(text, clip_tokenizer(), lookup_in(folder), width=4)
    return words_with_vectors(chunk)


def words_with_vectors(chunk: Chunk) -> list[object]:
    ends = [index for index, token in enumerate(chunk.tokens) if isinstance(token, int) and token == END]
    return [token if isinstance(token, int) else token.tolist() for token in chunk.tokens[1 : ends[0]]]


def test_an_embedding_stands_in_the_place_of_its_name(embeddings: Path) -> None:
    expected = [320, [0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], CAT]
    assert inside("a embedding:style cat", embeddings) == expected


def test_embeddings_are_read_in_every_form(embeddings: Path) -> None:
    assert inside("embedding:old", embeddings) == [[1.0] * 4] * 3
    assert inside("embedding:concept", embeddings) == [[2.0] * 4]
    assert inside("cat\nembedding:two", embeddings) == [CAT, [1.0] * 4]


def test_a_comma_after_an_embedding_is_text(embeddings: Path) -> None:
    assert inside("embedding:concept, cat", embeddings) == [[2.0] * 4, 267, CAT]


def test_an_embedding_takes_the_weight_of_its_brackets(embeddings: Path) -> None:
    (chunk,) = tokenize("(embedding:style:1.4) cat", clip_tokenizer(), lookup_in(embeddings), width=4)
    assert chunk.weights[1:4] == (1.4, 1.4, 1.0)


def test_the_word_embedding_inside_another_word_is_text(embeddings: Path) -> None:
    assert inside("xembedding:style", embeddings) == clip_tokenizer().ids("xembedding:style")


def test_a_missing_embedding_is_skipped_with_a_warning(
    embeddings: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert inside("a embedding:nowhere cat", embeddings) == [320, CAT]
    assert "'nowhere' is not there" in caplog.text


def test_an_embedding_of_another_width_is_skipped_with_a_warning(
    embeddings: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert inside("a embedding:wide cat", embeddings) == [320, CAT]
    assert "width [6], this encoder reads 4" in caplog.text


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, (f"open({str(self.target)!r}, 'w')",))


def test_a_pickled_embedding_runs_no_code(embeddings: Path, caplog: pytest.LogCaptureFixture) -> None:
    torch.save({"<x>": Trap(embeddings / "sprung")}, embeddings / "trap.pt")
    with caplog.at_level(logging.WARNING):
        assert inside("cat embedding:trap", embeddings) == [CAT]
    assert not (embeddings / "sprung").exists()
    assert "cannot be read" in caplog.text
