"""fusion translate glossary: the agreed terms, and their versions."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import desk_session, options
from exchange.cli.frame import AtDesk, Reply, about_sent, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import argument, option
from exchange.cli.translate import common
from exchange.input_file import read_file
from exchange.limits import TBX_MAX
from exchange.words import LANGUAGES, say, say_n

with lazy_imports():
    from exchange import atomic_file
    from exchange.bulletin import terms as bulletin_terms
    from exchange.bulletin import values
    from exchange.desk.client import Desk
    from exchange.desk.outgoing.result import Sent
    from exchange.desk.translation import files_and_machine, terms
    from exchange.translation import glossary as glossaries
    from exchange.translation import tbx
    from exchange.v1.bulletin_pb2 import Term

sub = typer.Typer(
    help="The agreed terms: a version takes effect once both sides acknowledged it."
)
common.app.add_typer(sub, name="glossary")


@subcommand(sub, "list")
def list_(at: AtDesk) -> Reply:
    """List the terms in force, with the form to use in each language."""
    with at.open_refreshed() as desk:
        held = terms.glossary(desk)
    return _listed(held, held.terms)


@subcommand(sub, "find")
def find(
    at: AtDesk, text: Annotated[str, argument("TEXT", "In any language.")]
) -> Reply:
    """Find terms by part of a word or by their full id, and show all their forms."""
    with at.open_refreshed() as desk:
        held = terms.glossary(desk)
    found = held.look_up(text)
    reply = _listed(held, found)
    forms = [line for term in found for line in _forms(term)]
    return reply._replace(lines=[*reply.lines, *forms], nothing=not found)


@subcommand(sub, "status")
def status(at: AtDesk) -> Reply:
    """Show each version: which is in force, and which desks have not acknowledged."""
    with at.open_refreshed() as desk:
        history, held = terms.versions(desk), terms.glossary(desk)
        following = terms.next_number(desk)
    versions = list(map(_version, history))
    found = {"in_force": held.version, "next": following, "versions": versions}
    return Reply(found, [_heading(held), *map(_line, history)])


@subcommand(sub, "export")
def export(
    at: AtDesk,
    out: Annotated[Path, option("--out", "The file to write, TBX-Basic.", "FILE")],
    force: options.Force = False,
    yes: options.Yes = False,
) -> Reply:
    """Write the terms in force to FILE (TBX, ISO 30042:2019, style DCA).

    Handle FILE by the label of the version; the program's own terms have no label.
    """
    options.check_free(out, force=force)
    with at.open_refreshed() as desk:
        if version := terms.version_in_force(desk):
            label = desk.mailbox.references.handling_of(version.name).label
            files_and_machine.check_export(label, desk.officer.desk)
            common.confirm_file(label, out, yes=yes)
        held = terms.glossary(desk)
    with atomic_file.atomic(out) as file:
        file.write(tbx.write(held))
    return Reply({"version": held.version, "out": str(out)}, [_heading(held)])


@subcommand(sub, "import")
def import_(
    at: AtDesk,
    file: Annotated[Path, argument("FILE", "TBX.")],
    publish: Annotated[
        bool, option("--publish", "Publish it as the next version.")
    ] = False,
    to: desk_session.To = None,
    tlp: desk_session.Tlp = "AMBER",
) -> Reply:
    """Read FILE and show its changes; with --publish, publish it.

    The terms of FILE become the next version; terms not in it are dropped. Without
    --publish the command makes no changes.
    """
    read = tbx.read(read_file(file, TBX_MAX), str(file))
    with at.open_refreshed() as desk:
        changes = glossaries.changes(terms.glossary(desk), read.terms)
        sent = _publish(desk, read.terms, to, tlp) if publish else None
    found = {
        "terms": len(read.terms),
        "added": list(changes.added),
        "changed": list(changes.changed),
        "removed": list(changes.removed),
        "other_languages": read.other_languages,
        "incomplete": read.incomplete,
    }
    lines = [*_changes(read, changes)]
    if sent is None:
        return Reply(found, [*lines, say("Not saved yet.")])
    reply = about_sent(desk, sent, **found)
    return reply._replace(lines=[*lines, *reply.lines])


@subcommand(sub, "publish")
def publish_(
    at: AtDesk, to: desk_session.To = None, tlp: desk_session.Tlp = "AMBER"
) -> Reply:
    """Send the terms in force as the next version; at first the program's own."""
    with at.open_refreshed() as desk:
        number = terms.next_number(desk)
        sent = _publish(desk, terms.glossary(desk).terms, to, tlp)
    return about_sent(desk, sent, version=number)


def _publish(
    desk: "Desk", said: "Sequence[Term]", to: list[str] | None, tlp: str
) -> "Sent":
    return terms.publish(desk, said, terms.next_number(desk), to or [], tlp)


def _listed(held: "glossaries.Glossary", found: "Sequence[Term]") -> Reply:
    listed = [bulletin_terms.to_json(term) for term in found]
    forms = (
        f"{term.id:32}  {'  '.join(held.preferred_form(term, x) for x in LANGUAGES)}"
        for term in found
    )
    return Reply({"version": held.version, "terms": listed}, [_heading(held), *forms])


def _heading(glossary: "glossaries.Glossary") -> str:
    n = say_n("{n} term", "{n} terms", len(glossary.terms))
    if not glossary.version:
        return say("The program's own glossary, {terms}", terms=n)
    version = glossary.version
    return say("Glossary, version {version}, {terms}", version=version, terms=n)


def _forms(term: "Term") -> Iterator[str]:
    yield f"{term.id}  {common.label('term_domain', term.domain)}"
    for form in term.forms:
        status = common.label("term_status", form.status)
        yield f"  {form.lang:8} {form.text}  ({status})"


def _version(version: "terms.Version") -> dict[str, object]:
    return {
        "version": version.number,
        "name": version.name.hex(),
        "author": version.author,
        "filed": values.iso(version.filed),
        "terms": version.terms,
        "acknowledged": list(version.stood_by),
        "waits": list(version.waits),
        "joint": version.joint,
        "rivals": [name.hex() for name in version.rivals],
        "in_force": version.in_force,
    }


def _line(version: "terms.Version") -> str:
    head = f"{version.number:6} {version.name.hex()[:8]} {values.iso(version.filed)}"
    return f"{head} {version.author}  {_standing(version)}"


def _standing(version: "terms.Version") -> str:
    if not version.joint:
        return say("does not count")
    if version.waits:
        return say("waits for {desks}", desks=", ".join(version.waits))
    if not version.rivals:
        return say("in force") if version.in_force else say("agreed")
    others = ", ".join(name.hex()[:8] for name in version.rivals)
    if version.in_force:
        return say(
            "in force; {others} has the same number and is ignored",
            others=others,
        )
    return say(
        "agreed, but not in force; {others} has this number, too: the lowest name"
        " counts",
        others=others,
    )


def _changes(
    read: "tbx.TbxContent", changes: "glossaries.GlossaryChanges"
) -> Iterator[str]:
    yield say(
        "{added} added, {changed} changed, {removed} removed",
        added=len(changes.added),
        changed=len(changes.changed),
        removed=len(changes.removed),
    )
    if n := read.other_languages:
        yield say_n(
            "{n} section in another language left out",
            "{n} sections in other languages left out",
            n,
        )
    if n := read.incomplete:
        yield say_n(
            "{n} term left out: a language is missing",
            "{n} terms left out: a language is missing",
            n,
        )
