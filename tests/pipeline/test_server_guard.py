"""The door before the server: what a request must look like to be handed on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flows.orchestration.guard import Guard

HOST, ORIGIN = "127.0.0.1:4200", "http://127.0.0.1:4200"
ORIGINS = {HOST: ORIGIN, "localhost:4200": "http://localhost:4200", "scorecard.example.org": "https://scorecard.example.org"}
EVIL = "http://evil.example"
LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
Headers = list[tuple[str, str]]


def answer(headers: Headers, *, kind: str = "http", method: str = "GET", path: str = "/api/health") -> tuple[Any, dict[bytes, bytes]]:
    """Status of the answer, or `closed`, and its headers; the application behind the door answers 200 to everything, or accepts."""
    sent: list[Any] = []

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "method": method, "path": path, "headers": [(name.encode(), value.encode()) for name, value in headers]}
    asyncio.run(Guard(behind, ORIGINS)(scope, receive, send))
    return sent[0].get("status", sent[0]["type"].removeprefix("websocket.")), dict(sent[0].get("headers", []))


def status(headers: Headers, **request: Any) -> Any:
    """Status alone."""
    return answer(headers, **request)[0]


@pytest.mark.parametrize(("kind", "allowed", "refused"), [("http", 200, 403), ("websocket", "accept", "close")])
@pytest.mark.parametrize(
    ("headers", "is_allowed"),
    [
        ([("host", HOST)], True),
        ([("host", "LocalHost:4200"), ("origin", "http://localhost:4200")], True),
        ([("host", "scorecard.example.org"), ("origin", "https://scorecard.example.org")], True),
        ([("host", HOST), ("origin", ORIGIN), ("sec-fetch-site", "same-origin")], True),
        ([("host", HOST), ("sec-fetch-site", "none")], True),
        ([], False),
        ([("host", "")], False),
        ([("host", "evil.example")], False),
        ([("host", "evil.example:4200"), ("origin", "http://evil.example:4200"), ("sec-fetch-site", "same-origin")], False),
        ([("host", "127.0.0.1")], False),
        ([("host", "127.0.0.1:4201")], False),
        ([("host", "127.0.0.1:4200.evil.example")], False),
        ([("host", HOST), ("host", "evil.example")], False),
        ([("host", HOST), ("origin", EVIL)], False),
        ([("host", HOST), ("origin", "null")], False),
        ([("host", HOST), ("origin", "http://127.0.0.1:4201")], False),
        ([("host", HOST), ("origin", "http://localhost:4200")], False),
        ([("host", HOST), ("origin", f"{ORIGIN}.evil.example")], False),
        ([("host", HOST), ("origin", ORIGIN), ("origin", EVIL)], False),
        ([("host", "scorecard.example.org"), ("origin", "http://scorecard.example.org")], False),
        ([("host", HOST), ("sec-fetch-site", "cross-site")], False),
        ([("host", HOST), ("sec-fetch-site", "same-site")], False),
    ],
)
def test_who_comes_from_elsewhere_is_refused(headers: Headers, is_allowed: bool, kind: str, allowed: Any, refused: Any) -> None:
    assert status(headers, kind=kind) == (allowed if is_allowed else refused)


@pytest.mark.parametrize(
    ("headers", "path", "method", "expected"),
    [
        (LINK, "/v2/dashboard", "GET", 200),
        (LINK, "/api/flow_runs/count", "GET", 403),
        (LINK, "/v2/dashboard", "POST", 403),
        (LINK | {"sec-fetch-dest": "iframe"}, "/v2/dashboard", "GET", 403),
        (LINK | {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, "/v2/dashboard", "GET", 403),
    ],
)
def test_another_page_may_only_link_to_the_pages(headers: dict[str, str], path: str, method: str, expected: int) -> None:
    assert status([("host", HOST), *headers.items()], path=path, method=method) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("content-type", "application/json")], 200),
        ([("content-type", "Application/JSON; charset=utf-8"), ("content-length", "2")], 200),
        ([("content-length", "0")], 200),
        ([], 200),
        ([("content-length", "2")], 403),
        ([("transfer-encoding", "chunked")], 403),
        ([("content-type", "text/plain"), ("content-length", "2")], 403),
        ([("content-type", "text/plain")], 403),
        ([("content-type", "application/json"), ("content-type", "text/plain")], 403),
        ([("content-type", "application/x-www-form-urlencoded"), ("content-length", "2")], 403),
        ([("content-type", "text/plain; application/json"), ("content-length", "2")], 403),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_changes_something_carries_json_or_nothing(headers: Headers, expected: int, method: str) -> None:
    assert status([("host", HOST), *headers], method=method) == expected


def test_every_answer_forbids_frames_and_what_lies_elsewhere() -> None:
    _, headers = answer([("host", HOST)], path="/v2/")
    assert b"default-src 'self'" in headers[b"content-security-policy"]
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"]
