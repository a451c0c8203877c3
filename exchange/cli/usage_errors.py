"""Errors in the arguments of a command, in the officer's language.

Typer says them in English only. Its exceptions carry option, choices and bounds, and
the rest follows from the arguments: none of its sentences is read here.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from exchange.cli import language
from exchange.errors import TEXTS, Reason
from exchange.words import DEFAULT, lang, say, word

if TYPE_CHECKING:
    from pydantic import ValidationError

# Why a value is invalid, by the kinds of error of pydantic, with which typer checks.
NO_NUMBER = word("it should be a whole number")
BOUNDS = {
    "greater_than_equal": word("it should be {least} or more"),
    "less_than_equal": word("it should be {most} or less"),
}


def mistake(error: typer.TyperException, arguments: Sequence[str]) -> str:
    """Return what is wrong with the arguments, with the advice to look at the help."""
    return say("{what} (see --help)", what=_mistake(error, arguments))


def _mistake(error: typer.TyperException, arguments: Sequence[str]) -> str:
    if isinstance(error, typer.BadParameter):
        return _parameter(error)
    option = getattr(error, "option_name", None)
    if option is not None:
        return _option(error, option, arguments)
    context = getattr(error, "ctx", None)
    if context is None:
        return error.format_message()
    behind = _behind(context, arguments)
    if not isinstance(context.command, TyperGroup):
        _, extra, _ = context.command.make_parser(context).parse_args(list(behind))
        told = " ".join(map(_escaped, extra))
        return say("Got unexpected extra argument(s) ({arguments})", arguments=told)
    if not behind:
        return say("Missing command.")
    return _command(behind[0], list(context.command.commands))


def _behind(context: typer.Context, arguments: Sequence[str]) -> Sequence[str]:
    """Return the arguments behind the command of a context."""
    behind, above = language.skip_options(arguments), context.parent
    while above is not None:
        behind, above = behind[1:], above.parent
    return behind


def _command(given: str, known: list[str]) -> str:
    named = repr(given)[1:-1]
    near = ", ".join(map(repr, get_close_matches(given, known)))
    if not near:
        return say("No such command '{command}'.", command=named)
    text = word("No such command '{command}'. Did you mean {commands}?")
    return say(text, command=named, commands=near)


def _option(error: typer.TyperException, option: str, arguments: Sequence[str]) -> str:
    if hasattr(error, "possibilities"):
        near = ", ".join(sorted(error.possibilities or ()))
        if not near:
            return say("No such option: {option}", option=_escaped(option))
        text = word("No such option: {option} (Possible options: {options})")
        return say(text, option=_escaped(option), options=near)
    if any(argument.startswith(f"{option}=") for argument in arguments):
        return say("Option '{option}' does not take a value.", option=option)
    return say("Option '{option}' requires an argument.", option=option)


def _parameter(error: typer.BadParameter) -> str:
    parameter: Any = error.param  # of typer's own types, which it does not export
    if parameter is None:
        return error.format_message()
    named = parameter.get_error_hint().strip("'")
    if hasattr(error, "param_type"):  # it is missing
        if parameter.param_type_name == "argument":
            return say("Missing argument '{argument}'.", argument=named)
        return say("Missing option '{option}'.", option=named)
    why = _why(error, parameter)
    return say("Invalid value for '{option}': {why}", option=named, why=why)


def _why(error: typer.BadParameter, parameter: Any) -> str:  # noqa: ANN401 - as above
    cause: ValidationError | None = error.__cause__  # type: ignore[assignment]
    detail = cause.errors()[0] if cause is not None else None
    if detail is not None and detail["type"].startswith("int_"):
        return say(NO_NUMBER)
    if detail is not None and detail["type"] in BOUNDS:
        bound = detail["ctx"]
        text = BOUNDS[detail["type"]]
        return say(text, least=bound.get("ge"), most=bound.get("le"))
    choices = parameter.type_descriptor.choices
    if detail is not None and choices:
        values = ", ".join(repr(str(choice).casefold()) for choice in choices)
        text = word("'{value}' is not one of {values}.")
        return say(text, value=repr(detail["input"])[1:-1], values=values)
    return error.message if lang() == DEFAULT else say(TEXTS[Reason.FIELD_VALUE])


def _escaped(text: str) -> str:
    """Return what was typed without what a terminal would act upon."""
    return "".join(
        f"\\x{ord(c):02x}" if c < " " or "\x7f" <= c <= "\x9f" else c for c in text
    )
