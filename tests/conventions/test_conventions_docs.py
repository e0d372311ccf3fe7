"""What is written by hand under docs/ is true: the drawing of the folders, the works that are cited, the links."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
LAYERS = ("flows", "tasks", "expectations", "config")
FRAME = re.compile(r"subgraph (\w+)\[")
FOLDER = re.compile(r'(\w+)\["([\w/]+)"\]')
ARROW = re.compile(r"(\w+) --> (\w+)")
NOT_OF_THEIR_OWN = {"config/measures": "config"}
"""Folders that the drawing shows as a part of another."""
YOURS = "`config/yours`"
"""The folder of a reader's own company, which is not there yet."""
Drawing = tuple[dict[str, frozenset[str]], list[tuple[str, str]]]


def drawn(text: str) -> Drawing:
    """What a drawing shows: the folders of each of its boxes and frames, by name, and its arrows."""
    boxes: dict[str, set[str]] = {}
    frames: list[str] = []
    arrows = []
    for line in map(str.strip, text.splitlines()):
        if frame := FRAME.match(line):
            frames.append(frame[1])
        elif line == "end":
            frames.pop()
        elif box := FOLDER.fullmatch(line):
            for name in (*frames, box[1]):
                boxes.setdefault(name, set()).add(box[2])
        elif arrow := ARROW.fullmatch(line):
            arrows.append((arrow[1], arrow[2]))
    return {name: frozenset(folders) for name, folders in boxes.items()}, arrows


def imported_modules(tree: ast.Module) -> Iterator[str]:
    """What a module imports, wherever in it: for `from a import b` both a and a.b, since b may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def folder_of(module: str) -> str:
    """The folder that a module, or a name in a module, lies in."""
    path = PROJECT.joinpath(*module.split("."))
    while not (path.is_dir() or path.with_suffix(".py").is_file()):
        path = path.parent
    folder = path if path.is_dir() else path.parent
    name = folder.relative_to(PROJECT).as_posix()
    return NOT_OF_THEIR_OWN.get(name, name)


@cache
def imports() -> frozenset[tuple[str, str]]:
    """Every pair of folders of which the one imports something of the other."""
    pairs = {
        (folder_of(".".join(path.relative_to(PROJECT).with_suffix("").parts)), folder_of(module))
        for layer in LAYERS
        for path in (PROJECT / layer).rglob("*.py")
        for module in imported_modules(ast.parse(path.read_text(encoding="utf-8")))
        if module.split(".")[0] in LAYERS
    }
    return frozenset((one, other) for one, other in pairs if one != other)


def untrue(drawing: Drawing, real: frozenset[tuple[str, str]]) -> dict[str, list[str]]:
    """Where a drawing differs from the imports: arrows without an import, imports without an arrow."""
    boxes, arrows = drawing
    meant = {arrow: {(one, other) for one in boxes[arrow[0]] for other in boxes[arrow[1]]} for arrow in arrows}
    shown = set().union(*meant.values()) if meant else set()
    return {
        "arrows without an import": [f"{one} --> {other}" for (one, other), pairs in meant.items() if not pairs & real],
        "imports without an arrow": sorted(f"{one} imports {other}" for one, other in real - shown),
    }


def test_the_drawing_of_the_folders_shows_what_imports_what() -> None:
    drawing = drawn((DOCS / "architecture.md").read_text(encoding="utf-8"))
    assert untrue(drawing, imports()) == {"arrows without an import": [], "imports without an arrow": []}


def test_the_drawing_and_its_table_name_every_folder_with_modules() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    folders = {path.parent.relative_to(PROJECT).as_posix() for layer in LAYERS for path in (PROJECT / layer).rglob("*.py")}
    boxes, _arrows = drawn(text)
    assert frozenset().union(*boxes.values()) == folders - set(NOT_OF_THEIR_OWN)
    assert {name for name in folders - set(NOT_OF_THEIR_OWN) if f"\n| `{name}` |" not in text} == set()


@pytest.mark.parametrize(
    ("real", "problems"),
    [
        ({("a/b", "c"), ("a/d", "c")}, ([], [])),
        ({("a/b", "c"), ("c", "a/d")}, ([], ["c imports a/d"])),
        ({("c", "a/b")}, (["frame --> three"], ["c imports a/b"])),
    ],
)
def test_a_drawing_that_is_not_true_is_found(real: set[tuple[str, str]], problems: tuple[list[str], list[str]]) -> None:
    text = 'subgraph frame["a"]\n one["a/b"]\n two["a/d"]\nend\nthree["c"]\nframe --> three'
    assert tuple(untrue(drawn(text), frozenset(real)).values()) == problems


def test_the_works_that_are_cited_are_those_that_are_used() -> None:
    cited = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))["references"]
    used = re.findall(r'^\| [^|]*"([^"]+)" \((\d{4})\)', (DOCS / "methods.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [(each["title"], str(each["year"])) for each in cited] == used


def test_every_function_that_the_methods_name_is_there() -> None:
    rows = re.findall(r"\| `(\w+)`(?: and `(\w+)`)? in \[[\w.]+\]\(\.\./([\w/.]+)\) \|", (DOCS / "methods.md").read_text(encoding="utf-8"))
    assert len(rows) == len(yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))["references"])
    for *names, path in rows:
        tree = ast.parse((PROJECT / path).read_text(encoding="utf-8"))
        assert {*filter(None, names)} <= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, path


def test_every_link_and_path_of_a_page_leads_somewhere() -> None:
    lost = []
    for page in (*sorted(DOCS.glob("*.md")), PROJECT / "README.md", PROJECT / "CONTRIBUTING.md"):
        text = page.read_text(encoding="utf-8").replace(YOURS, "")
        links = re.findall(r"\]\(([^)#:]+)(?:#[\w-]*)?\)", text)
        paths = re.findall(r"`((?:flows|tasks|expectations|config|tests)/[\w/]+(?:\.\w+)?)`", text)
        lost += [f"{page.name}: {link}" for link in links if not (page.parent / link).exists()]
        lost += [f"{page.name}: {path}" for path in paths if not (PROJECT / path).exists()]
    assert lost == []
