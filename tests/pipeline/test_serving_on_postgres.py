"""The whole cycle with the server's database on PostgreSQL: deployed, run, refused, killed, served again, stopped."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.pipeline.postgres_server import needs_postgres, postgres_server
from tests.pipeline.served import served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.served import Served


def whole_cycle(machine: Served) -> None:
    """A week is published and shown, and one that the extracts do not cover is refused, of which operations is told."""
    week = machine.ended(machine.start("weekly-shop", period_kind="week", day_in_period="2026-09-16"))
    assert (week["name"], week["state_name"]) == ("2026-W38 shop", "Completed"), week["state"]["message"]
    shown = {key: each["data"] for key, each in machine.artifacts(week).items()}
    assert shown["headline"].startswith("# We brought in no customers, but we lost 1.")
    assert (machine.home / "shop" / "scorecards" / "2026-W38" / "edition-1" / "scorecard.xlsx").is_file()
    refused = machine.ended(machine.start("weekly-shop", period="2026-W40"))
    assert refused["state"]["message"].startswith("refused: sales extract contracts ends 2026-09-30, 2026-W40 needs 2026-10-04")
    told = machine.ended(machine.wait_for("tell operations", parameters={"what": "no extract", "run": "2026-W40 shop"}))
    assert told["state_name"] == "Completed", told["state"]["message"]


def runs_kept(url: str) -> int:
    """How many runs PostgreSQL keeps."""
    with psycopg.connect(url) as base:
        (count,) = base.execute("SELECT count(*) FROM flow_run WHERE state_name <> 'Scheduled'").fetchone() or (0,)
    return int(count)


@needs_postgres
@pytest.mark.postgres
def test_a_machine_that_is_killed_serves_again_from_postgresql_and_leaves_nothing_when_it_stops(shop: Any, tmp_path: Path) -> None:
    companies, home = tmp_path / "companies", tmp_path / "home"
    shop(companies / "shop")
    with postgres_server() as server:
        url = server.url
        kept_in = {"PREFECT_SERVER_DATABASE_CONNECTION_URL": url.replace("postgresql://", "postgresql+asyncpg://")}
        with served(home, companies, "shop", **kept_in) as machine:
            whole_cycle(machine)
            killed = machine.start("weekly-shop", period="2026-W37")
            machine.wait_for("scorecard", "Running")
            for process in machine.processes():
                os.kill(process, signal.SIGKILL)
            machine.running.wait()
        with served(home, companies, "shop", **kept_in) as machine:
            ended = machine.ended(killed)
            assert ended["state_name"] == "Crashed"
            assert ended["state"]["message"] == "was left behind when this machine stopped; run it again, what was complete is used again"
            assert machine.ended(machine.alert_on(killed))["state_name"] == "Completed"
            again = machine.ended(machine.start("weekly-shop", period="2026-W37"))
            assert again["state_name"] == "Completed", again["state"]["message"]
            machine.alert_on(killed)
            machine.start("weekly-shop", period="2026-W36")
            machine.wait_for("scorecard", "Running")
        assert machine.running.returncode == 0
        assert machine.said.endswith("stopped; nothing of it is running any more\n")
        assert machine.processes() == []
        assert runs_kept(url) >= 5
    assert not (home / "prefect" / "prefect.db").exists()
