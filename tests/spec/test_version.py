"""The command says which version it is."""

from __future__ import annotations

import tomllib

import pytest

from config.settings import PROJECT_FOLDER
from flows.cli.main import app


def test_the_command_says_the_version_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        app(["--version"])
    project = tomllib.loads((PROJECT_FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (end.value.code, capsys.readouterr().out) == (0, f"{project['version']}\n")
