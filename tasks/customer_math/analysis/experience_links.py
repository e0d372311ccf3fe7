"""Experience to money: for every experience and outcome the exposed and others alike, and whether a link is demonstrated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from config.measures.experiences import OUTCOMES, is_demonstrated
from tasks.customer_math.analysis.attributable_value import LostValue, ValueRange, explained_value
from tasks.customer_math.analysis.stratified_risk import (
    RiskRatio,
    Strata,
    corrected_for_many,
    differs_by_stratum,
    e_value,
    risk_ratio,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.measures.experiences import Outcome

Columns = Mapping[str, NDArray[Any]]
"""A table of counts by stratum, a column each."""


@dataclass(frozen=True)
class Link:
    """One experience and one outcome."""

    experience: str
    part: str
    outcome: Outcome
    exposed_count: int
    exposed_events_count: int
    others_count: int
    others_events_count: int
    compared_count: int
    """Of the exposed, those who have others alike to be compared with."""
    risk: RiskRatio | None
    """None where fewer than the fewest events stand on either side."""
    q_value: float | None = None
    """The p-value, corrected for all experiences that were looked at for the same outcome."""
    e_value: float | None = None
    """Of the lower bound."""
    differs_p_value: float | None = None
    """Chance of strata that differ as much, if one ratio held in all."""
    lost_amount: Decimal = Decimal(0)
    """Opening value of the exposed who were lost."""
    explained: ValueRange | None = None
    """The part of it that the experience may explain; only of losses."""

    @property
    def is_demonstrated(self) -> bool:
        """Whether the whole interval lies above 1, after all that were looked at are taken into account."""
        return is_demonstrated(self.risk and self.risk.low, self.q_value)


def links(base: Columns, exposed: Columns, *, fewest_events_count: int) -> list[Link]:
    """Every experience against every outcome; of each outcome the surest first, by the lower bound, then those without a ratio.

    `base` has a row a stratum, in the order of `stratum`; `exposed` has one an experience, part and stratum.
    """
    numbers = {stratum: number for number, stratum in enumerate(base["stratum"])}
    numbered = {**exposed, "number": np.asarray([numbers[stratum] for stratum in exposed["stratum"]], dtype=np.int64)}
    by_experience = list(_by_experience(numbered))
    sure: list[Link] = []
    for outcome in OUTCOMES:
        if _at_risk(base, outcome).sum():
            of_outcome = [_link(base, rows, outcome=outcome, fewest_events_count=fewest_events_count) for rows in by_experience]
            sure += sorted(_corrected(of_outcome), key=_surest_first)
    return sure


def _surest_first(link: Link) -> tuple[float, int, str, str]:
    return (-link.risk.low if link.risk else 0.0, -link.exposed_count, link.experience, link.part)


def _by_experience(exposed: Columns) -> Iterator[Columns]:
    """The rows of each experience and part."""
    names = list(zip(exposed["experience"], exposed["part"], strict=True))
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    codes = np.asarray([numbers[name] for name in names], dtype=np.int64)
    for number in numbers.values():
        yield {column: values[codes == number] for column, values in exposed.items()}


def _at_risk(counts: Columns, outcome: Outcome) -> NDArray[Any]:
    """Of whom the outcome could come true."""
    return counts["due_count" if outcome == "renewed" else "customers_count"]


def _events(counts: Columns, outcome: Outcome) -> NDArray[Any]:
    """Of whom it did."""
    if outcome == "stayed":
        return counts["customers_count"] - counts["lost_count"]
    return counts[f"{outcome}_count"]


def _link(base: Columns, rows: Columns, *, outcome: Outcome, fewest_events_count: int) -> Link:
    exposed, events = _at_risk(rows, outcome), _events(rows, outcome)
    everybody, of_everybody = _at_risk(base, outcome), _events(base, outcome)
    others, others_events = everybody[rows["number"]] - exposed, of_everybody[rows["number"]] - events
    strata = Strata.of(exposed, events, others=others, others_events=others_events)
    counted = Link(
        experience=str(rows["experience"][0]),
        part=str(rows["part"][0]),
        outcome=outcome,
        exposed_count=int(exposed.sum()),
        exposed_events_count=int(events.sum()),
        others_count=int(everybody.sum() - exposed.sum()),
        others_events_count=int(of_everybody.sum() - events.sum()),
        compared_count=int(exposed[strata.is_compared].sum()),
        risk=None,
        lost_amount=sum(rows["lost_amount"], Decimal(0)) if outcome == "lost" else Decimal(0),
    )
    return _judged(counted, strata, rows) if _fewest(strata, outcome) >= fewest_events_count else counted


def _fewest(strata: Strata, outcome: Outcome) -> float:
    """The fewest customers that a ratio would rest on: of those who did it in either arm, and of those who did not.

    Most customers stay and renew: where hardly any of an arm did not, the interval of a ratio close to 1 would be too narrow.
    """
    compared = strata.only(strata.is_compared)
    arms = ((compared.exposed, compared.exposed_events), (compared.others, compared.others_events))
    did, did_not = min(events.sum() for _, events in arms), min((everybody - events).sum() for everybody, events in arms)
    return did if outcome == "lost" else min(did, did_not)


def _judged(link: Link, strata: Strata, rows: Columns) -> Link:
    """The link with its ratio and what rests on it."""
    risk = risk_ratio(strata)
    assert risk is not None, "both arms have events"
    lost = LostValue(rows["lost_amount"].astype(np.float64), rows["lost_amount_squared"].astype(np.float64))
    return replace(
        link,
        risk=risk,
        e_value=e_value(risk.ratio, bound=risk.low),
        differs_p_value=differs_by_stratum(strata),
        explained=explained_value(strata, lost) if link.outcome == "lost" else None,
    )


def _corrected(of_one_outcome: list[Link]) -> list[Link]:
    """The links of one outcome with their p-values corrected for all of them; where nothing is demonstrated an amount reaches 0."""
    with_ratio = [(number, link.risk) for number, link in enumerate(of_one_outcome) if link.risk]
    q_values = corrected_for_many([risk.p_value for _number, risk in with_ratio])
    for (number, _risk), q_value in zip(with_ratio, q_values, strict=True):
        judged = replace(of_one_outcome[number], q_value=q_value)
        if judged.explained and not judged.is_demonstrated:
            judged = replace(judged, explained=replace(judged.explained, low=0.0))
        of_one_outcome[number] = judged
    return of_one_outcome
