"""Propose: a company's folder from nothing but its raw files, or the tables of a database, with all that was guessed said."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

from config.refusal import CompanyFolderError
from tasks.looks.profiles import profile_of
from tasks.looks.proposals import has_five_stars, proposals_for, states_without_sale
from tasks.sources import SourceError
from tasks.sources.remote_files import is_remote, refuse_secrets_in
from tasks.store.engine import atomic_write, engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.settings import Settings
    from tasks.looks.profiles import ColumnProfile
    from tasks.looks.proposals import Proposal

SILOS = {"departures": "service", "tickets": "service", "surveys": "service", "leads": "marketing", "deals": "marketing"}
OF_FIVE_STARS = {"promoters_from": 5, "detractors_through": 3}
USUAL_RATE = 0.05
"""Part of the rows that may be set aside where a company says nothing."""
HEADER = """\
# Written by `customer-math init` from what the files look like. Every line is a guess that a person should read once;
# `customer-math check` says what does not hold, and docs/datasets.md what each column means.
"""


@dataclass(frozen=True)
class Choices:
    """What only the company knows, and files cannot say."""

    currency: str | None = None
    time_zone: str = "UTC"
    lapse_days: int = 365
    covers_through: str | None = None


@dataclass(frozen=True)
class ProposedFolder:
    """A folder that was written, and what was guessed for it."""

    folder: Path
    guesses: tuple[str, ...]


def propose(folder: Path, locations: Sequence[str], *, choices: Choices, settings: Settings) -> ProposedFolder:
    """Write a company's folder of two YAML files from its raw files or tables; raises CompanyFolderError where it is there already.

    A file that cannot be read at all is a refusal; one that is not understood is still an extract that `sql` may join.
    """
    if folder.exists():
        raise CompanyFolderError([f"{folder}: expected no folder of this name, found one; remove it, or choose another name"])
    with engine(settings) as connection:
        sources = _sources(locations)
        profiles = [profile_of(Path.cwd(), name, source, connection=connection) for name, source in sources.items()]
    proposed = proposals_for(profiles)
    if not any(proposal.dataset in {"purchases", "contracts"} for proposal in proposed):
        raise SourceError(
            "expected a file of purchases (a customer, a day, an amount) or of contracts (a customer, a first and a last day, an amount), "
            f"found none among {', '.join(sources)}; copy config/demo and name the columns yourself"
        )
    currency, why = _currency(proposed, choices)
    definitions = _definitions(folder.name, proposed, currency=currency, choices=choices)
    with atomic_write(folder) as unfinished:
        unfinished.mkdir(parents=True)
        (unfinished / "definitions.yaml").write_text(HEADER + _yaml(definitions), encoding="utf-8")
        (unfinished / "sources.yaml").write_text(HEADER + _sources_yaml(proposed, choices), encoding="utf-8")
    guesses = [f"{proposal.name}: {guess}" for proposal in _named(proposed) for guess in proposal.guesses] + _sentences_on_rows(proposed)
    return ProposedFolder(folder, (*guesses, why, f"a day begins and ends in {choices.time_zone}"))


def _sources(locations: Sequence[str]) -> dict[str, dict[str, str]]:
    """Every file, here or elsewhere, and every table of a database, under a name of its own."""
    named: dict[str, dict[str, str]] = {}
    for location in locations:
        if is_remote(location):
            refuse_secrets_in(location)
            tables = {PurePosixPath(urlsplit(location).path).name.split(".")[0]: {"path": location}}
        elif "://" in location or location.startswith("${"):
            url, names = _tables(location)
            tables = {table: {"database": url, "table": table} for table in names}
        else:
            path = Path(location).expanduser().absolute()
            if not path.is_file():
                raise CompanyFolderError([f"{location}: expected a file, found none; correct the path"])
            tables = {path.name.split(".")[0]: {"path": str(path)}}
        for name, source in tables.items():
            named[_distinct(_plain(name), named)] = source
    return named


def _tables(url: str) -> tuple[str, list[str]]:
    from tasks.sources.table_names import table_names  # noqa: PLC0415 - SQLAlchemy is for databases only

    return table_names(url, folder=Path.cwd())


def _plain(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "extract"
    return plain if plain[0].isalpha() else f"extract_{plain}"


def _distinct(name: str, taken: dict[str, Any]) -> str:
    return name if name not in taken else next(f"{name}_{n}" for n in range(2, len(taken) + 3) if f"{name}_{n}" not in taken)


def _named(proposed: Sequence[Proposal]) -> Sequence[Proposal]:
    """The proposals, those that no file stands for behind the others."""
    return sorted(proposed, key=lambda proposal: proposal.source is None)


def _currency(proposed: Sequence[Proposal], choices: Choices) -> tuple[str, str]:
    """The company's currency: as chosen, as most rows have it, as a heading says it, or EUR."""
    if choices.currency:
        return choices.currency, f"the currency is {choices.currency}, as given"
    for proposal in proposed:
        column = next((one for one in proposal.profile.columns if one.name == proposal.columns.get("currency")), None)
        codes = [text.upper() for text in column.texts if re.fullmatch("[A-Za-z]{3}", text)] if column else []
        if codes:
            code = max(set(codes), key=codes.count)
            return code, f"the currency is {code}, which most rows of {proposal.name} have in `{proposal.columns['currency']}`"
    in_headings = [
        match[1].upper()
        for proposal in proposed
        for name in proposal.profile.headings
        if (match := re.search(r"_(usd|eur|gbp|chf)$", name))
    ]
    if in_headings:
        return in_headings[0], f"the currency is {in_headings[0]}, by a heading that ends so"
    return "EUR", "the currency is EUR, for want of a hint: give yours by --currency"


def _definitions(name: str, proposed: Sequence[Proposal], *, currency: str, choices: Choices) -> dict[str, Any]:
    sells_by = [kind for kind, dataset in (("repeat_purchase", "purchases"), ("contract", "contracts")) if _of(proposed, dataset)]
    groups = {group: (proposal.name, column) for proposal in _of(proposed, "customers") for group, column in proposal.attributes.items()}
    excluded = sorted({state for proposal in proposed for state in states_without_sale(proposal)})
    reasons = sorted({code for proposal in _of(proposed, "departures") for code in proposal.codes.get("reason_code", {}).values()})
    return {
        "company": name.replace("_", " ").title(),
        "currency": currency,
        "time_zone": choices.time_zone,
        "sells_by": sells_by,
        "activity": {"lapse_days": choices.lapse_days, **({"excluded_statuses": excluded} if excluded else {})},
        "segments": {
            group: {"says": f"Customers by {column}", "from": f"{extract}.{group}"} for group, (extract, column) in groups.items()
        },
        **({"experience": OF_FIVE_STARS} if any(map(has_five_stars, proposed)) else {}),
        **({"rules": {"largest_set_aside_rate": rate}} if (rate := _rate_without_customer(proposed)) else {}),
        **({"reasons": [{"code": code, "says": code.replace("_", " ").capitalize()} for code in reasons]} if reasons else {}),
    }


def _rate_without_customer(proposed: Sequence[Proposal]) -> float | None:
    """The part of rows that may be set aside, where more of them than usual name no customer; none where the usual limit will do."""
    parts = [1 - who.filled_count / who.rows_count for proposal in proposed if (who := _customer_of(proposal))]
    most = max(parts, default=0)
    return min(1.0, math.ceil(most * 20 + 1) / 20) if most > USUAL_RATE else None


def _customer_of(proposal: Proposal) -> ColumnProfile | None:
    """The column of purchases or contracts that names the customer."""
    if proposal.dataset not in {"purchases", "contracts"}:
        return None
    return next((column for column in proposal.profile.columns if column.name == proposal.columns["customer_id"]), None)


def _sentences_on_rows(proposed: Sequence[Proposal]) -> list[str]:
    """A sentence for each file with states in which nothing was sold, or of which more rows than usual name no customer."""
    excluded = [
        f"{proposal.name}: rows in the state {', '.join(f'`{state}`' for state in states)} do not count, by how it is called "
        "(`activity.excluded_statuses`)"
        for proposal in proposed
        if (states := states_without_sale(proposal))
    ]
    return excluded + [
        f"{proposal.name}: {who.rows_count - who.filled_count:,} of {who.rows_count:,} rows name no customer and are set aside, "
        "which `rules.largest_set_aside_rate` allows"
        for proposal in proposed
        if (who := _customer_of(proposal)) and 1 - who.filled_count / who.rows_count > USUAL_RATE
    ]


def _of(proposed: Sequence[Proposal], dataset: str) -> list[Proposal]:
    return [proposal for proposal in proposed if proposal.dataset == dataset]


def _sources_yaml(proposed: Sequence[Proposal], choices: Choices) -> str:
    """Every extract with the sentences on what was guessed above it."""
    parts = ["extracts:\n"]
    for proposal in _named(proposed):
        parts += [f"\n  # {guess}\n" for guess in proposal.guesses]
        text = _yaml({proposal.name: _extract(proposal, choices)})
        parts.append("".join(f"  {line}\n" for line in text.splitlines()))
    return (
        re.sub(r"\n\n(  # )(?=.*\n\n  # )", r"\n\n\1", "".join(parts))
        .replace("\n\n  # ", "\n  # ")
        .replace("extracts:\n  #", "extracts:\n\n  #")
    )


def _extract(proposal: Proposal, choices: Choices) -> dict[str, Any]:
    covers = choices.covers_through if proposal.dataset in {"purchases", "contracts"} else None
    parts: dict[str, Any] = {
        "silo": SILOS.get(proposal.dataset or "", "sales"),
        "dataset": proposal.dataset,
        **(proposal.source or {}),
        "read": _read(proposal),
        "sql": proposal.sql,
        "key": proposal.key,
        "changed_at": proposal.changed_at,
        "versions": proposal.versions,
        "columns": proposal.columns,
        "attributes": proposal.attributes,
        "constants": proposal.constants,
        "codes": proposal.codes,
        "covers_through": covers or proposal.covers_through,
    }
    return {name: part for name, part in parts.items() if part}


def _read(proposal: Proposal) -> dict[str, Any] | None:
    if not proposal.source:
        return None
    return proposal.profile.read | ({"drop_rows_where": proposal.drop_rows_where} if proposal.drop_rows_where else {})


def _yaml(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=200)
