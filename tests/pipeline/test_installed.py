"""Installed from a wheel, outside of a checkout: everything that the commands need is there, and a company is published."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.settings import PROJECT_FOLDER
from tasks.store.editions import code_fingerprint
from tests.pipeline.environments import SETTINGS_OF_OTHERS

PATIENCE_SECONDS = 600
FOLDERS = ("flows", "tasks", "expectations", "config", "deployments")
WHERE_FROM = """
import sys
from config.settings import PROJECT_FOLDER, home_folder
from flows.orchestration.deployments import DEPLOYMENTS
from tasks.store.editions import code_fingerprint
import flows.backfill, flows.scorecard, flows.orchestration.server, tasks.sample
ours = [module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] in {"flows", "tasks", "expectations", "config"}]
print(all(str(file).startswith(str(PROJECT_FOLDER)) for file in ours), (DEPLOYMENTS / "prefect.yaml").is_file())
print(PROJECT_FOLDER, home_folder())
print(code_fingerprint(PROJECT_FOLDER))
"""
"""Says which folder the modules come from."""
Ask = Callable[..., subprocess.CompletedProcess[str]]


def environment_of(home: Path) -> dict[str, str]:
    """An account that never used the project."""
    others = (*SETTINGS_OF_OTHERS, "PYTHON", "XDG_", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(others)} | {"HOME": str(home), "NO_PROXY": "127.0.0.1"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, PROJECT_FOLDER]
    subprocess.run(command, check=True, timeout=PATIENCE_SECONDS)
    (made,) = folder.glob("customer_math-*.whl")
    return made


@pytest.fixture(scope="module")
def ask(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Asks a program of an environment with the wheel, which borrows the locked libraries and nothing else, from a folder elsewhere."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "env", with_pip=False, symlinks=True)
    (there,) = (folder / "env" / "lib").glob("python3*/site-packages")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            folder / "env" / "bin" / "python",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            wheel,
        ],
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    # A folder named in a .pth file lends its libraries; the .pth files in it, such as the checkout's own, are not read.
    (there / "locked.pth").write_text("\n".join(site.getsitepackages()) + "\n", encoding="utf-8")
    for name in ("account", "elsewhere"):
        (folder / name).mkdir()

    def asked(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [folder / "env" / "bin" / program, *arguments],
            cwd=folder / "elsewhere",
            env=environment_of(folder / "account"),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    return asked


def test_the_wheel_holds_every_file_of_the_project_that_runs(wheel: Path) -> None:
    files = [path for folder in FOLDERS for path in (PROJECT_FOLDER / folder).rglob("*") if path.is_file()]
    expected = {path.relative_to(PROJECT_FOLDER).as_posix() for path in files if "__pycache__" not in path.parts}
    assert expected <= set(zipfile.ZipFile(wheel).namelist())


def test_an_installed_company_is_published_under_the_accounts_own_folder(ask: Ask, shop: Any, tmp_path: Path) -> None:
    where = ask("python", "-c", WHERE_FROM)
    assert where.returncode == 0, where.stderr
    are_ours, has_deployments, project, home, fingerprint = where.stdout.split()
    assert (are_ours, has_deployments) == ("True", "True")
    assert not Path(project).is_relative_to(PROJECT_FOLDER)
    assert home.endswith("/account/.local/share/customer-math")
    assert fingerprint == code_fingerprint(PROJECT_FOLDER)
    company = shop(tmp_path / "shop", only=("customers", "orders", "departures")).folder
    ran = ask("customer-math", "run", "--company", company, "--period", "2026-08")
    assert ran.returncode == 0, ran.stderr
    assert f"Workbook (edition 1): {home}/shop/scorecards/2026-08/edition-1/scorecard.xlsx" in ran.stdout
    assert not list(Path(project).glob("var*"))


@pytest.mark.parametrize("command", [(), ("run",), ("serve",), ("deploy",), ("sample",), ("backfill",)])
def test_an_installed_command_says_what_it_does(ask: Ask, command: tuple[str, ...]) -> None:
    answer = ask("customer-math", *command, "--help")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_the_installed_demo_company_is_written_and_is_fine(ask: Ask) -> None:
    assert ask("customer-math", "sample", "--scale", "0.001").returncode == 0
    answer = ask("customer-math", "check")
    assert (answer.returncode, answer.stderr) == (0, "")
