"""Hostile company folders: settings of other kinds, huge, odd or pointing outside; drawn from a seed."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from tests.pipeline.fuzzing.hostile_values import ODD_SQL, ODD_VALUES, SPOILT_BYTES, SPOILT_TEXTS, WELL_KNOWN
from tests.pipeline.fuzzing.orders import DEFINITIONS, EXTRACT, as_csv, records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

WHOLE_READ: dict[str, Any] = {
    "format": "csv",
    "delimiter": ",",
    "quote": '"',
    "encoding": "utf-8",
    "decimal": ".",
    "thousands": "",
    "skip_rows": 0,
    "header_rows": 1,
    "null_texts": ["NULL"],
    "dates": ["%Y-%m-%d"],
    "time_zone": "UTC",
    "drop_rows_where": {"state": "total"},
}
WHOLE_DEFINITIONS: dict[str, Any] = {
    **DEFINITIONS,
    "activity": {"lapse_days": 60, "excluded_statuses": ["test"]},
    "segments": {"contact": {"says": "Whom we talk to", "from": "orders.contact"}},
    "allowed_differences": [{"extract": "orders", "because": "Two rows came late", "until": "2026-12-31"}],
}


@dataclass
class HostileFolder:
    """One folder, and what was done to it."""

    number: int
    definitions: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(WHOLE_DEFINITIONS))
    extracts: dict[str, Any] = field(
        default_factory=lambda: {"orders": copy.deepcopy({**EXTRACT, "path": "orders.csv", "read": WHOLE_READ})}
    )
    changes: list[str] = field(default_factory=list)
    spoilt: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"folder {self.number} ({'; '.join(self.changes)[:300]})"

    def write(self, folder: Path, outside: Path) -> None:
        """The folder with all that its settings may lead to."""
        folder.mkdir(parents=True)
        rows = as_csv(records("x"))
        for name in ("orders.csv", "folder/orders.csv", "secret.csv"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(rows)
        (folder / "link.csv").symlink_to(outside)
        (folder / "loop.csv").symlink_to("loop.csv")
        for name, content in (("definitions", self.definitions), ("sources", {"extracts": self.extracts})):
            text = yaml.safe_dump(_pointing(content, outside), sort_keys=False, allow_unicode=True)
            spoil = self.spoilt.get(name)
            (folder / f"{name}.yaml").write_bytes(spoil(text) if spoil else text.encode("utf-8", "surrogatepass"))


def _pointing(content: Any, outside: Path) -> Any:
    if isinstance(content, dict):
        return {key: _pointing(value, outside) for key, value in content.items()}
    if isinstance(content, list):
        return [_pointing(value, outside) for value in content]
    return content.replace("{outside}", str(outside)) if isinstance(content, str) else content


def hostile_folder(number: int) -> HostileFolder:
    """The hostile folder of a number: always the same one."""
    chance = random.Random(f"folder {number}")
    folder = HostileFolder(number)
    for _ in range(chance.choice((1, 1, 2))):
        if not isinstance(folder.extracts.get("orders"), dict) or not isinstance(folder.extracts["orders"].get("read"), dict):
            break  # what was done first left nothing that could be changed once more
        chance.choice((_known_setting, _known_setting, _any_setting, _any_setting, _spoil, _control_total, _sql))(chance, folder)
    return folder


def _known_setting(chance: Random, folder: HostileFolder) -> None:
    extract = folder.extracts["orders"]
    name = chance.choice(("path", "dates", "encoding", "drop_rows_where", "database"))
    value = chance.choice(WELL_KNOWN[name])
    if name in WHOLE_READ:
        extract["read"][name] = value
    else:
        extract[name] = value
    if name == "database":
        extract.pop("path", None)
        extract[chance.choice(("table", "query"))] = chance.choice(("orders", *ODD_SQL))
    if name == "path":
        extract["read"].pop("format") if chance.random() < 0.5 else None
    folder.changes.append(f"{name} = {value!r}"[:120])


def _any_setting(chance: Random, folder: HostileFolder) -> None:
    content = chance.choice((folder.definitions, folder.extracts))
    *outer, last = chance.choice(list(_places(content)))
    here: Any = content
    for part in outer:
        here = here[part]
    value = chance.choice(ODD_VALUES)
    if isinstance(last, str) and chance.random() < 0.15:
        here[str(value)[:300]] = here.pop(last)
        folder.changes.append(f"{'.'.join(map(str, (*outer, last)))} is called {value!r}"[:120])
        return
    here[last] = value
    folder.changes.append(f"{'.'.join(map(str, (*outer, last)))} = {value!r}"[:120])


def _places(content: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for name, value in inside:
        yield (*place, name)
        yield from _places(value, (*place, name))


def _spoil(chance: Random, folder: HostileFolder) -> None:
    name = chance.choice(("definitions", "sources"))
    if chance.random() < 0.7:
        at = chance.randrange(len(SPOILT_TEXTS))
        folder.spoilt[name] = lambda text: SPOILT_TEXTS[at](text).encode("utf-8", "surrogatepass")
        folder.changes.append(f"{name}: spoilt text {at}")
    else:
        piece, where = chance.choice(SPOILT_BYTES), chance.random()
        folder.spoilt[name] = lambda text: _between(text.encode(), piece, where)
        folder.changes.append(f"{name}: {piece!r} in it")


def _between(content: bytes, piece: bytes, where: float) -> bytes:
    at = int(where * len(content))
    return content[:at] + piece + content[at:]


def _control_total(chance: Random, folder: HostileFolder) -> None:
    name = chance.choice(("query", "file", "rows", "amount"))
    value = chance.choice(WELL_KNOWN.get(name, ODD_VALUES))
    folder.extracts["orders"]["control_total"] = {name: value}
    folder.changes.append(f"control_total.{name} = {value!r}"[:120])


def _sql(chance: Random, folder: HostileFolder) -> None:
    value = chance.choice(ODD_SQL)
    folder.extracts["orders"]["sql"] = value
    folder.changes.append(f"sql = {value!r}"[:120])
