"""A ledger is made of what its period can see: what cannot be seen changes nothing, and nothing that is left out was needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from config.definitions import Calendar
from config.topic_settings import Renewals
from tasks.customer_math.catalogue import TOPICS
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named, year_through
from tasks.customer_math.ledger.prepared import days_needed, prepared
from tasks.customer_math.ledger.purchase_intervals import days_of_purchase
from tasks.customer_math.ledger.segments import attribute_history, with_segments
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.ledger.visible import GROUPS, SIGHTS, as_seen, groups_sight, last_term_start, spans_of
from tasks.store.ledger_archive import LedgerArchive
from tasks.store.ledgers import write_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.movements import LedgerRules
    from tasks.customer_math.ledger.periods import Period
    from tasks.customer_math.ledger.visible import Sight, Span

pytestmark = pytest.mark.thorough

CALENDAR = Calendar()
FIRST_DAY, OPEN_ENDED = date(2025, 11, 1), date(9999, 12, 31)
PERIODS = [*(period_named(name, CALENDAR) for name in ("2026-W09", "2026-Q1")), year_through(period_named("2026-03", CALENDAR))]
"""The last of them holds the day before the year opens, on which groups are cut."""
NOT_IN_LEDGERS = {"campaigns", "purchase_values"}
"""Tables of a history that no ledger reads, or that are made of those that it does."""
SCHEMAS = {
    "acquisitions": {"customer_id": "string", "contacted_on": "date", "channel": "string", "campaign": "string"},
    "referrals": {
        "customer_id": "string",
        "referred_customer_id": "string",
        "referred_on": "date",
        "reason_code": "string",
        "referral_id": "string",
    },
    "tickets": {
        "customer_id": "string",
        "opened_on": "date",
        "category": "string",
        "stage": "string",
        "closed_on": "date",
        "is_complaint": "boolean",
    },
    "called": {"customer_id": "string", "departed_on": "date", "reason_code": "string", "silo": "string"},
    "comparisons": {
        "customer_id": "string",
        "answer_id": "string",
        "answered_on": "date",
        "own_worth": "int64",
        "competitor_worth": "int64",
        "brands_count": "int64",
        "half_ranks": "int64",
        "spend_amount": "decimal(18, 2)",
    },
    "landings": {"customer_id": "string", "known_on": "date", "landing": "int64", "region": "string"},
}


@dataclass(frozen=True)
class Chance:
    """Rows by chance, of some customers on some days."""

    random: Random
    first_day: date = FIRST_DAY
    days_count: int = 240

    def who(self) -> str:
        return f"customer {self.random.randrange(40)}"

    def day(self) -> date:
        return self.first_day + timedelta(days=self.random.randrange(self.days_count))

    def one_of(self, *values: Any) -> Any:
        return self.random.choice(values)

    def purchase(self) -> dict[str, Any]:
        amount, group = Decimal(self.random.randrange(-5_000, 20_000)) / 100, self.one_of("tea", "coffee", None)
        row = {"customer_id": self.who(), "purchased_on": self.day(), "amount": amount}
        return {**row, "product_group": group, "cost_amount": self.one_of(Decimal(5), None), "is_qualifying": amount > 0}

    def contract(self) -> dict[str, Any]:
        starts_on = self.day()
        ends_on = self.one_of(OPEN_ENDED, *(starts_on + timedelta(days=days) for days in (0, 20, 60, 150, 400)))
        is_deduction = self.random.random() < 0.1
        days = {"starts_on": starts_on, "ends_on": ends_on, "due_on": self.one_of(ends_on, ends_on, OPEN_ENDED), "term_ends_on": ends_on}
        begun_on = starts_on + timedelta(days=self.one_of(-30, 60)) if is_deduction else starts_on
        worth = {"annual_amount": Decimal(self.random.randrange(-5_000, 0) if is_deduction else self.random.randrange(50_000)) / 100}
        seats = {"seats_count": self.one_of(1, 5, None), "is_deduction": is_deduction, "term_starts_on": begun_on}
        return {"customer_id": self.who(), **days, **worth, **seats, "currency": self.one_of("EUR", "CHF")}

    def departure(self) -> dict[str, Any]:
        return {"customer_id": self.who(), "departed_on": self.day(), "reason_code": "price", "silo": self.one_of("service", "sales")}

    def answer(self) -> dict[str, Any]:
        return {"customer_id": self.who(), "answered_on": self.day(), "occasion": self.one_of("renewal", None), "reason_code": "habit"}

    def acquisition(self) -> dict[str, Any]:
        return {"customer_id": self.who(), "contacted_on": self.day(), "channel": self.one_of("fair", None), "campaign": None}

    def referral(self) -> dict[str, Any]:
        row = {
            "customer_id": self.who(),
            "referred_customer_id": self.one_of(self.who(), None),
            "referred_on": self.one_of(self.day(), None),
        }
        return {**row, "reason_code": self.one_of(None, None, "price"), "referral_id": str(self.random.randrange(10**9))}

    def ticket(self) -> dict[str, Any]:
        row = {"customer_id": self.who(), "opened_on": self.day(), "category": None, "stage": None}
        closed_on = self.one_of(OPEN_ENDED, row["opened_on"] + timedelta(days=self.random.randrange(90)))
        return {**row, "closed_on": closed_on, "is_complaint": self.one_of(True, False)}

    def called(self) -> dict[str, Any]:
        return {"customer_id": self.who(), "departed_on": self.day(), "reason_code": self.one_of("price", "habit"), "silo": "sales"}

    def comparison(self) -> dict[str, Any]:
        brands_count = self.random.randrange(1, 4)
        row = {"customer_id": self.who(), "answer_id": str(self.random.randrange(10**9)), "answered_on": self.day()}
        worth = {"own_worth": self.one_of(7, None), "competitor_worth": 5, "spend_amount": self.one_of(Decimal(100), None)}
        return {**row, **worth, "brands_count": brands_count, "half_ranks": self.random.randrange(2, 2 * brands_count + 1)}

    def landing(self) -> dict[str, Any]:
        number = self.random.randrange(6)
        known_on = self.first_day + timedelta(days=40 * number)
        return {"customer_id": self.who(), "known_on": known_on, "landing": number, "region": self.one_of("North", "South")}


def rows_by_chance(chance: Chance, *, times: int = 1) -> dict[str, list[dict[str, Any]]]:
    makers = {
        "purchases": (chance.purchase, 120),
        "contracts": (chance.contract, 60),
        "departures": (chance.departure, 30),
        "surveys": (chance.answer, 40),
        "acquisitions": (chance.acquisition, 30),
        "referrals": (chance.referral, 40),
        "tickets": (chance.ticket, 40),
        "called": (chance.called, 20),
        "comparisons": (chance.comparison, 30),
        "landings": (chance.landing, 60),
    }
    return {name: [make() for _ in range(count * times)] for name, (make, count) in makers.items()}


def history_of(connection: Any, told: Any, rows: dict[str, list[dict[str, Any]]], rules: LedgerRules) -> History:
    """The rows as a history that is prepared for every period, each table stored."""
    rates = told.monthly_rates(FIRST_DAY - timedelta(days=30), count=20)
    plain = told.Told(**{name: rows[name] for name in ("purchases", "contracts", "departures", "surveys")}, rates=rates).history()

    def table(name: str) -> Any:
        arrays = pa.Table.from_pylist(rows[name], ibis.schema(SCHEMAS[name]).to_pyarrow())
        return ibis.memtable(arrays)

    first_of_each = {row["customer_id"]: row for row in rows["acquisitions"]}
    whole = replace(
        plain,
        acquisitions=ibis.memtable(pa.Table.from_pylist(list(first_of_each.values()), ibis.schema(SCHEMAS["acquisitions"]).to_pyarrow())),
        referrals=table("referrals"),
        tickets=table("tickets"),
        called=table("called"),
        comparisons=table("comparisons"),
        data_through=FIRST_DAY + timedelta(days=200),
        attributes=attribute_history(table("landings"), ("region",)),
        purchase_days=None if plain.purchases is None else days_of_purchase(plain.purchases),
    )
    days = frozenset[date]().union(*(days_needed(period, CALENDAR) for period in PERIODS))
    held = stored_in(connection)
    whole = replace(whole, **{name: held(name, each) for name, each in whole.tables.items()})
    return prepared(whole, days=days, rules=rules, store=lambda name, table: held(name.partition("-")[0], table))


def stored_in(connection: Any) -> Any:
    """How tables are kept: under the same name each time, so that what is asked of them is compiled once."""
    return lambda name, table: connection.create_table(f"held_{name}", connection.to_pyarrow(table), temp=True, overwrite=True)


def ledger_of(connection: Any, history: History, period: Period, rules: LedgerRules) -> list[dict[str, Any]]:
    store = stored_in(connection)
    asked = TopicContext(history, period, rules, store("moved", core_ledger(history, period, rules)), store)
    whole = with_segments(with_topics(asked, TOPICS), history.attributes, period=period, segments=rules.segments)
    return connection.to_pyarrow(whole.order_by("customer_id")).to_pylist()


def cut_at(history: Any, period: Period, rules: LedgerRules, *, connection: Any) -> History:
    """The history without anything that a period does not see."""
    starts = last_term_start(history)
    ahead = [] if starts is None else connection.to_pyarrow(starts).to_pylist()
    last_on = max((row["last_on"] for row in ahead if row["starts_on"] <= period.closing_day), default=None)
    spans = spans_of(period, rules, last_term_starts_on=last_on)
    sights = {sight.name: sight for sight in (*SIGHTS, groups_sight(rules.segments))}
    assert set(history.tables) - set(sights) <= NOT_IN_LEDGERS, "a table that ledgers read is in no sight: what changes in it is not seen"
    cut = {name: _cut(table, sights[name], spans) for name, table in history.tables.items() if name in sights}
    ready = replace(history.prepared, **{name: cut.pop(name) for name in ("spells", "first_days")})
    return replace(history, **cut, campaigns=None, prepared=ready)


def _cut(table: Any, sight: Sight, spans: dict[tuple[str, bool], Span]) -> Any:
    inside, ends = spans[sight.name, False], spans[sight.name, True]
    seen = table.filter(table[sight.on].fill_null(date(1, 1, 1)).between(inside.from_on, inside.through))
    for end, beside in sight.ends.items():
        later = {name: (seen[end] <= ends.through).ifelse(seen[name], ibis.null(seen[name].type())) for name in beside}
        seen = seen.mutate(**later, **{end: ibis.least(seen[end], ibis.literal(ends.through + timedelta(days=1)))})
    return seen.select(*sight.columns)


def seen_of(connection: Any, history: History, period: Period, rules: LedgerRules) -> dict[str, list[str]]:
    """Everything that a period sees, a list of rows a table; groups of those of whom anything else is seen."""
    tables = cut_at(history, period, rules, connection=connection).tables
    rows = {name: connection.to_pyarrow(table).to_pylist() for name, table in tables.items() if name != "purchase_values"}
    seen = {row["customer_id"] for name, each in rows.items() if name not in {GROUPS, "rates"} for row in each}
    rows[GROUPS] = [row for row in rows[GROUPS] if row["customer_id"] in seen]
    return {name: sorted(map(repr, each)) for name, each in rows.items()}


def rules_of(told: Any, *, bridge_days: int) -> LedgerRules:
    return replace(told.rules(lapse_days=25, bridge_days=bridge_days, value_days=60), renewals=Renewals(grace_days=20))


@pytest.mark.parametrize(("seed", "period", "bridge_days"), [(1, PERIODS[0], 9), (2, PERIODS[-1], 0)])
def test_what_a_period_sees_gives_the_ledger_of_the_whole_history(
    connection: Any, told: Any, seed: int, period: Period, bridge_days: int
) -> None:
    rules = rules_of(told, bridge_days=bridge_days)
    history = history_of(connection, told, rows_by_chance(Chance(Random(seed))), rules)
    by_all = ledger_of(connection, history, period, rules)
    by_seen = ledger_of(connection, cut_at(history, period, rules, connection=connection), period, rules)
    assert by_all
    assert by_seen == by_all


def test_ledgers_are_given_what_is_seen_and_nothing_else(connection: Any, told: Any) -> None:
    rules = rules_of(told, bridge_days=0)
    history = history_of(connection, told, rows_by_chance(Chance(Random(4))), rules)
    seen = as_seen(replace(history, campaigns=ibis.memtable({"campaign": ["spring"]})), rules.segments)
    columns = {name: set(table.columns) for name, table in seen.tables.items()}
    assert columns.pop("purchase_values") == {"day", "customer_id", "amount"}  # of the purchases on the days of the periods
    assert columns == {sight.name: set(sight.columns) for sight in (*SIGHTS, groups_sight(rules.segments))}
    assert ledger_of(connection, seen, PERIODS[0], rules) == ledger_of(connection, history, PERIODS[0], rules)
    with pytest.raises(AttributeError, match="category"):
        _ = seen.tables["tickets"].category


@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(st.integers(0, 10**9), st.sampled_from(PERIODS))
def test_rows_of_later_days_are_not_seen(connection: Any, told: Any, seed: int, period: Period) -> None:
    rules, chance = rules_of(told, bridge_days=0), Random(seed)
    before = rows_by_chance(Chance(chance))
    looks_ahead_days = max(rules.renewals.grace_days, rules.departing.reason_after_days)
    new = rows_by_chance(Chance(chance, period.closes_on + timedelta(days=looks_ahead_days), 30))
    # Somebody whose groups were never known is given none of the past by chance: those of a known customer change from now on.
    known = {row["customer_id"] for row in before["landings"] if row["known_on"] < period.closes_on}
    had = {row["customer_id"] for row in before["acquisitions"]}
    new["landings"] = [{**row, "landing": 9} for row in new["landings"] if row["customer_id"] in known]
    new["acquisitions"] = [row for row in new["acquisitions"] if row["customer_id"] not in had]
    new["referrals"] = [row for row in new["referrals"] if row["referred_on"]]
    after = {name: [*rows, *new[name]] for name, rows in before.items()}
    was, is_now = (seen_of(connection, history_of(connection, told, rows, rules), period, rules) for rows in (before, after))
    assert [name for name in was if was[name] != is_now[name]] == []


@pytest.mark.parametrize("missing", ["purchases", "contracts"])
def test_a_company_without_some_tables_is_seen_without_them(connection: Any, told: Any, missing: str) -> None:
    rules, rows = rules_of(told, bridge_days=0), rows_by_chance(Chance(Random(7)))
    history = history_of(connection, told, {**rows, missing: []}, rules)
    seen = cut_at(history, PERIODS[0], rules, connection=connection)
    assert getattr(seen, missing) is None
    assert ledger_of(connection, seen, PERIODS[0], rules) == ledger_of(connection, history, PERIODS[0], rules)


CHANGES = ("nothing", "a row more", "a row changed", "another end of a contract", "a row less")


def with_change(rows: dict[str, list[dict[str, Any]]], chance: Chance, change: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of the next landing, one of which is another; in whatever order they come."""
    name = "contracts" if "contract" in change else chance.one_of("purchases", "contracts", "departures", "tickets")
    makers = {"purchases": chance.purchase, "contracts": chance.contract, "departures": chance.departure, "tickets": chance.ticket}
    after, place = list(rows[name]), chance.random.randrange(len(rows[name]))
    if change == "a row more":
        after.append(makers[name]())
    elif change == "a row changed":
        after[place] = {**makers[name](), "customer_id": after[place]["customer_id"]}
    elif change == "a row less":
        del after[place]
    elif change != "nothing":
        ends_on = max(after[place]["starts_on"], chance.day())
        after[place] = {**after[place], "ends_on": ends_on, "due_on": ends_on, "term_ends_on": ends_on}
    chance.random.shuffle(after)
    return {**rows, name: after}


@pytest.mark.parametrize("seed", [2, 3, 8])
def test_periods_that_see_a_change_are_computed_again_and_no_others(connection: Any, told: Any, tmp_path: Path, seed: int) -> None:
    rules, chance, store = rules_of(told, bridge_days=0), Chance(Random(seed)), stored_in(connection)
    rows, seen_before = rows_by_chance(chance), dict[str, Any]()
    for number, change in enumerate(("first landing", *CHANGES)):
        rows = rows if number == 0 else with_change(rows, chance, change)
        history = history_of(connection, told, rows, rules)
        archive = LedgerArchive(connection, history, rules, tmp_path / "archive", "one code", store)
        for period in (PERIODS[0], PERIODS[-1]):
            path, whole = (tmp_path / f"{which}-{number}-{period.name}.parquet" for which in ("again", "whole"))
            seen = seen_of(connection, history, period, rules)
            is_computed = not archive.holds(period, TOPICS)
            archive.write(period, path, topics=TOPICS, history=history)
            assert is_computed == (seen != seen_before.get(period.name)), change
            assert not (is_computed and change == "nothing")
            if not is_computed:
                write_ledger(connection, history, period, rules=rules, path=whole)
                again, anew = (pq.read_table(each).sort_by("customer_id").to_pylist() for each in (path, whole))
                assert again == anew
            seen_before[period.name] = seen
