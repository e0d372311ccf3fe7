"""How the code is built, where no tool looks: sizes, purity, and exemptions that say why."""

from __future__ import annotations

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
LAYERS = ("flows", "tasks", "expectations", "config")
PURE = ("tasks/customer_math", "tasks/reporting")
FILE_LINES = 400
FUNCTION_LINES = 40
KINDS_OF_TESTS = {"spec", "properties", "snapshots", "pipeline", "conventions", "bench"}
CLOCK = {"now", "today", "utcnow"}
OUTSIDE_WORLD = CLOCK | {
    *("environ", "getenv", "getpid", "urandom", "perf_counter", "monotonic"),
    *("read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "unlink", "rmtree", "iterdir"),
    *("to_parquet", "to_csv", "read_parquet", "read_csv", "to_excel", "read_excel", "raw_sql"),
}
OUTSIDE_NAMES = {"open", "print", "input", "eval", "exec", "globals"}
"""What something pure never does: files, the clock, the environment, SQL in strings."""
EXEMPTIONS = {
    "noqa": re.compile(r"# noqa(?!: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \w+)"),
    "type: ignore": re.compile(r"# (type|pyright): ignore(?!\[[\w, -]+\] - \w+)"),
    "no cover": re.compile(r"# pragma: no (cover|branch)(?! - \w+)"),
}


def python_files(*folders: str) -> list[Path]:
    """Every Python file of some folders of the project."""
    return sorted(path for folder in folders for path in (PROJECT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    """A file's name as tests show it."""
    return str(path.relative_to(PROJECT))


@cache
def tree_of(path: Path) -> ast.Module:
    """A Python file, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions_in(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, its docstring aside."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def outside_world(path: Path) -> Iterator[str]:
    """Where a file reaches beyond what it is given."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute) and node.attr in OUTSIDE_WORLD:
            yield f"{name_of(path)}:{node.lineno}: {node.attr}"
        if isinstance(node, ast.Name) and node.id in OUTSIDE_NAMES:
            yield f"{name_of(path)}:{node.lineno}: {node.id}"
        if isinstance(node, ast.Global | ast.Nonlocal):
            yield f"{name_of(path)}:{node.lineno}: {', '.join(node.names)} from outside"


def test_no_file_is_longer_than_a_reader_keeps_in_mind() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(*LAYERS, "tests")}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = {
        f"{name_of(path)}:{function.lineno}: {function.name}": lines_of(function)
        for path in python_files(*LAYERS, "tests")
        for function in functions_in(path)
    }
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}


def test_mathematics_and_reporting_are_pure() -> None:
    assert [problem for path in python_files(*PURE) for problem in outside_world(path)] == []


def imported_names(path: Path) -> Iterator[str]:
    """Every name that a file imports, wherever it does, for the type checker alone too: of a module, or of what is in one."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_two_modules_import_each_other_in_a_circle() -> None:
    modules = {".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__"): path for path in python_files(*LAYERS)}
    imports = {
        module: {name if name in modules else name.rpartition(".")[0] for name in imported_names(path)} & modules.keys()
        for module, path in modules.items()
    }
    assert imports["flows.scorecard"] >= {"flows.stages", "tasks.publish"}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' is imported by '.join(error.args[1])}")


def test_nothing_below_the_flow_reads_the_clock() -> None:
    readings = [
        f"{name_of(path)}:{node.lineno}: {node.attr}"
        for path in python_files("tasks", "expectations", "config")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in CLOCK
    ]
    assert readings == []


def test_every_exemption_names_its_rule_and_its_reason() -> None:
    bare = [
        f"{name_of(path)}:{number}: {kind}"
        for path in python_files(*LAYERS, "tests")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for kind, pattern in EXEMPTIONS.items()
        if pattern.search(line) and path != Path(__file__)
    ]
    assert bare == []


def test_every_skip_and_expected_failure_says_why() -> None:
    silent = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files("tests")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail", "pytest.skip", "pytest.xfail"}
        and not node.args[:1]
        and not any(keyword.arg == "reason" for keyword in node.keywords)
    ]
    assert silent == []


def test_tests_lie_in_folders_by_their_kind_and_are_no_package() -> None:
    tests = PROJECT / "tests"
    assert list(tests.rglob("__init__.py")) == []
    assert {path.relative_to(tests).parts[0] for path in tests.rglob("test_*.py")} <= KINDS_OF_TESTS


def test_no_two_files_of_tests_have_one_name() -> None:
    names = [path.name for path in (PROJECT / "tests").rglob("test_*.py")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_the_names_of_tests_are_claims() -> None:
    terse = [
        f"{name_of(path)}:{function.lineno}: {function.name}"
        for path in python_files("tests")
        if path.name.startswith("test_")
        for function in functions_in(path)
        if function.name.startswith("test_") and function.name.count("_") < 4
    ]
    assert terse == []


@pytest.mark.parametrize(
    ("source", "reaches"),
    [
        ("from datetime import date\ndate.today()", ["today"]),
        ("import os\nhome = os.environ['HOME']", ["environ"]),
        ("text = open('a').read()", ["open"]),
        ("def a():\n    global b", ["b from outside"]),
        ("total = opening + won - lost", []),
    ],
)
def test_what_is_not_pure_is_found(source: str, reaches: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.PROJECT", tmp_path)
    path = tmp_path / "module.py"
    path.write_text(source)
    assert [problem.split(": ")[1] for problem in outside_world(path)] == reaches


OWN_ERRORS = frozenset(
    {"Refusal", "RefusedError", "PeriodError", "PeriodNameError", "SourceError", "CompanyFolderError", "SlackError", "MailError"}
    | {"MachineError", "NotServedError", "UnknownNameError", "NotFittedError"}
)
"""Errors whose words are ours; any other may quote a secret or a customer."""


def quoted_errors(tree: ast.Module) -> Iterator[int]:
    """Lines on which words of an error that is not ours go into a text; `"no room" in str(error)` only looks at them."""
    for handler in (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name):
        caught = {node.id for node in ast.walk(handler.type or handler) if isinstance(node, ast.Name)}
        if caught <= OWN_ERRORS:
            continue
        body = [node for statement in handler.body for node in ast.walk(statement)]
        looked_at = {id(part) for node in body if isinstance(node, ast.Compare) for part in ast.walk(node)}
        for node in body:
            inside = _put_into_text(node)
            if isinstance(inside, ast.Name) and inside.id == handler.name and id(node) not in looked_at:
                yield inside.lineno


def _put_into_text(node: ast.AST) -> ast.expr | None:
    """What `{...}`, `str(...)` or `repr(...)` makes a text of."""
    if isinstance(node, ast.FormattedValue):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"str", "repr"}:
        return next(iter(node.args), None)
    return None


def test_no_message_repeats_the_words_of_a_library() -> None:
    found = [f"{name_of(path)}:{line}" for path in python_files(*LAYERS) for line in quoted_errors(tree_of(path))]
    assert found == []


@pytest.mark.parametrize(
    ("caught", "said", "is_quoted"),
    [
        ("OSError", "f'{error}'", True),
        ("(SourceError, ValueError)", "str(error).splitlines()[0]", True),
        ("duckdb.Error", "repr(error)", True),
        ("OSError", "f'{error.strerror}'", False),
        ("SourceError", "f'{error}'", False),
        ("OSError", "'no room' in str(error)", False),
    ],
)
def test_words_of_a_library_are_seen(caught: str, said: str, *, is_quoted: bool) -> None:
    tree = ast.parse(f"try:\n    pass\nexcept {caught} as error:\n    print({said})")
    assert bool(list(quoted_errors(tree))) is is_quoted
