"""A node asks a person in the middle of its run: the answer, what goes on meanwhile, what ends the wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.context import Context
from graph.events import Event, NodeFinished, NodeWaiting, RunFinished
from graph.executor import Run
from graph.node import Lane, node
from graph.question import Question, problem_with
from tests.graph.talking import TALKING
from tests.graph.toys import Bench, Prompt, texts, use

PICTURES = [{"filename": f"{n}.png"} for n in range(3)]


@node("toys", fingerprint=lambda **_: float("nan"))
async def ask(context: Context, *, value: Any = 0) -> str:
    """What a person says."""
    answer = await context.ask(Question(message="which?", images=PICTURES, least=1, most=2))
    return f"{value}{answer}"


def bench_of(folder: Path, *more: Any) -> Bench:
    return Bench(folder, types=(*TALKING, ask, *more))


def begin(
    bench: Bench, prompt: Prompt, run_id: str = "run", emit: Callable[[Event], None] | None = None
) -> Run:
    """A run with somebody there to answer."""
    return bench.executor.begin(
        bench.parse(prompt),
        run_id=run_id,
        emit=emit or bench.events.append,
        cancel=bench.cancel,
        prompt=prompt,
        attended=True,
    )


def until(bench: Bench, true: Callable[[], object]) -> None:
    while not true():
        if not bench.executor.advance():
            bench.executor.wait()


def asking(bench: Bench, run: Run) -> Callable[[], object]:
    return lambda: bench.executor.inquiries.asking(run.run_id)


ASKED = {"a": use("Ask", value="x"), "s": use("Display", value=("a", 0))}


def test_a_node_goes_on_with_the_answer(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    run = begin(bench, ASKED)
    until(bench, asking(bench, run))
    bench.executor.inquiries.answer("run", "a", [2, 0])
    bench.conduct(run)
    assert run.outcome is not None
    assert texts(run.outcome.outputs) == {"s": "'x[2, 0]'"}
    (waiting,) = bench.said(NodeWaiting)
    assert waiting.node_id == "a"
    assert waiting.asked == {
        "kind": "choose_images",
        "images": PICTURES,
        "least": 1,
        "most": 2,
        "message": "which?",
    }


def test_the_calls_of_a_mapped_node_ask_one_after_another(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    mapped = {
        "i": use("Spread", value=0, count=2),
        "a": use("Ask", value=("i", 0)),
        "s": use("Display", value=("a", 0)),
    }
    run = begin(bench, mapped)
    for number in range(2):
        until(bench, lambda number=number: len(bench.said(NodeWaiting)) > number)  # type: ignore[misc]
        bench.executor.inquiries.answer("run", "a", [number])
    bench.conduct(run)
    assert run.outcome is not None
    assert run.outcome.outputs["s"]["text"] == ["'0[0]'", "'1[1]'"]


def test_the_time_that_a_person_takes_does_not_count_as_the_nodes(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    run = begin(bench, ASKED)
    until(bench, asking(bench, run))
    threading.Event().wait(0.3)
    bench.executor.inquiries.answer("run", "a", [0])
    bench.conduct(run)
    (took,) = [event.seconds for event in bench.said(NodeFinished) if event.node_id == "a"]
    assert took < 0.25


def test_a_run_that_nobody_attends_fails_at_the_question(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    outcome = bench.run(ASKED)
    assert outcome.status == "error"
    assert outcome.failures[0].message == ("node a asks a person, and this run has nobody who could answer")


def test_an_interrupt_ends_the_wait(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    run = begin(bench, ASKED)
    until(bench, asking(bench, run))
    bench.cancel.set()
    bench.conduct(run)
    assert run.outcome is not None
    assert run.outcome.status == "interrupted"
    assert bench.said(RunFinished)[0].node_id == "a"
    assert not bench.executor.inquiries.asking("run")


def test_an_answer_that_nobody_waits_for_is_let_go_of(tmp_path: Path) -> None:
    bench_of(tmp_path).executor.inquiries.answer("run", "a", [0])


@pytest.mark.parametrize("lane", ["device", "cpu", "disk"])
def test_other_runs_go_ahead_of_one_that_waits_for_a_person_in_every_lane(tmp_path: Path, lane: Lane) -> None:
    @node("toys", lane=lane)
    def work(value: Any) -> Any:
        return value

    def after(question: Any) -> Prompt:
        return {"w": use("Work", value=question), "s": use("Display", value=("w", 0))}

    bench = bench_of(tmp_path, work)
    waiting = begin(bench, {"a": use("Ask", value=0), **after(("a", 0))}, "waiting")
    until(bench, lambda: waiting.rests)
    for number in range(3):
        assert bench.executor.wants_more
        bench.conduct(begin(bench, after(number), f"other {number}"))
    assert waiting.outcome is None
    bench.executor.inquiries.answer("waiting", "a", [1])
    bench.conduct(waiting)
    assert waiting.outcome is not None
    assert texts(waiting.outcome.outputs) == {"s": "'0[1]'"}


def test_a_run_with_other_work_does_not_rest_while_it_asks(tmp_path: Path) -> None:
    seen: list[bool] = []
    bench = bench_of(tmp_path)
    run = begin(bench, {**ASKED, "b": use("Mix", left=1, right=0), "t": use("Display", value=("b", 0))})

    def look() -> object:
        seen.append(run.rests)
        return bench.executor.inquiries.asking("run") and "t" in run.report.shown

    until(bench, look)
    assert not any(seen[:-1])
    assert run.rests
    bench.cancel.set()
    bench.conduct(run)


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        ([0], None),
        ([2, 1], None),
        ([], "0 images are chosen; choose at least 1 and at most 2"),
        ([0, 1, 2], "3 images are chosen"),
        ([3], "there is no image 3; the images are 0 to 2"),
        ([-1], "there is no image -1"),
        ([1, 1], "named twice"),
        ([True], "a list of indices"),
        ("0", "a list of indices"),
        ({"0": 1}, "a list of indices"),
    ],
)
def test_a_choice_is_held_against_the_question(choice: object, problem: str | None) -> None:
    found = problem_with(choice, Question(images=PICTURES, least=1, most=2).asked())
    assert found is None if problem is None else problem in (found or "")


def test_a_question_of_a_packs_own_kind_takes_any_answer_and_carries_its_own_words() -> None:
    asked = Question("draw_mask", more={"size": [8, 8]}).asked()
    assert asked["size"] == [8, 8]
    assert problem_with({"strokes": []}, asked) is None
