"""Published editions beside Prefect's pages: read only, with the server's secret, and nothing but what may be shown."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from flows.orchestration.edition_pages import EditionPages
from flows.orchestration.guard import Guard
from tasks.store.edition_pages import SHOWN, edition_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = "customer-math:a-secret-of-more-than-16"
HOST, ORIGIN = "127.0.0.1:4200", "http://127.0.0.1:4200"
EDITION = "/editions/shop/2026-08/edition-1"
LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status_code: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


@dataclass(frozen=True)
class Asked:
    """The pages of a home behind the door, asked as uvicorn hands requests on: paths with their dots, decoded."""

    home: Path

    def __call__(self, path: str, *, method: str = "GET", secret: str | None = SECRET, **headers: str) -> Answer:
        """One answer; what is not below /editions is answered 418 by what stands behind."""
        signed = {"authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret is not None else {}
        return asyncio.run(self._answer(method, unquote(path), {"host": HOST, **signed, **headers}))

    async def _answer(self, method: str, path: str, headers: dict[str, str]) -> Answer:
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            sent.append(message)

        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": raw}
        await Guard(EditionPages(behind, self.home, SECRET), {HOST: ORIGIN})(scope, receive, send)
        given = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], given, b"".join(each.get("body", b"") for each in sent[1:]))


async def behind(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"Prefect"})


@pytest.fixture(scope="module")
def home(golden_edition: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shown")
    golden_edition.copied_to(folder)
    return folder / "home"


@pytest.fixture
def ask(home: Path) -> Asked:
    return Asked(home)


def test_an_edition_is_shown_file_by_file_as_it_was_published(ask: Asked, home: Path) -> None:
    folder = home / "shop" / "scorecards" / "2026-08" / "edition-1"
    assert edition_path(folder) == EDITION
    for name, kind in SHOWN.items():
        answer = ask(f"{EDITION}/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.content == (folder / name).read_bytes()
        assert answer.headers["cache-control"] == "private, no-cache"
    assert ask(f"{EDITION}/scorecard.xlsx").headers["content-disposition"] == 'attachment; filename="scorecard.xlsx"'


def test_a_page_of_an_edition_may_run_and_load_nothing(ask: Asked) -> None:
    policy = ask(f"{EDITION}/page.html").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy
    assert ask(f"{EDITION}/page.html").headers["x-content-type-options"] == "nosniff"


def test_all_editions_are_listed_with_links_to_their_pages(ask: Asked) -> None:
    for path in ("/editions", "/editions/"):
        assert f'<a href="{EDITION}/page.html">shop 2026-08, edition 1</a>: We brought in' in ask(path).text


def test_a_home_without_editions_says_so(tmp_path: Path) -> None:
    assert "Nothing was published yet." in Asked(tmp_path / "nowhere")("/editions").text


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        ":",
        "customer-math:",
        "customer-math:a-secret-of-more-than-1",
        f"{SECRET} ",
        f"other{SECRET}",
    ],
)
def test_without_the_secret_nothing_is_shown(ask: Asked, given: str | None) -> None:
    for path in ("/editions", f"{EDITION}/page.html", "/editions/nobody/2026-08/edition-1/page.html"):
        answer = ask(path, secret=given)
        assert (answer.status_code, answer.headers["www-authenticate"].partition(" ")[0]) == (401, "Basic")
        assert "customers" not in answer.text


@pytest.mark.parametrize("code", ["Basic", "Basic %%%", "Basic \u00e4", f"Bearer {base64.b64encode(SECRET.encode()).decode()}", SECRET])
def test_what_is_no_basic_sign_in_is_none(ask: Asked, code: str) -> None:
    assert ask("/editions", secret=None, authorization=code).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        f"{EDITION}/customers.xlsx",
        f"{EDITION}/movements.parquet",
        f"{EDITION}/manifest.json",
        f"{EDITION}/company/definitions.yaml",
        f"{EDITION}/validation/set-aside-orders.parquet",
        f"{EDITION}/",
        EDITION,
        "/editions/shop/2026-08",
        "/editions/shop/2026-08/edition-2/page.html",
        "/editions/shop/2026-08/edition-01/page.html",
        "/editions/shop/2026-09/edition-1/page.html",
        "/editions/prefect/2026-08/edition-1/page.html",
        f"{EDITION}/../edition-1/page.html",
        f"{EDITION}/../../../company.json",
        f"{EDITION}/..%2f..%2f..%2fcompany.json",
        f"{EDITION}/%2e%2e/edition-1/page.html",
        f"{EDITION}/validation/../page.html",
        f"{EDITION}/./page.html",
        f"{EDITION}//page.html",
        f"{EDITION}/page.html%00",
        f"{EDITION}/PAGE.HTML",
        f"{EDITION}\\page.html",
        "/editions/%2e%2e/shop/2026-08/edition-1/page.html",
        "/editions/shop/../shop/edition-1/page.html",
        "/editions/../prefect/sign-in",
        "/editions/../../../../etc/passwd",
        "/editions/..%2fprefect%2fsign-in",
        "/editions//etc/passwd",
        "/editions/%2fetc%2fpasswd",
    ],
)
def test_no_path_leads_to_what_is_not_shown(ask: Asked, path: str) -> None:
    answer = ask(path)
    assert (answer.status_code, "customer" in answer.text) == (404, False), answer.text


def test_what_is_not_below_the_editions_is_handed_on(ask: Asked) -> None:
    for path in ("/", "/api/health", "/editionsx", "/v2/editions"):
        assert ask(path, secret=None).status_code == 418


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_editions_are_only_read(ask: Asked, method: str) -> None:
    assert ask(f"{EDITION}/page.html", method=method).status_code == 405
    assert ask(f"{EDITION}/page.html", method="HEAD").status_code == 200


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 200),
        (LINK, 200),
        ({"origin": ORIGIN, "sec-fetch-site": "same-origin"}, 200),
        ({"host": "evil.example"}, 403),
        ({"host": "evil.example:4200", "origin": "http://evil.example:4200"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        (LINK | {"sec-fetch-dest": "iframe"}, 403),
        (LINK | {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, 403),
    ],
)
def test_another_page_may_only_link_to_an_edition(ask: Asked, headers: dict[str, str], expected: int) -> None:
    assert ask(f"{EDITION}/page.html", **headers).status_code == expected


def changed(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b" ")


def gone(file: Path) -> None:
    file.unlink()


def linked_elsewhere(file: Path) -> None:
    copy = file.with_name("elsewhere")
    file.rename(copy)
    file.symlink_to(copy)


@pytest.mark.parametrize("damage", [changed, gone, linked_elsewhere])
def test_what_is_not_as_it_was_published_is_not_shown(golden_edition: Any, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    golden_edition.copied_to(tmp_path)
    damage(tmp_path / "home" / "shop" / "scorecards" / "2026-08" / "edition-1" / "page.html")
    answer = Asked(tmp_path / "home")(f"{EDITION}/page.html")
    assert (answer.status_code, "is not as it was published" in answer.text) == (410, True)


def test_a_file_that_was_not_published_with_an_edition_is_not_shown(golden_edition: Any, tmp_path: Path) -> None:
    golden_edition.copied_to(tmp_path)
    folder = tmp_path / "home" / "shop" / "scorecards" / "2026-08"
    manifest = folder / "edition-1" / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"page.html"', '"another.html"'), encoding="utf-8")
    assert Asked(tmp_path / "home")(f"{EDITION}/page.html").status_code == 404
