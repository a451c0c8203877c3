"""Imports that load on first use.

The commands' dependencies take half a second to load, so only the command that runs
loads them.
"""

import builtins
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any


class _Later:
    """A module, or one of its functions or classes, loaded on first use.

    It can be called and has members, but cannot be compared, iterated or used in
    isinstance: import constants through their module.
    """

    __slots__ = "_found", "_module", "_name"

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name
        self._found: Any = None

    def _load(self) -> Any:  # noqa: ANN401 - whatever has that name
        if self._found is None:
            self._found = import_module(self._module)
            if not hasattr(self._found, self._name):
                import_module(f"{self._module}.{self._name}")
        return getattr(self._found, self._name)

    def __getattr__(self, member: str) -> Any:  # noqa: ANN401 - any member
        return getattr(self._load(), member)

    def __call__(self, *given: object, **named: object) -> Any:  # noqa: ANN401 - any result
        return self._load()(*given, **named)


class _Module:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, member: str) -> _Later:
        return _Later(self._name, member)


@contextmanager
def lazy_imports() -> Iterator[None]:
    """Delay each `from MODULE import NAME` in the block until its use."""
    load = builtins.__import__

    def load_later(
        name: str,
        importer: Mapping[str, object] | None = None,
        local: Mapping[str, object] | None = None,
        members: Sequence[str] = (),
        level: int = 0,
    ) -> object:
        if members and str((importer or {}).get("__name__")).startswith(__package__):
            return _Module(name)
        return load(name, importer, local, members, level)

    vars(builtins)["__import__"] = load_later
    try:
        yield
    finally:
        vars(builtins)["__import__"] = load
