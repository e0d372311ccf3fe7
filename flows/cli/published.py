"""The commands about what was published: its history, its replay, and what is kept for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from config.refusal import ExitStatus

OUT = Console(highlight=False, soft_wrap=True, emoji=False)
ERR = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
CompanyOption = Annotated[str, typer.Option("--company", "-c", help="A company's folder, or its name under config/.")]
PeriodArgument = Annotated[str, typer.Argument(help="A published period: 2025-W36, 2025-08, 2025-Q3 or 2025.")]


def editions(period: PeriodArgument, company: CompanyOption = "demo") -> None:
    """Tell the history of a published period: what was published when, what changed, and why."""
    from config.company import load_company  # noqa: PLC0415 - keeps the help quick
    from config.settings import settings_from_environment  # noqa: PLC0415 - keeps the help quick
    from flows.cli.edition_history import tell  # noqa: PLC0415 - keeps the help quick

    paragraphs, is_whole = tell(load_company(company), period, settings=settings_from_environment())
    OUT.print("\n\n".join(paragraphs), markup=False)
    if not is_whole:
        raise typer.Exit(ExitStatus.REFUSED)


def replay(
    period: PeriodArgument,
    company: CompanyOption = "demo",
    edition: Annotated[int | None, typer.Option(help="Which edition; default: the latest.")] = None,
) -> None:
    """Compute an edition again from the extracts and definitions of then, and compare it to the last figure."""
    from config.company import load_company  # noqa: PLC0415 - keeps the help quick
    from config.settings import settings_from_environment  # noqa: PLC0415 - keeps the help quick
    from flows.replay import replay as replay_edition  # noqa: PLC0415 - keeps the help quick

    replayed = replay_edition(load_company(company), period, edition=edition, settings=settings_from_environment())
    OUT.print(replayed.sentence, markup=False)
    for difference in replayed.differences:
        OUT.print(difference, markup=False)
    if replayed.differences:
        raise typer.Exit(ExitStatus.REFUSED)


def tidy(
    company: CompanyOption = "demo",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove what is older than the company keeps and what no edition needs; editions are never touched."""
    from config.company import load_company  # noqa: PLC0415 - keeps the help quick
    from config.settings import settings_from_environment  # noqa: PLC0415 - keeps the help quick
    from tasks.store.homes import home_of  # noqa: PLC0415 - keeps the help quick
    from tasks.tidy import tidy_up  # noqa: PLC0415 - keeps the help quick

    described = load_company(company)
    home = home_of(described, settings_from_environment())
    tidied = tidy_up(home, described.definitions.keeping, now=datetime.now(UTC), is_trial=dry_run)
    OUT.print(tidied.sentence, markup=False)


def adopt(company: CompanyOption = "demo") -> None:
    """Let what was published for a company go on with its folder where that is now, after the folder was moved."""
    from config.company import load_company  # noqa: PLC0415 - keeps the help quick
    from config.settings import settings_from_environment  # noqa: PLC0415 - keeps the help quick
    from tasks.store.homes import adopt as adopt_folder  # noqa: PLC0415 - keeps the help quick

    OUT.print(adopt_folder(load_company(company), settings_from_environment()), markup=False)
