"""Manual pages in man(7) macros: one for the program, one for each command."""

from collections.abc import Iterator

from exchange.cli.manual.command_tree import Command, Parameter

SECTION = 1
EXITS = (
    ("0", "Done."),
    ("1", "A check failed: something is not as it was signed, or a figure is missed."),
    ("2", "Bad usage, input, passphrase, key file, lock or port; nothing was done."),
    ("3", "A node or a partner cannot be reached."),
    ("130", "Interrupted."),
)
"""The exit codes, the same for every command."""


def pages(program: Command, release: str) -> dict[str, str]:
    """Return each by its file name: `fusion-keys-renew.1`."""
    return {f"{_title(one)}.{SECTION}": page(one, release) for one in program.walk()}


def page(command: Command, release: str) -> str:
    return "\n".join(_lines(command, release)) + "\n"


def _lines(command: Command, release: str) -> Iterator[str]:
    title = _title(command)
    yield f'.TH {_text(title.upper())} {SECTION} "" "fusion {_text(release)}" "fusion"'
    yield ".SH NAME"
    yield f"{_text(title)} \\- {_text(command.summary)}"
    yield ".SH SYNOPSIS"
    yield f".B {_text(' '.join(command.path))}"
    yield _text(" ".join(_synopsis(command)))
    yield ".SH DESCRIPTION"
    yield "\n.PP\n".join(map(_text, command.paragraphs))
    yield from _parameters("ARGUMENTS", command.arguments)
    yield from _parameters("OPTIONS", command.options)
    if command.below:
        yield ".SH COMMANDS"
        for one in command.below:
            yield from (".TP", f".B {_text(one.name)}", _text(f"{one.summary}."))
    yield ".SH EXIT STATUS"
    for code, what in EXITS:
        yield from (".TP", f".B {code}", _text(what))
    yield ".SH SEE ALSO"
    others = [one for one in (_above(command), *map(_title, command.below)) if one]
    yield ", ".join(f"\\fB{_text(one)}\\fR({SECTION})" for one in others)


def _synopsis(command: Command) -> Iterator[str]:
    yield "[OPTIONS]"
    if command.below:
        yield "COMMAND [ARGS]..."
    for argument in command.arguments:
        yield argument.value


def _parameters(heading: str, given: tuple[Parameter, ...]) -> Iterator[str]:
    if given:
        yield f".SH {heading}"
    for one in given:
        names = ", ".join(f"\\fB{_text(name)}\\fR" for name in one.names)
        value = f"\\fI{_text(one.value)}\\fR" if one.value else ""
        yield ".TP"
        yield " ".join(filter(None, (names, value)))
        yield _text(one.help)


def _title(command: Command) -> str:
    return "-".join(command.path)


def _above(command: Command) -> str:
    return "-".join(command.path[:-1])


def _text(text: str) -> str:
    """Escape for roff, also at the beginning of a line."""
    shown = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{shown}" if shown.startswith((".", "'")) else shown
