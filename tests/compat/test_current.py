"""Which call is running, told to whoever asks."""

import asyncio
import threading

from compat.current import current, current_call, running
from tests.compat.conftest import Host


def test_nothing_runs_outside_of_a_call() -> None:
    assert current() is None
    assert current_call() is None


def test_calls_may_stand_inside_each_other(host: Host) -> None:
    outer, inner = host.context("1"), host.context("2")
    with running(outer):
        with running(inner) as call:
            assert current() is inner
            assert current_call() is call
        assert current() is outer
    assert current() is None


async def test_tasks_know_the_call_that_began_them(host: Host) -> None:
    async def ask() -> str | None:
        await asyncio.sleep(0)
        found = current()
        return None if found is None else found.node_id

    async def call(node_id: str) -> str | None:
        with running(host.context(node_id)):
            return await asyncio.create_task(ask())

    assert list(await asyncio.gather(call("a"), call("b"))) == ["a", "b"]


def test_a_thread_of_a_pack_knows_no_call(host: Host) -> None:
    found = []
    with running(host.context()):
        thread = threading.Thread(target=lambda: found.append(current()))
        thread.start()
        thread.join()
    assert found == [None]
