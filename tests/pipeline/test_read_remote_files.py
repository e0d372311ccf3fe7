"""Extracts that are elsewhere, really fetched: from S3's kind of store, from an SFTP server, and from the web."""

from __future__ import annotations

import asyncio
import base64
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import asyncssh
import obstore
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

from config.company import load_company, load_parts
from tasks.check import findings_of
from tasks.propose import Choices, propose
from tasks.sources import SourceError
from tasks.sources.remote_files import is_remote
from tests.newcomer_company import TABLES
from tests.pipelines import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Desk

PASSWORD = "s3cret@w0rd"
IN_URL = "s3cret%40w0rd"
HEAD = "id,customer,day,amount\n"
FILES = {
    "export/2024/orders-01.csv": f"{HEAD}1,ada,2024-01-05,5\n",
    "export/2024/orders-02.csv": f"{HEAD}2,bob,2024-02-05,7\n",
    "export/2024/.orders-03.csv.partial": "half",
    "export/2025/q1/orders-01.csv": f"{HEAD}3,cid,2025-01-05,9\n",
    "export/2025/q1/customers.csv": "id,name\n",
}
FACTS = "record_key, customer_id, amount::varchar, source_file"
PATTERNS: dict[str, list[tuple[str, ...]]] = {
    "export/2024/orders-02.csv": [("2", "bob", "7.0000", "orders-02.csv")],
    "export/2024/orders-*.csv": [("1", "ada", "5.0000", "orders-01.csv"), ("2", "bob", "7.0000", "orders-02.csv")],
    "export/*/q?/orders-0[1-9].csv": [("3", "cid", "9.0000", "orders-01.csv")],
    "export/**/orders-*.csv": [
        ("1", "ada", "5.0000", "2024/orders-01.csv"),
        ("2", "bob", "7.0000", "2024/orders-02.csv"),
        ("3", "cid", "9.0000", "2025/q1/orders-01.csv"),
    ],
}
"""Patterns, and what each leads to: the same everywhere, as on this machine."""


def read(desk: Desk, place: str) -> list[tuple[Any, ...]]:
    """The rows of the orders that are there; nothing that was fetched stays in the company's folder."""
    before = {path.name for path in desk.folder.iterdir()} | {"landed"}
    rows = desk.rows(FACTS, desk.land(desk.purchases(path=place)))
    assert {path.name for path in desk.folder.iterdir()} == before
    return rows


@pytest.fixture(scope="module")
def on_this_machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.mark.parametrize("pattern", PATTERNS)
def test_files_of_this_machine_are_what_those_of_others_are_held_against(desk: Desk, on_this_machine: Path, pattern: str) -> None:
    assert read(desk, f"{on_this_machine}/{pattern}") == PATTERNS[pattern]


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket with the files, on an S3 stand-in of our own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"ENDPOINT_URL": f"http://{host}:{port}", "ALLOW_HTTP": "true", "REGION": "eu-central-1"}.items():
            patch.setenv(f"AWS_{name}", value)
        patch.setenv("AWS_ACCESS_KEY_ID", "clerk")
        patch.setenv("AWS_SECRET_ACCESS_KEY", PASSWORD)
        _make_bucket(f"http://{host}:{port}/exports")
        store = S3Store("exports")
        for name, content in FILES.items():
            obstore.put(store, name, content.encode())
        yield "s3://exports"
    server.stop()


def _make_bucket(url: str) -> None:
    import httpx

    content = "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>"
    httpx.put(url, content=content, trust_env=False).raise_for_status()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_bucket_s_files_are_read_as_those_of_this_machine(desk: Desk, bucket: str, pattern: str) -> None:
    assert read(desk, f"{bucket}/{pattern}") == PATTERNS[pattern]


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("s3://exports/export/orders.csv", "expected a file at s3://exports/export/orders.csv, found that there is none; put it there"),
        ("s3://exports/export/nothing-*.csv", "expected a file at s3://exports/export/nothing-*.csv, found none; put it there"),
        ("s3://nobody-s/orders.csv", "found that there is none; put it there or correct `path`"),
        ("s3://exports", "expected an address with a file behind it, such as s3://exports/orders.csv"),
    ],
)
def test_what_is_not_in_the_bucket_is_said(desk: Desk, bucket: str, place: str, says: str) -> None:
    assert says in desk.problem(desk.purchases(path=place))


@pytest.mark.parametrize("pattern", ["shop/orders-first.csv", "shop/orders-*.csv"])
def test_a_company_begins_from_files_of_a_bucket_as_from_those_of_this_machine(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    headings, rows = TABLES["orders"]
    for name, part in {"first": rows[:60], "second": rows[60:]}.items():
        text = "\n".join([headings, *(",".join(row) for row in part), ""])
        obstore.put(S3Store("exports"), f"shop/orders-{name}.csv", text.encode())
    monkeypatch.setenv("SHOP_BUCKET", "exports")
    settings = settings_in(tmp_path / "home")
    written = propose(tmp_path / "shop", [f"s3://${{SHOP_BUCKET}}/{pattern}"], choices=Choices("EUR"), settings=settings)
    (extract,) = [each for each in load_company(written.folder).sources.extracts.values() if each.path]
    assert (extract.dataset, extract.path) == ("purchases", f"s3://${{SHOP_BUCKET}}/{pattern}")
    assert findings_of(load_parts(written.folder), settings=settings, now=datetime(2026, 10, 2, tzinfo=UTC)).problems == ()


@pytest.mark.parametrize(
    "place", ["sftp://clerk:an0ther@host/orders.csv", "https://host/orders.csv?sig=an0ther", "https://clerk:an0ther@host/orders.csv"]
)
def test_no_password_or_key_of_an_address_is_written_into_a_company_s_folder(tmp_path: Path, place: str) -> None:
    with pytest.raises(SourceError, match=r"expected an address without a password or a key.*write '\$\{SHOP_KEY\}'") as refused:
        propose(tmp_path / "shop", [place], choices=Choices("EUR"), settings=settings_in(tmp_path / "home"))
    assert "an0ther" not in str(refused.value)
    assert not (tmp_path / "shop").exists()


def test_an_address_whose_variable_is_not_set_is_said_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="needs the environment variable NO_SUCH_BUCKET, which is not set"):
        propose(tmp_path / "shop", ["s3://${NO_SUCH_BUCKET}/a.csv"], choices=Choices("EUR"), settings=settings_in(tmp_path / "home"))


class Server(asyncssh.SSHServer):
    """Lets in one clerk."""

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("clerk", PASSWORD)


@dataclass(frozen=True)
class Sftp:
    """An SFTP server: its port, and its key as ~/.ssh/known_hosts has it."""

    port: int
    known_host: str

    def place(self, path: str, password: str = IN_URL) -> str:
        return f"sftp://clerk:{password}@127.0.0.1:{self.port}/{path}"


@contextmanager
def in_a_loop_of_its_own(start: Any) -> Iterator[Any]:
    """What a coroutine gives, in a loop of another thread that runs until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(start(), loop).result(60)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(server.wait_closed(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def sftp(on_this_machine: Path) -> Iterator[Sftp]:
    key = asyncssh.generate_private_key("ssh-ed25519")

    def chrooted(channel: Any) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(on_this_machine).encode())

    async def start() -> Any:
        return await asyncssh.listen("127.0.0.1", 0, server_factory=Server, server_host_keys=[key], sftp_factory=chrooted)

    with in_a_loop_of_its_own(start) as server:
        port = server.get_port()
        yield Sftp(port, f"[127.0.0.1]:{port} {key.export_public_key().decode()}")


@pytest.fixture
def known(sftp: Sftp, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The account's list of servers that it knows, with ours in it."""
    account = tmp_path_factory.mktemp("account")
    (account / ".ssh").mkdir(mode=0o700)
    (account / ".ssh" / "known_hosts").write_text(sftp.known_host)
    monkeypatch.setenv("HOME", str(account))
    return account / ".ssh" / "known_hosts"


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("pattern", PATTERNS)
def test_files_of_an_sftp_server_are_read_as_those_of_this_machine(desk: Desk, sftp: Sftp, pattern: str) -> None:
    assert read(desk, sftp.place(pattern)) == PATTERNS[pattern]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("path", "password", "says"),
    [
        ("export/nobody.csv", IN_URL, "found that there is none; put it there or correct `path`"),
        ("export/nothing-*.csv", IN_URL, "found none; put it there or correct `path`"),
        ("export/2024", IN_URL, "found that it is no file; name a file, or several as in `*.csv`"),
        ("export/2024/orders-01.csv", "an0ther", "found that the server does not let in who we say we are"),
    ],
)
def test_what_an_sftp_server_does_not_give_is_said_with_no_password(desk: Desk, sftp: Sftp, path: str, password: str, says: str) -> None:
    problem = desk.problem(desk.purchases(path=sftp.place(path, password)))
    assert says in problem
    assert f"sftp://clerk:***@127.0.0.1:{sftp.port}/{path}" in problem
    assert PASSWORD not in problem
    assert password not in problem


def test_a_server_whose_key_is_not_known_is_not_trusted(desk: Desk, sftp: Sftp, known: Path) -> None:
    known.write_text("")
    problem = desk.problem(desk.purchases(path=sftp.place("export/2024/orders-01.csv")))
    assert f"the key of [127.0.0.1]:{sftp.port} is not one that this machine knows; compare it" in problem
    assert f"ssh-keyscan -p {sftp.port} 127.0.0.1" in problem


class Pages(BaseHTTPRequestHandler):
    """Gives the files to a clerk, and leads on where it is asked to."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        login = base64.b64encode(f"clerk:{PASSWORD}".encode()).decode()
        if path == "/away":
            self.answer(302, {"Location": "http://example.org/orders.csv"})
        elif path == "/moved":
            self.answer(302, {"Location": "/export/2024/orders-02.csv?key=abc"})
        elif self.headers["Authorization"] != f"Basic {login}" and query != "key=abc":
            self.answer(401, {})
        elif path[1:] in FILES:
            self.answer(200, {}, FILES[path[1:]].encode())
        else:
            self.answer(404 if path != "/busy" else 503, {})

    def answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "place", ["clerk:s3cret%40w0rd@{web}/export/2024/orders-02.csv", "{web}/export/2024/orders-02.csv?key=abc", "{web}/moved"]
)
def test_a_file_of_the_web_is_read_with_a_password_or_a_key(desk: Desk, web: str, place: str) -> None:
    extract = desk.purchases(path=f"http://{place.format(web=web)}", read={"format": "csv"})
    assert desk.rows("record_key, customer_id, amount::varchar", desk.land(extract)) == [("2", "bob", "7.0000")]


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("clerk:an0ther@{web}/export/2024/orders-02.csv", "found that the server does not let in who we say we are; correct the user"),
        ("{web}/export/2024/orders-02.csv?key=an0ther", "found that the server does not let in who we say we are; correct the user"),
        ("{web}/orders.csv?key=abc", "found that there is none (status 404); put it there"),
        ("{web}/busy?key=abc", "found that the server answers with status 503; run again"),
        ("{web}/away", "found that it leads on to an address without https"),
        ("example.org/orders.csv", "expected https:// at http://example.org/orders.csv, found http://"),
        ("clerk:an0ther@[::1/orders.csv", "found one that cannot be taken apart"),
    ],
)
def test_what_the_web_does_not_give_is_said_without_password_and_key(desk: Desk, web: str, place: str, says: str) -> None:
    problem = desk.problem(desk.purchases(path=f"http://{place.format(web=web)}"))
    assert says in problem
    assert "an0ther" not in problem
    assert "key=" not in problem


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("s3://a/b", True),
        ("SFTP://a/b", True),
        ("https://a/b", True),
        ("orders.csv", False),
        ("a://b", False),
        ("C:/s3/x", False),
        ("s3", False),
    ],
)
def test_only_an_address_that_is_known_leads_elsewhere(place: str, expected: bool) -> None:
    assert is_remote(place) is expected
