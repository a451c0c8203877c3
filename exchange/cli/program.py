"""Runs one command: imports only its file, and prints any error as one line."""

import atexit
import ctypes
import errno
import gc
import importlib
import os
import resource
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from copy import copy
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from exchange import words
from exchange.cli import language
from exchange.cli.arguments import mistake, take_plain_values
from exchange.cli.options import option
from exchange.errors import (
    TEXTS,
    UNKNOWN_LANGUAGE,
    FusionError,
    Reason,
    Refusal,
    unreadable,
)
from exchange.limits import GARBAGE_AT_ONCE
from exchange.words import DEFAULT, say, word

GROUPS = {
    word("To begin:"): ("demo", "init"),
    word("For officers:"): (
        *("tui", "list", "search", "show", "ack", "send", "recall", "reveal"),
        *("release", "translate", "source", "board", "status", "desk"),
    ),
    word("For operators:"): (
        *("serve", "node", "log", "store", "fsck", "retain", "watch", "doctor"),
        *("keys", "trust", "wipe"),
    ),
    word("For auditors:"): ("audit", "disclose"),
}
"""The commands by who uses them, in the order of the help text."""
COMMANDS = tuple(name for names in GROUPS.values() for name in names)
FILES = {"recall": "ack", "reveal": "ack", "search": "list"}
"""Commands in another command's file, as functions of their own name."""
HELP = "help"
FORMATS = "fusion/1"
INTERRUPTED = 130
BAD_USAGE = 2
PR_SET_DUMPABLE = 4
LOADED_OBJECTS = 100_000
"""New objects before garbage is collected; those of loaded modules do not count."""
BESIDE = 6  # columns of a help line beside name and text, as typer counts them


class Program(TyperGroup):
    """The commands, with a list in the help for each kind of user."""

    def format_commands(self, _: object, formatter: Any) -> None:  # noqa: ANN401 - typer keeps the type private
        widest = max(map(len, COMMANDS))
        room = formatter.width - BESIDE - widest
        for title, names in GROUPS.items():
            rows = [(f"{name:{widest}}", self._about(name, room)) for name in names]
            with formatter.section(title.removesuffix(":")):
                formatter.write_dl(rows)

    def _about(self, name: str, room: int) -> str:
        return self.commands[name].get_short_help_str(room)


def main() -> None:
    gc.set_threshold(LOADED_OBJECTS, *gc.get_threshold()[1:])
    keep_secrets_in()
    warnings.simplefilter("ignore")  # keep warnings off stderr
    leave(run(sys.argv[1:]))


def spare_what_stays() -> None:
    """Exclude the objects made at start from garbage collection.

    Scanning a hundred thousand of them stopped a node for 60 ms or more each time. The
    threshold is higher, too: one batch's new objects are no reason to scan.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE_AT_ONCE, *gc.get_threshold()[1:])


def leave(code: int) -> NoReturn:
    """End like sys.exit, but without tearing modules down: that saves 50 ms.

    Exit handlers run first; if other threads are running, the exit is an ordinary one,
    which waits for them.
    """
    if threading.active_count() > 1:
        sys.exit(code)
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no public name
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def keep_secrets_in() -> None:
    """Prevent core dumps (prctl(2), core(5)).

    The limit alone does not stop the kernel from piping a dump to a handler.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def run(arguments: Sequence[str]) -> int:
    """Return its exit code; print an error as one line on stderr."""
    try:
        words.show_reasons(on="--json" in arguments)
        words.use(language.choose(arguments, os.environ))
        if asks_version(arguments):
            print(version())
            return 0
        arguments = expand_help(arguments)
        command = add_language(application(arguments))
        given = with_help(command, arguments)
        if words.lang() != DEFAULT and {"-h", "--help"} & set(given):
            from exchange.cli import help_pages

            help_pages.translate(command)
        code = command.main(given, "fusion", standalone_mode=False)
        sys.stdout.flush()
        if len(given) > len(arguments) and language.command_of(arguments):
            code = BAD_USAGE  # a group without a command
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one place where all of them end
        return _report(error, arguments)
    return code if isinstance(code, int) else 0


def asks_version(arguments: Sequence[str]) -> bool:
    after = language.skip_options(arguments)
    return "--version" in arguments[: len(arguments) - len(after)]


def version() -> str:
    from importlib import metadata

    return f"fusion {metadata.version('fusion-cell')} ({FORMATS})"


def expand_help(arguments: Sequence[str]) -> list[str]:
    """Return `fusion help keys renew` as `fusion keys renew --help`."""
    named = language.skip_options(arguments)
    if not named or named[0] != HELP:
        return list(arguments)
    return [*arguments[: len(arguments) - len(named)], *named[1:], "--help"]


def application(arguments: Sequence[str]) -> typer.Typer:
    """Load only the given command, else all."""
    command = language.command_of(arguments)
    app = typer.Typer(
        cls=Program,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # importing rich takes 0.2 s
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_program)
    for name in COMMANDS:
        if command == name or command not in COMMANDS:
            _add(app, name)
    return app


def add_language(app: typer.Typer) -> TyperGroup:
    """Add --lang to every command, beside the program's own."""
    program = typer.main.get_group(app)
    (asked,) = (one for one in program.params if "--lang" in one.opts)
    given = copy(asked)
    given.expose_value = False
    given.callback = lambda _, __, lang: _program(lang)
    for command in _all(program):
        if not any("--lang" in one.opts for one in command.params):
            command.params.append(given)
        take_plain_values(command)
    take_plain_values(program)
    return program


def with_help(program: TyperGroup, arguments: Sequence[str]) -> list[str]:
    """Return the arguments, with --help if they name only a group."""
    named: TyperGroup | TyperCommand = program
    for argument in language.skip_options(arguments):
        below = getattr(named, "commands", {}).get(argument)
        if below is None:
            return list(arguments)
        named = below
    asked = isinstance(named, TyperGroup) and not {"-h", "--help"} & set(arguments)
    return [*arguments, "--help"] if asked else list(arguments)


def _all(command: object) -> Iterator[TyperCommand]:
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            yield from _all(below)
    elif isinstance(command, TyperCommand):
        yield command


def _program(
    lang: Annotated[
        str, option("--lang", "Language of messages and help.", "en|ur|zh")
    ] = "",
    version: Annotated[  # noqa: ARG001 - for the help; `run` answers it
        bool, option("--version", "Print the release and its formats.")
    ] = False,
) -> None:
    """Signed, sealed threat bulletins between two partners' liaison nodes.

    `fusion help COMMAND` is `fusion COMMAND --help`.
    """
    if lang and lang not in language.TAGS:  # a valid one is already applied
        raise Refusal(Reason.LANGUAGE, "--lang", UNKNOWN_LANGUAGE)


def _add(app: typer.Typer, name: str) -> None:
    module = importlib.import_module(f"{__package__}.{FILES.get(name, name)}")
    if name in FILES:
        app.command(name)(getattr(module, name))
    elif hasattr(module, "command"):
        app.command(name)(module.command)
    else:
        app.add_typer(module.app, name=name)


def _report(error: Exception, arguments: Sequence[str]) -> int:
    if isinstance(error, FusionError):
        from exchange.bulletin.error_text import refusal

        return _line(refusal(error), error.exit_code)
    if isinstance(error, typer.TyperException):
        return _line(mistake(error, arguments), BAD_USAGE)
    if isinstance(error, BrokenPipeError):
        # The reader is gone; without this, Python reports it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    if os.environ.get("FUSION_DEBUG"):
        raise error
    if isinstance(error, OSError) and error.filename is not None:
        return _report(unreadable(error, str(error.filename)), arguments)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return _line(words.with_reason(say(TEXTS[Reason.DISK]), Reason.DISK), 1)
    # Do not print its text: it may hold content.
    text = say(
        "{error}: internal fault; run the command with FUSION_DEBUG=1 for a traceback",
        error=type(error).__name__,
    )
    return _line(words.with_reason(text, Reason.INTERNAL), 1)


def _line(text: str, code: int) -> int:
    # One line, without control characters: part of it may come from input.
    shown = "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
    print(shown, file=sys.stderr)
    return code
