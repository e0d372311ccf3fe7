"""Values that are not what they look like: how a reading marks them, and what to write in sources.yaml to read them."""

from __future__ import annotations

import re

NO_VALUE = "\ufdd0"
"""Begins a text that stands for a value which is not there, with the reason behind it; Unicode keeps this sign for such inner use."""
WITHOUT_VALUE = "formula without a stored value"
BY_MERGED_CELLS = "hidden by merged cells"
SHEET_ERRORS = frozenset(
    {
        "#N/A",
        "#NV",
        "#N/D",
        "#ND",
        "#REF!",
        "#BEZUG!",
        "#¡REF!",
        "#RIF!",
        "#VERW!",
        "#VALUE!",
        "#WERT!",
        "#VALEUR!",
        "#¡VALOR!",
        "#VALOR!",
        "#VALORE!",
        "#WAARDE!",
        "#DIV/0!",
        "#¡DIV/0!",
        "#DEEL/0!",
        "#NAME?",
        "#NOM?",
        "#NOME?",
        "#NAAM?",
        "#¿NOMBRE?",
        "#NUM!",
        "#ZAHL!",
        "#NOMBRE!",
        "#¡NUM!",
        "#GETAL!",
        "#NULL!",
        "#NUL!",
        "#NULO!",
        "#LEEG!",
        "#SPILL!",
        "#ÜBERLAUF!",
        "#CALC!",
        "#GETTING_DATA",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#UNKNOWN!",
        "#BUSY!",
    }
)
"""What spreadsheets show, in the languages that they speak, where they have no value; a sheet saved as CSV has them as text."""
CURES_OF_DAYS = {
    r"-?\d{9,10}(\.\d+)?": 'seconds since 1970, it seems: `read: {dates: ["%s"]}`',
    r"-?\d{12,13}(\.\d+)?": 'milliseconds since 1970, it seems: `read: {dates: ["%ms"]}`',
    r"\d{5}(\.\d+)?": 'a day number of a sheet, it seems: `read: {dates: ["excel_1900"]}`',
    r"\d{1,2}([./-])\d{1,2}\1\d{2}( .*)?": (
        "a year in two digits, whose century is not said: "
        '`read: {dates: ["%d.%m.%y"], two_digit_years_from: 1970}` (2000, if 99 is 2099) with your own order and marks'
    ),
    r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|[+-]\d\d:?\d\d)": ('an instant with its zone: `read: {dates: ["%Y-%m-%dT%H:%M:%S%z"]}`'),
    r".*\d:\d\d.* [A-Z]{3,5}( \d{4})?": ("an instant with letters for its zone: `read: {time_zone: Europe/Berlin}` for yours"),
}
"""What a text may be that is no day by the patterns declared, and the line of sources.yaml that says so."""


SIGNS = "$€£¥₹₩₺₽₪฿₴₫₱₦"
MARK, SIZE = rf"(?:[A-Z]{{3}}|[A-Z]{{0,2}}[{SIGNS}])", r"\d[\d.,'\s]*"
NAMES_A_CURRENCY = re.compile(rf"[-+(\s]*(?:{MARK}[-+(\s]*{SIZE}|{SIZE}{MARK})[-)\s]*")
"""An amount with a currency beside it."""
OF_ANOTHER_CURRENCY = (
    "if it names another currency than the company's, map a column that has it as `currency`, "
    "or write the company's own in definitions.yaml"
)


def is_reason(text: str) -> bool:
    """Whether a text is the reason why there is no value, or what a sheet shows instead; nothing that anybody wrote."""
    return text.split(" in ", maxsplit=1)[0] in {WITHOUT_VALUE, BY_MERGED_CELLS, *SHEET_ERRORS}


def cure_of(text: str, *, is_day: bool) -> str | None:
    """What to do about a value that could not be read, where that can be seen from how it is written."""
    reason = text.split(" in ", maxsplit=1)[0]
    if reason == WITHOUT_VALUE:
        return "open the workbook in a spreadsheet and save it, so that values are stored"
    if reason == BY_MERGED_CELLS:
        return "unmerge the cells and fill every one of them"
    if reason in SHEET_ERRORS:
        return f'mend the formula, or, if it means that nothing is recorded, `read: {{null_texts: ["{reason}"]}}`'
    if not is_day and NAMES_A_CURRENCY.fullmatch(text):
        return OF_ANOTHER_CURRENCY
    cures = (cure for pattern, cure in CURES_OF_DAYS.items() if is_day and re.fullmatch(pattern, text.strip()))
    return next(cures, None)
