"""Plain values of the command line are taken as Typer itself takes them."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from typer import TyperException
from typer.core import TyperArgument, TyperGroup, TyperOption

from exchange.cli import program
from exchange.cli.arguments import process_value
from exchange.errors import Refusal

VALUES = (
    *("", "abc", "-", "0", "1", "5", "-3", "+4", " 7", "1_000", "1e3", "0x10", "٣"),
    *("true", "no", "1000000000", "9" * 30, "/nowhere/at/all", "/", "~", "a\nb"),
    *(0, 7, -1, True, False, None, 1.5, b"x", (), ("a", "5"), ["5"], ("a", None)),
)
Parameter = TyperArgument | TyperOption


def every_parameter() -> Iterator[Parameter]:
    whole = program.add_language(program.application(["--help"]))
    groups: list[Any] = [whole]
    while groups:
        found = groups.pop()
        if isinstance(found, TyperGroup):
            groups.extend(found.commands.values())
        yield from (one for one in found.params if isinstance(one, Parameter))


def outcome(take: Callable[[Any, Any], Any], value: object) -> object:
    """Return the value with its type, or what is said of it."""
    try:
        found = take(None, value)  # in no call
    except TyperException as error:
        return type(error), error.format_message()
    except Refusal as error:  # what a callback of ours says
        return type(error), str(error)
    except TypeError as error:  # typer's own, of what no command line gives
        return type(error)
    return type(found), found


def test_each_value_is_taken_or_refused_as_typer_does() -> None:
    kinds = {}
    for param in every_parameter():
        descriptor = param.type_descriptor
        info = descriptor.parameter_info
        kind = repr(descriptor.annotation), info.min, info.max, param.nargs
        kinds[(*kind, param.required, param.multiple)] = param
    assert len(kinds) > 10

    for param in kinds.values():
        plain = partial(process_value, param, param.process_value)
        for value in VALUES:
            told = outcome(plain, value)
            assert told == outcome(param.process_value, value), (param.name, value)


def test_a_path_that_must_not_be_read_is_refused_as_typer_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    (param, *_) = (one for one in every_parameter() if one.name == "home")

    told = outcome(partial(process_value, param, param.process_value), "/")
    assert told == outcome(param.process_value, "/")
    assert "not readable" in str(told)
