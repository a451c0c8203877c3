"""The commands' help in languages other than English.

The English texts are in the commands and options; each paragraph, joined to one line,
is a key of the catalogues. Lines are broken here: typer breaks them only at spaces, and
counts characters instead of columns.
"""

import re
from collections.abc import Iterator, Sequence
from inspect import cleandoc

import typer
from typer.core import TyperCommand, TyperGroup

from exchange.words import say, word
from exchange.words.text_width import cells

SPACING = 2  # columns between an option and its text
WIDEST = 30  # columns of an option with its text on the same line
# Texts that typer adds to a page.
WORDS = (
    word("Usage:"),
    word("Arguments:"),
    word("Options:"),
    word("Commands:"),
    word("Show this message and exit."),
    word("default: {value}"),
    word("required"),
)
_EXTRA = re.compile(r"(.*?)(?:  )?\[([^\[\]]*)\]", re.DOTALL)
# A line may break at spaces and between Han characters with their punctuation
# (，。 do not begin a line, （ does not end it).
_HAN = "[\u2e80-\u2fff\u3001-\ua4cf\uf900-\ufaff\uff00-\uffef]"
_CLOSING = "[，。；：、！？）》」』”’]*"
_PIECE = re.compile(f"\\s+|[（《「『“‘]*{_HAN}{_CLOSING}|(?:(?!{_HAN})\\S)+{_CLOSING}")
_SENTENCE = re.compile("(?<=[.。۔؟])(?:\\s|(?<=。))")


# Typer exports the class of its pages only here.
class _Page(typer.Context.formatter_class):  # type: ignore[valid-type, misc]
    """Lines break by the rules of the script."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or f"{say('Usage:')} ")

    def write_heading(self, heading: str) -> None:
        text = f"{heading}:"
        self.write(f"{'':>{self.current_indent}}{say(text)}\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        paragraphs = [
            "".join(
                f"{indent}{line}\n" for line in lines(one, self.width - len(indent))
            )
            for one in text.split("\n\n")
        ]
        self.write("\n".join(paragraphs))

    def write_dl(
        self,
        rows: Sequence[tuple[str, str]],
        col_max: int = WIDEST,
        col_spacing: int = SPACING,
    ) -> None:
        widest = max(cells(first) for first, _ in rows)
        column = min(widest, col_max) + col_spacing
        indent = " " * self.current_indent
        for first, second in rows:
            room = self.width - column - self.current_indent
            body = lines(_extra(second), max(room, col_max))
            if cells(first) > column - col_spacing:
                body.insert(0, "")
            beside = " " * max(0, column - cells(first))
            self.write(f"{indent}{first}{beside}{body[0] if body else ''}".rstrip())
            self.write("\n")
            for line in body[1:]:
                self.write(f"{indent}{'':{column}}{line}\n")


class _Context(typer.Context):
    formatter_class = _Page


def translate(command: TyperCommand | TyperGroup) -> None:
    command.context_class = _Context
    if command.help:
        told = [say(one) for one in paragraphs(command.help)]
        command.help = "\n\n".join(told)
        command.short_help = _SENTENCE.split(told[0])[0]
    for parameter in command.params:
        told = paragraphs(getattr(parameter, "help", None) or "")
        vars(parameter)["help"] = " ".join(map(say, told))
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            if isinstance(below, TyperCommand | TyperGroup):
                translate(below)


def paragraphs(text: str) -> list[str]:
    """Return a docstring's paragraphs, each on one line: the keys of the catalogues."""
    found = (" ".join(one.split()) for one in cleandoc(text).split("\n\n"))
    return [one for one in found if one]


def lines(text: str, width: int) -> list[str]:
    output = [""]
    for piece in _pieces(text):
        if cells(output[-1] + piece.rstrip()) > width:
            output[-1] = output[-1].rstrip()
            output.append("")
        output[-1] += piece if output[-1] else piece.lstrip()
    return [line.rstrip() for line in output if line.strip()]


def _pieces(text: str) -> Iterator[str]:
    return (found.group() for found in _PIECE.finditer(text))


def _extra(text: str) -> str:
    """Translate typer's addition to an option's help: `[default: 20; x>=1]`."""
    match = _EXTRA.fullmatch(text)
    if match is None:
        return say(text)  # of the help option, which typer adds late
    notes = []
    for one in match[2].split("; "):
        key, colon, value = one.partition(": ")
        if colon and key == "default":
            notes.append(say("default: {value}", value=value))
        else:
            notes.append(say(one))
    return f"{match[1]}  [{'; '.join(notes)}]".lstrip()
