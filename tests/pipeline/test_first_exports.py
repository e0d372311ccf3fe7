"""From exports of well-known systems alone to rows that count: what `init` writes of them, and nothing more, gives what is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from config.company import load_company, load_parts
from tasks.check import findings_of
from tasks.propose import Choices, propose
from tasks.sources.landing import land
from tasks.sources.landing_job import LandingStore
from tasks.store.engine import atomic_write
from tests.exports_of_systems import CUSTOMERS, EVENTS_COUNT, LAYOUTS, day_of, span_of, templates_of, write_export, write_orders
from tests.pipelines import settings_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.export_template import ExportTemplate

NOW = datetime(2026, 10, 2, 12, tzinfo=UTC)
LAPSE_DAYS = 20
COLUMNS = {
    "purchases": "customer_id, purchased_on, amount",
    "deals": "won_on",
    "tickets": "customer_id, opened_on",
    "contracts": "customer_id, starts_on, ends_on, recurring_amount, recurring_per, currency",
    "customers": "customer_id",
}


def began(system: str, layout: str, folder: Path) -> Path:
    """The company's folder as `init` writes it from the exports of a system, and from orders where they have none."""
    templates = templates_of(system, layout)
    files = [write_export(template, folder) for template in templates]
    if not {"purchases", "contracts"} & {template.dataset for template in templates}:
        files.append(write_orders(folder))
    choices = Choices("USD", lapse_days=LAPSE_DAYS)
    return propose(folder / "shop", [str(file) for file in files], choices=choices, settings=settings_in(folder / "home")).folder


def known(template: ExportTemplate) -> list[tuple[Any, ...]]:
    """The rows that count."""
    is_email = "email" in template.columns.get("customer_id", "").lower()
    who = [f"u{customer}@example.com" if is_email else customer for customer in CUSTOMERS]
    events = [(who[n % 12], day_of(n), Decimal(f"{10 + n}.50")) for n in range(EVENTS_COUNT)]
    per = "1 month" if "recurring_per" in template.columns else "month"
    return {
        "purchases": events,
        "deals": [(day,) for _, day, _ in events],
        "tickets": [event[:2] for event in events],
        "contracts": [
            (who[n], start, end if "ends_on" in template.columns else None, Decimal(f"{10 + n}.50"), per, "USD")
            for n in range(len(who))
            for start, end in [span_of(n)]
        ],
        "customers": [(each,) for each in who],
    }[template.dataset]


@pytest.mark.parametrize(("system", "layout"), LAYOUTS, ids=[f"{system}_as_{layout}".replace(" ", "_") for system, layout in LAYOUTS])
def test_exports_of_a_system_give_their_rows_without_a_line_written_by_hand(
    system: str, layout: str, tmp_path: Path, connection: Backend
) -> None:
    folder = began(system, layout, tmp_path)
    findings = findings_of(load_parts(folder), settings=settings_in(tmp_path / "home"), now=NOW)
    is_by_email = system == "Zendesk" and layout.startswith("Zendesk")  # an address needs a list of customers that has it
    assert [each for each in findings.problems if not is_by_email] == []
    company = load_company(folder)
    store = LandingStore(lambda fingerprint: tmp_path / f"{fingerprint[:16]}.parquet", atomic_write)
    for template in templates_of(system, layout):
        extract = company.sources.extracts[f"{template.dataset}_export"]
        assert (extract.dataset, extract.columns, extract.key) == (template.dataset, dict(template.columns), template.key)
        landed = land(company, f"{template.dataset}_export", connection=connection, store=store)
        counts = "status <> 'failed'" if template.dataset == "purchases" else "true"
        query = f"SELECT {COLUMNS[template.dataset]} FROM read_parquet(?) WHERE {counts} ORDER BY source_row"
        assert connection.con.execute(query, [str(landed.path)]).fetchall() == known(template)


def test_what_was_not_sold_does_not_count_and_is_said(tmp_path: Path) -> None:
    files = [str(write_export(template, tmp_path)) for template in templates_of("Stripe", "Fivetran")]
    written = propose(tmp_path / "shop", files, choices=Choices("USD"), settings=settings_in(tmp_path / "home"))
    assert load_company(written.folder).definitions.activity.excluded_statuses == ("failed",)
    assert any("rows in the state `failed` do not count" in guess for guess in written.guesses)


def active(day: date, has: Callable[[int, date], bool], count: int) -> int:
    """How many of the 12 have something on a day."""
    return len({number % 12 for number in range(count) if has(number, day)})


def bought_lately(number: int, day: date) -> bool:
    return day - timedelta(days=LAPSE_DAYS) < day_of(number) <= day


def under_contract(number: int, day: date) -> bool:
    start, end = span_of(number)
    return start <= day and (end is None or day < end)


@pytest.mark.parametrize(
    ("system", "layout", "has", "count"),
    [("Shopify", "Shopify's order export", bought_lately, EVENTS_COUNT), ("Recurly", "Airbyte", under_contract, len(CUSTOMERS))],
)
def test_the_first_figures_of_a_system_s_exports_are_those_that_are_known(
    system: str, layout: str, has: Any, count: int, tmp_path: Path, pipelines: Any
) -> None:
    figures = pipelines.read_and_validate(began(system, layout, tmp_path), tmp_path / "own").figures(["2026-08"])
    both = tuple(figures["2026-08", "all", "all", f"{end}_customers"] for end in ("opening", "closing"))
    assert both == (active(date(2026, 7, 31), has, count), active(date(2026, 8, 31), has, count))
