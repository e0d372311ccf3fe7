"""The page of every command with its help, and the writing of all pages that are looked up: `python -m flows.cli.reference`."""

from __future__ import annotations

from typing import Protocol, cast

from typer.main import get_group

from config.settings import PROJECT_FOLDER
from flows.cli.main import app
from flows.reference import REFERENCE, table

DOCS = PROJECT_FOLDER / "docs"


class Parameter(Protocol):
    """An argument or an option as Typer has it."""

    name: str
    opts: list[str]
    secondary_opts: list[str]
    default: object
    required: bool
    help: str | None
    param_type_name: str


class Command(Protocol):
    """A command as Typer has it."""

    params: list[Parameter]
    help: str | None
    epilog: str | None


def commands_page() -> str:
    """Every command with its arguments and options."""
    group = get_group(app)
    commands = cast("dict[str, Command]", group.commands)
    about = ["# Commands", "", "`customer-math COMMAND --help` says the same. Written by `make docs` from the commands themselves.", ""]
    whole = [*_help(group.help), *_parameters(cast("list[Parameter]", group.params)), *_help(group.epilog)]
    return "\n".join((*about, *whole, *(line for name in sorted(commands) for line in _command(name, commands[name]))))


def _command(name: str, command: Command) -> list[str]:
    usage = " ".join([name, *(parameter.name.upper() for parameter in command.params if parameter.param_type_name == "argument")])
    return [f"## customer-math {usage}", "", *_help(command.help), *_parameters(command.params), *_help(command.epilog)]


def _help(text: str | None) -> list[str]:
    """A help text as a paragraph."""
    return [" ".join(text.split()), ""] if text else []


def _parameters(parameters: list[Parameter]) -> list[str]:
    rows = [(_spelling(parameter), parameter.help or "", _default(parameter)) for parameter in parameters]
    return [*table(("argument or option", "means", "default"), rows), ""] if rows else []


def _spelling(parameter: Parameter) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`"
    return ", ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts))


def _default(parameter: Parameter) -> str:
    """What holds where nothing is said; of a switch, the spelling that is on."""
    if parameter.required:
        return "needed"
    if isinstance(parameter.default, bool):
        spelled = parameter.opts if parameter.default else parameter.secondary_opts
        return f"`{spelled[0]}`" if spelled else ""
    return "" if parameter.default is None else f"`{parameter.default}`"


def pages() -> dict[str, str]:
    """Every page that is written, by its name under docs/."""
    return {"commands.md": commands_page(), **{name: page() for name, page in REFERENCE.items()}}


if __name__ == "__main__":
    for page, content in pages().items():
        (DOCS / page).write_text(content, encoding="utf-8")
