"""A module that is deferred is loaded when it is asked for something, and not before."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from expectations.deferred_modules import deferred_modules

NAME = "colorsys"


@pytest.fixture(autouse=True)
def not_loaded_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, NAME, raising=False)


def test_it_is_loaded_when_it_is_asked_for_something() -> None:
    with deferred_modules(NAME):
        import colorsys
    assert NAME not in sys.modules
    assert colorsys.rgb_to_hsv(0, 0, 0) == (0, 0, 0)
    assert type(sys.modules[NAME]) is ModuleType


def test_it_may_be_asked_while_others_still_import_it() -> None:
    with deferred_modules(NAME):
        import colorsys

        assert not hasattr(colorsys, "__path__")
        assert colorsys.hsv_to_rgb(0, 0, 1) == (1, 1, 1)
        real = sys.modules[NAME]
    assert sys.modules[NAME] is real


def test_one_that_is_loaded_already_is_left_alone() -> None:
    import colorsys

    with deferred_modules(NAME):
        assert sys.modules[NAME] is colorsys
    assert sys.modules[NAME] is colorsys
