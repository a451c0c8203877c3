"""Arguments of the command line: plain values without pydantic, and error messages.

Typer 0.29 checks every value with pydantic, which takes long to import. Texts, paths,
bounded numbers and lists of these are checked here; Typer checks all others.
"""

import os
import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_origin

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from exchange.cli import language
from exchange.cli.lazy import lazy_imports
from exchange.errors import TEXTS, Reason
from exchange.words import DEFAULT, lang, say, word

with lazy_imports():
    from pydantic import ValidationError

# Why a value is invalid, by pydantic's error types, which typer uses.
NO_NUMBER = word("it should be a whole number")
BOUNDS = {
    "greater_than_equal": word("it should be {least} or more"),
    "less_than_equal": word("it should be {most} or less"),
}


def mistake(error: typer.TyperException, arguments: Sequence[str]) -> str:
    return say("{mistake} (see --help)", mistake=_mistake(error, arguments))


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
    parameter: Any = error.param  # typer does not export its type
    if parameter is None:
        return error.format_message()
    named = parameter.get_error_hint().strip("'")
    if hasattr(error, "param_type"):  # a missing parameter
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
    return "".join(
        f"\\x{ord(c):02x}" if c < " " or "\x7f" <= c <= "\x9f" else c for c in text
    )


NUMBER = re.compile(r"-?[0-9]{1,15}")
ELSE = object()
"""Instead of a value: Typer must check it."""

Parameter = TyperArgument | TyperOption


def take_plain_values(command: TyperCommand | TyperGroup) -> None:
    """Parse a command's parameters, --help too, as plain values without pydantic."""
    typers = command.get_params
    command.get_params = partial(_parameters, typers)  # type: ignore[method-assign, assignment]


def _parameters(typers: Callable[[Any], Sequence[Any]], ctx: Any) -> Sequence[Any]:  # noqa: ANN401  typer's context is private
    found = typers(ctx)
    for param in found:
        if isinstance(param, Parameter) and "process_value" not in vars(param):
            process = partial(process_value, param, param.process_value)
            param.process_value = process  # type: ignore[method-assign]
    return found


def process_value(
    param: Parameter,
    typers: Callable[[Any, Any], Any],
    ctx: Any,  # noqa: ANN401  typer's context is private
    value: Any,  # noqa: ANN401  a value of any kind
) -> Any:  # noqa: ANN401
    """Check a value; `typers` is Typer's own check of any value."""
    taken = _take(param, value)
    if taken is ELSE:
        return typers(ctx, value)
    return taken if param.callback is None else param.callback(ctx, param, taken)


def _take(param: Parameter, value: object) -> object:
    several = param.nargs == -1 or getattr(param, "multiple", False)
    if value is None:
        return ELSE if param.required else () if several else None
    descriptor = param.type_descriptor
    wanted: Any = descriptor.annotation
    if get_origin(wanted) is not list:
        return ELSE if several else _plain(wanted, descriptor.parameter_info, value)
    if not value or not isinstance(value, list | tuple):
        return ELSE
    (kind,) = get_args(wanted)
    taken = [_plain(kind, descriptor.parameter_info, one) for one in value]
    return ELSE if ELSE in taken else taken


def _plain(kind: object, info: Any, value: object) -> object:  # noqa: ANN401  typer's is private
    """Return ELSE if Typer must check it."""
    if info.parser is not None:
        return ELSE
    if kind is bool and isinstance(value, bool):
        return value
    if kind is str and isinstance(value, str):
        return value
    if kind is Path and isinstance(value, str | Path):
        return Path(value) if _any_path(info) and _readable(value) else ELSE
    if kind is int and isinstance(value, str) and NUMBER.fullmatch(value):
        value = int(value)
    if kind is int and type(value) is int:
        least, most = info.min, info.max
        within = (least is None or value >= least) and (most is None or value <= most)
        return value if within else ELSE
    return ELSE


def _any_path(info: Any) -> bool:  # noqa: ANN401  typer's is private
    asks = info.exists or info.writable or info.resolve_path or info.path_type
    return info.file_okay and info.dir_okay and not asks


def _readable(path: str | Path) -> bool:
    try:
        os.stat(path)  # noqa: PTH116  as typer does, whatever the path is
    except OSError:
        return True  # missing: the code that opens it reports that
    return os.access(path, os.R_OK)
