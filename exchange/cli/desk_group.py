"""fusion desk group: desks that are addressed together, under a name."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desk_session, message_list, options
from exchange.words import say

if TYPE_CHECKING:
    from exchange.desk.records import AddressGroup

app = typer.Typer(help="Name desks that are addressed together, as --to @NAME.")
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The group, without the @ before it.")
]
Desks = Annotated[
    list[str], typer.Argument(metavar="DESK", help="The desks of the group.")
]


@app.callback()
def _nothing() -> None:
    """Name desks that are addressed together, as --to @NAME."""


@app.command("list")
def list_groups(
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """List the groups with their desks."""
    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        groups = desk.mailbox.address_groups.all()
        known = {*desk.pinned.desks(), desk.officer.desk}
    if json:
        found = [{"name": one.name, "desks": list(one.desks)} for one in groups]
        options.emit({"groups": found})
    elif groups:
        _print(groups, known)
    else:
        message_list.nothing()


def _lines(group: "AddressGroup", known: set[str]) -> Iterator[str]:
    yield f"@{group.name}"
    for desk in group.desks:
        told = desk if desk in known else say("{desk}: in no directory now", desk=desk)
        yield f"    {told}"
    if not group.desks:
        yield "    " + say("no desk; nothing can be sent to it")


@app.command("set")
def set_group(
    name: Name,
    desks: Desks,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
) -> None:
    """Make a group of these desks, or give one of that name these desks instead.

    It lies in this desk's mailbox. What is sent to it names each desk.
    """
    from exchange.desk.outgoing.address_groups import check_members

    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        check_members(desk.pinned, desks)
        desk.mailbox.address_groups.save(name, desks)
        _print([desk.mailbox.address_groups.find(name)], set(desks))


def _print(groups: "Sequence[AddressGroup]", known: set[str]) -> None:
    from tui.text.safe_text import safe

    for one in groups:
        for line in _lines(one, known):
            print(safe(line))


@app.command()
def delete(
    name: Name,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
) -> None:
    """Delete a group; what was sent to it stays as it was sent."""
    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        desk.mailbox.address_groups.drop(name)
    print(say("deleted"))
