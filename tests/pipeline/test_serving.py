"""One machine that serves: schedules, the form, what a run shows, word of refusals, and that nothing is left when it stops."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from prefect.settings import PREFECT_API_AUTH_STRING, temporary_settings

from config.definitions import Calendar
from config.measures.table import label_of
from flows.orchestration.forms import recent_periods
from flows.orchestration.server import LEFT_BEHIND, end_what_was_left
from tests.pipeline.chromium import CHROMIUM, chromium, needs_chromium
from tests.pipeline.served import served
from tests.pipeline.serving_pages import choose_recent_period, fill_form, open_form, read_artifacts, start_and_wait

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pipeline.served import Served

DEPLOYED = ["backfill-shop", "monthly-shop", "quarterly-shop", "tell-operations", "weekly-shop", "yearly-shop"]
SCHEDULED_WITHIN_SECONDS = 180
"""The server looks about once a minute for what is to be scheduled; a busy one takes its time."""
REASON = "Late orders of the northern shop"
SAYS = {
    "headline": "We brought in no customers, but we lost 1.",
    "roll-forward": "EUR 1,662.00",
    "reasons": "no reason known",
    "rules-broken": "The customer of every purchase is in the company's extract of customers.",
    "workbook": "scorecard.xlsx",
    "lineage": "exchange_rates",
}
"""What each page of the run's answers says, among the rest."""
NAMES = ("Zephyrine", "Quux")
"""Of customers; what is kept on the server has none of them."""


@pytest.fixture(scope="module")
def machine(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("serving")
    shop(folder / "companies" / "shop")
    with served(folder / "home", folder / "companies", "shop") as machine:
        yield machine


@dataclass(frozen=True)
class Week:
    """The run of 2026-W38, asked for by a day in it, as it ended, and what a person saw of it."""

    run: dict[str, Any]
    seen: dict[str, str]
    """The text of its pages; none where there is no browser."""
    problems: list[str]


@pytest.fixture(scope="module")
def week(machine: Served, tmp_path_factory: pytest.TempPathFactory) -> Week:
    if not CHROMIUM:
        return Week(machine.ended(machine.start("weekly-shop", day_in_period="2026-09-16", reason_for_rerun=REASON)), {}, [])
    with chromium(tmp_path_factory.mktemp("browser")) as browser:
        open_form(browser, machine, "weekly-shop")
        fill_form(browser, month="September 2026", day="Wednesday, September 16th, 2026", reason=REASON)
        start_and_wait(browser, "2026-W38 shop")
        run = machine.wait_for("scorecard", "Completed", parameters={"reason_for_rerun": REASON})
        shown = {key: each["id"] for key, each in machine.artifacts(run).items() if not key.startswith("validation-")}
        return Week(run, read_artifacts(browser, machine, shown, until=SAYS), browser.problems)


def test_serving_says_where_the_pages_are_and_what_is_due_next(machine: Served) -> None:
    assert f"Serving at {machine.url} (6 deployments). Ctrl-C stops everything.\n" in machine.said
    secret = machine.home / "prefect" / "sign-in"
    assert f"\nThe pages ask for a password: `customer-math sign-in` prints it (from {secret}).\nDue next:\n" in machine.said
    assert machine.password not in machine.said
    due = {name: day for day, _, name in (line.strip().rpartition("  ") for line in machine.said.splitlines()) if name in DEPLOYED}
    assert {"weekly-shop", "monthly-shop", "quarterly-shop"} <= set(due) <= {"weekly-shop", "monthly-shop", "quarterly-shop", "yearly-shop"}
    assert ", 06:00 CE" in due["weekly-shop"]
    assert f"Logs and database: {machine.home / 'prefect'}\n" in machine.said


def test_the_server_listens_on_this_machine_only_and_keeps_everything_under_the_home(machine: Served) -> None:
    assert (machine.home / "prefect" / "prefect.db").is_file()
    settings = machine.ask("admin/settings", method="GET")["server"]
    assert settings["api"]["host"] == "127.0.0.1"
    assert settings["analytics_enabled"] is False
    assert settings["concurrency"]["lease_storage"] == "prefect.server.concurrency.lease_storage.filesystem"
    assert set(settings["services"]["db_vacuum"]["enabled"]) == {"events", "flow_runs"}
    assert settings["api"]["csrf_protection_enabled"] is True
    assert machine.url in settings["api"]["cors_allowed_origins"].split(",")
    assert "*" not in settings["api"]["cors_allowed_origins"]


def test_the_secret_is_printed_where_it_is_asked_for_and_lies_in_no_log(machine: Served) -> None:
    answer = machine.command("sign-in")
    assert (answer.returncode, answer.stdout) == (0, f"{machine.password}\n")
    secret = machine.password.partition(":")[2].encode()
    assert [path.name for path in (machine.home / "prefect").iterdir() if path.is_file() and secret in path.read_bytes()] == ["sign-in"]


def test_every_kind_of_period_has_a_schedule_in_the_companys_zone(machine: Served) -> None:
    schedules = {name: each["schedules"] for name, each in machine.deployments().items() if each["schedules"]}
    crons = {name: (found[0]["schedule"]["cron"], found[0]["schedule"]["timezone"]) for name, found in schedules.items()}
    assert crons == {
        "weekly-shop": ("0 6 * * 1", "Europe/Berlin"),
        "monthly-shop": ("30 6 1 * *", "Europe/Berlin"),
        "quarterly-shop": ("0 7 1 1,4,7,10 *", "Europe/Berlin"),
        "yearly-shop": ("30 7 1 1 *", "Europe/Berlin"),
    }


def test_one_run_of_a_company_works_at_a_time_and_the_second_waits(machine: Served) -> None:
    weekly = machine.deployments()["weekly-shop"]
    assert weekly["global_concurrency_limit"]["limit"] == 1
    assert weekly["concurrency_options"]["collision_strategy"] == "ENQUEUE"
    queues = {queue["name"]: queue["concurrency_limit"] for queue in machine.ask("work_pools/customer-math/queues/filter")}
    assert (queues["shop"], queues["operations"]) == (1, None)


def test_a_schedule_of_every_minute_makes_runs(machine: Served) -> None:
    weekly = machine.deployments()["weekly-shop"]["id"]
    every_minute = {
        "schedule": {"cron": "* * * * *", "timezone": "UTC"},
        "active": True,
        "parameters": {"period": "2026-08", "publish": False},
    }
    (made,) = machine.ask(f"deployments/{weekly}/schedules", [every_minute])
    try:
        soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
        asked = {
            "flow_runs": {
                "deployment_id": {"any_": [weekly]},
                "expected_start_time": {"before_": soon},
                "state": {"type": {"any_": ["SCHEDULED"]}},
            }
        }
        until = time.monotonic() + SCHEDULED_WITHIN_SECONDS
        while len(runs := machine.ask("flow_runs/filter", asked)) < 3:
            assert time.monotonic() < until, runs
            time.sleep(0.5)
    finally:
        machine.ask(f"deployments/{weekly}/schedules/{made['id']}", method="DELETE")
    assert all(run["auto_scheduled"] for run in runs)


def test_the_form_speaks_the_readers_words_and_offers_the_companies_there_are(machine: Served) -> None:
    fields = machine.deployments()["weekly-shop"]["parameter_openapi_schema"]["properties"]
    assert [field["title"] for field in sorted(fields.values(), key=lambda field: field["position"])] == [
        *("Company", "Kind of period", "A day in the period", "Or the period's exact name", "Tell Slack", "Reason for a rerun"),
    ]
    assert fields["company"]["enum"] == ["demo", "shop", "olist", "online_retail", "ravenstack"]
    assert fields["period_kind"]["enum"] == ["week", "month", "quarter", "year"]
    assert all(field["description"] for field in fields.values())


def test_a_company_that_is_none_is_refused_before_a_run_is_made(machine: Served) -> None:
    before = len(machine.runs("scorecard"))
    with pytest.raises(httpx.HTTPStatusError) as refused:
        machine.start("weekly-shop", company="nobody")
    assert "'nobody' is not one of ['demo', 'shop'" in refused.value.response.text
    assert len(machine.runs("scorecard")) == before


def test_a_period_asked_for_by_a_day_in_it_is_published(machine: Served, week: Week) -> None:
    assert week.run["parameters"]["day_in_period"] == "2026-09-16"
    assert (week.run["name"], week.run["state_name"]) == ("2026-W38 shop", "Completed"), week.run["state"]["message"]
    assert (machine.home / "shop" / "scorecards" / "2026-W38" / "edition-1" / "scorecard.xlsx").is_file()


def test_what_a_run_shows_answers_without_opening_a_file(machine: Served, week: Week) -> None:
    shown = {key: each["data"] for key, each in machine.artifacts(week.run).items()}
    edition = machine.home / "shop" / "scorecards" / "2026-W38" / "edition-1"
    assert shown["headline"].startswith(
        "# We brought in no customers, but we lost 1.\n\nMade again because: Late orders of the northern shop\n"
    )
    assert f"| {label_of('opening_customers')} | 7 | EUR 1,697.00 | 7 |" in shown["roll-forward"]
    assert "| no reason known | 1 | 100% | EUR 50.00 |" in shown["reasons"]
    assert "A reason is known for 0 of 1 customers out, EUR 0.00 of EUR 50.00." in shown["reasons"]
    assert "| orders | The customer of every purchase is in the company's extract of customers. |" in shown["rules-broken"]
    assert shown["trend"].startswith("![Customers in and out, period by period](data:image/png;base64,iVBOR")
    assert f"`{edition / 'scorecard.xlsx'}`" in shown["workbook"]
    assert f"[Workbook]({machine.url}/editions/shop/2026-W38/edition-1/scorecard.xlsx)" in shown["workbook"]
    assert f"[Open the scorecard]({machine.url}/editions/shop/2026-W38/edition-1/page.html)" in shown["headline"]
    orders = {"silo": "sales", "extract": "orders", "read as": "purchases", "rows used": "14", "rows read": "16"}
    assert orders in json.loads(shown["lineage"])


def test_the_form_of_every_kind_of_period_offers_those_that_are_recent(machine: Served) -> None:
    deployed = machine.deployments()
    for name in ("weekly-shop", "monthly-shop", "quarterly-shop", "yearly-shop"):
        field = deployed[name]["parameter_openapi_schema"]["properties"]["period"]
        recent, _any_other = field["anyOf"]
        assert recent["enum"] == list(recent_periods(Calendar(), today=datetime.now(ZoneInfo("Europe/Berlin")).date()))


@needs_chromium
@pytest.mark.browser
def test_a_person_finds_the_last_week_in_the_form(machine: Served, tmp_path: Path) -> None:
    (latest, *_earlier) = recent_periods(Calendar(), today=datetime.now(ZoneInfo("Europe/Berlin")).date())
    with chromium(tmp_path) as browser:
        open_form(browser, machine, "weekly-shop")
        choose_recent_period(browser, latest)
        assert browser.problems == []


@needs_chromium
@pytest.mark.browser
def test_a_person_starts_a_week_in_the_pages_and_reads_there_what_it_came_to(week: Week) -> None:
    seen = week.seen
    assert sorted(seen) == ["headline", "lineage", "reasons", "roll-forward", "rules-broken", "trend", "workbook"]
    assert {key: text for key, text in SAYS.items() if text not in seen[key]} == {}
    assert REASON in seen["headline"]
    assert "Customers at closing" in seen["roll-forward"]
    assert "A reason is known for 0 of 1 customers out" in seen["reasons"]
    assert "Something went wrong" not in "".join(seen.values())
    assert week.problems == []


def test_no_customers_name_is_shown_or_kept_on_the_server(machine: Served, week: Week) -> None:
    kept = b"".join(path.read_bytes() for path in (machine.home / "prefect").glob("prefect.db*"))
    assert [name for name in NAMES if name.encode() in kept] == []


def test_the_scorecard_is_an_asset_made_of_every_extract(machine: Served, week: Week) -> None:
    until = time.monotonic() + 60
    asked = {"filter": {"event": {"name": ["prefect.asset.materialization.succeeded"]}}}
    while not (events := machine.ask("events/filter", asked)["events"]):
        assert time.monotonic() < until
        time.sleep(0.5)
    assert events[0]["resource"]["prefect.resource.id"] == "customermath://shop/scorecard"
    sources = {each["prefect.resource.id"] for each in events[0]["related"] if each["prefect.resource.id"].startswith("customermath:")}
    assert sources == {
        f"customermath://shop/{name}"
        for name in ("sales/customers", "sales/orders", "sales/contracts", "sales/rates", "service/departures")
    }


def test_a_run_without_its_extract_ends_in_a_sentence_and_operations_is_told(machine: Served) -> None:
    run = machine.ended(machine.start("monthly-shop"))
    assert run["state_name"] == "Extract missing"
    assert run["state"]["message"].startswith("refused: sales extract contracts ends 2026-09-30, 20")
    told = machine.ended(machine.wait_for("tell operations", parameters={"what": "no extract", "run_id": run["id"]}))
    assert told["state_name"] == "Completed", told["state"]["message"]
    assert told["parameters"] == {
        "what": "no extract",
        "run": run["name"],
        "deployment": "monthly-shop",
        "reason": run["state"]["message"],
        "run_id": run["id"],
    }


def test_a_period_that_is_none_is_refused_in_words(machine: Served) -> None:
    run = machine.ended(machine.start("weekly-shop", period="2026-W99"))
    assert (run["state_name"], run["state"]["message"]) == ("Refused", "refused: period 2026-W99: 2026 has weeks 01 to 53")
    assert machine.artifacts(run)["refused"]["data"] == "# Refused\n\nperiod 2026-W99: 2026 has weeks 01 to 53\n"
    logs = machine.ask("logs/filter", {"logs": {"flow_run_id": {"any_": [run["id"]]}}})
    assert [each["message"] for each in logs if "unexpected exception" in each["message"]] == []


def test_what_is_no_name_of_a_period_is_refused_before_a_run_is_made(machine: Served) -> None:
    with pytest.raises(httpx.HTTPStatusError) as refused:
        machine.start("weekly-shop", period="last week")
    assert "Validation failed for field 'period'. Failure reason: 'last week' is not valid under any of" in refused.value.response.text


def test_an_edition_is_shown_to_whoever_has_the_secret(machine: Served, week: Week) -> None:
    path = "/editions/shop/2026-W38/edition-1/page.html"
    published = machine.home / "shop" / "scorecards" / "2026-W38" / "edition-1" / "page.html"
    assert machine.request("GET", path).content == published.read_bytes()
    assert machine.request("GET", path, password="customer-math:wrong").status_code == 401
    assert httpx.get(f"{machine.url}{path}", trust_env=False).status_code == 401
    assert machine.request("GET", path, headers={"Origin": "http://evil.example"}).status_code == 403
    assert machine.request("GET", "/editions/shop/2026-W38/edition-1/customers.xlsx").status_code == 404


def test_what_a_machine_left_behind_ends_and_is_told_once_and_its_alerts_start_again(machine: Served) -> None:
    """As the next start does it, here twice; nobody is told anything while operations' queue waits."""

    def left(deployment: str, state: str, **parameters: str) -> dict[str, Any]:
        found = machine.deployments()[deployment]["id"]
        return machine.ask(f"deployments/{found}/create_flow_run", {"state": {"type": state}, "parameters": parameters})

    (queue,) = (each for each in machine.ask("work_pools/customer-math/queues/filter") if each["name"] == "operations")
    machine.ask(f"work_queues/{queue['id']}", {"is_paused": True}, method="PATCH")
    crashed = [left("weekly-shop", state, period="2026-W37") for state in ("RUNNING", "PENDING", "RUNNING")]
    alert = left("tell-operations", "RUNNING", what="failed", run="2026-W37 shop")
    with temporary_settings({PREFECT_API_AUTH_STRING: machine.password}):
        for _ in range(2):
            end_what_was_left(f"{machine.url}/api")
    assert [machine.ended(run)["state"]["message"] for run in crashed] == [LEFT_BEHIND] * 3
    alerts = [alert, *(machine.alert_on(run) for run in crashed)]
    assert {machine.ask(f"flow_runs/{each['id']}", method="GET")["state_type"] for each in alerts} == {"SCHEDULED"}
    for each in alerts:
        machine.ask(f"flow_runs/{each['id']}", method="DELETE")
    machine.ask(f"work_queues/{queue['id']}", {"is_paused": False}, method="PATCH")


def test_deploying_again_changes_nothing_and_takes_away_what_is_no_longer_declared(machine: Served) -> None:
    def standing() -> tuple[list[str], list[tuple[str, str]]]:
        automations = machine.ask("automations/filter")
        return sorted(machine.deployments()), sorted((each["name"], each["updated"]) for each in automations)

    before = standing()
    assert before[0] == DEPLOYED
    weekly = machine.deployments()["weekly-shop"]
    machine.ask(f"deployments/{weekly['id']}/schedules/{weekly['schedules'][0]['id']}", {"active": False}, method="PATCH")
    again = {"name": "daily-shop", "flow_id": weekly["flow_id"], "entrypoint": weekly["entrypoint"]}
    machine.ask("deployments/", again)
    answer = machine.command("deploy", "--company", "shop")
    assert answer.returncode == 0, answer.stderr
    assert "taken away daily-shop" in answer.stdout
    assert standing() == before
    assert [each["active"] for each in machine.deployments()["weekly-shop"]["schedules"]] == [False]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"PREFECT_API_AUTH_STRING": "customer-math:wrong"},
            "its server does not let this command in (status 401); set PREFECT_API_AUTH_STRING",
        ),
        ({"CUSTOMER_MATH_HOME": "/nonexistent/home"}, "status 401"),
        ({"PREFECT_API_URL": "{url}"}, "expected a Prefect server's answer"),
        ({"PREFECT_API_URL": "{url}/nothing"}, "expected a Prefect server's answer"),
        ({"PREFECT_API_URL": "http://127.0.0.1:1/api"}, "no server answers there; start it, or correct the address"),
        ({"PREFECT_API_URL": "ftp://me:planted@127.0.0.1/api"}, "PREFECT_API_URL=ftp://me:***@127.0.0.1/api: no server answers there"),
    ],
)
def test_deploying_where_it_cannot_ends_in_a_sentence(machine: Served, tmp_path: Path, changes: dict[str, str], says: str) -> None:
    changes = {name: value.format(url=machine.url).replace("/nonexistent", str(tmp_path)) for name, value in changes.items()}
    answer = machine.command("deploy", "--company", "shop", **changes)
    assert says in answer.stderr.replace("\n", "")
    assert answer.stderr.startswith("Cannot: PREFECT_API_URL=")
    assert not {"planted", "Traceback"} & set(answer.stderr.split())


def test_a_company_is_served_by_its_name_once(machine: Served, shop: Any, tmp_path: Path) -> None:
    elsewhere = shop(tmp_path / "shop").folder
    answer = machine.command("serve", "--company", str(elsewhere))
    assert answer.returncode == 2
    assert "expected a company that its name leads to (demo, shop, olist, online_retail, ravenstack)" in answer.stderr
    assert f"set CUSTOMER_MATH_COMPANIES={tmp_path} (the folder around it) and write --company shop" in answer.stderr
    by_path = str(machine.home.parent / "companies" / "shop")
    answer = machine.command("deploy", "--company", "shop", "--company", by_path, "-c", "shop")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count("deployed weekly-shop\n") == 1


def test_a_second_machine_on_the_same_home_or_port_is_refused_with_what_to_do(machine: Served, tmp_path: Path) -> None:
    same_home = machine.command("serve", "--company", "shop", "--port", str(machine.port))
    assert same_home.returncode == 2
    assert f"Cannot: {machine.home / 'prefect'} is being served already: stop that first" in same_home.stderr
    environment = machine.environment | {"CUSTOMER_MATH_HOME": str(tmp_path)}
    same_port = type(machine)(tmp_path, machine.port, machine.running, environment).command(
        "serve", "-c", "shop", "--port", str(machine.port)
    )
    assert same_port.returncode == 2
    assert f"Cannot: port {machine.port} of 127.0.0.1 cannot be used (Address already in use)" in same_port.stderr
