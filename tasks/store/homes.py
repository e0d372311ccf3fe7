"""The home of one company: whose it is, and what it takes over from before there was a log of what was published."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from expectations.text import counted
from expectations.verdict import RefusedError
from tasks.store.edition_checks import POSTED, history_without_log
from tasks.store.edition_log import Anchor, log_path, write_log
from tasks.store.editions import editions, published_periods
from tasks.store.engine import Home, atomic_write, translate_io_errors
from tasks.store.locks import brief_lock

if TYPE_CHECKING:
    from config.company import Company
    from config.settings import Settings

LOG = logging.getLogger(__name__)
CARD = "company.json"


class HomeCard(BaseModel):
    """Whose home it is."""

    model_config = ConfigDict(frozen=True)

    company_folder: str
    """The company's folder, as the machine names it when every link is followed."""
    periods_without_log: tuple[str, ...] = ()
    """Periods that were published before there was a log of it, and are not what they were: they get one when they are again."""


def home_of(company: Company, settings: Settings) -> Home:
    """The company's home, which is from its first use on the home of that folder alone; raises RefusedError for another of its name."""
    home = Home.of(settings, company.name)
    with translate_io_errors():
        card = _read_card(home)
        if card is None or card.periods_without_log:
            with brief_lock(home.lock("company")):
                card = _taken_over(home, _read_card(home) or _first_card(home, company))
    if Path(card.company_folder) != company.folder.resolve():
        raise RefusedError(
            f"{home.folder}: belongs to the company in {card.company_folder}, found another one of the same name in "
            f"{company.folder.resolve()}: its editions would be mixed with theirs. Rename one of the two folders, or set "
            f"CUSTOMER_MATH_HOME to another folder; if it is the same company and its folder was moved: customer-math adopt --company PATH"
        )
    return home


def adopt(company: Company, settings: Settings) -> str:
    """Let the home of a company go on with its folder where that is now; what was done, in a sentence.

    Raises RefusedError where the folder that the home belongs to is still there: then it is another company, or a copy.
    """
    home, folder = Home.of(settings, company.name), company.folder.resolve()
    with translate_io_errors(), brief_lock(home.lock("company")):
        card = _read_card(home)
        if card is None or Path(card.company_folder) == folder:
            return f"{home.folder}: belongs to the company in {folder}; nothing to do"
        if (Path(card.company_folder) / "definitions.yaml").exists():
            raise RefusedError(
                f"{card.company_folder}: expected that it was moved to {folder}, found that it is still there: two companies of one name "
                "cannot share a home. Rename one of the two folders, remove the one that is no longer used, or set CUSTOMER_MATH_HOME"
            )
        _write_card(home, card.model_copy(update={"company_folder": str(folder)}))
    return f"{home.folder}: belonged to the company in {card.company_folder}, and goes on with {folder}"


def _read_card(home: Home) -> HomeCard | None:
    path = home.folder / CARD
    try:
        return HomeCard.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RefusedError(f"{path}: expected whose home it is, found: {error.strerror}; put it back from a backup") from None
    except ValidationError:
        raise RefusedError(f"{path}: expected whose home it is, found something else; put it back from a backup") from None


def _write_card(home: Home, card: HomeCard) -> HomeCard:
    with atomic_write(home.folder / CARD) as unfinished:
        unfinished.write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return card


def _first_card(home: Home, company: Company) -> HomeCard:
    """The card of a home that is used for the first time, or for the first time since there are cards.

    Only editions that say nothing of a log can be from before there was one; where any says so, its log was taken away.
    """
    names = [name for name in published_periods(home.all_scorecards) if not log_path(home, name).exists()]
    old = tuple(name for name in names if not any(edition.manifest.company_folder for edition in editions(home.scorecards(name))))
    return _write_card(home, HomeCard(company_folder=str(company.folder.resolve()), periods_without_log=old))


def _taken_over(home: Home, card: HomeCard) -> HomeCard:
    """The card once every period that is as it was published has its log."""
    left = tuple(period for period in card.periods_without_log if not _is_taken_over(home, period))
    return card if left == card.periods_without_log else _write_card(home, card.model_copy(update={"periods_without_log": left}))


def _is_taken_over(home: Home, period: str) -> bool:
    """Give a period that was published before there was a log its log, unless something of it is not as it was published."""
    history = history_without_log(home, period)
    if history.findings:
        findings = "\n".join(finding.sentence for finding in history.findings)
        LOG.warning("%s was published before there was a log of it, and is not taken into one yet:\n%s", period, findings)
        return False
    before, now = home.scorecards(period) / POSTED, home.delivery(period) / POSTED
    if before.is_dir() and not now.exists():
        now.parent.mkdir(parents=True, exist_ok=True)
        before.rename(now)
    write_log(home, period, [Anchor.of(edition.manifest, state="published") for edition in history.editions])
    LOG.info("%s was published before there was a log of it: %s taken into one", period, counted(len(history.editions), "edition"))
    return True
