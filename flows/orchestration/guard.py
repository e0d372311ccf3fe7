"""The door before Prefect's server: what does not come from the server's own pages or programs is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORBIDDEN, POLICY_VIOLATION = 403, 1008
READING = frozenset({"GET", "HEAD", "OPTIONS"})
FROM_HERE = frozenset({"same-origin", "none"})
"""What a browser says of a request by the server's own pages, and of one that a person typed in."""
POLICY = {
    "content-security-policy": "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'none'; object-src 'none'",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
"""The pages load nothing from elsewhere, send nothing there, and stand in nobody's frame; an answer may have a stricter policy."""


@dataclass(frozen=True)
class Guard:
    """An ASGI application with its door: every path, pages and health included, HTTP and WebSocket."""

    app: ASGIApp
    origins: Mapping[str, str]
    """The hosts by which it may be asked for, each with the origin of its pages."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on what is allowed; answer 403 to the rest, with the reason."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif (reason := refusal_of(scope, self.origins)) is None:
            await self.app(scope, receive, _with_policy(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "refused"})
        else:
            await JSONResponse({"detail": reason}, status_code=FORBIDDEN)(scope, receive, send)


def refusal_of(scope: Scope, origins: Mapping[str, str]) -> str | None:
    """Why a request is refused; none where it is allowed."""
    headers = Headers(scope=scope)
    hosts = headers.getlist("host")
    origin = origins.get(hosts[0].lower()) if len(hosts) == 1 else None
    if origin is None:
        return f"Host: expected one of {', '.join(origins)}; where a proxy stands before it, set CUSTOMER_MATH_ADDRESS to its https address"
    if any(sent != origin for sent in headers.getlist("origin")):
        return f"Origin: expected {origin}; another page may not ask this server"
    if not _is_from_here(scope, headers):
        return "Sec-Fetch-Site: expected same-origin; another page may only link to this server's pages"
    if not _is_json(scope, headers):
        return "Content-Type: expected application/json"
    return None


def _is_from_here(scope: Scope, headers: Headers) -> bool:
    """Whether the browser, if it is one, was sent by our own page or a person, or follows a link to a page as a whole."""
    if headers.get("sec-fetch-site", "none") in FROM_HERE:
        return True
    is_link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return is_link and scope["type"] == "http" and scope["method"] == "GET" and not scope["path"].startswith("/api")


def _is_json(scope: Scope, headers: Headers) -> bool:
    """Whether what changes something carries JSON or nothing: any page may send other kinds without asking first."""
    if scope["type"] != "http" or scope["method"] in READING:
        return True
    kinds = [content_type.partition(";")[0].strip().lower() for content_type in headers.getlist("content-type")]
    is_empty = "transfer-encoding" not in headers and headers.get("content-length", "0") == "0"
    return kinds == ["application/json"] or (not kinds and is_empty)


def _with_policy(send: Send) -> Send:
    async def send_with_policy(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in POLICY.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_policy
