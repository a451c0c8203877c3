"""fusion desk group: desks that are addressed together, under a name."""

from collections.abc import Iterator
from typing import Annotated

import typer
from typer import Argument

from exchange.cli.frame import AtDesk, Reply, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.words import say

with lazy_imports():
    from exchange.desk.outgoing import address_groups
    from exchange.desk.records import AddressGroup

app = typer.Typer(help="Name desks that are addressed together, as --to @NAME.")
Name = Annotated[
    str, Argument(metavar="NAME", help="The group, without the @ before it.")
]
Desks = Annotated[list[str], Argument(metavar="DESK", help="The desks of the group.")]


@subcommand(app, "list")
def list_groups(at: AtDesk) -> Reply:
    """List the groups with their desks."""
    with at.open() as desk:
        groups = desk.mailbox.address_groups.all()
        known = {*desk.pinned.desks(), desk.officer.desk}
    found = [{"name": one.name, "desks": list(one.desks)} for one in groups]
    lines = [line for one in groups for line in _lines(one, known)]
    return Reply({"groups": found}, lines, nothing=not groups)


@subcommand(app, "set", json=False)
def set_group(at: AtDesk, name: Name, desks: Desks) -> Reply:
    """Make a group of these desks, or give one of that name these desks instead.

    It lies in this desk's mailbox. What is sent to it names each desk.
    """
    with at.open() as desk:
        address_groups.check_members(desk.pinned, desks)
        desk.mailbox.address_groups.save(name, desks)
        made = desk.mailbox.address_groups.find(name)
    return Reply({}, _lines(made, set(desks)))


@subcommand(app, "delete", json=False)
def delete(at: AtDesk, name: Name) -> Reply:
    """Delete a group; what was sent to it stays as it was sent."""
    with at.open() as desk:
        desk.mailbox.address_groups.drop(name)
    return Reply({}, [say("deleted")])


def _lines(group: "AddressGroup", known: set[str]) -> Iterator[str]:
    yield f"@{group.name}"
    for desk in group.desks:
        told = desk if desk in known else say("{desk}: in no directory now", desk=desk)
        yield f"    {told}"
    if not group.desks:
        yield "    " + say("no desk; nothing can be sent to it")
