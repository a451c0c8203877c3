"""fusion translate memory: earlier translations, apart by label, as a file and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desk_session, options
from exchange.cli.translate import common
from exchange.errors import Reason, Refusal, Why
from exchange.input_file import read_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.translation.memory import MemoryLabel, TextPair
    from exchange.translation.tmx import TmxContent

sub = typer.Typer(help="Earlier translations, suggested under their own label only.")
Of = Annotated[
    str,
    typer.Option("--label", metavar="AMBER/cn,pk", help=("Label, as list shows it.")),
]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(sub, name="memory")


@sub.command("list")
def list_(
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """List labels and languages, and how many pairs of texts there are of each."""
    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        counts = desk.mailbox.memory.counts()
    if json:
        options.emit(
            {
                "memories": [
                    {"label": str(label), "lang": lang, "target": target, "pairs": n}
                    for label, lang, target, n in counts
                ]
            }
        )
        return
    for label, lang, target, n in counts:
        print(f"{n:8} {lang} → {target}  {label}")


@sub.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="TMX 1.4b.")],
    label: Of = "",
    force: options.Force = False,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    yes: options.Yes = False,
    json: options.Json = False,
) -> None:
    """Write the pairs of one label to FILE (TMX 1.4b).

    FILE holds readable text: handle it by that label. It leaves out what came from a
    bulletin that was recalled, or has a stricter label now.
    """
    from exchange import atomic_file as files
    from exchange.desk.translation import files_and_machine
    from exchange.translation import tmx

    options.check_free(out, force=force)
    asked = _label(label)
    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        labels = sorted({one for one, *_ in desk.mailbox.memory.counts()})
        chosen = _chosen(labels, asked)
        files_and_machine.check_export(chosen.handling, desk.officer.desk)
        if files_and_machine.is_grave(chosen.handling):
            options.confirm(common.question(chosen.handling, out), yes=yes)
        pairs = list(desk.mailbox.memory.pairs(chosen))
    with files.atomic(out) as file:
        file.write(tmx.write(pairs))
    _tell(len(pairs), chosen, str(out), json=json)


@sub.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="TMX 1.4b.")],
    label: Of = "",
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Import the pairs of FILE; --label is for those without a label of their own."""
    from exchange.limits import TMX_MAX
    from exchange.translation import tmx

    given = _label(label)
    read = tmx.read(read_file(file, TMX_MAX), str(file))
    sorted_ = _by_label(read.pairs, given)
    with (
        desk_session.open_desk(home, officer, passphrase_fd) as desk,
        desk.mailbox.database.transaction(),
    ):
        new = sum(
            desk.mailbox.memory.remember(one, pairs) for one, pairs in sorted_.items()
        )
    result = {
        "pairs": len(read.pairs),
        "new": new,
        "other_languages": read.other_languages,
        "personal": read.personal,
    }
    if json:
        options.emit(result)
    else:
        _tell_import(read, new)


def _tell_import(read: "TmxContent", new: int) -> None:
    from exchange.words import say_n

    pairs = len(read.pairs)
    print(say_n("{n} pair, {new} new", "{n} pairs, {new} of them new", pairs, new=new))
    if n := read.other_languages:
        print(
            say_n(
                "{n} text in another language left out",
                "{n} texts in other languages left out",
                n,
            )
        )
    if n := read.personal:
        print(
            say_n(
                "{n} pair left out: it looks like personal data",
                "{n} pairs left out: they look like personal data",
                n,
            )
        )


def _label(text: str) -> "MemoryLabel | None":
    """Return the label of an option, None where it was not given."""
    from exchange.translation.memory import MemoryLabel

    if not text:
        return None
    if (label := MemoryLabel.parse(text)) is None:
        why = Why("not understood; write it as {example}", example="AMBER/cn,pk")
        raise Refusal(Reason.FIELD_VALUE, "--label", why)
    return label


def _chosen(
    labels: "Sequence[MemoryLabel]", label: "MemoryLabel | None"
) -> "MemoryLabel":
    """Return the label asked for, else the one that there is: a file never mixes two.

    One that was mistyped shall not give an empty file for all that there is.
    """
    if not labels or (label and label not in labels):
        why = Why("nothing is remembered under that label; list shows the labels")
        raise Refusal(Reason.FIELD_VALUE, "--label", why)
    if label is None and len(labels) > 1:
        why = Why("say which label to export; list shows the labels")
        raise Refusal(Reason.FIELD_MISSING, "--label", why)
    return label or labels[0]


def _by_label(
    pairs: "Sequence[tuple[MemoryLabel | None, TextPair]]", given: "MemoryLabel | None"
) -> "dict[MemoryLabel, list[TextPair]]":
    """Sort pairs by label; Refusal(FIELD_MISSING) where one has none."""
    by_label: dict[MemoryLabel, list[TextPair]] = {}
    for own, pair in pairs:
        label = own or given
        if label is None:
            why = Why("texts without a label of their own are in it; give theirs")
            raise Refusal(Reason.FIELD_MISSING, "--label", why)
        by_label.setdefault(label, []).append(pair)
    return by_label


def _tell(n: int, label: "MemoryLabel", out: str, *, json: bool) -> None:
    from exchange.words import say
    from tui.text.safe_text import safe

    if json:
        options.emit({"pairs": n, "label": str(label), "out": out})
    else:
        print(safe(say("{file} holds text of {label}", file=out, label=label)))
