"""A company's YAML file, read so that every error can name its line.

The models in `definitions.py` and `sources.py` say what is allowed; this module says where in the file something else
was found, and `error_messages.py` says it in words.
"""

from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from config.error_messages import problems_of, yaml_problem
from config.redaction import SHORTEST, hide
from config.refusal import CompanyFolderError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

Model = TypeVar("Model", bound=BaseModel)
LARGEST_BYTES = 1 << 20
"""More is no text that somebody wrote, and would take minutes to read."""
MOST_VALUES = 100_000
"""Settings of one file, with what aliases stand for."""
MOST_OF_A_KIND = 3
"""Problems of one kind that are said one by one."""
VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}")
TEXT_TAG = "tag:yaml.org,2002:str"
CONTAINER_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
NOTHING = re.compile(r"|~|null|Null|NULL")
TRUTH = re.compile(r"true|True|TRUE|false|False|FALSE")
WHOLE_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,9})\.[0-9]{1,5}")
"""Fifteen digits are exact in a float; a longer number stays text, which the models read digit by digit."""


class YamlModel(BaseModel):
    """The base of everything that a company writes: unknown names are refused, values stay as read."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


@dataclass(frozen=True)
class YamlFile:
    """What a YAML file says, and on which line it says it."""

    path: Path
    content: dict[str, Any]
    lines: dict[tuple[str, ...], int]

    def line(self, location: Sequence[str | int]) -> int:
        """Line of a place in the file, or of the nearest place around it (1-based)."""
        parts = tuple(str(part) for part in location)
        for length in range(len(parts), 0, -1):
            if parts[:length] in self.lines:
                return self.lines[parts[:length]]
        return 1


def read_yaml(path: Path) -> YamlFile:
    """Read one YAML file of a company's folder; raises CompanyFolderError naming file and line.

    Names are text as they are written. Unquoted values are numbers, true, false or nothing where they look so, and text
    otherwise: `no`, `007` and `2025-12-31` are text.
    """
    text = _text(path)
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        _refuse_too_many(node, path)
        if not isinstance(node, yaml.MappingNode):
            raise CompanyFolderError([f"{path}:1: expected `name: value` lines, found {'something else' if node else 'nothing'}"])
        problems = list(_node_problems(node))
        if problems:
            raise CompanyFolderError([f"{path}:{line}: {problem}" for line, problem in problems])
        return YamlFile(path, _value(node), dict(_lines(node, ())))
    except yaml.YAMLError as error:
        line, problem = yaml_problem(text, error)
        raise CompanyFolderError([f"{path}:{line}: {problem}"]) from error
    except RecursionError:
        raise CompanyFolderError([f"{path}:1: is nested without end (an alias inside what it stands for?); write it out"]) from None


def _refuse_too_many(node: yaml.Node | None, path: Path) -> None:
    """Raises CompanyFolderError where aliases multiply a few lines into more than anybody means."""
    sizes: dict[int, int] = {}

    def size(part: yaml.Node) -> int:
        if id(part) not in sizes:
            inside = part.value if isinstance(part, yaml.CollectionNode) else []
            values = [value for entry in inside for value in (entry if isinstance(entry, tuple) else (entry,))]
            sizes[id(part)] = 1 + sum(map(size, values))
        return sizes[id(part)]

    if node is not None and size(node) > MOST_VALUES:
        raise CompanyFolderError(
            [f"{path}:1: expected {MOST_VALUES:,} values at most, found {size(node):,} through aliases; write them out"]
        )


def _text(path: Path) -> str:
    try:
        status = path.stat()
        is_endless = not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode))
        if is_endless or status.st_size > LARGEST_BYTES:
            raise CompanyFolderError([f"{path}: expected a file of at most 1 MB, found something else; see that it is the right one"])
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CompanyFolderError([f"{path}: expected this file, found none; create it (see config/demo)"]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CompanyFolderError([f"{path}:{line}: expected UTF-8 text, found a byte that is none; save the file as UTF-8"]) from error
    except OSError as error:
        raise CompanyFolderError([f"{path}: cannot be read: {error.strerror}; see that it is a file that you may read"]) from error


def _node_problems(node: yaml.Node) -> Iterator[tuple[int, str]]:
    if node.tag not in (TEXT_TAG, *CONTAINER_TAGS):
        yield node.start_mark.line + 1, f"`{node.tag}`: tags mean nothing here; remove it"
    if isinstance(node, yaml.ScalarNode) and "\x00" in node.value:
        yield node.start_mark.line + 1, "expected text, found one with a NUL in it, which ends a text for many programs; remove it"
    if isinstance(node, yaml.MappingNode):
        yield from _name_problems(node)
        for name, value in node.value:
            yield from _node_problems(name)
            yield from _node_problems(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _node_problems(value)


def _name_problems(node: yaml.MappingNode) -> Iterator[tuple[int, str]]:
    seen: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            yield line, "expected a name before the colon, found a list or a group of names; write one name"
        elif key.value in seen:
            yield line, f"`{key.value}` is written twice, first on line {seen[key.value]}; keep one"
        else:
            seen[key.value] = line


def _value(node: yaml.Node) -> Any:  # noqa: ANN401 - a YAML file may hold anything; the models check it
    if isinstance(node, yaml.MappingNode):
        return {key.value: _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(value) for value in node.value]
    assert isinstance(node, yaml.ScalarNode)
    return _plain_value(node.value) if node.style is None else node.value


def _plain_value(text: str) -> str | float | None:
    if NOTHING.fullmatch(text):
        return None
    if TRUTH.fullmatch(text):
        return text.lower() == "true"
    if WHOLE_NUMBER.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else text


def _lines(node: yaml.Node, location: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*location, key.value), key.start_mark.line + 1
            yield from _lines(value, (*location, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield (*location, str(number)), value.start_mark.line + 1
            yield from _lines(value, (*location, str(number)))


def check(file: YamlFile, model: type[Model]) -> Model:
    """What the file says, as the model; raises CompanyFolderError with a line for every problem."""
    try:
        return model.model_validate(file.content)
    except ValidationError as error:
        problems = sorted((file.line(location), problem) for location, problem in problems_of(error, model))
        raise CompanyFolderError([f"{file.path}:{line}: {problem}" for line, problem in _few_of_a_kind(problems)]) from None


def usable_part(file: YamlFile | None, model: type[Model], *, depth: int, stand_ins: Mapping[str, Any] | None = None) -> Model | None:
    """What is left of a file without its parts, so many names deep, that have problems; none where nothing can be used.

    What is needed and not there is as `stand_ins` has it.
    """
    try:
        return model.model_validate(file.content) if file else model.model_validate({**(stand_ins or {})})
    except ValidationError as error:
        wrong = {tuple(map(str, location[:depth])) for location, _problem in problems_of(error, model)}
        content = _without(file.content, wrong) if file else {}
    try:
        return model.model_validate({**(stand_ins or {}), **content})
    except ValidationError:
        return None


def _without(content: Mapping[str, Any], locations: Collection[tuple[str, ...]]) -> dict[str, Any]:
    """The content without what stands at some places."""
    inner = {name: {location[1:] for location in locations if location[0] == name and len(location) > 1} for name in content}
    return {
        name: _without(value, inner[name]) if inner[name] and isinstance(value, dict) else value
        for name, value in content.items()
        if (name,) not in locations
    }


def _few_of_a_kind(problems: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Problems by line; of those that differ by numbers alone, as in a long list, the first few and how many more there are."""
    of_a_kind: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for line, problem in problems:
        of_a_kind[re.sub(r"\d+", "0", problem)].append((line, problem))
    for alike in of_a_kind.values():
        yield from alike[:MOST_OF_A_KIND]
        if len(alike) > MOST_OF_A_KIND:
            yield alike[MOST_OF_A_KIND][0], f"and so {len(alike) - MOST_OF_A_KIND:,} times more, here and below"


def validate_time_zone(name: str) -> str:
    """The name, if it is a time zone's; raises ValueError."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("expected an IANA time zone such as Europe/Berlin") from None
    return name


def fill_in_variables(text: str, *, defaults: Mapping[str, str]) -> str:
    """The text with `${NAME}` filled in from the environment, to be shown as `${NAME}`; raises KeyError with the missing name.

    What has a default is no secret.
    """

    def value(match: re.Match[str]) -> str:
        name = match["name"]
        if name in defaults:
            return os.environ.get(name) or defaults[name]
        secret = os.environ.get(name)
        if not secret:
            raise KeyError(name)
        hide(name, secret)
        return secret

    return VARIABLE.sub(value, text)


def unfilled(message: str, text: str, *, shown: Iterable[str]) -> str:
    """What is said about a text with variables, such as a file's name, with `${NAME}` where a value was filled in; those `shown` aside."""
    for name in set(VARIABLE.findall(text)) - {*shown}:
        value = os.environ.get(name, "")
        if len(value) >= SHORTEST:
            message = message.replace(value, f"${{{name}}}")
    return message
