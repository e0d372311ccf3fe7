"""How CSV files arrive damaged, besides in their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.pipeline.fuzzing.orders import as_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.pipeline.fuzzing.orders import Record

    Damage = Callable[[Random, list[Record]], bytes]

ODD_AMOUNTS = (
    *(
        "12,50",
        "1.234,56",
        "1,234.56",
        "(12.00)",
        "12.00-",
        "\u221212.00",
        "EUR 3",
        "€4",
        "1e3",
        "1E400",
        "NaN",
        "Infinity",
        "-inf",
        "0x10",
    ),
    *(
        "1_000",
        "\u0661\u0662",
        "\uff11\uff12",
        "1.23456",
        "99999999999999",
        "-0",
        "+5",
        ".5",
        "5.",
        "--5",
        "1 234",
        "1\u00a0234.5",
        "",
        " ",
        "null",
        "-",
    ),
    *("12.50 EUR EUR", "=1+1", "#N/A", "#REF!", "true", "12:30", "1/2", "9" * 400),
)
ODD_DAYS = (
    *("02.05.2026", "2026-13-01", "2026-02-30", "20260502", "2026-5-2", "0024-05-02", "20211-05-02", "2026-05-02T10:00:00Z", "", " ", "0"),
    *(
        "46144",
        "2026/05/02",
        "May 2, 2026",
        "\uff12\uff10\uff12\uff16-05-02",
        "2026-05-02 ",
        "-2026-05-02",
        "+2026-05-02",
        "9999-12-31",
        "NULL",
        "#VALUE!",
    ),
)
ODD_TEXTS = (
    *(
        "\u202eQuux\u202c",
        "Q\u0308uux",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\u200b",
        "\u2028",
        "\u0085",
        "\u00a0",
        "\ufeff",
        "\ufffd",
    ),
    *(
        "\x0b",
        "\x1f",
        "\x7f",
        "'; DROP TABLE orders; --",
        "=cmd|'/C calc'!A0",
        "${SECRET}",
        "%s%n",
        "\\",
        "\\N",
        "NULL",
        "a\tb",
        "x" * 70_000,
    ),
    *("İ", "ß", "\U00010ffff", "\ud7ff", "[red]x[/red]", "[/]", "<b>", "{}", "../../etc/passwd", "C:\\Quux"),
)


def _csv_with(column: str, odd: tuple[str, ...]) -> Damage:
    def damaged(chance: Random, rows: list[Record]) -> bytes:
        return as_csv(with_odd(chance, rows, column, odd))

    return damaged


def with_odd(chance: Random, rows: list[Record], column: str, odd: tuple[Any, ...]) -> list[Record]:
    chosen = {chance.randrange(len(rows)) for _ in range(chance.choice((1, 3)))}
    return [{**row, column: chance.choice(odd)} if number in chosen else row for number, row in enumerate(rows)]


def _line_changed(change: Callable[[Random, str], str]) -> Damage:
    def damaged(chance: Random, rows: list[Record]) -> bytes:
        lines = as_csv(rows).decode().split("\n")
        at = chance.randrange(len(lines) - 1)
        lines[at] = change(chance, lines[at])
        return "\n".join(lines).encode("utf-8", "surrogatepass")

    return damaged


def _cut_anywhere(chance: Random, line: str, put: str, *, without: int = 0) -> str:
    at = chance.randrange(len(line) + 1)
    return line[:at] + put + line[at + without :]


def _text_changed(change: Callable[[Random, str], bytes]) -> Damage:
    return lambda chance, rows: change(chance, as_csv(rows).decode())


def _heading_changed(chance: Random, text: str) -> bytes:
    head, _, rest = text.partition("\n")
    changes = (
        head.upper(),
        head.replace("amount", "Amount"),
        head.replace("amount", "id"),
        head.replace("customer", " customer"),
        head + ",",
        head.replace("day", ""),
        head + ",amount",
        head.replace("state", "source_row"),
        rest.partition("\n")[0],
        ",".join(reversed(head.split(","))),
        "",
        f'"{head}"',
        head.replace(",", ";"),
        "\u200b" + head,
    )
    return f"{chance.choice(changes)}\n{rest}".encode()


def _encoded(chance: Random, text: str) -> bytes:
    encoding = chance.choice(("latin-1", "cp1252", "utf-16", "utf-16-le", "utf-32", "utf-7", "cp500"))
    if chance.random() < 0.5:
        lines = text.split("\n")
        at = chance.randrange(len(lines))
        return b"\n".join(line.encode(encoding if number == at else "utf-8", "replace") for number, line in enumerate(lines))
    return text.encode(encoding, "replace")


def _with_mixed_ends(chance: Random, text: str) -> bytes:
    ends = chance.choice((("\r\n", "\n"), ("\r\n", "\r"), ("\n", "\r"), ("\n\r", "\n"), ("\n", "\u2028")))
    return "".join(line + chance.choice(ends) for line in text.split("\n")[:-1]).encode()


def _with_blank_lines(chance: Random, text: str) -> bytes:
    lines = text.split("\n")
    head, rest = lines[0], lines[1:]
    for _ in range(3):
        rest.insert(chance.randrange(len(rest) + 1), "")
    return "\n".join([head, *rest]).encode()


CSV_UNCHANGED: dict[str, Callable[[Random, list[Record]], bytes]] = {
    "a byte-order mark": lambda chance, rows: b"\xef\xbb\xbf" + as_csv(rows),
    "every value between quotes": lambda chance, rows: as_csv(rows, quoting=1),
    "lines that end as in Windows": lambda chance, rows: as_csv(rows).replace(b"\n", b"\r\n"),
    "blank lines": _text_changed(_with_blank_lines),
    "no end of the last line": lambda chance, rows: as_csv(rows).removesuffix(b"\n"),
}
CSV_DAMAGES: dict[str, Damage] = {
    "odd amounts": _csv_with("amount", ODD_AMOUNTS),
    "odd days": _csv_with("day", ODD_DAYS),
    "odd texts": _csv_with("contact", ODD_TEXTS),
    "odd customers": _csv_with("customer", (*ODD_TEXTS[:-1], "#N/A")),
    "odd keys": _csv_with("id", (*ODD_TEXTS[:20], "")),
    "other headings": _text_changed(_heading_changed),
    "another encoding": _text_changed(_encoded),
    "mixed ends of lines": _text_changed(_with_mixed_ends),
    "another delimiter": _text_changed(lambda chance, text: text.replace(",", chance.choice((";", "\t", "|", "||", ", "))).encode()),
    "another delimiter in a line": _line_changed(lambda chance, line: line.replace(",", chance.choice((";", "\t", ",,")))),
    "a quote lost": _line_changed(lambda chance, line: line.replace('"', "", 1)),
    "quotes lost": _text_changed(lambda chance, text: text.replace('"', "").encode()),
    "a quote too many": _line_changed(lambda chance, line: _cut_anywhere(chance, line, '"')),
    "a mark in the middle": _line_changed(lambda chance, line: _cut_anywhere(chance, line, chance.choice(("\ufeff", "\0", "\x1a", "\r")))),
    "a value too many or too few": _line_changed(lambda chance, line: _cut_anywhere(chance, line, chance.choice((",", "\n")))),
    "a line within another": _line_changed(lambda chance, line: _cut_anywhere(chance, line, line)),
    "a very long value": _line_changed(lambda chance, line: line + chance.choice("x ,") * chance.choice((5_000, 300_000, 2_200_000))),
    "no headings": _text_changed(lambda chance, text: text.partition("\n")[2].encode()),
    "lines above": _text_changed(lambda chance, text: f"Export of orders\n\n{text}".encode()),
}
