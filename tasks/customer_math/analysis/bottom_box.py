"""Bottom-box drivers: what low scores are about, beside what the others' scores are about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from config.measures.experiences import is_demonstrated
from tasks.customer_math.analysis.stratified_risk import Strata, corrected_for_many, risk_ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ibis.expr.types import Table

    from config.topic_settings import Experience
    from tasks.customer_math.analysis.stratified_risk import RiskRatio

DRIVERS = ("category", "stage", "channel", "theme")
"""What an answer may be about."""


@dataclass(frozen=True)
class Driver:
    """Answers about one thing, and how many of them are of the lowest scores; the same of all others."""

    driver: str
    part: str
    answers_count: int
    low_count: int
    others_count: int
    others_low_count: int
    risk: RiskRatio | None = None
    """None where fewer than the fewest low scores are on either side."""
    q_value: float | None = None

    @property
    def is_demonstrated(self) -> bool:
        """Whether the whole interval lies above 1, after all that were looked at are taken into account."""
        return is_demonstrated(self.risk and self.risk.low, self.q_value)


def answers_by_driver(happened: Table, choices: Experience) -> Table:
    """The latest scored answer of each customer, by what it is about: driver (empty: all of them), part, answers_count, low_count."""
    given = happened.filter((happened.kind == "answer") & happened.score.notnull())
    latest = ibis.window(group_by="customer_id", order_by=[_.experienced_on.desc(), _.experience_id.desc()])
    last = given.mutate(nth_latest=ibis.row_number().over(latest)).filter(_.nth_latest == 0)
    last = last.mutate(is_low=(last.score <= choices.detractors_through).cast("int64"))
    parts = [last.select("is_low", driver=ibis.literal(""), part=ibis.literal(""))]
    for driver in DRIVERS:
        parted = last.select("is_low", driver=ibis.literal(driver), part=last.themes.unnest() if driver == "theme" else last[driver])
        parts.append(parted.filter(parted.part.notnull()))
    counted = ibis.union(*parts).group_by("driver", "part").agg(answers_count=_.count(), low_count=_.is_low.sum())
    return counted.order_by("driver", "part")


def drivers(rows: Sequence[Mapping[str, Any]], *, fewest_events_count: int) -> list[Driver]:
    """What low scores are about more often than others, the surest first, then what is too rare to compare."""
    answers, low = next(((row["answers_count"], row["low_count"]) for row in rows if not row["driver"]), (0, 0))
    every = [
        Driver(**row, others_count=answers - row["answers_count"], others_low_count=low - row["low_count"]) for row in rows if row["driver"]
    ]
    judged = [replace(driver, risk=_risk(driver, fewest_events_count)) for driver in every]
    q_values = iter(corrected_for_many([driver.risk.p_value for driver in judged if driver.risk]))
    corrected = [replace(driver, q_value=next(q_values)) if driver.risk else driver for driver in judged]
    return sorted(
        corrected, key=lambda driver: (-driver.risk.low if driver.risk else 0.0, -driver.answers_count, driver.driver, driver.part)
    )


def _risk(driver: Driver, fewest_events_count: int) -> RiskRatio | None:
    if min(driver.low_count, driver.others_low_count) < fewest_events_count:
        return None
    strata = Strata.of([driver.answers_count], [driver.low_count], others=[driver.others_count], others_events=[driver.others_low_count])
    return risk_ratio(strata)
