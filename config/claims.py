"""What the claims of silos must agree on with their own extracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.company import Company
    from config.error_messages import Place
    from config.sources import Claim, Extract


def claim_problems(company: Company) -> Iterator[tuple[Place, str]]:
    """What a silo's claims name that its extract does not have, or that nothing can be matched by."""
    for name, extract in company.sources.extracts.items():
        for claimed, claim in extract.claims.items():
            place = ("extracts", name, "claims", claimed)
            if extract.shared is None:
                yield place, "the extract has no `dataset`, so its rows are only joined; give it one, or claim by another extract"
            else:
                yield from _unknown_columns(extract, claim, place)
                yield from _unmatched(company, claim, place)


def _unknown_columns(extract: Extract, claim: Claim, place: Place) -> Iterator[tuple[Place, str]]:
    known = {*extract.columns, *extract.constants, *extract.attributes}
    named = {"on": [claim.on] if claim.on else [], "where": claim.where, "outside": claim.outside, "customer": [claim.customer]}
    for setting, columns in named.items():
        for column in columns:
            if column not in known:
                yield (*place, setting), f"the extract maps no column `{column}`; it maps {', '.join(sorted(known))}"


def _unmatched(company: Company, claim: Claim, place: Place) -> Iterator[tuple[Place, str]]:
    if claim.matched_by == "crosswalk" and not company.extracts_of("crosswalk"):
        yield (*place, "matched_by"), "there is no extract with `dataset: crosswalk`; add one, or match by id or email"
    if claim.matched_by == "email" and "customers.email" not in company.supplied:
        yield (*place, "matched_by"), "no extract of customers maps `email`; map it, or match by id or crosswalk"
