"""A workbook's package: what it is if it is none, and a copy that openpyxl can read of one that Excel opens and openpyxl does not."""

from __future__ import annotations

import re
import zipfile
from typing import IO, TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

from tasks.sources.landed import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasks.sources.files import SourceFile

UNPACKED_BYTES = 2 << 30
"""A full sheet of 20 columns unpacks to about 1 GB."""
UNPACKED_RATIO, SMALL_BYTES = 200, 50 << 20
"""Exports unpack to 5 to 50 times their size; what is small may unpack as it likes."""
OLD_KIND = bytes.fromhex("d0cf11e0a1b11ae1")
"""How files of the time before .xlsx begin, and those that a password protects."""
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
OLD = "a workbook of the old kind (.xls)"
WorkbookKind = Literal["xlsx", "xls", "ods"]
START_BYTES = 4096
"""How much of a file shows what it is."""
CHUNK_BYTES = 1 << 20
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TRANSITIONAL = {
    b"http://purl.oclc.org/ooxml/spreadsheetml/main": MAIN.encode(),
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    b"http://purl.oclc.org/ooxml/drawingml": b"http://schemas.openxmlformats.org/drawingml/2006",
}
"""How a `Strict Open XML Spreadsheet` names what every other workbook names otherwise (ISO 29500, part 4)."""
ASKS_FOR_CALCULATION = re.compile(rb"<(?:\w+:)?calcPr\s[^>]*fullCalcOnLoad=[\"'](?:1|true)")
NO_STYLE = {"numFmtId": "0", "fontId": "0", "fillId": "0", "borderId": "0"}
NOT_FOR_VALUES = re.compile(r"docProps/|xl/(theme|chartsheets|charts|drawings|externalLinks)/")
"""Parts that no value depends on."""


def kind_of_workbook(file: SourceFile, *, where: str) -> WorkbookKind:
    """What kind of workbook a file is, by what is in it.

    Raises SourceError where it is none that can be read, saying what it is; or where it would never end to unpack it.
    """
    try:
        with zipfile.ZipFile(file.path) as packed:
            unpacked_bytes = sum(part.file_size for part in packed.infolist())
            kind = _kind_of_package(packed, where=where)
    except OSError as error:
        raise SourceError(f"{where}: cannot be read: {error.strerror or 'the disk says no'}; check who may read it") from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError, KeyError) as error:
        if isinstance(error, SourceError):
            raise
        other = _what_else(file)
        if other == OLD:
            return "xls"
        raise SourceError(f"{where}: expected an Excel workbook (.xlsx), found {other}") from None
    ratio = unpacked_bytes / max(file.path.stat().st_size, 1)
    if unpacked_bytes > UNPACKED_BYTES or (unpacked_bytes > SMALL_BYTES and ratio > UNPACKED_RATIO):
        raise SourceError(
            f"{where}: expected a workbook of at most {UNPACKED_BYTES >> 20:,} MB unpacked, at most {UNPACKED_RATIO} times its size, "
            f"found {unpacked_bytes >> 20:,} MB, {ratio:,.0f} times its size; export it as CSV or Parquet"
        )
    return kind


def _kind_of_package(packed: zipfile.ZipFile, *, where: str) -> WorkbookKind:
    names = set(packed.namelist())
    if "xl/workbook.bin" in names:
        raise SourceError(f"{where}: expected an Excel workbook (.xlsx), found a binary workbook (.xlsb); save it as .xlsx")
    if "content.xml" not in names:
        return "xlsx"
    manifest = packed.read("META-INF/manifest.xml")[:CHUNK_BYTES] if "META-INF/manifest.xml" in names else b""
    if b"encryption-data" in manifest:
        raise SourceError(f"{where}: expected a workbook, found one that a password protects; save it without a password")
    return "ods"


def _what_else(file: SourceFile) -> str:
    """What a file is that is no package, and what to do."""
    with file.path.open("rb") as stream:
        start = stream.read(START_BYTES)
        if start.startswith(OLD_KIND):
            if ENCRYPTED in start + stream.read():
                return "one that a password protects; save it without a password"
            return OLD
    text = start.decode("utf-8", "replace").lstrip("\ufeff \t\r\n").lower()
    if "schemas-microsoft-com:office:spreadsheet" in text:
        return "an `XML Spreadsheet 2003`; save it as .xlsx"
    if text.startswith(("<!doctype html", "<html", "<table", "<meta", "<head", "<style", "<body")):
        return "a web page (HTML) under a workbook's name; open it in Excel and save it as .xlsx, or export it as CSV"
    if text and b"\0" not in start and "\ufffd" not in text:
        return "text; if it is CSV, write `read: {format: csv}`"
    return "a file that is none; save it as .xlsx again"


def is_strict(file: SourceFile) -> bool:
    """Whether a workbook is a `Strict Open XML Spreadsheet`."""
    return any(name in _workbook_part(file) for name in TRANSITIONAL)


def is_calculated(file: SourceFile) -> bool:
    """Whether the values stored with formulas are what they come to.

    Programs that write formulas without calculating them ask Excel to do so when it opens the file; some store a 0 meanwhile.
    """
    return not ASKS_FOR_CALCULATION.search(_workbook_part(file))


def _workbook_part(file: SourceFile) -> bytes:
    with zipfile.ZipFile(file.path) as packed:
        return b"".join(packed.read(name) for name in packed.namelist() if name.lower().endswith("xl/workbook.xml"))


def write_readable_copy(file: SourceFile, path: Path) -> None:
    """Write a workbook's values once more, by the names that openpyxl knows and with no style but how numbers are shown.

    Raises whatever zip, zlib and the XML parser raise of a package that is damaged.
    """
    with zipfile.ZipFile(file.path) as packed, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        for part in packed.infolist():
            if part.is_dir() or NOT_FOR_VALUES.match(part.filename):
                continue
            with packed.open(part) as source, copy.open(part.filename, "w", force_zip64=True) as target:
                if part.filename == "xl/styles.xml":
                    target.write(_number_formats(b"".join(_renamed(source))))
                else:
                    target.writelines(_renamed(source))


def _renamed(source: IO[bytes]) -> Iterator[bytes]:
    return (_transitional(piece) for piece in _whole_tags(source))


def _whole_tags(source: IO[bytes]) -> Iterator[bytes]:
    """A part's bytes in pieces that end with a tag, so that no name is cut in two."""
    held = b""
    while piece := source.read(CHUNK_BYTES):
        whole, mark, held = (held + piece).rpartition(b">")
        yield whole + mark
    yield held


def _transitional(xml: bytes) -> bytes:
    for strict, ordinary in TRANSITIONAL.items():
        xml = xml.replace(strict, ordinary)
    return xml


def _number_formats(styles: bytes) -> bytes:
    """A style sheet with nothing but how numbers are shown, which is what tells a day from a number."""
    root = ET.fromstring(styles)  # noqa: S314 - a part of bounded size; Python's expat bounds what entities may unpack to
    formats = root.find(f"{{{MAIN}}}numFmts")
    cells = root.findall(f"{{{MAIN}}}cellXfs/{{{MAIN}}}xf")
    small = ET.Element("styleSheet", xmlns=MAIN)
    if formats is not None:
        custom = ET.SubElement(small, "numFmts")
        for one in formats:
            ET.SubElement(custom, "numFmt", dict(one.attrib))
    ET.SubElement(ET.SubElement(small, "fonts"), "font")
    ET.SubElement(ET.SubElement(ET.SubElement(small, "fills"), "fill"), "patternFill")
    ET.SubElement(ET.SubElement(small, "borders"), "border")
    ET.SubElement(ET.SubElement(small, "cellStyleXfs"), "xf", NO_STYLE)
    styled = ET.SubElement(small, "cellXfs")
    for cell in cells:
        ET.SubElement(styled, "xf", {**NO_STYLE, "numFmtId": cell.get("numFmtId", "0")})
    ET.SubElement(ET.SubElement(small, "cellStyles"), "cellStyle", {"name": "Normal", "xfId": "0", "builtinId": "0"})
    return ET.tostring(small, encoding="utf-8")
