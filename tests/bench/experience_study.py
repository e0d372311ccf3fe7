"""Whether intervals of experiences and losses hold what they promise: made-up companies whose ratios are planted, one after the other.

Run by `make study`, which writes `experience_study.json` beside this file. In every company experiences multiply the chance of
being lost within strata whose losses differ: complaints and slow tickets do, refunds, reopened tickets and scores do not, and
low scores are given most where most are lost anyway.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa

from config.topic_settings import Experience
from tasks.customer_math.analysis.experience_links import links
from tasks.customer_math.analysis.exposures import (
    Landmark,
    counts_of_base,
    counts_of_exposed,
    exposed,
    largest_parts,
    of_opening_base,
    opening_base,
)
from tasks.customer_math.ledger.experiences import KINDS

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from tasks.customer_math.analysis.experience_links import Link

RESULT = Path(__file__).with_suffix(".json")
COMPANIES_COUNT, FIRST_SEED = 200, 1_000
CUSTOMERS_COUNT = 6_000
OPENS_ON = date(2026, 7, 1)
SUPPLIED = frozenset({"tickets.is_complaint", "tickets.reopened_on", "purchases.amount", "surveys.score", "tickets.closed_on"})
PLANTED = {
    "complaint": 2.0,
    "slow_ticket": 1.5,
    "reopened_ticket": 1.0,
    "refund": 1.0,
    "detractor": 1.0,
    "passive": 1.0,
    "promoter": 1.0,
}
"""How many times as often the exposed are lost as others of their stratum."""
EXPOSED_RATE = {"complaint": 0.07, "slow_ticket": 0.07, "reopened_ticket": 0.06, "refund": 0.09}
LOST_RATE = (0.08, 0.14, 0.24)
"""By region, before value group and tenure."""
LOW_SCORE_RATE = (0.02, 0.08, 0.20)
"""By region: where most are lost, most scores are low."""
LEVELS = (0.8, 1.0, 1.2)
"""How value group and tenure change the chance of being lost."""


@dataclass(frozen=True)
class MadeUp:
    """A company's experiences and its ledger."""

    happened: pa.Table
    ledger: pa.Table


def made_up_company(seed: int) -> MadeUp:
    """A company of that seed."""
    random = np.random.default_rng(seed)
    region, group, tenure = (random.integers(0, 3, CUSTOMERS_COUNT) for _ in range(3))
    had = {name: random.random(CUSTOMERS_COUNT) < rate for name, rate in EXPOSED_RATE.items()}
    score = _scores(random, region)
    chance = np.asarray(LOST_RATE)[region] * np.asarray(LEVELS)[group] * np.asarray(LEVELS)[tenure]
    for name, is_exposed in had.items():
        chance = chance * np.where(is_exposed, PLANTED[name], 1)
    is_lost = random.random(CUSTOMERS_COUNT) < chance
    amount = np.round(random.gamma(1.5, 200, CUSTOMERS_COUNT), 2)
    names = np.asarray([f"c{number:05}" for number in range(CUSTOMERS_COUNT)])
    ledger = {
        "customer_id": names,
        "movement": np.where(is_lost, "lapsed", "unchanged"),
        "opening_amount": amount,
        "is_active_at_opening": np.ones(CUSTOMERS_COUNT, dtype=bool),
        "region_at_opening": np.asarray(["North", "South", "West"])[region],
        "opening_group": np.asarray(["Gold", "Silver", "Bronze"])[group],
        "opening_tenure_group": np.asarray(["new", "known", "old"])[tenure],
        **dict.fromkeys(("terms_due_count", "terms_in_grace_count", "terms_not_renewed_count"), np.zeros(CUSTOMERS_COUNT, dtype=np.int64)),
    }
    return MadeUp(pa.Table.from_pylist(_experiences(names, had, score), _SCHEMA), pa.table(ledger))


_TYPES = {"string": pa.string(), "date": pa.date32(), "int64": pa.int64(), "boolean": pa.bool_(), "array<string>": pa.list_(pa.string())}
_SCHEMA = pa.schema({name: _TYPES[kind] for name, kind in KINDS.items()})


def _scores(random: np.random.Generator, region: Any) -> Any:
    """The score of each customer; -1 of those who gave none. Low ones go by region, the others do not."""
    drawn, low = random.random(CUSTOMERS_COUNT), np.asarray(LOW_SCORE_RATE)[region]
    return np.select([drawn < low, drawn < low + 0.08, drawn < low + 0.16], [3, 8, 10], -1)


def _experiences(names: Any, had: dict[str, Any], score: Any) -> list[dict[str, Any]]:
    """What the customers went through, some before the exposure days and some after the opening too, which must not count."""
    day = OPENS_ON - timedelta(days=40)
    ticket = {"kind": "ticket", "experienced_on": day, "is_complaint": False, "closed_on": day + timedelta(days=2)}
    of_kind = {
        "complaint": ticket | {"is_complaint": True},
        "slow_ticket": ticket | {"closed_on": day + timedelta(days=30)},
        "reopened_ticket": ticket | {"reopened_on": day + timedelta(days=5)},
        "refund": {"kind": "refund", "experienced_on": day},
    }
    rows = [{**of_kind[kind], "customer_id": str(name)} for kind, is_exposed in had.items() for name in names[is_exposed]]
    rows += [
        {"kind": "answer", "experienced_on": day, "score": int(given), "customer_id": str(name), "experience_id": str(name)}
        for name, given in zip(names[score >= 0], score[score >= 0], strict=True)
    ]
    outside = (OPENS_ON - timedelta(days=91), OPENS_ON)
    complaint = of_kind["complaint"]
    rows += [{**complaint, "experienced_on": on, "closed_on": on, "customer_id": str(name)} for on in outside for name in names[::7]]
    return rows


def links_of(connection: Backend, company: MadeUp) -> dict[str, Link]:
    """The links of a company's experiences with its losses, by experience, as the scorecard makes them."""
    landmark = Landmark(OPENS_ON, Experience())
    ledger = connection.create_table("ledger", company.ledger, temp=True, overwrite=True)
    base = connection.create_table(
        "base", opening_base(ledger.cast({"opening_amount": "decimal(18, 2)"}), segments=("region",)), temp=True, overwrite=True
    )
    happened = connection.create_table("happened", company.happened, temp=True, overwrite=True)
    had = exposed(happened, landmark, supplied=SUPPLIED)
    assert had is not None
    exposures = connection.create_table("exposures", of_opening_base(had, base), temp=True, overwrite=True)
    counts = (counts_of_base(base), counts_of_exposed(exposures, largest_parts(exposures)))
    arrays = [
        {name: column.to_numpy(zero_copy_only=False) for name, column in zip(rows.column_names, rows.columns, strict=True)}
        for rows in map(connection.to_pyarrow, counts)
    ]
    every = links(*arrays, fewest_events_count=5)
    return {link.experience: link for link in every if link.outcome == "lost" and link.experience in PLANTED}


def crude_ratio(link: Link) -> float:
    """The ratio without strata."""
    return (link.exposed_events_count / link.exposed_count) / (link.others_events_count / link.others_count)


def study(connection: Backend, *, companies_count: int, first_seed: int) -> dict[str, Any]:
    """How often intervals held the planted ratio, how many demonstrated links were none, and how often true ones were demonstrated."""
    covered, demonstrated, sizes = Counter[str](), Counter[str](), Counter[str]()
    false_shares: list[float] = []
    for seed in range(first_seed, first_seed + companies_count):
        of_company = links_of(connection, made_up_company(seed))
        for name, link in of_company.items():
            assert link.risk is not None, "every experience is frequent enough"
            covered[name] += link.risk.low <= PLANTED[name] <= link.risk.high
            demonstrated[name] += link.is_demonstrated
            sizes[name] += link.exposed_count
        sure = [name for name, link in of_company.items() if link.is_demonstrated]
        false_shares.append(sum(PLANTED[name] == 1 for name in sure) / max(len(sure), 1))
    return {
        "companies_count": companies_count,
        "first_seed": first_seed,
        "customers_count": CUSTOMERS_COUNT,
        "planted": PLANTED,
        "covered_count": {name: covered[name] for name in PLANTED},
        "demonstrated_count": {name: demonstrated[name] for name in PLANTED},
        "exposed_mean_count": {name: round(sizes[name] / companies_count) for name in PLANTED},
        "false_discovery_rate": round(float(np.mean(false_shares)), 4),
        "false_discovery_standard_error": round(float(np.std(false_shares, ddof=1) / np.sqrt(companies_count)), 4),
    }


def main() -> None:
    """Study so many companies, from that seed on, and write what came of it."""
    count, seed = (int(text) for text in (*sys.argv[1:], COMPANIES_COUNT, FIRST_SEED)[:2])
    connection = ibis.duckdb.connect()
    RESULT.write_text(json.dumps(study(connection, companies_count=count, first_seed=seed), indent=2) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
