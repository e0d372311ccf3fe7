"""Published editions beside Prefect's pages: read only, for whoever has the server's secret."""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from config.refusal import Refusal
from tasks.store.edition_pages import AT, all_editions, shown_file

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

LOG = logging.getLogger("tasks.editions")
UNAUTHORIZED, MISSING, NOT_ALLOWED, GONE = 401, 404, 405, 410
READING = ("GET", "HEAD")
HEADERS = {
    "cache-control": "private, no-cache",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
}
"""An edition's page loads nothing and runs nothing."""
ASKS = {"www-authenticate": 'Basic realm="Customer Math", charset="UTF-8"'}
SAVED = ".xlsx"
"""Ending of what a browser saves instead of showing."""
NOTHING = "There is no such file of an edition that may be shown here."
STYLE = "body{font:16px/1.5 'Segoe UI','DejaVu Sans',Arial,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"


@dataclass(frozen=True)
class EditionPages:
    """An ASGI application before another one: what is below /editions is answered, everything else is handed on."""

    app: ASGIApp
    home: Path
    secret: str
    """`user:password`, the one of the server."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(f"{AT}/"):
            await self.app(scope, receive, send)
            return
        response = await run_in_threadpool(self._answer, scope)
        response.headers.update(HEADERS)
        await response(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if not has_secret(Headers(scope=scope), self.secret):
            return PlainTextResponse("The server's user and password, as `customer-math sign-in` prints them.", UNAUTHORIZED, ASKS)
        if scope["method"] not in READING:
            return PlainTextResponse("Editions are only read.", NOT_ALLOWED, {"allow": ", ".join(READING)})
        below = scope["path"].removeprefix(AT)
        try:
            return HTMLResponse(_contents(self.home)) if below in {"", "/"} else _file(self.home, below)
        except Refusal as refusal:
            LOG.warning("%s", refusal)
            return PlainTextResponse(f"{refusal}", GONE)


def has_secret(headers: Headers, secret: str) -> bool:
    """Whether a request brings the server's `user:password`, and only that."""
    given = headers.getlist("authorization")
    scheme, _, code = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    try:
        decoded = base64.b64decode(code.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(decoded, secret.encode())


def _file(home: Path, below: str) -> Response:
    file = shown_file(home, below)
    if file is None:
        return PlainTextResponse(NOTHING, MISSING)
    name = file.name.rpartition("/")[2]
    saved = {"content-disposition": f'attachment; filename="{name}"'} if name.endswith(SAVED) else {}
    return Response(file.content, media_type=file.kind, headers=saved)


def _contents(home: Path) -> str:
    """A list of all editions, each leading to its page."""
    rows = "".join(map(_row, all_editions(home)))
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Editions</title>'
    listed = f"<ul>{rows}</ul>" if rows else "<p>Nothing was published yet.</p>"
    return f'<!DOCTYPE html><html lang="en"><head>{head}<style>{STYLE}</style></head><body><h1>Editions</h1>{listed}</body></html>'


def _row(edition: tuple[str, str, int, str]) -> str:
    company, period, number, headline = edition
    address = f"{AT}/{quote(company, safe='')}/{period}/edition-{number}/page.html"
    return f'<li><a href="{address}">{escape(company)} {period}, edition {number}</a>: {escape(headline)}</li>'
