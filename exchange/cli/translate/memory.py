"""fusion translate memory: earlier translations by label, to a file and back."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import options
from exchange.cli.frame import AtDesk, Reply, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import argument, option
from exchange.cli.translate import common
from exchange.errors import Reason, Refusal, Why
from exchange.input_file import read_file
from exchange.limits import TMX_MAX
from exchange.words import say_n

with lazy_imports():
    from exchange import atomic_file
    from exchange.desk.translation import files_and_machine
    from exchange.translation import memory as memories
    from exchange.translation import tmx

sub = typer.Typer(help="Earlier translations, suggested under their own label only.")
common.app.add_typer(sub, name="memory")
Of = Annotated[str, option("--label", "Label, as list shows it.", "AMBER/cn,pk")]


@subcommand(sub, "list")
def list_(at: AtDesk) -> Reply:
    """List labels and languages, and how many pairs of texts there are of each."""
    with at.open() as desk:
        counts = desk.mailbox.memory.counts()
    found = [
        {"label": str(label), "lang": lang, "target": target, "pairs": n}
        for label, lang, target, n in counts
    ]
    lines = (f"{n:8} {lang} → {to}  {label}" for label, lang, to, n in counts)
    return Reply({"memories": found}, lines)


@subcommand(sub, "export")
def export(
    at: AtDesk,
    out: Annotated[Path, option("--out", "TMX 1.4b.", "FILE")],
    label: Of = "",
    force: options.Force = False,
    yes: options.Yes = False,
) -> Reply:
    """Write the pairs of one label to FILE (TMX 1.4b).

    FILE contains readable text: handle it by that label. Texts from bulletins that were
    recalled, or now have a stricter label, are left out.
    """
    options.check_free(out, force=force)
    asked = _label(label)
    with at.open() as desk:
        labels = sorted({one for one, *_ in desk.mailbox.memory.counts()})
        chosen = _chosen(labels, asked)
        files_and_machine.check_export(chosen.handling, desk.officer.desk)
        common.confirm_file(chosen.handling, out, yes=yes)
        pairs = list(desk.mailbox.memory.pairs(chosen))
    with atomic_file.atomic(out) as file:
        file.write(tmx.write(pairs))
    return common.holds(str(chosen), out, pairs=len(pairs))


@subcommand(sub, "import")
def import_(
    at: AtDesk, file: Annotated[Path, argument("FILE", "TMX 1.4b.")], label: Of = ""
) -> Reply:
    """Import the pairs of FILE; --label is for those without a label of their own."""
    given = _label(label)
    read = tmx.read(read_file(file, TMX_MAX), str(file))
    by_label = _by_label(read.pairs, given)
    with at.open() as desk, desk.mailbox.database.transaction():
        remember = desk.mailbox.memory.remember
        new = sum(remember(one, pairs) for one, pairs in by_label.items())
    found = {
        "pairs": len(read.pairs),
        "new": new,
        "other_languages": read.other_languages,
        "personal": read.personal,
    }
    return Reply(found, _imported(read, new))


def _imported(read: "tmx.TmxContent", new: int) -> Iterator[str]:
    pairs = len(read.pairs)
    yield say_n("{n} pair, {new} new", "{n} pairs, {new} of them new", pairs, new=new)
    if n := read.other_languages:
        yield say_n(
            "{n} text in another language left out",
            "{n} texts in other languages left out",
            n,
        )
    if n := read.personal:
        yield say_n(
            "{n} pair left out: it looks like personal data",
            "{n} pairs left out: they look like personal data",
            n,
        )


def _label(text: str) -> "memories.MemoryLabel | None":
    if not text:
        return None
    if (label := memories.MemoryLabel.parse(text)) is None:
        why = Why("not understood; write it as {example}", example="AMBER/cn,pk")
        raise Refusal(Reason.FIELD_VALUE, "--label", why)
    return label


def _chosen(
    labels: "Sequence[memories.MemoryLabel]", label: "memories.MemoryLabel | None"
) -> "memories.MemoryLabel":
    """Return the only one by default: a file never mixes two.

    A mistyped label is refused, so that it does not give an empty file.
    """
    if not labels or (label and label not in labels):
        why = Why("no translations under that label; list shows the labels")
        raise Refusal(Reason.FIELD_VALUE, "--label", why)
    if label is None and len(labels) > 1:
        why = Why("say which label to export; list shows the labels")
        raise Refusal(Reason.FIELD_MISSING, "--label", why)
    return label or labels[0]


def _by_label(
    pairs: "Sequence[tuple[memories.MemoryLabel | None, memories.TextPair]]",
    given: "memories.MemoryLabel | None",
) -> "dict[memories.MemoryLabel, list[memories.TextPair]]":
    """Raise Refusal(FIELD_MISSING) for a pair without one."""
    by_label: dict[memories.MemoryLabel, list[memories.TextPair]] = {}
    for own, pair in pairs:
        label = own or given
        if label is None:
            why = Why("texts without a label of their own are in it; give theirs")
            raise Refusal(Reason.FIELD_MISSING, "--label", why)
        by_label.setdefault(label, []).append(pair)
    return by_label
