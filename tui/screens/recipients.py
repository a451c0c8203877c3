"""Choose the recipients of a bulletin: desks, and saved groups."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.screen import Screen

from exchange.desk.outgoing.address_groups import MARK, AddressBook
from exchange.desk.records import AddressGroup
from exchange.errors import FusionError
from tui.desk import Desk
from tui.fields import FormRow
from tui.form import REVIEW, Form
from tui.screens.field_editor import FieldScreen, pick
from tui.screens.field_options import desk_options
from tui.workers import ask_to_open


def ask(screen: FieldScreen, desk: Desk, form: Form, row: FormRow) -> None:
    """Load desks and groups in a worker, then ask; only a desk can release.

    The form keeps a group as such; the review shows its desks.
    """

    def offer(found: tuple[Mapping[str, str], Sequence[AddressGroup]]) -> None:
        desks, groups = found
        named = {
            f"{MARK}{one.name}": f"{MARK}{one.name} ({len(one.desks)})"
            for one in groups
        }
        pick(screen, form, row, {**named, **desks})

    def read() -> tuple[Mapping[str, str], Sequence[AddressGroup]]:
        releasing = row.path == REVIEW
        groups = () if releasing else desk.address_groups()
        return desk_options(desk, of_node=releasing), groups

    ask_to_open(screen.app, read, offer, screen.complain)


def ask_book(
    screen: Screen[Any],
    desk: Desk,
    form: Form,
    then: Callable[[Form, AddressBook | None], None],
    complain: Callable[[FusionError], None],
) -> None:
    """Call `then` with the form, and the address book if the form names a group.

    Reads the book in a worker.
    """
    if form.addresses_groups:
        ask_to_open(screen, desk.address_book, lambda book: then(form, book), complain)
    else:
        then(form, None)
