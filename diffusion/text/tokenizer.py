"""CLIP's byte-pair tokenizer, built from OpenAI's merge table."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers
from tokenizers.models import BPE

TABLE = Path(__file__).with_name("bpe_simple_vocab_16e6.txt.gz")
VOCABULARY = 49_408  # 256 bytes, 256 bytes that end a word, the merges, two marks
START_MARK, END_MARK = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"
WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@dataclass(frozen=True, eq=False)
class Tokenizer:
    """Text to token ids, and the ids that frame them."""

    backend: tokenizers.Tokenizer
    start: int
    end: int
    pad: int

    def ids(self, text: str) -> list[int]:
        """The ids of a text, without start, end or padding. Lone surrogates count as the sign for unknown."""
        clean = text.encode("utf-8", "replace").decode("utf-8")
        ids: list[int] = self.backend.encode(clean, add_special_tokens=False).ids
        return ids


@cache
def clip_tokenizer() -> Tokenizer:
    """The tokenizer of OpenAI's CLIP, which pads with its end mark; made once for a process."""
    merges = read_merges(TABLE)
    vocabulary = vocabulary_of(merges)
    end = vocabulary[END_MARK]
    return Tokenizer(backend(vocabulary, merges), start=vocabulary[START_MARK], end=end, pad=end)


def read_merges(table: Path) -> list[tuple[str, str]]:
    """The merges in order of rank. The table is longer than CLIP's vocabulary; the rest was never used."""
    count = VOCABULARY - 2 * 256 - 2
    with gzip.open(table, "rt", encoding="utf-8") as file:
        lines = file.read().split("\n")[1 : 1 + count]  # the first line is a version
    return [(left, right) for left, right in (line.split() for line in lines)]


def vocabulary_of(merges: list[tuple[str, str]]) -> dict[str, int]:
    """Token -> id: single bytes, bytes that end a word, merged pieces, marks."""
    letters = byte_letters()
    pieces = [*letters, *(letter + WORD_END for letter in letters), *(a + b for a, b in merges)]
    return {piece: index for index, piece in enumerate([*pieces, START_MARK, END_MARK])}


def byte_letters() -> list[str]:
    """A visible letter for each byte, as in GPT-2: printable bytes first, the others from U+0100 on."""
    printable = [
        *range(ord("!"), ord("~") + 1),
        *range(ord("¡"), ord("¬") + 1),
        *range(ord("®"), ord("ÿ") + 1),
    ]
    others = 256 - len(printable)
    return [chr(byte) for byte in printable] + [chr(256 + index) for index in range(others)]


def backend(vocabulary: dict[str, int], merges: list[tuple[str, str]]) -> tokenizers.Tokenizer:
    """The compiled tokenizer: lower case, single spaces, CLIP's words, bytes, merges."""
    model = BPE(
        vocab=vocabulary,
        merges=merges,
        continuing_subword_prefix="",
        end_of_word_suffix=WORD_END,
        unk_token=END_MARK,
    )
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.add_special_tokens([START_MARK, END_MARK])
    return tokenizer
