"""Modules that a library imports and hardly ever asks for anything: they are loaded when it does."""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator


class DeferredModule(ModuleType):
    """Stands for a module that is not loaded yet, and loads it when it is asked for anything."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the module has
        if name.startswith("__"):  # what Python itself asks of every module that it lists
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def deferred_modules(*names: str) -> Generator[None]:
    """Whoever imports one of these modules inside gets it without its being loaded; who imports it afterwards, loaded as ever."""
    deferred = {name: DeferredModule(name) for name in names if name not in sys.modules}
    sys.modules.update(deferred)
    try:
        yield
    finally:
        for name, module in deferred.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
