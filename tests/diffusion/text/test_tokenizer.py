"""CLIP's tokenizer against transformers' own, from the same table."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import CLIPTokenizer

from diffusion.text.tokenizer import TABLE, VOCABULARY, clip_tokenizer, read_merges, vocabulary_of


@pytest.fixture(scope="module")
def oracle() -> CLIPTokenizer:
    merges = read_merges(TABLE)
    return CLIPTokenizer(vocab=vocabulary_of(merges), merges=merges)


def oracle_ids(oracle: CLIPTokenizer, text: str) -> list[int]:
    return oracle(text, add_special_tokens=False)["input_ids"]


def test_the_vocabulary_is_clips() -> None:
    vocabulary = vocabulary_of(read_merges(TABLE))
    assert len(vocabulary) == VOCABULARY == 49_408
    assert (vocabulary["!"], vocabulary["a</w>"], vocabulary["in"]) == (0, 320, 512)
    assert (clip_tokenizer().start, clip_tokenizer().end, clip_tokenizer().pad) == (49_406, 49_407, 49_407)


def test_known_sentences_have_the_ids_that_every_engine_gives_them() -> None:
    ids = clip_tokenizer().ids
    assert ids("a photo of a cat") == [320, 1125, 539, 320, 2368]
    assert ids("a photo of an astronaut riding a horse on mars") == [
        *(320, 1125, 539, 550, 18376, 6765, 320, 4558, 525, 7496)
    ]
    assert ids("") == ids(" \n\t ") == []


@pytest.mark.parametrize(
    "text",
    [
        "A  Photo\n of\tA CAT",
        "it's the dog's; they'll say we've 1234 things, I'd",
        "Ünïcödé, 東京タワー, Привет мир, 🙂🏳️‍🌈",
        "e\u0301 against é",
        "masterpiece!!!,,, (best) [quality] {x|y} <lora:a:1>",
        "<|endoftext|> inside <|startoftext|>",
        "supercalifragilisticexpialidocious 3.14159 C++",
    ],
)
def test_ids_equal_those_of_transformers(oracle: CLIPTokenizer, text: str) -> None:
    assert clip_tokenizer().ids(text) == oracle_ids(oracle, text)


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_ids_of_any_text_equal_those_of_transformers(oracle: CLIPTokenizer, text: str) -> None:
    assert clip_tokenizer().ids(text) == oracle_ids(oracle, text)


def test_a_lone_surrogate_is_no_error() -> None:
    assert clip_tokenizer().ids("a \ud800 cat")


def test_the_tokenizer_is_made_once() -> None:
    assert clip_tokenizer() is clip_tokenizer()
