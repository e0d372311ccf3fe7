"""What happens around a run: its secrets are fetched, it has its turn, and operations is told when it ends badly."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from prefect.blocks.system import Secret
from prefect.runtime import flow_run as running
from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL

from config.redaction import hide, redacted
from config.settings import SECRET_BLOCKS, pages_address, settings_from_environment
from config.yaml_file import CompanyFolderError
from flows.orchestration.access import served_at
from flows.orchestration.sign_in import sign_in_here
from flows.orchestration.states import reason_of
from tasks.notify.slack_operations import notify_operations
from tasks.store.edition_pages import edition_path
from tasks.store.engine import remove_orphans, temporary_files_together
from tasks.store.homes import home_of
from tasks.store.locks import exclusive_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from prefect.client.schemas.objects import FlowRun, State
    from prefect.flows import Flow

    from config.company import Company
    from config.settings import Settings
    from tasks.customer_math.ledger.periods import Period

sign_in_here()  # before the first of its clients is made
LOG = logging.getLogger("tasks.flow")


def settings_with_secrets() -> Settings:
    """The environment's settings, with the secrets that Prefect keeps in blocks; raises CompanyFolderError where one is not there."""
    settings = settings_from_environment()
    return replace(settings, **{setting: _secret(setting, block) for setting, block in settings.secret_blocks})


def _secret(setting: str, block: str) -> str:
    try:
        stored: Any = Secret.load(block)
    except ValueError:
        raise CompanyFolderError(
            [f"environment variable {SECRET_BLOCKS[setting]}: expected a Secret block named {block!r}, found none; make it in Prefect"]
        ) from None
    secret = str(stored.get())
    hide(SECRET_BLOCKS[setting], secret)
    return secret


@contextmanager
def period_lock(company: Company, period: Period, *, settings: Settings, now: datetime) -> Iterator[None]:
    """Have a period's turn, and sweep away what stopped runs have left, before anything is read."""
    home = home_of(company, settings)
    with exclusive_lock(home.lock(period.name), what=f"{period.name} of {company.name}", started_at=now, waits=settings.waits_its_turn):
        remove_orphans(home.folder, temporary=temporary_files_together(), now=now)
        yield


def notify_failure(flow: Flow[Any, Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001 - the engine asks for these names
    """Tell operations, once, that a run was refused or has failed, with the reason and a link to the run."""
    try:
        settings = settings_with_secrets()
    except CompanyFolderError as error:
        LOG.warning("operations not told: %s", error)
        return
    LOG.info(notify_operations(redacted(f"{flow_run.name}: {reason_of(state)}"), settings=settings, run_url=run_url()))


def run_url() -> str | None:
    """The run's page, where a server stands that can be opened after the run."""
    return running.ui_url if PREFECT_API_URL.value() and PREFECT_UI_URL.value() else None


def page_of_edition(folder: Path) -> str | None:
    """Below which address readers open the files of an edition; none where nobody has said under which address the pages stand."""
    address = pages_address()
    return f"{address}{edition_path(folder)}" if address else None


def seen_here(folder: Path) -> str | None:
    """The same for who sees the run's own page: the address of the pages, or of the server of this home while it is served."""
    is_here = PREFECT_API_URL.value() and PREFECT_API_URL.value() == served_at()
    here = f"{PREFECT_UI_URL.value()}{edition_path(folder)}" if is_here else None
    return page_of_edition(folder) or here
