"""The order of those that wait."""

from hypothesis import given
from hypothesis import strategies as st

from runtime.jobs import Ticket
from runtime.waiting import WaitingLine

NUMBERS = st.lists(st.sampled_from([-1.0, 0.0, 0.0, 1.0, 2.5, 3.0]), min_size=2, max_size=8)


def line_of(numbers: list[float]) -> WaitingLine:
    line = WaitingLine()
    for ordinal, number in enumerate(numbers):
        line.add(Ticket(number, ordinal, f"r{ordinal}", None, 0))
    return line


def test_lower_numbers_come_first_and_equal_ones_by_age() -> None:
    line = line_of([2, 1, 2, 1])
    assert line.ids() == ["r1", "r3", "r0", "r2"]
    assert line.take().run_id == "r1"
    assert [ticket.run_id for ticket in line.front(2)] == ["r3", "r0"]
    assert line.remove("r0") is not None
    assert line.remove("r0") is None
    assert (line.ids(), len(line), "r2" in line) == (["r3", "r2"], 2, True)


def test_an_empty_line_has_no_first() -> None:
    line = WaitingLine()
    assert line.first() is None
    assert line.number_for_front() == 0


@given(NUMBERS, st.data())
def test_a_job_comes_right_before_another_and_all_else_keeps_its_order(
    numbers: list[float], data: st.DataObject
) -> None:
    line = line_of(numbers)
    mover, other = data.draw(st.permutations(line.ids()))[:2]
    rest = [run_id for run_id in line.ids() if run_id != mover]
    at = rest.index(other)
    line.renumber(line.numbers_before(mover, other))
    assert line.ids() == [*rest[:at], mover, *rest[at:]]


@given(NUMBERS, st.data())
def test_a_job_comes_to_the_front(numbers: list[float], data: st.DataObject) -> None:
    line = line_of(numbers)
    mover = data.draw(st.sampled_from(line.ids()))
    before = line.renumber({mover: line.number_for_front(), "unknown": 1.0})
    assert line.ids()[0] == mover
    line.renumber(before)
    assert line.ids() == line_of(numbers).ids()
