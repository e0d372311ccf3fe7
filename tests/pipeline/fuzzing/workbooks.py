"""How workbooks arrive damaged: in the archive that they are, and in the parts that are written in it."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from typing import TYPE_CHECKING, Any

from tests.pipeline.fuzzing.orders import COLUMNS, RELATIONS, SHEET, STRINGS, archive_of, as_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.pipeline.fuzzing.orders import Record

STYLES, BOOK = "xl/styles.xml", "xl/workbook.xml"
ENTITIES = "".join(f'<!ENTITY {name} "{f"&{inside};" * 40}">' for inside, name in ("ab", "bc", "cd", "de"))
BOMB = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]>'
ODD_NUMBERS = ("1e3", "1e400", "NaN", "12,5", "", " ", "0x1F", "46144", "-46144", "99999999", "1.5.2")
Parts = dict[str, bytes]


def parts_of(rows: list[Record]) -> Parts:
    with zipfile.ZipFile(io.BytesIO(as_xlsx(rows))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _parts_changed(change: Callable[[Random, Parts], Parts]) -> Callable[[Random, list[Record]], bytes]:
    return lambda chance, rows: archive_of(change(chance, parts_of(rows)))


def _part_changed(name: str, change: Callable[[Random, str], str]) -> Callable[[Random, list[Record]], bytes]:
    return _parts_changed(lambda chance, parts: {**parts, name: change(chance, parts[name].decode()).encode()})


def _without_a_part(chance: Random, parts: Parts) -> Parts:
    gone = chance.choice(sorted(parts))
    return {name: content for name, content in parts.items() if name != gone}


def _with_a_part_renamed(chance: Random, parts: Parts) -> Parts:
    old = chance.choice(sorted(parts))
    return {(name.upper() if name == old else name): content for name, content in parts.items()}


def _with_parts_swapped(chance: Random, parts: Parts) -> Parts:
    first, second = chance.sample(sorted(parts), 2)
    return {**parts, first: parts[second], second: parts[first]}


def _with_a_part_cut(chance: Random, parts: Parts) -> Parts:
    name = chance.choice((SHEET, SHEET, STRINGS, STYLES, BOOK))
    content = parts[name]
    start = chance.randrange(len(content))
    return {**parts, name: content[:start] + (b"" if chance.random() < 0.5 else content[start + chance.choice((1, 9, 99)) :])}


def _with_other_letters(chance: Random, parts: Parts) -> Parts:
    name = chance.choice((SHEET, SHEET, SHEET, STRINGS, STYLES, BOOK, "[Content_Types].xml", RELATIONS))
    content = bytearray(parts[name])
    for _ in range(chance.choice((1, 2, 5))):
        content[chance.randrange(len(content))] = chance.choice(b"0123456789<>&\"'/ AZaz\0\xff")
    return {**parts, name: bytes(content)}


def _with_a_bomb(chance: Random, parts: Parts) -> Parts:
    name = chance.choice((SHEET, STRINGS))
    text = parts[name].decode()
    body = re.sub(r"<t>[^<]*</t>|<v>[^<]*</v>", lambda match: f"{match[0][:3]}&e;{match[0][-4:]}", text, count=1)
    declaration, root = (body[: body.index("?>") + 2], body[body.index("?>") + 2 :]) if body.startswith("<?xml") else ("", body)
    return {**parts, name: f"{declaration}{BOMB}{root}".encode()}


def _archive_numbers_changed(chance: Random, rows: list[Record]) -> bytes:
    """Another check sum or size, in the archive's directory, at the part itself, or in both."""
    content = bytearray(archive_of(parts_of(rows), chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))))
    name, field = chance.choice((SHEET, STRINGS, BOOK)).encode(), chance.choice((0, 4, 8))
    places = [(0x02014B50, 16, 46), (0x04034B50, 14, 30)]
    for signature, offset, head in places[: chance.choice((1, 2))]:
        for at in range(len(content) - head):
            if content[at : at + 4] == struct.pack("<I", signature) and bytes(content[at + head : at + head + len(name)]) == name:
                old = struct.unpack_from("<I", content, at + offset + field)[0]
                new = chance.choice((0, 1, old + 1, max(old - 1, 0), old // 2, 2**31 - 1, 2**32 - 1))
                struct.pack_into("<I", content, at + offset + field, new)
    return bytes(content)


def _cell_changed(chance: Random, text: str) -> str:
    """One cell of another type, or with another value or place."""
    cells = list(re.finditer(r"<c r=\"([A-Z]+)(\d+)\"([^>]*)>(.*?)</c>", text))
    cell = chance.choice(cells)
    column, row, attributes, inside = cell.groups()
    name = "Quux" if row != "1" else "Region"  # among headings that are right, a wrong one is shown
    changed = chance.choice(
        (
            f'<c r="{column}{row}" t="e"><v>{chance.choice(("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?"))}</v></c>',
            f'<c r="{column}{row}" t="b"><v>{chance.choice("012x")}</v></c>',
            f'<c r="{column}{row}" t="s"><v>{chance.choice(("99999", "-1", "x", ""))}</v></c>',
            f'<c r="{column}{row}" t="str"><v>{chance.choice(("12.50", "2026-05-02", name, "", " "))}</v></c>',
            f'<c r="{column}{row}" t="d"><v>{chance.choice(("2026-05-02", "2026-05-02T10:00:00", "no day"))}</v></c>',
            f'<c r="{column}{row}" t="inlineStr"><is><t>{chance.choice(("12", name, ""))}</t></is></c>',
            f'<c r="{column}{row}" t="unknown"><v>1</v></c>',
            f'<c r="{column}{row}" s="{chance.choice(("99", "-1", "x"))}"><v>1</v></c>',
            f'<c r="{column}{row}"><v>{chance.choice(ODD_NUMBERS)}</v></c>',
            f'<c r="{column}{row}"{attributes}><f>1+1</f></c>',
            f'<c r="{column}{row}"{attributes}><f>1+1</f>{inside}</c>',
            f'<c{attributes} r="{column}{row}">{inside}{inside}</c>',
            f"<c{attributes}>{inside}</c>",
            f'<c r="{chance.choice(("AA", "XFD", "A", "B", ""))}{row}"{attributes}>{inside}</c>',
            f'<c r="{column}{int(row) + 1}"{attributes}>{inside}</c>',
            cell[0] + cell[0],
            "",
        )
    )
    return text[: cell.start()] + changed + text[cell.end() :]


def _row_changed(chance: Random, text: str) -> str:
    rows = list(re.finditer(r"<row r=\"(\d+)\"(.*?)</row>", text))
    row = chance.choice(rows[1:])
    changed = chance.choice(
        (
            row[0] + row[0],
            row[0].replace(f'<row r="{row[1]}"', f'<row r="{chance.choice((0, 1, 5000, 1_048_576, "x", -1))}"', 1),
            row[0].replace(f'<row r="{row[1]}"', "<row", 1),
            row[0].replace("<row ", '<row hidden="1" ', 1),
            f'<row r="{row[1]}"/>',
            "",
        )
    )
    return text[: row.start()] + changed + text[row.end() :]


def _string_changed(chance: Random, text: str) -> str:
    strings = list(re.finditer(r"<si>.*?</si>", text))
    string = chance.choice(strings)
    odd = ("_x0041_", "&#10;", "&#x202E;", "=1+1", "#N/A", "", " ", "x" * 40_000, "&amp;amp;", "_x000D_", "\U0001f600")
    is_heading = any(f">{column}<" in string[0] for column in COLUMNS)
    name = "Region" if is_heading else "Quux"  # among headings that are right, a wrong one is shown
    changed = chance.choice(
        (
            "",
            string[0] + string[0],
            "<si/>",
            f"<si><t>{chance.choice(odd)}</t></si>",
            f"<si><t>{chance.choice(odd)}</t></si>",
            f"<si><r><t>{name[:2]}</t></r><r><t>{name[2:]}</t></r></si>",
            f"<si><t>{name}</t><rPh sb='0' eb='1'><t>kana</t></rPh></si>",
        )
    )
    return text[: string.start()] + changed + text[string.end() :]


def _book_changed(chance: Random, text: str) -> str:
    return chance.choice(
        (
            re.sub(r"<sheets>.*</sheets>", "<sheets/>", text),
            re.sub(r"<sheet [^>]*/>", "", text),
            text.replace('state="visible"', 'state="veryHidden"'),
            text.replace("Sheet", "x" * 300),
            re.sub(r'r:id="rId\d+"|id="rId\d+"', 'r:id="rId99"', text),
            text.replace("<workbookPr", '<workbookPr date1904="1"'),
            text.replace(
                "<sheets>",
                '<sheets><sheet name="First" sheetId="7" r:id="rId1" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/>',
            ),
        )
    )


def _with_another_size(chance: Random, text: str) -> str:
    return re.sub(r'<dimension ref="[^"]*"\s*/>', f'<dimension ref="{chance.choice(("A1", "A1:A1", "A1:XFD1048576", "B2:C3"))}"/>', text)


WORKBOOK_DAMAGES: dict[str, tuple[Any, Any]] = {
    "another compression": (lambda chance, rows: archive_of(parts_of(rows), zipfile.ZIP_STORED), "unchanged"),
    "another declared size of the sheet": (_part_changed(SHEET, _with_another_size), "unchanged"),
    "a part more": (_parts_changed(lambda chance, parts: {**parts, "xl/media/image1.png": b"\x89PNG"}), "unchanged"),
    "a part less": (_parts_changed(_without_a_part), "as the file says"),
    "a part renamed": (_parts_changed(_with_a_part_renamed), "as the file says"),
    "parts swapped": (_parts_changed(_with_parts_swapped), "as the file says"),
    "a part cut": (_parts_changed(_with_a_part_cut), "as the file says"),
    "other letters in a part": (_parts_changed(_with_other_letters), "as the file says"),
    "other letters in a part again": (_parts_changed(_with_other_letters), "as the file says"),
    "a bomb of entities": (_parts_changed(_with_a_bomb), "as the file says"),
    "other numbers in the archive": (_archive_numbers_changed, "unchanged or refused"),
    "other numbers in the archive again": (_archive_numbers_changed, "unchanged or refused"),
    "another cell": (_part_changed(SHEET, _cell_changed), "as the file says"),
    "another cell again": (_part_changed(SHEET, _cell_changed), "as the file says"),
    "another cell once more": (_part_changed(SHEET, _cell_changed), "as the file says"),
    "another row": (_part_changed(SHEET, _row_changed), "as the file says"),
    "another string": (_part_changed(STRINGS, _string_changed), "as the file says"),
    "another book": (_part_changed(BOOK, _book_changed), "as the file says"),
}
