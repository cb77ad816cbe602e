"""What is measured was never trained on, and is written down as it was measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from diffusion.training import pictures
from diffusion.training.album import HELD_OUT_SEEDS
from diffusion.training.evaluation import TABLE_MARK, insert_table, questions, table


@pytest.mark.parametrize("held", [True, False])
def test_questions_are_of_unseen_seeds_and_of_the_wanted_combinations(held: bool) -> None:
    asked = list(questions(held, 10))
    assert len({question.seed for question in asked}) == 10
    assert all(question.seed >= HELD_OUT_SEEDS for question in asked)
    assert all(question.scene.held_out == held for question in asked)


def test_questions_are_the_same_every_time() -> None:
    assert list(questions(True, 5)) == list(questions(True, 5))


def test_the_table_lies_between_its_marks_however_often_it_is_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{TABLE_MARK}\nold\n{TABLE_MARK}\nafter\n")
    row = {"time": 1.0, "ground": 0.5, "kind": 0.25, "colour": 0.125, "all four": 0.0}
    for _ in range(2):
        insert_table(page, table({"guidance 4": row}))
    text = page.read_text()
    assert "| guidance 4 | 100.0% | 50.0% | 25.0% | 12.5% | 0.0% |" in text
    assert "old" not in text
    assert text.startswith("before")
    assert text.endswith("after\n")


def test_a_resumed_log_counts_each_step_once(tmp_path: Path) -> None:
    lines = [{"step": 20, "loss": 3.0}, {"step": 40, "loss": 2.0}, {"step": 40, "loss": 1.0}]
    log = tmp_path / "denoiser.jsonl"
    log.write_text("\n".join(json.dumps(line) for line in lines))
    assert pictures.read_log(log) == [(20, 3.0), (40, 1.0)]
    assert pictures.loss_curves(tmp_path).width > 300


def test_captions_are_wrapped_under_their_pictures() -> None:
    assert pictures.wrapped("a red house in the snow", 12) == ["a red house", "in the snow"]
    page = pictures.captioned(Image.new("RGB", (128, 128)), "a red house in the snow at night, mountains")
    assert page.height > 128


def test_a_sheet_holds_all_its_pictures() -> None:
    sheet = pictures.grid([Image.new("RGB", (10, 10))] * 5, 3)
    assert sheet.size == (3 * 14 + 4, 2 * 14 + 4)
