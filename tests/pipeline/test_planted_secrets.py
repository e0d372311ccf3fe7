"""Secrets and customers' names, planted in all that a run is given, are in nothing that it says, sends or keeps beyond its tables."""

from __future__ import annotations

import base64
import gzip
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pipeline.environments import STATEMENTS, own_environment
from tests.pipeline.planted import found_in, found_under
from tests.pipeline.slack_server import CHANNEL, OPERATIONS, TOKEN, slack_server
from tests.pipeline.test_mail import PASSWORD as MAIL_PASSWORD
from tests.pipeline.test_mail import Mailbox, mail_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.pipeline.slack_server import Slack

SESSION = Path(__file__).with_name("secrets_session.py")
PATIENCE_SECONDS = 600
FOLDER_SECRET, DATABASE_PASSWORD = "pl4nted-folder-S3cret", "p%40ss/w0rd+pl4nted"
MAIL_OF_CUSTOMER = "zephyrine@quux.example"
SECRETS = (TOKEN, MAIL_PASSWORD, FOLDER_SECRET, DATABASE_PASSWORD)
NAMES = ("Zephyrine", "Balthasar", "Walburga", MAIL_OF_CUSTOMER)
TABLES = {".parquet", ".xlsx"}
"""How the names of those files end in which customers' names may be."""


@dataclass(frozen=True)
class Session:
    """What the runs left, and whom they told."""

    home: Path
    slack: Slack
    mailbox: Mailbox
    told: dict[str, Any] = field(repr=False)
    log: str = field(repr=False)

    @property
    def words(self) -> dict[str, bytes]:
        """All that was said to anybody, by where."""
        slack = [*((m.text, m.blocks, str(m.arguments)) for m in self.slack.messages), *self.slack.webhook_messages]
        mails = [letter.as_bytes() for letter in self.mailbox.letters]
        texts = [
            part.get_content().encode()
            for letter in self.mailbox.letters
            for part in letter.walk()
            if part.get_content_type() == "text/plain"
        ]
        return {
            "what the engine logs": self.log.encode(),
            "what the command says": json.dumps(self.told["outcomes"]).encode(),
            "artifacts and states": json.dumps([self.told["runs"], self.told["artifacts"]]).encode(),
            "Slack": json.dumps(slack).encode(),
            "mails": b"\n".join([*texts, *(str(mail).encode() for mail in mails)]),
        }


@pytest.fixture(scope="module")
def session(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("secrets")
    mailbox = Mailbox()
    with slack_server() as slack, mail_server(mailbox) as smtp_url:
        environment = own_environment() | {
            "CUSTOMER_MATH_HOME": str(folder / "home"),
            STATEMENTS: "",  # its own are looked at, too
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_CHANNEL": CHANNEL,
            "SLACK_OPERATIONS_CHANNEL": OPERATIONS,
            "SLACK_API_URL": f"{slack.url}/api/",
            "CUSTOMER_MATH_SMTP_URL": smtp_url,
            "CUSTOMER_MATH_MAIL_TO": "ada@example.org",
            "PLANTED_FOLDER": FOLDER_SECRET,
            "PLANTED_PASSWORD": DATABASE_PASSWORD,
            "PREFECT_LOGGING_LEVEL": "INFO",
        }
        command = [sys.executable, str(SESSION), str(folder / "outcome.json"), *map(str, companies(shop, folder))]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        assert ended.returncode == 0, ended.stderr
        told = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
        yield Session(folder / "home", slack, mailbox, told, ended.stdout + ended.stderr)


def companies(shop: Any, folder: Path) -> Iterator[Path]:
    """A whole company that reads from a folder whose name is secret, and others that are refused for different reasons."""
    whole = shop(folder / "whole", orders={"path": "${PLANTED_FOLDER}/orders.csv"}, customers=WITH_MAIL).folder
    add_mail_addresses(whole / "customers.csv")
    (whole / FOLDER_SECRET).mkdir()
    shutil.move(whole / "orders.csv", whole / FOLDER_SECRET / "orders.csv")
    yield whole
    no_database = {"path": None, "database": "sqlite:///${PLANTED_FOLDER}/none.db", "table": "orders"}
    yield shop(folder / "no-database", only=("customers", "orders"), orders=no_database).folder
    no_url = {"path": None, "database": "postgresql://clerk:${PLANTED_PASSWORD}@127.0.0.1:none/x", "table": "orders"}
    yield shop(folder / "no-url", only=("customers", "orders"), orders=no_url).folder
    yield shop(folder / "no-folder", only=("customers", "orders"), orders={"path": "${PLANTED_FOLDER}/none.csv"}).folder
    without_headings = shop(folder / "no-headings", only=("customers", "orders"))
    path = without_headings.folder / "customers.csv"
    path.write_text(path.read_text(encoding="utf-8").partition("\n")[2], encoding="utf-8")
    yield without_headings.folder
    in_disorder = shop(folder / "disorder", only=("customers", "orders"))
    path = in_disorder.folder / "orders.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",2026-0", ",Walburga Quux 0"), encoding="utf-8")
    yield in_disorder.folder


WITH_MAIL = {"columns": {"customer_id": "number", "customer_name": "name", "email": "mail"}}


def add_mail_addresses(path: Path) -> None:
    """A column with e-mail addresses behind the others."""
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("".join(f"{line}\n" for line in (f"{head},mail", *(f"{line},{MAIL_OF_CUSTOMER}" for line in lines))), encoding="utf-8")


def test_the_runs_came_to_what_they_were_to_come_to(session: Session) -> None:
    statuses = {Path(name).name: outcome["status"] for name, outcome in session.told["outcomes"].items()}
    crashed = statuses.pop("crashed")
    assert statuses.pop("whole") == 0, session.told["outcomes"]
    assert set(statuses.values()) <= {1, 2}, statuses
    assert crashed not in (0, None)
    assert session.mailbox.letters
    assert {message.channel for message in session.slack.messages} == {CHANNEL, OPERATIONS}


def test_no_secret_is_in_any_file_that_the_runs_leave(session: Session) -> None:
    assert found_under(session.home, SECRETS) == []


def test_customers_names_are_kept_in_tables_only(session: Session) -> None:
    found = [each for each in found_under(session.home, NAMES) if not each.startswith("faults/")]  # a fault's details, for its owner
    assert {Path(each.partition(" > ")[0].partition(": ")[0]).suffix for each in found} <= TABLES
    assert [each for each in found if "Zephyrine" in each], "the search finds nothing at all"


@pytest.mark.parametrize("words", [SECRETS, NAMES], ids=["secrets", "names"])
def test_neither_secrets_nor_names_are_said_to_anybody(session: Session, words: tuple[str, ...]) -> None:
    assert [each for place, content in session.words.items() for each in found_in(content, words, name=place)] == []


def test_what_was_sent_holds_neither_secrets_nor_names(session: Session) -> None:
    sent = [(title, content) for message in session.slack.messages for title, content in message.thread_files]
    sent += [(part.get_filename() or "", part.get_content()) for letter in session.mailbox.letters for part in letter.iter_attachments()]
    assert any("scorecard.xlsx" in title for title, _content in sent)
    assert [each for title, content in sent for each in found_in(content, (*SECRETS, *NAMES), name=title)] == []


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.xml", content)
    return out.getvalue()


def in_database(content: bytes) -> bytes:
    """A database in which a long text lies across its pages."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE log (message TEXT, data BLOB)")
        database.execute("INSERT INTO log VALUES (?, ?)", ["x" * 4050 + content.decode() + "x" * 9000, gzip.compress(content)])
        database.commit()
        return database.serialize()


def in_parquet(content: bytes) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"message": [content.decode()]}), out, compression="zstd")
    return out.getvalue()


@pytest.mark.parametrize("word", [*SECRETS, *NAMES, 'pässwörd/ß \\ "quoted"'])
@pytest.mark.parametrize(
    "written",
    [
        lambda word: f"x {word} x".encode(),
        lambda word: quote(word, safe="").encode(),
        lambda word: json.dumps({"message": f"x {word}"}).encode(),
        lambda word: repr([word]).encode(),
        lambda word: base64.b64encode(f"clerk:{word}@host".encode()),
        lambda word: base64.urlsafe_b64encode(f"x{word}".encode()),
        lambda word: base64.b64encode(f"xy{word}xy".encode()),
        lambda word: gzip.compress(word.encode()),
        lambda word: zipped(word.encode()),
        lambda word: zipped(gzip.compress(word.encode())),
        lambda word: in_database(word.encode()),
        lambda word: in_parquet(word.encode()),
    ],
    ids=[
        "plain",
        "url",
        "json",
        "repr",
        "base64",
        "base64 of a URL",
        "base64 shifted",
        "gzip",
        "zip",
        "gzip in zip",
        "database",
        "parquet",
    ],
)
def test_what_is_planted_is_found_however_it_is_written(tmp_path: Path, word: str, written: Callable[[str], bytes]) -> None:
    (tmp_path / "kept").write_bytes(written(word))
    (tmp_path / "other").write_bytes(written("something else"))
    found = found_under(tmp_path, [word])
    assert found
    assert all(each.startswith("kept") for each in found)
