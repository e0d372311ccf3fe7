"""Names of customers that nobody bears, and a few that break carelessly written programs."""

from __future__ import annotations

FIRST_PARTS = (
    "Nebel", "Wolken", "Mond", "Sternen", "Kiesel", "Moos", "Tau", "Funken", "Zimt", "Laternen",
    "Pfützen", "Schatten", "Flüster", "Dünen", "Kobalt", "Murmel", "Regen", "Silber", "Tinten", "Wirbel",
)  # fmt: skip
SECOND_PARTS = (
    "kranich", "dachs", "ziegel", "qualle", "möwe", "anker", "eule", "kessel", "distel", "fuchs",
    "harfe", "igel", "joch", "krähe", "luchs", "mühle", "nixe", "otter", "pinsel", "wiesel",
)  # fmt: skip
FORMS = ("Household", "Café", "Office", "Trading")
"""What stands behind the name, by type of customer."""
LONG_NAME = "Association of the Friends of the Very Long Name " * 6
AWKWARD_NAMES = (
    "=SUM(A1:A9) Coffee",
    "+Plus Beans",
    "-Minus Roasters",
    "@Bean Post",
    '=HYPERLINK("https://example.test","Café")',
    "☕🦊 Fuchsbau",
    "👩🏽‍🍳 Küche & Söhne",
    "קפה לבני הירח",
    "مقهى طوب القمر",
    "月のれんが珈琲",
    "Żółta Łódź Ćma",
    "Zoe\u0308 A\u030angstro\u0308m",
    LONG_NAME.strip(),
    'Semi;colon, Comma & "Quotes"',
    "O'Hyphen-O'Apostrophe",
    "<b>Bold</b> & <script>Sons</script>",
    "*Star* _Under_ ~Wave~ `Tick`",
    "Two\nLines",
    "None",
    "NULL",
    "NA",
    "12345",
    "  Wide   Spaces  ",
    "Ω≈ç√∫ Laboratory",
)  # fmt: skip
