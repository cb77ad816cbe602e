"""Who may speak to the server: Host, Origin, token, and the headers of every answer."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from server.keys import Options

COOKIE = "heddle_token"
PORTS = {"http": 80, "https": 443}
CANVAS_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss: data: blob:;"
    " worker-src 'self' blob:; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
LOGIN_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Heddle</title>
<body style="font:16px system-ui;max-width:32rem;margin:4rem auto;padding:0 1rem">
<h1>Heddle</h1><p>This server is open to the network, so it asks for the token that it printed when it
started.</p><form method="post" action="login"><label>Token <input name="token" type="password" autofocus
autocomplete="current-password"></label> <button>Enter</button></form></body></html>"""


def is_loopback(name: str) -> bool:
    """Whether a host name or address always means this machine."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def own_token(path: Path) -> str:
    """The token kept in a file that only its owner reads; made at the first start."""
    if path.is_file() and (kept := path.read_text(encoding="ascii").strip()):
        return kept
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    token = secrets.token_urlsafe(24)
    path.write_text(token, encoding="ascii")
    return token


def guard(options: Options) -> Middleware:
    """The middleware that lets a request through or answers it with a refusal."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if options.cors is not None and request.method == hdrs.METH_OPTIONS:
            return web.Response()
        if (reason := foreign(request, options)) is not None:
            return web.Response(status=403, text=reason)
        if options.token is not None and not admitted(request, options.token):
            return await _login(request, options.token)
        return await handler(request)

    return middleware


def headers(options: Options) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Puts the protective headers on every answer just before it is sent."""

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if response.content_type == "text/html":
            response.headers.setdefault("Content-Security-Policy", CANVAS_POLICY)
        if options.cors is None:
            response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        else:
            response.headers.update(_cors(request, options.cors))

    return prepare


def foreign(request: web.Request, options: Options) -> str | None:
    """Why a request must have come from another web page, or None."""
    hosts = request.headers.getall(hdrs.HOST, [])
    if len(hosts) != 1:
        return "exactly one Host header is needed"
    if options.cors == "*":
        return None
    if options.token is None and not _is_our_host(hosts[0], options):
        return f"the host {hosts[0][:100]!r} is not this server"
    origins = request.headers.getall(hdrs.ORIGIN, [])
    if len(origins) > 1 or (origins and not _is_our_origin(origins[0], hosts[0], options)):
        return "requests from other web pages are refused"
    if not origins and _is_cross_site(request):
        return "requests from other web pages are refused"
    return None


def admitted(request: web.Request, token: str) -> bool:
    """Whether the token came along, in a header or the cookie."""
    scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    offers = [given.strip() if scheme.lower() == "bearer" else "", request.cookies.get(COOKIE, "")]
    return any([_same(offer, token) for offer in offers])  # noqa: C419  both compared, always


def _same(offer: str, token: str) -> bool:
    return hmac.compare_digest(offer.encode(errors="replace"), token.encode())


async def _login(request: web.Request, token: str) -> web.StreamResponse:
    """The page that asks for the token, and what its form leads to."""
    if request.path.rstrip("/") == "/login" and request.method == hdrs.METH_POST:
        form = await request.post()
        if _same(str(form.get("token", "")), token):
            response = web.HTTPSeeOther("./")
            response.set_cookie(COOKIE, token, httponly=True, samesite="Strict", max_age=31_536_000)
            return response
    if request.path == "/" or request.path.rstrip("/") == "/login":
        return web.Response(status=401, text=LOGIN_PAGE, content_type="text/html")
    challenge = {"WWW-Authenticate": 'Bearer realm="heddle"'}
    return web.json_response({"error": "a token is needed"}, status=401, headers=challenge)


def _is_our_host(host: str, options: Options) -> bool:
    name = _hostname(host)
    return name is not None and (is_loopback(name) or name == options.listen.lower())


def _is_our_origin(origin: str, host: str, options: Options) -> bool:
    """An origin equal to the Host, or the one that the CORS option allows."""
    if options.cors is not None and origin == options.cors:
        return True
    try:
        parts = urlsplit(origin)
        if parts.scheme not in PORTS or parts.path or parts.query or parts.fragment or "@" in origin:
            return False
        ours = urlsplit(f"{parts.scheme}://{host}")
        default = PORTS[parts.scheme]
        return parts.hostname == ours.hostname and (parts.port or default) == (ours.port or default)
    except ValueError:
        return False


def _is_cross_site(request: web.Request) -> bool:
    """By the browser's own word; following a link to the canvas is the one thing allowed."""
    if request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
        return False
    mode, target = request.headers.get("Sec-Fetch-Mode"), request.headers.get("Sec-Fetch-Dest")
    return not (request.method == hdrs.METH_GET and mode == "navigate" and target == "document")


def _hostname(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _cors(request: web.Request, allowed: str) -> dict[str, str]:
    origin = request.headers.get(hdrs.ORIGIN, "")
    return {
        "Access-Control-Allow-Origin": "*" if allowed == "*" and not origin else (origin or allowed),
        "Access-Control-Allow-Methods": "POST, GET, DELETE, PUT, OPTIONS, PATCH",
        "Access-Control-Allow-Headers": "Content-Type, Authorization",
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }
