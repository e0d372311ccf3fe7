"""Hostile company folders: settings of other kinds, huge, odd or pointing outside; drawn from a seed."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from tests.pipeline.fuzzing.orders import DEFINITIONS, EXTRACT, as_csv, records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

SECRET = "pl4nted/S3cret"
VARIABLE = "FUZZ_SECRET"
OUTSIDE = "outside-of-every-company"
"""What a file that belongs to no company holds; no message, and no row, may show it."""
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 10**30, 1.5, -1e300, "", " ", "x", "x" * 5000, [], {}, [[]], [{}], {"": ""}, {"x": {"y": {"z": 1}}}),
    *(["x"] * 300, [None], [1, "1", True], "\u202e", "\x00", "\ufeff", "${FUZZ_SECRET}", "${UNSET}", "${}", "$", "%", "'", '"', "';--"),
    *("2026-13-01", "9999-12-31", "0001-01-01", "2026-09-30", "infinity", "NaN", "1e999", "-0", "0x10", "EUR", "Europe/Berlin", "../..", "."),
)
ODD_PATHS = (
    *("*", "**", "**/*", "/", "/etc/passwd", "/dev/zero", "/dev/random", "/dev/stdin", "/proc/self/environ", "..", "../*", "~", "~nobody/x"),
    *("\x00", "a\x00b", "x" * 5000, "/".join(["x"] * 2000), "[", "[!]", "***", "{orders,x}.csv", "orders.csv/", "./orders.csv", "link.csv", "loop.csv"),
    *("folder", "folder/*", "secret.csv", "${FUZZ_SECRET}", "${FUZZ_SECRET}/orders.csv", "${FUZZ_SECRET}*.csv", "${HOME}", "${UNSET}/x", "file:///etc/passwd"),
    *("https://127.0.0.1:9/x.csv", "s3://bucket/x", "orders.csv?x", "orders.CSV", "\\\\host\\share", "C:\\x.csv", "pipe.csv", "definitions.yaml"),
)
ODD_SQL = (
    *("SELECT * FROM orders", "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "SELECT * FROM read_text('{outside}')"),
    *("SELECT * FROM orders; DROP TABLE orders", "SELECT * FROM orders, read_text('{outside}')", "COPY orders TO '{outside}'", "ATTACH '{outside}'"),
    *("SELECT getenv('FUZZ_SECRET') AS id, * FROM orders", "SELECT *, (SELECT content FROM read_text('{outside}')) AS x FROM orders", "INSTALL httpfs"),
    *("SELECT * FROM glob('/*')", "SELECT * FROM duckdb_settings()", "SELECT * FROM information_schema.tables", "PRAGMA database_list", "SELECT 1/0"),
    *("WITH RECURSIVE t(n) AS (SELECT 1) SELECT * FROM t", "SELECT * FROM orders WHERE id = (SELECT error('Quux'))", "", ")", "SELECT", "\x00", "SELECT '"),
    *("SELECT * FROM orders ORDER BY random()", "SELECT id, customer, contact, CAST(contact AS INT) AS day, amount, state, changed FROM orders", "SET memory_limit='1KB'"),
    *("SELECT * FROM query('SELECT 1')", "SELECT * FROM query_table('orders')", "SELECT current_setting('temp_directory') AS id, * FROM orders", "FROM orders"),
)
ODD_PATTERNS = (
    *("", "(", "[", "*", "(a+)+$", ".*", "(?P<x", "\\", "(?<=x)", "^$", "x{1,99999}", "\\1", "(?i)total", "\x00", "'", "a|b", "${FUZZ_SECRET}", "\\p{Quux}"),
    *("(" * 500 + ")" * 500, "x" * 5000),
)
ODD_DATES = ("", "%", "%Q", "%Y", "%Y-%m-%d", "%d", "%s", "%%", "%j %Y", "%Y-%m-%d %Y", "%-d", "%Z", "%z", "%c", "%n", "%A", "x" * 5000, "%Y-%m-%dZ", "\x00", "'", "%G-W%V-%u")
ODD_ENCODINGS = ("rot13", "base64", "hex", "zip", "idna", "punycode", "utf-7", "undefined", "unicode_escape", "raw_unicode_escape", "cp037", "utf_8_sig", "mbcs", "", "\x00", "utf-8\x00", "UTF8", "utf-32", "latin-1", "big5", "x" * 500)
ODD_DATABASES = (
    *("sqlite:///${FUZZ_SECRET}", "sqlite:///orders.db", "sqlite://", "sqlite:///:memory:", "duckdb:///orders.db", "duckdb:///:memory:", "postgresql://u:${FUZZ_SECRET}@127.0.0.1:x/d"),
    *("mysql://u:${FUZZ_SECRET}@h/d", "x", "", "://", "sqlite:////etc/passwd", "postgresql://", "sqlite:///orders.csv", "duckdb:///orders.csv", "${FUZZ_SECRET}", "sqlite:///../x", "oracle+cx://u:${FUZZ_SECRET}@h"),
)
WELL_KNOWN: dict[str, tuple[Any, ...]] = {
    "path": ODD_PATHS,
    "file": ODD_PATHS,
    "sql": ODD_SQL,
    "query": ODD_SQL,
    "dates": tuple([each] for each in ODD_DATES) + (list(ODD_DATES[:8]), []),
    "encoding": ODD_ENCODINGS,
    "drop_rows_where": tuple({name: each} for each in ODD_PATTERNS for name in ("state", "contact")) + ({"nothing": "x"},),
    "database": ODD_DATABASES,
}
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
SPOILT_TEXTS = (
    lambda text: text.replace("\n", "\r"),
    lambda text: text.replace("  ", "\t"),
    lambda text: text.replace(":", "", 1),
    lambda text: text + text,
    lambda text: text[: len(text) // 2],
    lambda text: "",
    lambda text: "- " + text,
    lambda text: text + "\nx: !!python/object/apply:os.system ['true']\n",
    lambda text: text + "\nx: &x [*x]\n",
    lambda text: text + "\n? [a, b]\n: c\n",
    lambda text: text + '\nx: "\\ud800"\n',
    lambda text: text + "\nx: |\n" + "  y\n" * 5000,
    lambda text: text + "\n---\nx: 1\n",
    lambda text: "%YAML 9.9\n---\n" + text,
    lambda text: text + "\nx: " + "[" * 2000 + "]" * 2000 + "\n",
    lambda text: text + "\nx: " + "{a: " * 400 + "1" + "}" * 400 + "\n",
    lambda text: "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)) + text,
    lambda text: text.replace("company:", "company: &c", 1) + "\n<<: *c\n",
)
SPOILT_BYTES = (b"\xff\xfe", b"\x00", b"\xef\xbb\xbf", b"\x80", b"\x1b[31m", b"%PDF-1.4\n", b"PK\x03\x04")


@dataclass
class HostileFolder:
    """One folder, and what was done to it."""

    number: int
    definitions: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(WHOLE_DEFINITIONS))
    extracts: dict[str, Any] = field(default_factory=lambda: {"orders": copy.deepcopy({**EXTRACT, "path": "orders.csv", "read": WHOLE_READ})})
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
    chance = random.Random(f"folder {number}")  # noqa: S311 - it must be the same every time
    folder = HostileFolder(number)
    for _ in range(chance.choice((1, 1, 2))):
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
        del extract["path"]
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
