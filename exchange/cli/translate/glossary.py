"""fusion translate glossary: the agreed terms, and the versions that agree on them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desk_session, message_list, options
from exchange.cli.translate import common
from exchange.input_file import read_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.desk.outgoing.result import Sent
    from exchange.desk.translation.terms import Version
    from exchange.translation.glossary import Glossary, GlossaryChanges
    from exchange.translation.tbx import TbxContent
    from exchange.v1 import bulletin_pb2 as pb

sub = typer.Typer(
    help="The agreed terms: a version takes effect once both sides acknowledged it."
)


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(sub, name="glossary")


@sub.command("list")
def list_(
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """List the terms in force, with the form to use in each language."""
    held = _in_force(home, officer, passphrase_fd)
    _tell(held, held.terms, json=json)


@sub.command("find")
def find(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="In any language.")],
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Find terms by part of a word or by their full id, and show all their forms."""
    held = _in_force(home, officer, passphrase_fd)
    matches = held.look_up(text)
    _tell(held, matches, json=json)
    if json:
        return
    for term in matches:
        _print_forms(term)
    if not matches:
        message_list.nothing()


@sub.command("status")
def status(
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Show each version: which is in force, and which desks have not acknowledged."""
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        from exchange.desk.translation import terms

        history = terms.versions(desk)
        glossary = terms.glossary(desk)
        following = terms.next_number(desk)
    if json:
        versions = [_version(version) for version in history]
        options.emit(
            {"in_force": glossary.version, "next": following, "versions": versions}
        )
        return
    print(_heading(glossary))
    for version in history:
        print(_line(version))


@sub.command("export")
def export(
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FILE", help=("The file to write, TBX-Basic.")),
    ],
    force: options.Force = False,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    yes: options.Yes = False,
    json: options.Json = False,
) -> None:
    """Write the terms in force to FILE (TBX, ISO 30042:2019, style DCA).

    Handle FILE by the label of the version; the program's own terms have none.
    """
    from exchange import atomic_file as files
    from exchange.translation import tbx

    options.check_free(out, force=force)
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        from exchange.desk.translation import files_and_machine, terms

        if version := terms.version_in_force(desk):
            label = desk.mailbox.references.handling_of(version.name).label
            files_and_machine.check_export(label, desk.officer.desk)
            if files_and_machine.is_grave(label):
                options.confirm(common.question(label, out), yes=yes)
        held = terms.glossary(desk)
    with files.atomic(out) as file:
        file.write(tbx.write(held))
    _tell(held, (), json=json, out=str(out))


@sub.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="TBX.")],
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish it as the next version.")
    ] = False,
    to: desk_session.To = None,
    tlp: desk_session.Tlp = "AMBER",
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> int:
    """Read FILE, show what it would change, and publish it with --publish.

    The terms of FILE become the next version as they are: terms not in it are dropped.
    Without --publish nothing is saved.
    """
    from exchange.limits import TBX_MAX
    from exchange.translation import tbx
    from exchange.translation.glossary import changes

    read = tbx.read(read_file(file, TBX_MAX), str(file))
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        from exchange.desk.translation import terms

        held = terms.glossary(desk)
        sent = None
        if publish:
            number = terms.next_number(desk)
            sent = terms.publish(desk, read.terms, number, to or [], tlp)
    _tell_import(read, changes(held, read.terms), sent, json=json)
    return desk_session.outcome(sent, desk.node, desk.trouble) if sent else 0


@sub.command("publish")
def publish_(
    to: desk_session.To = None,
    tlp: desk_session.Tlp = "AMBER",
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> int:
    """Send the terms in force as the next version; at first the program's own."""
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        from exchange.desk.translation import terms

        number, held = terms.next_number(desk), terms.glossary(desk)
        sent = terms.publish(desk, held.terms, number, to or [], tlp)
    if json:
        options.emit({"version": number, **_sent(sent)})
    else:
        print(f"{sent.name.hex()} {desk_session.describe_state(sent.state)}")
    return desk_session.outcome(sent, desk.node, desk.trouble)


def _in_force(home: Path, officer: str, passphrase_fd: int | None) -> "Glossary":
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        from exchange.desk.translation import terms

        return terms.glossary(desk)


def _sent(sent: "Sent") -> dict[str, object]:
    return {"name": sent.name.hex(), "state": sent.state}


def _tell(
    glossary: "Glossary", matches: "Sequence[pb.Term]", *, json: bool, out: str = ""
) -> None:
    """Print a version and some of its terms."""
    from exchange.bulletin.terms import to_json
    from exchange.words import LANGUAGES
    from tui.text.safe_text import safe

    if json:
        told: dict[str, object] = {"version": glossary.version}
        listed = {"terms": [to_json(term) for term in matches]}
        options.emit(told | ({"out": out} if out else listed))
        return
    print(_heading(glossary))
    for term in matches:
        texts = (glossary.preferred_form(term, lang) for lang in LANGUAGES)
        print(safe(f"{term.id:32}  {'  '.join(texts)}"))


def _heading(glossary: "Glossary") -> str:
    from exchange.words import say, say_n

    n = len(glossary.terms)
    terms = say_n("{n} term", "{n} terms", n)
    if not glossary.version:
        return say("The program's own glossary, {terms}", terms=terms)
    return say(
        "Glossary, version {version}, {terms}", version=glossary.version, terms=terms
    )


def _print_forms(term: "pb.Term") -> None:
    from exchange.bulletin.codes import label
    from exchange.words import lang
    from tui.text.safe_text import safe

    print(safe(f"{term.id}  {label('term_domain', term.domain, lang())}"))
    for form in term.forms:
        status = label("term_status", form.status, lang())
        print(safe(f"  {form.lang:8} {form.text}  ({status})"))


def _version(version: "Version") -> dict[str, object]:
    from exchange.bulletin.values import iso

    return {
        "version": version.number,
        "name": version.name.hex(),
        "author": version.author,
        "filed": iso(version.filed),
        "terms": version.terms,
        "acknowledged": list(version.stood_by),
        "waits": list(version.waits),
        "joint": version.joint,
        "rivals": [name.hex() for name in version.rivals],
        "in_force": version.in_force,
    }


def _line(version: "Version") -> str:
    from exchange.bulletin.values import iso
    from tui.text.safe_text import safe

    head = f"{version.number:6} {version.name.hex()[:8]} {iso(version.filed)}"
    return safe(f"{head} {version.author}  {_standing(version)}")


def _standing(version: "Version") -> str:
    """Return in words how a version stands, and what it was decided against."""
    from exchange.words import say

    if not version.joint:
        return say("does not count")
    if version.waits:
        return say("waits for {desks}", desks=", ".join(version.waits))
    if version.rivals:
        others = ", ".join(name.hex()[:8] for name in version.rivals)
        if version.in_force:
            return say(
                (
                    "in force; of two versions of this number this one counts,"
                    " not {others}"
                ),
                others=others,
            )
        return say(
            (
                "agreed, but not in force; {others} has this number, too:"
                " the lowest name counts"
            ),
            others=others,
        )
    return say("in force") if version.in_force else say("agreed")


def _tell_import(
    read: "TbxContent", changes: "GlossaryChanges", sent: "Sent | None", *, json: bool
) -> None:
    from exchange.words import say

    if json:
        options.emit(
            {
                "terms": len(read.terms),
                "added": list(changes.added),
                "changed": list(changes.changed),
                "removed": list(changes.removed),
                "other_languages": read.other_languages,
                "incomplete": read.incomplete,
                **(_sent(sent) if sent else {}),
            }
        )
        return
    _print_import(read, changes)
    far = f"{sent.name.hex()} {desk_session.describe_state(sent.state)}" if sent else ""
    print(far or say("Nothing is saved yet."))


def _print_import(read: "TbxContent", changes: "GlossaryChanges") -> None:
    from exchange.words import say, say_n

    print(
        say(
            "{added} added, {changed} changed, {removed} removed",
            added=len(changes.added),
            changed=len(changes.changed),
            removed=len(changes.removed),
        )
    )
    if n := read.other_languages:
        print(
            say_n(
                "{n} section in another language left out",
                "{n} sections in other languages left out",
                n,
            )
        )
    if n := read.incomplete:
        print(
            say_n(
                "{n} term left out that lacks a language",
                "{n} terms left out that lack a language",
                n,
            )
        )
