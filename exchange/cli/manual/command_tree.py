"""The commands and their help, for manual pages and completions."""

import re
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

from msgspec import Struct
from typer.core import TyperArgument, TyperCommand, TyperGroup

from exchange.cli.program import add_language, application

PROGRAM = "fusion"
CHOICES = re.compile(r"[a-z][\w-]*(\|[a-z][\w-]*)+")
"""A metavar that lists all values of an option: `en|ur|zh`."""
SENTENCE = re.compile(r"(?<=\.)\s")


class Parameter(Struct, frozen=True):
    """An option, or an argument if it has no names."""

    names: tuple[str, ...]
    """`--home`, `-h`; empty for an argument."""
    value: str
    """The metavar of its value; "" for an option without a value."""
    help: str
    """Its help, on one line."""

    @property
    def choices(self) -> tuple[str, ...]:
        """The accepted values, if the metavar lists them."""
        return tuple(self.value.split("|")) if CHOICES.fullmatch(self.value) else ()


class Command(Struct, frozen=True):
    path: tuple[str, ...]
    """From the program's name: fusion, keys, renew."""
    paragraphs: tuple[str, ...]
    """Its help, each paragraph on one line."""
    parameters: tuple[Parameter, ...]
    below: tuple["Command", ...]
    """The commands of a group, in the order of its help."""

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def summary(self) -> str:
        """The first sentence of its help, without its full stop."""
        first = SENTENCE.split(self.paragraphs[0])[0] if self.paragraphs else self.name
        return first.rstrip(".")

    @property
    def options(self) -> tuple[Parameter, ...]:
        return tuple(one for one in self.parameters if one.names)

    @property
    def arguments(self) -> tuple[Parameter, ...]:
        return tuple(one for one in self.parameters if not one.names)

    def walk(self) -> Iterator["Command"]:
        yield self
        for one in self.below:
            yield from one.walk()


def read_commands() -> Command:
    return _command(add_language(application([])), (PROGRAM,))


def _command(command: TyperCommand | TyperGroup, path: tuple[str, ...]) -> Command:
    found = cleandoc(command.help or "").split("\n\n")
    parameters = [
        _parameter(one) for one in command.params if not getattr(one, "hidden", False)
    ]
    parameters.append(Parameter(("-h", "--help"), "", "Show this message and exit."))
    below: list[Command] = []
    if isinstance(command, TyperGroup):
        for name, one in command.commands.items():
            if not isinstance(one, TyperCommand | TyperGroup) or one.hidden:
                continue
            below.append(_command(one, (*path, name)))
    return Command(
        path,
        tuple(" ".join(one.split()) for one in found if one.strip()),
        tuple(parameters),
        tuple(below),
    )


def _parameter(given: Any) -> Parameter:  # noqa: ANN401 - the class of typer's parameters is private
    told = " ".join((getattr(given, "help", None) or "").split())
    if isinstance(given, TyperArgument):
        return Parameter((), given.metavar or str(given.name).upper(), told)
    names = (*given.opts, *given.secondary_opts)
    value = "" if given.is_flag else given.metavar or given.bare_type().upper()
    return Parameter(tuple(sorted(names, key=len)), str(value), told)
