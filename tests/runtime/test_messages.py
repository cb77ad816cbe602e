"""Framing of messages between engine and worker."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.events import (
    Announced,
    Event,
    NodeAnswered,
    NodeFailed,
    NodeFinished,
    NodePreview,
    NodeProgress,
    NodesCached,
    NodeStarted,
    NodeWaiting,
    RunFinished,
    RunStarted,
)
from runtime.errors import WorkerFault
from runtime.messages import (
    HEAD,
    AnswerNode,
    Behind,
    Checked,
    CheckPrompt,
    Configure,
    FrameReader,
    Happened,
    Heartbeat,
    Message,
    PackReport,
    Ready,
    Reread,
    RunDone,
    RunJob,
    Schemas,
    Shutdown,
    Spare,
    dumps,
    encode,
    event_from,
    event_record,
)

MESSAGES: list[Message] = [
    Configure("main:build", {"cpu": True}),
    RunJob("r", '{"1": "ü"}', ("9",), {"workflow": {}}, True, "client"),
    AnswerNode("r", "7", [2, 0]),
    Behind((('{"1": "ü"}', ("9",)), ("{}", ()))),
    CheckPrompt(7, '{"1": "ü"}', None),
    CheckPrompt(8, "{}", ("9",)),
    Reread(9),
    Ready({"A": {"name": "A"}}, (PackReport("p", "x.py", ("A",), None, 0.5),), ({"name": "cpu"},)),
    Ready({}, (), (), ("A",), {"loras": (("/a", "/b"), (".safetensors",))}),
    Spare(("r", "s")),
    Checked(7, ("9",), {"1": {"errors": []}}),
    Checked(8, invalid={"type": "x", "message": "y"}),
    Schemas(9, {"A": {"name": "A"}}),
    Schemas(9, fault="OSError: gone"),
    Heartbeat(({"name": "cpu"},)),
    Happened(NodePreview("r", "3", "image/jpeg", b"\x00\xff" * 500)),
    Happened(NodeFinished("r", "3", {"text": ["a"]}, False, 0.25)),
    RunDone("r", "success", {"3": {"text": ["a"]}}),
    Shutdown(),
]

EVENTS: list[Event] = [
    RunStarted("r"),
    NodesCached("r", ()),
    NodeStarted("r", "1"),
    NodeWaiting("r", "1", {"kind": "choose_images", "images": []}),
    NodeAnswered("r", "1"),
    NodeStarted("r", "1.2", display_id="1", parent_id="1"),
    Announced("", "pack.told", {"any": [1, None]}, "client"),
    NodeProgress("r", "1", 1, 2),
    NodeFailed("r", "1", "Fail", "no", "ValueError", ["line"], {"a": "1"}, ["0"]),
    RunFinished("r", "interrupted", ["1"], "2", "Slow"),
]


@given(st.integers(min_value=1, max_value=40))
def test_messages_come_through_in_whatever_portions_the_pipe_gives_them(portion: int) -> None:
    stream = b"".join(encode(message) for message in MESSAGES)
    reader = FrameReader()
    found = [m for i in range(0, len(stream), portion) for m in reader.feed(stream[i : i + portion])]
    assert found == MESSAGES


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_survives_being_written_as_json(event: Event) -> None:
    found = event_from(json.loads(dumps(event_record(event))))
    assert dumps(event_record(found)) == dumps(event_record(event))
    assert type(found) is type(event)


def test_a_stream_that_is_not_ours_is_refused_instead_of_filling_memory() -> None:
    with pytest.raises(WorkerFault, match="broken"):
        FrameReader().feed(HEAD.pack(0xFFFFFFFF, 0) + b"x")


def test_what_json_does_not_know_becomes_plain_without_pulling_in_its_type() -> None:
    class Scalar:
        shape = ()

        def item(self) -> float:
            return 0.5

    value = {"nan": [float("nan"), {"inf": float("inf")}], "scalar": Scalar(), "set": {2, 1}, "odd": object}
    found = json.loads(dumps(value))
    assert found["nan"] == [None, {"inf": None}]
    assert found["scalar"] == 0.5
    assert found["set"] == [1, 2]
    assert isinstance(found["odd"], str)
