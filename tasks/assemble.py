"""Assemble: from accepted rows to the ledger of customers, one file a period, with what each question asks of everyone."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from config.company import ACTIVITY_OF
from config.whole_files import is_usable
from expectations.text import counted
from expectations.validator import validate_ledger
from expectations.verdict import RefusedError, RuleResult
from tasks.customer_math.catalogue import TOPICS, TREND_TOPICS
from tasks.customer_math.ledger.movements import LedgerRules
from tasks.customer_math.ledger.periods import PeriodError, check_that_it_is_covered
from tasks.customer_math.ledger.prepared import prepared
from tasks.steps import tracked
from tasks.store.assemblies import load_assembly, write_assembly
from tasks.store.beginnings import beginning_of
from tasks.store.engine import atomic_write, engine
from tasks.store.first_purchases import write_first_purchases
from tasks.store.history import HistoryStore, attribute_landings, refuse_contracts_without_rate, write_attributes, write_history
from tasks.store.ledger_archive import LedgerArchive
from tasks.store.ledgers import full_path, trend_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.backends.duckdb import Backend

    from config.company import Company
    from config.settings import Settings
    from expectations.verdict import Accepted
    from tasks.customer_math.ledger.periods import Period, Plan
    from tasks.customer_math.ledger.topics import Topic
    from tasks.sources import Landed
    from tasks.store.engine import Home

LOG = logging.getLogger(__name__)
VERDICTS = TypeAdapter(tuple[RuleResult, ...])


@dataclass(frozen=True)
class Ledger:
    """The ledgers of some periods, where they are kept, and what was found while they were assembled."""

    fingerprint: str
    folder: Path
    periods: tuple[Period, ...]
    """Oldest first."""
    verdicts: tuple[RuleResult, ...]
    notes: tuple[str, ...]

    def path(self, period: Period) -> Path:
        """The ledger of one of the periods, with every topic."""
        return full_path(self.folder, period)


def covered_days(company: Company, extracts: Sequence[Landed | Accepted]) -> tuple[date | None, date, str]:
    """First day (none: not known) and last day that the extracts which make customers active cover, and the one that ends first."""
    deciding = _deciding(company, extracts)
    ends = [(extract.covers_through, extract.extract) for extract in deciding if extract.covers_through]
    if not ends:
        names = ", ".join(extract.extract for extract in deciding)
        raise RefusedError(f"{names}: nothing says which days are covered; add `covers_through` in {company.folder / 'sources.yaml'}")
    starts = [extract.covers_from for extract in deciding if extract.covers_from]
    covers_through, limiting = min(ends)
    return (min(starts) if starts else None), covers_through, limiting


def _deciding(company: Company, extracts: Sequence[Landed | Accepted]) -> list[Landed | Accepted]:
    """The extracts that make customers active."""
    active = {ACTIVITY_OF[sells_by] for sells_by in company.definitions.sells_by}
    return [extract for extract in extracts if extract.dataset in active]


def check_period(company: Company, extracts: Sequence[Landed | Accepted], period: Period) -> None:
    """Refuse a period that is not covered, before any more work is done on it; raises PeriodError."""
    covers_from, covers_through, limiting = covered_days(company, extracts)
    check_that_it_is_covered(
        period,
        covers_from=covers_from,
        covers_through=covers_through,
        limiting_extract=f"{company.sources.extracts[limiting].silo} extract {limiting}",
    )
    _check_opening(company, extracts, period)


def _check_opening(company: Company, extracts: Sequence[Landed | Accepted], period: Period) -> None:
    """Refuse a period that opens before an extract begins, as is declared of it; raises PeriodError with the line to write."""
    for extract in _deciding(company, extracts):
        declared = company.sources.extracts[extract.extract].covers_from
        if isinstance(declared, date) and period.opens_on <= declared:
            raise PeriodError(
                f"{period.name} opens {period.opens_on}, and {extract.extract} begins {declared}: expected a day before, found that nobody "
                f"knows who was a customer then; ask for a later period, or write `covers_from: founding` for {extract.extract} in "
                f"{company.folder / 'sources.yaml'} if nobody was one"
            )


def materialize_ledgers(
    company: Company,
    accepted: Sequence[Accepted],
    plan: Plan,
    *,
    settings: Settings,
    home: Home,
    code: str,
    as_of: date,
) -> Ledger:
    """The ledgers of a plan's periods from the accepted extracts; raises RefusedError where a rate is missing or a rule is broken."""
    stands = _standing(company, accepted, plan, home=home, code=code, as_of=as_of)
    if stands:
        LOG.info("the ledgers of %s stand: nothing that they are made of has changed", counted(len(plan.periods), "period"))
        return stands
    with engine(settings) as connection:
        landings = write_attributes(connection, company, accepted, home=home, as_of=as_of)
        fingerprint = _fingerprint(company, accepted, landings, code=code)
        folder = home.ledger(fingerprint)
        folder.mkdir(parents=True, exist_ok=True)
        history, notes = write_history(connection, company, accepted, landings=landings, folder=folder)
        rules = LedgerRules.of(company.definitions)
        store = HistoryStore(connection, company, accepted, folder)
        history = replace(prepared(history, rules=rules, store=store.store_table), data_through=_data_through(company, accepted))
        refuse_contracts_without_rate(connection, history, periods=plan.periods, company=company)
        depends_on = f"{code}\n{company.definitions.model_dump_json()}"
        _write_ledgers(plan, LedgerArchive(connection, history, rules, home.ledgers, depends_on, store.store_table), folder=folder)
        write_first_purchases(store, history, plan.period, rules=rules, beginning=beginning_of(connection, company, accepted))
        verdicts = _judged(connection, company, full_path(folder, plan.period))
        _refuse_broken(verdicts)
    ledger = Ledger(fingerprint, folder, plan.periods, verdicts, tuple(notes))
    write_assembly(ledger.folder, plan, verdicts=verdicts, notes=ledger.notes)
    return ledger


def _write_ledgers(plan: Plan, archive: LedgerArchive, *, folder: Path) -> None:
    """The ledger of each period of a plan: as it stands, as an earlier landing gave it, or computed; the log says which.

    One that has every topic since an earlier plan showed all of its period serves the trend, too.
    """
    ledgers = [(period, *_path_and_topics(plan, period, archive=archive, folder=folder)) for period in plan.periods]
    lacking = [ledger for ledger in ledgers if not is_usable(ledger[1])]
    computed = [period for period, _path, topics in lacking if not archive.holds(period, topics)]
    with tempfile.TemporaryDirectory() as between:
        history = archive.history_for(computed, folder=Path(between))
        for period, path, topics in lacking:
            archive.write(period, path, topics=topics, history=history)
            if period in computed:
                LOG.info("assembled %s", period.name)
    names = ", ".join(period.name for period in computed)
    LOG.info("computed %d of %s: %s", len(computed), counted(len(plan.periods), "ledger"), names or "none")


def _path_and_topics(plan: Plan, period: Period, *, archive: LedgerArchive, folder: Path) -> tuple[Path, Sequence[Topic]]:
    is_full = period in plan.in_full | plan.compared or archive.holds(period, TOPICS)
    return (full_path(folder, period), TOPICS) if is_full else (trend_path(folder, period), TREND_TOPICS)


def _standing(company: Company, accepted: Sequence[Accepted], plan: Plan, *, home: Home, code: str, as_of: date) -> Ledger | None:
    """The ledgers of a plan as they were assembled before of the same extracts; none where anything of them is not there.

    What the extracts say of customers' groups was held then against every landing that there is, and nothing of it was new.
    """
    fingerprint = _fingerprint(company, accepted, attribute_landings(company, home=home, as_of=as_of), code=code)
    assembly = load_assembly(home.ledger(fingerprint), plan)
    return assembly and Ledger(fingerprint, home.ledger(fingerprint), plan.periods, assembly.verdicts, assembly.notes)


def _fingerprint(company: Company, accepted: Sequence[Accepted], landings: Sequence[Path], *, code: str) -> str:
    """SHA-256 over all that a ledger depends on."""
    begins = [f"{name} {extract.covers_from}" for name, extract in sorted(company.sources.extracts.items()) if extract.covers_from]
    through = [] if (last := _data_through(company, accepted)) is None else [f"data through {last}"]
    parts = [code, company.definitions.model_dump_json(), *(extract.fingerprint for extract in accepted), *begins, *through]
    return hashlib.sha256("\n".join([*parts, *(path.name for path in landings)]).encode()).hexdigest()


def _data_through(company: Company, accepted: Sequence[Accepted]) -> date | None:
    """The last day that decides whether terms are in grace; none for a company without contracts."""
    return covered_days(company, accepted)[1] if any(extract.dataset == "contracts" for extract in _deciding(company, accepted)) else None


def _judged(connection: Backend, company: Company, ledger: Path) -> tuple[RuleResult, ...]:
    """What the rules found in a ledger: judged once, and read back as long as the ledger stands."""
    path = ledger.with_suffix(".verdicts.json")
    with suppress(FileNotFoundError, ValidationError):
        return VERDICTS.validate_json(path.read_bytes())
    verdicts = validate_ledger(connection, ledger, definitions=company.definitions)
    with atomic_write(path) as unfinished:
        unfinished.write_bytes(VERDICTS.dump_json(verdicts, indent=1))
    return verdicts


def _refuse_broken(verdicts: Sequence[RuleResult]) -> None:
    broken = "; ".join(f"rule {verdict.rule_id} ({verdict.says}) {verdict.found}" for verdict in verdicts if verdict.state != "kept")
    if broken:
        raise RefusedError(
            f"the ledger is not what it must be: {broken}; nothing is published, report it with the manifest of the last edition"
        )


assemble = tracked(materialize_ledgers, name="assemble", run_name="assemble the ledgers")
