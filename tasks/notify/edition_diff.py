"""What changed between two editions of a period: their headline figures, and what they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ibis import _

from config.language import gettext
from tasks.customer_math.catalogue import MEASURES
from tasks.reporting.model import ALL
from tasks.reporting.pages.edition_changes import Correction, HeadlineFigure
from tasks.store.editions import editions
from tasks.store.engine import engine

if TYPE_CHECKING:
    from decimal import Decimal

    from config.settings import Settings
    from tasks.store.editions import Edition, Manifest

HEADLINE = ("opening_customers", "customers_in", "customers_out", "closing_customers", "customers_in_amount", "customers_out_amount")
"""Measures that the headline and the lines below it are made of."""


def correction_since(number: int, after: Edition, *, reason: str | None, settings: Settings, currency: str, minor_units: int) -> Correction:
    """What changed since an edition of that number, for those who were told of it."""
    before = next(edition for edition in editions(after.folder.parent) if edition.number == number)
    before_figures, after_figures = (_headline_figures(edition, settings=settings, minor_units=minor_units) for edition in (before, after))
    return Correction(
        edition_before=before.number,
        edition_after=after.number,
        figures=[HeadlineFigure(MEASURES[name].label, before_figures.get(name), after_figures.get(name)) for name in HEADLINE],
        causes=_causes(before.manifest, after.manifest),
        reason=reason,
        currency=currency,
        minor_units=minor_units,
    )


def _headline_figures(edition: Edition, *, settings: Settings, minor_units: int) -> dict[str, int | Decimal]:
    """The headline figures as the edition's own file has them."""
    with engine(settings) as connection:
        figures = connection.read_parquet(edition.folder / "figures.parquet")
        of_period = figures.filter(_.period == edition.manifest.period, _.segment_by == ALL, _.split_by == ALL, _.measure.isin(HEADLINE))
        rows = connection.to_pyarrow(of_period.select("measure", "value", "unit")).to_pylist()
    return {row["measure"]: int(row["value"]) if row["unit"] == "customers" else round(row["value"], minor_units) for row in rows}


def _causes(before: Manifest, after: Manifest) -> list[str]:
    """What the two editions rest on that is not the same."""
    fingerprints = [{extract.extract: extract.fingerprint for extract in manifest.inputs} for manifest in (before, after)]
    extracts = sorted({name for name in {**fingerprints[0], **fingerprints[1]} if fingerprints[0].get(name) != fingerprints[1].get(name)})
    causes = [gettext("other rows in {extracts}", extracts=", ".join(extracts))] if extracts else []
    if before.definitions_fingerprint != after.definitions_fingerprint:
        causes.append(gettext("other definitions"))
    if before.code_fingerprint != after.code_fingerprint:
        causes.append(gettext("another version of the program"))
    return causes
