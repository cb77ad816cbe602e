"""`server.PromptServer`: what packs say to their pages, and what they register."""

from __future__ import annotations

import base64
import io

import pytest
from aiohttp import web
from PIL import Image

from compat.current import running
from compat.prompt_server import BinaryEventTypes, PromptServer
from graph.context import Context
from graph.events import Announced, NodePreview
from tests.compat.conftest import Host


@pytest.fixture
def server(host: Host) -> PromptServer:
    return PromptServer.instance


def test_a_message_leaves_as_an_event(host: Host, server: PromptServer) -> None:
    server.send_sync("mine.feedback", {"value": 5})
    with running(host.context()):
        server.send_sync("mine.feedback", {"value": 6}, "page")
    told = [(e.run_id, e.kind, e.data, e.client_id) for e in host.said if isinstance(e, Announced)]
    assert told == [
        ("", "mine.feedback", {"value": 5}, None),
        ("run", "mine.feedback", {"value": 6}, "page"),
    ]


async def test_coroutines_may_send_too(host: Host, server: PromptServer) -> None:
    await server.send("a", 1)
    await server.send_json("b", 2, "page")
    assert [event.kind for event in host.said if isinstance(event, Announced)] == ["a", "b"]


def test_text_is_shown_on_a_node(host: Host, server: PromptServer, called: Context) -> None:
    server.send_progress_text("half done", "7")
    event = host.said[0]
    assert isinstance(event, Announced)
    assert (event.kind, event.data, event.client_id) == (
        "progress_text",
        {"node": "7", "text": "half done"},
        "page",
    )


def test_a_picture_becomes_a_preview_of_the_running_node(
    host: Host, server: PromptServer, called: Context
) -> None:
    server.send_sync(BinaryEventTypes.UNENCODED_PREVIEW_IMAGE, ("JPEG", Image.new("RGB", (8, 4)), 512))
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2)).save(buffer, "PNG")
    framed = (2).to_bytes(4, "big") + buffer.getvalue()
    server.send_sync(BinaryEventTypes.PREVIEW_IMAGE, framed)
    shown = [event for event in host.said if isinstance(event, NodePreview)]
    assert [(e.node_id, e.mime, Image.open(io.BytesIO(e.data)).size) for e in shown] == [
        ("7", "image/jpeg", (8, 4)),
        ("7", "image/png", (3, 2)),
    ]


def test_other_binary_messages_travel_as_text(host: Host, server: PromptServer) -> None:
    server.send_sync(BinaryEventTypes.TEXT, b"abc")
    event = host.said[0]
    assert isinstance(event, Announced)
    assert event.data == {"event": 3, "data": base64.b64encode(b"abc").decode()}


def test_routes_and_hooks_are_collected(server: PromptServer) -> None:
    @server.routes.get("/mine/{name}")
    async def mine(_: web.Request) -> web.Response:
        return web.Response()

    server.app.add_routes([web.post("/theirs", mine)])
    server.add_on_prompt_handler(lambda data: data | {"seen": True})
    assert [(route.method, route.path) for route in server.routes if isinstance(route, web.RouteDef)] == [
        ("GET", "/mine/{name}")
    ]
    assert not server.app.router.frozen
    assert server.trigger_on_prompt({"prompt": {}}) == {"prompt": {}, "seen": True}


def test_the_running_call_is_known(host: Host, server: PromptServer) -> None:
    server.last_node_id = "set by a pack"
    assert (server.client_id, server.last_node_id) == (None, "set by a pack")
    with running(host.context()):
        assert (server.client_id, server.last_node_id) == ("page", "7")
        item = server.prompt_queue.currently_running[0]
        assert (len(item), item[1], set(item[2]), item[3]["client_id"]) == (6, "run", {"7"}, "page")
        assert server.get_queue_info() == {"exec_info": {"queue_remaining": 1}}
    assert server.prompt_queue.currently_running == {}
    assert server.prompt_queue.get_current_queue() == ([], [])


def test_a_pack_cannot_queue_a_run_from_the_worker(server: PromptServer) -> None:
    with pytest.raises(NotImplementedError, match="POST /prompt"):
        server.prompt_queue.put((0, "id", {}, {}, [], {}))


def test_packs_may_hang_things_on_it(server: PromptServer) -> None:
    vars(server)["mine"] = 5
    assert getattr(server, "mine", None) == 5
    assert not hasattr(server, "theirs")
