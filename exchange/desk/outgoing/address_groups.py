"""Addresses that may name a group: `@corridor` means the desks of that group."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from exchange.errors import Reason, Refusal, Why

if TYPE_CHECKING:  # a form names addresses before the desk is loaded
    from exchange.desk.mailbox import Mailbox
    from exchange.desk.pinned_logs import Pinned

MARK = "@"
"""Prefix of a group's name among addresses; no desk begins with it."""


def names_group(addresses: Sequence[str]) -> bool:
    return any(one.startswith(MARK) for one in addresses)


class AddressBook(NamedTuple):
    """The groups of a desk, and the desks with a sealing key; pure."""

    groups: Mapping[str, Sequence[str]]
    desks: frozenset[str]
    own: str

    def expand(self, addresses: Sequence[str]) -> list[str]:
        """Replace each group by its desks, each desk once.

        The own desk is left out of groups: a bulletin never goes to its author.
        Refusal(RECIPIENT_UNKNOWN) names a missing or empty group, or a member desk in
        no directory any more.
        """
        found: dict[str, None] = {}
        for address in addresses:
            if address.startswith(MARK):
                found |= dict.fromkeys(self._members(address.removeprefix(MARK)))
            else:
                found[address] = None
        return list(found)

    def expand_both(
        self, to: Sequence[str], info: Sequence[str]
    ) -> tuple[list[str], list[str]]:
        """Expand both; a desk asked to act is not listed for information, too."""
        acting = self.expand(to)
        return acting, [one for one in self.expand(info) if one not in acting]

    def _members(self, name: str) -> Iterator[str]:
        if name not in self.groups:
            why = Why("no such address group; fusion desk group list names them")
            raise Refusal(Reason.RECIPIENT_UNKNOWN, f"{MARK}{name}", why)
        others = [desk for desk in self.groups[name] if desk != self.own]
        if not others:
            why = Why("this address group has no other desk; put one in, or delete it")
            raise Refusal(Reason.RECIPIENT_UNKNOWN, f"{MARK}{name}", why)
        for desk in others:
            if desk not in self.desks:
                why = Why(
                    "{desk} is in no directory any more; take it out of this address"
                    " group",
                    desk=desk,
                )
                raise Refusal(Reason.RECIPIENT_UNKNOWN, f"{MARK}{name}", why)
            yield desk


def address_book(mailbox: "Mailbox", pinned: "Pinned", own: str) -> AddressBook:
    groups = {one.name: one.desks for one in mailbox.address_groups.all()}
    return AddressBook(groups, frozenset(pinned.desks()), own)


def check_members(pinned: "Pinned", desks: Sequence[str]) -> None:
    """Raise Refusal if one is in no directory."""
    known = set(pinned.desks())
    for desk in desks:
        if desk not in known:
            raise Refusal(Reason.RECIPIENT_UNKNOWN, desk)
