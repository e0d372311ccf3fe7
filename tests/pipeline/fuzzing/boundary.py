"""The boundary: a company's folder from its files to accepted rows, ended as the command ends."""

from __future__ import annotations

import contextlib
import io
import time
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pyarrow.parquet as pq
import yaml

from config.company import load_company, load_parts
from expectations.suites import check_rules
from flows.cli import main
from flows.stages import PipelineContext, accept_all, extract_all
from tasks.check import findings_of
from tasks.store.engine import Home
from tests.pipeline.fuzzing.orders import DEFINITIONS, EXTRACT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from config.company import Company
    from config.settings import Settings
    from expectations.verdict import Accepted
    from tasks.sources import Landed
    from tests.pipeline.fuzzing.orders import Record

AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
REFUSED = (1, 2)
"""Exit statuses of what its reader can mend."""
MOST_LINES, MOST_LETTERS = 12, 4000
BLAMES_THE_MACHINE = ("the engine could not go on", "INTERNAL Error", "Traceback")
"""What is never said of bad data: that the machine, or the program, is at fault."""


@dataclass
class Ending:
    """How the command ends: its exit status, what it says, what it came to, and how long it took."""

    status: int = 0
    said: str = ""
    value: Any = None
    fault: BaseException | None = None
    seconds: float = 0.0

    @property
    def was_accepted(self) -> bool:
        return self.status == 0 and self.fault is None

    def problems(self, secrets: Sequence[str]) -> list[str]:
        """What is wrong with the end itself: no exception of others, few words, and none of what is to be kept secret."""
        if self.fault is not None:
            return [f"raised {type(self.fault).__module__}.{type(self.fault).__name__}: {str(self.fault)[:300]}"]
        if self.status and self.status not in REFUSED:
            return [f"exit status {self.status}: {self.said[:300]}"]
        problems = [f"says {secret!r}: {self.said[:600]}" for secret in secrets if secret in self.said]
        problems += [f"says {words!r}: {self.said[:300]}" for words in BLAMES_THE_MACHINE if words in self.said]
        if self.said.count("\n") > MOST_LINES or len(self.said) > MOST_LETTERS:
            problems.append(f"says {len(self.said)} letters in {self.said.count(chr(10))} lines: {self.said[:200]}")
        if self.status and not self.said.strip():
            problems.append("is refused without a word")
        return problems


def ended(body: Callable[[], Any]) -> Ending:
    """Some work, ended by the command's own `main`."""
    ending, out, began = Ending(), io.StringIO(), time.monotonic()

    def app() -> None:
        ending.value = body()

    with (
        patch.object(main, "app", app),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        warnings.catch_warnings(),
    ):
        _warn_as_the_command_does(out)
        try:
            main.main()
        except SystemExit as end:
            ending.status = end.code if isinstance(end.code, int) else 1
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            ending.fault = error
    ending.said, ending.seconds = out.getvalue(), time.monotonic() - began
    return ending


def _warn_as_the_command_does(out: io.StringIO) -> None:
    """Warnings are words on standard error, not exceptions as in other tests."""
    warnings.resetwarnings()
    for kind in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", kind)
    warnings.showwarning = lambda message, category, *_where, **_more: out.write(f"{category.__name__}: {message}\n")


@dataclass(frozen=True)
class Shop:
    """A company's folder whose one extract is damaged, and a home of its own."""

    folder: Path
    settings: Settings
    declared: dict[str, Any] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        return Home(self.settings.home / self.folder.name)

    def declare(self, path: str, *, definitions: dict[str, Any] | None = None) -> None:
        """Write both files of the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        sources = {"extracts": {"orders": {**EXTRACT, "path": path, **self.declared}}}
        for name, content in (("definitions", definitions or DEFINITIONS), ("sources", sources)):
            (self.folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def company(self) -> Company:
        """The folder, read and checked as `check` and `run` do."""
        company = load_company(self.folder)
        check_rules(company)
        return company

    def context(self) -> PipelineContext:
        """The stages of the company of now."""
        return PipelineContext(self.company(), self.settings, self.home, AS_OF, code="")

    def land(self) -> dict[str, Landed]:
        """Every extract, landed."""
        return {each.extract: each for each in extract_all(self.context())}

    def accept(self, landed: dict[str, Landed]) -> tuple[Accepted, ...]:
        """Landed extracts, corrected and judged, customers first."""
        return accept_all(self.context(), list(landed.values()))

    def check(self) -> list[str]:
        """What `customer-math check` says of the folder."""
        return list(findings_of(load_parts(self.folder), settings=self.settings, now=AS_OF).problems)


def rows_of(path: Path) -> list[Record]:
    """The rows of a landed or accepted file, in the order of their source."""
    rows = pq.read_table(path).to_pylist()
    return sorted(rows, key=lambda row: (row["source_file"], row["source_row"]))
