"""The database of a new home's Prefect server, brought up to date once in a whole run of the tests: that takes it five seconds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.pipeline.golden_edition import made_once

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE: list[Path] = []
"""Where it is made; said by the fixture of the session."""
UPGRADE = ("-m", "prefect", "server", "database", "upgrade", "--yes")


def begin_home(home: Path) -> Path:
    """A home in which a server has been once; whose database is elsewhere, or is to be made anew, does without."""
    (template,) = TEMPLATE
    folder = home / "prefect"
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        for path in made_once(template, _upgrade).glob("prefect.db*"):
            shutil.copy2(path, folder)
    return home


def _upgrade(folder: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "COV_CORE_"))}
    command = [sys.executable, *UPGRADE]
    subprocess.run(command, env=environment | {"PREFECT_HOME": str(folder)}, check=True, capture_output=True)
