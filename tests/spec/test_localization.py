"""Numbers, money and days as a company's locale writes them; without one as ever."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.company import Company
from config.currencies import CURRENT, FORMER, MINOR_UNITS, validate_currency
from config.definitions import Definitions
from config.localization import (
    Localization,
    localization,
    localized,
    month_of_year,
    percentage,
    short_day,
    significant_number,
    validate_locale,
)
from config.sources import Sources
from expectations.text import counted, money
from tasks.reporting import text
from tasks.reporting.render.cells import day_format, scaled_format
from tasks.reporting.render.excel_charts import short_amounts

DAY = date(2026, 9, 30)
BLANK = "\xa0"
"""Between a number and its unit no line may break."""


def as_typed(shown: str) -> str:
    return shown.replace(BLANK, " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("locale", "amount", "shown"),
    [
        ("de_DE", "14800000", "14,8 Mio. €"),
        ("de_DE", "-11200000", "-11,2 Mio. €"),
        ("de_DE", "150400000", "150 Mio. €"),
        ("de_DE", "1250000000", "1,3 Mrd. €"),
        ("de_DE", "950000", "950.000 €"),
        ("de_DE", "53862.30", "53.862 €"),
        ("de_DE", "999999.50", "1 Mio. €"),
        ("de_DE", "9412.50", "9.413 €"),
        ("de_DE", "-0.40", "0 €"),
        ("en_GB", "14800000", "€14.8m"),
        ("en_US", "950000", "€950K"),
        ("fr_FR", "14800000", "14,8 M €"),
        ("de_CH", "14800000", "EUR 14.8 Mio."),
        ("ja_JP", "14800000", "€1480万"),
    ],
)
def test_money_is_short_as_the_locale_shortens_it(locale: str, amount: str, shown: str) -> None:
    with localized(Localization(locale)):
        assert as_typed(text.money_short(Decimal(amount), "EUR")) == shown


def test_a_number_of_few_digits_has_the_locales_mark_before_its_decimals() -> None:
    assert [significant_number(value, digits=4) for value in (0.52483, 1234.5, 12345.6, 2.5)] == ["0.5248", "1234", "1.235e+04", "2.5"]
    with localized(Localization("de_DE")):
        assert [significant_number(value, digits=4) for value in (0.52483, 1234.5, 2.5)] == ["0,5248", "1234", "2,5"]


def test_every_number_of_a_sentence_is_written_as_the_locale_writes_it() -> None:
    with localized(Localization("de_DE")):
        assert text.whole_number(22_000) == "22.000"
        assert text.signed_number(1_200) == "+1.200"
        assert text.signed_number(-5_000) == "-5.000"
        assert as_typed(text.signed_money_short(Decimal(1_800_000), "EUR")) == "+1,8 Mio. €"
        assert as_typed(text.money_exact(Decimal("9412345.6"), "EUR", minor_units=2)) == "9.412.345,60 €"
        assert as_typed(percentage(0.7834, decimals=1)) == "78,3 %"
        assert as_typed(percentage(Decimal(1))) == "100 %"
        assert text.format_day(DAY) == "30. September 2026"
        assert month_of_year(DAY) == "September 2026"
        assert (counted(1_200, "row"), money(Decimal("1234.567"))) == ("1.200 rows", "1.234,567")
    with localized(Localization("fr_FR")):
        assert month_of_year(DAY) == "septembre 2026"


def test_without_a_locale_everything_is_written_in_the_houses_own_form() -> None:
    assert localization() == Localization(None, "en")
    assert (percentage(0.7834, decimals=1), text.format_day(DAY), month_of_year(DAY)) == ("78.3%", "30 September 2026", "September 2026")
    assert (counted(1_200, "row"), money(Decimal("1234.500"))) == ("1,200 rows", "1,234.50")


@pytest.mark.parametrize(
    ("locale", "day", "thousands", "millions"),
    [
        (None, "d mmm yyyy", '#,##0,"k"', '#,##0.0,,"m"'),
        ("de_DE", "dd.mm.yyyy", "#,##0", '#,##0.0,," Mio."'),
        ("en_US", "mmm d, yyyy", '#,##0,"K"', '#,##0.0,,"M"'),
        ("pt_BR", 'd "de" mmm "de" yyyy', '#,##0," mil"', '#,##0.0,," mi"'),
        ("ja_JP", "yyyy/mm/dd", "#,##0", "#,##0"),
    ],
)
def test_cells_have_the_locales_order_of_a_day_and_its_words_for_large_amounts(
    locale: str | None, day: str, thousands: str, millions: str
) -> None:
    with localized(Localization(locale)):
        assert (day_format(), as_typed(scaled_format(3, decimals=0)), as_typed(scaled_format(6, decimals=1))) == (day, thousands, millions)


def test_amounts_in_charts_are_as_short_as_the_locale_allows() -> None:
    assert short_amounts(Decimal(1_000_000)).plain == '[>=999950]#,##0.0,,"m";[>=9995]#,##0.0,"k";#,##0'
    assert short_amounts(Decimal(10**9)).up == '[>=999950000]+#,##0.0,,,"bn";[>=999950]+#,##0.0,,"m";+#,##0,"k"'
    with localized(Localization("de_DE")):
        assert as_typed(short_amounts(Decimal(10**9)).down) == '[>=999950000]-#,##0.0,,," Mrd.";[>=999950]-#,##0.0,," Mio.";-#,##0'


@pytest.mark.parametrize("rate", [0.0005, 0.0015, 0.1235, 0.5, 0.9985, 0.999949])
def test_a_percentage_has_the_same_digits_in_every_locale(rate: float) -> None:
    plain = percentage(rate, decimals=1)
    with localized(Localization("de_DE")):
        assert as_typed(percentage(rate, decimals=1)) == plain.replace(".", ",").replace("%", " %")


@pytest.mark.parametrize(("written", "name"), [("de_DE", "de_DE"), ("de-AT", "de_AT"), ("en", "en")])
def test_a_locale_may_be_written_in_either_way(written: str, name: str) -> None:
    assert validate_locale(written) == name


@pytest.mark.parametrize("written", ["xx_YY", "German", "de_DE_EUR_1", ""])
def test_what_is_no_locale_is_refused_with_one_to_write(written: str) -> None:
    with pytest.raises(ValueError, match="expected a locale such as de_DE"):
        validate_locale(written)


PLAIN = {"company": "Example", "currency": "EUR", "time_zone": "Europe/Berlin", "sells_by": ["contract"]}


@pytest.mark.parametrize(
    ("written", "chosen"),
    [
        ({}, Localization(None, "en")),
        ({"locale": "de-DE"}, Localization("de_DE", "en")),
        ({"language": "de"}, Localization("de", "de")),
        ({"locale": "de_AT", "language": "de"}, Localization("de_AT", "de")),
    ],
)
def test_a_company_chooses_its_locale_and_its_language(written: dict[str, str], chosen: Localization) -> None:
    definitions = Definitions.model_validate({**PLAIN, **written})
    assert definitions.localization == chosen
    assert Company(Path(), definitions, Sources.model_construct(extracts={})).localization == chosen


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"locale": "Germany"}, "expected a locale such as de_DE"),
        ({"language": "fr"}, "'en' or 'de'"),
        ({"currency": "ERU"}, "expected a currency of ISO 4217"),
        ({"currency": "euro"}, "pattern"),
    ],
)
def test_a_locale_a_language_or_a_currency_that_there_is_not_is_refused(written: dict[str, str], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Definitions.model_validate({**PLAIN, **written})


def test_the_minor_units_are_those_of_iso_4217() -> None:
    units = {code: Definitions.model_validate({**PLAIN, "currency": code}).minor_units for code in ("EUR", "XOF", "KWD", "CLF")}
    assert units == {"EUR": 2, "XOF": 0, "KWD": 3, "CLF": 4}


def test_the_currencies_are_those_that_countries_pay_in() -> None:
    from babel.core import get_global

    used = [each for territory in get_global("territory_currencies").values() for each in territory]
    in_use = {code for code, _since, until, is_tender in used if until is None and is_tender}
    assert in_use <= CURRENT, "every tender of today, by the Unicode consortium's data"
    assert set(get_global("all_currencies")) >= (CURRENT | FORMER)
    assert not CURRENT & FORMER
    assert set(MINOR_UNITS) <= CURRENT


def test_a_code_that_no_currency_has_is_refused() -> None:
    assert validate_currency("XOF") == "XOF"
    with pytest.raises(ValueError, match="expected a currency of ISO 4217 such as EUR, found ERU"):
        validate_currency("ERU")


def test_days_in_few_letters_are_written_as_the_locale_writes_them() -> None:
    assert short_day(DAY) == "30 Sep 2026"
    with localized(Localization("de_DE")):
        assert short_day(DAY) == "30.09.2026"
