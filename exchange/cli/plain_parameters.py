"""Take plain values of the command line without pydantic.

Typer 0.29 has pydantic check every value, and importing that takes longer than most
commands. A text, a path, a number within its bounds and a list of these are what they
are; everything else, and every mistake, is still Typer's to judge and to name.
"""

import os
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_origin

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

NUMBER = re.compile(r"-?[0-9]{1,15}")
ELSE = object()
"""In place of a value: there is more to judge."""

Parameter = TyperArgument | TyperOption


def take_plain_values(command: TyperCommand | TyperGroup) -> None:
    """Let the parameters of a command, its --help too, take plain values so."""
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
    """Return the value that a command gets; `typers` does the same for all values."""
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
    """Return a value of a kind; ELSE where there is more to judge."""
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
    """Whether a parameter asks nothing of a path but that it can be read."""
    asks = info.exists or info.writable or info.resolve_path or info.path_type
    return info.file_okay and info.dir_okay and not asks


def _readable(path: str | Path) -> bool:
    try:
        os.stat(path)  # noqa: PTH116  as typer does, whatever the path is
    except OSError:
        return True  # it is not there, and whoever opens it will say so
    return os.access(path, os.R_OK)
