"""Small histories written as text, and a slow second opinion on them: day by day, customer by customer, in plain Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from config.definitions import Activity, Value
from tasks.customer_math.ledger.history import OPEN_ENDED, History
from tasks.customer_math.ledger.movements import LedgerRules, movements
from tasks.customer_math.ledger.segments import static_attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ibis.backends.duckdb import Backend

    from tasks.customer_math.ledger.periods import Period

MONEY = pa.decimal128(18, 2)
SCHEMAS = {
    "purchases": pa.schema(
        {
            "customer_id": pa.string(),
            "purchased_on": pa.date32(),
            "amount": MONEY,
            "product_group": pa.string(),
            "cost_amount": MONEY,
            "is_qualifying": pa.bool_(),
        }
    ),
    "contracts": pa.schema(
        {
            "customer_id": pa.string(),
            "starts_on": pa.date32(),
            "ends_on": pa.date32(),
            "annual_amount": pa.decimal128(18, 4),
            "currency": pa.string(),
            "contract_id": pa.string(),
            "product_group": pa.string(),
            "seats_count": pa.int64(),
            "due_on": pa.date32(),
            "term_starts_on": pa.date32(),
            "term_ends_on": pa.date32(),
            "is_deduction": pa.bool_(),
        }
    ),
    "departures": pa.schema({"customer_id": pa.string(), "departed_on": pa.date32(), "reason_code": pa.string(), "silo": pa.string()}),
    "surveys": pa.schema(
        {
            "customer_id": pa.string(),
            "answered_on": pa.date32(),
            "score": pa.int64(),
            "occasion": pa.string(),
            "reason_code": pa.string(),
        }
    ),
    "rates": pa.schema({"currency": pa.string(), "rate_on": pa.date32(), "rate_through": pa.date32(), "rate": pa.decimal128(18, 8)}),
}
EURO = {"currency": "EUR", "rate_on": date(1, 1, 1), "rate_through": OPEN_ENDED, "rate": Decimal(1)}
CENT = Decimal("0.01")
USUAL: dict[str, dict[str, Any]] = {"departures": {"silo": "service"}}
"""What a row says where a test does not."""


def rows(text: str) -> list[list[str]]:
    """The cells of a pipe table, without its heading."""
    lines = [line.strip().strip("|") for line in text.strip().splitlines()]
    return [[cell.strip() for cell in line.split("|")] for line in lines[1:]]


def day(text: str) -> date:
    """A date, or OPEN_ENDED for an empty cell."""
    return date.fromisoformat(text) if text else OPEN_ENDED


@dataclass(frozen=True)
class Told:
    """What happened, as plain rows; `rates` are further currencies."""

    purchases: Sequence[Mapping[str, Any]] = ()
    contracts: Sequence[Mapping[str, Any]] = ()
    departures: Sequence[Mapping[str, Any]] = ()
    rates: Sequence[Mapping[str, Any]] = ()
    surveys: Sequence[Mapping[str, Any]] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    data_through: date | None = None

    def history(self) -> History:
        """The same as tables; a table without rows is one that the company does not have."""
        made = {name: self._table(name) for name in ("purchases", "contracts", "departures", "surveys")}
        rates = ibis.memtable(pa.Table.from_pylist([EURO, *self.rates], SCHEMAS["rates"]))
        attributes = pa.table(
            {"customer_id": list(self.groups), "region": list(self.groups.values())},
            pa.schema({"customer_id": pa.string(), "region": pa.string()}),
        )
        kept = static_attributes(ibis.memtable(attributes), ("region",))
        told = (made["purchases"], made["contracts"], made["departures"])
        return History(*told, rates, kept, minor_units=2, surveys=made["surveys"], data_through=self.data_through)

    def _table(self, name: str) -> ibis.Table | None:
        told = [{**USUAL.get(name, {}), **_derived(row), **row} for row in getattr(self, name)]
        return ibis.memtable(pa.Table.from_pylist(told, SCHEMAS[name])) if told else None


def _derived(row: Mapping[str, Any]) -> dict[str, Any]:
    """Whether a purchase qualifies; a contract as a term of its own, which comes due on the day on which it ends."""
    if "purchased_on" in row:
        return {"is_qualifying": row["amount"] > 0}
    if "starts_on" in row:
        return {"is_deduction": False, "due_on": row["ends_on"], "term_starts_on": row["starts_on"], "term_ends_on": row["ends_on"]}
    return {}


def bought(text: str) -> list[dict[str, Any]]:
    """Purchases from `| customer | day | amount |`."""
    return [{"customer_id": who, "purchased_on": day(on), "amount": Decimal(amount)} for who, on, amount in rows(text)]


def agreed(text: str) -> list[dict[str, Any]]:
    """Contracts from `| customer | starts | ends | a year | currency |`."""
    return [
        {"customer_id": who, "starts_on": day(starts), "ends_on": day(ends), "annual_amount": Decimal(amount), "currency": currency}
        for who, starts, ends, amount, currency in rows(text)
    ]


def departed(text: str) -> list[dict[str, Any]]:
    """Departures from `| customer | day | reason |`, told to service, or with a fourth column, the silo."""
    names = ("customer_id", "departed_on", "reason_code", "silo")
    return [{**dict(zip(names, cells, strict=False)), "departed_on": day(cells[1])} for cells in rows(text)]


def answered(text: str) -> list[dict[str, Any]]:
    """Answers to surveys from `| customer | day | occasion | reason |`; an empty cell is nothing."""
    return [
        {"customer_id": who, "answered_on": day(on), "occasion": occasion or None, "reason_code": reason or None}
        for who, on, occasion, reason in ((*cells, "", "")[:4] for cells in rows(text))
    ]


def monthly_rates(first_on: date, *, count: int) -> list[dict[str, Any]]:
    """Rates of the Swiss franc, another one every 30 days."""
    starts = [first_on + timedelta(days=30 * number) for number in range(count)]
    return [
        {"currency": "CHF", "rate_on": on, "rate_through": on + timedelta(days=29), "rate": Decimal("1.07") + Decimal(number) / 100}
        for number, on in enumerate(starts)
    ]


def rules(*, lapse_days: int = 90, bridge_days: int = 0, value_days: int = 365, tolerance: str = "0") -> LedgerRules:
    """The choices of a company."""
    activity = Activity(lapse_days=lapse_days, bridge_days=bridge_days)
    return LedgerRules(activity, Value(value_days=value_days, tolerance_amount=Decimal(tolerance)), ("region",))


def ledger(connection: Backend, told: Told, period: Period, choices: LedgerRules) -> list[dict[str, Any]]:
    """The ledger of a period, ordered by customer."""
    return connection.to_pyarrow(movements(told.history(), period, choices).order_by("customer_id")).to_pylist()


@dataclass(frozen=True)
class SecondOpinion:
    """Customers and their value, found by asking for every single day."""

    told: Told
    choices: LedgerRules

    @property
    def customers(self) -> list[str]:
        """Everybody who is named in a purchase or contract."""
        return sorted({row["customer_id"] for row in (*self.told.purchases, *self.told.contracts)})

    def is_active(self, who: str, on: date) -> bool:
        """Whether the customer is one on a day."""
        return self._has_contract(who, on) or any(True for _ in self._reaching(who, on))

    def value(self, who: str, on: date, *, rates_on: date | None = None) -> Decimal:
        """What the customer is worth on a day, if it is one."""
        if not self.is_active(who, on):
            return Decimal(0)
        since = on - timedelta(days=self.choices.value.value_days)
        total = sum((row["amount"] for row in self._of("purchases", who) if since < row["purchased_on"] <= on), Decimal(0))
        return total + self.contracts_value(who, on, rates_on=rates_on or on)

    def contracts_value(self, who: str, on: date, *, rates_on: date) -> Decimal:
        """What the contracts that cover a day bring in a year, at the rates of a day."""
        covering = [row for row in self._of("contracts", who) if row["starts_on"] <= on < row["ends_on"]]
        return sum(
            ((row["annual_amount"] * self._rate(row["currency"], rates_on)).quantize(CENT, ROUND_HALF_UP) for row in covering), Decimal(0)
        )

    def movement(self, who: str, period: Period) -> str | None:
        """The one way in which the customer touches the period; none if it does not."""
        days = [period.opening_day + timedelta(days=number) for number in range((period.closes_on - period.opening_day).days)]
        active = [self.is_active(who, on) for on in days]
        opening, closing = active[0], active[-1]
        if not any(active):
            return None
        if not opening:
            was_one_before = any(self.is_active(who, on) for on in self._days_before(who, days[0]))
            return ("returned" if was_one_before else "new") if closing else "in_and_out"
        if not closing:
            last = max(number for number, is_active in enumerate(active) if is_active)
            return "left" if self._is_end_told(who, days[last] + timedelta(days=1)) else "lapsed"
        if not all(active):
            return "out_and_back"
        change = self.value(who, days[-1], rates_on=days[0]) - self.value(who, days[0])
        tolerance = self.choices.value.tolerance_amount
        return "increased" if change > tolerance else "decreased" if change < -tolerance else "unchanged"

    def _is_end_told(self, who: str, ended_on: date) -> bool:
        contract_ends = any(row["ends_on"] == ended_on and row["starts_on"] < ended_on for row in self._of("contracts", who))
        departure_ends = any(
            row["purchased_on"] < ended_on <= row["purchased_on"] + timedelta(days=self.choices.activity.lapse_days)
            and self._told_on(row) == ended_on
            for row in self._qualifying(who)
        )
        return contract_ends or departure_ends

    def _days_before(self, who: str, on: date) -> Iterator[date]:
        starts = [row["purchased_on"] for row in self._qualifying(who)] + [row["starts_on"] for row in self._of("contracts", who)]
        first = min(starts)
        for number in range(max((on - first).days, 0)):
            yield first + timedelta(days=number)

    def _reaching(self, who: str, on: date) -> Iterator[Mapping[str, Any]]:
        for row in self._qualifying(who):
            told_on = self._told_on(row)
            until = min(row["purchased_on"] + timedelta(days=self.choices.activity.lapse_days), told_on or OPEN_ENDED)
            if row["purchased_on"] <= on < until:
                yield row

    def _told_on(self, purchase: Mapping[str, Any]) -> date | None:
        later = [
            row["departed_on"] for row in self._of("departures", purchase["customer_id"]) if row["departed_on"] >= purchase["purchased_on"]
        ]
        return max(min(later), purchase["purchased_on"] + timedelta(days=1)) if later else None

    def _qualifying(self, who: str) -> list[Mapping[str, Any]]:
        return [row for row in self._of("purchases", who) if row["amount"] > 0]

    def _has_contract(self, who: str, on: date) -> bool:
        return any(row["starts_on"] <= on < row["ends_on"] for row in self._of("contracts", who))

    def _of(self, table: str, who: str) -> list[Mapping[str, Any]]:
        return [row for row in getattr(self.told, table) if row["customer_id"] == who]

    def _rate(self, currency: str, on: date) -> Decimal:
        return next(
            row["rate"] for row in [EURO, *self.told.rates] if row["currency"] == currency and row["rate_on"] <= on <= row["rate_through"]
        )
