"""How JSON lines arrive damaged, besides in their bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.pipeline.fuzzing.csv_damages import with_odd
from tests.pipeline.fuzzing.orders import COLUMNS, as_json, as_json_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.pipeline.fuzzing.orders import Record

    Damage = Callable[[Random, list[Record]], bytes]

ODD_JSON: tuple[Any, ...] = (
    *(None, True, False, 0, -0.0, 12, 12.5, 1e300, 10**25, 0.1 + 0.2, "", " ", [], {}, [1], [1, [2]], {"value": 3}, "12,5", "1e3", "null"),
    *(
        "2026-05-02",
        "2026-05-02T10:00:00+02:00",
        20260502,
        1777680000,
        "\u0000",
        "\ud800",
        "Quux\n",
        "[/]",
        "${SECRET}",
        float("nan"),
        float("inf"),
    ),
)


def _json_with_odd(chance: Random, rows: list[Record]) -> bytes:
    objects = with_odd(chance, [as_json(row) for row in rows], chance.choice(COLUMNS), ODD_JSON)
    return "".join(f"{json.dumps(each)}\n" for each in objects).encode()


def _json_line_changed(chance: Random, rows: list[Record]) -> bytes:
    lines = as_json_lines(rows).decode().split("\n")
    at = chance.randrange(len(lines) - 1)
    line = lines[at]
    lines[at] = chance.choice(
        (
            f"[{line}]",
            line + ",",
            line + line,
            line[:-1],
            line.replace('"', "'"),
            line.replace('"amount"', '"Amount"'),
            line.replace('"amount"', '"id"'),
            line.replace('"amount"', '"amount/x"'),
            f"{line} // seen",
            "[" * 300 + "]" * 300,
            '{"a": ' * 300 + "1" + "}" * 300,
            f"\ufeff{line}",
            line.replace(": ", ":\t"),
            line.replace(", ", ",\r"),
            '"text"',
            "null",
            "{}",
            line.replace('"customer"', '"\\u0063ustomer"'),
        )
    )
    return "\n".join(lines).encode()


def _json_in_disorder(chance: Random, rows: list[Record]) -> bytes:
    objects = [as_json(row) for row in rows]
    return "".join(f"{json.dumps(dict(chance.sample(sorted(each.items(), key=str), len(each))))}\n" for each in objects).encode()


JSON_UNCHANGED: dict[str, Damage] = {
    "names in another order": _json_in_disorder,
    "letters as they are": lambda chance, rows: as_json_lines(rows, ensure_ascii=False),
    "no blanks": lambda chance, rows: as_json_lines(rows, separators=(",", ":")),
    "lines that end as in Windows": lambda chance, rows: as_json_lines(rows).replace(b"\n", b"\r\n"),
    "blank lines": lambda chance, rows: as_json_lines(rows).replace(b"\n", b"\n\n"),
    "amounts as text": lambda chance, rows: "".join(
        f"{json.dumps({**as_json(row), 'amount': str(row['amount'])})}\n" for row in rows
    ).encode(),
}
JSON_REFUSED: dict[str, Damage] = {
    "a name twice": lambda chance, rows: as_json_lines(rows).replace(b'{"', f'{{"{chance.choice(COLUMNS)}": "1", "'.encode(), 1),
}
JSON_DAMAGES: dict[str, Damage] = {
    "odd values": _json_with_odd,
    "odd values again": _json_with_odd,
    "an odd line": _json_line_changed,
    "an odd line again": _json_line_changed,
    "one array": lambda chance, rows: json.dumps([as_json(row) for row in rows]).encode(),
    "over several lines": lambda chance, rows: as_json_lines(rows, indent=2),
    "a name less": lambda chance, rows: as_json_lines(rows).replace(f'"{chance.choice(COLUMNS)}"'.encode(), b'"other"'),
    "another encoding": lambda chance, rows: (
        as_json_lines(rows, ensure_ascii=False).decode().encode(chance.choice(("utf-16", "latin-1")), "replace")
    ),
}
