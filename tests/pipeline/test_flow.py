"""The flow as people run it: a real workflow engine without a server set up, and a server that plays Slack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from config.measures.table import label_of
from tasks.store.engine import Home
from tests.pipeline.environments import STATEMENTS, own_environment
from tests.pipeline.slack_server import CHANNEL, OPERATIONS, TOKEN, slack_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.pipeline.slack_server import Slack

SESSION = Path(__file__).with_name("flow_session.py")
PATIENCE_SECONDS = 600
"""A busy machine takes long to start the engine's server; the test ends as soon as it has."""
FILLED_IN = "s3cr3t-of-the-shop"
"""What a variable puts into the path of an extract."""


@dataclass(frozen=True)
class Session:
    """What three runs came to: one that publishes, the same again, one for a period that is not covered."""

    home: Path
    slack: Slack
    told: dict[str, Any] = field(repr=False)
    log: str = field(repr=False)
    """What the engine itself said."""

    def outcome(self, number: int) -> dict[str, Any]:
        return self.told["outcomes"][number]

    def artifacts(self, key: str) -> list[dict[str, Any]]:
        return [each for each in self.told["artifacts"] if each["key"] == key]


@pytest.fixture(scope="module")
def session(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("flow")
    company = shop(folder / "shop", orders={"path": "${SHOP_SECRET}-orders.csv"}).folder
    (company / "orders.csv").rename(company / f"{FILLED_IN}-orders.csv")
    with slack_server() as slack:
        environment = own_environment() | {
            "CUSTOMER_MATH_HOME": str(folder / "home"),
            "SLACK_BOT_TOKEN_BLOCK": "slack-token",
            "PLANTED_TOKEN": TOKEN,
            "SHOP_SECRET": FILLED_IN,
            "SLACK_OPERATIONS_CHANNEL": OPERATIONS,
            "SLACK_CHANNEL": CHANNEL,
            "SLACK_API_URL": f"{slack.url}/api/",
            "PREFECT_LOGGING_LEVEL": "INFO",  # as loud as a worker's log
        }
        command = [sys.executable, str(SESSION), str(folder / "outcome.json"), str(company)]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        assert ended.returncode == 0, ended.stderr
        told = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
        yield Session(folder / "home", slack, told, ended.stdout + ended.stderr)


def test_a_run_without_a_server_publishes_an_edition_and_says_where_it_is(session: Session) -> None:
    outcome, edition = session.outcome(0), session.home / "shop" / "scorecards" / "2026-08" / "edition-1"
    assert outcome["status"] == 0, outcome["err"]
    assert (edition / "scorecard.xlsx").is_file()
    assert (edition / "digest.txt").read_text(encoding="utf-8") in outcome["out"]
    assert f"Workbook (edition 1): {edition / 'scorecard.xlsx'}\n" in outcome["out"]


def test_a_run_tells_step_by_step_what_it_does(session: Session) -> None:
    said = session.outcome(0)["err"]
    for step in ("read sales.orders: 16 rows", "orders: 16 rows read, 14 used", "assembled 2026-08", "published edition 1 of 2026-08"):
        assert said.count(step) == 1, said


def test_slack_is_told_once_with_the_picture_the_workbook_and_the_page_in_its_thread(session: Session) -> None:
    (message,) = [message for message in session.slack.messages if message.channel == CHANNEL]
    assert "We brought in 3 customers, but we lost 4." in message.text
    edition = session.home / "shop" / "scorecards" / "2026-08" / "edition-1"
    files = dict(message.thread_files)
    assert files == {
        name: (edition / kept).read_bytes() for name, kept in zip(files, ("trend.png", "scorecard.xlsx", "page.pdf"), strict=True)
    }
    noted = json.loads((Home.around(edition).delivery("2026-08") / "posted" / f"{CHANNEL}.json").read_text(encoding="utf-8"))
    assert (noted["state"], noted["channel"], noted["ts"], noted["edition"]) == ("sent", CHANNEL, message.ts, 1)


def test_the_same_run_again_publishes_nothing_and_posts_nothing(session: Session) -> None:
    outcome = session.outcome(1)
    assert outcome["status"] == 0, outcome["err"]
    assert "Workbook (edition 1, unchanged): " in outcome["out"]
    assert "Slack: edition 1 was told before" in outcome["err"]
    assert [message.channel for message in session.slack.messages].count(CHANNEL) == 1
    assert sorted(path.name for path in (session.home / "shop" / "scorecards" / "2026-08").iterdir()) == ["edition-1"]


def test_a_period_that_is_not_covered_is_refused_with_what_is_covered(session: Session) -> None:
    outcome = session.outcome(2)
    assert outcome["status"] == 1
    assert outcome["err"].splitlines()[-1] == (
        "Refused: sales extract contracts ends 2026-09-30, 2026-10 needs 2026-10-31: the extracts cover 2026-05-02 to 2026-09-30; "
        "bring a later extract, and where `covers_through` of sales extract contracts is written in sources.yaml, write there "
        "`covers_through: 2026-10-31` or later; or ask for an earlier period"
    )
    assert not (session.home / "shop" / "scorecards" / "2026-10").exists()


def test_no_run_prints_a_traceback_however_loud_the_engine_is(session: Session) -> None:
    texts = [session.log, *(text for outcome in session.told["outcomes"] for text in (outcome["out"], outcome["err"]))]
    assert [text for text in texts if "Traceback" in text] == []
    assert "Finished in state Extract missing('refused: sales extract contracts ends 2026-09-30" in session.log


def test_every_step_of_a_run_is_recorded_to_its_end_before_its_server_ends(session: Session) -> None:
    extracts = ("customers", "orders", "contracts", "departures", "rates")
    steps = session.told["steps"]
    assert set(steps.values()) == {"Completed"}, steps
    assert {f"{verb} {extract}" for verb in ("extract", "validate") for extract in extracts} < set(steps)
    assert not any(name.startswith("correct") for name in steps)  # a company without corrections has no such step


def test_the_server_of_a_command_lets_nobody_in_without_its_secret_or_by_another_name(session: Session) -> None:
    assert session.told["strangers"] == {"nobody": 401, "signed in": 200, "by another name": 403}


def test_runs_have_names_that_people_read_and_a_refusal_ends_with_its_sentence(session: Session) -> None:
    runs = [(run["name"], run["state"]) for run in session.told["runs"]]
    assert runs == [("2026-08 shop", "Completed"), ("2026-08 shop", "Completed"), ("2026-10 shop", "Extract missing")]
    assert "2026-10 needs 2026-10-31: the extracts cover 2026-05-02 to 2026-09-30" in session.told["runs"][2]["message"]


def test_the_headline_the_roll_forward_and_the_workbook_are_shown_beside_the_run(session: Session) -> None:
    headline, workbook = session.artifacts("headline")[0], session.artifacts("workbook")[0]
    assert headline["data"].startswith("# We brought in 3 customers, but we lost 4.\n")
    assert str(session.home / "shop" / "scorecards" / "2026-08" / "edition-1" / "scorecard.xlsx") in workbook["data"]
    rows = dict(line.strip("| ").split(" | ")[:2] for line in session.artifacts("roll-forward")[0]["data"].splitlines()[2:])
    assert [
        rows[name] for name in map(label_of, ("opening_customers", "customers_in", "customers_out", "net_customers", "closing_customers"))
    ] == ["8", "3", "4", "-1", "7"]
    assert "| Too expensive | 1 | 25% | EUR 45.50 |" in session.artifacts("reasons")[0]["data"]
    assert "A reason is known for 1 of 4 customers out, " in session.artifacts("reasons")[0]["data"]
    assert len(session.artifacts("headline")) == 2


def test_what_was_checked_is_shown_for_every_extract_without_a_customers_name(session: Session) -> None:
    pages = {each["key"]: each["data"] for each in session.told["artifacts"] if (each["key"] or "").startswith("validation-")}
    assert sorted(pages) == [f"validation-{name}" for name in ("contracts", "customers", "departures", "orders", "rates")]
    assert "customer_is_known" in pages["validation-orders"]
    assert [key for key, page in pages.items() if "Quux" in page] == []


def test_a_refusal_is_told_operations_once_with_its_reason_and_nobody_else(session: Session) -> None:
    (message,) = [message for message in session.slack.messages if message.channel == OPERATIONS]
    assert "2026-10 shop\N{RATIO} refused\N{RATIO} sales extract contracts ends 2026-09-30, 2026-10 needs 2026-10-31" in message.text
    assert "PeriodError" not in message.text


def test_no_token_is_kept_in_any_file_that_runs_leave_nor_in_the_workflow_engines_database(session: Session) -> None:
    statements = Path(os.environ[STATEMENTS]).glob("*/[!.]*")
    files = [path for path in (*session.home.rglob("*"), *statements) if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    parts = (TOKEN.encode(), TOKEN.rpartition("-")[2].encode(), FILLED_IN.encode())
    assert [path for path in files if any(part in path.read_bytes() for part in parts)] == []


def test_no_customers_name_is_kept_but_in_the_lists_and_in_parquet_files(session: Session) -> None:
    named = (path for path in session.home.rglob("*") if path.is_file() and b"Quux" in path.read_bytes())
    with_names = {path.suffix if path.suffix == ".parquet" else path.name for path in named}
    assert with_names <= {"customers.xlsx", ".parquet"}
    rows = pq.read_table(session.home / "shop" / "scorecards" / "2026-08" / "edition-1" / "movements.parquet").to_pylist()
    assert any("Quux" in row["customer_name"] for row in rows)


def test_neither_token_nor_name_is_told_by_logs_artifacts_or_messages(session: Session) -> None:
    told = [session.log, json.dumps(session.told), *(json.dumps(message.blocks) + message.text for message in session.slack.messages)]
    assert [word for word in (TOKEN, FILLED_IN, "Quux", "Zephyrine") if any(word in text for text in told)] == []
