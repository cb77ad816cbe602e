"""Who is let in."""

from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from server.security import is_loopback, own_token
from tests.runtime.tiny import shown
from tests.server.conftest import Client, Server, serving


def host(client: Client) -> str:
    return client.url.removeprefix("http://")


async def test_our_own_page_and_programs_without_a_browser_are_let_in(client: Client) -> None:
    for headers in (
        {},
        {"Origin": client.url},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ):
        assert await client.status("POST", "/prompt", json={"prompt": shown()}, headers=headers) == 200
    port = client.url.rsplit(":", 1)[1]
    for name in (f"localhost:{port}", f"[::1]:{port}", f"heddle.localhost:{port}"):
        headers = {"Host": name, "Origin": f"http://{name}"}
        assert await client.status("POST", "/prompt", json={"prompt": shown()}, headers=headers) == 200


FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "not an origin"},
    {"Origin": "http://["},
    {"Origin": "file://"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "["},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_other_pages_may_neither_submit_nor_read_nor_listen(
    client: Client, headers: dict[str, str]
) -> None:
    assert await client.status("POST", "/prompt", json={"prompt": shown()}, headers=headers) in (400, 403)
    assert await client.status("GET", "/history", headers=headers) in (400, 403)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with client.socket(headers=headers):
            pass


async def test_two_origins_are_one_too_many(client: Client) -> None:
    headers = [("Origin", client.url), ("Origin", "http://evil.example")]
    assert await client.status("GET", "/history", headers=headers) == 403


async def test_a_link_to_the_canvas_may_be_followed_from_anywhere(client: Client) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert await client.status("GET", "/", headers=headers) == 200
    assert await client.status("POST", "/queue", json={"clear": True}, headers=headers) == 403


async def test_every_answer_carries_the_protective_headers(client: Client) -> None:
    for path in ("/", "/prompt", "/absent", "/api/absent"):
        async with client.session.get(client.url + path) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with client.session.get(client.url) as answer:
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Heddle" in await answer.text()


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("wide"), "--listen", "0.0.0.0") as started:
        yield started


async def test_bound_wider_a_token_is_needed_for_everything(wide: Server) -> None:
    token = (wide.base / "user" / "token").read_text()
    assert (wide.base / "user" / "token").stat().st_mode & 0o077 == 0
    async with aiohttp.ClientSession() as session:
        client = Client(session, wide.url)
        for path in ("/prompt", "/api/queue", "/view?filename=x", "/ws", "/x.js"):
            assert await client.status("GET", path) == 401
        wrong = {"Authorization": "Bearer wrong"}
        assert await client.status("GET", "/prompt", headers=wrong) == 401
        assert await client.status("GET", f"/prompt?token={token}") == 401
        assert await client.status("POST", "/login", data={"token": "wrong"}) == 401
        right = {"Authorization": f"Bearer {token}"}
        assert await client.status("GET", "/prompt", headers=right) == 200
        async with client.socket(headers=right) as socket:
            assert (await socket.receive_json())["type"] == "status"


async def test_the_token_can_be_typed_into_the_page(wide: Server) -> None:
    token = (wide.base / "user" / "token").read_text()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.get(wide.url) as page:
            assert page.status == 401
            assert "token" in await page.text()
        async with session.post(f"{wide.url}/login", data={"token": token}) as answer:
            assert answer.status == 200
            cookie = answer.history[0].headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        async with session.get(f"{wide.url}/prompt") as answer:
            assert answer.status == 200


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options = ("--enable-cors-header", "https://studio.example")
    with serving(tmp_path_factory.mktemp("shared"), *options) as started:
        yield started


async def test_one_other_origin_can_be_allowed(shared: Server) -> None:
    async with aiohttp.ClientSession() as session:
        headers = {"Origin": "https://studio.example"}
        async with session.post(f"{shared.url}/prompt", json={"prompt": shown()}, headers=headers) as answer:
            assert answer.status == 200
            assert answer.headers["Access-Control-Allow-Origin"] == "https://studio.example"
        async with session.options(f"{shared.url}/prompt", headers=headers) as answer:
            assert answer.status == 200
        async with session.get(f"{shared.url}/prompt", headers={"Origin": "http://evil.example"}) as answer:
            assert answer.status == 403


def test_a_token_is_made_once_and_kept(tmp_path: Path) -> None:
    first = own_token(tmp_path / "user" / "token")
    assert len(first) >= 32
    assert own_token(tmp_path / "user" / "token") == first


@pytest.mark.parametrize(
    ("name", "answer"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)],
)
def test_loopback_is_known(name: str, answer: bool) -> None:
    assert is_loopback(name) is answer
