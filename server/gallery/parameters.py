"""The text that other tools keep under `parameters`: prompt, negative prompt, one line of settings."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

NEGATIVE = "Negative prompt:"
SETTINGS = "Steps:"
SETTING = re.compile(r'([A-Za-z][\w \-/]*):\s*("(?:\\.|[^"\\])*"|[^,]*)')
LORA = re.compile(r"<(?:lora|lyco):([^:<>]+)")
LONGEST = 20_000  # characters of a prompt
LONGEST_NUMBER = 24  # digits


@dataclass(frozen=True)
class Parameters:
    """Read, but not yet understood."""

    prompt: str
    negative: str
    settings: Mapping[str, str]

    def setting(self, name: str) -> str:
        return self.settings.get(name, "")

    @property
    def models(self) -> tuple[str, ...]:
        """The checkpoint, and the LoRAs that the prompt calls."""
        main = [self.setting("Model")] if self.setting("Model") else []
        return tuple(dict.fromkeys([*main, *LORA.findall(self.prompt)]))


def read(text: str) -> Parameters:
    """The three parts; the settings are the last line that begins as such."""
    lines = text.strip().split("\n")
    last = next((at for at in reversed(range(len(lines))) if lines[at].startswith(SETTINGS)), len(lines))
    words = "\n".join(lines[:last])
    prompt, _, negative = words.partition(NEGATIVE)
    line = " ".join(lines[last:])
    settings = {key.strip(): value.strip().strip('"') for key, value in SETTING.findall(line)}
    return Parameters(prompt.strip()[:LONGEST], negative.strip()[:LONGEST], settings)


def whole(text: str) -> int | None:
    """A whole number, if it is one."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def fraction(text: str) -> float | None:
    """A number, if it is a finite one."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
