"""What is filled in from the environment is shown as `${NAME}`, in every text and every log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from config import redaction
from config.redaction import hide, redact_logs, redacted
from config.yaml_file import fill_in_variables, unfilled

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "tr0ub4dor & 3/x"
WRITTEN = ("tr0ub4dor & 3/x", "tr0ub4dor%20%26%203%2Fx", "tr0ub4dor%20%26%203/x", "tr0ub4dor+%26+3%2Fx")


@pytest.fixture(autouse=True)
def _nothing_hidden_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(redaction, "_shown_as", {})
    before = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(before)


@pytest.mark.parametrize("written", WRITTEN)
def test_a_value_is_hidden_however_it_is_written(written: str) -> None:
    hide("SHOP_PASSWORD", SECRET)
    assert redacted(f"no {written} here") == "no ${SHOP_PASSWORD} here"


def test_the_longest_value_is_hidden_first_and_a_short_one_not_at_all() -> None:
    hide("SHOP", "shop")
    hide("SHOP_FOLDER", "shop/exports")
    hide("YEAR", "26")
    assert redacted("shop/exports of a shop in 26") == "${SHOP_FOLDER} of a ${SHOP} in 26"


def test_what_is_filled_in_is_hidden_and_what_has_a_default_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    monkeypatch.setenv("CUSTOMER_MATH_HOME", "/somewhere/at/home")
    text = "${CUSTOMER_MATH_HOME}/${SHOP_PASSWORD}"
    filled = fill_in_variables(text, defaults={"CUSTOMER_MATH_HOME": "/"})
    assert filled == f"/somewhere/at/home/{SECRET}"
    assert redacted(filled) == "/somewhere/at/home/${SHOP_PASSWORD}"
    assert unfilled(filled, text, shown=["CUSTOMER_MATH_HOME"]) == "/somewhere/at/home/${SHOP_PASSWORD}"
    assert unfilled("orders", "${NOT_SET}/orders", shown=[]) == "orders"


def test_no_log_says_what_was_filled_in(caplog: pytest.LogCaptureFixture) -> None:
    hide("SHOP_PASSWORD", SECRET)
    redact_logs()
    log = logging.getLogger("a library's own")
    log.error("asked %s in vain", SECRET, exc_info=RuntimeError(f"no server at {SECRET}"))
    log.warning("%s rows", 12)
    assert "asked ${SHOP_PASSWORD} in vain" in caplog.text
    assert "no server at ${SHOP_PASSWORD}" in caplog.text
    assert "12 rows" in caplog.text
    assert SECRET not in caplog.text


def test_a_factory_of_records_is_wrapped_once_however_often_logs_are_to_be_redacted() -> None:
    before = logging.getLogRecordFactory()
    try:
        logging.setLogRecordFactory(logging.LogRecord)
        redact_logs()
        wrapped = logging.getLogRecordFactory()
        assert wrapped is not logging.LogRecord
        redact_logs()
        assert logging.getLogRecordFactory() is wrapped
    finally:
        logging.setLogRecordFactory(before)
