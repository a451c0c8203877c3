"""Imports that load on first use.

`fusion --help` loads the file of every command. What the commands work with takes half
a second more to load, and only the command that runs shall pay for it.
"""

import builtins
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any


class _Later:
    """A module, or a function or class of one, that loads when it is used.

    It can be called and has members. It cannot be compared or iterated, and stands for
    no class in isinstance: import constants by their module.
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
    """Let each `from MODULE import NAME` of the block load when NAME is first used."""
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
